from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from nobodyasked.models.commands import (
    aspects,
    complaints,
    evidence,
    findings,
    inventions,
    needs,
    placements,
    runs,
    teams,
)
from nobodyasked.models.commands.findings import AspectDraft, FoundLink, FoundSpan, NeedDraft, RunFindings
from nobodyasked.models.commands.links import SpanDraft
from nobodyasked.models.commands.placements import LinkDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Forbidden, IllegalTransition, Invalid, NotFound, StaleVersion
from nobodyasked.models.evidence import EvidenceStatus, Stance
from nobodyasked.models.invention import Door
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.queries import inference as queries
from nobodyasked.models.queries import runs as run_queries
from nobodyasked.models.run import RunStatus
from nobodyasked.models.span import SpanKind

from .people import ADMIN, CONTRIBUTOR, CURATOR, draft, row
from .world import HOUR_MS, START_MS, check_counts, complain, evidence_of, found, infer, needs_by_statement, state

LATE = "Parcels come late"
LOST = "Parcels get lost"


async def test_a_first_run(database: Database) -> None:
    ids = await complain(database, ["ann", "ann", "bob", None])
    run = await infer(database, found({LATE: ids[:3], LOST: ids[3:]}, asks=[ids[0], ids[1]]))
    by = await needs_by_statement(database)
    assert await state(database, by[LATE]) == ("ACTIVE", 3, 2, 1, 1, None)
    assert await state(database, by[LOST]) == ("EMERGING", 1, 1, 0, 1, None)
    await check_counts(database)
    first, last, phrases = await row(database, "need", by[LATE], "first_at, last_at, key_phrases")
    assert (first, last) == (START_MS, START_MS + 2 * HOUR_MS)
    assert orjson.loads(phrases) == ["parcel"]
    status, progress, watermark, counts, timings = await row(
        database, "inference_run", run, "status, progress, watermark, counts, timings"
    )
    assert (status, progress, watermark) == ("SUCCEEDED", 1.0, ids[3])
    assert (orjson.loads(counts), orjson.loads(timings)) == ({"needs": 2}, {"read": 0.5})
    assert await row(database, "complaint", ids[0], "sentiment, severity, language") == (-0.5, 3, "en")


async def test_the_same_run_again_changes_nothing(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    before = await state(database, by[LATE]), await evidence_of(database, by[LATE])
    spans = await database.rows("SELECT id FROM span ORDER BY id")
    await infer(database, found({LATE: ids}, ids=by))
    assert (await state(database, by[LATE]), await evidence_of(database, by[LATE])) == before
    assert await database.rows("SELECT id FROM span ORDER BY id") == spans


async def test_a_need_keeps_its_id_and_changes_its_words(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    await infer(database, found({"Parcels are slow": ids}, ids={"Parcels are slow": by[LATE]}))
    assert await needs_by_statement(database) == {"Parcels are slow": by[LATE]}
    assert (await state(database, by[LATE])).version == 2


async def test_what_is_not_found_again_expires(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids, LOST: ids[:1]}))
    by = await needs_by_statement(database)
    await infer(database, found({LATE: ids[:1]}, ids=by, watermark=ids[-1]))
    assert {status for _, status, _ in (await evidence_of(database, by[LATE])).values()} == {"PENDING", "EXPIRED"}
    assert (await state(database, by[LATE]))[:3] == ("EMERGING", 1, 1)
    assert (await state(database, by[LOST]))[:3] == ("EMERGING", 0, 0)
    assert await row(database, "need", by[LOST], "first_at, last_at") == (None, None)
    await infer(database, found({LATE: ids}, ids=by))
    back = await evidence_of(database, by[LATE])
    assert [(status, version) for _, status, version in back.values()] == [
        ("PENDING", 1),
        ("PENDING", 3),
        ("PENDING", 3),
    ]
    assert (await state(database, by[LATE]))[:3] == ("ACTIVE", 3, 3)
    await check_counts(database)


async def test_complaints_that_came_later_are_not_judged(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    (late,) = await complain(database, ["cid"])
    placed = await placements.write(
        database,
        late,
        [SpanDraft(0, 9, SpanKind.ASK, 0.8, b"\x00\x3c")],
        [LinkDraft(0, by[LATE], Stance.SUPPORTS, 0.6)],
        sentiment=-0.2,
        severity=2,
    )
    assert len(placed) == 1
    await infer(database, found({LATE: ids}, ids=by))
    assert (await state(database, by[LATE]))[:4] == ("ACTIVE", 3, 3, 1)
    await infer(database, found({LATE: ids}, ids=by, watermark=late))
    assert (await state(database, by[LATE]))[:4] == ("ACTIVE", 2, 2, 0)


async def test_a_persons_words_stay(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({LATE: ids, LOST: ids}))
    by = await needs_by_statement(database)
    await needs.rename(database, CURATOR, by[LATE], 1, "Deliveries on the day that was promised")
    await needs.confirm(database, CURATOR, by[LOST], 1)
    await infer(database, found({"x": ids, "y": ids}, ids={"x": by[LATE], "y": by[LOST]}))
    assert set(await needs_by_statement(database)) == {"Deliveries on the day that was promised", LOST}
    assert (await row(database, "need", by[LOST], "confirmed"))[0]
    assert [(await state(database, id)).version for id in by.values()] == [2, 2]


async def test_a_persons_decision_on_evidence_stays(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    pieces = await evidence_of(database, by[LATE])
    await evidence.decide(database, CURATOR, pieces[ids[0]][0], EvidenceStatus.DISMISSED, 1)
    await evidence.decide(database, CURATOR, pieces[ids[1]][0], EvidenceStatus.ACCEPTED, 1)
    await infer(database, found({LATE: ids}, ids=by))
    await infer(database, found({}, watermark=ids[-1]))
    after = await evidence_of(database, by[LATE])
    assert [after[id][1] for id in ids] == ["DISMISSED", "ACCEPTED", "EXPIRED"]
    assert (await state(database, by[LATE]))[:3] == ("EMERGING", 1, 1)


async def test_a_dismissed_need_stays_so_and_is_known_again(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids[:2]}))
    by = await needs_by_statement(database)
    await needs.dismiss(database, CURATOR, by[LATE], 1, "a strike, over by now")
    for _ in range(2):
        await infer(database, found({LATE: ids}, ids=by))
        assert (await state(database, by[LATE]))[:3] == ("DISMISSED", 2, 2)
        assert await queries.previous(database) == {by[LATE]: [(ids[0], 0, 9), (ids[1], 0, 9)]}
    assert len(await needs_by_statement(database)) == 1


async def test_what_is_found_for_a_merged_need_goes_to_its_target(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids[:1], LOST: ids[1:2]}))
    by = await needs_by_statement(database)
    await needs.merge(database, CURATOR, [by[LOST]], by[LATE], dict.fromkeys(by.values(), 1))
    await infer(database, found({LOST: ids[1:], LATE: ids[:1]}, ids=by))
    assert (await state(database, by[LATE]))[:3] == ("ACTIVE", 3, 3)
    assert (await state(database, by[LOST]))[:2] == ("MERGED", 0)
    assert (await row(database, "need", by[LATE], "statement"))[0] == LATE
    await check_counts(database)


async def test_evidence_that_a_person_moved_is_not_moved_back(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    piece = (await evidence_of(database, by[LATE]))[ids[0]][0]
    new = await needs.split(database, CURATOR, by[LATE], 1, [piece], "Parcels are thrown over the fence")
    await infer(database, found({LATE: ids}, ids=by))
    assert set(await evidence_of(database, by[LATE])) == set(ids[1:])
    assert set(await evidence_of(database, new)) == {ids[0]}
    await check_counts(database)


async def test_spans_that_are_gone(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    first = found({LATE: ids})
    extra = [FoundSpan(id, 10, 16, SpanKind.ASK, 0.5, None) for id in ids]
    await infer(database, RunFindings(first.watermark, first.readings, [*first.spans, *extra], first.needs))
    assert await database.value("SELECT COUNT(*) FROM span") == 4
    by = await needs_by_statement(database)
    # one complaint holds its old span with evidence and nothing else, the other one nothing at all
    await infer(database, RunFindings(first.watermark, first.readings, first.spans[:1], []))
    left = await database.rows("SELECT complaint_id, start_offset FROM span ORDER BY id")
    assert list(map(tuple, left)) == [(ids[0], 0), (ids[1], 0)]
    assert set(await evidence_of(database, by[LATE])) == set(ids)


async def test_a_failure_in_the_middle_leaves_the_old_needs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids[:2]}))
    by = await needs_by_statement(database)
    before = await state(database, by[LATE]), await evidence_of(database, by[LATE])
    events = await database.value("SELECT COUNT(*) FROM event")

    class PowerCut(Exception):
        pass

    async def cut(*_: object) -> None:
        raise PowerCut

    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    for step in ("recount", "expire", "change"):
        with monkeypatch.context() as patched:
            patched.setattr(findings, step, cut)
            with pytest.raises(PowerCut):
                await findings.apply(database, run, found({"other": ids, LOST: ids}, ids={"other": by[LATE]}), {}, {})
        assert await needs_by_statement(database) == by
        assert (await state(database, by[LATE]), await evidence_of(database, by[LATE])) == before
        assert await run_queries.status(database, run) is RunStatus.RUNNING
        assert await database.value("SELECT COUNT(*) FROM event") == events + 2
    # the facts of each complaint were kept, and the same findings still go in
    assert await database.value("SELECT COUNT(*) FROM span") == 3
    await findings.apply(database, run, found({LATE: ids, LOST: ids}, ids=by), {}, {})
    assert set(await needs_by_statement(database)) == {LATE, LOST}
    await check_counts(database)


@pytest.mark.parametrize("status", ["PENDING", "SUCCEEDED", "FAILED", "CANCELED"])
async def test_only_a_running_run_writes(database: Database, status: str) -> None:
    ids = await complain(database, ["ann"])
    run = await runs.start(database, ADMIN, {})
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE inference_run SET status = ?1", (status,))
    with pytest.raises(IllegalTransition):
        await findings.apply(database, run, found({LATE: ids}), {}, {})
    assert await database.value("SELECT COUNT(*) FROM span") == 0
    with pytest.raises(NotFound):
        await findings.apply(database, run + 1, found({LATE: ids}), {}, {})


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (3, 3), (5, 2), (0, 10_000)])
async def test_spans_outside_the_text(database: Database, start: int, end: int) -> None:
    (id,) = await complain(database, ["ann"])
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    span = FoundSpan(id, start, end, SpanKind.PAIN, 1.0, None)
    with pytest.raises(Invalid):
        await findings.apply(database, run, RunFindings(id, [], [span], []), {}, {})
    outside = SpanDraft(start, end, SpanKind.PAIN, 1.0, None)
    with pytest.raises(Invalid):
        await placements.write(database, id, [outside], [], sentiment=0, severity=1)


async def test_offsets_count_characters_and_not_bytes(database: Database) -> None:
    result = await complaints.submit(database, ADMIN, draft("🎁🎁 für Zoë"))
    await placements.write(
        database,
        result.complaint_id,
        [SpanDraft(7, 10, SpanKind.PAIN, 1.0, None)],
        [],
        sentiment=0,
        severity=1,
    )
    sql = "SELECT SUBSTR(c.text, s.start_offset + 1, s.end_offset - s.start_offset) FROM span s JOIN complaint c ON c.id = s.complaint_id"
    assert await database.value(sql) == "Zoë"


async def test_placing_is_idempotent_and_follows_aliases(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid"])
    await infer(database, found({LATE: ids[:1], LOST: ids[1:2], "Gone": ids[1:2]}))
    by = await needs_by_statement(database)
    await needs.merge(database, CURATOR, [by[LOST]], by[LATE], dict.fromkeys(by.values(), 1))
    await needs.dismiss(database, CURATOR, by["Gone"], 1, "no")
    links = [LinkDraft(0, need, Stance.SUPPORTS, 0.5) for need in (by[LOST], by["Gone"], 999)]
    links.append(LinkDraft(0, by[LATE], Stance.SUPPORTS, 0.75))
    spans = [SpanDraft(0, 5, SpanKind.PAIN, 0.5, None)]
    placed = await placements.write(database, ids[2], spans, links, sentiment=-1, severity=5, language="de")
    assert placed == await placements.write(database, ids[2], spans, links, sentiment=-1, severity=5, language="fr")
    assert len(placed) == 1
    assert await row(database, "evidence", placed[0], "need_id, confidence, version") == (by[LATE], 0.75, 1)
    assert await row(database, "complaint", ids[2], "language, severity") == ("de", 5)
    assert (await state(database, by["Gone"]))[:2] == ("DISMISSED", 1)
    await check_counts(database)
    with pytest.raises(NotFound):
        await placements.write(database, 10_000, spans, [], sentiment=0, severity=1)
    with pytest.raises(Invalid):
        await placements.write(
            database, ids[2], spans, [LinkDraft(1, by[LATE], Stance.SUPPORTS, 1)], sentiment=0, severity=1
        )


async def test_many_findings(database: Database) -> None:
    ids = await complain(database, [f"c{index % 300}" for index in range(1_200)])
    results = found({LATE: ids[:700], LOST: ids[500:]}, asks=ids[::10])
    await infer(database, results)
    by = await needs_by_statement(database)
    assert (await state(database, by[LATE]))[:3] == ("ACTIVE", 700, 300)
    await check_counts(database)
    rows = await queries.spans(database, ids[0], ids[-1])
    assert [row.complaint_id for row in rows] == ids
    assert rows[0].vector == b"\x00\x3c"
    assert [row.complaint_id for row in await queries.spans(database, ids[3], ids[4])] == ids[3:5]
    assert sum([len(chunk) async for chunk in queries.messages(database, ids[-1], 500)]) == 1_200
    assert await queries.newest(database) == ids[-1]
    assert await queries.message_count(database, ids[9]) == 10
    assert await queries.message_count(database, ids[9], ids[7]) == 2
    assert await queries.latest(database, ids[-1], {ids[-2]}, 3, 2) == {ids[-1], *ids[-4:-2]}
    before = await queries.previous(database)
    assert (len(before[by[LATE]]), len(before[by[LOST]])) == (700, 700)


async def test_a_link_to_a_span_that_is_not_there(database: Database) -> None:
    (id,) = await complain(database, ["ann"])
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    bad = NeedDraft(None, LATE, StatementBasis.QUOTE, 0.5, [], [FoundLink(3, Stance.SUPPORTS, 0.5)])
    with pytest.raises(Invalid):
        await findings.apply(database, run, RunFindings(id, [], [], [bad]), {}, {})
    assert await needs_by_statement(database) == {}


async def test_a_need_that_is_part_of_another_leads_there(database: Database) -> None:
    ids = await complain(database, ["ann", "bob", "cid", "dan"])
    await infer(database, found({LATE: ids[:2], LOST: ids[2:]}))
    by = await needs_by_statement(database)
    pieces = await evidence_of(database, by[LOST])
    await evidence.decide(database, CURATOR, pieces[ids[2]][0], EvidenceStatus.DISMISSED, 1)
    await evidence.decide(database, CURATOR, pieces[ids[3]][0], EvidenceStatus.ACCEPTED, 1)
    whole = found({LATE: ids}, ids=by)
    await infer(database, replace(whole, needs=[replace(whole.needs[0], absorbs=[by[LOST], by[LATE]])]))
    assert await row(database, "need", by[LOST], "status, merged_into_id, evidence_count") == ("MERGED", by[LATE], 0)
    after = await evidence_of(database, by[LATE])
    assert [after[id][1] for id in ids] == ["PENDING", "PENDING", "DISMISSED", "ACCEPTED"]
    assert (await state(database, by[LATE]))[:3] == ("ACTIVE", 3, 3)
    await check_counts(database)
    # a run's merge is no person's word: the need may become part of another in its turn, and old ids lead there
    (new,) = await complain(database, ["eve"])
    third = found({"Parcels": [*ids, new]})
    await infer(database, replace(third, needs=[replace(third.needs[0], absorbs=[by[LATE]])]))
    parcels = (await needs_by_statement(database))["Parcels"]
    for id in by.values():
        assert await row(database, "need", id, "status, merged_into_id") == ("MERGED", parcels)
    await check_counts(database)


@pytest.mark.parametrize("how", ["confirmed", "claimed", "given to a team", "put under an aspect", "dismissed"])
async def test_what_people_spoke_of_becomes_part_of_nothing(database: Database, how: str) -> None:
    ids = await complain(database, ["ann", "bob", "cid", "dan"])
    await infer(database, found({LATE: ids[:2], LOST: ids[2:]}))
    by = await needs_by_statement(database)
    if how == "confirmed":
        await needs.confirm(database, CURATOR, by[LOST], 1)
    elif how == "claimed":
        claim = inventions.ClaimDraft(by[LOST], "It helps.", 0.5)
        await inventions.propose(
            database, CURATOR, title="Porch", mechanism="A box.", door=Door.TWO_WAY, claims=[claim]
        )
    elif how == "given to a team":
        await needs.assign(database, CURATOR, by[LOST], 1, await teams.create(database, ADMIN, "Delivery"))
    elif how == "put under an aspect":
        await aspects.move(database, CURATOR, by[LOST], 1, None)
    else:
        await needs.dismiss(database, CURATOR, by[LOST], 1, "no need")
    whole = found({LATE: ids}, ids=by)
    await infer(database, replace(whole, needs=[replace(whole.needs[0], absorbs=[by[LOST]])]))
    status, into, count = await row(database, "need", by[LOST], "status, merged_into_id, evidence_count")
    assert (status, into, count) == ("DISMISSED" if how == "dismissed" else "ACTIVE", None, 2)


async def test_aspects_of_needs(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    delivery, prices = AspectDraft(None, "delivery", ["parcel"]), AspectDraft(None, "prices", ["dear"])

    async def run(words: dict[str, int | None], known: dict[str, int], *under: AspectDraft, adds: bool = False) -> None:
        drafts = found(dict.fromkeys(words, ids), ids=known)
        about = [replace(need, aspect=words[need.statement]) for need in drafts.needs]
        await infer(database, replace(drafts, needs=about, aspects=under, adds=adds))

    async def tree() -> dict[str, str | None]:
        sql = "SELECT n.statement, a.name FROM need n LEFT JOIN aspect a ON a.id = n.aspect_id"
        return dict(map(tuple, await database.rows(sql)))

    await run({LATE: 0, LOST: 0, "Too dear": 1}, {}, delivery, prices)
    assert await tree() == {LATE: "delivery", LOST: "delivery", "Too dear": "prices"}
    by = await needs_by_statement(database)
    keys = {name: id for id, name in await database.rows("SELECT id, name FROM aspect")}
    await aspects.rename(database, CURATOR, keys["delivery"], 1, "Getting it")
    await aspects.move(database, CURATOR, by[LOST], 1, keys["prices"])
    again = [
        replace(delivery, aspect_id=keys["delivery"], key_phrases=["box"]),
        replace(prices, aspect_id=keys["prices"]),
    ]
    await run({LATE: 0, LOST: 0, "Too dear": None}, by, *again)
    assert await tree() == {LATE: "Getting it", LOST: "prices", "Too dear": None}
    assert await row(database, "aspect", keys["delivery"], "named, version") == (True, 2)
    assert orjson.loads((await row(database, "aspect", keys["delivery"], "key_phrases"))[0]) == ["box"]
    # a run that adds puts new needs under known aspects and leaves those as they are
    await run({"Slow": 0}, {}, replace(delivery, aspect_id=keys["prices"], name="other"), adds=True)
    assert await tree() == {LATE: "Getting it", LOST: "prices", "Too dear": None, "Slow": "prices"}
    with pytest.raises(StaleVersion):
        await aspects.rename(database, CURATOR, keys["delivery"], 1, "Once more")
    with pytest.raises(NotFound):
        await aspects.move(database, CURATOR, by[LATE], 1, 99)
    with pytest.raises(Forbidden):
        await aspects.rename(database, CONTRIBUTOR, keys["delivery"], 2, "Mine")
    with pytest.raises(Invalid, match="aspect that is not there"):
        await run({LATE: 2}, by, delivery)


async def test_a_need_that_was_lost_may_be_found_again(database: Database) -> None:
    ids = await complain(database, ["ann", "bob"])
    await infer(database, found({LATE: ids}))
    by = await needs_by_statement(database)
    assert await queries.lost(database) == {}
    await infer(database, found({}, watermark=ids[-1]))
    assert await queries.previous(database) == {}
    assert await queries.lost(database) == {by[LATE]: [(ids[0], 0, 9), (ids[1], 0, 9)]}
