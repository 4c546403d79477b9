"""A run, from messages to needs, in a process of its own and in this one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from nobodyasked.inference.vector import Embedder, HashedWords, MiniLM
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import needs, runs
from nobodyasked.models.commands.complaints import ComplaintDraft, import_rows
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Invalid
from nobodyasked.models.queries import summary
from nobodyasked.models.run import RunStatus
from nobodyasked.server.jobs.events import EventSource
from nobodyasked.server.jobs.mind import Mind
from nobodyasked.server.jobs.reader import made_by, unpack
from nobodyasked.server.jobs.run import carry_out, parameters_of
from nobodyasked.server.jobs.worker import SILENT_MS, Worker, run_once
from nobodyasked.server.settings import Settings

from .crowd import arrive
from .test_mind import until

OPERATOR = Actor.operator()


class Watched(HashedWords):
    """Counts what it is asked, and may raise."""

    def __init__(self, most: int | None = None) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.most = most

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.texts += texts
        if self.most is not None and len(self.texts) > self.most:
            raise MemoryError
        return super().embed(texts)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, data_dir=tmp_path, embedder="hashed", log_level="error")


async def run_here(database: Database, embedder: Embedder, **parameters: float) -> summary.Outcome:
    run_id = await runs.start(database, OPERATOR, parameters)
    await runs.begin(database, run_id, {})
    await carry_out(database, embedder, run_id, lambda stage, share: None)
    return await ended(database, run_id)


async def ended(database: Database, run_id: int) -> summary.Outcome:
    outcome = await summary.outcome(database, run_id)
    assert outcome is not None
    return outcome


async def state(database: Database) -> list[Any]:
    """Everything that a run may change of needs and evidence."""
    found = await database.rows(
        "SELECT n.id, n.statement, n.status, n.evidence_count, e.id, e.span_id, e.status, e.version FROM need n"
        " LEFT JOIN evidence e ON e.need_id = n.id ORDER BY n.id, e.id"
    )
    return [tuple(row) for row in found]


async def test_messages_become_needs_with_evidence(database: Database, settings: Settings) -> None:
    await arrive(database, 60)
    run_id = await runs.start(database, OPERATOR, {"minimum_customers": 3})
    told: list[tuple[str, float]] = []
    assert await run_once(database, settings, run_id, lambda *what: told.append(what)) is RunStatus.SUCCEEDED
    outcome = await ended(database, run_id)
    assert outcome.counts["messages"] == outcome.counts["newly_read"] == 60
    assert outcome.counts["peak_memory_mb"] > 20
    assert [share for _, share in told] == sorted(share for _, share in told)
    assert {stage for stage, _ in told} >= {"reading", "grouping", "naming", "saving"}
    found = await summary.top_needs(database, 10, 2)
    assert len(found) == outcome.counts["needs"] >= 3
    for need in found:
        themes = {
            theme for theme in ("parcel", "password", "invoice", "battery") for quote in need.quotes if theme in quote
        }
        assert len(themes) == 1
        assert need.customer_count >= 3
    assert await database.value("SELECT COUNT(*) FROM complaint WHERE sentiment IS NULL OR severity IS NULL") == 0
    assert await database.value("SELECT COUNT(*) FROM span WHERE vector IS NULL") == 0


async def test_a_second_run_embeds_nothing_and_keeps_every_need(database: Database) -> None:
    await arrive(database, 60)
    first = await run_here(database, Watched())
    before = await state(database)
    embedder = Watched()
    second = await run_here(database, embedder)
    assert second.counts["newly_read"] == second.counts["embedded"] == 0
    spans = {row[0] for row in await database.rows("SELECT text FROM complaint")}
    sample = [text for text in embedder.texts if text in spans]
    assert len(sample) <= 8 + 60  # the check of the model; and statements, which are worded like spans
    assert second.counts["kept_needs"] == second.counts["needs"] == first.counts["needs"]
    assert [row[:6] for row in await state(database)] == [row[:6] for row in before]


async def test_new_messages_join_the_needs_of_before_and_make_new_ones(database: Database) -> None:
    await arrive(database, 40, themes=["parcel", "password"])
    await run_here(database, HashedWords())
    known = {need.id for need in await summary.top_needs(database, 20, 1)}
    await arrive(database, 60, first=40, themes=["parcel", "password", "battery"])
    outcome = await run_here(database, HashedWords())
    assert outcome.counts["newly_read"] == 60
    after = {need.id: need for need in await summary.top_needs(database, 20, 1)}
    assert known & after.keys()
    assert any("battery" in after[identity].quotes[0] for identity in after.keys() - known)


async def test_what_people_decided_outlives_a_run(database: Database) -> None:
    await arrive(database, 80)
    await run_here(database, HashedWords())
    named, dismissed, merged, target = (await summary.top_needs(database, 4, 1))[:4]
    await needs.rename(database, OPERATOR, named.id, 1, "People want their things sooner")
    await needs.dismiss(database, OPERATOR, dismissed.id, 1, "no need of ours")
    await needs.merge(database, OPERATOR, [merged.id], target.id, {merged.id: 1, target.id: 1})
    await run_here(database, HashedWords())
    rows = {row[0]: row for row in await database.rows("SELECT id, statement, status, evidence_count FROM need")}
    assert rows[named.id][1] == "People want their things sooner"
    assert rows[dismissed.id][2] == "DISMISSED"
    assert (rows[merged.id][2], rows[merged.id][3]) == ("MERGED", 0)
    assert rows[target.id][3] >= merged.evidence_count
    texts = await database.rows(
        "SELECT statement FROM need WHERE status IN ('ACTIVE', 'EMERGING') AND evidence_count > 0"
    )
    assert dismissed.statement not in {text for (text,) in texts}


async def test_what_was_read_before_a_crash_is_not_read_again(database: Database) -> None:
    await arrive(database, 700)
    run_id = await runs.start(database, OPERATOR, {})
    await runs.begin(database, run_id, {})
    with pytest.raises(MemoryError):
        await carry_out(database, Watched(most=300), run_id, lambda stage, share: None)
    await runs.fail(database, run_id, "memory")
    read = await database.value("SELECT COUNT(*) FROM complaint WHERE sentiment IS NOT NULL")
    assert 0 < read < 700
    assert (await run_here(database, HashedWords())).counts["newly_read"] == 700 - read


async def test_vectors_of_another_model_are_made_anew(database: Database) -> None:
    class Other(HashedWords):
        def embed(self, texts):  # type: ignore[no-untyped-def]
            return -super().embed(texts)

    await arrive(database, 20)
    await run_here(database, Other())
    assert (await run_here(database, HashedWords())).counts["newly_read"] == 20
    row = (await database.rows("SELECT text, vector FROM span JOIN complaint c ON c.id = complaint_id LIMIT 1"))[0]
    fresh = HashedWords().embed([row[0]])
    assert (unpack([row[1]])[0] @ fresh[0]) > 0.5


async def test_vectors_of_two_embedders_never_mix(database: Database) -> None:
    class Wider(Watched):
        dimensions = 512

        def __init__(self, most: int | None = None) -> None:
            super().__init__(most)
            self.name = "wider"

    await arrive(database, 600)
    await run_here(database, HashedWords())
    run_id = await runs.start(database, OPERATOR, {"afresh": True})
    await runs.begin(database, run_id, {})
    with pytest.raises(MemoryError):  # cut off in the middle of changing over
        await carry_out(database, Wider(most=300), run_id, lambda stage, share: None)
    await runs.fail(database, run_id, "memory")
    rows = [row[0] for row in await database.rows("SELECT vector FROM span ORDER BY id")]
    changed = [made_by(row, Wider()) for row in rows]
    assert {True, False} == set(changed)
    assert all(new or made_by(row, HashedWords()) for row, new in zip(rows, changed, strict=True))
    outcome = await run_here(database, Wider())
    assert outcome.counts["newly_read"] < 600
    rows = [row[0] for row in await database.rows("SELECT vector FROM span")]
    assert all(made_by(row, Wider()) for row in rows)


async def test_the_language_is_found_unless_the_import_states_it(database: Database) -> None:
    given = [
        ("The zip broke and they would not take it back", None, "en"),
        ("Der Reißverschluss ist schon nach zwei Tagen kaputt", None, "de"),
        ("Der Reißverschluss ist schon nach drei Tagen kaputt", "nl", "nl"),
        ("ok", None, "und"),
    ]
    drafts = [
        ComplaintDraft(text=text, channel="mail", source="tongues", external_id=str(row), language=stated)
        for row, (text, stated, _) in enumerate(given)
    ]
    await import_rows(database, OPERATOR, drafts)
    for _ in range(2):
        await run_here(database, HashedWords())
        rows = await database.rows("SELECT language FROM complaint ORDER BY id")
        assert [row[0] for row in rows] == [expected for *_, expected in given]
    kinds = await database.rows("SELECT kind FROM span s JOIN complaint c ON c.id = complaint_id WHERE language = 'de'")
    assert [tuple(row) for row in kinds] == [("PAIN",)]


async def test_nothing_to_read_is_a_run_that_finds_nothing(database: Database, settings: Settings) -> None:
    run_id = await runs.start(database, OPERATOR, {})
    assert await run_once(database, settings, run_id) is RunStatus.SUCCEEDED
    assert (await ended(database, run_id)).counts["needs"] == 0


async def test_an_unknown_parameter_fails_the_run_in_clear_words(database: Database, settings: Settings) -> None:
    run_id = await runs.start(database, OPERATOR, {"colour": 3})
    assert await run_once(database, settings, run_id) is RunStatus.FAILED
    assert "'colour' is not a setting of a run" in str((await ended(database, run_id)).failure)


@pytest.mark.parametrize("given", [{"granularity": "0.5"}, {"granularity": True}, {"seed": None}, {"x": 1}])
def test_parameters_are_known_numbers(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        parameters_of(given)
    assert parameters_of({"granularity": 0.7}).granularity == 0.7


def parent_of(pid: str) -> int | None:
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return None


def command_of(pid: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


async def child_of(parent: int) -> int:
    """The process of a run that `parent` started, once it has; other tests may have started others."""
    async with asyncio.timeout(10):
        while True:
            children = [pid for pid in os.listdir("/proc") if pid.isdigit() and parent_of(pid) == parent]
            if found := [int(pid) for pid in children if b"server.jobs.run" in command_of(pid)]:
                return found[0]
            await asyncio.sleep(0.02)


async def test_a_run_killed_in_the_middle_leaves_the_old_needs(database: Database, settings: Settings) -> None:
    await arrive(database, 200)
    await run_here(database, HashedWords())
    before = await state(database)
    await arrive(database, 2_000, first=200)
    run_id = await runs.start(database, OPERATOR, {})
    seen = asyncio.Event()
    running = asyncio.create_task(run_once(database, settings, run_id, lambda stage, share: share > 0.1 and seen.set()))
    async with asyncio.timeout(30):
        await seen.wait()
    os.kill(await child_of(os.getpid()), signal.SIGKILL)
    assert await running is RunStatus.FAILED
    assert "signal 9" in str((await ended(database, run_id)).failure)
    assert await state(database) == before


PARENT = """
import asyncio, sys
from nobodyasked.models.database import Database
from nobodyasked.server.settings import Settings
from nobodyasked.server.jobs.worker import run_once
async def main():
    settings = Settings.model_validate_json(sys.argv[1])
    database = await Database.open(settings.database_url)
    await run_once(database, settings, int(sys.argv[2]), lambda stage, share: print(stage, share, flush=True))
asyncio.run(main())
"""


async def test_a_server_killed_in_the_middle_takes_its_run_along_and_the_next_one_marks_it(
    database: Database, settings: Settings
) -> None:
    await arrive(database, 200)
    await run_here(database, HashedWords())
    before = await state(database)
    await arrive(database, 2_000, first=200)
    run_id = await runs.start(database, OPERATOR, {})
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, settings.model_dump_json(), str(run_id), stdout=asyncio.subprocess.PIPE
    )
    assert server.stdout is not None
    async with asyncio.timeout(30):
        # somewhere in the middle: how far each line tells depends on the machine
        while not 0.1 <= float((line := await server.stdout.readline()).split()[1]) < 0.9:
            assert line
    child = await child_of(server.pid)
    server.kill()
    await server.communicate()
    async with asyncio.timeout(5):
        while Path(f"/proc/{child}").exists():  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.02)
    assert (await ended(database, run_id)).status is RunStatus.RUNNING
    long_ago = SILENT_MS + 1
    await database.retrying(
        lambda transaction: transaction.execute(
            "UPDATE inference_run SET heartbeat_at = heartbeat_at - ?1 WHERE id = ?2", (long_ago, run_id)
        )
    )
    worker = Worker(database, settings)
    await worker.start()
    await worker.close()
    assert (await ended(database, run_id)).status is RunStatus.FAILED
    assert await state(database) == before
    assert (await run_here(database, HashedWords())).status is RunStatus.SUCCEEDED


async def test_a_run_canceled_in_the_middle_leaves_the_old_needs(database: Database, settings: Settings) -> None:
    await arrive(database, 3_000)
    run_id = await runs.start(database, OPERATOR, {})
    seen = asyncio.Event()
    running = asyncio.create_task(run_once(database, settings, run_id, lambda stage, share: share > 0.1 and seen.set()))
    async with asyncio.timeout(30):
        await seen.wait()
    await runs.cancel(database, OPERATOR, run_id)
    assert await running is RunStatus.CANCELED
    assert await state(database) == []


async def test_complaints_that_come_during_a_run_keep_their_evidence(database: Database, settings: Settings) -> None:
    await arrive(database, 60)
    await run_here(database, HashedWords())
    await arrive(database, 300, first=60)
    events = EventSource(database)
    mind = Mind(database, events, settings)
    await events.start()
    await mind.start()
    run_id = await runs.start(database, OPERATOR, {})
    running = asyncio.create_task(run_once(database, settings, run_id))
    came: list[int] = []
    while not running.done():
        came += await arrive(database, 1, first=10_000 + len(came), themes=["parcel", "password"])
        await mind.received(came[-1:])
        await asyncio.sleep(0.05)
    assert await running is RunStatus.SUCCEEDED
    assert len(came) >= 5

    async def linked() -> bool:
        live = await database.rows("SELECT complaint_id FROM evidence WHERE status = 'PENDING'")
        return set(came) <= {row[0] for row in live}

    # on a busy machine, what takes more than some seconds goes on after `received`
    await until(linked)
    await mind.close()
    await events.close()


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_a_complaint_that_is_committed_late_is_read(database: Database) -> None:
    """Its id is lower than the largest one when the run begins, and it is there only later."""
    sql = (
        "INSERT INTO complaint (source, external_id, content_hash, text, channel, occurred_at, received_at, week)"
        " VALUES ('late', 'late', 'x', 'my parcel was 4 days late again', 'mail', 1, 1, 1) RETURNING id"
    )
    async with database.transaction() as slow:
        late = await slow.value(sql)
        assert late < min(await arrive(database, 30))
        running = asyncio.create_task(run_here(database, HashedWords()))
        await asyncio.sleep(0.3)
        assert not running.done()
    assert (await running).counts["messages"] == 31
    assert await database.value(f"SELECT COUNT(*) FROM evidence WHERE complaint_id = {late}") == 1


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_with_the_model_itself(database: Database, tmp_path: Path) -> None:
    model_folder = tmp_path / "models"
    await arrive(database, 48)
    outcome = await run_here(database, MiniLM(model_folder))
    found = await summary.top_needs(database, 10, 3)
    assert outcome.counts["needs"] == len(found) >= 2
    assert any(need.evidence_count >= 10 and all("password" in quote for quote in need.quotes) for need in found)
    again = await run_here(database, MiniLM(model_folder))
    assert again.counts["newly_read"] == 0
    assert again.counts["kept_needs"] == outcome.counts["needs"]
