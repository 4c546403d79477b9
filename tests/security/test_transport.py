"""What a hostile page, or a hostile client, gets out of the transport."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from nobodyasked.server.protocol.edge import SAFE_HEADERS
from nobodyasked.server.protocol.fault import Fault
from nobodyasked.server.protocol.host import Hosts

from ..live import LiveServer
from ..server.fakes import TOKEN, Stand, opened, served

ASK = {"query": "{ hello }"}
PAGE = "https://app.example"
EVIL = "https://evil.example"


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with served(allowed_origins=(PAGE,)) as made:
        yield made


def safe(headers: httpx.Headers) -> bool:
    """Whether an answer says how it may be used."""
    return all(name.decode() in headers for name, _ in SAFE_HEADERS)


@pytest.mark.parametrize(
    ("headers", "good"),
    [
        ({}, True),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "none"}, True),
        # behind a proxy that gives another Host, the browser knows better than we do
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://public.example"}, True),
        ({"Sec-Fetch-Site": "cross-site", "Origin": PAGE}, True),
        ({"Origin": PAGE}, True),
        ({"Origin": "http://house"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": EVIL}, False),
        # a name that leads here for the page's sake: its Host is the page's own
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://house"}, False),
        ({"Sec-Fetch-Site": "same-site", "Origin": "https://other.example"}, False),
        ({"Sec-Fetch-Site": "nonsense"}, False),
        ({"Origin": EVIL}, False),
        ({"Origin": "null"}, False),
    ],
)
async def test_pages_of_other_sites(headers: dict[str, str], good: bool) -> None:
    async with opened(allowed_origins=(PAGE,), allowed_hosts=("house",), anonymous_role="READER") as made:
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://house", headers=TOKEN) as client:
            answers = [
                await client.post("/graphql", json=ASK, headers=headers),
                await client.get("/graphql", params=ASK, headers=headers),
                await client.get("/graphql/stream", params=ASK, headers=headers),
                await client.put("/graphql/stream", headers=headers),
            ]
            # a person may come to the page from anywhere
            page = await client.get("/graphql", headers={**headers, "Accept": "text/html"})
    for answer in answers:
        assert safe(answer.headers)
        assert (answer.status_code in (200, 201)) is good, answer.text
        assert good or answer.json()["errors"][0]["extensions"]["code"] == "ORIGIN_FORBIDDEN"
    assert page.status_code != 403
    assert len(made.engine.contexts) == (3 if good else 0)


async def test_the_short_way_looks_at_the_page_too(stand: Stand) -> None:
    async with httpx.AsyncClient(headers=TOKEN) as client:
        for _ in range(3):
            # the same connection, so that the head is known from the second time on
            for origin, status in ((PAGE, 200), (EVIL, 403)):
                answer = await client.post(stand.url + "/graphql", json=ASK, headers={"Origin": origin})
                assert answer.status_code == status
        for _ in range(3):
            site = {"Sec-Fetch-Site": "cross-site"}
            assert (await client.post(stand.url + "/graphql", json=ASK, headers=site)).status_code == 403
    with pytest.raises(InvalidStatus) as caught:
        await connect(stand.socket_url, subprotocols=["graphql-transport-ws"], origin=EVIL)  # type: ignore[list-item,arg-type]
    assert caught.value.response.status_code == 403
    assert all(name.decode() in caught.value.response.headers for name, _ in SAFE_HEADERS)


async def test_a_packed_body_is_not_unpacked(stand: Stand) -> None:
    bomb = gzip.compress(json.dumps({"query": "{ hello }" + " " * 10_000_000}).encode())
    async with httpx.AsyncClient(headers={**TOKEN, "Content-Type": "application/json"}) as client:
        for coding in ("gzip", "deflate", "br", "identity, gzip"):
            for path in ("/graphql", "/graphql/stream"):
                answer = await client.post(
                    stand.url + path, content=bomb, headers={"Content-Encoding": coding, "Accept": "*/*"}
                )
                assert answer.status_code == 415
                assert answer.headers["accept-encoding"] == "identity"
                assert answer.json()["errors"][0]["extensions"]["code"] == "UNSUPPORTED_CONTENT_ENCODING"
        plain = await client.post(
            stand.url + "/graphql", content=json.dumps(ASK), headers={"Content-Encoding": "identity"}
        )
        assert plain.status_code == 200
    assert len(stand.engine.contexts) == 1


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("localhost:8000", True),
        ("LOCALHOST.", True),
        ("app.localhost", True),
        # numbers cannot be made to lead elsewhere
        ("127.0.0.1:8000", True),
        ("10.1.2.3", True),
        ("[::1]:8000", True),
        ("needs.example", True),
        ("Needs.Example:443", True),
        ("eu.needs.example", False),
        ("a.inner.example", True),
        ("inner.example", False),
        ("evil.example", False),
        ("needs.example.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil.example, localhost", False),
        ("localhost:80@evil.example", False),
        ("[::1", True),
        ("", False),
        ("x" * 5_000, False),
    ],
)
async def test_a_name_that_was_made_to_lead_here(host: str, good: bool) -> None:
    """DNS rebinding: the page is of the very name that it asks, so that only the name tells."""
    hosts = Hosts(("Needs.example", "*.inner.example"), "0.0.0.0")
    for _ in range(2):
        if good:
            hosts.check(host.encode())
        else:
            with pytest.raises(Fault, match="NOBODYASKED_ALLOWED_HOSTS"):
                hosts.check(host.encode())


async def test_other_names_get_nothing_anywhere() -> None:
    async with served(anonymous_role="READER", allowed_hosts=("needs.example",)) as made:
        there = made.url.rpartition(":")[2]
        rebound = {
            "Host": f"evil.example:{there}",
            "Origin": f"http://evil.example:{there}",
            "Sec-Fetch-Site": "same-origin",
        }
        async with httpx.AsyncClient(base_url=made.url, headers=TOKEN) as client:
            for _ in range(2):
                answers = [
                    await client.post("/graphql", json=ASK, headers=rebound),
                    await client.get("/graphql", params=ASK, headers=rebound),
                    await client.get("/graphql", headers={**rebound, "Accept": "text/html"}),
                    await client.get("/metrics", headers=rebound),
                    await client.get("/graphql/stream", params=ASK, headers=rebound),
                ]
                for answer in answers:
                    assert answer.status_code == 403
                    assert answer.json()["errors"][0]["extensions"]["code"] == "HOST_FORBIDDEN"
                    assert safe(answer.headers)
                assert (await client.post("/graphql", json=ASK, headers={"Host": "needs.example"})).status_code == 200
                assert (await client.post("/graphql", json=ASK)).status_code == 200
        with pytest.raises(InvalidStatus) as refused:
            await connect(made.socket_url, additional_headers={"Host": "evil.example"})
        assert refused.value.response.status_code == 403
        assert len(made.engine.contexts) == 4


async def test_every_answer_says_how_it_may_be_used(stand: Stand) -> None:
    async with httpx.AsyncClient() as client:
        for method, path in (
            ("GET", "/"), ("GET", "/nowhere"), ("GET", "/graphql"), ("POST", "/graphql"), ("PATCH", "/graphql"), ("OPTIONS", "/graphql"),
            ("GET", "/livez"), ("GET", "/readyz"), ("POST", "/livez"), ("GET", "/graphql/stream"), ("GET", "/graphql/assets/none.js"),
        ):  # fmt: skip
            for accept in ("*/*", "text/html"):
                answer = await client.request(method, stand.url + path, headers={"Accept": accept})
                assert safe(answer.headers), (method, path, answer.headers)
                assert "default-src 'none'" in answer.headers["content-security-policy"]
                assert answer.headers["x-content-type-options"] == "nosniff"
                assert answer.headers["referrer-policy"] == "no-referrer"
                assert "server" not in answer.headers
    for said in (b"nonsense\r\n\r\n", b"GET / HTTP/1.1\r\nbad header\r\n\r\n", b"GET /" + b"a" * 70_000):
        reader, writer = await asyncio.open_connection("127.0.0.1", int(stand.url.rpartition(":")[2]))
        writer.write(said)
        head = (await asyncio.wait_for(reader.read(4096), 5)).lower()
        writer.close()
        assert head.startswith((b"http/1.1 400", b"http/1.1 431"))
        assert all(name + b": " in head for name, _ in SAFE_HEADERS)
        assert b"invalid" not in head


async def test_sockets_are_not_compressed(live_server: LiveServer) -> None:
    async with connect(
        live_server.graphql_url.replace("http", "ws", 1),
        subprotocols=["graphql-transport-ws"],  # type: ignore[list-item]
        compression="deflate",
    ) as socket:
        assert socket.protocol.extensions == []
