"""Things that customers talk about: words without which those who share them have nothing in common.

Who writes of boots writes of their size, their soles and their price: near one another for the boots alone, and each of them
near what others say of sizes, of soles, of prices. A refund is another matter: who waits for one waits, whatever it is called.
"""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .lexicon import FAILURE
from .phrase import stem
from .signal import words
from .statement import Voice
from .topic import telling
from .vector import normalised
from .wording import Wording

__all__ = ["candidate", "is_thing"]

Floats = NDArray[np.float32]

_FEWEST = 8  # customers of whom it means something that they share a word
_LOOSER = 0.08  # by how much less alike than the members of a need those may be whose word is left out


def candidate(voices: Sequence[Voice], wording: Wording) -> str | None:
    """The word that a group may be alike for alone: the one that tells it best from all others, as most write it.

    None where customers are few, or where the word is one of failure, which is what is lacked.
    """
    if len({voice.customer for voice in voices}) < _FEWEST:
        return None
    own = telling(voices, wording)
    forms = Counter(word for voice in voices for word in words(voice.text) if stem(word) == own)
    form = min(forms, key=lambda word: (-forms[word], word), default=None)
    return None if form in FAILURE else form


def is_thing(direction: Floats, vectors: Floats, granularity: float) -> bool:
    """Whether a group, its `vectors` (n, width), has little more in common than a word, whose vector is `direction` (width,).

    All are of length 1, in one space. The group is alike without the word if the mean of its vectors, less the word's direction, is
    about as long as `granularity` asks of a need.
    """
    beside = normalised(vectors - (vectors @ direction)[:, None] * direction)
    return float(np.linalg.norm(beside.mean(axis=0))) < granularity - _LOOSER
