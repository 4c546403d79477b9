"""The short way of plain requests: the same bytes as the ordinary way, whatever is asked and however it arrives."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st
from uvicorn.server import ServerState

from nobodyasked.server.protocol import direct, wire
from nobodyasked.server.protocol.wire import BoundedHttp

from .fakes import TOKEN, Stand, opened

HELLO = b'{"query": "{ hello soon }"}'
CHANGING = re.compile(rb"x-request-id: [0-9a-f]{16}\r\n|Quote [0-9a-f]{12} when|\"errorId\":\"[0-9a-f]{12}\"")


class Ordinary(BoundedHttp):
    """Takes no request the short way."""

    def _may_be_plain(self) -> bool:
        return False


class Wire:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        if not self.closed:
            self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...


@contextmanager
def connection(stand: Stand, kind: type[BoundedHttp]) -> Iterator[tuple[BoundedHttp, Wire]]:
    config = uvicorn.Config(stand.app, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    state.default_headers = [(b"date", b"Sun, 22 Nov 2026 00:00:00 GMT")]
    protocol, line = kind(config, state, {}), Wire()
    protocol.connection_made(line)
    try:
        yield protocol, line
    finally:
        protocol.connection_lost(None)
        for timer in (protocol._timer, protocol.timeout_keep_alive_task):
            if timer is not None:
                timer.cancel()


async def settle(protocol: BoundedHttp) -> None:
    for _ in range(1_000):
        await asyncio.sleep(0)
        if not protocol.tasks:
            break


async def heard(stand: Stand, kind: type[BoundedHttp], *parts: bytes, waits: bool = False) -> tuple[bytes, bool]:
    """What comes back, without what differs each time, and whether the connection was closed.

    `waits`: each part is sent when the one before was answered.
    """
    with connection(stand, kind) as (protocol, line):
        for part in parts:
            if not line.closed:
                protocol.data_received(part)
            if waits:
                await settle(protocol)
        await settle(protocol)
        return CHANGING.sub(b"", line.written), line.closed


def request(
    body: bytes = HELLO, *headers: tuple[str, str], method: str = "POST", path: str = "/graphql", version: str = "1.1"
) -> bytes:
    lines = [f"{method} {path} HTTP/{version}", "Host: x", *(f"{name}: {value}" for name, value in headers)]
    if not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


GOOD = (("Content-Type", "application/json"), ("Authorization", "Bearer good"))

QUERIES = st.sampled_from(
    [
        "{ hello }",
        "{ hello soon }",
        "query Hi { hello soon }",
        "mutation { hello }",
        "mutation { hello soon }",
        "subscription { count }",
        "{ boom }",
        "{ boom soon }",
        "{ busy }",
        "{ busy soon }",
        "{ not closed",
        "fragment F on Query { hello }",
        "",
        " ",
    ]
)
BODIES = st.one_of(
    st.fixed_dictionaries(
        {"query": QUERIES},
        optional={
            "variables": st.one_of(st.none(), st.dictionaries(st.text(max_size=3), st.integers(-9, 9), max_size=2)),
            "operationName": st.one_of(st.none(), st.sampled_from(["Hi", "", "Ho"]), st.integers(0, 1)),
            "extensions": st.one_of(st.none(), st.just({}), st.just([])),
        },
    ).map(lambda value: json.dumps(value).encode()),
    st.sampled_from([b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"query": 1}', HELLO + b" " * 3_000]),
    st.binary(max_size=20),
)
HEADERS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(["Accept", "accept", "ACCEPT"]),
            st.sampled_from(
                [
                    "*/*",
                    "application/json",
                    "application/graphql-response+json",
                    "text/event-stream",
                    "image/png",
                    "text/html",
                    "application/*;q=0.2",
                    "",
                ]
            ),
        ),
        st.tuples(
            st.just("Content-Type"),
            st.sampled_from(
                ["application/json", "application/json; charset=utf-16", "text/plain", "Application/JSON", ""]
            ),
        ),
        st.tuples(
            st.just("Authorization"),
            st.sampled_from(["Bearer good", "Bearer bad", "Bearer other", "Bearer away", "Basic x", "", " "]),
        ),
        st.tuples(st.just("X-Request-ID"), st.sampled_from(["abc", "a b", "", "ü", "x" * 65])),
        st.tuples(st.just("Origin"), st.sampled_from(["https://app.example", "https://evil.example", "null"])),
        st.tuples(st.just("Connection"), st.sampled_from(["close", "keep-alive", "upgrade", "x"])),
        st.tuples(st.just("Upgrade"), st.just("h2c")),
        st.tuples(st.just("Expect"), st.sampled_from(["100-continue", "nothing"])),
        st.tuples(st.just("Content-Length"), st.sampled_from(["0", "5", "27", "+27", "99999"])),
        st.tuples(st.just("Transfer-Encoding"), st.sampled_from(["chunked", "gzip"])),
        st.tuples(st.just("Cookie"), st.text("ab=; ", max_size=9)),
    ),
    max_size=4,
)
REQUESTS = st.builds(
    # what follows a whole request and is none closes the connection, before an answer that has to be waited for
    lambda body, good, headers, method, path, version: request(
        body if ("Content-Length", "27") not in headers else body[:27],
        *(GOOD if good else ()),
        *headers,
        method=method,
        path=path,
        version=version,
    ),
    BODIES,
    st.sampled_from([True, True, True, False]),
    HEADERS,
    st.sampled_from(["POST"] * 9 + ["GET", "PUT", "HEAD"]),
    st.sampled_from(["/graphql"] * 9 + ["/graphql/", "/graphql?query={hello}", "/livez", "/%67raphql"]),
    st.sampled_from(["1.1"] * 9 + ["1.0"]),
)


def test_both_ways_answer_the_same_bytes() -> None:
    @settings(max_examples=200, deadline=None)
    @given(REQUESTS, REQUESTS, st.integers(0, 400), st.booleans(), st.booleans())
    def both(one: bytes, other: bytes, cut: int, cross_origin: bool, waits: bool) -> None:
        async def check() -> None:
            origins = ("https://app.example",) if cross_origin else ()
            async with opened(body_limit_bytes=2048, allowed_origins=origins) as stand:
                # heads that come again are known
                parts = (one, one, other, one, other, one[:cut], one[cut:], other + one)
                expected = await heard(stand, Ordinary, *parts, waits=waits)
                assert await heard(stand, BoundedHttp, *parts, waits=waits) == expected

        asyncio.run(check())

    both()


@pytest.fixture
def plain(stand: Stand) -> Iterator[tuple[BoundedHttp, Wire]]:
    with connection(stand, BoundedHttp) as made:
        yield made


async def test_a_plain_request_is_answered_where_it_is_read(plain: tuple[BoundedHttp, Wire]) -> None:
    protocol, line = plain
    for number in range(1, 4):
        protocol.data_received(request(HELLO, *GOOD))
        # the first one's head is parsed, and known from then on
        assert len(protocol._heads) == 1
        assert line.written.count(b"HTTP/1.1 200 OK") == line.written.count(b'"hello":"world"') == number
        assert not protocol.tasks
    assert protocol.server_state.total_requests == 3
    assert protocol.timeout_keep_alive_task is not None


async def test_wherever_it_is_cut_the_answer_is_the_same(stand: Stand) -> None:
    asked = request(HELLO, *GOOD)
    expected = await heard(stand, Ordinary, asked)
    assert expected[0].startswith(b"HTTP/1.1 200 OK")
    for cut in range(1, len(asked)):
        assert await heard(stand, BoundedHttp, asked[:cut], asked[cut:]) == expected


async def test_pipelined_requests_are_answered_in_their_order(stand: Stand) -> None:
    with connection(stand, BoundedHttp) as (protocol, line):
        names = ["One", "Two", "Three", "Four"]
        words = ["soon", "slow", "soon", "soon"]
        bodies = [
            json.dumps({"query": f"query {name} {{ hello {word} }}", "operationName": name}).encode()
            for name, word in zip(names, words, strict=True)
        ]
        livez = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
        protocol.data_received(b"".join(request(body, *GOOD) for body in bodies) + livez)
        await stand.engine.begun.wait()
        assert re.findall(rb'"name":"(\w+)"', line.written) == [b"One"]
        stand.engine.released.set()
        for _ in range(1_000):
            await asyncio.sleep(0)
        assert re.findall(rb'"name":"(\w+)"|"(alive)"', line.written) == [
            *[(name.encode(), b"") for name in names],
            (b"", b"alive"),
        ]


@pytest.mark.parametrize("query", ["{ big }", "{ big soon }"])
async def test_a_client_that_does_not_read_is_waited_for(running: Stand, query: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]), limit=4_096)
    body = json.dumps({"query": query}).encode()
    for _ in range(60):
        writer.write(request(body, *GOOD))
        await asyncio.sleep(0.002)
    await asyncio.sleep(0.1)
    # an answer is a megabyte: the system's own buffers take a few
    begun = len(running.engine.contexts)
    assert begun < 30
    for _ in range(60):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        size = int(re.findall(rb"content-length: (\d+)", head)[0])
        assert len(await asyncio.wait_for(reader.readexactly(size), 10)) > 1_000_000
    assert len(running.engine.contexts) == 60
    writer.close()


async def test_a_query_that_waits_ends_with_its_client(running: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    _, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    writer.write(request(HELLO, *GOOD) + request(b'{"query": "{ slow }"}', *GOOD))
    await running.engine.begun.wait()
    writer.close()
    await asyncio.wait_for(running.engine.ended.wait(), 5)
    await asyncio.sleep(0.05)
    assert running.engine.outcome == "cancelled"
    lines = [record.__dict__["fields"] for record in caplog.records if record.name == "nobodyasked.access"]
    assert [line["status"] for line in lines] == [200, 499]


async def test_each_request_leaves_a_line(stand: Stand, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    asked = request(b'{"query": "query Hi { hello soon }"}', *GOOD, ("X-Request-ID", "mine"))
    for kind in (Ordinary, BoundedHttp):
        await heard(stand, kind, asked)
    first, second = (record.__dict__["fields"] for record in caplog.records if record.name == "nobodyasked.access")
    assert {**first, "ms": 0} == {**second, "ms": 0}
    assert (second["operation"], second["request_id"], second["status"]) == ("Hi", "mine", 200)
    assert second["bytes"] > 0


async def test_a_server_that_stops_under_load_breaks_no_answer_off(running: Stand) -> None:
    assert running.server is not None
    assert running.serving is not None
    outcomes: list[bool] = []

    async def ask() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
        while True:
            writer.write(request(b'{"query": "{ big soon }"}', *GOOD))
            try:
                head = await reader.readuntil(b"\r\n\r\n")
                size = int(re.findall(rb"content-length: (\d+)", head)[0])
            except (asyncio.IncompleteReadError, ConnectionError) as error:
                # closed between two answers, never within one
                outcomes.append(not getattr(error, "partial", b""))
                break
            await reader.readexactly(size)
        writer.close()

    clients = [asyncio.create_task(ask()) for _ in range(8)]
    await asyncio.wait_for(running.engine.crowded.wait(), 10)
    running.server.should_exit = True
    await asyncio.wait_for(running.serving, 10)
    await asyncio.wait_for(asyncio.gather(*clients), 10)
    assert outcomes == [True] * 8


async def test_a_connection_at_rest_keeps_nothing_of_a_request(plain: tuple[BoundedHttp, Wire]) -> None:
    protocol, line = plain
    line.write = lambda data: None  # type: ignore[method-assign]
    for _ in range(2):
        protocol.data_received(request(HELLO, *GOOD))
        # the key by which the stand knows a caller is the token itself, where the server's is a digest
        held = repr([value for name, value in vars(protocol).items() if name != "_heads"])
        assert "Bearer" not in held
        assert "hello" not in held


async def test_no_more_heads_are_kept_than_a_few(plain: tuple[BoundedHttp, Wire]) -> None:
    protocol, line = plain
    for number in range(3 * direct.HEADS_KEPT):
        protocol.data_received(request(HELLO, *GOOD, ("X-Trace", str(number))))
        assert len(protocol._heads) <= direct.HEADS_KEPT
    kept = len(protocol._heads)
    protocol.data_received(request(HELLO, *GOOD, ("X-Trace", "x" * direct.LONGEST_HEAD_KEPT)))
    protocol.data_received(request(HELLO, *GOOD, ("X-Request-ID", "mine")))
    assert len(protocol._heads) == kept
    assert line.written.count(b"HTTP/1.1 200 OK") == 3 * direct.HEADS_KEPT + 2


async def test_a_known_head_with_half_a_body_waits_for_the_rest(
    running: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    asked = request(HELLO, *GOOD)
    for parts in ([asked], [asked], [asked[:-5], asked[-5:]], [asked[:9], asked[9:]], [asked]):
        for part in parts:
            writer.write(part)
            await asyncio.sleep(0.02)
        assert b"world" in await asyncio.wait_for(reader.readuntil(b"}}"), 5)
    monkeypatch.setattr(wire, "BODY_SECONDS", 0.1)
    writer.write(asked[:-5])
    assert (await asyncio.wait_for(reader.read(), 5)).startswith(b"HTTP/1.1 408 ")
    writer.close()


async def test_an_idle_connection_is_closed_after_its_last_request(running: Stand) -> None:
    assert running.server is not None
    running.server.config.timeout_keep_alive = 1
    reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]))
    began = asyncio.get_running_loop().time()
    for pause in (0.0, 0.6, 0.6):
        await asyncio.sleep(pause)
        writer.write(request(HELLO, *GOOD))
        assert b"world" in await asyncio.wait_for(reader.readuntil(b"}}"), 5)
    assert await asyncio.wait_for(reader.read(), 5) == b""
    assert 2.1 < asyncio.get_running_loop().time() - began < 3.5
    writer.close()


async def test_a_token_that_was_revoked_is_not_taken_the_short_way(running: Stand) -> None:
    async with httpx.AsyncClient(base_url=running.url, headers=TOKEN) as client:
        assert (await client.post("/graphql", content=HELLO, headers=dict(GOOD))).status_code == 200
        running.access.revoked = True
        assert (await client.post("/graphql", content=HELLO, headers=dict(GOOD))).status_code == 401
