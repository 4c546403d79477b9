"""The real application in a process of its own: start, stop, access, the main paths through the real graph."""

from __future__ import annotations

import re
import signal
import socket
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from ..live import LiveServer

SUBMIT = """mutation ($input: ComplaintSubmitInput!) {
  complaintSubmit(input: $input) { complaint { id text } userErrors { code message } } }"""


def ask(server: LiveServer, query: str, token: str | None = None, **variables: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token or server.token}"}
    return httpx.post(server.graphql_url, json={"query": query, "variables": variables}, headers=headers, timeout=20)


def test_a_complaint_goes_in_and_comes_out(live_server: LiveServer) -> None:
    text = "The parcel came late again, and nobody told me."
    answer = ask(live_server, SUBMIT, input={"text": text, "channel": "email", "source": "live"}).json()
    assert answer["data"]["complaintSubmit"]["userErrors"] == []
    key = answer["data"]["complaintSubmit"]["complaint"]["id"]
    found = ask(live_server, "query ($id: ID!) { node(id: $id) { id ... on Complaint { text } } }", id=key).json()
    assert found == {"data": {"node": {"id": key, "text": text}}}


def test_a_reader_reads_and_does_not_write(live_server: LiveServer) -> None:
    reader = live_server.token_for("READER")
    assert ask(live_server, "{ complaints(first: 1) { nodes { id } } }", reader).json()["data"]["complaints"]
    answer = ask(live_server, SUBMIT, reader, input={"text": "No.", "channel": "email", "source": "live"}).json()
    assert "FORBIDDEN" in str(answer)
    assert (
        not (answer.get("data") or {}).get("complaintSubmit", {})
        or answer["data"]["complaintSubmit"]["complaint"] is None
    )


def test_a_stranger_is_told_how_to_come_in(live_server: LiveServer) -> None:
    answer = httpx.post(live_server.graphql_url, json={"query": "{ __typename }"})
    assert answer.status_code == 401
    assert "Authorization: Bearer" in answer.json()["errors"][0]["message"]


def test_it_is_ready_and_tells_nothing_of_itself(live_server: LiveServer) -> None:
    answer = httpx.get(f"{live_server.url}/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == {name: {"ok": True} for name in ("database", "migrations", "writes")}
    assert "server" not in answer.headers


def rename(server: LiveServer, name: str) -> None:
    """A change by another process than the server's."""
    with closing(sqlite3.connect(server.database_url.removeprefix("sqlite:///"), timeout=10)) as connection, connection:
        connection.execute("update member set name = ? where name = 'Live admin' or name like 'Renamed %'", (name,))


def test_answers_are_kept_until_another_process_changes_them(live_server: LiveServer) -> None:
    before = httpx.get(f"{live_server.url}/readyz").json()["response_cache"]
    for turn in range(3):
        rename(live_server, f"Renamed {turn}")
        for _ in range(4):
            members = ask(live_server, "{ members { nodes { name } } }").json()["data"]["members"]["nodes"]
            assert {"name": f"Renamed {turn}"} in members
    after = httpx.get(f"{live_server.url}/readyz").json()["response_cache"]
    assert after["hits"] - before["hits"] >= 3 * 2
    assert after["entries"] > 0
    assert 0 < after["bytes"] <= after["most_bytes"] == 32 * 1024 * 1024
    rename(live_server, "Live admin")


def test_no_token_and_no_query_is_in_its_log(live_server: LiveServer) -> None:
    ask(live_server, 'query Secret { node(id: "complaint_987654321") { id } }')
    httpx.get(live_server.graphql_url, params={"query": '{ node(id: "complaint_987654321") { id } }'})
    httpx.get(f"{live_server.url}/graphql/stream", params={"token": "stream-secret"})
    until = time.monotonic() + 30
    while len([line for line in live_server.lines if line.get("path") == "/graphql/stream"]) < 1:
        assert time.monotonic() < until
        time.sleep(0.02)
    log = str(live_server.lines)
    assert "'operation': 'Secret'" in log
    assert "987654321" not in log
    assert "stream-secret" not in log
    assert "nba_" not in log


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_in_order_and_starts_again_with_its_data(tmp_path: Path, sign: signal.Signals) -> None:
    first = LiveServer(tmp_path, shutdown_seconds="60").wait()
    try:
        answer = ask(first, SUBMIT, input={"text": "It broke twice.", "channel": "email", "source": "live"})
        assert answer.json()["data"]["complaintSubmit"]["complaint"]
        token = first.token
        with httpx.stream(
            "POST",
            first.graphql_url,
            json={"query": "subscription { complaintReceived { id } }"},
            headers={"Authorization": f"Bearer {token}", "Accept": "text/event-stream"},
        ) as stream:
            parts = stream.iter_raw()
            assert next(parts) == b":\n\n"
            began = time.monotonic()
            assert first.stop(sign) == 0
            assert time.monotonic() - began < 30  # it does not wait for the stream
            assert b"".join(parts) == b""
    finally:
        first.stop()
    assert first.errors == []
    assert [line["message"] for line in first.lines if line["level"] in ("error", "warning")] == []
    assert first.lines[-1]["message"] == "Stopped"
    second = LiveServer(tmp_path).wait()
    try:
        answer = ask(second, "{ complaints(first: 5) { nodes { text } } }", token)
        assert answer.json() == {"data": {"complaints": {"nodes": [{"text": "It broke twice."}]}}}
    finally:
        assert second.stop() == 0


def failure(server: LiveServer) -> str:
    """The one line that a server which cannot start leaves."""
    assert server.process.wait(30) == 3
    server.stop()
    assert server.errors == []
    (line,) = [line for line in server.lines if line["level"] == "error"]
    return str(line["message"])


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        message = failure(LiveServer(tmp_path, port=str(port)))
    assert message == (
        f"The server cannot start: 127.0.0.1:{port} is taken by another process: stop it, or set NOBODYASKED_PORT to another port."
    )


def test_a_host_that_is_not_ours(tmp_path: Path) -> None:
    message = failure(LiveServer(tmp_path, host="192.0.2.1"))
    assert (
        message
        == "The server cannot start: nothing can listen on 192.0.2.1:0: set NOBODYASKED_HOST to an address of this machine."
    )


def test_a_database_that_is_away(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        message = failure(LiveServer(tmp_path, database_url=f"postgresql://ann:hunter2@127.0.0.1:{port}/none"))
    assert (
        message == "The server cannot start: The database cannot be reached. Is it running, and is the address right?"
    )


def test_an_embedder_that_is_not_there(tmp_path: Path) -> None:
    message = failure(LiveServer(tmp_path, embedder="sentence-transformers:no/such-model"))
    assert re.fullmatch(
        r"The server cannot start: the (?:package sentence-transformers is not installed|model no/such-model is not on this"
        r" machine).*; see NOBODYASKED_EMBEDDER\.",
        message,
    )


def test_a_database_file_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "none.db").write_bytes(b"this is no database, whatever its name says" * 100)
    message = failure(LiveServer(tmp_path, database_url=f"sqlite:///{tmp_path}/none.db"))
    assert message.startswith("The server cannot start: The database file is damaged (SQLITE_NOTADB).")
    assert "Traceback" not in message


def test_anyone_may_read_where_the_setting_says_so(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, anonymous_role="READER", allowed_origins="https://app.example").wait()
    try:
        headers = {"Origin": "https://app.example"}
        answer = httpx.post(
            server.graphql_url, json={"query": "{ complaints(first: 1) { nodes { id } } }"}, headers=headers
        )
        assert answer.json() == {"data": {"complaints": {"nodes": []}}}
        assert answer.headers["access-control-allow-origin"] == "https://app.example"
        refused = httpx.post(
            server.graphql_url,
            json={"query": SUBMIT, "variables": {"input": {"text": "No.", "channel": "email", "source": "live"}}},
        )
        assert "FORBIDDEN" in refused.text
        assert (
            httpx.post(
                server.graphql_url, json={"query": "{ __typename }"}, headers={"Authorization": "Bearer x"}
            ).status_code
            == 401
        )
    finally:
        assert server.stop() == 0


def test_a_second_signal_stops_it_at_once(tmp_path: Path) -> None:
    server = LiveServer(tmp_path, shutdown_seconds="60").wait()
    port = int(server.url.rpartition(":")[2])
    head = f"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAuthorization: Bearer {server.token}\r\n"
    with socket.create_connection(("127.0.0.1", port)) as waiting:
        waiting.sendall(f"{head}Content-Length: 100\r\n\r\n".encode())  # the rest never comes
        time.sleep(0.3)
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert server.process.poll() is None
        began = time.monotonic()
        assert server.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < 30
    assert server.errors == []
