"""Vectors into groups: a graph of nearest neighbours, communities in it, and the splitting of loose ones.

Communities: Leiden (Traag, Waltman, van Eck 2019) on modularity, as scikit-network has it.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

_BLOCK_CELLS = 16_000_000  # cosines held at once: 64 MB
_WEIGHT_INSIDE = 0.85  # share of the graph's weight that communities of the first level keep inside
_SMALLEST_SPLIT = 8  # a group of fewer members is never split


def neighbours(vectors: Floats, count: int, check: Callable[[], None] = lambda: None) -> tuple[Indices, Floats]:
    """The `count` nearest other rows of each row and their cosines, nearest first: two arrays of shape (n, count).

    Exact, in blocks of bounded memory; `check` is called between blocks and may raise to stop.
    """
    rows = len(vectors)
    count = max(0, min(count, rows - 1))
    nearest = np.zeros((rows, count), dtype=np.intp)
    cosines = np.zeros((rows, count), dtype=np.float32)
    if not count:
        return nearest, cosines
    height = max(1, _BLOCK_CELLS // rows)
    for start in range(0, rows, height):
        check()
        block = vectors[start : start + height] @ vectors.T
        own = np.arange(len(block))
        block[own, own + start] = -2.0
        picked = np.argpartition(block, rows - count, axis=1)[:, rows - count :]
        values = np.take_along_axis(block, picked, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        nearest[start : start + height] = np.take_along_axis(picked, order, axis=1)
        cosines[start : start + height] = np.take_along_axis(values, order, axis=1)
    return nearest, cosines


def groups(vectors: Floats, coherence: float, seed: int, check: Callable[[], None] = lambda: None) -> list[Indices]:
    """Rows grouped by likeness, each row in exactly one group: communities first, then those too loose are split.

    `vectors` has rows of length 1. A group is split while the mean of its rows is shorter than `coherence` (0..1): the
    mean's squared length is about the mean cosine of two members. The same input and seed give the same groups.
    """
    if not len(vectors):
        return []
    everything = np.arange(len(vectors))
    finished: list[Indices] = []
    waiting = [(everything, 0)]
    while waiting:
        check()
        members, depth = waiting.pop()
        tight = float(np.linalg.norm(vectors[members].mean(axis=0))) >= coherence
        if len(members) < _SMALLEST_SPLIT or depth > 12 or (depth and tight):
            finished.append(members)
            continue
        parts = _communities(vectors[members], seed, check)
        if len(parts) < 2:
            finished.append(members)
            continue
        waiting.extend((members[part], depth + 1) for part in parts)
    return sorted(finished, key=lambda part: (-len(part), int(part[0])))


def _communities(vectors: Floats, seed: int, check: Callable[[], None]) -> list[Indices]:
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Leiden

    rows = len(vectors)
    count = int(np.clip(np.sqrt(rows) / 4, 5, 40))
    nearest, cosines = neighbours(vectors, count, check)
    weights = np.clip(cosines, 0.001, None).astype(np.float64)
    sources = np.repeat(np.arange(rows), nearest.shape[1])
    directed = csr_matrix((weights.ravel(), (sources, nearest.ravel())), shape=(rows, rows))
    graph = directed.maximum(directed.T).tocsr()
    total = graph.sum()
    edges = graph.tocoo()
    low, high = 0.05, 32.0
    best: NDArray[np.int64] | None = None
    for _ in range(7):
        check()
        resolution = float(np.sqrt(low * high))
        labels = Leiden(resolution=resolution, random_state=seed).fit_predict(graph)
        inside = edges.data[labels[edges.row] == labels[edges.col]].sum() / total
        if labels.max() > 0 and (best is None or inside >= _WEIGHT_INSIDE):
            best = labels
        if inside < _WEIGHT_INSIDE:
            high = resolution
        else:
            low = resolution
    if best is None:
        return [np.arange(rows)]
    order = np.argsort(best, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(best[order])) + 1)
