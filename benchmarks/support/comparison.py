"""Servers over the same rows, asked the same in turn."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from .load import load, numbered
from .questions import Question
from .serving import Server

__all__ = ["Comparison", "Runner"]

WARM_SECONDS = 1.0
KNOWN_KEY = 1_234
"""A complaint that is in every database; requests go on from there."""
FIRST_WRITTEN = 10_000_000
"""Numbers of the rows that are written begin here; none is used twice in a run, since a rival outlives a comparison."""

Seconds = Callable[[], float]
"""Processor time used so far."""


@dataclass
class Runner:
    """One server of a comparison, and what was measured of it."""

    name: str
    server: Server
    path: Callable[[Question], str]
    sent: Callable[[Question], bytes]
    start_seconds: float = 0.0
    """From the start of its process to its first answer."""
    resident_mb_at_start: float = 0.0
    runs: list[dict[str, float]] = field(default_factory=list)

    def begin(self, question: Question) -> None:
        """Ask for the first time."""
        began = time.perf_counter()
        self.ask(question, KNOWN_KEY)
        self.start_seconds = round(self.server.started_seconds + time.perf_counter() - began, 2)
        self.resident_mb_at_start = self.server.resident_mb()

    def ask(self, question: Question, number: int) -> object:
        """The answer's data."""
        path = numbered(self.path(question).encode(), number).decode()
        answer = self.server.answer(path, numbered(self.sent(question), number))
        if not isinstance(answer, dict) or answer.get("errors") or "data" not in answer:
            raise SystemExit(f"{self.name} refused {question.name}: {json.dumps(answer)[:500]}")
        return answer["data"]

    def load(self, question: Question, concurrency: int, seconds: float, first: int, database_cpu: Seconds) -> int:
        """Load it once; the number of requests."""
        cpu, database = self.server.cpu_seconds(), database_cpu()
        request = self.server.request(self.path(question), self.sent(question))
        done = load(self.server.port, request, concurrency, seconds, first=first, expected=question.expected)
        answered = max(1, done["requests"])
        self.runs.append(
            {
                "rps": done["rps"],
                "p50_ms": done["p50_ms"],
                "p99_ms": done["p99_ms"],
                "cpu_ms": (self.server.cpu_seconds() - cpu) / answered * 1000,
                "database_cpu_ms": (database_cpu() - database) / answered * 1000,
                "bad": done["bad"],
            }
        )
        return done["requests"]

    def medians(self) -> dict[str, float]:
        """Of all runs since the last call; of `bad`, the sum."""
        runs, self.runs = self.runs, []
        found = {key: round(statistics.median(run[key] for run in runs), 3) for key in runs[0]}
        return {**found, "bad": sum(run["bad"] for run in runs)}

    def start(self) -> dict[str, float]:
        return {
            "start_seconds": self.start_seconds,
            "resident_mb_at_start": self.resident_mb_at_start,
            "resident_mb_after_load": self.server.resident_mb(),
        }


class Comparison:
    """Rounds of loads, each server in turn; `database_cpu` is of the database's own processes, where it has any."""

    next_number: ClassVar[int] = FIRST_WRITTEN

    def __init__(self, runners: Sequence[Runner], database_cpu: Seconds) -> None:
        self.runners = runners
        self.database_cpu = database_cpu

    def able(self, question: Question, concurrency: int = 1) -> list[Runner]:
        """Those that have a way to answer. Many scans at a time would take longer than the load."""
        ways = {"postgraphile": question.rival, "scan": question.scan_path if concurrency == 1 else ""}
        return [runner for runner in self.runners if ways.get(runner.name, True)]

    def agree(self, question: Question) -> None:
        """Refuse to time servers that do not answer the same."""
        if question.writes:
            for runner in self.able(question):
                runner.ask(question, self.next_number)
            Comparison.next_number += 1
            return
        answers = {runner.name: runner.ask(question, KNOWN_KEY) for runner in self.able(question)}
        for name in ("bare", "scan"):
            if name in answers and answers[name] != answers["ours"]:
                raise SystemExit(f"{question.name}: the bare route ({name}) and the graph do not answer the same")
        rival = answers.get("postgraphile")
        if rival is None or not question.facts or not question.rival_facts:
            return
        if question.facts(answers["ours"]) != question.rival_facts(rival):
            raise SystemExit(f"{question.name}: PostGraphile and the graph do not answer the same")

    def measure(self, question: Question, concurrency: int, seconds: float, rounds: int) -> dict[str, object]:
        """Medians of each server, and the ratios of our rate to theirs."""
        runners = self.able(question, concurrency)
        for turn in range(rounds + 1):
            for runner in runners:
                first = self.next_number if question.writes else KNOWN_KEY
                length = seconds if turn else min(seconds, WARM_SECONDS)
                done = runner.load(question, concurrency, length, first, self.database_cpu)
                if question.writes:
                    Comparison.next_number += done + concurrency
                if not turn:
                    runner.runs.clear()
        found = {runner.name: runner.medians() for runner in runners}
        ratios = {
            f"of_{name}": round(found["ours"]["rps"] / one["rps"], 3)
            for name, one in found.items()
            if name != "ours" and one["rps"]
        }
        return {**found, **ratios}
