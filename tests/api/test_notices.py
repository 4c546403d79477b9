"""Closing the loop through the graph: who is to be told, telling them once, and what they answer."""

from __future__ import annotations

from typing import Any

from nobodyasked.models.commands import needs, outbox
from nobodyasked.models.notice import NoticeStatus
from nobodyasked.models.team import Role
from tests.models.people import CURATOR

from .conftest import Graph
from .test_document import step
from .test_mutations import only_error, run
from .world import PARCEL, World

SHOWN = """query ($id: ID!) { shipment(id: $id) { noticeMessage toTell told parked answered shareTold shareAnswered
    notices { nodes { id status way customer { externalId } replies { nodes { text } } } }
    replies { totalCount edges { node { text repliesTo { nodes { id } } } } } } }"""


async def shipped(graph: Graph, world: World) -> str:
    async with graph.database.transaction() as transaction:
        await transaction.execute("UPDATE invention SET status = 'BUILDING'")
    await step(graph, "inventionShip", {"id": f"invention_{world.inventions[0]}", "version": 1})
    return f"shipment_{world.inventions[0]}"


async def test_from_the_list_to_the_answers(graph: Graph, world: World) -> None:
    key = await shipped(graph, world)
    found = (await graph.ask(SHOWN, {"id": key}))["shipment"]
    # C4 praises, the complaint about sizes of nobody is nobody's, and C5 lacks something else; C1 is there once for two needs
    assert [one["customer"]["externalId"] for one in found["notices"]["nodes"]] == ["C1", "C2", "C3"]
    assert {one["status"] for one in found["notices"]["nodes"]} == {"WAITING"}
    assert (found["toTell"], found["told"], found["shareTold"], found["shareAnswered"]) == (3, 0, 0.0, None)
    ids = [one["id"] for one in found["notices"]["nodes"]]

    # nobody answers what they were not told
    early = {"text": "Thanks!", "inReplyTo": ids[0]}
    assert only_error(await run(graph, "complaintSubmit", "created", early)) == (
        "ILLEGAL_TRANSITION",
        ["input", "inReplyTo"],
    )
    by_hand = await run(graph, "noticeSettle", "notice { status way toldAt }", {"noticeId": ids[0]}, Role.CURATOR)
    assert (by_hand["notice"]["status"], by_hand["notice"]["way"]) == ("TOLD", "BY_HAND")
    telling = {"shipmentId": key, "message": "  The porch box is here. "}
    payload = await run(graph, "shipmentTell", "queued shipment { noticeMessage }", telling, Role.CURATOR)
    assert (payload["queued"], payload["shipment"]["noticeMessage"]) == (2, "The porch box is here.")
    # each is told once, however often that is asked, and in the words of the first time
    later = {**telling, "message": "Other words."}
    payload = await run(graph, "shipmentTell", "queued shipment { noticeMessage }", later, Role.CURATOR)
    assert (payload["queued"], payload["shipment"]["noticeMessage"]) == (0, "The porch box is here.")
    async with graph.database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO notice (invention_id, customer_id, status, attempts, created_at) SELECT ?1, id, 'WAITING', 0, 9"
            " FROM customer WHERE external_id = 'C5'",
            (world.inventions[0],),
        )
    assert (await run(graph, "shipmentTell", "queued", later, Role.CURATOR))["queued"] == 1
    words = (
        await graph.ask("query ($id: ID!) { shipment(id: $id) { notices { nodes { id message } } } }", {"id": key})
    )["shipment"]["notices"]["nodes"]
    assert [one["message"] for one in words] == [None, *["The porch box is here."] * 2, "Other words."]
    async with graph.database.transaction() as transaction:
        await transaction.execute("DELETE FROM notice WHERE created_at = 9")

    first = await outbox.claim(graph.database, webhook=True, email=True)
    second = await outbox.claim(graph.database, webhook=True, email=True)
    assert first is not None
    assert second is not None
    assert [(one.customer, one.message, one.attempts, one.address) for one in (first, second)] == [
        ("C2", "The porch box is here.", 1, None),
        ("C3", "The porch box is here.", 1, None),
    ]
    assert await outbox.claim(graph.database, webhook=True, email=True) is None
    await outbox.told(graph.database, first.notice_id)
    await outbox.park(graph.database, second.notice_id, "The webhook answered with status 500.")

    answer = {"text": "It works, thank you. The lid sticks.", "inReplyTo": f"notice_{first.notice_id}"}
    shown = "complaint { id customer { externalId } repliesTo { nodes { id } } }"
    # without a name, it is the word of whoever was told
    reply = (await run(graph, "complaintSubmit", shown, answer, Role.CONTRIBUTOR))["complaint"]
    assert reply["customer"] == {"externalId": "C2"}
    assert reply["repliesTo"]["nodes"] == [{"id": answer["inReplyTo"]}]
    again = (await run(graph, "complaintSubmit", f"created {shown}", answer, Role.CONTRIBUTOR))["complaint"]
    assert again["id"] == reply["id"]
    other = {**answer, "text": "Me too", "customer": "C9"}
    assert only_error(await run(graph, "complaintSubmit", "created", other)) == ("INVALID", ["input", "customer"])
    nobody = {**answer, "inReplyTo": "notice_999"}
    assert only_error(await run(graph, "complaintSubmit", "created", nobody)) == ("NOT_FOUND", ["input", "inReplyTo"])

    with graph.database.counting() as recorder:
        found = (await graph.ask(SHOWN, {"id": key}, role=Role.CONTRIBUTOR))["shipment"]
    assert recorder.count == 1
    assert (found["told"], found["parked"], found["answered"]) == (2, 1, 1)
    assert (found["shareTold"], found["shareAnswered"]) == (0.6667, 0.5)
    assert found["replies"]["totalCount"] == 1
    assert found["replies"]["edges"][0]["node"]["text"] == answer["text"]
    assert found["notices"]["nodes"][1]["replies"]["nodes"] == [{"text": answer["text"]}]

    parked = f"notice_{second.notice_id}"
    assert only_error(await run(graph, "noticeRetry", "notice { id }", {"noticeId": ids[0]})) == (
        "ILLEGAL_TRANSITION",
        ["input", "noticeId"],
    )
    retried = await run(graph, "noticeRetry", "notice { status attempts reason }", {"noticeId": parked}, Role.CURATOR)
    assert retried["notice"] == {"status": "QUEUED", "attempts": 0, "reason": None}


async def test_a_dismissed_need_is_nothing_to_tell_of(graph: Graph, world: World) -> None:
    await needs.dismiss(graph.database, CURATOR, world.needs[PARCEL], 1, "It is a wish.")
    found = (await graph.ask(SHOWN, {"id": await shipped(graph, world)}))["shipment"]
    # of C1 to C3 behind it, C1 lacks the other thing as well
    assert [one["customer"]["externalId"] for one in found["notices"]["nodes"]] == ["C1"]


LEADS = {
    ("noticeSettle", "WAITING"): ("TOLD", "BY_HAND"),
    ("noticeSettle", "QUEUED"): ("TOLD", "BY_HAND"),
    ("noticeSettle", "PARKED"): ("TOLD", "BY_HAND"),
    ("noticeRetry", "PARKED"): ("QUEUED", None),
}
"""What a person may do with a notice, and its state and way then; everything else is refused."""


async def test_every_step_of_a_notice_in_every_state(graph: Graph, world: World) -> None:
    await shipped(graph, world)
    key = await graph.database.value("SELECT MIN(id) FROM notice")
    where = "status, way, attempts, reason, next_at, told_at"
    row = graph.database.sql(f"SELECT {where} FROM notice WHERE id = ?1")
    for name in ("noticeSettle", "noticeRetry"):
        for before in NoticeStatus:
            async with graph.database.transaction() as transaction:
                await transaction.execute(
                    "UPDATE notice SET status = ?2, way = 'EMAIL', attempts = 3, reason = 'r', next_at = 7, told_at = NULL"
                    " WHERE id = ?1",
                    (key, before.value),
                )
            done = await run(graph, name, "notice { status way }", {"noticeId": f"notice_{key}"}, Role.CURATOR)
            found = tuple((await graph.database.rows(row, (key,)))[0])
            after = LEADS.get((name, before.value))
            if after is None:
                assert only_error(done) == ("ILLEGAL_TRANSITION", ["input", "noticeId"])
                assert found == (before.value, "EMAIL", 3, "r", 7, None)
                continue
            assert done["notice"] == dict(zip(("status", "way"), after, strict=True))
            # neither is sent by a claim of before, nor looks as if it had failed
            assert found[3] is None
            assert ((found[4] is None), (found[5] is None)) == (after[0] == "TOLD", after[0] == "QUEUED")
            assert found[2] == (3 if after[0] == "TOLD" else 0)


async def test_addresses_go_in_and_never_out(graph: Graph, world: World) -> None:
    key = await shipped(graph, world)
    rows: list[Any] = [
        {"customer": "C2", "email": "ann@mail.example"},
        {"customer": "C77", "email": "bob@mail.example"},
    ]
    assert (await run(graph, "contactsRecord", "known", {"contacts": rows}))["known"] == 1
    await run(graph, "shipmentTell", "queued", {"shipmentId": key, "message": "It is here."}, Role.CURATOR)
    letters = [await outbox.claim(graph.database, webhook=True, email=True) for _ in range(3)]
    assert [(one.customer, one.address) for one in letters if one] == [
        ("C1", None),
        ("C2", "ann@mail.example"),
        ("C3", None),
    ]
    everything = await graph.answer(
        "{ customers { nodes { id externalId segment tier } } notices { nodes { way reason status } } __schema { types { name fields { name } } } }"
    )
    assert b"@mail.example" not in everything.body
    # no type that is read has a place for them
    assert b'"noticeMessage"' in everything.body
    assert b'"email"' not in everything.body
    assert b'"address"' not in everything.body
    for bad in ("no address", "a@b", "a@b.c\nBcc: x@y.z", "x" * 250 + "@b.example"):
        payload = await run(graph, "contactsRecord", "known", {"contacts": [{"customer": "C2", "email": bad}]})
        assert only_error(payload) == ("INVALID", ["input", "contacts", "0", "email"])
        assert bad not in payload["userErrors"][0]["message"]
    assert (await run(graph, "contactsRecord", "known", {"contacts": [{"customer": "C2", "email": None}]}))[
        "known"
    ] == 1
    assert await graph.database.value("SELECT COUNT(*) FROM contact") == 0
