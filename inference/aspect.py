"""The upper level of the tree aspect -> need: what needs are about, such as delivery or search."""

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .lexicon import BLAME, FAILURE, FILLER, PRAISE, RUDE, STOP, word_set
from .phrase import stem
from .signal import words
from .statement import Voice, key_phrases
from .vector import normalised
from .wording import Wording

Floats = NDArray[np.float32]

__all__ = ["AspectFound", "Theme", "aspects", "themes"]

_NEAREST = 4  # other needs that a need is tied to
_RESOLUTION = 1.4  # of the communities: finer than modularity has it by itself, so that a name can hold them
_LEAST_FIT = 0.25  # cosine of a need to the middle of the others of its theme, below which it is of no aspect
_LEAST_SHARE = 0.05  # share of a need's customers from which they speak of a word
_LEAST_SPOKEN_OF = 0.2  # mean share of the customers of those needs who use the word that an aspect is called by
_LEAST_THING = 0.25  # how much of a thing such a word is, 1 where half of its uses stand where things are named
_AFTER_ARTICLE = word_set("the a an my our your their this that these those no any of for with more his her its")
_NOT_A_NAME = STOP | PRAISE | BLAME | FILLER | RUDE | FAILURE


class Theme(NamedTuple):
    """Needs that belong together: their indexes, ascending."""

    needs: list[int]


@dataclass(frozen=True)
class AspectFound:
    """What several needs are about: a name of 1 to 3 plain words, key phrases, and the mean of the needs, length 1."""

    name: str
    key_phrases: list[str]
    centroid: Floats


def themes(centres: Floats, supports: Sequence[int], seed: int) -> list[Theme]:
    """Needs by what they are about; those that are like no others are in none.

    `centres` has a row of length 1 for each need, `supports` its customers. Communities (Louvain, modularity) of the
    graph that ties each need to its nearest, in the space less what all needs have in common.
    """
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain

    count = len(centres)
    if count < 3:
        return []
    weights = np.sqrt(np.asarray(supports, dtype=np.float32))[:, None]
    apart = normalised(centres - (centres * weights).sum(axis=0) / weights.sum())
    cosines = apart @ apart.T
    np.fill_diagonal(cosines, -1.0)
    nearest = np.argsort(-cosines, axis=1, kind="stable")[:, : min(_NEAREST, count - 1)]
    ties = np.clip(np.take_along_axis(cosines, nearest, axis=1), 0.0, None).astype(np.float64)
    rows = np.repeat(np.arange(count), nearest.shape[1])
    graph = csr_matrix((ties.ravel(), (rows, nearest.ravel())), shape=(count, count))
    graph = graph.maximum(graph.T).tocsr()
    graph.eliminate_zeros()
    if not graph.nnz:
        return []
    labels = Louvain(_RESOLUTION, shuffle_nodes=True, random_state=seed).fit_predict(graph)
    found: list[Theme] = []
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        while len(members) > 1:
            sums = (apart[members] * weights[members]).sum(axis=0)
            fits = [float(apart[row] @ normalised((sums - weights[row] * apart[row])[None])[0]) for row in members]
            if min(fits) >= _LEAST_FIT:
                found.append(Theme(members.tolist()))
                break
            members = np.delete(members, int(np.argmin(fits)))
    return sorted(found, key=lambda theme: (-sum(supports[need] for need in theme.needs), theme.needs))


def aspects(
    found: Sequence[Theme],
    voices: Sequence[Sequence[Voice]],
    centroids: Floats,
    wording: Wording,
    things: Collection[str] = (),
) -> tuple[list[AspectFound], list[int | None]]:
    """A named aspect for each theme that its needs' words give a name to, and the aspect of each need.

    `voices` and `centroids` (shape (n, width), length 1) are those of all needs. None is called by one of the `things`, words
    that are but talked about (`thing.py`), whatever is lacked of them.
    """
    shares = [_shares(some) for some in voices]
    unfit = wording.brands | wording.proper | {stem(thing) for thing in things}
    everywhere: Counter[tuple[str, ...]] = Counter()
    for some in shares:
        everywhere.update(some)
    made: list[AspectFound] = []
    owner: list[int | None] = [None] * len(voices)
    taken: set[frozenset[str]] = set()
    for theme in found:
        said = [voice for need in theme.needs for voice in voices[need]]
        named = _name(theme, shares, everywhere, said, wording, taken, unfit)
        if named is None:
            continue
        key, name = named
        taken.add(frozenset(key))
        # whoever opens an aspect finds what it is called in each of its needs
        mine = [need for need in theme.needs if key in shares[need]]
        sizes = np.sqrt([len({voice.customer for voice in voices[need]}) for need in mine])
        middle = normalised((centroids[mine] * sizes[:, None]).sum(axis=0, keepdims=True))[0]
        for need in mine:
            owner[need] = len(made)
        about = [voice for need in mine for voice in voices[need]]
        made.append(AspectFound(name, key_phrases(about, wording), middle.astype(np.float32)))
    return made, owner


def _shares(voices: Sequence[Voice]) -> dict[tuple[str, ...], float]:
    """Share of a need's customers who use each telling word, or pair of words, by stems."""
    users: dict[tuple[str, ...], set[object]] = defaultdict(set)
    for voice in voices:
        for gram in _grams(voice.text):
            users[tuple(stem(word) for word in gram)].add(voice.customer)
    people = max(1, len({voice.customer for voice in voices}))
    return {key: len(who) / people for key, who in users.items() if len(who) >= max(2, _LEAST_SHARE * people)}


def _grams(text: str) -> list[tuple[str, ...]]:
    found = words(text)
    telling = [len(word) > 2 and word not in _NOT_A_NAME for word in found]
    singles = [(word,) for word, fit in zip(found, telling, strict=True) if fit]
    pairs = [(found[at], found[at + 1]) for at in range(len(found) - 1) if telling[at] and telling[at + 1]]
    return singles + pairs


def _name(
    theme: Theme,
    shares: Sequence[dict[tuple[str, ...], float]],
    everywhere: Counter[tuple[str, ...]],
    voices: Sequence[Voice],
    wording: Wording,
    taken: set[frozenset[str]],
    unfit: AbstractSet[str],
) -> tuple[tuple[str, ...], str] | None:
    """The thing that the needs of a theme have in common and others have not, by its stems and as customers write it; None
    where there is none that enough of them speak of."""
    mean: dict[tuple[str, ...], float] = defaultdict(float)
    holders: Counter[tuple[str, ...]] = Counter()
    for need in theme.needs:
        for key, share in shares[need].items():
            mean[key] += share / len(theme.needs)
            holders[key] += 1
    surfaces, thing = _surfaces(voices, mean)
    ranked: list[tuple[float, str, tuple[str, ...]]] = []
    for key, share in mean.items():
        if set(key) & unfit or frozenset(key) in taken or holders[key] < 2:
            continue
        if thing[key] < _LEAST_THING or share < _LEAST_SPOKEN_OF * holders[key] / len(theme.needs):
            continue
        rarity = sum(wording.rarity(part) for part in key) / len(key)
        own = holders[key] / everywhere[key]
        length = 1.25 if len(key) == 2 else 1.0
        worth = share * own * rarity * length * (0.3 + 0.7 * thing[key]) * (holders[key] / len(theme.needs)) ** 0.5
        ranked.append((-worth, surfaces[key], key))
    if not ranked:
        return None
    _, name, key = min(ranked)
    return key, name


def _surfaces(
    voices: Sequence[Voice], wanted: Collection[tuple[str, ...]]
) -> tuple[dict[tuple[str, ...], str], dict[tuple[str, ...], float]]:
    """How each gram is mostly written, and the share of its uses that stand where a thing is named ("the", "my")."""
    written: dict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    named: Counter[tuple[str, ...]] = Counter()
    for voice in voices:
        found = words(voice.text)
        stems = [stem(word) for word in found]
        for size in (1, 2):
            for at in range(len(found) - size + 1):
                key = tuple(stems[at : at + size])
                if key in wanted:
                    written[key][" ".join(found[at : at + size])] += 1
                    named[key] += at > 0 and found[at - 1] in _AFTER_ARTICLE
    surfaces = {key: min(forms, key=lambda form: (-forms[form], form)) for key, forms in written.items()}
    return surfaces, {key: min(1.0, 2 * named[key] / sum(forms.values())) for key, forms in written.items()}
