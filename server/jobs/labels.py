"""What people labelled, read for a run or for placing: their word, and what the model learns from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ...inference.escape import wording
from ...inference.label import Labels
from ...inference.language import is_english
from ...inference.signal import Kind, taught
from ...inference.weights import MODEL_NAME

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...inference.vector import Embedder
    from ...models.queries.labels import LabelRow

__all__ = ["made_of"]


def made_of(rows: Sequence[LabelRow], embedder: Embedder) -> Labels:
    """Labels out of their rows; takes the processor for up to a second a thousand. Raises ModelUnavailable.

    The model learns from those in English, as it reads no other language, and only with the embedder it was made with.
    """
    kinds = {(row.complaint_id, row.start, row.end): Kind(row.kind) for row in rows}
    if embedder.name != MODEL_NAME:
        return Labels(kinds)
    # in one order, whatever the database's: the same labels teach the same
    read = sorted((row for row in rows if is_english(row.language)), key=lambda row: row[:3])
    vectors: NDArray[np.float32] = embedder.embed([wording(row.text) for row in read])
    return Labels(kinds, taught([row.text for row in read], [[Kind(row.kind)] for row in read], vectors))
