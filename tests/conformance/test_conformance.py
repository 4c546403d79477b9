"""Other people's audits and clients, run by Node against the live server."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ..live import LiveServer
from .install import install, node

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def program() -> str:
    """Node, with the packages in place."""
    install()
    return node().program


def run(program: str, script: str, *arguments: str) -> Any:
    """What a script prints, which is JSON."""
    command = [program, str(HERE / script), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_audit_of_graphql_http_passes(program: str, live_server: LiveServer) -> None:
    results = run(program, "audit.mjs", live_server.graphql_url, live_server.token)
    assert len(results) >= 60
    assert [result for result in results if result["status"] != "ok"] == []


def check_round_trip(seen: Any) -> None:
    """A complaint was submitted and came back by subscription."""
    (submitted,) = seen["submitted"]["results"]
    payload = submitted["data"]["complaintSubmit"]
    assert payload["userErrors"] == []
    assert seen["received"]["value"]["data"]["complaintReceived"]["id"] == payload["complaint"]["id"]


def test_graphql_ws_is_served(program: str, live_server: LiveServer) -> None:
    seen = run(program, "socket.mjs", live_server.graphql_url, live_server.token)
    assert seen["query"] == {"results": [{"data": {"__typename": "Query"}}], "completed": True}
    assert seen["several"] == [True, True, True]
    assert seen["invalid"]["error"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert (seen["refused"]["error"]["code"], seen["anonymous"]["error"]["code"]) == (4401, 4401)
    check_round_trip(seen)


@pytest.fixture(scope="module")
def events(program: str, live_server: LiveServer) -> Any:
    """What the graphql-sse client saw."""
    return run(program, "events.mjs", live_server.graphql_url, live_server.token)


def test_graphql_sse_is_served_at_the_plain_address(events: Any) -> None:
    assert events["plain"] == {"results": [{"data": {"__typename": "Query"}}], "completed": True}


@pytest.mark.parametrize("mode", ["distinct", "single"])
def test_graphql_sse_is_served(events: Any, mode: str) -> None:
    seen = events
    assert seen[mode]["query"] == {"results": [{"data": {"__typename": "Query"}}], "completed": True}
    told = seen[mode]["invalid"]
    if mode == "distinct":
        assert told["results"][0]["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    else:
        assert "400" in told["error"]
    check_round_trip(seen[mode])
