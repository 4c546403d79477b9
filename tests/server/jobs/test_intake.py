"""What runs over very many messages hold, and what becomes of the messages that they do not."""

import numpy as np
import pytest

from nobodyasked.inference import HashedWords
from nobodyasked.inference.finding import Findings, Message
from nobodyasked.models.commands import runs
from nobodyasked.models.commands.labels import label_place
from nobodyasked.models.database import Database
from nobodyasked.models.span import SpanKind
from nobodyasked.server.jobs import growth, run
from nobodyasked.server.jobs.intake import share_of

from .crowd import THEMES, arrive
from .test_growth import CURATOR
from .test_run import OPERATOR, ended, run_here


def test_a_draw_is_even_and_the_same_again() -> None:
    keys = range(1, 1_000_001, 5)
    drawn = np.array([key for key in keys if share_of(20_000, 200_000)(key)])
    assert len(drawn) == pytest.approx(20_000, rel=0.02)
    # every tenth of the time, and of every seventh message, alike
    np.testing.assert_allclose(np.histogram(drawn, 10)[0], 2_000, rtol=0.05)
    np.testing.assert_allclose(np.bincount(drawn % 7), 20_000 / 7, rtol=0.05)
    assert set(drawn) <= {key for key in keys if share_of(30_000, 200_000)(key)}  # a larger draw holds a smaller one
    assert all(map(share_of(200_000, 200_000), keys))


async def test_needs_of_a_draw_are_joined_by_all_other_messages(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = await arrive(database, 160)
    held: list[list[int]] = []
    find = run.find

    def watched(messages: list[Message], *rest: object, **named: object) -> Findings:
        held.append([message.key for message in messages])
        return find(messages, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "find", watched)
    whole = await run_here(database, HashedWords())
    all_of_it = await linked(database)
    monkeypatch.setattr(run, "MOST_AT_ONCE", 60)
    told: list[tuple[str, float]] = []
    run_id = await runs.start(database, OPERATOR, {"afresh": True})
    await runs.begin(database, run_id, {})
    await run.carry_out(database, HashedWords(), run_id, lambda *what: told.append(what))
    outcome = await ended(database, run_id)
    assert len(held[0]) == 160
    assert 40 < len(held[1]) < 80
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert len([share for stage, share in told if stage == "linking" and 0.93 <= share <= 0.97]) > 1
    same = ("messages", "spans", "noise", "ask", "wish", "pain", "praise", "needs", "newly_read")
    assert {name: outcome.counts[name] for name in same} == {name: whole.counts[name] for name in same} | {
        "newly_read": 0
    }
    # the same messages are evidence of the same needs, which are the ones of before
    assert outcome.counts["kept_needs"] == whole.counts["needs"] == 4
    drawn = await linked(database)
    assert drawn.keys() == all_of_it.keys()
    for need, mine in drawn.items():
        assert len(mine & all_of_it[need]) > 0.95 * len(mine | all_of_it[need])
    others = set().union(*drawn.values()) - set(held[1])
    placed = await database.rows("SELECT DISTINCT complaint_id FROM evidence WHERE live = TRUE AND placed = TRUE")
    assert {complaint for (complaint,) in placed} == others != set()
    # what a person says that a span is holds where its message was not drawn
    other = next(id for id in ids if id not in held[1] and id in set().union(*drawn.values()))
    (place,) = await database.rows(
        database.sql("SELECT start_offset, end_offset FROM span WHERE complaint_id = ?1 ORDER BY id LIMIT 1"), (other,)
    )
    await label_place(database, CURATOR, other, *place, SpanKind.PRAISE)
    await run_here(database, HashedWords(), afresh=True)
    assert other not in set().union(*(await linked(database)).values())
    (kind,) = await database.rows(database.sql("SELECT kind FROM span WHERE complaint_id = ?1"), (other,))
    assert tuple(kind) == ("PRAISE",)


async def test_a_run_that_adds_holds_what_it_asks_alone(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await arrive(database, 80)
    await run_here(database, HashedWords())
    before = await linked(database)
    last = await arrive(database, 4, first=80, themes=list(THEMES))
    held: list[list[int]] = []
    grow = run.grow

    def watched(messages: list[Message], *rest: object) -> growth.Growth:
        held.append([message.key for message in messages])
        return grow(messages, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "grow", watched)
    monkeypatch.setattr(growth, "VOTERS_PER_NEED", 5)
    outcome = await run_here(database, HashedWords())
    assert outcome.counts["messages"] == 84
    assert set(last) < set(held[0])
    assert len(held[0]) <= 4 + len(before) * 5 + 80 - len(set().union(*before.values()))
    after = await linked(database)
    assert set(last) <= set().union(*after.values())
    # more than a run works on at once is not held to be added
    await arrive(database, 20, first=84)
    monkeypatch.setattr(run, "MOST_AT_ONCE", 19)
    assert "new_needs" in outcome.counts
    assert "new_needs" not in (await run_here(database, HashedWords())).counts
    assert len(held) == 1


async def linked(database: Database) -> dict[int, set[int]]:
    """The complaints that support each need."""
    rows = await database.rows("SELECT need_id, complaint_id FROM evidence WHERE live = TRUE AND stance = 'SUPPORTS'")
    found: dict[int, set[int]] = {}
    for need, complaint in rows:
        found.setdefault(need, set()).add(complaint)
    return found
