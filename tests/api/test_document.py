"""An invention's document through the graph: written, reviewed, shown as it is and as a page."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser as HTMLParser

from nobodyasked.graphql.document import html, inert, markdown
from nobodyasked.models.document import Audience, Part, QuoteBasis
from nobodyasked.models.queries.documents import Answer, Cited, Document
from nobodyasked.models.team import Role

from .conftest import Graph
from .test_mutations import only_error, run
from .world import PARCEL, World

INVENTION = "invention { id status version approvals reviewersNeeded }"
NASTY = (
    "<script>alert(1)</script> & <img src=x onerror=y> [click](javascript:x) ![i](http://e.vil/i) `code` **bold** _it_\n"
    "# no heading\n> no quote\n- no list\n1. no number\n+ nor this\n===\n    no code\n<https://e.vil> www.e.vil a@e.vil"
    " &amp; \\* ~~gone~~ | a | b |\n\n<!-- no comment -->\n\n---\n\n```\nfence\n```"
)


async def accepted(graph: Graph, world: World) -> list[str]:
    """Ids of two accepted pieces of evidence of two customers."""
    query = "query ($id: ID!) { need(id: $id) { evidence(first: 2) { edges { evidence { id version } } } } }"
    found = await graph.ask(query, {"id": f"need_{world.needs[PARCEL]}"})
    pieces = [edge["evidence"] for edge in found["need"]["evidence"]["edges"]]
    for piece in pieces:
        decision = {"evidenceId": piece["id"], "version": piece["version"], "decision": "ACCEPT"}
        assert (await run(graph, "evidenceDecide", "evidence { id }", decision))["userErrors"] == []
    return [piece["id"] for piece in pieces]


async def step(graph: Graph, name: str, invention: dict[str, Any], input: dict[str, Any] | None = None) -> Any:
    """The invention after a mutation that is not refused."""
    given = {"inventionId": invention["id"], "version": invention["version"], **(input or {})}
    payload = await run(graph, name, INVENTION, given, Role.CURATOR)
    assert payload["userErrors"] == [], name
    return payload["invention"]


async def test_the_way_of_an_invention(graph: Graph, world: World) -> None:
    pieces = await accepted(graph, world)
    principle = await run(graph, "principleAdd", "principle { id version active }", {"text": "Customers first."})
    question = await run(graph, "requiredQuestionAdd", "requiredQuestion { id }", {"text": "What may go wrong?"})
    ids = principle["principle"]["id"], question["requiredQuestion"]["id"]
    porch: Any = {"id": f"invention_{world.inventions[0]}", "version": 1}

    shown = f"{INVENTION} "
    payload = await run(graph, "inventionSubmitForReview", shown, {"inventionId": porch["id"], "version": 1})
    assert [error["code"] for error in payload["userErrors"]] == [
        "PROBLEM_NOT_CITED",
        "NOT_ELSEWHERE_MISSING",
        "ORIGIN_MISSING",
        "QUESTIONS_UNANSWERED",
    ]
    assert payload["invention"] is None

    porch = await step(graph, "inventionUpdate", porch, {"origin": "CUSTOMER_EVIDENCE"})
    release = {"headline": "Parcels that wait", "problem": "Nobody tells them.", "notElsewhere": "A box that speaks."}
    porch = await step(graph, "inventionWritePressRelease", porch, {**release, "customerQuote": "I sleep again."})
    porch = await step(graph, "inventionCite", porch, {"part": "PROBLEM", "evidenceIds": pieces})
    porch = await step(graph, "inventionAnswer", porch, {"requiredQuestionId": ids[1], "answer": "Rain."})
    porch = await step(graph, "inventionAnswer", porch, {"question": "Dear?", "audience": "EXTERNAL", "answer": "No."})
    porch = await step(graph, "inventionWritePressRelease", porch, {"customerQuote": None})
    porch = await step(graph, "inventionSubmitForReview", porch)
    assert (porch["status"], porch["reviewersNeeded"], porch["approvals"]) == ("IN_REVIEW", 2, 0)

    approve = {"inventionId": porch["id"], "version": porch["version"], "principleIds": [ids[0]]}
    assert only_error(await run(graph, "inventionApprove", INVENTION, approve)) == ("REVIEWER_IS_PROPOSER", ["input"])
    graph.member = world.members["Grace"]
    bare = {**approve, "principleIds": []}
    missing = await graph.ask(
        "mutation ($input: InventionApproveInput!) { inventionApprove(input: $input) { userErrors { code path"
        " ... on NotReadyError { missing } } } }",
        {"input": bare},
    )
    assert missing["inventionApprove"]["userErrors"] == [
        {"code": "PRINCIPLES_UNTICKED", "path": ["input", "principleIds"], "missing": ["Customers first."]}
    ]
    porch = await step(graph, "inventionApprove", porch, {"principleIds": [ids[0]], "comment": "Yes."})
    assert (porch["status"], porch["approvals"]) == ("IN_REVIEW", 1)
    again = {**approve, "version": porch["version"]}
    assert only_error(await run(graph, "inventionApprove", INVENTION, again)) == ("SAME_REVIEWER", ["input"])
    # through a two-way door one reviewer is enough, who reads it anew
    porch = await step(graph, "inventionUpdate", porch, {"door": "TWO_WAY"})
    assert porch["approvals"] == 0
    porch = await step(graph, "inventionApprove", porch, {"principleIds": [ids[0]]})
    assert (porch["status"], porch["approvals"]) == ("APPROVED", 1)
    porch = await step(graph, "inventionBuild", porch)
    porch = await step(graph, "inventionShip", porch, {"shippedAt": "2026-05-01"})
    assert porch["status"] == "SHIPPED"

    query = """query ($id: ID!) { invention(id: $id) { origin shippedAt
      pressRelease { headline problem customerQuote customerQuoteBasis summary
        citations { totalCount nodes { part evidence { quote status complaint { customer { externalId } } } } } }
      faq { nodes { audience question answer requiredQuestion { text } } }
      reviews { nodes { verdict comment principles counts reviewer { name } } }
      revisions(first: 1) { totalCount nodes { number author { name } changes { nodes { field before after } } } }
      needs { nodes { status } } } }"""
    with graph.database.counting() as recorder:
        found = (await graph.ask(query, {"id": porch["id"]}, role=Role.CONTRIBUTOR))["invention"]
    assert recorder.count == 1
    assert (found["origin"], found["shippedAt"]) == ("CUSTOMER_EVIDENCE", "2026-05-01T00:00:00.000Z")
    assert found["pressRelease"] == {
        "headline": "Parcels that wait",
        "problem": "Nobody tells them.",
        "customerQuote": None,
        "customerQuoteBasis": None,
        "summary": None,
        "citations": {
            "totalCount": 2,
            "nodes": [
                {
                    "part": "PROBLEM",
                    "evidence": {"quote": quote, "status": "ACCEPTED", "complaint": {"customer": {"externalId": who}}},
                }
                for quote, who in (("The parcel came a day late", "C1"), ("Where is my parcel?", "C2"))
            ],
        },
    }
    assert found["faq"]["nodes"] == [
        {
            "audience": "INTERNAL",
            "question": "What may go wrong?",
            "answer": "Rain.",
            "requiredQuestion": {"text": "What may go wrong?"},
        },
        {"audience": "EXTERNAL", "question": "Dear?", "answer": "No.", "requiredQuestion": None},
    ]
    ticked = {"verdict": "APPROVE", "principles": ["Customers first."], "reviewer": {"name": "Grace"}}
    assert found["reviews"]["nodes"] == [
        {**ticked, "comment": None, "counts": True},
        {**ticked, "comment": "Yes.", "counts": False},
    ]
    assert found["revisions"]["totalCount"] == 8
    (last,) = found["revisions"]["nodes"]
    assert last["author"] == {"name": "Grace"}
    assert last["changes"]["nodes"] == [{"field": "door", "before": "ONE_WAY", "after": "TWO_WAY"}]
    assert {need["status"] for need in found["needs"]["nodes"]} == {"ADDRESSED"}


async def test_what_differs_between_any_two_versions(graph: Graph, world: World) -> None:
    pieces = await accepted(graph, world)
    porch: Any = {"id": f"invention_{world.inventions[0]}", "version": 1}
    porch = await step(graph, "inventionUpdate", porch, {"title": "Porch", "origin": "OTHER"})
    porch = await step(graph, "inventionWritePressRelease", porch, {"headline": "One", "problem": "Late."})
    porch = await step(graph, "inventionWritePressRelease", porch, {"headline": "Two"})
    porch = await step(graph, "inventionCite", porch, {"part": "PROBLEM", "evidenceIds": pieces[:1]})
    porch = await step(graph, "inventionUpdate", porch, {"title": "Porch box"})
    query = """query ($id: ID!, $from: Int!, $to: Int!) {
      inventionDiff(inventionId: $id, from: $from, to: $to) { field before after } }"""

    async def differs(before: int, after: int) -> dict[str, tuple[str | None, str | None]]:
        found = await graph.ask(query, {"id": porch["id"], "from": before, "to": after}, role=Role.READER)
        return {one["field"]: (one["before"], one["after"]) for one in found["inventionDiff"]}

    words = {"headline": (None, "Two"), "problem": (None, "Late."), "citations.PROBLEM": (None, pieces[0])}
    # the title went and came back: over all it is the same
    assert await differs(1, 6) == {"origin": (None, "OTHER"), **words}
    assert await differs(2, 6) == {"title": ("Porch", "Porch box"), **words}
    assert await differs(3, 4) == {"headline": ("One", "Two")}
    assert await differs(4, 3) == {"headline": ("Two", "One")}
    assert await differs(6, 1) == {name: pair[::-1] for name, pair in {"origin": (None, "OTHER"), **words}.items()}
    assert await differs(5, 5) == {}
    whole = await differs(0, 6)
    assert whole["title"] == (None, "Porch box")
    assert whole[f"needs.need_{world.needs[PARCEL]}.relief"] == (None, "0.6")
    # any two steps make the way between their ends
    for middle in range(7):
        one, two = await differs(0, middle), await differs(middle, 6)
        joined = {name: (one.get(name, two.get(name))[0], two.get(name, one.get(name))[1]) for name in {*one, *two}}  # type: ignore[index]
        assert {name: pair for name, pair in joined.items() if pair[0] != pair[1]} == whole
    missing = await graph.ask(query, {"id": "invention_999", "from": 0, "to": 1})
    assert missing["inventionDiff"] is None
    for wrong in ({"from": 0, "to": 7}, {"from": -1, "to": 1}):
        assert await graph.refusal(query, {"id": porch["id"], **wrong}) == "INVALID"


async def test_sent_back_and_rejected(graph: Graph, world: World) -> None:
    night = f"invention_{world.inventions[1]}"
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET status = 'IN_REVIEW'")
    graph.member = world.members["Grace"]
    sent = await step(graph, "inventionRequestChanges", {"id": night, "version": 1}, {"comment": "Why dark?"})
    assert sent["status"] == "REVISING"
    payload = await run(
        graph, "inventionReject", INVENTION, {"inventionId": night, "version": 2, "comment": "No."}, Role.CURATOR
    )
    assert only_error(payload) == ("ILLEGAL_TRANSITION", ["input"])
    stale = await run(graph, "inventionReject", INVENTION, {"inventionId": night, "version": 1, "comment": "No."})
    assert only_error(stale) == ("STALE_VERSION", ["input", "version"])
    porch = {"id": f"invention_{world.inventions[0]}", "version": 1}
    assert (await step(graph, "inventionReject", porch, {"comment": "No."}))["status"] == "REJECTED"


async def test_a_document_is_its_proposers(graph: Graph, world: World) -> None:
    graph.member = world.members["Grace"]
    for name, input in {
        "inventionWritePressRelease": 'headline: "x"',
        "inventionCite": "part: PROBLEM, evidenceIds: []",
        "inventionAnswer": 'question: "x", answer: "y"',
        "inventionDropAnswer": 'faqEntryId: "faq_1"',
        "inventionSubmitForReview": "",
    }.items():
        given = f'inventionId: "invention_{world.inventions[0]}", version: 1, {input}'
        query = f"mutation {{ {name}(input: {{ {given} }}) {{ clientMutationId }} }}"
        assert await graph.refusal(query, role=Role.CONTRIBUTOR) == "FORBIDDEN"


async def test_standards_are_the_organisations_own(graph: Graph) -> None:
    for noun, name, listed in (
        ("principle", "principle", "principles"),
        ("requiredQuestion", "requiredQuestion", "requiredQuestions"),
    ):
        first = (await run(graph, f"{name}Add", f"{noun} {{ id version }}", {"text": "One"}))[noun]
        await run(graph, f"{name}Add", f"{noun} {{ id }}", {"text": "Two"})
        change = {f"{name}Id": first["id"], "version": 1, "text": "Uno", "position": 9, "active": False}
        changed = (await run(graph, f"{name}Update", f"{noun} {{ text position active version }}", change))[noun]
        assert changed == {"text": "Uno", "position": 9, "active": False, "version": 2}
        stale = await run(graph, f"{name}Update", f"{noun} {{ id }}", change)
        assert only_error(stale) == ("STALE_VERSION", ["input", "version"])
        found = await graph.ask(f"{{ {listed} {{ nodes {{ text }} }} }}", role=Role.READER)
        assert [one["text"] for one in found[listed]["nodes"]] == ["Two", "Uno"]


# --- as a page ----------------------------------------------------------------------------------------------------------


def written(text: str, quote: str = "It is late.") -> Document:
    """A document in which a text stands everywhere."""
    names = ("title", "mechanism", "headline", "subheading", "summary", "problem", "solution", "leader_quote")
    more = ("leader_name", "how_it_works", "customer_quote", "call_to_action", "not_elsewhere")
    return Document(
        "DRAFT",
        3,
        dict.fromkeys((*names, *more), text),
        QuoteBasis.REAL,
        [Cited(Part.PROBLEM, 7, quote, text), Cited(Part.CUSTOMER_QUOTE, 9, quote, text)],
        [Answer(Audience.EXTERNAL, text, text), Answer(Audience.INTERNAL, text, text)],
    )


TAGS = {"html", "head", "meta", "title", "body", "h1", "h2", "h3", "p", "small", "sup", "br", "blockquote", "-text"}


def test_html_is_inert() -> None:
    page = HTMLParser(html(written(NASTY, NASTY)))
    assert page.root is not None
    for node in page.root.traverse(include_text=True):
        assert node.tag in TAGS
        assert node.tag == "meta" or not node.attributes
    assert page.body is not None
    assert "<script>alert(1)</script>" in page.body.text()


def test_markdown_is_inert() -> None:
    # an engine that passes HTML on, makes links of addresses, and knows tables and strikethrough
    engine = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    page = HTMLParser(engine.render(markdown(written(NASTY, NASTY))))
    assert page.body is not None
    tags = {node.tag for node in page.body.traverse()} - {"body"}
    assert tags == {"h1", "h2", "h3", "p", "em", "br", "blockquote"}
    plain = HTMLParser(engine.render(markdown(written("word", "word"))))
    assert plain.body is not None
    # and no heading more than without it
    assert len(page.css("h2")) == len(plain.css("h2"))
    assert "www.e.vil" not in markdown(written(NASTY))


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=["Cs", "Cc"]), min_size=1))
def test_markdown_shows_every_line_as_it_is(line: str) -> None:
    engine = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    line = " ".join(line.split())
    page = HTMLParser(engine.render(inert(line)))
    assert page.body is not None
    assert " ".join(page.body.text().split()) == line
    assert {node.tag for node in page.body.traverse()} <= {"body", "p"}


async def test_the_document_through_the_api(graph: Graph, world: World) -> None:
    pieces = await accepted(graph, world)
    porch: Any = {"id": f"invention_{world.inventions[0]}", "version": 1}
    porch = await step(graph, "inventionWritePressRelease", porch, {"problem": "<b>Late</b>\n\nAgain."})
    porch = await step(graph, "inventionCite", porch, {"part": "PROBLEM", "evidenceIds": pieces[:1]})
    porch = await step(graph, "inventionCite", porch, {"part": "CUSTOMER_QUOTE", "evidenceIds": pieces[1:]})
    query = "query ($id: ID!, $how: DocumentFormat!) { inventionDocument(inventionId: $id, format: $how) }"
    asked = {"id": porch["id"], "how": "MARKDOWN"}
    assert (await graph.ask(query, asked, role=Role.READER))["inventionDocument"] == (
        "# Porch box\n\n*Porch box: DRAFT, version 4*\n\n## The problem\n\n\\<b\\>Late\\</b\\>\n\nAgain. \\[1\\]\n\n"
        "## What customers say\n\n> Where is my parcel? \\[2\\]\n\n## In the customers' own words\n\n"
        f"> The parcel came a day late\n\n*1, {pieces[0].replace('_', chr(92) + '_')}, email*\n\n"
        f"> Where is my parcel?\n\n*2, {pieces[1].replace('_', chr(92) + '_')}, chat*\n"
    )
    page = (await graph.ask(query, {**asked, "how": "HTML"}))["inventionDocument"]
    assert "<h2>The problem</h2>\n<p>&lt;b&gt;Late&lt;/b&gt;</p>\n<p>Again.<sup>1</sup></p>" in page
    assert (await graph.ask(query, {**asked, "id": "invention_999"}))["inventionDocument"] is None
    assert await graph.refusal(query, {**asked, "id": "need_1"}) == "INVALID"


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_both_ways_of_completion_say_the_same(graph: Graph, world: World) -> None:
    shown = (
        f'{{ a: inventionDocument(inventionId: "invention_{world.inventions[0]}", format: HTML) viewer {{ role }} }}'
    )
    found = await graph.ask(shown)
    assert found["a"].startswith("<!doctype html>")
    assert found["viewer"] == {"role": "ADMIN"}
