"""The closed sets of the data, as GraphQL enums with a description for every value."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any

import strawberry

from ..models.commands.complaints import ErrorPolicy
from ..models.evidence import Basis, EvidenceStatus, Stance
from ..models.invention import Door, InventionStatus
from ..models.need import NeedStatus, StatementBasis
from ..models.run import RunStatus
from ..models.team import Role


class OrderDirection(StrEnum):
    """Direction of an order."""

    ASC = "ASC"
    DESC = "DESC"


DESCRIPTIONS: dict[type[Enum], dict[str, str]] = {
    NeedStatus: {
        "EMERGING": "Fewer than 2 distinct customers so far.",
        "ACTIVE": "2 or more distinct customers have it.",
        "ADDRESSED": "An approved invention claims to relieve it.",
        "RELIEVED": "Measured: complaints about it went down after an invention shipped.",
        "REGRESSED": "Measured: an invention shipped and it did not get better.",
        "DISMISSED": "A curator decided that it is no need. It collects no evidence.",
        "MERGED": "It became part of another need; its id leads there.",
    },
    StatementBasis: {
        "TEMPLATE": "Built from what several customers say in like words.",
        "QUOTE": "The most telling sentence of a customer.",
        "HUMAN": "Written by a person; runs never change it.",
    },
    Stance: {
        "SUPPORTS": "The words show the need.",
        "CONTRADICTS": "The words show that the need is met, for this customer.",
    },
    Basis: {"MODEL": "Made by inference.", "HUMAN": "Made or decided by a person; runs never change it."},
    EvidenceStatus: {
        "PENDING": "Nobody has looked at it.",
        "ACCEPTED": "A curator accepted it.",
        "DISMISSED": "A curator dismissed it; it does not count.",
        "EXPIRED": "A later run did not find it again; it does not count.",
    },
    InventionStatus: {
        "DRAFT": "Being written.",
        "IN_REVIEW": "Waiting for review.",
        "REVISING": "Sent back with questions.",
        "APPROVED": "To be built.",
        "REJECTED": "Not to be built.",
        "BUILDING": "Being built.",
        "SHIPPED": "In customers' hands.",
        "MEASURED": "Its effect on complaints is known.",
        "WITHDRAWN": "Taken back by its proposer or a curator.",
    },
    Door: {
        "ONE_WAY": "Hard to take back: decide slowly.",
        "TWO_WAY": "Easy to take back: decide fast.",
    },
    RunStatus: {
        "PENDING": "Waiting for a worker.",
        "RUNNING": "At work.",
        "SUCCEEDED": "Done; its needs and evidence are in place.",
        "FAILED": "Ended by an error; the needs are as they were before.",
        "CANCELED": "Ended by a person; the needs are as they were before.",
    },
    Role: {
        "READER": "May query.",
        "CONTRIBUTOR": "May also submit complaints and propose inventions.",
        "CURATOR": "May also confirm, rename, merge, split and dismiss needs, and decide evidence.",
        "ADMIN": "May also start inference runs and manage tokens.",
    },
    OrderDirection: {
        "ASC": "Smallest, earliest or first in the alphabet comes first; what has no value before all others.",
        "DESC": "Largest, latest or last in the alphabet comes first; what has no value after all others.",
    },
    ErrorPolicy: {
        "REJECT_EVERYTHING": "One bad row rejects them all.",
        "REJECT_FAILED_ROWS": "Bad rows are rejected, the others imported.",
    },
}

_NAMES: dict[type[Enum], str] = {Stance: "EvidenceStance", Basis: "EvidenceBasis", ErrorPolicy: "ImportErrorPolicy"}


def graphql_enum(cls: type[Enum]) -> Any:
    """The strawberry enum of a closed set; every value must be described in `DESCRIPTIONS`."""
    described = DESCRIPTIONS[cls]
    if not hasattr(cls, "__strawberry_definition__"):
        strawberry.enum(cls, name=_NAMES.get(cls), description=(cls.__doc__ or "").strip())  # type: ignore[call-overload]
        for value in cls.__strawberry_definition__.values:  # type: ignore[attr-defined]
            value.description = described[value.name]
    return cls


for _cls in DESCRIPTIONS:
    graphql_enum(_cls)
