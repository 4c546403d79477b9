"""Vectors into groups: a graph of nearest neighbours, communities in it, and trees that take loose ones apart.

Communities: Louvain (Blondel, Guillaume, Lambiotte, Lefebvre 2008) on modularity, as scikit-network has it, the best of
several orders of the nodes. Its Leiden is not used: it gives another answer at each call, whatever the seed.
"""

from collections.abc import Callable
from typing import cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

_BLOCK_CELLS = 16_000_000  # cosines held at once: 64 MB
_WEIGHT_INSIDE = 0.85  # share of the graph's weight that communities of the first level keep inside
_TRIED_ONCE_FROM = 10_000  # points from which one order of the nodes must do: a pass takes ten seconds and more
_TRIES = 6  # orders of the nodes
_PARTED = 0.35  # mean cosine across a merge, over that within its looser side, below which the sides are two needs
_FEWEST_PARTED = 3  # rows that a side of such a merge has at least
_SMALLEST_GRAPH = 60  # fewer rows need no graph: one tree sorts them
_LARGEST_TREE = 3000  # rows of one tree: its time and memory grow with the square


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
    """Rows grouped by likeness, each row in exactly one group (of one, where it is like no other); largest first.

    `vectors` has rows of length 1. Communities of the neighbour graph come first; one whose mean is shorter than
    `coherence` (0..1; the mean's squared length is about the mean cosine of two members) is taken apart along its tree
    of average linkage until each part is that coherent. The same input and seed give the same groups.
    """
    if not len(vectors):
        return []
    finished: list[Indices] = []
    waiting = [np.arange(len(vectors))]
    whole = len(vectors)
    while waiting:
        check()
        members = waiting.pop()
        if len(members) < whole and _coherence(vectors[members]) >= coherence:
            finished.append(members)
        elif len(members) < (_SMALLEST_GRAPH if len(members) == whole else _LARGEST_TREE):
            finished.extend(members[part] for part in _branches(vectors[members], coherence))
        else:
            parts = _communities(vectors[members], seed, check)
            if len(parts) > 1:
                waiting.extend(members[part] for part in parts)
            else:  # one dense blob: halve it in the order of likeness to its centre, so that the trees stay bounded
                order = np.argsort(-(vectors[members] @ vectors[members].mean(axis=0)), kind="stable")
                waiting.extend(np.sort(members[half]) for half in np.array_split(order, 2))
    return sorted(finished, key=lambda part: (-len(part), int(part[0])))


def _coherence(vectors: Floats) -> float:
    return float(np.linalg.norm(vectors.mean(axis=0)))


def _branches(vectors: Floats, coherence: float) -> list[Indices]:
    """The largest branches of the tree of average linkage (on cosine distance) that are coherent enough."""
    from scipy.cluster.hierarchy import linkage
    from scipy.spatial.distance import squareform

    rows = len(vectors)
    if rows < 2:
        return [np.arange(rows)]
    distances = np.clip(1.0 - vectors @ vectors.T, 0.0, 2.0)
    np.fill_diagonal(distances, 0.0)
    tree = linkage(squareform(distances, checks=False), method="average")
    sums = np.zeros((2 * rows - 1, vectors.shape[1]))
    sums[:rows] = vectors
    sizes = np.ones(2 * rows - 1)
    for number, (left, right, _, size) in enumerate(tree, rows):
        sums[number] = sums[int(left)] + sums[int(right)]
        sizes[number] = size
    squares = np.einsum("ij,ij->i", sums, sums)
    lengths = np.sqrt(squares) / sizes
    within = (squares - sizes) / np.maximum(1.0, sizes * (sizes - 1.0))  # mean cosine of two members
    parts: list[Indices] = []
    waiting = [2 * rows - 2]
    while waiting:
        branch = waiting.pop()
        if branch < rows or (lengths[branch] >= coherence and not _parted(tree[branch - rows], sizes, within)):
            parts.append(_leaves(tree, branch, rows))
        else:
            waiting.extend((int(tree[branch - rows, 0]), int(tree[branch - rows, 1])))
    return parts


def _parted(merge: NDArray[np.float64], sizes: NDArray[np.float64], within: NDArray[np.float64]) -> bool:
    """Whether the two sides of a merge are far apart for how close the members of each side are to one another."""
    left, right = int(merge[0]), int(merge[1])
    if min(sizes[left], sizes[right]) < _FEWEST_PARTED:
        return False
    return 1.0 - merge[2] < _PARTED * min(within[left], within[right])


def _leaves(tree: NDArray[np.float64], branch: int, rows: int) -> Indices:
    found: list[int] = []
    waiting = [branch]
    while waiting:
        node = waiting.pop()
        if node < rows:
            found.append(node)
        else:
            waiting.extend((int(tree[node - rows, 0]), int(tree[node - rows, 1])))
    return np.array(sorted(found), dtype=np.intp)


def _communities(vectors: Floats, seed: int, check: Callable[[], None]) -> list[Indices]:
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain, get_modularity

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
    for _ in range(7):
        check()
        resolution = float(np.sqrt(low * high))
        labels = Louvain(resolution=resolution).fit_predict(graph)
        inside = edges.data[labels[edges.row] == labels[edges.col]].sum() / total
        if inside < _WEIGHT_INSIDE:
            high = resolution
        else:
            low = resolution
    tries: list[tuple[float, NDArray[np.int64]]] = []
    for number in range(_TRIES if rows <= _TRIED_ONCE_FROM else 1):
        check()
        drawn = Louvain(resolution=low, shuffle_nodes=True, random_state=seed * _TRIES + number)
        labels = drawn.fit_predict(graph)
        tries.append((cast(float, get_modularity(graph, labels, resolution=low)), labels))
    best = max(tries, key=lambda pair: pair[0])[1]
    order = np.argsort(best, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(best[order])) + 1)
