"""The Prime plane: how far an invention is from what anybody asked for, and how many need it."""

from __future__ import annotations

from enum import StrEnum


class Quadrant(StrEnum):
    """Where an invention lies on the plane of ask distance and coverage."""

    PRIME = "PRIME"
    REQUESTED = "REQUESTED"
    PET_PROJECT = "PET_PROJECT"
    LOUD_MINORITY = "LOUD_MINORITY"


class OpportunityBasis(StrEnum):
    """What an opportunity is computed from."""

    SURVEY = "SURVEY"
    PROXY = "PROXY"
