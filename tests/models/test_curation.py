from __future__ import annotations

import asyncio
import itertools

import orjson
import pytest

from nobodyasked.models.alert import AlertKind
from nobodyasked.models.commands import alerts, evidence, inventions, needs, teams
from nobodyasked.models.commands.alerts import AlertDraft
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Conflict, Forbidden, IllegalTransition, Invalid, NotFound, StaleVersion
from nobodyasked.models.evidence import EvidenceStatus
from nobodyasked.models.invention import Door
from nobodyasked.models.need import LIVE_NEEDS, NeedStatus

from .people import CONTRIBUTOR, CURATOR, READER, row
from .world import check_counts, complain, evidence_of, found, infer, needs_by_statement, state


async def three_needs(database: Database) -> tuple[list[int], list[int]]:
    """Complaints, and needs a, b, c with overlapping evidence of two complaints each."""
    return (await threes(database, 1))[0]


async def threes(database: Database, count: int) -> list[tuple[list[int], list[int]]]:
    """The same so many times, each with complaints and needs of its own: one run finds them all."""
    everyone = await complain(database, ["ann", "bob", "cid", "ann"] * count)
    parts = [everyone[first : first + 4] for first in range(0, len(everyone), 4)]
    named = {
        f"{letter}{number}": ids[first : first + 2]
        for number, ids in enumerate(parts)
        for first, letter in enumerate("abc")
    }
    await infer(database, found(named, asks=[ids[2] for ids in parts]))
    keys = await needs_by_statement(database)
    return [(ids, [keys[f"{letter}{number}"] for letter in "abc"]) for number, ids in enumerate(parts)]


async def force(database: Database, need: int, status: NeedStatus) -> None:
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE need SET status = ?1 WHERE id = ?2", (status.value, need))


def act(database: Database, verb: str, need: int, version: int, pieces: list[int], other: int):
    match verb:
        case "confirm":
            return needs.confirm(database, CURATOR, need, version)
        case "rename":
            return needs.rename(database, CURATOR, need, version, "Better words")
        case "assign":
            return needs.assign(database, CURATOR, need, version, None)
        case "dismiss":
            return needs.dismiss(database, CURATOR, need, version, "no need at all")
        case "merge":
            return needs.merge(database, CURATOR, [need], other, {need: version, other: 1})
        case "merge into":
            return needs.merge(database, CURATOR, [other], need, {need: version, other: 1})
        case "split":
            return needs.split(database, CURATOR, need, version, pieces[:1], "A part of it")
    return evidence.decide(database, CURATOR, pieces[0], EvidenceStatus.ACCEPTED, version)


VERBS = ["confirm", "rename", "assign", "dismiss", "merge", "merge into", "split", "decide"]


async def test_every_verb_in_every_state(database: Database) -> None:
    cases = list(itertools.product(VERBS, NeedStatus))
    for (verb, status), (_, (a, b, _)) in zip(cases, await threes(database, len(cases)), strict=True):
        pieces = [id for id, *_ in (await evidence_of(database, a)).values()]
        await force(database, a, status)
        if status in LIVE_NEEDS:
            await act(database, verb, a, 1, pieces, b)
            assert (await state(database, a)).version == (1 if verb == "decide" else 2), (verb, status)
            # counting moves a need between the first two states and takes none of the later ones back
            if verb in ("confirm", "decide") and status not in (NeedStatus.EMERGING, NeedStatus.ACTIVE):
                assert (await state(database, a)).status == status.value, verb
        else:
            with pytest.raises(IllegalTransition, match=status.value):
                await act(database, verb, a, 1, pieces, b)
            assert (await state(database, a)).version == 1, (verb, status)


async def test_a_stale_version_changes_nothing(database: Database) -> None:
    _, (a, b, _) = await three_needs(database)
    pieces = [id for id, *_ in (await evidence_of(database, a)).values()]
    before = (
        await database.rows("SELECT * FROM need ORDER BY id"),
        await database.rows("SELECT * FROM evidence ORDER BY id"),
    )
    for verb, version in itertools.product(VERBS, (0, 2)):
        with pytest.raises(StaleVersion) as refusal:
            await act(database, verb, a, version, pieces, b)
        assert (refusal.value.expected, refusal.value.current) == (version, 1), verb
    after = (
        await database.rows("SELECT * FROM need ORDER BY id"),
        await database.rows("SELECT * FROM evidence ORDER BY id"),
    )
    assert before == after


async def test_what_is_not_there(database: Database) -> None:
    _, (_, b, _) = await three_needs(database)
    for verb in VERBS:
        with pytest.raises(NotFound):
            await act(database, verb, 999, 1, [999], b)


async def test_curating_is_the_curators(database: Database) -> None:
    _, (a, b, _) = await three_needs(database)
    for actor in (READER, CONTRIBUTOR):
        for attempt in (
            needs.confirm(database, actor, a, 1),
            needs.merge(database, actor, [a], b, {a: 1, b: 1}),
            needs.split(database, actor, a, 1, [1], "x"),
            evidence.decide(database, actor, 1, EvidenceStatus.ACCEPTED, 1),
            teams.create(database, actor, "Checkout"),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_words_and_teams(database: Database) -> None:
    _, (a, _, _) = await three_needs(database)
    team = await teams.create(database, CURATOR, "Checkout")
    assert await teams.create(database, CURATOR, " checkout ".title()) == team
    await needs.rename(database, CURATOR, a, 1, "  Parcels on  time ")
    await needs.assign(database, CURATOR, a, 2, team)
    await needs.confirm(database, CURATOR, a, 3)
    assert await row(database, "need", a, "statement, statement_basis, team_id, confirmed") == (
        "Parcels on time",
        "HUMAN",
        team,
        True,
    )
    await needs.assign(database, CURATOR, a, 4, None)
    assert await row(database, "need", a, "team_id") == (None,)
    with pytest.raises(NotFound):
        await needs.assign(database, CURATOR, a, 5, team + 1)
    for words in ("", " \n", "x" * 501, "\ud800"):
        with pytest.raises(Invalid):
            await needs.rename(database, CURATOR, a, 5, words)


async def test_a_dismissal_says_why(database: Database) -> None:
    _, (a, _, _) = await three_needs(database)
    await needs.dismiss(database, CURATOR, a, 1, "a strike")
    details = await database.value("SELECT details FROM event ORDER BY id DESC LIMIT 1")
    assert orjson.loads(details) == {"change": "DISMISSED"}
    assert await database.value("SELECT dismissal_reason FROM need WHERE status = 'DISMISSED'") == "a strike"
    with pytest.raises(Invalid):
        await needs.dismiss(database, CURATOR, a, 2, " ")


async def test_merging_moves_everything(database: Database) -> None:
    ids, (a, b, c) = await three_needs(database)
    await needs.merge(database, CURATOR, [a, b], c, {a: 1, b: 1, c: 1})
    assert set(await evidence_of(database, c)) == set(ids)
    assert await state(database, c) == ("ACTIVE", 4, 3, 1, 2, None)
    for source in (a, b):
        assert await state(database, source) == ("MERGED", 0, 0, 0, 2, c)
    await check_counts(database)


async def test_of_two_links_to_one_span_the_better_stays(database: Database) -> None:
    ids, (a, b, _) = await three_needs(database)
    shared = ids[1]
    mine, theirs = (await evidence_of(database, a))[shared][0], (await evidence_of(database, b))[shared][0]
    await evidence.decide(database, CURATOR, theirs, EvidenceStatus.DISMISSED, 1)
    await needs.merge(database, CURATOR, [b], a, {a: 1, b: 1})
    assert (await evidence_of(database, a))[shared][:2] == (theirs, "DISMISSED")
    assert await database.value(database.sql("SELECT COUNT(*) FROM evidence WHERE id = ?1"), (mine,)) == 0
    await check_counts(database)


async def test_aliases_never_form_a_chain(database: Database) -> None:
    _, (a, b, c) = await three_needs(database)
    await needs.merge(database, CURATOR, [a], b, {a: 1, b: 1})
    await needs.merge(database, CURATOR, [b], c, {b: 2, c: 1})
    assert [(await state(database, need)).merged_into for need in (a, b, c)] == [c, c, None]
    with pytest.raises(IllegalTransition):
        await needs.merge(database, CURATOR, [c], a, {c: 2, a: (await state(database, a)).version})
    await check_counts(database)


async def test_merging_takes_claims_along(database: Database) -> None:
    _, (a, b, _) = await three_needs(database)
    claims = [ClaimDraft(a, "weak", 0.25), ClaimDraft(b, "strong", 0.75)]
    both = await inventions.propose(database, CURATOR, title="x", mechanism="y", door=Door.TWO_WAY, claims=claims)
    one = await inventions.propose(database, CURATOR, title="x", mechanism="y", door=Door.TWO_WAY, claims=claims[1:])
    await needs.merge(database, CURATOR, [b], a, {a: 1, b: 1})
    rows = await database.rows("SELECT invention_id, need_id, rationale, relief FROM claim ORDER BY invention_id")
    assert list(map(tuple, rows)) == [(both, a, "strong", 0.75), (one, a, "strong", 0.75)]


async def test_of_two_alerts_of_a_kind_and_week_the_target_s_stays(database: Database) -> None:
    _, (a, b, c) = await three_needs(database)
    for need, kind, week in (
        (c, AlertKind.SURGE, 7),
        (a, AlertKind.SURGE, 7),
        (a, AlertKind.VIRAL, 7),
        (b, AlertKind.VIRAL, 7),
        (b, AlertKind.SURGE, 8),
    ):
        await alerts.raise_alerts(database, week, [AlertDraft(need, kind, 10 * need, None, None, None, 0.0)])
    await needs.merge(database, CURATOR, [a, b], c, {a: 1, b: 1, c: 1})
    rows = await database.rows("SELECT need_id, week, kind, observed FROM alert ORDER BY week, kind")
    assert list(map(tuple, rows)) == [(c, 7, "SURGE", 10 * c), (c, 7, "VIRAL", 10 * a), (c, 8, "SURGE", 10 * b)]


@pytest.mark.parametrize("sources", [[], list(range(1, 102))])
async def test_merges_that_make_no_sense(database: Database, sources: list[int]) -> None:
    _, (a, b, _) = await three_needs(database)
    with pytest.raises(Invalid):
        await needs.merge(database, CURATOR, sources, a, {})
    with pytest.raises(Invalid):
        await needs.merge(database, CURATOR, [a, b], a, {a: 1, b: 1})
    with pytest.raises(Invalid):
        await needs.merge(database, CURATOR, [b], a, {a: 1})


@pytest.mark.parametrize("round", range(4))
async def test_merges_at_once(database: Database, round: int) -> None:
    ids, (a, b, c) = await three_needs(database)
    versions = {a: 1, b: 1, c: 1}
    # among them two that would make a circle, and two that take the same source
    pairs = [(a, b), (b, a), (a, c), (c, a), (b, c), (c, b)]
    outcomes = await asyncio.gather(
        *(
            needs.merge(database, CURATOR, [source], target, versions)
            for source, target in pairs[round:] + pairs[:round]
        ),
        return_exceptions=True,
    )
    assert outcomes.count(None) == 1
    assert all(isinstance(outcome, StaleVersion | IllegalTransition) for outcome in outcomes if outcome is not None)
    held = [await evidence_of(database, need) for need in (a, b, c)]
    assert set().union(*held) == set(ids)
    await check_counts(database)


async def test_everything_at_once(database: Database) -> None:
    ids, everyone = await three_needs(database)
    for _ in range(4):
        now = {need: await state(database, need) for need in everyone}
        live = [need for need in everyone if now[need].merged_into is None]
        pieces = {need: await evidence_of(database, need) for need in live}
        work = [
            needs.merge(database, CURATOR, [one], other, {need: now[need].version for need in live})
            for one, other in itertools.permutations(live, 2)
        ]
        for need in live:
            work.append(needs.rename(database, CURATOR, need, now[need].version, f"Renamed {need}"))
            mine = [id for id, *_ in pieces[need].values()]
            work.append(needs.split(database, CURATOR, need, now[need].version, mine[:1], "split"))
            for id, _, version in pieces[need].values():
                work.append(evidence.decide(database, CURATOR, id, EvidenceStatus.ACCEPTED, version))
        for outcome in await asyncio.gather(*work, return_exceptions=True):
            assert outcome is None or isinstance(outcome, int | Conflict | NotFound | Invalid)
        everyone = [id for (id,) in await database.rows("SELECT id FROM need ORDER BY id")]
        held = [await evidence_of(database, need) for need in everyone]
        assert set().union(*held) == set(ids)
        await check_counts(database)


async def test_splitting(database: Database) -> None:
    ids, (_, _, c) = await three_needs(database)
    pieces = await evidence_of(database, c)
    new = await needs.split(database, CURATOR, c, 1, [pieces[ids[2]][0]], "Tell me where it is")
    assert await state(database, c) == ("EMERGING", 1, 1, 0, 2, None)
    assert await state(database, new) == ("EMERGING", 1, 1, 1, 1, None)
    assert await row(database, "need", new, "statement, statement_basis, confirmed, confidence") == (
        "Tell me where it is",
        "HUMAN",
        True,
        0.7,
    )
    assert (await evidence_of(database, new))[ids[2]] == (pieces[ids[2]][0], "ACCEPTED", 2)
    await check_counts(database)


async def test_splits_that_make_no_sense(database: Database) -> None:
    _, (a, b, _) = await three_needs(database)
    mine = [id for id, *_ in (await evidence_of(database, a)).values()]
    other = [id for id, *_ in (await evidence_of(database, b)).values()]
    for pieces, refusal in (([], Invalid), (mine, Invalid), ([mine[0], other[0]], NotFound), ([999], NotFound)):
        with pytest.raises(refusal):
            await needs.split(database, CURATOR, a, 1, pieces, "x")
    with pytest.raises(Invalid):
        await needs.split(database, CURATOR, a, 1, mine[:1], "")
    assert (await state(database, a)).version == 1


async def test_every_decision_in_every_state(database: Database) -> None:
    cases = list(itertools.product(EvidenceStatus, EvidenceStatus))
    for (status, decision), (ids, (a, _, _)) in zip(cases, await threes(database, len(cases)), strict=True):
        piece = (await evidence_of(database, a))[ids[0]][0]
        live = status in (EvidenceStatus.PENDING, EvidenceStatus.ACCEPTED)
        async with database.transaction() as transaction:
            await transaction.execute(
                "UPDATE evidence SET status = ?1, live = ?2 WHERE id = ?3", (status.value, live, piece)
            )
        attempt = evidence.decide(database, CURATOR, piece, decision, 1)
        if decision in (EvidenceStatus.PENDING, EvidenceStatus.EXPIRED):
            with pytest.raises(Invalid):
                await attempt
        elif status is EvidenceStatus.EXPIRED:
            with pytest.raises(IllegalTransition):
                await attempt
        else:
            await attempt
            assert (await evidence_of(database, a))[ids[0]] == (piece, decision.value, 2)
            accepted = decision is EvidenceStatus.ACCEPTED
            assert (await state(database, a))[:3] == (("ACTIVE", 2, 2) if accepted else ("EMERGING", 1, 1))
            assert (await row(database, "evidence", piece, "decided_at"))[0] > 0
            continue
        # taken back, so that all counts can be looked at in the end
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE evidence SET status = 'PENDING', live = TRUE WHERE id = ?1", (piece,))
    await check_counts(database)
