"""Every mutation through the graph: what it does, who may, and what it answers when it cannot."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nobodyasked.models.team import Role

from .conftest import Graph
from .world import DARK, PARCEL, ROWS, SIZE, World

ERRORS = "userErrors { __typename message path code }"


async def run(graph: Graph, name: str, shown: str, input: dict[str, Any], role: Role = Role.ADMIN) -> Any:
    """A mutation's payload."""
    kind = name[0].upper() + name[1:] + "Input"
    query = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {shown} {ERRORS} clientMutationId }} }}"
    return (await graph.ask(query, {"input": input}, role=role))[name]


def only_error(payload: Any) -> tuple[str, list[str]]:
    (error,) = payload["userErrors"]
    assert error["message"].endswith((".", "?"))
    assert error["__typename"].endswith("Error")
    return error["code"], error["path"]


async def test_submit_is_idempotent_and_tells_the_mind(graph: Graph) -> None:
    row = {
        "text": "It arrived broken — twice!\r\nWhy?",
        "channel": "Email",
        "source": "helpdesk",
        "externalId": "77",
        "occurredAt": "2026-03-01T10:00:00+02:00",
        "customer": "C9",
        "segment": "new",
        "reach": 12,
        "value": 10.5,
        "rating": 1,
        "clientMutationId": "mine",
    }
    shown = "created complaint { id text channel occurredAt rating customer { externalId segment reach value } }"
    first = await run(graph, "complaintSubmit", shown, row, Role.CONTRIBUTOR)
    assert (first["created"], first["userErrors"], first["clientMutationId"]) == (True, [], "mine")
    complaint = first["complaint"]
    assert complaint["text"] == "It arrived broken — twice!\nWhy?"
    assert (complaint["channel"], complaint["occurredAt"]) == ("email", "2026-03-01T08:00:00.000Z")
    assert complaint["customer"] == {"externalId": "C9", "segment": "new", "reach": 12, "value": 10.5}
    key = int(complaint["id"].split("_")[1])
    assert graph.mind.told == [("received", [key])]
    again = await run(graph, "complaintSubmit", shown, row, Role.CONTRIBUTOR)
    assert (again["created"], again["complaint"]["id"]) == (False, complaint["id"])
    clash = await run(graph, "complaintSubmit", shown, {**row, "text": "Other words"})
    assert only_error(clash) == ("DUPLICATE_EXTERNAL_ID", ["input", "externalId"])
    assert clash["complaint"] is None
    assert len(graph.mind.told) == 1


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"text": ""}, "text"),
        ({"text": " \n\t "}, "text"),
        ({"text": "\x00\x01"}, "text"),
        ({"text": "x" * 100_001}, "text"),
        ({"rating": 6}, "rating"),
        ({"occurredAt": "1969-12-31"}, "occurredAt"),
        ({"occurredAt": "P40D"}, "occurredAt"),
        ({"channel": "c" * 65}, "channel"),
        ({"externalId": "x" * 256}, "externalId"),
        ({"reach": -1}, "reach"),
    ],
)
async def test_bad_complaints(graph: Graph, change: dict[str, Any], path: str) -> None:
    payload = await run(graph, "complaintSubmit", "complaint { id }", {"text": "fine", **change})
    assert only_error(payload) == ("INVALID", ["input", path])
    assert payload["complaint"] is None


async def test_a_text_of_the_greatest_length_comes_back_whole(graph: Graph) -> None:
    text = "é🙂" * 50_000
    payload = await run(graph, "complaintSubmit", "complaint { text }", {"text": text})
    assert payload["complaint"]["text"] == text


IMPORTED = "createdCount knownCount rejectedCount rows { index created complaint { text } userErrors { code path } }"


async def test_import_rejects_rows_or_everything(graph: Graph) -> None:
    rows = [
        {"text": "one", "externalId": "1"},
        {"text": "", "externalId": "2"},
        {"text": "one", "externalId": "1"},
        {"text": "another one", "externalId": "1"},
        {
            "text": ROWS[0][0],
            "source": "world",
            "externalId": "w0",
            "channel": "email",
            "customer": "C1",
            "occurredAt": "2026-01-05",
        },
    ]
    refused = await run(graph, "complaintsImport", IMPORTED, {"rows": rows, "errorPolicy": "REJECT_EVERYTHING"})
    assert (refused["createdCount"], refused["rejectedCount"]) == (0, 5)
    assert (await graph.ask('{ complaints(where: { source: { eq: "api" } }) { totalCount } }'))["complaints"][
        "totalCount"
    ] == 0
    with graph.database.counting() as counted:
        done = await run(graph, "complaintsImport", IMPORTED, {"rows": rows}, Role.CONTRIBUTOR)
    assert (done["createdCount"], done["knownCount"], done["rejectedCount"]) == (1, 2, 2)
    assert [row["created"] for row in done["rows"]] == [True, False, False, False, False]
    assert done["rows"][0]["complaint"] == done["rows"][2]["complaint"] == {"text": "one"}
    assert done["rows"][1]["userErrors"] == [{"code": "INVALID", "path": ["input", "rows", "1", "text"]}]
    assert done["rows"][3]["userErrors"][0]["code"] == "DUPLICATE_EXTERNAL_ID"
    many = [{"text": f"text {number}", "externalId": f"m{number}"} for number in range(60)]
    with graph.database.counting() as more:
        await run(graph, "complaintsImport", IMPORTED, {"rows": many})
    # sixty rows take no more statements than five, their complaints shown by one
    assert more.count <= counted.count
    assert only_error(await run(graph, "complaintsImport", IMPORTED, {"rows": []})) == ("INVALID", ["input", "rows"])


async def need(graph: Graph, key: int) -> Any:
    data = await graph.ask(
        "query ($id: ID!) { need(id: $id) { id version status statement statementBasis confirmed evidenceCount customerCount evidence { edges { evidence { id version } } } } }",
        {"id": f"need_{key}"},
    )
    return data["need"]


async def test_confirm_rename_dismiss(graph: Graph, world: World) -> None:
    key = world.needs[DARK]
    one = f"need_{key}"
    version = (await need(graph, key))["version"]
    done = await run(
        graph, "needConfirm", "need { confirmed version }", {"needId": one, "version": version}, Role.CURATOR
    )
    assert done["need"] == {"confirmed": True, "version": version + 1}
    stale = await run(
        graph, "needRename", "need { id }", {"needId": one, "version": version, "statement": "x"}, Role.CURATOR
    )
    assert only_error(stale) == ("STALE_VERSION", ["input", "version"])
    renamed = await run(
        graph,
        "needRename",
        "need { statement statementBasis version }",
        {"needId": one, "version": version + 1, "statement": " See in\nthe dark "},
        Role.CURATOR,
    )
    assert renamed["need"] == {"statement": "See in the dark", "statementBasis": "HUMAN", "version": version + 2}
    gone = await run(
        graph,
        "needDismiss",
        "need { status dismissalReason }",
        {"needId": one, "version": version + 2, "reason": "one loud voice"},
        Role.CURATOR,
    )
    assert gone["need"] == {"status": "DISMISSED", "dismissalReason": "one loud voice"}
    again = await run(
        graph,
        "needDismiss",
        "need { status }",
        {"needId": one, "version": version + 3, "reason": "again"},
        Role.CURATOR,
    )
    assert only_error(again)[0] == "ILLEGAL_TRANSITION"
    shown = await graph.ask(
        "{ needs { nodes { id } } all: needs(where: { status: { eq: DISMISSED } }) { nodes { id } } }"
    )
    assert one not in {node["id"] for node in shown["needs"]["nodes"]}
    assert shown["all"]["nodes"] == [{"id": one}]


async def test_a_need_gets_an_owner(graph: Graph, world: World) -> None:
    size = await need(graph, world.needs[SIZE])
    team = (await graph.ask("{ teams { nodes { id } } }"))["teams"]["nodes"][0]["id"]
    here = {"needId": size["id"], "version": size["version"]}
    given = await run(graph, "needAssign", "need { version team { name } }", {**here, "teamId": team}, Role.CURATOR)
    assert given["need"] == {"version": size["version"] + 1, "team": {"name": "Delivery"}}
    owned = await graph.ask("{ teams { nodes { needs { totalCount nodes { id } } } } }")
    assert owned["teams"]["nodes"][0]["needs"] == {"totalCount": 1, "nodes": [{"id": size["id"]}]}
    unknown = await run(
        graph,
        "needAssign",
        "need { id }",
        {**here, "version": size["version"] + 1, "teamId": "team_424242"},
        Role.CURATOR,
    )
    assert only_error(unknown) == ("NOT_FOUND", ["input", "teamId"])
    nobody = await run(
        graph,
        "needAssign",
        "need { team { id } }",
        {**here, "version": size["version"] + 1, "teamId": None},
        Role.CURATOR,
    )
    assert nobody["need"] == {"team": None}


async def test_merge_moves_everything_and_the_old_id_leads_on(graph: Graph, world: World) -> None:
    target, source = await need(graph, world.needs[PARCEL]), await need(graph, world.needs[SIZE])
    done = await run(
        graph,
        "needMerge",
        "need { id status evidenceCount customerCount inventions { edges { relief node { title } } } }",
        {
            "needId": target["id"],
            "version": target["version"],
            "sources": [{"needId": source["id"], "version": source["version"]}],
        },
        Role.CURATOR,
    )
    # C1 speaks in both, and one only praised
    assert (done["need"]["evidenceCount"], done["need"]["customerCount"]) == (7, 4)
    # one invention claimed both: the greater relief stays
    assert done["need"]["inventions"]["edges"] == [{"relief": 0.6, "node": {"title": "Porch box"}}]
    data = await graph.ask(
        "query ($id: ID!) { need(id: $id) { id } node(id: $id) { id } nodes(ids: [$id]) { id } merged: needs(where: { status: { eq: MERGED } }) { nodes { id evidenceCount } } }",
        {"id": source["id"]},
    )
    assert data["need"] == data["node"] == data["nodes"][0] == {"id": target["id"]}
    assert data["merged"]["nodes"] == [{"id": source["id"], "evidenceCount": 0}]


async def test_concurrent_merges_of_one_need_leave_one_winner(graph: Graph, world: World) -> None:
    first, second, third = [await need(graph, key) for key in world.needs]

    def merge(into: Any) -> Any:
        return run(
            graph,
            "needMerge",
            "need { id }",
            {
                "needId": into["id"],
                "version": into["version"],
                "sources": [{"needId": third["id"], "version": third["version"]}],
            },
        )

    results = await asyncio.gather(merge(first), merge(second))
    won = [one for one in results if not one["userErrors"]]
    lost = [one for one in results if one["userErrors"]]
    assert len(won) == 1
    assert only_error(lost[0]) == ("STALE_VERSION", ["input", "sources", "0", "version"])
    total = sum([(await need(graph, key))["evidenceCount"] for key in world.needs[:2]])
    assert total == 8


async def test_split(graph: Graph, world: World) -> None:
    parcel = await need(graph, world.needs[PARCEL])
    moved = [edge["evidence"]["id"] for edge in parcel["evidence"]["edges"][1:3]]
    done = await run(
        graph,
        "needSplit",
        "need { evidenceCount customerCount } created { statement statementBasis evidenceCount customerCount confirmed }",
        {
            "needId": parcel["id"],
            "version": parcel["version"],
            "evidenceIds": moved,
            "statement": "Customers need not wait at home",
        },
        Role.CURATOR,
    )
    assert done["need"] == {"evidenceCount": 3, "customerCount": 2}
    assert done["created"] == {
        "statement": "Customers need not wait at home",
        "statementBasis": "HUMAN",
        "evidenceCount": 2,
        "customerCount": 1,
        "confirmed": True,
    }
    wrong = await run(
        graph,
        "needSplit",
        "created { id }",
        {"needId": parcel["id"], "version": parcel["version"] + 1, "evidenceIds": moved, "statement": "x"},
    )
    assert wrong["created"] is None
    assert only_error(wrong)[0] in ("NOT_FOUND", "INVALID")


async def test_decide_changes_the_counts(graph: Graph, world: World) -> None:
    size = await need(graph, world.needs[SIZE])
    link = size["evidence"]["edges"][1]["evidence"]
    done = await run(
        graph,
        "evidenceDecide",
        "evidence { status basis version decidedAt decidedBy { name } need { evidenceCount customerCount status } }",
        {"evidenceId": link["id"], "version": link["version"], "decision": "DISMISS"},
        Role.CURATOR,
    )
    evidence = done["evidence"]
    assert (evidence["status"], evidence["decidedBy"], evidence["version"]) == (
        "DISMISSED",
        {"name": "Ada"},
        link["version"] + 1,
    )
    assert evidence["decidedAt"] is not None
    # one voice is left: the need is no longer shared
    assert evidence["need"] == {"evidenceCount": 1, "customerCount": 1, "status": "EMERGING"}
    stale = await run(
        graph,
        "evidenceDecide",
        "evidence { id }",
        {"evidenceId": link["id"], "version": link["version"], "decision": "ACCEPT"},
    )
    assert only_error(stale) == ("STALE_VERSION", ["input", "version"])
    back = await run(
        graph,
        "evidenceDecide",
        "evidence { status need { customerCount status } }",
        {"evidenceId": link["id"], "version": link["version"] + 1, "decision": "ACCEPT"},
    )
    assert back["evidence"] == {"status": "ACCEPTED", "need": {"customerCount": 2, "status": "ACTIVE"}}


async def test_an_inventions_life(graph: Graph, world: World) -> None:
    made = await run(
        graph,
        "inventionPropose",
        "invention { id version status door title proposer { name } needs { edges { relief rationale node { id } } } }",
        {
            "title": "Two sizes home",
            "mechanism": "Send two, keep one.",
            "claims": [{"needId": f"need_{world.needs[SIZE]}", "rationale": "They try it on.", "relief": 0.7}],
        },
        Role.CONTRIBUTOR,
    )
    invention = made["invention"]
    assert (invention["status"], invention["door"], invention["proposer"]) == ("DRAFT", "TWO_WAY", {"name": "Ada"})
    assert invention["needs"]["edges"] == [
        {"relief": 0.7, "rationale": "They try it on.", "node": {"id": f"need_{world.needs[SIZE]}"}}
    ]
    here = {"inventionId": invention["id"]}
    changed = await run(
        graph,
        "inventionUpdate",
        "invention { title mechanism door version }",
        {**here, "version": 1, "title": "Two sizes", "door": "ONE_WAY"},
        Role.CONTRIBUTOR,
    )
    assert changed["invention"] == {
        "title": "Two sizes",
        "mechanism": "Send two, keep one.",
        "door": "ONE_WAY",
        "version": 2,
    }
    claim = {"needId": f"need_{world.needs[PARCEL]}", "rationale": "Fewer parcels.", "relief": 0.2}
    claimed = await run(
        graph,
        "inventionClaimNeed",
        "invention { version needs { totalCount } }",
        {**here, "version": 2, **claim},
        Role.CONTRIBUTOR,
    )
    assert claimed["invention"] == {"version": 3, "needs": {"totalCount": 2}}
    again = await run(
        graph,
        "inventionClaimNeed",
        "invention { needs { edges { relief } } }",
        {**here, "version": 3, **claim, "relief": 0.9},
        Role.CONTRIBUTOR,
    )
    assert [edge["relief"] for edge in again["invention"]["needs"]["edges"]] == [0.9, 0.7]
    dropped = await run(
        graph,
        "inventionDropNeed",
        "invention { version needs { totalCount } }",
        {**here, "version": 4, "needId": claim["needId"]},
        Role.CONTRIBUTOR,
    )
    assert dropped["invention"] == {"version": 5, "needs": {"totalCount": 1}}
    absent = await run(
        graph,
        "inventionDropNeed",
        "invention { id }",
        {**here, "version": 5, "needId": claim["needId"]},
        Role.CONTRIBUTOR,
    )
    assert only_error(absent)[0] == "NOT_FOUND"
    stale = await run(graph, "inventionWithdraw", "invention { id }", {**here, "version": 4}, Role.CONTRIBUTOR)
    assert only_error(stale)[0] == "STALE_VERSION"
    gone = await run(graph, "inventionWithdraw", "invention { status }", {**here, "version": 5}, Role.CONTRIBUTOR)
    assert gone["invention"] == {"status": "WITHDRAWN"}
    late = await run(
        graph, "inventionUpdate", "invention { id }", {**here, "version": 6, "title": "x"}, Role.CONTRIBUTOR
    )
    assert only_error(late)[0] == "ILLEGAL_TRANSITION"
    shown = await graph.ask(
        "{ inventions { nodes { title } } gone: inventions(where: { status: { eq: WITHDRAWN } }) { nodes { title } } }"
    )
    assert [node["title"] for node in shown["inventions"]["nodes"]] == ["Night colours", "Porch box"]
    assert shown["gone"]["nodes"] == [{"title": "Two sizes"}]


@pytest.mark.parametrize(
    ("claim", "code", "path"),
    [
        ({"needId": "need_424242", "rationale": "x", "relief": 0.5}, "NOT_FOUND", ["input", "claims", "0", "needId"]),
        ({"needId": "complaint_1", "rationale": "x", "relief": 0.5}, "INVALID", ["input", "claims", "0", "needId"]),
        ({"needId": "need_1", "rationale": "x", "relief": 1.5}, "INVALID", ["input", "claims", "0", "relief"]),
        ({"needId": "need_1", "rationale": " ", "relief": 1}, "INVALID", ["input", "claims", "0", "rationale"]),
    ],
)
async def test_bad_claims_write_nothing(graph: Graph, claim: dict[str, Any], code: str, path: list[str]) -> None:
    payload = await run(
        graph, "inventionPropose", "invention { id }", {"title": "t", "mechanism": "m", "claims": [claim]}
    )
    assert only_error(payload) == (code, path)
    assert (await graph.ask("{ inventions { totalCount } }"))["inventions"]["totalCount"] == 2


async def test_all_that_is_wrong_is_told_at_once(graph: Graph) -> None:
    claims = [{"needId": "need_1", "rationale": "", "relief": 7}]
    payload = await run(
        graph, "inventionPropose", "invention { id }", {"title": " ", "mechanism": "", "claims": claims}
    )
    assert [error["path"][1:] for error in payload["userErrors"]] == [
        ["title"],
        ["mechanism"],
        ["claims", "0", "rationale"],
        ["claims", "0", "relief"],
    ]


async def test_inference_runs_start_once_and_cancel(graph: Graph) -> None:
    shown = "inferenceRun { id status parameters startedBy { name } } userErrors { ... on AlreadyRunningError { inferenceRun { id } } }"
    started = await run(graph, "inferenceStart", shown, {"granularity": 0.6})
    running = started["inferenceRun"]
    assert (running["status"], running["parameters"], running["startedBy"]) == (
        "PENDING",
        {"granularity": 0.6},
        {"name": "Ada"},
    )
    assert graph.mind.told == [("run_started", int(running["id"].split("_")[1]))]
    second = await run(graph, "inferenceStart", shown, {})
    assert second["userErrors"][0]["inferenceRun"] == {"id": running["id"]}
    canceled = await run(graph, "inferenceCancel", "inferenceRun { status }", {"inferenceRunId": running["id"]})
    assert canceled["inferenceRun"] == {"status": "CANCELED"}
    late = await run(graph, "inferenceCancel", "inferenceRun { status }", {"inferenceRunId": running["id"]})
    assert only_error(late)[0] == "ILLEGAL_TRANSITION"
    assert only_error(await run(graph, "inferenceStart", "inferenceRun { id }", {"granularity": 7}))[0] == "INVALID"
