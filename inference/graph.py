"""Vectors into groups: a graph of nearest neighbours, communities in it, and the grain at which they stand apart.

Communities: Louvain (Blondel, Guillaume, Lambiotte, Lefebvre 2008) on modularity, as scikit-network has it. Its Leiden is
not used: it gives another answer at each call, whatever the seed. The grain is not set but read off the vectors: at
which resolution the simplified silhouette (Hruschka, Campello, de Castro 2006) of the communities is best. Many
communities about that grain then vote on which neighbours belong together (consensus clustering, Lancichinetti and
Fortunato 2012), and the communities of that vote are the groups.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:  # scipy is imported where it is used: a server starts without it
    from scipy.sparse import csr_matrix

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

NATURAL = 0.53
"""The granularity at which the vectors themselves decide; where they do not, the finest at which the groups of two draws
of reviews agree best (adjusted mutual information 0.78 to 0.80; up to 0.04 less at 0.50 or 0.56)."""

MOST_GROUPED = 12_000
"""Rows of which the groups are found: the time of that grows with the square."""

_MOST_HEADS = 8  # centres of a group that others join
_BLOCK_CELLS = 4_000_000  # cosines held at once, with their order: 48 MB
_NEIGHBOURS = 15  # of a row in the graph; fewer where there are few rows
_RESOLUTIONS = np.geomspace(0.1, 60.0, 17)
_TRIES = 2  # orders of the nodes at each resolution
_FEWEST_GROUPS = 6  # communities below which a silhouette says more of their number than of their likeness
_PLATEAU = 0.02  # share below the best silhouette that is no worse than it: the grain is the middle of that range
_FAR = 16.0  # times the resolution, within which the vote is asked for as many groups
_BISECTIONS = 8
_VOTES = 16  # communities that vote
_SPREAD = 1.0  # logarithm to base 2 of how far their resolutions are from the grain, at most
_CLEAR = 0.25  # silhouette from which the vectors' own grain is beyond doubt
_DIM = 0.2  # silhouette below which groups are no finer or coarser by nature: they are as fine as they are to be alike
_REACHED = 4.0  # by how much 0.1 of granularity multiplies the resolution
_ROWS_MEASURED = 4000  # rows of which the silhouette is taken
_PARTED = 0.35  # mean cosine across a merge, over that within its looser side, below which the sides are two needs
_FEWEST_PARTED = 3  # rows that a side of such a merge has at least
_SMALLEST_GRAPH = 60  # fewer rows need no graph: one tree sorts them
_SMALL_GRAPH = (
    500  # among fewer, groups may be smaller than the neighbourhoods of the graph, which then cannot show them
)
_CLEAR_SMALL = 0.3  # silhouette below which it is that tree that sorts so few: they stand apart by chance more easily
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


def groups(vectors: Floats, granularity: float, seed: int, check: Callable[[], None] = lambda: None) -> list[Indices]:
    """Rows grouped by likeness, each row in exactly one group (of one, where it is like no other); largest first.

    `vectors` has rows of length 1. At NATURAL the vectors decide how fine the groups are; 0.1 more of `granularity` looks
    at four times the resolution, 0.1 less at a fourth of it. Where no grain stands out, as in reviews, every one is as good
    as the next: groups are so fine then that their means are `granularity` long on average (0..1; the squared length is
    about the mean cosine of two members), which two draws of the same texts agree on. Between the two, so is the resolution.
    Fewer than 60 rows, and fewer than 500 among which no grain stands out, are sorted by one tree instead (see `coherent`). The same input and seed give the same groups.
    """
    if len(vectors) < _SMALLEST_GRAPH:
        return coherent(vectors, granularity, check)
    nearest, weights, plain = _nearness(vectors, check)
    ladder = _ladder(vectors, plain, seed, check)
    grain, clearness = _grain(ladder)
    if len(vectors) < _SMALL_GRAPH and clearness < _CLEAR_SMALL:
        return coherent(vectors, granularity, check)
    own = grain * _REACHED ** ((granularity - NATURAL) / 0.1)
    alike = _resolution_alike(ladder, granularity)
    dim = float(np.clip((_CLEAR - clearness) / (_CLEAR - _DIM), 0.0, 1.0))
    resolution = own ** (1.0 - dim) * alike**dim
    labels = _louvain(plain, resolution, seed)
    voted = _votes(nearest, weights, resolution, seed, check)
    return _parts(_as_many(voted, _several(labels), resolution, seed, check))


def _nearness(vectors: Floats, check: Callable[[], None]) -> tuple[Indices, Floats, csr_matrix]:
    """Twice as many neighbours as the graph has, what they weigh, and the graph of the nearer half."""
    count = int(np.clip(len(vectors) // 12, 5, _NEIGHBOURS))
    nearest, cosines = neighbours(vectors, 2 * count, check)
    weights = np.clip(cosines, 0.001, None).astype(np.float32)
    return nearest, weights, _graph(nearest[:, :count], weights[:, :count])


def _resolution_of(graph: csr_matrix, wanted: int, seed: int, check: Callable[[], None]) -> float:
    """The resolution at which a graph has about as many communities as wanted."""
    low, high = float(_RESOLUTIONS[0]) / 4, float(_RESOLUTIONS[-1]) * 4
    for _ in range(_BISECTIONS):
        check()
        middle = (low * high) ** 0.5
        if _several(_louvain(graph, middle, seed)) < wanted:
            low = middle
        else:
            high = middle
    return (low * high) ** 0.5


def _as_many(
    graph: csr_matrix, wanted: float, resolution: float, seed: int, check: Callable[[], None]
) -> NDArray[np.int64]:
    """Communities of a graph, as near to `wanted` in number as a resolution not far from the given one can bring them."""
    low, high = resolution / _FAR, resolution * _FAR
    best = _louvain(graph, resolution, seed)
    for _ in range(_BISECTIONS):
        check()
        if _several(best) == wanted:
            break
        resolution = (low * high) ** 0.5
        labels = _louvain(graph, resolution, seed)
        if _several(labels) < wanted:
            low = resolution
        else:
            high = resolution
        if abs(_several(labels) - wanted) < abs(_several(best) - wanted):
            best = labels
    return best


def _several(labels: NDArray[np.int64]) -> int:
    """How many communities have three rows and more: fewer are strays."""
    return int((np.bincount(labels) >= 3).sum())


def _coherence(vectors: Floats, labels: NDArray[np.int64]) -> float:
    """Length of the mean of a row's community, over all rows."""
    return float(np.linalg.norm(_sums(vectors, labels), axis=1).sum() / len(vectors))


def _sums(vectors: Floats, labels: NDArray[np.int64]) -> Floats:
    from scipy.sparse import csr_matrix

    rows = len(vectors)
    member = csr_matrix((np.ones(rows, np.float32), (labels, np.arange(rows))), shape=(int(labels.max()) + 1, rows))
    return np.asarray(member @ vectors)


def grouped(
    vectors: Floats,
    granularity: float,
    seed: int,
    most: int = MOST_GROUPED,
    least: float = 0.35,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Indices]:
    """The groups of very many rows: those of a sample of `most`, which every other row joins that is near enough.

    A row joins the group of the nearest of several centres that each group has, from a cosine of `least` on; the others
    are in no group, and groups of one are left out. Time grows with the rows, memory only by some bytes for each.
    `progress` is told the share that is done, 0..1, and may raise to stop. Up to `most` rows, the same as `groups`.
    """
    rows = len(vectors)
    if rows <= most:
        return groups(vectors, granularity, seed, lambda: progress(0.0))
    random = np.random.default_rng(seed)
    drawn = np.sort(random.permutation(rows)[:most])
    parts = [part for part in groups(vectors[drawn], granularity, seed, lambda: progress(0.0)) if len(part) > 1]
    if not parts:
        return []
    heads = [_heads(vectors[drawn[part]], random) for part in parts]
    owner = np.repeat(np.arange(len(parts)), [len(some) for some in heads])
    centres = np.concatenate(heads)
    label = np.full(rows, -1, dtype=np.int64)
    height = max(1, _BLOCK_CELLS // max(1, len(centres)))
    for start in range(0, rows, height):
        progress(0.5 + 0.5 * start / rows)
        cosines = vectors[start : start + height] @ centres.T
        best = cosines.argmax(axis=1)
        near = cosines[np.arange(len(best)), best] >= least
        label[start : start + height] = np.where(near, owner[best], -1)
    label[drawn] = -1
    for number, part in enumerate(parts):
        label[drawn[part]] = number
    inside = np.flatnonzero(label >= 0)
    return [inside[part] for part in _parts(label[inside])]


def exactly(vectors: Floats, count: int, seed: int, check: Callable[[], None] = lambda: None) -> NDArray[np.int64]:
    """A label, 0 to `count` - 1, for each row, where it is known how many groups there are; `count` at most the rows.

    Communities of the vote, near `count` in number; then the least of too many join their nearest, the largest of too few
    are halved,
    """
    rows = len(vectors)
    if not 0 < count <= rows:
        raise ValueError("count must be from 1 to the number of rows")
    if rows < _SMALLEST_GRAPH:
        labels = np.arange(rows)
    else:
        nearest, weights, plain = _nearness(vectors, check)
        resolution = _resolution_of(plain, count, seed, check)
        voted = _votes(nearest, weights, resolution, seed, check)
        labels = _as_many(voted, count, resolution, seed, check)
    parts = [np.asarray(part) for part in _parts(labels)]
    random = np.random.default_rng(seed)
    while len(parts) > count:
        check()
        small = parts.pop()
        middles = np.stack([vectors[part].mean(axis=0) for part in parts])
        home = int((_unit(middles) @ vectors[small].mean(axis=0)).argmax())
        parts[home] = np.concatenate([parts[home], small])
        parts.sort(key=lambda part: (-len(part), int(part[0])))
    while len(parts) < count:
        check()
        whole = parts.pop(0)
        near = (vectors[whole] @ _heads(vectors[whole], random, 2).T).argmax(axis=1)
        if near.min() == near.max():
            near = np.arange(len(whole)) % 2
        parts += [whole[near == 0], whole[near == 1]]
        parts.sort(key=lambda part: (-len(part), int(part[0])))
    labels = np.zeros(rows, dtype=np.int64)
    for number, part in enumerate(parts):
        labels[part] = number
    return labels


def _heads(vectors: Floats, random: np.random.Generator, count: int | None = None) -> Floats:
    """Several centres of the rows of one group, length 1: one for few rows, 8 at most (spherical k-means)."""
    if count is None:
        count = int(np.clip(np.sqrt(len(vectors)) / 2, 1, _MOST_HEADS))
    if count == 1:
        return _unit(vectors.mean(axis=0, keepdims=True))
    centres = vectors[np.sort(random.choice(len(vectors), count, replace=False))]
    for _ in range(5):
        near = (vectors @ centres.T).argmax(axis=1)
        used = np.unique(near)
        centres = _unit(np.stack([vectors[near == one].mean(axis=0) for one in used]))
    return centres


def _unit(vectors: Floats) -> Floats:
    return (vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)).astype(np.float32)


def coherent(vectors: Floats, coherence: float, check: Callable[[], None] = lambda: None) -> list[Indices]:
    """Rows grouped along the tree of average linkage until the mean of each group is at least `coherence` (0..1) long.

    The mean's squared length is about the mean cosine of two members. More than 3,000 rows are cut into slices first, in
    the order of their likeness to their centre, so that the trees stay bounded.
    """
    if not len(vectors):
        return []
    order = np.arange(len(vectors))
    if len(order) > _LARGEST_TREE:
        order = np.argsort(-(vectors @ vectors.mean(axis=0)), kind="stable")
    finished: list[Indices] = []
    for slice_ in np.array_split(order, -(-len(order) // _LARGEST_TREE)):
        check()
        members = np.sort(slice_)
        finished.extend(members[part] for part in _branches(vectors[members], coherence))
    return sorted(finished, key=lambda part: (-len(part), int(part[0])))


def _votes(nearest: Indices, weights: Floats, resolution: float, seed: int, check: Callable[[], None]) -> csr_matrix:
    """The graph whose weights are the shares of communities, about a resolution, that hold two neighbours together."""
    width = nearest.shape[1]
    graphs = [_graph(nearest[:, :some], weights[:, :some]) for some in (width // 3, width // 2, 5 * width // 6)]
    drawn = np.random.default_rng(seed)
    together = np.zeros(nearest.shape, dtype=np.float32)
    for number in range(_VOTES):
        check()
        some = resolution * 2.0 ** drawn.uniform(-_SPREAD, _SPREAD)
        labels = _louvain(graphs[number % len(graphs)], some, seed * _VOTES + number)
        together += labels[nearest] == labels[:, None]
    return _graph(nearest, np.maximum(together / _VOTES, 0.001).astype(np.float32))  # never a graph without an edge


class _Step(NamedTuple):
    resolution: float
    communities: float  # means over the orders tried
    silhouette: float
    coherence: float


def _ladder(vectors: Floats, graph: csr_matrix, seed: int, check: Callable[[], None]) -> list[_Step]:
    """What the communities are like at each resolution, coarsest first."""
    some = np.arange(len(vectors))
    if len(some) > _ROWS_MEASURED:
        some = np.sort(np.random.default_rng(seed).choice(len(some), _ROWS_MEASURED, replace=False))
    steps: list[_Step] = []
    for resolution in _RESOLUTIONS:
        check()
        tries = [_louvain(graph, float(resolution), seed * _TRIES + number) for number in range(_TRIES)]
        seen = [
            (int(labels.max()) + 1, silhouette(vectors, labels, some), _coherence(vectors, labels)) for labels in tries
        ]
        steps.append(_Step(float(resolution), *np.mean(seen, axis=0).tolist()))
    return steps


def _grain(ladder: Sequence[_Step]) -> tuple[float, float]:
    """The resolution in the middle of those at which the communities stand apart best, and the silhouette at the best."""
    enough = [place for place, step in enumerate(ladder) if step.communities >= _FEWEST_GROUPS]
    if not enough:
        return ladder[-1].resolution, 0.0
    steps = ladder[enough[0] :]
    padded = np.pad(np.array([step.silhouette for step in steps]), 1, mode="edge")
    smooth = 0.25 * padded[:-2] + 0.5 * padded[1:-1] + 0.25 * padded[2:]
    top = smooth >= (1.0 - _PLATEAU) * smooth.max()
    return float(np.exp(np.log([step.resolution for step in steps])[top].mean())), float(smooth.max())


def _resolution_alike(ladder: Sequence[_Step], coherence: float) -> float:
    """The resolution at which communities are so coherent; the nearest on the ladder where none is."""
    rising = np.maximum.accumulate([step.coherence for step in ladder])
    return float(np.exp(np.interp(coherence, rising, np.log([step.resolution for step in ladder]))))


def silhouette(vectors: Floats, labels: NDArray[np.int64], some: Indices) -> float:
    """Mean over the rows `some` of how much nearer each is to its own centre (without itself) than to any other, -1..1.

    `labels` number the communities of all rows from 0; a row that is alone counts 0.
    """
    count = int(labels.max()) + 1
    if count < 2:
        return 0.0
    sums = _sums(vectors, labels)
    sizes = np.bincount(labels, minlength=count)
    lengths = np.linalg.norm(sums, axis=1)
    own = labels[some]
    dots = vectors[some] @ sums.T
    mine = dots[np.arange(len(some)), own]
    without = np.sqrt(np.maximum(lengths[own] ** 2 - 2.0 * mine + 1.0, 1e-9))
    near = 1.0 - (mine - 1.0) / without
    dots /= np.maximum(lengths, 1e-9)
    dots[np.arange(len(some)), own] = -2.0
    far = 1.0 - dots.max(axis=1)
    apart = (far - near) / np.maximum(np.maximum(near, far), 1e-9)
    return float(np.where(sizes[own] > 1, apart, 0.0).mean())


def _louvain(graph: csr_matrix, resolution: float, seed: int) -> NDArray[np.int64]:
    from sknetwork.clustering import Louvain

    return Louvain(resolution, shuffle_nodes=True, random_state=seed).fit_predict(graph)


def _graph(nearest: Indices, weights: Floats) -> csr_matrix:
    """The symmetric graph of the neighbours: the sum of both directions' weights."""
    from scipy.sparse import csr_matrix

    rows, count = nearest.shape
    places = np.repeat(np.arange(rows), count)
    one = csr_matrix((weights.astype(np.float64).ravel(), (places, nearest.ravel())), shape=(rows, rows))
    both = (one + one.T).tocsr()
    both.eliminate_zeros()
    return both


def _parts(labels: NDArray[np.int64]) -> list[Indices]:
    order = np.argsort(labels, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))


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
