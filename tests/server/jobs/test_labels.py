"""What people labelled is obeyed by runs and by placing, and learned from."""

from __future__ import annotations

import asyncio
import os
import tempfile
from pathlib import Path

import pytest

from nobodyasked.inference.foreign import read_each
from nobodyasked.inference.signal import KINDS, Kind, chances
from nobodyasked.inference.vector import HashedWords, MiniLM
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, labels
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.models.database import Database
from nobodyasked.models.queries import labels as queries
from nobodyasked.models.queries.labels import LabelRow
from nobodyasked.models.span import SpanKind
from nobodyasked.server.jobs.labels import made_of

from .crowd import arrive
from .test_mind import OPERATOR, thinking
from .test_run import run_here

ODD = [f"have an eye on the {thing} in hall {number}" for thing in ("lamp", "door", "bench") for number in range(8)]


def rows(kind: SpanKind, language: str | None = "en") -> list[LabelRow]:
    return [LabelRow(number, 0, len(text), kind, text, language, None) for number, text in enumerate(ODD)]


async def kind_of(database: Database, complaint: int) -> tuple[str, float]:
    sql = "SELECT kind, score FROM span WHERE complaint_id = ?1"
    ((kind, score),) = await database.rows(database.sql(sql), (complaint,))
    return kind, score


async def test_a_run_leaves_out_what_people_call_noise(database: Database) -> None:
    await arrive(database, 60)
    await run_here(database, HashedWords())
    sql = "SELECT span_id, complaint_id FROM evidence WHERE live = TRUE AND stance = 'SUPPORTS' ORDER BY id LIMIT 1"
    ((span, complaint),) = await database.rows(sql)
    await labels.label(database, Actor.operator(), span, SpanKind.NOISE)
    await run_here(database, HashedWords(), afresh=True)
    assert await kind_of(database, complaint) == ("NOISE", 1.0)
    live = database.sql("SELECT COUNT(*) FROM evidence WHERE span_id = ?1 AND live = ?2")
    assert await database.value(live, (span, True)) == 0


async def test_placing_obeys_labels_as_they_are_made(database: Database) -> None:
    await arrive(database, 60)
    await run_here(database, HashedWords())
    first, second = await arrive(database, 2, 100, themes=["parcel"])
    text = await database.value(database.sql("SELECT text FROM complaint WHERE id = ?1"), (first,))
    async with thinking(database) as mind:
        await labels.label_place(database, OPERATOR, first, 0, len(text), SpanKind.PRAISE)
        await asyncio.wait_for(mind.received([first, second]), 20)
    assert await kind_of(database, first) == ("PRAISE", 1.0)
    stance = database.sql("SELECT stance FROM evidence WHERE complaint_id = ?1")
    assert await database.value(stance, (first,)) == "CONTRADICTS"
    assert await database.value(stance, (second,)) == "SUPPORTS"


async def test_a_run_reads_each_message_once_and_what_is_labelled_by_the_labels(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await arrive(database, 20)
    greeting = "Hello there, good morning"
    done = await complaints.submit(database, OPERATOR, ComplaintDraft(text=greeting, channel="chat", source="test"))
    # what a person says of it is of a place that holds nothing for who reads it without that
    await labels.label_place(database, OPERATOR, done.complaint_id, 0, len(greeting), SpanKind.WISH)
    read: list[str] = []
    monkeypatch.setattr(
        "nobodyasked.inference.reading.read_each",
        lambda some, languages: read.extend(one.text for one in some) or read_each(some, languages),
    )
    await run_here(database, HashedWords())
    assert read == [greeting]
    assert await kind_of(database, done.complaint_id) == ("WISH", 1.0)


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(Path(tempfile.gettempdir()) / f"nobodyasked-models-{os.getuid()}", threads=2)


def test_the_model_learns_from_english_labels_of_its_own_embedder(minilm: MiniLM) -> None:
    assert made_of(rows(SpanKind.ASK), HashedWords()).lesson is None
    assert made_of(rows(SpanKind.ASK, "de"), minilm).lesson is None
    learned = made_of(rows(SpanKind.ASK), minilm)
    assert learned.kinds[(3, 0, len(ODD[3]))] is Kind.ASK
    text = ["have an eye on the clock in hall 9"]
    vectors = minilm.embed(text)
    ask = KINDS.index(Kind.ASK)
    before, after = chances(text, vectors=vectors), chances(text, vectors=vectors, lesson=learned.lesson)
    assert after[0, ask] > before[0, ask]
    assert after[0].argmax() == ask


async def test_labels_come_in_with_their_words(database: Database) -> None:
    (complaint,) = await arrive(database, 1, 0)
    await labels.label_place(database, OPERATOR, complaint, 0, 3, SpanKind.WISH)
    (row,) = await queries.labels(database)
    assert row.text == (await database.value("SELECT text FROM complaint"))[:3]
    assert made_of([row], HashedWords()).kinds == {(complaint, 0, 3): Kind.WISH}
