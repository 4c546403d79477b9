"""How fast texts become vectors, and how well these tell labels apart.

    python benchmarks/embed.py [--data FILE.tsv] [--texts N] [--json] [--models FOLDER] [--embedder minilm|hashed]

Texts a second on one and on two threads, for texts of one length each and for a mixture; peak memory of the process, in
MB, after each. With FILE (a header, the column text, and label where there is one) the mixture is its texts, and the
accuracy is told by which the label of a text is that of the majority of its 5 nearest others, 0..100. Without FILE, the
texts are made of words by chance. `texts_a_second` goes by the clock; `cpu_ms_a_text`, what all threads of the process spent,
is what other work on the machine changes least. The mixture is then put into the cache that servers and runs have
(`cache fill`, embedding included) and taken out of it again by a second reader (`cache hits`), in a temporary folder.
"""

import argparse
import csv
import json
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from nobodyasked.inference import HashedWords, MiniLM
from nobodyasked.inference.vector import Embedder
from nobodyasked.server.jobs.remembered import Remembered

WORDS = (
    "the a my it is was not and to of in on for with app screen parcel order refund invoice button page account late"
    " broken slow cannot find open close again every time when after update please login phone works never always photo"
)
BUCKETS = (4, 8, 16, 32, 64, 128, 256)  # words
NEIGHBOURS = 5
CACHE_BYTES = 1 << 30


def read(path: Path) -> tuple[list[str], list[str]]:
    csv.field_size_limit(2**31 - 1)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [row["text"] for row in rows], [row.get("label") or "" for row in rows]


def made(count: int, lengths: Sequence[int], seed: int = 0) -> list[str]:
    """Texts of words by chance, of the lengths in turn."""
    chance, words = random.Random(seed), WORDS.split()
    return [" ".join(chance.choices(words, k=lengths[number % len(lengths)])) for number in range(count)]


def accuracy(vectors: np.ndarray, labels: Sequence[str]) -> float:
    """Share, 0..100, of texts whose label is the commonest of their nearest others (of as common ones, the nearest's)."""
    right = 0
    for start in range(0, len(vectors), 1024):
        cosines = vectors[start : start + 1024] @ vectors.T
        cosines[np.arange(len(cosines)), np.arange(start, start + len(cosines))] = -2.0
        for offset, row in enumerate(np.argsort(-cosines, axis=1, kind="stable")[:, :NEIGHBOURS].tolist()):
            right += Counter(labels[other] for other in row).most_common(1)[0][0] == labels[start + offset]
    return 100 * right / len(vectors)


def timed(embedder: Embedder, texts: Sequence[str]) -> tuple[np.ndarray, dict[str, float]]:
    began, used = time.perf_counter(), time.process_time()
    vectors = embedder.embed(texts)
    seconds, spent = time.perf_counter() - began, time.process_time() - used
    return vectors, {
        "texts": len(texts),
        "words": round(sum(len(text.split()) for text in texts) / len(texts), 1),
        "texts_a_second": round(len(texts) / seconds, 1),
        "cpu_seconds": round(spent, 2),
        "cpu_ms_a_text": round(1000 * spent / len(texts), 3),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def embedder_of(name: str, models: Path, threads: int) -> Embedder:
    return HashedWords() if name == "hashed" else MiniLM(models, threads)


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="texts, with labels or without")
    parser.add_argument("--texts", type=int, default=1000, help="how many texts the speed is measured on")
    parser.add_argument("--json", action="store_true", help="print JSON, one object a line")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    parser.add_argument("--embedder", choices=["minilm", "hashed"], default="minilm")
    arguments = parser.parse_args(given)
    if arguments.texts < 1:
        parser.error("--texts must be at least 1")
    texts, labels = read(arguments.data) if arguments.data else (made(arguments.texts, BUCKETS[:5]), [])
    if not texts:
        parser.error(f"{arguments.data} holds no text")
    mixture = random.Random(1).sample(texts, min(arguments.texts, len(texts)))

    def tell(**line: Any) -> None:
        print(json.dumps(line) if arguments.json else "  ".join(f"{key} {value}" for key, value in line.items()))

    for threads in (1, 2):
        embedder = embedder_of(arguments.embedder, arguments.models, threads)
        embedder.embed(["warm up"])
        for length in BUCKETS:
            # fewer of the long ones, so that each length takes about as long
            count = max(8, min(arguments.texts, 8 * arguments.texts // length))
            tell(threads=threads, what=f"{length} words", **timed(embedder, made(count, [length]))[1])
        tell(threads=threads, what="mixture", **timed(embedder, mixture)[1])
        with tempfile.TemporaryDirectory() as folder:
            for what in ("cache fill", "cache hits"):
                remembered = Remembered(embedder, Path(folder) / "vectors.db", CACHE_BYTES)
                tell(threads=threads, what=what, **timed(remembered, mixture)[1])
                remembered.close()
        if threads == 2 and any(labels):
            labelled = [(text, label) for text, label in zip(texts, labels, strict=True) if label]
            vectors, line = timed(embedder, [text for text, _ in labelled])
            share = accuracy(vectors, [label for _, label in labelled])
            tell(threads=threads, what="labelled", accuracy=round(share, 1), **line)


if __name__ == "__main__":
    main()
