"""Documents by their ids: a bandwidth saver for everybody, and the only ones there are where the operator says so."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from nobodyasked.graphql.guard import trusted
from nobodyasked.graphql.guard.trusted import Stored, Unknown, read_manifest
from nobodyasked.models.errors import Invalid

from ..server.fakes import TOKEN, opened, served

HELLO = "{ hello }"
DIGEST = hashlib.sha256(HELLO.encode()).hexdigest()


def apollo(digest: str = DIGEST, **more: Any) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}, **more}


async def test_a_document_is_sent_once() -> None:
    async with opened() as made:
        transport = httpx.ASGITransport(made.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x", headers=TOKEN) as client:

            async def code(body: dict[str, Any]) -> str:
                answer = await client.post("/graphql", json=body)
                return answer.json()["errors"][0]["extensions"]["code"]

            first = await client.post("/graphql", json=apollo())
            assert (first.status_code, first.json()["errors"][0]["message"]) == (200, "PersistedQueryNotFound")
            assert "data" in (await client.post("/graphql", json=apollo(query=HELLO))).json()
            assert "data" in (await client.post("/graphql", json=apollo())).json()
            assert "data" in (await client.post("/graphql", json={"documentId": f"sha256:{DIGEST}"})).json()
            got = await client.get("/graphql", params={"extensions": json.dumps(apollo()["extensions"])})
            assert "data" in got.json()
            assert "data" in (await client.get("/graphql", params={"documentId": DIGEST})).json()
            # nobody may put a text under another one's digest
            assert await code(apollo(query="{ hello evil }")) == "INVALID"
            for wrong in ({"documentId": 5}, {"documentId": ""}, apollo(5), {"extensions": {"persistedQuery": 1}}):  # type: ignore[arg-type]
                assert await code(wrong) == "MALFORMED_REQUEST"
            # by GET neither way leads to a mutation
            change = "mutation { hello }"
            name = hashlib.sha256(change.encode()).hexdigest()
            await client.post("/graphql", json=apollo(name, query=change))
            assert (await client.get("/graphql", params={"documentId": name})).status_code == 405


async def test_only_trusted_documents_are_run(tmp_path: Path) -> None:
    async with served(trusted_documents=tmp_path) as made:
        async with httpx.AsyncClient(headers=TOKEN) as client:

            async def ask(**body: Any) -> httpx.Response:
                return await client.post(f"{made.url}/graphql", json=body)

            for good in ({"documentId": "hi"}, {"query": HELLO}, {"query": HELLO, "documentId": "hi"}):
                assert "data" in (await ask(**good)).json()
            for bad in (
                {"documentId": "other"},
                {"query": "{ hello soon }"},
                {"query": HELLO + " "},
                {"query": "{ hello soon }", "documentId": "hi"},
                apollo(query=HELLO),
                {"query": "{ __schema { types { name } } }"},
            ):
                answer = await ask(**bad)
                assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
                    403,
                    "DOCUMENT_NOT_TRUSTED",
                ), bad
            events = {"Accept": "text/event-stream"}
            told = await client.get(f"{made.url}/graphql/stream", params={"query": "{ hello soon }"}, headers=events)
            assert told.status_code == 403
        async with connect(made.socket_url, subprotocols=["graphql-transport-ws"]) as socket:  # type: ignore[list-item]
            await socket.send(json.dumps({"type": "connection_init", "payload": TOKEN}))
            await socket.recv()
            for payload, kind in (({"query": "{ hello soon }"}, "error"), ({"documentId": "hi"}, "next")):
                await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": payload}))
                message = json.loads(await socket.recv())
                assert message["type"] == kind
                assert kind == "next" or message["payload"][0]["extensions"]["code"] == "DOCUMENT_NOT_TRUSTED"
    assert len(made.engine.contexts) == 4


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trusted, "MOST", 2)
    stored = Stored()
    texts = ["{ a }", "{ b }", "{ c }", "{ d }" + " " * trusted.MOST_LETTERS]
    names = [hashlib.sha256(text.encode()).hexdigest() for text in texts]
    for text, name in zip(texts, names, strict=True):
        assert stored.text(text, name) is text
    assert [stored.text("", name) for name in names[1:3]] == texts[1:3]
    for gone in (names[0], names[3]):
        with pytest.raises(Unknown):
            stored.text("", gone)


def test_a_manifest_is_read_or_refused(tmp_path: Path) -> None:
    path = tmp_path / "documents.json"
    path.write_text(json.dumps({f"sha256:{DIGEST}": HELLO, "hi": HELLO}))
    assert read_manifest(path) == {DIGEST: HELLO, "hi": HELLO}
    for wrong in ("[]", "{", '{"a": 5}', '{"a": " "}'):
        path.write_text(wrong)
        with pytest.raises(Invalid, match=r"documents\.json"):
            read_manifest(path)
    with pytest.raises(Invalid, match="cannot be read"):
        read_manifest(tmp_path / "nowhere.json")
