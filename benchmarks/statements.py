"""Does what a need is called bring back its own texts?

    python benchmarks/statements.py --data FILE.tsv [--json] [--groups found|gold] [--read N] [--least N] [--limit N]
        [--language-model URL [--model NAME]]

FILE has a header and the column text (rating is used where there is one). The groups are those that inference finds or,
with `--groups gold`, those of the column label with at least `--least` texts. What is embedded of a text are the spans that
support its need, or with gold groups the whole text.

recall: share of texts of whose need the statement is the nearest of all, by cosine; auc: mean share of the other needs'
statements that are farther from a text than its own need's. The mean of each side is taken out first, since all
statements begin alike; `plain_recall` is without that. key_words is the recall of the key phrases put in a row, which a
statement should match while being a sentence. templates and quotes are shares of the needs, words the mean length of a
statement; bound is the recall of the needs' own centres, which no sentence can be expected to beat. All shares are 0..100. `--read N` prints the N largest needs with three quotes each, side by side.
With `--language-model` the same is measured again after that model (an OpenAI-compatible endpoint) was asked: `taken` is the
share of the needs that are called by its statements then, since the others' did not hold, and `gain` by how many points
recall is higher for it. Its key is taken from NOBODYASKED_LANGUAGE_MODEL_KEY.
"""

import argparse
import csv
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference import EvidenceFound, Kind, Message, MiniLM, NeedFound, Parameters, SpanFound, find, named
from nobodyasked.inference.vector import Embedder, normalised
from nobodyasked.server.jobs.phraser import phrased
from nobodyasked.server.settings import Settings, load_settings

QUOTES = 3


@dataclass(frozen=True)
class Named:
    """A need beside the texts that it was found in, the surest first."""

    need: NeedFound
    texts: list[str]


def read(path: Path, limit: int | None) -> tuple[list[Message], list[str]]:
    """The messages of a file and the label of each, empty where there is none."""
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:limit]
    messages = [
        Message(key, row["text"], rating=float(row["rating"]) if row.get("rating") else None)
        for key, row in enumerate(rows)
    ]
    return messages, [row.get("label") or "" for row in rows]


def by_find(messages: Sequence[Message], embedder: Embedder, parameters: Parameters) -> list[Named]:
    """The needs that inference finds; each message belongs to the one that it supports most."""
    found = find(messages, embedder, parameters)
    text = {message.key: message.text for message in messages}
    best: dict[int, tuple[float, int]] = {}
    for number, need in enumerate(found.needs):
        for item in need.evidence:
            if item.stance == "SUPPORTS":
                key = found.spans[item.span].key
                best[key] = max(best.get(key, (0.0, number)), (item.confidence, number))
    made: list[Named] = []
    for number, need in enumerate(found.needs):
        own: dict[int, list[str]] = defaultdict(list)
        for item in need.evidence:
            span = found.spans[item.span]
            if item.stance == "SUPPORTS" and best[span.key][1] == number:
                own[span.key].append(text[span.key][span.start : span.end])
        made.append(Named(need, [" ".join(parts) for parts in own.values()]))
    return made


def by_label(
    messages: Sequence[Message], labels: Sequence[str], least: int, embedder: Embedder, parameters: Parameters
) -> list[Named]:
    """The groups that people made, as inference names them."""
    sizes = Counter(label for label in labels if label)
    kept = [name for name, size in sizes.most_common() if size >= least]
    groups = [[message.key for message, label in zip(messages, labels, strict=True) if label == name] for name in kept]
    text = {message.key: message.text for message in messages}
    return [
        Named(need, [text[key] for key in keys])
        for need, keys in zip(named(messages, groups, embedder, parameters), groups, strict=True)
        if need is not None
    ]


def ranks(texts: NDArray[np.float32], owner: NDArray[np.intp], statements: NDArray[np.float32]) -> NDArray[np.intp]:
    """How many statements are nearer to each text than its own need's; shape (texts,)."""
    cosines = texts @ statements.T
    return (cosines > cosines[np.arange(len(owner)), owner][:, None]).sum(axis=1)


def apart(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows less their mean, of length 1."""
    return normalised(vectors - vectors.mean(axis=0, keepdims=True))


def measure(needs: Sequence[Named], embedder: Embedder) -> dict[str, float]:
    """The figures; see the head of this file."""
    texts = [text for one in needs for text in one.texts]
    owner = np.array([number for number, one in enumerate(needs) for _ in one.texts], dtype=np.intp)
    if len(needs) < 2 or not texts:
        return {"needs": len(needs), "texts": len(texts)}
    vectors = embedder.embed(texts)
    statements = embedder.embed([one.need.statement for one in needs])
    words = embedder.embed([", ".join(one.need.key_phrases) or one.need.statement for one in needs])
    centred = ranks(apart(vectors), owner, apart(statements))
    middles = normalised(np.stack([vectors[owner == number].mean(axis=0) for number in range(len(needs))]))
    bases = Counter(one.need.basis for one in needs)
    return {
        "needs": len(needs),
        "texts": len(texts),
        "recall": 100 * float((centred == 0).mean()),
        "auc": 100 * float(1 - centred.mean() / (len(needs) - 1)),
        "plain_recall": 100 * float((ranks(vectors, owner, statements) == 0).mean()),
        "key_words": 100 * float((ranks(apart(vectors), owner, apart(words)) == 0).mean()),
        "bound": 100 * float((ranks(vectors, owner, middles) == 0).mean()),
        "templates": 100 * bases["TEMPLATE"] / len(needs),
        "quotes": 100 * bases["QUOTE"] / len(needs),
        "words": float(np.mean([len(one.need.statement.split()) for one in needs])),
    }


def proposed(needs: Sequence[Named], settings: Settings, embedder: Embedder) -> list[Named]:
    """The needs as a language model words them, where what it says holds."""
    spans: list[SpanFound] = []
    texts: dict[int, str] = {}
    asked: list[NeedFound] = []
    for one in needs:
        evidence: list[EvidenceFound] = []
        for text in one.texts:
            evidence.append(EvidenceFound(len(spans), "SUPPORTS", 1.0))
            texts[len(spans)] = text
            spans.append(SpanFound(len(spans), 0, len(text), Kind.PAIN, 1.0))
        asked.append(replace(one.need, evidence=evidence))
    worded = phrased(settings, asked, spans, texts, embedder)
    return [replace(one, need=need) for one, need in zip(needs, worded, strict=True)]


def with_model(needs: Sequence[Named], settings: Settings, embedder: Embedder) -> tuple[list[Named], dict[str, float]]:
    """The needs as `proposed`, and their figures with the share that was taken and the gain over how they were called."""
    worded = proposed(needs, settings, embedder)
    before, after = measure(needs, embedder), measure(worded, embedder)
    taken = sum(new.need.statement != old.need.statement for new, old in zip(worded, needs, strict=True))
    gain = after.get("recall", 0.0) - before.get("recall", 0.0)
    return worded, {**after, "taken": 100 * taken / max(1, len(needs)), "gain": gain}


def side_by_side(needs: Sequence[Named], most: int) -> str:
    """The largest needs for reading: basis, size, statement, key phrases, and the first texts of each."""
    lines: list[str] = []
    for one in sorted(needs, key=lambda one: -len(one.texts))[:most]:
        lines.append(
            f"{one.need.basis:8} {len(one.texts):5}  {one.need.statement}  [{', '.join(one.need.key_phrases)}]"
        )
        lines += [f"{'':16}- {text[:160]}" for text in one.texts[:QUOTES]]
    return "\n".join(lines)


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--groups", choices=["found", "gold"], default="found", help="whose groups are named")
    parser.add_argument("--least", type=int, default=3, help="texts from which a label counts (gold groups)")
    parser.add_argument("--limit", type=int, help="use only the first N texts")
    parser.add_argument("--read", type=int, default=0, metavar="N", help="print the N largest needs too")
    parser.add_argument("--language-model", metavar="URL", help="base address of an OpenAI-compatible endpoint")
    parser.add_argument("--model", default="default", help="name of the model there")
    parser.add_argument("--granularity", type=float, default=Parameters().granularity)
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    arguments = parser.parse_args(given)
    messages, labels = read(arguments.data, arguments.limit)
    embedder = MiniLM(arguments.models)
    parameters = Parameters(granularity=arguments.granularity)
    if arguments.groups == "gold":
        needs = by_label(messages, labels, arguments.least, embedder, parameters)
    else:
        needs = by_find(messages, embedder, parameters)
    turns = {"own": (needs, measure(needs, embedder))}
    if arguments.language_model:
        settings = load_settings(language_model_url=arguments.language_model, language_model=arguments.model)
        turns["language model"] = with_model(needs, settings, embedder)
    for wording, (some, measures) in turns.items():
        result: dict[str, object] = {"data": arguments.data.name, "groups": arguments.groups, "wording": wording}
        result |= {"n": len(messages)} | {key: round(value, 1) for key, value in measures.items()}
        if arguments.read:
            print(side_by_side(some, arguments.read), file=sys.stderr if arguments.json else sys.stdout)
        print(json.dumps(result) if arguments.json else "  ".join(f"{key} {value}" for key, value in result.items()))


if __name__ == "__main__":
    main()
