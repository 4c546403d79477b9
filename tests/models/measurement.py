"""Outcomes of measurements, as the statistics would have told them."""

from __future__ import annotations

from nobodyasked.models.impact import Basis, CountModel, Measured, Outcome, PlaceboDraft, Reason

INTERVALS = {"RELIEVED": (0.4, 0.2, 0.8), "REGRESSED": (2.0, 1.1, 4.0), "INCONCLUSIVE": (0.9, 0.5, 1.6)}


def outcome(need: int, verdict: str = "RELIEVED", *, look: int | None = 12, doubtful: bool = False) -> Outcome:
    """Twenty weeks before and fifteen after; a fifth of the complaints is left."""
    measured = shortage = None
    if verdict == "INSUFFICIENT_DATA":
        shortage = Reason.NO_CONTROLS
    else:
        ratio, low, high = INTERVALS[verdict]
        sure = (0.9 * low, 1.1 * high) if low < 1 else (1.05, 1.1 * high)
        placebos = [PlaceboDraft(2900, 1.5, 1.1, 2.0), PlaceboDraft(2904, 1.0, 0.7, 1.4)]
        shape = (0.01, 0.5, 0.99, CountModel.POISSON, 0.0, 0.1, Basis.CONTROLS, placebos, doubtful)
        measured = Measured(ratio, low, high, *sure, *shape)
    weeks = (2910, 2890, 2924, 20, 15, 100, 15)
    return Outcome(need, measured, shortage, look, *weeks, 3, False, 7, 2, 5.0, 1.0, (0.5, 1.5))
