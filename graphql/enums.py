"""The closed sets of the data, as GraphQL enums with a description for every value."""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Any

import strawberry

from ..models.alert import AlertKind, Direction
from ..models.commands.complaints import ErrorPolicy
from ..models.document import Audience, Part, QuoteBasis, Verdict
from ..models.escalation import EscalationStatus
from ..models.evidence import Basis, EvidenceStatus, Stance
from ..models.impact import Basis as EffectBasis
from ..models.impact import CountModel
from ..models.impact import Reason as EffectReason
from ..models.impact import Verdict as Effect
from ..models.invention import Door, InventionStatus, Origin
from ..models.listening import Allocation, Strata
from ..models.need import NeedStatus, StatementBasis
from ..models.notice import NoticeStatus, Way
from ..models.period import Period
from ..models.plane import CoverageBasis, OpportunityBasis, Quadrant
from ..models.run import RunStatus
from ..models.span import SpanKind
from ..models.team import Role
from ..models.voice import ContributionKind


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
        "REGRESSED": "Measured: complaints about it went up after an invention shipped.",
        "DISMISSED": "A curator decided that it is no need. It collects no evidence.",
        "MERGED": "It became part of another need; its id leads there.",
    },
    SpanKind: {
        "ASK": "It names a solution.",
        "PAIN": "Something hurts or fails.",
        "WISH": "Something is lacking; no solution is named.",
        "PRAISE": "Something is good.",
        "NOISE": "It says nothing of what is meant here.",
    },
    StatementBasis: {
        "TEMPLATE": "Built from what several customers say in like words, or proposed by a language model and held against that.",
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
    EscalationStatus: {
        "OPEN": "Asked, or asked again; nobody has taken it on yet.",
        "ACKNOWLEDGED": "Somebody of its team has taken it on.",
        "ANSWERED": "Answered; the answer waits for its review.",
        "REVIEWED": "Somebody else than its author found that the answer will do.",
        "CLOSED": "Laid down.",
    },
    Period: {
        "WEEK": "A week from Monday on.",
        "MONTH": "A month of the calendar.",
        "QUARTER": "Three months, from January, April, July or October on.",
        "YEAR": "A year of the calendar.",
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
    Origin: {
        "CUSTOMER_EVIDENCE": "What customers said.",
        "COMPETITOR": "What a competitor does.",
        "OTHER": "Something else.",
    },
    Quadrant: {
        "PRIME": "Nobody asked, and many need it.",
        "REQUESTED": "Customers asked, and many need it.",
        "PET_PROJECT": "Nobody asked, and few need it.",
        "LOUD_MINORITY": "Customers asked, and few need it.",
    },
    CoverageBasis: {
        "ACCEPTED": "Accepted evidence of the active needs that it claims.",
        "UNDECIDED": "It is 0 since nobody has accepted evidence of its needs yet: decide on some (evidenceDecide).",
        "NO_EVIDENCE": "It is 0 since no words that support its needs are left: claim needs that customers speak of.",
        "NOT_ACTIVE": "It is 0 since none of the needs that it claims is active: an active one has 2 or more customers.",
        "NO_CLAIM": "It is 0 since it claims no need: say which needs it relieves, and how much of each (inventionClaimNeed).",
    },
    OpportunityBasis: {
        "SURVEY": "What customers answered when they were asked, 5 of them at least.",
        "PROXY": "What customers said, in place of a survey.",
    },
    AlertKind: {
        "SURGE": "More customers were heard than its past lets one expect.",
        "VIRAL": "Customers who reach many people said grave things about it.",
    },
    Direction: {
        "RISING": "More customers are heard than its past lets one expect.",
        "FALLING": "Fewer customers are heard than its past lets one expect.",
        "NEW": "It was never heard of before.",
        "STEADY": "Chance explains the difference.",
    },
    Part: {
        "SUMMARY": "The whole in one paragraph.",
        "PROBLEM": "The problem that it solves.",
        "SOLUTION": "How it solves the problem.",
        "HOW_IT_WORKS": "How the customer begins.",
        "CUSTOMER_QUOTE": "What a customer says.",
        "NOT_ELSEWHERE": "What customers cannot get anywhere else.",
    },
    QuoteBasis: {
        "REAL": "A customer's own words, out of a complaint.",
        "IMAGINED": "What a customer might say once it has shipped.",
    },
    Audience: {"EXTERNAL": "Customers ask.", "INTERNAL": "People inside ask."},
    Verdict: {
        "APPROVE": "It is to be built as it stands.",
        "REQUEST_CHANGES": "It must change before it can be approved.",
        "REJECT": "It is not to be built.",
    },
    ContributionKind: {
        "PROPOSED": "Proposed an invention.",
        "REVISED": "Changed what an invention says, claims or cites.",
        "REVIEWED": "Reviewed an invention.",
        "SUPPORTED": "Stood for an invention.",
        "COMMENTED": "Commented on an invention or a need.",
        "ASKED": 'Asked a question (the "?").',
        "ANSWERED": "Answered a question.",
        "DECIDED": "Accepted evidence of a need, or dismissed it.",
        "LABELLED": "Said what words of a complaint do.",
        "NOTED": "Noted something on a complaint while listening.",
    },
    Effect: {
        "RELIEVED": "At the last look the whole interval of 98.75 % lay below 1: complaints are fewer than they would have been.",
        "REGRESSED": "At the last look the whole interval of 98.75 % lay above 1: complaints are more than they would have been.",
        "INCONCLUSIVE": "Neither was sure enough at the last look.",
        "INSUFFICIENT_DATA": "There is too little to tell.",
    },
    EffectReason: {
        "TOO_FEW_WEEKS": "Fewer than 12 whole weeks on a side, between the shipments for the same need before and after.",
        "TOO_FEW_COMPLAINTS": "Fewer than 10 complaints before.",
        "NO_CONTROLS": "Fewer than 5 complaints a week about unaffected needs, and fewer than 52 weeks on a side.",
        "PLACEBO_EFFECTS": "It was sure enough, but effects were found where none can be, more than by chance: the model does not"
        " fit.",
        "UNCLEAR": "The interval of the last look holds 1.",
        "BETWEEN_LOOKS": "There was too little to tell in between; the next look tells.",
    },
    EffectBasis: {
        "CONTROLS": "Complaints about unaffected needs: the season and the number of customers cancel.",
        "CUSTOMERS": "The active customers that were told, and a season of the need's own.",
        "SEASON": "A season of the need's own.",
    },
    NoticeStatus: {
        "WAITING": "On the list; nobody has said yet what is to be told.",
        "QUEUED": "To be sent.",
        "SENDING": "Being sent.",
        "TOLD": "The customer was told.",
        "PARKED": "It could not be sent, and is not tried again by itself.",
    },
    Way: {
        "WEBHOOK": "By the organisation's own system, over a webhook.",
        "EMAIL": "By e-mail.",
        "BY_HAND": "By a person.",
    },
    CountModel: {
        "POISSON": "Counts vary as Poisson's do.",
        "NEGATIVE_BINOMIAL": "Counts vary more than that: they are overdispersed.",
    },
    Strata: {
        "NONE": "Not at all: one lot over all of them.",
        "CHANNEL": "By channel.",
        "PRODUCT": "By product or area.",
        "SEGMENT": "By segment of customers.",
        "LANGUAGE": "By language.",
    },
    Allocation: {
        "PROPORTIONAL": "Its share of all complaints.",
        "EQUAL": "As many as from each other, so that small parts are heard as well.",
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
_NAMES |= {EffectReason: "ImpactReason", EffectBasis: "ImpactBasis"}
_NAMES |= {Effect: "ImpactVerdict", CountModel: "ImpactModel", Way: "NoticeWay"}
_NAMES |= {Strata: "ListeningStrata", Allocation: "ListeningAllocation"}
_NAMES |= {Direction: "NeedDirection"}
_NAMES |= {Part: "PressReleasePart", Audience: "FaqAudience", Verdict: "ReviewVerdict", Origin: "InventionOrigin"}


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
