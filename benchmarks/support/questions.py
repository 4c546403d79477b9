"""What is asked: of our graph, of the bare route, of PostGraphile over the same tables.

A run of `@` stands for a number that differs in each request, `###` for its last three digits (see `load`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from nobodyasked.models.fields import week_of

__all__ = ["NODE", "QUESTIONS", "ROWS_AT_ONCE", "Question"]

ROWS_AT_ONCE = 1_000
WORDS = "The parcel came late and nobody told me where it was, so I waited at home all day, again. " * 2


@dataclass(frozen=True)
class Question:
    """One question, asked of each server in its own way."""

    name: str
    document: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    bare_path: str = ""
    bare_body: object = None
    scan_path: str = ""
    """Where the bare route counts rows, as one does that keeps no counts."""
    rival: str = ""
    """PostGraphile's document; "" where it has no way to answer."""
    rival_variables: Mapping[str, Any] = field(default_factory=dict)
    facts: Callable[[Any], object] | None = None
    """What our answer's data says, in a form that `rival_facts` gives too."""
    rival_facts: Callable[[Any], object] | None = None
    writes: bool = False
    expected: str = '"data"'
    """In each answer, or else it counts as bad."""

    def ours_sent(self) -> bytes:
        return _sent(self.document, self.variables)

    def bare_sent(self) -> bytes:
        return b"" if self.bare_body is None else json.dumps(self.bare_body).encode()

    def rival_sent(self) -> bytes:
        return _sent(self.rival, self.rival_variables)


def _sent(document: str, variables: Mapping[str, Any]) -> bytes:
    return json.dumps({"query": document, "variables": variables}).encode()


def _key(value: str) -> int:
    """The number in an id of either: "complaint_7", "7"."""
    return int(value.rpartition("_")[2])


def _ms(value: str) -> int:
    """The moment in milliseconds: PostGraphile shows the column as it is."""
    return int(value) if value.isdigit() else round(datetime.fromisoformat(value).timestamp() * 1000)


def _complaint(row: Any) -> object:
    key = _key(row["id"] if "id" in row else row["rowId"])
    owner = row["customer"]["id"] if "customer" in row else row["customerId"]
    return (key, row["text"], row["channel"], row["severity"], _ms(row["occurredAt"]), _key(owner))


def _backwards(data: Any) -> object:
    return [
        (
            _key(invention["id"]),
            invention["title"],
            invention["status"],
            [
                (
                    claim["relief"],
                    claim["rationale"],
                    _key(claim["node"]["id"]),
                    claim["node"]["statement"],
                    claim["node"]["confidence"],
                    claim["node"]["evidence"]["totalCount"],
                    [
                        (
                            link["confidence"],
                            link["quote"],
                            link["stance"],
                            _key(link["node"]["id"]),
                            link["node"]["text"],
                            link["node"]["channel"],
                            _ms(link["node"]["occurredAt"]),
                            _key(link["node"]["customer"]["id"]),
                            link["node"]["customer"]["segment"],
                        )
                        for link in claim["node"]["evidence"]["edges"]
                    ],
                )
                for claim in invention["needs"]["edges"]
            ],
        )
        for invention in data["inventions"]["nodes"]
    ]


def _rival_backwards(data: Any) -> object:
    return [
        (
            _key(invention["rowId"]),
            invention["title"],
            invention["status"],
            [
                (
                    claim["relief"],
                    claim["rationale"],
                    _key(claim["need"]["rowId"]),
                    claim["need"]["statement"],
                    claim["need"]["confidence"],
                    claim["need"]["evidenceCount"],
                    [
                        (
                            link["confidence"],
                            link["complaint"]["text"][link["span"]["startOffset"] : link["span"]["endOffset"]],
                            link["stance"],
                            _key(link["complaint"]["rowId"]),
                            link["complaint"]["text"],
                            link["complaint"]["channel"],
                            _ms(link["complaint"]["occurredAt"]),
                            _key(link["complaint"]["customer"]["rowId"]),
                            link["complaint"]["customer"]["segment"],
                        )
                        for link in claim["need"]["evidencesList"]
                    ],
                )
                for claim in invention["claimsList"]
            ],
        )
        for invention in data["inventionsList"]
    ]


NODE = Question(
    "q1",
    "query Q1($id: ID!) { complaint(id: $id) { id text channel severity occurredAt customer { id } } }",
    {"id": "complaint_@@@@"},
    "/q1/@@@@",
    rival="query Q1($id: BigInt!) { complaint(rowId: $id) { rowId text channel severity occurredAt customerId } }",
    rival_variables={"id": "@@@@"},
    facts=lambda data: _complaint(data["complaint"]),
    rival_facts=lambda data: _complaint(data["complaint"]),
)
BACKWARDS = Question(
    "q2",
    "query WorkBackwards { inventions(first: 20) { nodes { id title status needs { edges { relief rationale node { id statement"
    " confidence evidence(first: 10) { totalCount edges { confidence quote stance node { id text channel occurredAt"
    " customer { id segment } } } } } } } } } }",
    bare_path="/q2",
    rival="query WorkBackwards { inventionsList(first: 20, orderBy: [CREATED_AT_DESC, ROW_ID_DESC]) { rowId title status"
    " claimsList(first: 100, orderBy: [RELIEF_DESC, ROW_ID_DESC]) { relief rationale need { rowId statement confidence"
    " evidenceCount evidencesList(first: 10, condition: { live: true }, orderBy: [CONFIDENCE_DESC, ROW_ID_ASC])"
    " { confidence stance span { startOffset endOffset } complaint { rowId text channel occurredAt"
    " customer { rowId segment } } } } } } }",
    facts=_backwards,
    rival_facts=_rival_backwards,
)
PAGE = Question(
    "q3",
    "query Q3($first: Int!) { complaints(first: $first) { nodes { id text channel severity occurredAt customer { id } } } }",
    {"first": 1000},
    "/q3",
    rival="query Q3($first: Int!) { complaintsList(first: $first, orderBy: [OCCURRED_AT_DESC, ROW_ID_DESC])"
    " { rowId text channel severity occurredAt customerId } }",
    rival_variables={"first": 1000},
    facts=lambda data: [_complaint(row) for row in data["complaints"]["nodes"]],
    rival_facts=lambda data: [_complaint(row) for row in data["complaintsList"]],
)


def _counts(data: Any) -> object:
    return (
        {row["channel"]: (row["needs"], row["evidence"]) for row in data["evidenceByChannel"]},
        {week_of(_ms(f"{row['week']}T00:00:00+00:00")): row["complaints"] for row in data["complaintsByWeek"]},
    )


def _rival_counts(data: Any) -> object:
    channels: dict[str, tuple[int, int]] = {}
    weeks: dict[int, int] = {}
    # on PostgreSQL a count is spread over several rows
    for row in data["evidenceChannelsList"]:
        needs, evidence = channels.get(row["channel"], (0, 0))
        # sums of whole numbers are BigInts there, which are told as texts
        channels[row["channel"]] = (needs + int(row["needs"]), evidence + int(row["evidence"]))
    for row in data["complaintWeeksList"]:
        weeks[row["week"]] = weeks.get(row["week"], 0) + int(row["complaints"])
    return channels, weeks


COUNTS = Question(
    "q4",
    "query Q4 { evidenceByChannel { channel needs evidence } complaintsByWeek { week complaints } }",
    bare_path="/q4",
    scan_path="/q4_by_scan",
    rival="query Q4 { evidenceChannelsList { channel needs evidence } complaintWeeksList { week complaints } }",
    facts=_counts,
    rival_facts=_rival_counts,
)


def _row(key: str) -> dict[str, str]:
    """A complaint as it comes in; sent again, it is told from the others by its key."""
    return {
        "text": f"{WORDS}{key}",
        "channel": "email",
        "source": "bench",
        "externalId": key,
        "customer": "C-1###",
        "occurredAt": "2025-06-01T10:00:00.000Z",
    }


SUBMIT = Question(
    "m1",
    "mutation M1($input: ComplaintSubmitInput!)"
    " { complaintSubmit(input: $input) { complaint { id } created userErrors { message } } }",
    {"input": _row("ours-@@@@@@@@")},
    "/m1",
    _row("bare-@@@@@@@@"),
    rival="mutation M1($input: CreateComplaintInput!) { createComplaint(input: $input) { complaint { rowId } } }",
    rival_variables={
        "input": {
            "complaint": {
                "text": f"{WORDS}rival-@@@@@@@@",
                "channel": "email",
                "source": "bench",
                "externalId": "rival-@@@@@@@@",
                "customerId": "1###",
                "contentHash": f"{0:024}@@@@@@@@",
                "occurredAt": "1748772000000",
                "receivedAt": "1748772000000",
                "week": 2891,
            }
        }
    },
    writes=True,
    expected='{"complaint":{',
)
IMPORT = Question(
    "m2",
    "mutation M2($input: ComplaintsImportInput!) { complaintsImport(input: $input) { createdCount userErrors { message } } }",
    {"input": {"rows": [_row(f"ours-@@@@@@@@-{index}") for index in range(ROWS_AT_ONCE)]}},
    "/m2",
    [_row(f"bare-@@@@@@@@-{index}") for index in range(ROWS_AT_ONCE)],
    writes=True,
    expected=f'"createdCount":{ROWS_AT_ONCE}',
)
QUESTIONS = {question.name: question for question in (NODE, BACKWARDS, PAGE, COUNTS, SUBMIT, IMPORT)}
