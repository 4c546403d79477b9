"""Things that customers talk about: words without which those who share them have nothing in common.

Who writes of boots writes of their size, their soles and their price: near one another for the boots alone, and each of them
near what others say of sizes, of soles, of prices. A refund is another matter: who waits for one waits, whatever it is called.
"""

from collections import Counter
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from .lexicon import FAILURE
from .phrase import stem
from .signal import words
from .statement import Voice
from .topic import telling
from .vector import normalised
from .wording import Wording

__all__ = ["thing"]

Floats = NDArray[np.float32]

_FEWEST = 8  # customers of whom it means something that they share a word
_LOOSER = 0.08  # by how much less alike than the members of a need those may be whose word is left out


def thing(
    voices: Sequence[Voice],
    vectors: Floats,
    granularity: float,
    wording: Wording,
    fit: Callable[[list[str]], Floats],
) -> str | None:
    """The word that a group is about and lacks nothing in common of; None where its members are alike without it too.

    `vectors` (n, width) are the group's, of length 1; `fit` turns words into vectors of the same space. The group is alike
    without its most telling word if the mean of the vectors, less that word's direction, is about as long as `granularity` asks.
    """
    if len({voice.customer for voice in voices}) < _FEWEST:
        return None
    own = telling(voices, wording)
    if own is None:
        return None
    forms = Counter(word for voice in voices for word in words(voice.text) if stem(word) == own)
    form = min(forms, key=lambda word: (-forms[word], word))
    if form in FAILURE:
        return None
    direction = fit([form])
    beside = normalised(vectors - (vectors @ direction.T) @ direction)
    return form if float(np.linalg.norm(beside.mean(axis=0))) < granularity - _LOOSER else None
