"""Runs that build on what is known, and runs afresh that people's decisions outlive."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from nobodyasked.inference.finding import EvidenceFound, Message, NeedFound, Parameters, SpanFound
from nobodyasked.inference.signal import Kind
from nobodyasked.inference.span import split
from nobodyasked.inference.vector import HashedWords
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import inventions, needs, runs
from nobodyasked.models.commands.complaints import ComplaintDraft, import_rows
from nobodyasked.models.commands.labels import label_place
from nobodyasked.models.database import Database
from nobodyasked.models.invention import Door
from nobodyasked.models.queries import nearness, orders
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from nobodyasked.server.jobs.anchors import Continued, hold
from nobodyasked.server.jobs.growth import VOTERS_PER_NEED, grow, held, index_of, may_grow
from nobodyasked.server.jobs.run import carry_out

from .crowd import arrive
from .test_run import run_here, state

CURATOR = Actor(None, Role.CURATOR, "Ann")
OPERATOR = Actor.operator()
THEMES = ["parcel", "password", "battery"]


async def table(database: Database) -> dict[int, tuple[Any, ...]]:
    """By need: statement, status, live evidence."""
    rows = await database.rows("SELECT id, statement, status, evidence_count, version FROM need ORDER BY id")
    return {row[0]: tuple(row[1:]) for row in rows}


async def test_one_more_complaint_moves_one_need(database: Database) -> None:
    await arrive(database, 60, themes=THEMES)
    await run_here(database, HashedWords())
    before = await table(database)
    await arrive(database, 1, first=60, themes=["parcel"])
    outcome = await run_here(database, HashedWords())
    after = await table(database)
    assert after.keys() == before.keys()
    changed = [need for need in before if after[need] != before[need]]
    assert len(changed) <= 1
    for need in changed:
        assert after[need][0] == before[need][0]
        assert after[need][2] > before[need][2]
    assert outcome.counts["kept_needs"] == len(before)
    # and a run afresh over what is known none
    held = await state(database)
    await run_here(database, HashedWords(), afresh=True)
    assert [row[:5] for row in await state(database)] == [row[:5] for row in held]
    assert await table(database) == after
    # a name that a person's words were cut out of is none, however little is new
    lost = min(after)
    await database.retrying(
        lambda one: one.execute("UPDATE need SET statement = '“Page says 1.[erased].9”' WHERE id = ?1", (lost,))
    )
    await run_here(database, HashedWords())
    named = await table(database)
    assert "[erased]" not in named[lost][0]
    assert {need: row for need, row in named.items() if need != lost} == {
        need: row for need, row in after.items() if need != lost
    }


async def test_a_run_afresh_asks_again_of_what_came_one_by_one_and_of_what_was_labelled(database: Database) -> None:
    asked = {"minimum_customers": 5}
    results = await import_rows(
        database,
        OPERATOR,
        [
            ComplaintDraft(text=text, channel="mail", source="shop", external_id=text, customer=text)
            for text in (
                "the green curtains arrived on time, thank you",
                "we love our green curtains in the kitchen",
                "great green curtains, my sister adores the colour",
                "green curtains look wonderful beside a white wall",
                "happy with the green curtains, five stars",
                "the green curtains are lovely",
                "green curtains were delivered yesterday, thank you",
                "the green curtains fit our kitchen, great",
            )
        ],
    )
    await arrive(database, 60, themes=THEMES)
    await run_here(database, HashedWords(), **asked)
    for number in range(5):
        await arrive(database, 1, first=60 + number, themes=["invoice"])
        assert (await run_here(database, HashedWords(), **asked)).counts["new_needs"] == 0
    before = await table(database)
    await run_here(database, HashedWords(), **asked, afresh=True)
    (new,) = (await table(database)).keys() - before.keys()
    assert all("invoice" in text for (text,) in await evidence(database, new))
    held = await table(database)
    for result in results:
        assert result.complaint_id is not None
        place = await database.rows(
            database.sql("SELECT start_offset, end_offset FROM span WHERE complaint_id = ?1"), (result.complaint_id,)
        )
        for start, end in place:
            await label_place(database, CURATOR, result.complaint_id, start, end, SpanKind.PAIN)
    await run_here(database, HashedWords(), **asked, afresh=True)
    (new,) = (await table(database)).keys() - held.keys()
    assert all("curtains" in text for (text,) in await evidence(database, new))


async def test_a_whole_grouped_by_another_version_is_asked_again_of_everything(database: Database) -> None:
    async def run(version: str, **parameters: float) -> orders.Whole | None:
        run_id = await runs.start(database, OPERATOR, parameters)
        await runs.begin(database, run_id, {"program": version})
        before = await orders.whole(database, run_id)
        await carry_out(database, HashedWords(), run_id, lambda stage, share: None)
        return before

    first = await arrive(database, 40, themes=THEMES)
    assert await run("1") is None
    await arrive(database, 1, first=40, themes=THEMES)
    told = [await run("1"), await run("2"), await run("2", afresh=True), await run("2")]
    assert [one and (one.watermark, one.same_models) for one in told] == [
        (max(first), True),
        (max(first), False),
        (max(first), False),
        (max(first) + 1, True),
    ]


def test_spam_joins_no_need_whatever_it_names() -> None:
    asked = "Where is the parcel?"
    texts = [f"{asked} It is day {day}." for day in range(2, 12)]
    texts += [asked, f"{asked} You are the winner, click here."]
    messages = [Message(key, text, key) for key, text in enumerate(texts)]
    embedder = HashedWords()
    places = [(one.key, start, end) for one in messages for start, end in split(one.text)]
    vectors = embedder.embed([texts[key][start:end] for key, start, end in places])
    known = dict(zip(places, vectors, strict=True))
    before = {1: [(key, 0, len(asked)) for key in range(10)]}
    growth = grow(messages, {10, 11}, before, known, embedder, Parameters(), lambda phase, share: None)
    assert {growth.spans[item.span].key for item in growth.joined[1]} == {10}
    assert 11 not in {span.key for span in growth.spans}


def test_what_is_held_of_a_need_votes_whatever_joined_it_meanwhile() -> None:
    embedder = HashedWords()
    before = {1: [(key, 0, 6) for key in range(2_000)]}
    keys = held(before)
    texts = {key: f"{key:06}" for key in keys}
    known = {(key, 0, 6): embedder.embed([text])[0] for key, text in texts.items()}
    assert len(keys) == len(index_of(before, known, texts, embedder, {})) == VOTERS_PER_NEED
    later = {1: [*before[1], *((key, 0, 6) for key in range(2_000, 2_020))]}
    assert len(index_of(later, known, texts, embedder, {})) == VOTERS_PER_NEED


async def evidence(database: Database, need: int) -> list[Any]:
    sql = "SELECT c.text FROM evidence e JOIN complaint c ON c.id = e.complaint_id WHERE e.need_id = ?1 AND e.live = ?2"
    return await database.rows(database.sql(sql), (need, True))


async def test_new_needs_are_found_in_the_space_of_those_there_are(database: Database) -> None:
    await arrive(database, 60, themes=THEMES)
    await run_here(database, HashedWords())
    held = await nearness.called(database)
    for need, text in held.items():
        told = json.dumps({**json.loads(text), "things": [f"tent{need}", "boots"]})
        await database.retrying(
            lambda one, need=need, told=told: one.execute("UPDATE need SET called = ?1 WHERE id = ?2", (told, need))
        )
    await arrive(database, 10, first=60, themes=["invoice"])
    assert (await run_here(database, HashedWords())).counts["new_needs"] > 0
    new = {need: text for need, text in (await nearness.called(database)).items() if need not in held}
    assert new
    for text in new.values():
        assert set(json.loads(text)["things"]) >= {"boots", *(f"tent{need}" for need in held)}


async def test_many_new_complaints_or_other_settings_group_the_whole(database: Database) -> None:
    await arrive(database, 40, themes=["parcel", "password"])
    await run_here(database, HashedWords())
    await arrive(database, 40, first=40, themes=["battery", "invoice"])
    outcome = await run_here(database, HashedWords())
    assert "new_needs" not in outcome.counts
    assert "new_needs" in (await run_here(database, HashedWords())).counts
    assert "new_needs" not in (await run_here(database, HashedWords(), granularity=0.6)).counts
    assert "new_needs" not in (await run_here(database, HashedWords(), granularity=0.6, afresh=True)).counts
    assert may_grow(25, 100)
    assert not may_grow(26, 100)


async def test_what_people_decided_outlives_a_run_afresh(database: Database) -> None:
    await arrive(database, 80)
    await run_here(database, HashedWords())
    start = await table(database)
    named, confirmed, target, source = list(start)[:4]
    await needs.rename(database, CURATOR, named, start[named][3], "Customers need this in our words")
    await needs.confirm(database, CURATOR, confirmed, start[confirmed][3])
    await needs.merge(database, CURATOR, [source], target, {source: start[source][3], target: start[target][3]})
    decided = await table(database)
    # what evidence must bear out is no longer what inference called one of the two
    called = dict(map(tuple, await database.rows("SELECT id, called FROM need WHERE called IS NOT NULL")))
    assert target not in called
    assert named in called
    # a customer of theirs is erased, or they were confirmed by an earlier version
    await database.retrying(
        lambda one: one.execute("UPDATE need SET called = NULL WHERE id IN (?1, ?2)", (named, confirmed))
    )
    evidence = [row for row in await state(database) if row[0] in (named, confirmed, target)]
    await arrive(database, 60, first=80)
    await run_here(database, HashedWords(), afresh=True)
    after = await table(database)
    again = dict(map(tuple, await database.rows("SELECT id, called FROM need WHERE called IS NOT NULL")))
    assert target not in again
    assert again.keys() >= {named, confirmed}
    for need in (named, confirmed, target):
        assert after[need][0] == decided[need][0]
        assert after[need][2] >= decided[need][2]
    # none of their evidence was withdrawn, and the merge was not undone by a need of the same words
    held = {(row[0], row[4]) for row in await state(database) if row[6] not in ("EXPIRED", "DISMISSED")}
    assert {(row[0], row[4]) for row in evidence} <= held
    assert after[source][1] == "MERGED"
    spans = [row[5] for row in evidence]
    shared = await database.rows("SELECT span_id FROM evidence WHERE live = TRUE GROUP BY span_id HAVING COUNT(*) > 1")
    assert not {row[0] for row in shared} & set(spans)


async def test_a_claimed_need_keeps_its_evidence(database: Database) -> None:
    await arrive(database, 60, themes=THEMES)
    await run_here(database, HashedWords())
    claimed, (statement, _, count, _) = next(iter((await table(database)).items()))
    claim = inventions.ClaimDraft(claimed, "It helps.", 0.5)
    await inventions.propose(database, CURATOR, title="Porch", mechanism="A box.", door=Door.TWO_WAY, claims=[claim])
    await arrive(database, 60, first=60)
    await run_here(database, HashedWords(), afresh=True)
    after = (await table(database))[claimed]
    assert after[0] == statement
    assert after[2] >= count


def group(*spans: int) -> NeedFound:
    evidence = [EvidenceFound(span, "SUPPORTS", 0.9) for span in spans]
    return NeedFound("words", "QUOTE", 0.5, [], np.zeros(4, np.float32), evidence)


SPANS = [SpanFound(key, 0, 5, Kind.PAIN, 0.9) for key in range(10)]
VOICES = {key: key for key in range(10)}


def spans_of(continued: Continued) -> list[int]:
    return [item.span for item in continued.need.evidence]


def test_a_group_that_is_mostly_an_anchored_need_joins_it() -> None:
    (one,) = hold([group(0, 1, 2)], SPANS, {0: 7}, {5: [SPANS[0][:3], SPANS[1][:3]]}, VOICES, 2)
    assert (one.need_id, spans_of(one)) == (5, [2])


def test_a_group_with_a_little_of_an_anchored_need_keeps_the_rest() -> None:
    (one,) = hold([group(0, 1, 2, 3, 4)], SPANS, {0: 7}, {5: [SPANS[0][:3]]}, VOICES, 2)
    assert (one.need_id, spans_of(one)) == (7, [1, 2, 3, 4])


def test_a_group_that_is_left_with_one_voice_goes() -> None:
    anchored = {5: [SPANS[0][:3]], 6: [SPANS[1][:3]]}
    assert hold([group(0, 1, 2)], SPANS, {}, anchored, VOICES, 2) == []


def test_a_group_far_from_the_anchored_need_it_was_matched_to_is_new() -> None:
    (one,) = hold([group(0, 1, 2, 3, 4)], SPANS, {0: 5}, {5: [SPANS[0][:3], SPANS[9][:3]]}, VOICES, 2)
    assert (one.need_id, spans_of(one)) == (None, [1, 2, 3, 4])


def test_groups_without_anchors_stay_as_they_are() -> None:
    first, second = hold([group(0, 1), group(2, 3)], SPANS, {1: 7}, {}, VOICES, 2)
    assert (first.need_id, second.need_id) == (None, 7)


def test_a_dismissed_need_is_known_again_in_every_part() -> None:
    gone = {8: [SPANS[key][:3] for key in range(6)]}
    found = [group(0, 1, 2), group(3, 4, 5), group(6, 7, 8)]
    first, second, third = hold(found, SPANS, {0: 8}, {}, VOICES, 2, gone)
    assert (first.need_id, second.need_id, third.need_id) == (8, 8, None)
    # with most of it elsewhere, it is something else
    (one,) = hold([group(5, 6, 7)], SPANS, {}, {}, VOICES, 2, gone)
    assert (one.need_id, spans_of(one)) == (None, [5, 6, 7])
