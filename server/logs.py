"""Log lines, for people or for machines, on standard error.

No line holds a query, a variable, a token, an address's query string or the text of an unexpected exception (which may
quote SQL or data): errors are told by type and place, and an error id ties the line to the client's answer.
"""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, TextIO

import orjson

from ..models.errors import Refusal
from .metrics import METRICS
from .telemetry import document_hash

if TYPE_CHECKING:
    from ..graphql.context import Context
    from ..models.timing import Parts

__all__ = ["Exchange", "configure", "describe_error", "report_error", "report_exchange"]

PACKAGE = __package__.partition(".")[0] if __package__ else "nobodyasked"
ROOT = Path(__file__).resolve().parent.parent
FRAMES = 6

access_log = logging.getLogger(f"{PACKAGE}.access")
error_log = logging.getLogger(f"{PACKAGE}.error")
slow_log = logging.getLogger(f"{PACKAGE}.slow")

# what every record has, and what other parts of logging leave on it
ORDINARY = {*logging.makeLogRecord({}).__dict__, "fields", "message", "asctime", "color_message"}

slow_seconds = float("inf")
"""What takes longer is told by a line of its own; set by `configure`."""

NAME = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,99}")


@dataclass(slots=True)
class Exchange:
    """One request and what became of it; its fields fill as the request moves along."""

    request_id: str
    method: str
    path: str
    started: float = field(default_factory=time.perf_counter)
    status: int = 0
    """HTTP status or WebSocket close code; 499 where the client hung up before an answer."""
    size: int = 0
    """Bytes of body sent."""
    kind: str | None = None
    """query, mutation or subscription."""
    operation: str | None = None
    """Name of the operation, where the client gave one."""
    address: str = ""
    """Where it comes from, where that is looked at; no line holds it."""
    document: str | None = None
    """The text that was asked; lines hold its digest at most."""
    context: Context | None = None
    """Of the operation, which tells in the end how it was answered."""
    traceparent: str | None = None
    """The trace that the client is in, as it says."""
    parts: Parts | None = None
    """What its time went into, where somebody wants to know."""

    def name_operation(self, name: str | None, kind: str | None) -> None:
        self.kind = kind
        self.operation = name if name is not None and _harmless(name) else None


# many requests share few names
@lru_cache(maxsize=256)
def _harmless(name: str) -> bool:
    return NAME.fullmatch(name) is not None


def report_exchange(exchange: Exchange) -> None:
    """Count a finished request, and write its line; another one where it was slow."""
    seconds = time.perf_counter() - exchange.started
    METRICS.observe(exchange, seconds)
    if seconds > slow_seconds and exchange.kind in ("query", "mutation"):
        _report_slow(exchange, seconds)
    if not access_log.isEnabledFor(logging.INFO):
        return
    fields: dict[str, Any] = {
        "method": exchange.method,
        "path": exchange.path,
        "status": exchange.status,
        "ms": round(seconds * 1000, 2),
        "bytes": exchange.size,
    }
    if exchange.kind is not None:
        fields["kind"] = exchange.kind
    if exchange.operation is not None:
        fields["operation"] = exchange.operation
    fields["request_id"] = exchange.request_id
    # made by hand: the caller's file and line, which logging would look up, say nothing here
    record = logging.LogRecord(access_log.name, logging.INFO, "", 0, "request", (), None)
    record.__dict__["fields"] = fields
    access_log.handle(record)


def _report_slow(exchange: Exchange, seconds: float) -> None:
    fields: dict[str, Any] = {"ms": round(seconds * 1000, 2), "status": exchange.status, "kind": exchange.kind}
    if exchange.operation is not None:
        fields["operation"] = exchange.operation
    if exchange.document is not None:
        fields["document_hash"] = document_hash(exchange.document)
    if exchange.context is not None:
        fields |= {"way": exchange.context.way, "statements": exchange.context.statements}
    slow_log.warning("slow", extra={"fields": {**fields, "request_id": exchange.request_id}})


def report_error(error: BaseException, request_id: str | None = None) -> str:
    """Write the line of an error nobody foresaw; returns its id, the only thing that the client is told."""
    error_id = secrets.token_hex(6)
    METRICS.errors += 1
    fields = {"error_id": error_id, "error": describe_error(error)}
    if request_id is not None:
        fields["request_id"] = request_id
    error_log.error("unexpected error", extra={"fields": fields})
    return error_id


def describe_error(error: BaseException) -> str:
    """Type and place of an error and of what caused it, innermost place first; its own words only where they are safe."""
    parts = []
    seen: BaseException | None = error
    while seen is not None and len(parts) < 4:
        words = f" ({seen})" if isinstance(seen, Refusal) else ""
        places = " < ".join(_places(seen.__traceback__))
        parts.append(f"{type(seen).__module__}.{type(seen).__qualname__}{words}" + (f" at {places}" if places else ""))
        seen = seen.__cause__ or (None if seen.__suppress_context__ else seen.__context__)
    return "; from ".join(parts)


def _places(trace: TracebackType | None) -> list[str]:
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{_short(code.co_filename)}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return frames[::-1][:FRAMES]


def _short(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(ROOT):
        return path.relative_to(ROOT).as_posix()
    return "/".join(path.parts[-2:])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, logger, message, then the fields of the event."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": _moment(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        return orjson.dumps(line, default=str).decode()


class TextFormatter(logging.Formatter):
    """Time, level, logger and message, then the fields as `name=value`."""

    def format(self, record: logging.LogRecord) -> str:
        text = f"{_moment(record.created)} {record.levelname:<7} {record.name} {record.getMessage()}"
        for name, value in _fields(record).items():
            text += f" {name}={value}"
        # a line stays one line, whatever a client put into its path
        return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """What a line tells beside its words: `extra={"fields": {...}}`, any other `extra`, an exception's type and place."""
    fields: dict[str, Any] = dict(record.__dict__.get("fields", ()))
    if record.name == access_log.name:
        return fields
    fields |= {name: value for name, value in record.__dict__.items() if name not in ORDINARY}
    error = record.exc_info[1] if record.exc_info else None
    if error is not None:
        fields["error"] = describe_error(error)
    return fields


def _moment(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1000):03}Z"


@lru_cache(maxsize=4)
def _second(seconds: int) -> str:
    """A whole second; many lines share one."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


AGAIN_AND_AGAIN = (
    "asyncpg.pool",
    f"{PACKAGE}.models.database",
    f"{PACKAGE}.models.engines.watch",
    f"{PACKAGE}.server.jobs.events",
    f"{PACKAGE}.server.jobs.watch",
    f"{PACKAGE}.server.provider",
)
"""Loggers that say the same with every attempt while a database or a provider is away."""
AGAIN_SECONDS = 60.0


MOST_SAID = 256
"""Things said that are remembered; what was said longest ago is forgotten first."""


def _cause(record: logging.LogRecord) -> str:
    """The kind of the error that a line tells of; "" where it tells of none. Counts and times differ from line to line, and say nothing new."""
    error = record.exc_info[0] if record.exc_info else None
    if error is not None:
        return error.__qualname__
    for given in record.args if isinstance(record.args, tuple) else ():
        if isinstance(given, BaseException):
            return type(given).__qualname__
        if isinstance(given, str) and NAME.fullmatch(given):
            return given
    return ""


class Once(logging.Filter):
    """Lets each thing that these loggers say through, for each kind of error, once in `AGAIN_SECONDS`; the next line tells how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._said: OrderedDict[tuple[str, str, str], tuple[float, int]] = OrderedDict()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name not in AGAIN_AND_AGAIN:
            return True
        key = (record.name, str(record.msg), _cause(record))
        since, left_out = self._said.get(key, (float("-inf"), 0))
        if record.created - since < AGAIN_SECONDS and record.created >= since:
            self._said[key] = since, left_out + 1
            return False
        self._said[key] = record.created, 0
        self._said.move_to_end(key)
        if len(self._said) > MOST_SAID:
            self._said.popitem(last=False)
        if left_out:
            record.__dict__["left_out"] = left_out
        if record.name == "asyncpg.pool" and record.exc_info:
            # it tells where in its own code it happened to be, attempt after attempt
            kind = record.exc_info[0]
            record.msg, record.args = (
                "the database does not answer (%s); connections are tried again",
                (kind.__name__ if kind else "unknown",),
            )
            record.exc_info = record.exc_text = None
        return True


def _after_our_own_words(record: logging.LogRecord) -> bool:
    """Whether uvicorn adds something: that the start failed was said before, with the reason."""
    return not record.msg.startswith("Application startup failed")


def configure(
    log_format: Literal["text", "json"], log_level: str, stream: TextIO | None = None, *, slow: float = 0.0
) -> None:
    """Send this process's log lines to `stream` (standard error), in place of what was set up before.

    Operations that take more than `slow` seconds are told; 0 tells of none.
    """
    global slow_seconds
    slow_seconds = slow or float("inf")
    handler = logging.StreamHandler(stream if stream is not None else sys.stderr)
    handler.addFilter(Once())
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(log_level.upper())
    # looked up for every line and shown in none
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    # the libraries speak only when something is wrong; our own lines tell the rest
    for name in ("uvicorn", "uvicorn.error", "asyncio", "tortoise", "websockets"):
        library = logging.getLogger(name)
        library.handlers[:] = []
        library.propagate = True
        library.setLevel(max(logging.WARNING, root.level))
    start = logging.getLogger("uvicorn.error")
    start.filters[:] = [_after_our_own_words]
