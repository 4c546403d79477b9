"""The outbox against a real webhook and a real mail server of the test's own: signed, retried, parked, told once."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import logging
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import orjson
import pytest

from nobodyasked.models.commands import erasure, notices, outbox
from nobodyasked.models.commands.outbox import LEASES_MS, Letter
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Busy, Erased
from nobodyasked.models.notice import Way
from nobodyasked.server.jobs.hook import ATTEMPT_SECONDS as HOOK_SECONDS
from nobodyasked.server.jobs.mail import ATTEMPT_SECONDS, STEP_SECONDS
from nobodyasked.server.jobs.outbox import Outbox
from nobodyasked.server.metrics import METRICS
from nobodyasked.server.settings import Settings
from tests.live import LiveServer
from tests.models.people import ADMIN, CURATOR
from tests.models.test_impacts import shipped

SECRET = "a secret of the test's own, long enough"


class Hook(BaseHTTPRequestHandler):
    """Answers with the statuses that are left, then with 204; keeps what came."""

    statuses: list[int]
    drips: list[str]
    """Where answers come byte by byte: in the head, or after it."""
    came: list[tuple[dict[str, str], bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.came.append(({name.lower(): value for name, value in self.headers.items()}, body))
        drip = self.drips.pop(0) if self.drips else ""
        if drip:
            self.wfile.write(b"HTTP/1.0 200 OK\r\n" + (b"\r\n" if drip == "body" else b""))
            with contextlib.suppress(OSError):
                while True:
                    self.wfile.write(b"x")
                    time.sleep(0.01)
            return
        status = self.statuses.pop(0) if self.statuses else 204
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        return None


@pytest.fixture
def hook() -> Iterator[tuple[str, type[Hook]]]:
    kind = type("OneHook", (Hook,), {"statuses": [], "came": [], "drips": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/told", kind
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
async def post() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A mail server that refuses whoever is called nobody."""
    mails: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            word = line.strip().upper()
            answer = b"250 OK\r\n"
            if word.startswith(b"RCPT") and b"NOBODY" in word:
                answer = b"550 no such person\r\n"
            elif word == b"DATA":
                writer.write(b"354 go on\r\n")
                mails.append(await reader.readuntil(b"\r\n.\r\n"))
            elif word == b"QUIT":
                writer.write(b"221 bye\r\n")
                break
            writer.write(answer)
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], mails
    server.close()


@pytest.fixture
async def faulty() -> AsyncIterator[tuple[int, list[bytes], list[str]]]:
    """A mail server that does what it is told to with one connection after another; keeps what it was handed."""
    mails: list[bytes] = []
    faults: list[str] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = faults.pop(0)
        writer.write(b"220 test\r\n")
        while line := await reader.readline():
            word = line.strip().upper()
            if word.startswith(b"MAIL") and fault == "gone early":
                break
            if word == b"DATA":
                writer.write(b"354 go on\r\n")
                mails.append(await reader.readuntil(b"\r\n.\r\n"))
                if fault == "gone":
                    break
                if fault == "silent":
                    await reader.read()
                    break
                answers = {"nonsense": b"what?\r\n", "later": b"451 later\r\n", "other": b"299 so so\r\n"}
                writer.write(answers.get(fault, b"250 OK\r\n"))
            elif word == b"QUIT" and fault == "rude":
                writer.write(b"500 no\r\n")
                break
            else:
                writer.write(b"250 OK\r\n")
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], mails, faults
    server.close()


async def listed(database: Database) -> list[tuple[Any, ...]]:
    rows = await database.rows("SELECT id, status, way, attempts, reason FROM notice ORDER BY id")
    return [tuple(row) for row in rows]


async def now(database: Database) -> None:
    """Let the waits be over."""
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE notice SET next_at = 0 WHERE next_at IS NOT NULL")


async def test_a_webhook_is_signed_retried_and_told_once(
    database: Database, hook: tuple[str, type[Hook]], caplog: pytest.LogCaptureFixture
) -> None:
    url, kind = hook
    case = await shipped(database)
    box = Outbox(database, Settings(webhook_url=url, webhook_secret=SECRET, notice_attempts=2))  # type: ignore[arg-type]
    assert await box.once() == 0
    assert await notices.send(database, CURATOR, case.invention, "Lockers are here.") == 2
    kind.statuses += [500, 302]
    assert await box.once() == 2
    (first, *_, why), (_, status, way, attempts, other) = await listed(database)
    assert (status, way, attempts) == ("QUEUED", "WEBHOOK", 1)
    assert why == "The webhook answered with status 500."
    # a redirect is not followed
    assert other == "The webhook answered with status 302."
    # nothing is sent before its time
    assert await box.once() == 0
    await now(database)
    kind.statuses += [503]
    with caplog.at_level(logging.INFO):
        assert await box.once() == 2
    assert [row[1] for row in await listed(database)] == ["PARKED", "TOLD"]
    assert "status 503" in caplog.text
    await now(database)
    assert await box.once() == 0
    await notices.retry(database, CURATOR, first)
    assert await box.once() == 1
    assert [row[1] for row in await listed(database)] == ["TOLD", "TOLD"]

    assert [headers["webhook-id"] for headers, _ in kind.came].count(f"notice_{first}") == 3
    for headers, body in kind.came:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{wanted}"
    told = orjson.loads(kind.came[0][1])
    assert told == {
        "type": "shipment.told",
        "data": {
            "notice": f"notice_{first}",
            "shipment": f"shipment_{case.invention}",
            "title": "Lockers",
            "customer": told["data"]["customer"],
            "message": "Lockers are here.",
        },
    }
    assert {orjson.loads(body)["data"]["customer"] for _, body in kind.came} == {"c1", "c2"}


async def test_a_webhook_that_drips_is_cut_off(
    database: Database, hook: tuple[str, type[Hook]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, kind = hook
    monkeypatch.setattr("nobodyasked.server.jobs.hook.ATTEMPT_SECONDS", 0.2)
    case = await shipped(database)
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    kind.drips += ["head", "body"]
    box = Outbox(database, Settings(webhook_url=url, webhook_secret=SECRET))  # type: ignore[arg-type]
    assert await box.once() == 2
    # without a status nobody knows that it was received; whatever comes after one says no more
    (_, *cut), (_, *told) = await listed(database)
    assert (cut[0], told[0]) == ("QUEUED", "TOLD")
    assert cut[3] == "The webhook could not be reached (TimeoutError)."
    assert STEP_SECONDS < HOOK_SECONDS < LEASES_MS[Way.WEBHOOK] / 1000


async def test_a_mail_goes_to_whose_address_is_known(
    database: Database, post: tuple[int, list[bytes]], caplog: pytest.LogCaptureFixture
) -> None:
    port, mails = post
    case = await shipped(database)
    settings = Settings(
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_security="none",
        mail_from="care@wrenfell.example",
        notice_attempts=3,
    )
    await notices.contact(database, ADMIN, [("c1", "ann@mail.example")])
    await notices.send(database, CURATOR, case.invention, "Lockers are here.\nBe well.")
    box = Outbox(database, settings)
    with caplog.at_level(logging.DEBUG):
        assert await box.once() == 2
        (first, *told), (second, *parked) = await listed(database)
        assert told == ["TOLD", "EMAIL", 1, None]
        assert parked[0] == "PARKED"
        assert "No address" in parked[3]
        (mail,) = mails
        created = await database.value("SELECT MIN(created_at) FROM notice")
        assert b"To: ann@mail.example" in mail
        assert b"Subject: Lockers" in mail
        assert b"Lockers are here.\r\nBe well." in mail
        assert f"Message-ID: <notice_{first}.{created}@wrenfell.example>".encode() in mail
        # an address that there is not is not tried again and again, and is told to nobody
        await notices.contact(database, ADMIN, [("c2", "nobody@mail.example")])
        await notices.retry(database, CURATOR, second)
        assert await box.once() == 1
    assert (await listed(database))[1][1:] == (
        "PARKED",
        "EMAIL",
        1,
        "The mail server refuses the customer's address (550).",
    )
    assert "mail.example" not in caplog.text


async def test_no_mail_goes_out_twice(
    database: Database, faulty: tuple[int, list[bytes], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    port, mails, faults = faulty
    case = await shipped(database)
    await notices.contact(database, ADMIN, [("c1", "ann@mail.example")])
    settings = Settings(smtp_host="127.0.0.1", smtp_port=port, smtp_security="none", mail_from="care@wrenfell.example")
    box = Outbox(database, settings)
    async with database.transaction() as transaction:
        await transaction.execute(
            "DELETE FROM notice WHERE customer_id <> (SELECT id FROM customer WHERE external_id = 'c1')"
        )
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    # nothing had been told yet, or the server said that it did not take it
    faults += ["gone early", "later"]
    for _ in range(2):
        assert await box.once() == 1
        assert (await listed(database))[0][1] == "QUEUED"
        await now(database)
    # nobody knows what became of these: people decide
    unknown = ["gone", "nonsense", "other"]
    first = (await listed(database))[0][0]
    faults += unknown
    for _ in unknown:
        assert await box.once() == 1
        ((_, *parked),) = await listed(database)
        assert parked[:2] == ["PARKED", "EMAIL"]
        assert "may have gone out" in parked[3]
        await now(database)
        assert await box.once() == 0
        await notices.retry(database, CURATOR, first)
    # neither does anybody where the server stops meanwhile, or the wait for the answer ends
    monkeypatch.setattr("nobodyasked.server.jobs.outbox.GRACE_SECONDS", 0.05)
    faults += ["silent"]
    before = len(mails)
    stopped = Outbox(database, settings, poll_seconds=0.02)
    await stopped.start()
    while len(mails) == before:  # noqa: ASYNC110 - the server of the test has no event to give
        await asyncio.sleep(0.01)
    await stopped.close()
    assert (await listed(database))[0][1] == "PARKED"
    await notices.retry(database, CURATOR, first)
    monkeypatch.setattr("nobodyasked.server.jobs.mail.DATA_SECONDS", 0.05)
    faults += ["silent"]
    assert await box.once() == 1
    assert (await listed(database))[0][1] == "PARKED"
    await notices.retry(database, CURATOR, first)
    # how it takes leave is no matter
    faults += ["rude"]
    assert await box.once() == 1
    assert (await listed(database))[0][1:] == ("TOLD", "EMAIL", 1, None)
    # whoever got more than one of them sees one mail
    names = {line for mail in mails for line in mail.split(b"\r\n") if line.startswith(b"Message-ID")}
    assert len(mails) == 7
    assert len(names) == 1
    assert STEP_SECONDS < 600 <= ATTEMPT_SECONDS < LEASES_MS[Way.EMAIL] / 1000


async def test_every_attempt_goes_the_way_of_the_first(
    database: Database, hook: tuple[str, type[Hook]], faulty: tuple[int, list[bytes], list[str]]
) -> None:
    (url, kind), (port, mails, faults) = hook, faulty
    case = await shipped(database)
    mail = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none", "mail_from": "care@wrenfell.example"}
    web = {"webhook_url": url, "webhook_secret": SECRET}
    both = Outbox(database, Settings(**web, **mail))  # type: ignore[arg-type]
    await notices.contact(database, ADMIN, [("c1", "ann@mail.example")])
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    faults += ["later"]
    # whoever answers so may have received it
    kind.statuses += [500, 500]
    assert await both.once() == 2
    ways = [("QUEUED", "EMAIL"), ("QUEUED", "WEBHOOK")]
    assert [row[1:3] for row in await listed(database)] == ways
    # an address that becomes known, and one that is forgotten, change the way of nobody who may have been told
    await notices.contact(database, ADMIN, [("c1", None), ("c2", "bob@mail.example")])
    await now(database)
    assert await both.once() == 2
    (first, *parked), (second, *queued) = await listed(database)
    assert (parked[:2], queued[:2]) == (["PARKED", "EMAIL"], ["QUEUED", "WEBHOOK"])
    assert parked[3] == "No address of the customer is known: record one, or tell by hand."
    await now(database)
    assert await Outbox(database, Settings(**mail)).once() == 1  # type: ignore[arg-type]
    assert (await listed(database))[1][1:] == (
        "PARKED",
        "WEBHOOK",
        3,
        "The webhook that was tried is set no more: ask there, then try again or tell by hand.",
    )
    assert (len(mails), len(kind.came)) == (1, 2)
    # until somebody who has looked says that it may
    faults += ["later", ""]
    for notice in (first, second):
        await notices.retry(database, CURATOR, notice)
    assert await both.once() == 2
    assert [row[1:3] for row in await listed(database)] == [("TOLD", "WEBHOOK"), ("QUEUED", "EMAIL")]
    await now(database)
    assert await Outbox(database, Settings(**web)).once() == 1  # type: ignore[arg-type]
    assert (await listed(database))[1][4] == "The mail server is set no more: try again, or tell by hand."
    assert (len(mails), len(kind.came)) == (2, 3)


async def test_a_sender_that_died(database: Database, hook: tuple[str, type[Hook]]) -> None:
    url, kind = hook
    case = await shipped(database)
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    async with database.transaction() as transaction:
        # a webhook may be sent twice, which its id makes harmless; of a mail nobody knows
        for way, customer in (("WEBHOOK", "c1"), ("EMAIL", "c2")):
            await transaction.execute(
                "UPDATE notice SET status = 'SENDING', way = ?1, attempts = 1, next_at = 5"
                " WHERE customer_id = (SELECT id FROM customer WHERE external_id = ?2)",
                (way, customer),
            )
    box = Outbox(database, Settings(webhook_url=url, webhook_secret=SECRET))  # type: ignore[arg-type]
    assert await box.once() == 1
    assert [row[1] for row in await listed(database)] == ["TOLD", "PARKED"]
    assert len(kind.came) == 1


async def test_nobody_who_was_erased_is_told(database: Database) -> None:
    """Neither one whose notice was being sent, nor one whose notice was parked, nor by a new address."""
    case = await shipped(database)
    await notices.send(database, CURATOR, case.invention, "Lockers are here.")
    sent, parked = [await outbox.claim(database, webhook=True, email=False) for _ in range(2)]
    assert sent
    assert parked
    await outbox.park(database, parked.notice_id, "no")
    people = dict(await database.rows("SELECT id, customer_id FROM notice"))
    for letter in (sent, parked):
        await erasure.erase(database, ADMIN, people[letter.notice_id])
    await outbox.put_off(database, sent.notice_id, -1, "500")
    others = [one.customer for one in await rest(database)]
    assert len(others) == len(people) - 2
    assert not any(key.startswith("erased_") for key in others)
    sql = "SELECT status, reason FROM notice WHERE customer_id = "
    ((status, reason),) = await database.rows(f"{sql}{people[sent.notice_id]}")
    assert (status, reason[:23]) == ("PARKED", "The customer was erased")
    for letter in (sent, parked):
        with pytest.raises(Erased, match="nobody to tell") as refused:
            await notices.retry(database, CURATOR, letter.notice_id)
        assert refused.value.path == ("noticeId",)
        shell = f"erased_{people[letter.notice_id]}"
        with pytest.raises(Erased, match="nobody is told"):
            await notices.contact(database, ADMIN, [(shell, "x@example.org")])
        # what an earlier version kept can be forgotten
        assert await notices.contact(database, ADMIN, [(shell, None)]) == 1
    assert await database.rows("SELECT 1 FROM contact") == []


async def rest(database: Database) -> list[Letter]:
    """All that is due."""
    found = []
    while letter := await outbox.claim(database, webhook=True, email=False):
        found.append(letter)
    return found


async def test_a_notice_that_nothing_can_send(
    database: Database, hook: tuple[str, type[Hook]], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sends it dies each time, or fails in a way that nobody foresaw: it is set aside, the others go out."""
    url, kind = hook
    case = await shipped(database)
    assert await notices.send(database, CURATOR, case.invention, "Lockers are here.") == 2
    monkeypatch.setattr(METRICS, "notices", type(METRICS.notices)())
    box = Outbox(database, Settings(webhook_url=url, webhook_secret=SECRET, notice_attempts=3))  # type: ignore[arg-type]
    (poison, *_), _ = await listed(database)
    real = box._send

    def dies(letter: Letter) -> None:
        if letter.notice_id == poison:
            raise SystemExit
        real(letter)

    monkeypatch.setattr(box, "_send", dies)
    for attempt in (1, 2, 3):
        with pytest.raises(SystemExit):
            await box._try(await claimed(database, poison))
        assert (await listed(database))[0][1:4] == ("SENDING", "WEBHOOK", attempt)
        await now(database)
        if attempt < 3:
            await outbox.recover(database, 3)
    # the next one to look sets it aside, and sends the other
    assert await box.once() == 1
    (_, status, _, attempts, why), (_, other, *_) = await listed(database)
    assert (status, attempts, other) == ("PARKED", 3, "TOLD")
    assert "died each time" in why
    assert "1 notices were parked" in caplog.text
    await notices.retry(database, CURATOR, poison)
    with monkeypatch.context() as patched:

        async def away(*_: object) -> None:
            raise Busy("The database is away.")

        # what is not written down is not counted
        patched.setattr(outbox, "end", away)
        patched.setattr(box, "_send", lambda _: None)
        counted = dict(METRICS.notices)
        with pytest.raises(Busy):
            await box._try(Letter(poison, 1, "Lockers", "Here.", "C1", None, Way.WEBHOOK, 1, 0))
        assert counted == METRICS.notices

    def fails(letter: Letter) -> None:
        raise ZeroDivisionError("what the customer wrote")

    monkeypatch.setattr(box, "_send", fails)
    for attempt in (1, 2, 3):
        assert await box.once() == 1
        assert (await listed(database))[0][3] == attempt
        await now(database)
    assert (await listed(database))[0][1] == "PARKED"
    assert await box.once() == 0
    assert "what the customer wrote" not in caplog.text
    assert METRICS.notices == {"sent": 1, "put off": 2, "parked": 2}
    assert [headers["webhook-id"] for headers, _ in kind.came] == [f"notice_{(await listed(database))[1][0]}"]


async def claimed(database: Database, notice: int) -> Letter:
    """The letter of a notice, as its sender takes it."""
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE notice SET next_at = ?2 WHERE id <> ?1", (notice, 1 << 50))
    letter = await outbox.claim(database, webhook=True, email=False)
    assert letter is not None
    async with database.transaction() as transaction:
        await transaction.execute("UPDATE notice SET next_at = 0 WHERE id <> ?1", (notice,))
    return letter


def test_a_server_killed_between_sending_and_noting(tmp_path: Path) -> None:
    """The webhook has it and its answer is not read: it is sent again under the same id, and noted as told once."""
    came: list[str] = []
    go_on, arrived = threading.Event(), threading.Event()

    class Waiting(Hook):
        statuses, drips, came = [], [], []  # type: ignore[assignment]

        def do_POST(self) -> None:
            came.append(self.headers["webhook-id"])
            arrived.set()
            go_on.wait(30)
            with contextlib.suppress(OSError):
                super().do_POST()

    hooked = ThreadingHTTPServer(("127.0.0.1", 0), Waiting)
    thread = threading.Thread(target=hooked.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    settings = {"webhook_url": f"http://127.0.0.1:{hooked.server_port}/told", "webhook_secret": SECRET}

    async def furnish() -> None:
        database = await Database.open(f"sqlite:///{tmp_path}/live.db")
        try:
            await database.migrate()
            case = await shipped(database)
            await notices.send(database, CURATOR, case.invention, "Lockers are here.")
        finally:
            await database.close()

    async def until_told() -> list[tuple[Any, ...]]:
        database = await Database.open(f"sqlite:///{tmp_path}/live.db")
        try:
            async with asyncio.timeout(30):
                while {row[1] for row in await listed(database)} != {"TOLD"}:  # noqa: ASYNC110 another process tells them
                    await asyncio.sleep(0.05)
            return await listed(database)
        finally:
            await database.close()

    try:
        asyncio.run(furnish())
        server = LiveServer(tmp_path, **settings)
        try:
            assert arrived.wait(30)
        finally:
            server.process.kill()
        server.stop()
        go_on.set()
        with contextlib.closing(sqlite3.connect(tmp_path / "live.db")) as beside, beside:
            assert beside.execute("SELECT count(*) FROM notice WHERE status = 'SENDING'").fetchone() == (1,)
            # as if it had been dead for a while
            beside.execute("UPDATE notice SET next_at = 0 WHERE status = 'SENDING'")
        again = LiveServer(tmp_path, **settings).wait()
        try:
            rows = asyncio.run(until_told())
        finally:
            assert again.stop() == 0
    finally:
        go_on.set()
        hooked.shutdown()
        thread.join()
        hooked.server_close()
    assert sorted(row[3] for row in rows) == [1, 2]
    assert len(came) == 3
    assert came[0] in came[1:]
    assert len(set(came)) == 2


def test_settings_that_do_not_go_together() -> None:
    for wrong in (
        {"webhook_url": "https://hooks.example/x"},
        {"webhook_url": "file:///etc/passwd", "webhook_secret": SECRET},
        {"webhook_url": "https://user:word@hooks.example", "webhook_secret": SECRET},
        {"smtp_host": "mail.example"},
    ):
        with pytest.raises(ValueError, match=r"webhook|mail|https"):
            Settings(**wrong)  # type: ignore[arg-type]
