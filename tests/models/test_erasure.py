"""Erasing a person: no table and no file holds their words afterwards, and no count is lost."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nobodyasked.inference.vector import HashedWords
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import erasure, findings, placements, runs, voices
from nobodyasked.models.commands import naming as commands_naming
from nobodyasked.models.commands.complaints import import_rows, submit
from nobodyasked.models.commands.emergence import emerge
from nobodyasked.models.commands.mentions import Named
from nobodyasked.models.commands.notices import contact
from nobodyasked.models.commands.surveys import AnswerDraft, import_answers
from nobodyasked.models.database import Database, Transaction
from nobodyasked.models.errors import Conflict, Erased, Forbidden, Invalid, NotFound
from nobodyasked.models.evidence import Stance
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.privacy.policy import Privacy
from nobodyasked.models.privacy.seal import Seal
from nobodyasked.models.queries import nameless
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from nobodyasked.server.jobs import naming as jobs_naming
from nobodyasked.server.jobs.embedders import VECTORS_FILE
from nobodyasked.server.jobs.events import EventSource
from nobodyasked.server.jobs.remembered import Remembered
from nobodyasked.server.jobs.sleeper import Sleeper
from nobodyasked.server.privacy import privacy_of
from nobodyasked.server.settings import Settings

from ..api.conftest import Graph
from ..api.world import settle
from .people import ADMIN, CONTRIBUTOR, CURATOR, READER, draft, member
from .world import found

WORDS = "The zorbleflux dongle quibbed twice. Ring 06 12 34 56 78 about my zorbleflux please."
COUNTS = (
    "SELECT id, evidence_count, customer_count, asking_count FROM need ORDER BY id",
    "SELECT week, complaints, customers FROM complaint_week ORDER BY week",
    "SELECT segment, complaints, customers FROM complaint_segment ORDER BY segment",
    "SELECT need_id, segment, complaints, customers FROM need_segment ORDER BY need_id, segment",
    "SELECT COUNT(*) FROM span",
    "SELECT COUNT(*) FROM survey_answer",
)


async def counts(db: Database) -> list[Any]:
    return [[tuple(row) for row in await db.rows(sql)] for sql in COUNTS]


async def everything(db: Database) -> str:
    """All columns of all tables, as text."""
    if db.dialect == "postgres":
        names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        tables = [name for (name,) in await db.rows(names)]
        return " ".join(
            [str([tuple(row) for row in await db.rows(f"SELECT t::text FROM {name} t")]) for name in tables]
        )
    tables = [name for (name,) in await db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return " ".join([str([tuple(row) for row in await db.rows(f"SELECT * FROM {name}")]) for name in tables])


async def test_a_person_goes_and_the_counts_stay(database: Database) -> None:
    database.privacy = Privacy(seal=Seal(lambda make: ["secret-" * 6]))
    world = await settle(database)
    ann = await member(database, "Zed", Role.CURATOR)
    said = draft(WORDS, external_id="order-zzyzx", customer="zzyzx", segment="home", tier="gold", value=77.5, reach=9)
    done = await submit(database, CONTRIBUTOR, said)
    (customer,) = [id for (id,) in await database.rows("SELECT id FROM customer WHERE external_id = 'zzyzx'")]
    need = (await database.rows("SELECT id FROM need WHERE status = 'ACTIVE' ORDER BY id LIMIT 1"))[0][0]
    async with database.transaction() as transaction:
        for start, end in ((0, 36), (37, 80)):
            (span,) = await transaction.insert(
                "span",
                {
                    "complaint_id": "bigint",
                    "start_offset": "int",
                    "end_offset": "int",
                    "kind": "text",
                    "score": "float8",
                },
                [(done.complaint_id, start, end, "PAIN", 0.9)],
                returning="id",
            )
            await transaction.execute(
                "INSERT INTO evidence (need_id, span_id, complaint_id, voice, stance, confidence, basis, status, live, created_at, version)"
                " VALUES (?1, ?2, ?3, ?4, 'SUPPORTS', 0.9, 'MODEL', 'PENDING', ?5, 1, 1)",
                (need, span[0], done.complaint_id, customer, True),
            )
        await transaction.execute(
            "UPDATE need SET statement = ?1, called = ?1 WHERE id = ?2",
            ("“the Zorbleflux dongle quibbed twice!”", need),
        )
        await transaction.execute(
            "INSERT INTO aspect (name, named, key_phrases, created_at, updated_at, version) VALUES (?1, ?2, ?3, 1, 1, 1)",
            ("zorbleflux", False, '["quibbed dongle", "parcel"]'),
        )
        await transaction.execute(
            'UPDATE need SET key_phrases = \'["my zorbleflux", "dongle", "parcel"]\', aspect_id = 1 WHERE id = 1'
        )
    await voices.comment(database, ann, "They say: 'The zorbleflux dongle\nquibbed twice', again.", need_id=need)
    # a word that holds one of theirs is another word
    await submit(database, CONTRIBUTOR, draft("Both dongles dropped.", external_id="dongles"))
    await contact(database, ADMIN, [("zzyzx", "zzyzx@example.org")])
    answer = AnswerDraft(need, "zzyzx", 5, 1)
    await import_answers(database, CURATOR, "poll", [answer])
    before = await counts(database)
    held = await everything(database)
    assert all(word in held for word in ("zorbleflux", "zzyzx"))

    for actor in (READER, CONTRIBUTOR, Actor(None, Role.CURATOR, "curator")):
        with pytest.raises(Forbidden):
            await erasure.erase(database, actor, customer)
    with pytest.raises(NotFound):
        await erasure.erase(database, ADMIN, 999_999)
    graph = Graph(database, member=world.members["Ada"])
    document = (
        "mutation ($id: ID!) { customerErase(input: {customerId: $id}) { complaints surveyAnswers quotes"
        " customer { externalId segment value } userErrors { code } } }"
    )
    assert need == 1
    erased = await graph.ask(document, {"id": f"customer_{customer}"})
    assert erased["customerErase"] == {
        "complaints": 1,
        "surveyAnswers": 1,
        "quotes": 2,
        "customer": {"externalId": f"erased_{customer}", "segment": "home", "value": None},
        "userErrors": [],
    }
    left = (await everything(database)).lower()
    assert [word for word in ("zorbleflux", "quibbed", "zzyzx", "0612345678") if word in left] == []
    assert await counts(database) == before
    # what others said too stays
    named = await graph.ask("{ aspects { nodes { name keyPhrases } } needs(first: 1) { nodes { keyPhrases } } }")
    assert named["aspects"]["nodes"] == [{"name": "parcel", "keyPhrases": ["parcel"]}]
    assert named["needs"]["nodes"] == [{"keyPhrases": ["parcel"]}]
    document = (
        "query ($complaint: ID!, $need: ID!) { complaint(id: $complaint) { text originalText needs { edges { quote } } }"
        ' need(id: $need) { statement } complaints(search: "zorbleflux") { totalCount } }'
    )
    shown = await graph.ask(document, {"complaint": f"complaint_{done.complaint_id}", "need": f"need_{need}"})
    assert shown == {
        "complaint": {
            "text": "[erased]",  # once, however long it was
            "originalText": None,
            "needs": {"edges": [{"quote": "[erased]"}]},  # once, for both of its quotes
        },
        "need": {"statement": "[erased]"},  # nobody else says anything that it may be called by
        "complaints": {"totalCount": 0},
    }

    # nothing comes back, and nothing else is held off
    assert await erasure.erase(database, ADMIN, customer) == erasure.Erasure(customer, 0, 0, 0)
    with pytest.raises(Erased):
        await submit(database, CONTRIBUTOR, said)
    rows = await import_rows(database, CONTRIBUTOR, [said, draft("It broke.", external_id="new", customer="other")])
    assert (type(rows[0].error), rows[1].created) == (Erased, True)
    (again,) = await import_answers(database, CURATOR, "poll", [answer])
    assert isinstance(again.error, Erased)
    refused = await graph.ask(
        'mutation { complaintSubmit(input: {text: "x y z", channel: "email", source: "desk", externalId: "order-zzyzx"}) { complaint { id } userErrors { code } } }'
    )
    assert refused["complaintSubmit"] == {"complaint": None, "userErrors": [{"code": "ERASED"}]}

    # a key of an organisation's own that looks much like that of somebody who was erased is a person's
    await submit(database, CONTRIBUTOR, draft("It squeaks.", external_id="foo", customer="erased_foo"))
    await import_answers(database, CURATOR, "poll", [AnswerDraft(need, "erased_foo", 5, 1)])
    foo = await database.value("SELECT id FROM customer WHERE external_id = 'erased_foo'")
    assert await erasure.erase(database, ADMIN, foo) == erasure.Erasure(foo, 1, 1, 0)


async def test_what_a_need_is_called_goes_whole_and_is_another_persons_quote(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it was cut out of what the person wrote; a statement of a curator's keeps the rest of its words."""
    gone = [
        "First I liked it, but the dongle quibbed twice &amp; nobody cared.",
        "She said “the parcel zorbled off my porch” again.",
        "And it&#39;s the 1.5 litre kettle that quibbed on me",
        "It is fine - so my own zorbleflux went away in 2.5 hours - really.",
    ]
    shown = [
        "“The dongle quibbed twice & nobody cared”",
        "“The parcel zorbled off my porch”",
        "“It's the 1.5 litre kettle that quibbed on me”",
        "“My own zorbleflux went away in 2.5 hours”",
    ]
    said = [
        "the dongle quibbed twice &amp; nobody cared",
        "the parcel zorbled off my porch",
        gone[2],
        "my own zorbleflux went away in 2.5 hours",
    ]
    places = [(text.index(part), text.index(part) + len(part)) for text, part in zip(gone, said, strict=True)]
    others = ["Nobody at the desk can find my order.", "My new kettle leaks on the table every morning."]
    rows = [draft(text, customer="zzyzx", external_id=f"z{n}") for n, text in enumerate(gone)]
    rows += [draft(text, customer=f"other {n}", external_id=f"o{n}") for n, text in enumerate(others * 2)]
    done = await import_rows(database, CONTRIBUTOR, rows)
    ids = [row.complaint_id or 0 for row in done]
    spans = [
        findings.FoundSpan(id, *place, SpanKind.PAIN, 0.9, b"\x00\x3c") for id, place in zip(ids, places, strict=False)
    ]
    spans += [
        findings.FoundSpan(id, 0, len(text) - 1, SpanKind.PAIN, 0.9, b"\x00\x3c")
        for id, text in zip(ids[4:], others * 2, strict=True)
    ]
    needs = [
        findings.NeedDraft(
            None,
            statement,
            StatementBasis.QUOTE,
            0.8,
            [],
            # two of the needs have evidence of others as well, all the same
            [findings.FoundLink(at, Stance.SUPPORTS, 0.9 - at / 100) for at in ([n, 4, 5] if n < 2 else [n])],
        )
        for n, statement in enumerate(shown)
    ]
    needs += [
        replace(
            needs[0], statement=statement, statement_basis=basis, links=[findings.FoundLink(5, Stance.SUPPORTS, 0.8)]
        )
        for statement, basis in (
            ("Customers need to know why the dongle quibbed twice and what to do", StatementBasis.HUMAN),
            ("“The tin opener bends when I use it”", StatementBasis.QUOTE),
        )
    ]
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    await findings.apply(database, run, findings.RunFindings(max(ids), spans=spans, needs=needs), {}, {})
    customer = await database.value("SELECT id FROM customer WHERE external_id = 'zzyzx'")

    graph = Graph(database)
    mind = Sleeper(database, EventSource(database), Settings())
    graph.mind = mind  # type: ignore[assignment]
    document = "mutation ($id: ID!) { customerErase(input: {customerId: $id}) { quotes userErrors { code } } }"
    flat, flattened = erasure.flat, Counter[str]()
    monkeypatch.setattr(erasure, "flat", lambda text: flattened.update([text]) or flat(text))
    erased = await graph.ask(document, {"id": f"customer_{customer}"})
    # once, however many messages there were
    assert flattened["“The tin opener bends when I use it”"] == 1
    assert erased["customerErase"] == {"quotes": 5, "userErrors": []}
    assert mind.awake is False
    found = await graph.ask(
        "{ needs(first: 9, orderBy: [{field: CREATED_AT}]) { nodes { statement statementBasis version } } }"
    )
    assert [tuple(need.values()) for need in found["needs"]["nodes"]] == [
        ("“My new kettle leaks on the table every morning”", "QUOTE", 2),
        ("“Nobody at the desk can find my order”", "QUOTE", 2),
        ("[erased]", "QUOTE", 1),  # nobody else has said anything of it
        ("[erased]", "QUOTE", 1),
        ("Customers need to know why [erased] and what to do", "HUMAN", 1),
        ("“The tin opener bends when I use it”", "QUOTE", 1),
    ]


def test_no_long_text_takes_more_than_its_length() -> None:
    # the longest texts there may be; going over one once for each word would not come to an end
    for piece in (" #a", "and "):
        assert len(erasure.phrases([(piece * 100_000)[:100_000]])) <= 10


async def test_a_name_is_in_the_words_of_nobody_who_goes_meanwhile(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the name is written, and while it is; and only so many needs are named while somebody waits."""
    said = {
        "zed": "The dongle quibbed twice on me.",
        "ann": "Nobody at the desk can find my order.",
        "bob": "My new kettle leaks on the table every morning.",
        "cat": "The lamp goes out after one minute of light.",
    }
    rows = [draft(text, customer=who, external_id=who) for who, text in said.items()]
    ids = [row.complaint_id or 0 for row in await import_rows(database, CONTRIBUTOR, rows)]
    spans = [
        findings.FoundSpan(id, 0, len(text) - 1, SpanKind.PAIN, 0.9, b"\x00\x3c")
        for id, text in zip(ids, said.values(), strict=True)
    ]
    needs = [
        findings.NeedDraft(
            None,
            f"“The dongle quibbed {part}”",
            StatementBasis.QUOTE,
            0.8,
            [],
            [findings.FoundLink(at, Stance.SUPPORTS, 0.9 - at / 100) for at in links],
        )
        for part, links in (("twice", [0, 3]), ("twice on me", [0, 1, 2, 3]), ("twice on me so", [0]))
    ]
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    await findings.apply(database, run, findings.RunFindings(max(ids), spans=spans, needs=needs), {}, {})
    people: dict[str, int] = dict(map(tuple, await database.rows("SELECT external_id, id FROM customer")))
    few, many, alone = [id for (id,) in await database.rows("SELECT id FROM need ORDER BY id")]

    async def called() -> list[str]:
        return [statement for (statement,) in await database.rows("SELECT statement FROM need ORDER BY id")]

    gone = await erasure.erase(database, ADMIN, people["zed"])
    assert gone.nameless == (few, many, alone)
    monkeypatch.setattr(jobs_naming, "AT_ONCE", 1)
    looked, read = commands_naming.unless_erased, nameless.others
    under_way: list[asyncio.Task[erasure.Erasure]] = []

    async def others(db: Database, wanted: Sequence[int]) -> list[str]:
        # what ann said was read by now
        await erasure.erase(database, ADMIN, people["ann"])
        return await read(db, wanted)

    async def look(transaction: Transaction, complaints: Set[int]) -> None:
        await looked(transaction, complaints)
        if not under_way:
            under_way.append(asyncio.create_task(erasure.erase(database, ADMIN, people["bob"])))
            await asyncio.wait(under_way, timeout=0.2)
            assert not under_way[0].done()

    monkeypatch.setattr(nameless, "others", others)
    monkeypatch.setattr(commands_naming, "unless_erased", look)
    assert await jobs_naming.name_again(database, gone.nameless) == [many]
    assert (await under_way[0]).nameless == (many,)
    assert await called() == ["[erased]"] * 3

    # those of earlier erasures wait for a run
    await jobs_naming.named_again(database, (alone,))
    assert await called() == ["[erased]"] * 3
    await jobs_naming.named_again(database, (few, many))
    assert await called() == ["[erased]", "“The lamp goes out after one minute of light”", "[erased]"]
    await jobs_naming.named_again(database)
    assert (await called())[0] == "[erased]"  # no two needs are called the same
    left = await everything(database)
    assert [word for word in ("quibbed", "find my order", "new kettle") if word in left] == []


async def test_nothing_that_was_under_way_brings_a_person_back(database: Database) -> None:
    """A run, a reading and a need that were made of words before they went, and a message that was on its way in."""
    gone = await submit(database, CONTRIBUTOR, draft(WORDS, external_id="1", customer="zzyzx"))
    stays = await submit(database, CONTRIBUTOR, draft("The parcel was late.", external_id="2", customer="ann"))
    (customer,) = [id for (id,) in await database.rows("SELECT id FROM customer WHERE external_id = 'zzyzx'")]
    run = await runs.start(database, ADMIN, {})
    await runs.begin(database, run, {})
    await erasure.erase(database, ADMIN, customer)

    results = found({"“The zorbleflux dongle quibbed”": [gone.complaint_id, stays.complaint_id]})
    named = [findings.Reading(gone.complaint_id, -1.0, 5, "en", [Named("Zorbleflux", "zorbleflux")])]
    with pytest.raises(Conflict, match="erased"):
        await findings.apply(database, run, replace(results, readings=named), {}, {})
    span = placements.SpanDraft(0, 40, SpanKind.PAIN, 0.9, b"\x00\x3c")
    assert (
        await placements.write(
            database, gone.complaint_id, [span], [], sentiment=-1.0, severity=5, competitors=named[0].competitors
        )
        == []
    )
    places = [(gone.complaint_id, 0, 8), (stays.complaint_id, 0, 9)]
    assert await emerge(database, results.needs[0], places) is None
    assert await database.value("SELECT COUNT(*) FROM mention") == 0
    assert await database.rows("SELECT id FROM span WHERE end_offset > 9") == []
    left = (await everything(database)).lower()
    assert [word for word in ("zorbleflux", "quibbed", "zzyzx") if word in left] == []

    # nobody can say more in their name; what an earlier version let in meanwhile goes by erasing once more
    again = draft("More of the zorbleflux.", external_id="3", customer=f"erased_{customer}")
    with pytest.raises(Invalid):
        await submit(database, CONTRIBUTOR, again)
    rename = "UPDATE customer SET external_id = ?1 WHERE id = ?2"
    await database.retrying(lambda transaction: transaction.execute(rename, ("bob", customer)))
    await submit(database, CONTRIBUTOR, draft("Late zorbleflux.", external_id="4", customer="bob"))
    await database.retrying(lambda transaction: transaction.execute(rename, (f"erased_{customer}", customer)))
    assert (await erasure.erase(database, ADMIN, customer)).complaints == 1
    assert "zorbleflux" not in (await everything(database)).lower()
    assert await erasure.erase(database, ADMIN, customer) == erasure.Erasure(customer, 0, 0, 0)


@pytest.mark.parametrize("dialect", ["postgres"], indirect=True)
async def test_what_comes_in_while_a_person_is_erased_is_refused(database: Database) -> None:
    """It has read that the person is there, and waits until they are not. (On SQLite it waits before it reads.)"""
    waiting = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

    async def during(work: Coroutine[Any, Any, Any], customer: int) -> Any:
        async with database.transaction() as transaction:
            await erasure.everywhere(transaction, database, customer, ())
            task = asyncio.create_task(work)
            while not await database.value(waiting):
                assert not task.done()
                await asyncio.sleep(0.01)
        return await task

    people = [
        draft(f"The dongle of {key} quibbed.", external_id=key, customer=key) for key in ("ann", "bob", "cy", "dee")
    ]
    await import_rows(database, CONTRIBUTOR, people)
    known = dict(await database.rows("SELECT external_id, id FROM customer ORDER BY id"))
    more = [draft(f"My zorbleflux, {key}.", external_id=f"{key}2", customer=key, tier="gold") for key in known]
    with pytest.raises(Erased):
        await during(submit(database, CONTRIBUTOR, more[0]), known["ann"])
    rows = await during(import_rows(database, CONTRIBUTOR, more[1:]), known["bob"])
    assert (type(rows[0].error), rows[1].created) == (Erased, True)
    assert await during(contact(database, ADMIN, [("cy", "cy@example.org")]), known["cy"]) == 0
    assert await database.rows("SELECT 1 FROM contact") == []
    async with database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO need (statement, statement_basis, status, confidence, key_phrases, confirmed, created_at, updated_at,"
            " version, evidence_count, customer_count, asking_count)"
            " VALUES ('Customers need a dongle', 'TEMPLATE', 'ACTIVE', 0.5, '[]', false, 1, 1, 1, 0, 0, 0)"
        )
    need = int(await database.value("SELECT id FROM need"))
    (answer,) = await during(import_answers(database, CURATOR, "poll", [AnswerDraft(need, "dee", 5, 1)]), known["dee"])
    assert type(answer.error) is Erased
    assert await database.rows("SELECT 1 FROM survey_answer") == []
    shells = {f"erased_{id}" for id in known.values()}
    assert {key for (key,) in await database.rows("SELECT external_id FROM customer")} == shells
    assert await database.value("SELECT COUNT(*) FROM complaint WHERE text LIKE '%zorbleflux%'") == 0
    # whoever comes once they are gone is somebody new
    assert (await submit(database, CONTRIBUTOR, more[0])).created


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_no_file_of_the_data_folder_holds_a_word(tmp_path: Path, dialect: str) -> None:
    """While the server runs: the write-ahead log and the vectors are of what is there, too."""
    settings = Settings(data_dir=tmp_path, embedder="minilm", database_url=f"sqlite:///{tmp_path}/nobodyasked.db")
    database = await Database.open(settings.database_url, pool=1)
    database.privacy = privacy_of(settings)
    await database.migrate()
    texts = [f"The zorbleflux dongle quibbed {n} times. I am Zed Zyzxman, zz{n}@example.org." for n in range(30)]
    for n, text in enumerate(texts):
        await submit(database, CONTRIBUTOR, draft(text, external_id=str(n), customer="Zed Zyzxman"))
    kept = Remembered(HashedWords(), tmp_path / VECTORS_FILE, 1 << 20)
    kept.embed(texts)
    words = [b"zorbleflux", b"quibbed", b"zyzxman", b"zz7@", *(kept._digest(text) for text in texts)]
    assert held(tmp_path, words) == words[:3] + words[4:]
    await erasure.erase(database, ADMIN, 1)
    assert held(tmp_path, words) == []
    assert (tmp_path / "nobodyasked.db-wal").stat().st_size == 0
    # what is kept from now on is kept
    assert len(kept.embed(["Something else."])) == 1
    kept.close()
    await database.close()


def held(folder: Path, words: list[bytes]) -> list[bytes]:
    """Those words that some file holds, in whatever case."""
    files = [part.read_bytes() for part in folder.iterdir()]
    return [word for word in words if any(word in file or word in file.lower() for file in files)]
