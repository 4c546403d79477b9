"""What a run groups: lacks. Those of a short message go together, since they are of one concern, those of a long one apart."""

from collections import defaultdict
from collections.abc import Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from .aside import advising, aside
from .finding import SpanFound
from .signal import Kind, words
from .space import LONG_MESSAGE, tells
from .store import Rows

__all__ = ["parted", "pointed"]

_SHORT_KEY = 32  # bytes; of what is longer a digest tells copies


def parted(lengths: Sequence[int]) -> list[list[int]]:
    """The places of the spans of one message, of so many words each: those of a short one together, of a long one each apart."""
    places = list(range(len(lengths)))
    if sum(lengths) > LONG_MESSAGE:
        return [[place] for place in places]
    return [places] if places else []


def pointed(
    spans: Sequence[SpanFound],
    texts: Sequence[str],
    message_of: NDArray[np.int32],
    vectors: Rows | None,
    names: frozenset[str],
) -> tuple[NDArray[np.bool_], NDArray[np.int32], list[list[int]]]:
    """Of each span whether it names something beside the product and how many words it has; and the points, as lists of spans.

    `texts` and `message_of`, the message of each, are parallel to the spans, and so are `vectors` where they may tell who advises
    others. `names` are those that most messages share.
    """
    telling = np.zeros(len(spans), dtype=np.bool_)
    lengths = np.zeros(len(spans), dtype=np.int32)
    advice = advising(spans, texts, vectors)
    points: dict[bytes, list[int]] = defaultdict(list)
    row = 0
    while row < len(spans):
        carrying: list[int] = []
        said: list[list[str]] = []
        message = message_of[row]
        while row < len(spans) and message_of[row] == message:
            found = words(texts[row])
            lengths[row] = len(found)
            telling[row] = tells(found, names)
            if spans[row].kind is not Kind.PRAISE and telling[row] and not aside(texts[row], row in advice):
                carrying.append(row)
                said.append(found)
            row += 1
        for part in parted([len(some) for some in said]):
            points[_key([word for at in part for word in said[at]])].extend(carrying[at] for at in part)
    return telling, lengths, list(points.values())


def _key(said: Sequence[str]) -> bytes:
    """What is the same of the same words."""
    joined = " ".join(said).encode("utf-8", "surrogatepass")
    return joined if len(joined) <= _SHORT_KEY else blake2b(joined, digest_size=16).digest()
