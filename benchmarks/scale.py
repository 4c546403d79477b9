"""Time and memory of the grouping as texts become many, their vectors given.

    python benchmarks/scale.py [--data FILE.tsv] [--scale 10000,100000,1000000] [--centres N] [--json]

Each size runs in a process of its own, whose peak of memory is told (MB, the vectors in it). The vectors are drawn about
centres that share topics, as needs do, with noise so strong that a text's own centre is at a cosine of about 0.65, that
of most intents; a hundredth of them is about nothing. With `--data` they are the vectors of that file's texts (column
text), moved at random by a fifth of their length. `found` is how many groups hold at least a ten-thousandth of all; `right` is
the share of the texts, 0..100, whose group is mostly of their own centre (for `--data`: of the same text).
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nobodyasked.inference import MiniLM, Parameters
from nobodyasked.inference.graph import grouped
from nobodyasked.inference.vector import normalised

Floats = NDArray[np.float32]
_WIDTH = 384
_BLOCK = 20_000


def centres(count: int, random: np.random.Generator) -> Floats:
    """Centres of length 1 that come in topics of about eight."""
    topics = normalised(random.standard_normal((-(-count // 8), _WIDTH)).astype(np.float32))
    own = normalised(random.standard_normal((count, _WIDTH)).astype(np.float32))
    return normalised(topics[np.arange(count) // 8] + own)


def drawn(middles: Floats, rows: int, noise: float, random: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """`rows` vectors about the middles, some of which have many more than others, and the middle of each (-1 for none)."""
    share = random.gamma(1.0, size=len(middles)) + 0.1
    owner = random.choice(len(middles), size=rows, p=share / share.sum()).astype(np.int64)
    vectors = np.empty((rows, middles.shape[1]), dtype=np.float32)
    for start in range(0, rows, _BLOCK):
        some = owner[start : start + _BLOCK]
        moved = random.standard_normal((len(some), middles.shape[1]), dtype=np.float32)
        moved *= noise / np.linalg.norm(moved, axis=1, keepdims=True)
        vectors[start : start + _BLOCK] = normalised(middles[some] + moved)
    stray = random.random(rows) < 0.01
    vectors[stray] = normalised(random.standard_normal((int(stray.sum()), middles.shape[1])).astype(np.float32))
    owner[stray] = -1
    return vectors, owner


def right(parts: list[NDArray[np.intp]], owner: NDArray[np.int64]) -> float:
    """Share of the rows, 0..100, that are in a group most of which has their owner."""
    told = sum(int(np.bincount(owner[part][owner[part] >= 0], minlength=1).max()) for part in parts)
    return 100 * told / max(1, int((owner >= 0).sum()))


def measure(rows: int, count: int, middles: Path | None) -> dict[str, float]:
    random = np.random.default_rng(0)
    if middles is None:
        vectors, owner = drawn(centres(count, random), rows, 1.15, random)
    else:
        vectors, owner = drawn(np.load(middles), rows, 0.2, random)
    began = time.perf_counter()
    parameters = Parameters()
    parts = grouped(vectors, parameters.granularity, parameters.seed, least=parameters.closeness)
    seconds = time.perf_counter() - began
    return {
        "n": rows,
        "groups": len(parts),
        "found": sum(len(part) >= max(3, rows / 10_000) for part in parts),
        "grouped": round(100 * sum(map(len, parts)) / rows, 1),
        "right": round(right(parts, owner), 1),
        "seconds": round(seconds, 1),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def main(given: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="vectors are those of this file's texts, moved")
    parser.add_argument("--scale", default="10000,100000,1000000", help="numbers of texts")
    parser.add_argument("--centres", type=int, default=150, help="about how many the vectors are drawn")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--models", type=Path, default=Path(".data/models"), help="folder of the model files")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--middles", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args(given)
    if arguments.one is not None:
        print(json.dumps(measure(arguments.one, arguments.centres, arguments.middles)))
        return
    results: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(Path(__file__).resolve()), "--centres", str(arguments.centres)]
        if arguments.data is not None:
            csv.field_size_limit(2**31 - 1)
            with arguments.data.open(encoding="utf-8", newline="") as file:
                texts = [row["text"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
            np.save(Path(folder) / "middles.npy", MiniLM(arguments.models).embed(texts))
            command += ["--middles", str(Path(folder) / "middles.npy")]
        for rows in map(int, arguments.scale.split(",")):
            done = subprocess.run([*command, "--one", str(rows)], capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{rows:,} texts: {done.stderr.strip().splitlines()[-1:]}")
            results.append(json.loads(done.stdout))
            if not arguments.json:
                print("  ".join(f"{key} {value}" for key, value in results[-1].items()), flush=True)
    if arguments.json:
        print(json.dumps(results))


if __name__ == "__main__":
    main()
