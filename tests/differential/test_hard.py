"""Documents written by hand where answers are easily got wrong; each was wrong once, or nearly."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nobodyasked.models.team import Role
from tests.api.conftest import Graph

from .compare import compare
from .oracle import Oracle

NOTHING: dict[str, Any] = {}
CHAIN = "evidence(last: 2) { pageInfo { startCursor } nodes { needs(last: 2) { pageInfo { startCursor } nodes { "
DOCUMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "null edges": (
        "{ evidence(first: 100) { nodes { decidedBy { id team { id name } } run { startedBy { name } } } } }",
        NOTHING,
    ),
    "null and odd roots": (
        '{ a: need(id: "need_999") { id } b: node(id: "customer_999") { id } c: nodes(ids: []) { id } '
        'd: nodes(ids: ["ask_1", "ask_2", "ask_3", "ask_4", "need_1", "need_1", "claim_1", "run_99"]) { __typename id } }',
        NOTHING,
    ),
    "merged needs by their old ids": (
        "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Need { status evidence { totalCount } } } }",
        {"ids": [f"need_{key}" for key in range(1, 16)]},
    ),
    "empty pages": (
        "{ needs(first: 0) { nodes { id } edges { cursor } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } totalCount } "
        'complaints(where: { channel: { eq: "none" } }) { nodes { id } edges { node { id } } pageInfo { endCursor hasNextPage } totalCount } }',
        NOTHING,
    ),
    "page info alone": (
        "{ teams { nodes { a: needs(first: 0) { pageInfo { hasPreviousPage } } b: needs(last: 0) { pageInfo { hasNextPage __typename } } "
        "c: members(first: 1) { pageInfo { hasPreviousPage } } d: members(first: 1) { pageInfo { hasNextPage endCursor } } } } "
        "x: needs(first: 3) { pageInfo { hasPreviousPage } } y: needs(last: 3) { pageInfo { hasNextPage } } }",
        NOTHING,
    ),
    "counts alone": (
        "{ needs { totalCount } a: needs(where: { status: { in: [MERGED, DISMISSED] } }) { totalCount } inventions { totalCount } "
        "customers(first: 100) { nodes { complaints { totalCount } } } all: needs(first: 100) { nodes { evidence { totalCount } "
        "dead: evidence(where: { status: { in: [DISMISSED, EXPIRED] } }) { totalCount } } } }",
        NOTHING,
    ),
    "breakdowns of everything": (
        "{ complaintsByWeek { week complaints customers } complaintsByChannel { channel complaints customers } "
        "complaintsBySegment { segment complaints customers } evidenceByChannel { channel needs evidence } }",
        NOTHING,
    ),
    "breakdowns of a part": (
        "query($since: DateTimeOrDuration) { complaintsByWeek(since: $since) { week complaints customers } "
        'complaintsByChannel(since: $since) { channel complaints customers } a: complaintsBySegment(until: "2026-01-05") '
        '{ segment customers } b: evidenceByChannel(since: $since, until: "2026-01-15") { channel needs evidence } }',
        {"since": "2026-01-06"},
    ),
    "breakdowns of needs": (
        "query($since: DateTimeOrDuration) { needs(first: 100) { nodes { weekly { week complaints customers } byChannel { channel complaints } "
        'bySegment { segment complaints customers } a: bySegment(since: $since) { segment } b: weekly(until: "2026-01-05") { week } } } }',
        {"since": "2026-01-06"},
    ),
    "crowds": (
        "query($since: DateTimeOrDuration!) { complaintsBySegment { segment complaints customers } evidenceByChannel { channel needs evidence } "
        'complaintsByChannel { channel complaints customers } complaintsByWeek(since: $since, until: "2026-01-23") { week complaints } '
        "needs(first: 100) { nodes { bySegment { segment complaints customers } "
        "byTier { tier complaints customers } byProduct { product complaints customers } byLanguage { language customers } "
        "weekly(since: $since) { week complaints customers expected } slid: weekly(until: $since) { week } competitors { name complaints } involvedTeams { team { name } customers } } } "
        "aspects { nodes { weekly { week complaints change } slid: weekly(since: $since) { week customers } byChannel { channel customers } } } inventions(first: 100) { nodes { "
        "bySegment { segment customers } byTier { tier complaints } impacts: shipment { impacts { nodes { weekly { week complaints } } } } } } "
        "alerts { nodes { observed } } needMovements(since: $since) { edges { observed expected needMovement { observed } } } "
        "complaints(first: 100) { nodes { id customer { id segment } } } }",
        {"since": "2026-01-06"},
    ),
    "aliases of one field": (
        "{ needs(first: 2) { a: nodes { x: id y: id id z: __typename } b: nodes { id } edges { cursor c: cursor node { i: id } n: node { id } } } }",
        NOTHING,
    ),
    "merged fields": (
        "{ needs(first: 3) { nodes { id evidence(first: 2) { edges { confidence } } } nodes { team { id } evidence(first: 2) { edges { node { id } } totalCount } } } "
        "needs(first: 3) { nodes { statement team { name } } } }",
        NOTHING,
    ),
    "fragments on the interface": (
        'query($ids: [ID!]!) { nodes(ids: $ids) { ...N ... on Node { i: id } ... on Team { name } ... { __typename } ...X } node(id: "need_1") { ...N } } '
        "fragment N on Node { id ... on Need { n: statement team { id } } } fragment X on Complaint { c: text customer { i: id } }",
        {"ids": ["need_2", "team_1", "complaint_3", "member_1", "member_9", "complaint_3", "run_1"]},
    ),
    "directives": (
        "query($yes: Boolean!, $no: Boolean! = false, $default: Boolean! = true) { needs(first: 2) @include(if: $yes) { nodes @skip(if: $no) { id @include(if: $no) "
        "statement @skip(if: $default) ...F @include(if: $default) ... @skip(if: $yes) { version } __typename } } gone: teams @skip(if: $yes) { totalCount } } "
        "fragment F on Need { status @include(if: true) @skip(if: false) }",
        {"yes": True},
    ),
    "nothing left": (
        "query($no: Boolean! = false) { needs { nodes { id @include(if: $no) } } teams @include(if: $no) { totalCount } }",
        NOTHING,
    ),
    "what is worked out of a row that is not there": (
        "{ members(first: 100) { nodes { a: contributions(where: { invention: { askDistance: { gt: 0.5 } } }) { totalCount } "
        "b: contributions(where: { invention: { supporterCount: { lt: 1 } } }) { totalCount } "
        "c: contributions(where: { not: { invention: { coverage: { gte: 0 } } } }) { totalCount } } } }",
        NOTHING,
    ),
    "types everywhere": (
        "{ __typename needs(first: 1) { __typename pageInfo { __typename } edges { __typename node { __typename team { __typename } weekly { __typename } } } nodes { __typename } } }",
        NOTHING,
    ),
    "orders with ties and missing values": (
        "{ a: customers(first: 100, orderBy: [{ field: VALUE }, { field: REACH, direction: DESC }]) { edges { cursor node { value reach } } } "
        "b: complaints(first: 100, orderBy: [{ field: RATING, direction: DESC }, { field: OCCURRED_AT }, { field: RATING }]) { nodes { id } } "
        "c: needs(last: 4, orderBy: { field: ASKED_RATIO, direction: DESC }) { nodes { id askedRatio } pageInfo { hasPreviousPage startCursor } } }",
        NOTHING,
    ),
    "nested conditions": (
        "query($where: ComplaintWhere, $less: Float) { a: complaints(first: 100, where: $where) { nodes { id } } b: evidence(where: { not: { or: [{ complaint: { customer: { segment: "
        '{ isNull: true } } } }, { confidence: { lt: $less } }] }, need: { team: { not: { name: { startsWith: "DEL" } } } } }) { nodes { id } totalCount } '
        'c: needs(where: { and: [], or: [{}, { statement: { contains: "%" } }] }) { totalCount } d: needs(where: { or: [] }) { totalCount } }',
        {
            "where": {"or": [], "and": [{"not": {"rating": {"gt": 2}}}], "not": {"severity": {"in": []}}},
            "less": 0.5,
        },
    ),
    "empty lists of conditions out of variables": (
        "query($none: NeedWhere, $all: NeedWhere, $by: [NeedOrder!]) { a: needs(where: $none) { totalCount } b: needs(where: $all, orderBy: $by) { totalCount nodes { id } } }",
        {"none": {"or": []}, "all": {"and": []}, "by": []},
    ),
    "defaults of variables": (
        'query($where: EvidenceWhere = { and: [], or: [{}], status: { in: [PENDING] } }, $first: Int = 2, $by: [EvidenceOrder!] = [{ field: CONFIDENCE }], $id: ID! = "need_3", '
        "$minimum: Float! = 0.4) { need(id: $id) { evidence(where: $where, first: $first, orderBy: $by) { edges { confidence cursor } } } "
        'needs(similarTo: { text: "late", minimum: $minimum }) { edges { similarity } } }',
        NOTHING,
    ),
    "similarity": (
        '{ a: complaints(first: 3, similarTo: { text: "x" }) { edges { similarity cursor } pageInfo { hasNextPage endCursor } totalCount } '
        'b: needs(similarTo: { text: "x", minimum: 0.2 }, orderBy: [{ field: STATEMENT }], where: { confirmed: { eq: false } }) { edges { similarity node { id } } } '
        "c: inventions { edges { similarity } } }",
        NOTHING,
    ),
    "three lists inside one another": (
        '{ need(id: "need_1") { ' + CHAIN + "id evidence(first: 1) { edges { quote node { id } } } } } } } } }",
        NOTHING,
    ),
    "documents of inventions": (
        "{ inventions(first: 100, where: { status: { in: [DRAFT, IN_REVIEW, REVISING, WITHDRAWN] } }) { nodes { id origin approvals "
        "reviewersNeeded shippedAt pressRelease { __typename headline problem customerQuote customerQuoteBasis notElsewhere citations(first: 9) "
        "{ totalCount edges { cursor node { id part evidence { quote } } } } } faq(orderBy: [{ field: POSITION, direction: DESC }]) { nodes "
        "{ id audience question answer requiredQuestion { text active } } } revisions(last: 2) { totalCount nodes { number author { name } "
        "changes { nodes { id field before after revision { id } } } } } reviews { nodes { verdict comment principles version counts reviewer "
        "{ name } invention { id } } } } } principles { nodes { text position active version } } requiredQuestions(where: { active: "
        "{ eq: true } }) { totalCount nodes { id text } } }",
        NOTHING,
    ),
    "the plane and white space": (
        "{ inventions(first: 100, orderBy: [{ field: COVERAGE, direction: DESC }, { field: ASK_DISTANCE }]) { edges { cursor node { id "
        "askDistance coverage quadrant nearestAsks(first: 2) { totalCount edges { cursor nearness nearAsk { invention { id } } node { id quote } } "
        "pageInfo { hasNextPage } } evidence(first: 3) { totalCount edges { quote confidence evidence { status } node { id } } } } } } "
        "whiteSpace(first: 4) { totalCount pageInfo { hasNextPage endCursor } nodes { id importance satisfaction opportunity opportunityBasis "
        "askedRatio whiteSpace } } needs(first: 100, orderBy: [{ field: WHITE_SPACE }]) { nodes { id status whiteSpace } } "
        "a: inventions(where: { coverage: { gt: 0.01 }, askDistance: { lte: 0.5 } }) { totalCount } }",
        NOTHING,
    ),
    "below a member that is not there": (
        "{ viewer { member { supported { nodes { bySegment { valueAtStake } } } } } }",
        NOTHING,
    ),
    "who asks": (
        "{ viewer { role member { name team { name } } viewerCanCurate } needs(first: 1) { nodes { id } } }",
        NOTHING,
    ),
}


NOT_FOR_READERS = {
    *("null and odd roots", "counts alone", "breakdowns of a part", "breakdowns of needs"),
    *("orders with ties and missing values", "nested conditions"),
}
"""They ask for what is known of customers."""


async def test_documents_are_answered_alike(graph: Graph, oracle: Oracle) -> None:
    for name, (document, variables) in DOCUMENTS.items():
        for role in Role:
            graph.member = 2 if role is not Role.READER else None
            ended = "refused" if role is Role.READER and name in NOT_FOR_READERS else "ran"
            assert await compare(graph, oracle, document, variables, role) == ended, (name, role)


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "an id of another kind": ('{ a: teams { totalCount } need(id: "team_1") { id } }', NOTHING),
    "no id among ids": ("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["need_1", "nonsense"]}),
    "both ends": ("{ needs(first: 1, last: 1) { totalCount } }", NOTHING),
    "a page too large": (
        "query($n: Int) { teams(first: 1) { nodes { needs(first: $n) { nodes { id } } } } }",
        {"n": 101},
    ),
    "a negative page": ("{ teams(last: -1) { nodes { id } } }", NOTHING),
    "no cursor": ('{ needs(after: "nonsense") { nodes { id } } }', NOTHING),
    "a null condition": ("query($w: NeedWhere) { needs(where: $w) { totalCount } }", {"w": {"status": None}}),
    "a null operator": (
        "{ needs(where: { version: { eq: 1 } }) { totalCount } }".replace("version", "confidence").replace("1", "null"),
        NOTHING,
    ),
    "too many orders": (
        "query($by: [NeedOrder!]) { needs(orderBy: $by) { nodes { id } } }",
        {"by": [{"field": "STATEMENT"}] * 6},
    ),
    "nothing to search": ('{ needs(search: "-parcel") { nodes { id } } }', NOTHING),
    "similar to nothing": ('{ needs(similarTo: { text: " " }) { nodes { id } } }', NOTHING),
    "a NUL": ("query($t: String) { complaints(where: { text: { contains: $t } }) { totalCount } }", {"t": "a\x00"}),
}


async def test_refusals_are_the_same(graph: Graph) -> None:
    for document, variables in REFUSED.values():
        assert await compare(graph, None, document, variables) == "refused", document


async def test_cursors_of_other_orders_are_refused(graph: Graph) -> None:
    first = await graph.ask("{ needs(first: 1, orderBy: [{ field: STATEMENT }]) { pageInfo { endCursor } } }")
    document = "query($c: String) { needs(after: $c) { nodes { id } } }"
    assert await compare(graph, None, document, {"c": first["needs"]["pageInfo"]["endCursor"]}) == "refused"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_what_sqlite_cannot_parse_is_told(graph: Graph) -> None:
    deep = "{ id }"
    for _ in range(4):
        deep = "{ evidence(first: 1) { nodes { needs(first: 1) { nodes " + deep + " } } } }"
    answer = await graph.answer('{ need(id: "need_1") ' + deep + " }")
    (error,) = json.loads(answer.body)["errors"]
    assert "nested too deeply" in error["message"]
