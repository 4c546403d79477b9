"""Copies of one text, told even where they were slightly edited: whoever pastes a text speaks with one voice.

Equal texts are found by their words; edited ones by MinHash with bands (Broder 1997; Indyk and Motwani 1998), and then
held against each other. Time grows with the total length of the texts. Beside them it takes about 250 bytes for each
text that is long enough to be compared.
"""

import re
import unicodedata
import zlib
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_FEWEST_WORDS = 8  # different ones; shorter texts are alike by chance, and are copies only where they are equal
_ALIKE = 0.8  # Jaccard similarity of words, or of letter triples, from which one text is an edit of the other
_WORDS_LEAST = 0.5  # no edit of so few letters changes more words than that
_ALIKE_WORDS_FROM = 10  # different words from which sharing words alone is enough
_LONGEST = 2_000  # characters that are compared
_BANDS, _ROWS = 12, 4  # finds 0.99 of the pairs that share 3/4 of their words
_HASHES = _BANDS * _ROWS
_COMMON = 0.02  # share of the texts from which a word tells little of any of them
_LEADERS = 4  # texts of one band that others are held against: few, so that the time stays linear
_PROMISING = 0.5  # share of equal MinHashes from which two texts are compared exactly
_BLOCK_TEXTS = 20_000
_MOST_WORDS_KNOWN = 1_000_000
_WORD = re.compile(r"\w+")


def voices(texts: Sequence[str]) -> list[int]:
    """For each text the index of the first one that it is a copy of, its own where there is none.

    Case, punctuation, signs and emoji do not matter. Of texts with at least 8 different words one is a copy of the
    other where four fifths of their letter triples (or, from 10 words on, of their words) are the same.
    """
    first: dict[bytes, int] = {}
    leader = list(range(len(texts)))
    long: list[int] = []
    words: list[NDArray[np.uint32]] = []
    known: dict[str, int] = {}
    for number, text in enumerate(texts):
        found = words_of(text)
        key = " ".join(found).encode("utf-8", "surrogatepass")
        # what has no word at all is told apart as it is written
        key = key or b"\0" + text.strip().encode("utf-8", "surrogatepass")
        leader[number] = first.setdefault(_short(key), number)
        if leader[number] == number and len(found) >= _FEWEST_WORDS:
            hashed = _hashed(found, known)
            if len(hashed) >= _FEWEST_WORDS:
                long.append(number)
                words.append(hashed)
    if len(long) > 1:
        _join_edits(leader, texts, long, words)
    return [_leader(leader, number) for number in range(len(texts))]


def words_of(text: str) -> list[str]:
    """The words of the beginning of a text, whatever its language, without case, accents of typing and signs."""
    start = text[:_LONGEST]
    return _WORD.findall(start.lower() if start.isascii() else unicodedata.normalize("NFKC", start).casefold())


def _short(key: bytes) -> bytes:
    """The key, or a digest in place of a long one."""
    return key if len(key) <= 32 else blake2b(key, digest_size=16).digest()


def _hashed(found: Sequence[str], known: dict[str, int]) -> NDArray[np.uint32]:
    if len(known) > _MOST_WORDS_KNOWN:
        known.clear()
    different = set(found)
    for word in different:
        if word not in known:
            known[word] = zlib.crc32(word.encode("utf-8", "surrogatepass"))
    codes = {known[word] for word in different}
    return np.fromiter(codes, dtype=np.uint32, count=len(codes))


def _join_edits(
    leader: list[int], texts: Sequence[str], long: Sequence[int], words: Sequence[NDArray[np.uint32]]
) -> None:
    """Join the texts of which one is an edit of the other; `long` are those with `words`."""
    signatures = _signatures(words)
    tails = (signatures & 0xFF).astype(np.uint8)
    keys = np.stack([_mixed(signatures[:, band * _ROWS : (band + 1) * _ROWS]) for band in range(_BANDS)])
    del signatures
    for band in range(_BANDS):
        # stable: the first of a run of equal keys is the earliest text
        order = np.argsort(keys[band], kind="stable")
        ordered = keys[band][order]
        starts = np.flatnonzero(np.diff(ordered, prepend=ordered[:1] + 1))
        begin = np.repeat(starts, np.diff(starts, append=len(order)))
        open_ = np.ones(len(order), dtype=bool)
        for step in range(_LEADERS):
            # each text against the text that stands `step` places after the head of its run
            places = np.flatnonzero(open_ & (np.arange(len(order)) > begin + step))
            if not len(places):
                break
            left, right = order[begin[places] + step], order[places]
            promising = (tails[left] == tails[right]).mean(axis=1) >= _PROMISING
            for place, one, other in zip(
                places[promising].tolist(), left[promising].tolist(), right[promising].tolist(), strict=True
            ):
                first: int = long[one]
                second: int = long[other]
                if _leader(leader, first) == _leader(leader, second):
                    open_[place] = False
                elif _alike(words[one], words[other], texts[first], texts[second]):
                    open_[place] = False
                    _join(leader, first, second)


def _signatures(words: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """MinHashes, shape (n, 48), of the words that are not common to very many texts."""
    chance = np.random.default_rng(20_240)
    factors = chance.integers(1, 2**63, _HASHES, dtype=np.uint64) | np.uint64(1)
    common = _common(words)
    result = np.empty((len(words), _HASHES), dtype=np.uint32)
    for start in range(0, len(words), _BLOCK_TEXTS):
        some = [_telling(mine, common) for mine in words[start : start + _BLOCK_TEXTS]]
        sizes = np.fromiter(map(len, some), dtype=np.intp, count=len(some))
        begins = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        flat = np.concatenate(some).astype(np.uint64) + np.uint64(1)
        for column, factor in enumerate(factors):
            # multiply-shift (Dietzfelbinger 1997)
            result[start : start + len(some), column] = np.minimum.reduceat(
                ((flat * factor) >> np.uint64(32)).astype(np.uint32), begins
            )
    return result


def _common(words: Sequence[NDArray[np.uint32]]) -> NDArray[np.uint32]:
    """Words of more than a fiftieth of the texts, as counted in 50,000 of them."""
    some = words[:: max(1, len(words) // 50_000)]
    found, counts = np.unique(np.concatenate(some), return_counts=True)
    return found[counts > max(50.0, _COMMON * len(some))]


def _telling(mine: NDArray[np.uint32], common: NDArray[np.uint32]) -> NDArray[np.uint32]:
    if not len(common):
        return mine
    places = np.searchsorted(common, mine)
    rare = mine[common[np.minimum(places, len(common) - 1)] != mine]
    # a text of common words alone still has to differ from others
    return rare if len(rare) >= 4 else mine


def _mixed(rows: NDArray[np.uint32]) -> NDArray[np.uint64]:
    key = np.zeros(len(rows), dtype=np.uint64)
    for column in rows.T:
        key = (key ^ column) * np.uint64(0x9E37_79B9_7F4A_7C15)
        key ^= key >> np.uint64(29)
    return key


def _alike(mine: NDArray[np.uint32], other: NDArray[np.uint32], text: str, other_text: str) -> bool:
    shared = _jaccard(set(mine.tolist()), set(other.tolist()))
    if shared >= _ALIKE and min(len(mine), len(other)) >= _ALIKE_WORDS_FROM:
        return True
    return shared >= _WORDS_LEAST and _jaccard(_triples(text), _triples(other_text)) >= _ALIKE


def _triples(text: str) -> set[str]:
    joined = " ".join(words_of(text))
    return {joined[start : start + 3] for start in range(len(joined) - 2)}


def _jaccard(one: set, other: set) -> float:
    return len(one & other) / max(1, len(one | other))


def _leader(leader: list[int], number: int) -> int:
    while leader[number] != number:
        leader[number] = leader[leader[number]]
        number = leader[number]
    return number


def _join(leader: list[int], one: int, other: int) -> None:
    one, other = _leader(leader, one), _leader(leader, other)
    leader[max(one, other)] = min(one, other)
