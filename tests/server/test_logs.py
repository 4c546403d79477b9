"""Log lines: one each, for people and machines, without secrets."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import orjson
import pytest

from nobodyasked.models.errors import Busy
from nobodyasked.server.logs import MOST_SAID, Exchange, configure, describe_error, report_error, report_exchange


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the log goes; what was set up before is put back."""
    root = logging.getLogger()
    libraries = [logging.getLogger(name) for name in ("uvicorn", "uvicorn.error", "asyncio", "tortoise", "websockets")]
    handlers, level, levels = list(root.handlers), root.level, [library.level for library in libraries]
    filters = list(logging.getLogger("uvicorn.error").filters)
    stream = io.StringIO()
    yield stream
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = True
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.getLogger("uvicorn.error").filters[:] = filters
    for library, before in zip(libraries, levels, strict=True):
        library.setLevel(before)


def fail() -> None:
    try:
        raise KeyError("SELECT 1 FROM secret")
    except KeyError as error:
        raise ValueError("password=hunter2") from error


def failure() -> ValueError:
    try:
        fail()
    except ValueError as error:
        return error
    raise AssertionError


def test_a_request_in_json(lines: io.StringIO) -> None:
    configure("json", "info", lines)
    exchange = Exchange("abc", "POST", "/graphql", status=200, size=12)
    exchange.name_operation("Hi", "query")
    report_exchange(exchange)
    event = orjson.loads(lines.getvalue())
    assert event.pop("ms") >= 0
    assert event.pop("time").endswith("Z")
    assert event == {
        "level": "info",
        "logger": "nobodyasked.access",
        "message": "request",
        "method": "POST",
        "path": "/graphql",
        "status": 200,
        "bytes": 12,
        "kind": "query",
        "operation": "Hi",
        "request_id": "abc",
    }


def test_a_request_as_text_stays_on_one_line(lines: io.StringIO) -> None:
    configure("text", "info", lines)
    report_exchange(Exchange("abc", "GET", "/a\nERROR forged \x1b[31m", status=404))
    (line,) = lines.getvalue().splitlines()
    assert "INFO    nobodyasked.access request method=GET path=/a\\nERROR forged \\x1b[31m status=404" in line


def test_requests_are_not_told_above_info(lines: io.StringIO) -> None:
    configure("text", "warning", lines)
    report_exchange(Exchange("abc", "GET", "/"))
    assert lines.getvalue() == ""


@pytest.mark.parametrize("name", ["a b", "x\n", "1a", "", "x" * 101, "é"])
def test_only_names_are_taken_for_names(name: str) -> None:
    exchange = Exchange("abc", "POST", "/graphql")
    exchange.name_operation(name, "query")
    assert exchange.operation is None


def test_an_error_is_told_by_type_and_place(lines: io.StringIO) -> None:
    configure("json", "info", lines)
    error_id = report_error(failure(), "abc")
    event = orjson.loads(lines.getvalue())
    assert (event["error_id"], event["request_id"]) == (error_id, "abc")
    assert event["error"].startswith("builtins.ValueError at tests/server/test_logs.py:")
    assert "; from builtins.KeyError at tests/server/test_logs.py:" in event["error"]
    assert "hunter2" not in lines.getvalue()
    assert "SELECT" not in lines.getvalue()


def test_exceptions_logged_elsewhere_are_told_the_same_way(lines: io.StringIO) -> None:
    configure("text", "info", lines)
    logging.getLogger("uvicorn.error").error(
        "Exception in ASGI application\n", exc_info=failure(), extra={"error_id": "e1"}
    )
    (line,) = lines.getvalue().splitlines()
    assert "error_id=e1" in line
    assert "ValueError at tests/server/test_logs.py" in line
    assert "hunter2" not in line


def test_what_is_said_again_and_again_is_said_once_in_a_while(
    lines: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure("json", "info", lines)
    clock = [1_000.0]
    monkeypatch.setattr(logging.time, "time", lambda: clock[0])
    pool, database, ours = (
        logging.getLogger(name) for name in ("asyncpg.pool", "nobodyasked.models.database", "nobodyasked.x")
    )
    for _ in range(3):
        for attempt in range(4):
            pool.warning("Failed to restore the pool connection floor; retrying", exc_info=failure())
            database.info("contended (%s); attempt %d", "OSError", attempt)
            ours.warning("same")
            clock[0] += 10
    said = [orjson.loads(line) for line in lines.getvalue().splitlines()]
    assert [line["message"] for line in said if line["logger"] == "nobodyasked.x"] == ["same"] * 12
    first, second = (line for line in said if line["logger"] == "asyncpg.pool")
    assert first["message"] == "the database does not answer (ValueError); connections are tried again"
    assert "error" not in first
    assert (first.get("left_out"), second["left_out"]) == (None, 5)
    assert len([line for line in said if line["logger"] == "nobodyasked.models.database"]) == 2
    # another cause is another thing, however soon; so many are remembered and no more
    events = logging.getLogger("nobodyasked.server.jobs.events")
    said.clear()
    lines.truncate(0)
    for number in range(2):
        database.info("contended (%s); attempt %d", "OSError", number)
        database.info("contended (%s); attempt %d", "Deadlock", number)
        events.warning("again in %.2f s", number, exc_info=failure())
        events.warning("again in %.2f s", number, exc_info=ZeroDivisionError())
    told = [orjson.loads(line) for line in lines.getvalue().strip("\0").splitlines()]
    assert [line["message"] for line in told] == [
        "contended (OSError); attempt 0",
        "contended (Deadlock); attempt 0",
        "again in 0.00 s",
        "again in 0.00 s",
    ]
    (once,) = logging.getLogger().handlers[0].filters
    for number in range(1_000):
        database.info(f"said {number}")
    assert len(once._said) == MOST_SAID  # type: ignore[union-attr]


def test_a_refusal_is_told_in_its_own_words() -> None:
    assert describe_error(Busy("The database is busy.")) == "nobodyasked.models.errors.Busy (The database is busy.)"


def test_libraries_speak_only_when_something_is_wrong(lines: io.StringIO) -> None:
    configure("text", "debug", lines)
    uvicorn = logging.getLogger("uvicorn.error")
    uvicorn.info("Started server process")
    uvicorn.error("Application startup failed. Exiting.")
    assert lines.getvalue() == ""
    uvicorn.warning("Invalid HTTP request received.")
    assert "Invalid HTTP request received." in lines.getvalue()
