"""Outcomes of measurements, as the statistics would have told them."""

from __future__ import annotations

from nobodyasked.models.impact import CountModel, Measured, Outcome, PlaceboDraft

INTERVALS = {"RELIEVED": (0.4, 0.2, 0.8), "REGRESSED": (2.0, 1.1, 4.0), "INCONCLUSIVE": (0.9, 0.5, 1.6)}


def outcome(need: int, verdict: str = "RELIEVED") -> Outcome:
    """Twenty weeks before and fifteen after; a fifth of the complaints is left."""
    measured = None
    if verdict != "INSUFFICIENT_DATA":
        ratio, low, high = INTERVALS[verdict]
        placebos = [PlaceboDraft(2900, 1.5, 1.1, 2.0), PlaceboDraft(2904, 1.0, 0.7, 1.4)]
        measured = Measured(ratio, low, high, 0.01, 0.5, 0.99, CountModel.POISSON, 0.0, 0.1, True, placebos)
    return Outcome(need, measured, 2910, 2890, 2924, 20, 15, 100, 15, 3, False, 20.0, 15.0, (0.5, 1.5))
