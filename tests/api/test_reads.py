"""Reading the graph: what comes back, and that it comes in one statement a root field."""

from __future__ import annotations

from datetime import datetime

import pytest

from nobodyasked.graphql import scalars
from nobodyasked.models.fields import to_ms

from .conftest import Graph
from .world import DARK, PARCEL, ROWS, SIZE, STATEMENTS, World

WORK_BACKWARDS = """
query WorkBackwards {
  inventions(first: 20) { nodes { id title status
    needs { edges { relief rationale node { id statement confidence
      evidence(first: 10) { totalCount edges { confidence quote stance
        node { id text channel occurredAt customer { id segment } } } } } } } } }
}
"""


async def test_work_backwards(graph: Graph, world: World) -> None:
    data = await graph.ask(WORK_BACKWARDS)
    night, porch = data["inventions"]["nodes"]
    assert (night["title"], porch["title"]) == ("Night colours", "Porch box")
    first, second = porch["needs"]["edges"]
    assert (first["relief"], first["rationale"]) == (0.6, "Nobody has to wait at home.")
    assert second["node"]["statement"] == STATEMENTS[SIZE]
    evidence = first["node"]["evidence"]
    assert evidence["totalCount"] == 5
    assert [edge["confidence"] for edge in evidence["edges"]] == [0.9, 0.8, 0.7, 0.6, 0.5]
    best = evidence["edges"][0]
    assert best["quote"] == "The parcel came a day late"
    assert best["stance"] == "SUPPORTS"
    assert best["node"] == {
        "id": f"complaint_{world.complaints[0]}",
        "text": ROWS[0][0],
        "channel": "email",
        "occurredAt": "2026-01-05T00:00:00.000Z",
        "customer": {"id": best["node"]["customer"]["id"], "segment": "family"},
    }
    assert evidence["edges"][4]["stance"] == "CONTRADICTS"


async def test_every_quote_is_the_text_between_its_offsets(graph: Graph) -> None:
    data = await graph.ask(
        "{ evidence { nodes { quote start end complaint { text } } } asks { nodes { quote start end complaint { text } } } }"
    )
    spans = data["evidence"]["nodes"] + data["asks"]["nodes"]
    assert len(spans) == 8 + 2
    for span in spans:
        assert span["quote"] == span["complaint"]["text"][span["start"] : span["end"]]


async def test_text_survives_quotes_backslashes_percent_and_emoji(graph: Graph) -> None:
    data = await graph.ask("{ complaints(orderBy: [{ field: OCCURRED_AT }]) { nodes { text } } }")
    assert [node["text"] for node in data["complaints"]["nodes"]] == [row[0] for row in ROWS]


async def test_breakdowns_count_distinct_complaints_and_voices(graph: Graph, world: World) -> None:
    data = await graph.ask(
        """query ($id: ID!) { need(id: $id) {
             evidenceCount customerCount askedRatio firstAt lastAt
             weekly { week complaints customers }
             byChannel { channel complaints customers }
             bySegment { segment complaints customers }
             early: weekly(until: "2026-01-12") { week }
             middle: weekly(since: "2026-01-15", until: "2026-01-26") { week complaints }
             late: byChannel(since: "2026-01-10") { channel }
           } }""",
        {"id": f"need_{world.needs[PARCEL]}"},
    )
    need = data["need"]
    assert (need["evidenceCount"], need["customerCount"], need["askedRatio"]) == (5, 3, 0.3333)
    assert (need["firstAt"], need["lastAt"]) == ("2026-01-05T00:00:00.000Z", "2026-01-15T00:00:00.000Z")
    # praise contradicts the need: it is not counted as a complaint about it
    assert need["weekly"] == [
        {"week": "2026-01-05", "complaints": 2, "customers": 2},
        {"week": "2026-01-12", "complaints": 1, "customers": 1},
        # then they spoke of other things, and in the last week of January of nothing
        {"week": "2026-01-19", "complaints": 0, "customers": 0},
        {"week": "2026-02-02", "complaints": 0, "customers": 0},
    ]
    assert need["middle"] == [{"week": "2026-01-12", "complaints": 0}, {"week": "2026-01-19", "complaints": 0}]
    assert need["byChannel"] == [
        {"channel": "email", "complaints": 2, "customers": 2},
        {"channel": "chat", "complaints": 1, "customers": 1},
    ]
    assert need["bySegment"] == [
        {"segment": "family", "complaints": 2, "customers": 2},
        {"segment": "business", "complaints": 1, "customers": 1},
    ]
    assert need["early"] == [{"week": "2026-01-05"}]
    assert need["late"] == [{"channel": "email"}]


async def test_a_complaint_of_an_unknown_customer_counts_as_one(graph: Graph, world: World) -> None:
    data = await graph.ask(
        "query ($id: ID!) { need(id: $id) { customerCount bySegment { segment customers } } }",
        {"id": f"need_{world.needs[SIZE]}"},
    )
    assert data["need"]["customerCount"] == 2
    assert data["need"]["bySegment"] == [
        {"segment": "family", "customers": 1},
        {"segment": None, "customers": 1},
    ] or data["need"]["bySegment"] == [{"segment": None, "customers": 1}, {"segment": "family", "customers": 1}]


async def test_node_and_nodes(graph: Graph, world: World) -> None:
    ids = [
        f"need_{world.needs[DARK]}",
        f"invention_{world.inventions[0]}",
        f"complaint_{world.complaints[2]}",
        "claim_999999",
    ]
    data = await graph.ask(
        """query ($one: ID!, $many: [ID!]!) {
             node(id: $one) { __typename id ... on Need { statement } ... on Complaint { text } }
             nodes(ids: $many) { __typename id ... on Need { statement } ...Title ... on Complaint { text customer { externalId } } }
           }
           fragment Title on Invention { title }""",
        {"one": ids[0], "many": ids},
    )
    assert data["node"] == {"__typename": "Need", "id": ids[0], "statement": STATEMENTS[DARK]}
    assert data["nodes"] == [
        {"__typename": "Need", "id": ids[0], "statement": STATEMENTS[DARK]},
        {"__typename": "Invention", "id": ids[1], "title": "Porch box"},
        {"__typename": "Complaint", "id": ids[2], "text": ROWS[2][0], "customer": {"externalId": "C3"}},
        None,
    ]


async def test_a_plain_span_is_no_ask(graph: Graph) -> None:
    asked = {node["id"] for node in (await graph.ask("{ asks { nodes { id } } }"))["asks"]["nodes"]}
    all_ids = [f"ask_{number}" for number in range(1, 12)]
    found = (await graph.ask("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": all_ids}))["nodes"]
    assert {one["id"] for one in found if one} == asked


async def test_wrong_ids_are_typed_errors(graph: Graph, world: World) -> None:
    (error,) = await graph.errors('{ a: need(id: "need_2") { id } b: need(id: "complaint_2") { id } }')
    assert error["path"] == ["b"]
    assert await graph.refusal('{ need(id: "complaint_1") { id } }') == "INVALID"
    assert await graph.refusal('{ node(id: "what") { id } }') == "INVALID"
    assert await graph.refusal('{ node(id: "need_99999999999999999999") { id } }') == "INVALID"
    assert (
        await graph.refusal("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", {"ids": ["need_1"] * 101}) == "INVALID"
    )
    assert await graph.refusal('{ needs(where: { id: { eq: "team_1" } }) { nodes { id } } }') == "INVALID"
    assert (await graph.ask('{ need(id: "need_424242") { id } }')) == {"need": None}


async def test_filters(graph: Graph) -> None:
    async def texts(where: str) -> list[str]:
        query = (
            f"{{ complaints(where: {where}, orderBy: [{{ field: OCCURRED_AT }}]) {{ totalCount nodes {{ text }} }} }}"
        )
        found = (await graph.ask(query))["complaints"]
        assert found["totalCount"] == len(found["nodes"])
        return [node["text"] for node in found["nodes"]]

    every = [row[0] for row in ROWS]
    assert await texts('{ channel: { eq: "chat" } }') == [every[1], every[6], every[7]]
    assert await texts('{ channel: { in: ["email", "review"] }, text: { contains: "PARCEL" } }') == [every[0], every[3]]
    assert await texts('{ text: { startsWith: "the" } }') == [every[0], every[4]]
    assert await texts("{ rating: { gte: 2, lt: 3.5 } }") == [every[4], every[5]]
    assert await texts("{ rating: { isNull: false }, customer: { externalId: { isNull: true } } }") == [every[5]]
    assert await texts('{ customer: { segment: { eq: "business" } } }') == [every[2]]
    assert await texts('{ not: { customer: { segment: { in: ["family", "new"] } } } }') == [
        every[2],
        every[3],
        every[5],
    ]
    assert await texts('{ or: [{ rating: { eq: 5 } }, { text: { contains: "dark" } }] }') == [every[3], every[6]]
    assert await texts('{ and: [], occurredAt: { gte: "2026-02-02", lt: "2026-02-03T00:00:00Z" } }') == [every[6]]
    assert await texts('{ occurredAt: { gt: "P1D" } }') == []
    assert await texts("{ needCount: { eq: 0 } }") == [every[7]]
    assert await texts('{ needCount: { gte: 1 }, channel: { eq: "chat" } }') == [every[1], every[6]]
    assert await texts("{ or: [] }") == []
    assert await texts('{ text: { contains: "100%" } }') == [every[5]]
    assert await texts('{ text: { contains: "_" } }') == []


async def test_a_complaint_has_each_need_once_by_the_surest_of_its_words(graph: Graph, world: World) -> None:
    listed = "{ totalCount edges { confidence quote node { id } } }"
    every = f"every: needs(where: {{ status: {{ in: [PENDING, ACCEPTED] }} }}) {listed}"
    document = f"query ($id: ID!) {{ complaint(id: $id) {{ needCount once: needs {listed} {every} }} }}"
    complaint = (await graph.ask(document, {"id": f"complaint_{world.complaints[1]}"}))["complaint"]
    need = {"id": f"need_{world.needs[0]}"}
    first = {"confidence": 0.8, "quote": "Where is my parcel?", "node": need}
    second = {"confidence": 0.7, "quote": "I waited at home for 5 hours.", "node": need}
    assert complaint == {
        "needCount": 1,
        "once": {"totalCount": 1, "edges": [first]},
        "every": {"totalCount": 2, "edges": [first, second]},
    }
    # the surest of those that are asked for: a less sure one is not hidden by one that was not
    less = {"totalCount": 1, "edges": [second]}
    unsure = "needs(where: { confidence: { lte: 0.75 } })"
    both = "needs(where: { need: { status: { eq: ACTIVE } }, not: { confidence: { gt: 0.75 } } })"
    document = f"query ($id: ID!) {{ complaint(id: $id) {{ unsure: {unsure} {listed} both: {both} {listed} }} }}"
    identity = {"id": f"complaint_{world.complaints[1]}"}
    assert (await graph.ask(document, identity))["complaint"] == {"unsure": less, "both": less}
    async with graph.database.transaction() as transaction:
        await transaction.execute("update evidence set stance = 'CONTRADICTS' where confidence = 0.7")
    against = "needs(where: { stance: { eq: CONTRADICTS } })"
    document = f"query ($id: ID!) {{ complaint(id: $id) {{ against: {against} {listed} once: needs {listed} }} }}"
    once = {"totalCount": 1, "edges": [first]}
    assert (await graph.ask(document, identity))["complaint"] == {"against": less, "once": once}


async def test_null_conditions_are_refused(graph: Graph) -> None:
    assert await graph.refusal("{ complaints(where: { channel: null }) { nodes { id } } }") == "INVALID"
    assert (
        await graph.refusal(
            "query ($x: String) { complaints(where: { channel: { eq: $x } }) { nodes { id } } }", {"x": None}
        )
        == "INVALID"
    )
    assert (
        await graph.refusal('{ complaints(where: { channel: { in: ["a", null] } }) { nodes { id } } }')
        == "GRAPHQL_VALIDATION_FAILED"
    )


async def test_filters_of_links(graph: Graph, world: World) -> None:
    data = await graph.ask(
        """query ($id: ID!) { need(id: $id) {
             against: evidence(where: { stance: { eq: CONTRADICTS } }) { totalCount nodes { text } }
             byMail: evidence(where: { complaint: { channel: { eq: "email" } } }) { totalCount edges { quote } }
             dismissed: evidence(where: { status: { in: [DISMISSED, EXPIRED] } }) { totalCount }
           } }""",
        {"id": f"need_{world.needs[PARCEL]}"},
    )
    assert data["need"]["against"] == {"totalCount": 1, "nodes": [{"text": ROWS[3][0]}]}
    assert data["need"]["byMail"]["totalCount"] == 2
    assert data["need"]["dismissed"]["totalCount"] == 0


async def test_search(graph: Graph) -> None:
    async def found(words: str) -> set[str]:
        data = await graph.ask(
            "query ($words: String!) { complaints(search: $words) { totalCount nodes { text } } }", {"words": words}
        )
        assert data["complaints"]["totalCount"] == len(data["complaints"]["nodes"])
        return {node["text"] for node in data["complaints"]["nodes"]}

    every = [row[0] for row in ROWS]
    assert await found("parcels") == {every[0], every[1], every[3]}
    assert await found("parcel -waited") == {every[0], every[3]}
    assert await found('"dark mode"') == {every[6]}
    assert await found("boots or driver") == {every[2], every[4]}
    assert await found("dark parcel") == set()
    # what would be operators to the database are words to people
    for words in (
        'a" b',
        "NEAR(a b)",
        "text:parcel",
        "par*",
        "(((",
        "AND",
        "'; drop table complaint; --",
        "a -b -c",
        "^x",
    ):
        body = await graph.answer(
            "query ($words: String!) { complaints(search: $words) { nodes { id } } }", {"words": words}
        )
        assert b'"INTERNAL"' not in body.body
    assert await graph.refusal('{ complaints(search: " -late ") { nodes { id } } }') == "INVALID"
    assert await graph.refusal('{ complaints(search: "") { totalCount nodes { id } } }') == "INVALID"
    assert (
        await graph.refusal("query ($w: String!) { needs(search: $w) { nodes { id } } }", {"w": "a" * 1001})
        == "INVALID"
    )
    assert (
        await graph.ask(
            '{ needs(search: "dark") { nodes { statement } } inventions(search: "door") { nodes { title } } }'
        )
    ) == {
        "needs": {"nodes": [{"statement": STATEMENTS[DARK]}]},
        "inventions": {"nodes": [{"title": "Porch box"}]},
    }


async def test_search_puts_the_most_relevant_first_and_pages(graph: Graph) -> None:
    for number, text in enumerate(["kettle", "a kettle for the whole long way up the hill", "kettle kettle"]):
        await graph.ask(
            "mutation ($input: ComplaintSubmitInput!) { complaintSubmit(input: $input) { created } }",
            {"input": {"text": text, "externalId": str(number)}},
        )
    query = """query ($after: String) { complaints(first: 1, after: $after, search: "kettle") {
                 pageInfo { hasNextPage endCursor } nodes { text } } }"""
    found, after = [], None
    for _ in range(3):
        page = (await graph.ask(query, {"after": after}))["complaints"]
        found += [node["text"] for node in page["nodes"]]
        after = page["pageInfo"]["endCursor"]
    assert page["pageInfo"]["hasNextPage"] is False
    assert sorted(found) == sorted(["kettle", "a kettle for the whole long way up the hill", "kettle kettle"])
    assert found[0] == "kettle kettle"
    ordered = await graph.ask('{ complaints(search: "kettle", orderBy: [{ field: OCCURRED_AT }]) { nodes { text } } }')
    assert ordered["complaints"]["nodes"][0]["text"] == "kettle"


async def test_similar_to_keeps_the_minds_order_and_pages(graph: Graph, world: World) -> None:
    graph.mind.likes["complaint"] = [
        (world.complaints[4], 0.91),
        (world.complaints[0], 0.85),
        (world.complaints[7], 0.4),
        (world.complaints[1], 0.1),
    ]
    query = """query ($after: String) { complaints(first: 2, after: $after, similarTo: { text: "too small" }) {
                 totalCount pageInfo { hasNextPage endCursor } edges { similarity node { id } } } }"""
    page = (await graph.ask(query))["complaints"]
    assert page["totalCount"] == 3
    assert [(edge["similarity"], edge["node"]["id"]) for edge in page["edges"]] == [
        (0.91, f"complaint_{world.complaints[4]}"),
        (0.85, f"complaint_{world.complaints[0]}"),
    ]
    assert page["pageInfo"]["hasNextPage"] is True
    rest = (await graph.ask(query, {"after": page["pageInfo"]["endCursor"]}))["complaints"]
    assert [edge["node"]["id"] for edge in rest["edges"]] == [f"complaint_{world.complaints[7]}"]
    narrowed = await graph.ask(
        '{ complaints(similarTo: { text: "x", minimum: 0 }, where: { channel: { eq: "chat" } }) { edges { similarity } } }'
    )
    assert [edge["similarity"] for edge in narrowed["complaints"]["edges"]] == [0.4, 0.1]
    assert await graph.refusal('{ needs(similarTo: { text: " " }) { nodes { id } } }') == "INVALID"
    assert await graph.refusal('{ needs(similarTo: { text: "x", minimum: 2 }) { nodes { id } } }') == "INVALID"


async def test_directives_aliases_and_fragments(graph: Graph) -> None:
    query = """query ($yes: Boolean!, $n: Int = 1) {
        a: needs(first: $n) { ...Page @include(if: $yes) totalCount @skip(if: $yes) }
        b: needs(first: 2) { ... on NeedConnection { nodes { id id2: id ...Words } nodes { statement } } }
        __typename
      }
      fragment Page on NeedConnection { __typename edges { __typename cursor node { ...Words } } }
      fragment Words on Need { statement @include(if: $yes) confidence @skip(if: $yes) }"""
    yes = await graph.ask(query, {"yes": True})
    assert list(yes) == ["a", "b", "__typename"]
    assert list(yes["a"]) == ["__typename", "edges"]
    assert len(yes["a"]["edges"]) == 1
    assert list(yes["b"]["nodes"][0]) == ["id", "id2", "statement"]
    no = await graph.ask(query, {"yes": False, "n": 3})
    assert no["a"] == {"totalCount": 3}
    assert list(no["b"]["nodes"][0]) == ["id", "id2", "confidence", "statement"]


async def test_statements_do_not_grow_with_the_page(graph: Graph) -> None:
    for query in (
        WORK_BACKWARDS,
        "{ needs(first: 50) { totalCount nodes { weekly { week } byChannel { channel } evidence(first: 50) { nodes { needs { nodes { id } } } } } } }",
    ):
        with graph.database.counting() as counted:
            await graph.ask(query)
        assert counted.count == 1, counted.statements
    with graph.database.counting() as counted:
        await graph.ask(
            "{ a: needs(first: 1) { nodes { id } } b: complaints(first: 50) { nodes { id } } viewer { role } }"
        )
    assert counted.count == 2


async def test_viewer(graph: Graph, world: World) -> None:
    from nobodyasked.models.team import Role

    data = await graph.ask(
        "{ viewer { role viewerCanCurate viewerCanAdminister member { id name team { name } } } }", role=Role.CURATOR
    )
    assert data["viewer"] == {
        "role": "CURATOR",
        "viewerCanCurate": True,
        "viewerCanAdminister": False,
        "member": {"id": f"member_{world.members['Ada']}", "name": "Ada", "team": {"name": "Delivery"}},
    }


async def test_runs_teams_members_customers(graph: Graph, world: World) -> None:
    data = await graph.ask(
        """{ inferenceRuns { nodes { id status watermark models counts failure } }
             teams { nodes { name members { nodes { name } } } }
             customers(where: { externalId: { eq: "C1" } }) { nodes { complaints { totalCount nodes { channel } } } } }"""
    )
    (run,) = data["inferenceRuns"]["nodes"]
    assert run["status"] == "SUCCEEDED"
    assert run["watermark"] == f"complaint_{max(world.complaints)}"
    assert run["models"] == {"embedder": "none"}
    assert run["counts"]["complaints"] == len(ROWS)
    assert data["teams"]["nodes"] == [{"name": "Delivery", "members": {"nodes": [{"name": "Ada"}, {"name": "Grace"}]}}]
    assert data["customers"]["nodes"] == [
        {"complaints": {"totalCount": 2, "nodes": [{"channel": "review"}, {"channel": "email"}]}}
    ]


async def test_a_time_from_now_in_a_kept_document_moves_on(graph: Graph, monkeypatch: pytest.MonkeyPatch) -> None:
    today = to_ms(datetime(2026, 2, 4))
    monkeypatch.setattr(scalars, "now_ms", lambda: today)
    alone = '{ complaints(where: { occurredAt: { gte: "-P2D" } }) { totalCount } }'
    listed = '{ complaints(where: { occurredAt: { in: ["-P1D"] } }) { totalCount } }'
    counted = '{ need(id: "need_1") { weekly(since: "-P30D") { week } } }'
    assert await graph.ask(alone) == {"complaints": {"totalCount": 2}}
    assert await graph.ask(listed) == {"complaints": {"totalCount": 1}}
    assert len((await graph.ask(counted))["need"]["weekly"]) == 4
    today += 7 * 86_400_000
    assert await graph.ask(alone) == {"complaints": {"totalCount": 0}}
    assert await graph.ask(listed) == {"complaints": {"totalCount": 0}}
    assert len((await graph.ask(counted))["need"]["weekly"]) == 3
