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


class CoverageBasis(StrEnum):
    """What an invention's coverage is computed from, or why it is 0."""

    ACCEPTED = "ACCEPTED"
    UNDECIDED = "UNDECIDED"
    NO_EVIDENCE = "NO_EVIDENCE"
    NOT_ACTIVE = "NOT_ACTIVE"
    NO_CLAIM = "NO_CLAIM"
