"""What many idle subscribers of one process take, and how long it takes to tell them all of one event.

    python -m benchmarks subscribers --count 10000

Prints a JSON object for each transport: memory and processor time of the server's process, and milliseconds from the sending
of a complaint to its arrival at the first, the median and the last of them.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from pathlib import Path

from nobodyasked.models.team import Role
from nobodyasked.server.files import raise_limit

from .support.databases import Databases
from .support.listeners import Listeners
from .support.serving import Server, ours
from .support.tokens import token_of

SUBMIT = """mutation ($input: ComplaintSubmitInput!) {
  complaintSubmit(input: $input) { complaint { id } userErrors { code } } }"""
TEXT = "The parcel came late again, and nobody told me where it was, so I waited at home all day."
PER_PROCESS = 5_000
SETTLE_SECONDS = 3.0
"""After the last has come, and after the last has heard."""


def submit(server: Server, number: int) -> float:
    """Send a complaint; the moment at which it was sent."""
    given = {"text": f"{TEXT} ({number})", "channel": "mail", "source": "subscribers", "externalId": str(number)}
    sent = time.monotonic()
    answer = server.answer("/graphql", json.dumps({"query": SUBMIT, "variables": {"input": given}}).encode())
    if '"userErrors": []' not in json.dumps(answer):
        raise SystemExit(f"the complaint was not taken: {answer}")
    return sent


def measure(server: Server, transport: str, count: int, idle_seconds: float, events: int) -> dict[str, object]:
    submit(server, 0)  # what is loaded at the first use counts for nobody
    empty = server.resident_mb()
    shares = [min(PER_PROCESS, count - begin) for begin in range(0, count, PER_PROCESS)]
    began = time.monotonic()
    processes = [Listeners(server.port, transport, share, server.token) for share in shares]
    try:
        for one in processes:
            one.ready()
        connected = time.monotonic() - began
        time.sleep(SETTLE_SECONDS)
        full = server.resident_mb()
        before = server.cpu_seconds()
        time.sleep(idle_seconds)
        idle = (server.cpu_seconds() - before) / idle_seconds
        taken: list[tuple[float, float, float]] = []
        before = server.cpu_seconds()
        for number in range(1, events + 1):
            sent = submit(server, number)
            moments: list[float] = []
            until = time.monotonic() + 60
            while len(moments) < count and time.monotonic() < until:
                time.sleep(0.5)
                for one in processes:
                    heard = one.heard()
                    moments += heard["moments"]
                    if heard["lost"]:
                        raise SystemExit(f"{heard['lost']} subscribers were lost")
            if len(moments) != count:
                raise SystemExit(f"{len(moments)} of {count} subscribers heard of it")
            moments.sort()
            taken.append(tuple((at - sent) * 1000 for at in (moments[0], moments[count // 2], moments[-1])))  # type: ignore[arg-type]
        used = server.cpu_seconds() - before
        peak = server.resident_mb()
    finally:
        for one in processes:
            one.close()
    first, median, last = (round(statistics.median(column), 1) for column in zip(*taken, strict=True))
    return {
        "transport": transport,
        "subscribers": count,
        "connected_seconds": round(connected, 1),
        "resident_mb_before": round(empty, 1),
        "resident_mb": round(full, 1),
        "kb_each": round((full - empty) * 1024 / count, 1),
        "idle_cpu_percent": round(idle * 100, 1),
        "first_ms": first,
        "median_ms": median,
        "last_ms": last,
        "cpu_us_each_event": round(used / events / count * 1e6, 1),
        "resident_mb_after": round(peak, 1),
    }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="subscribers", description="Many subscribers of one process.")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--transports", default="websocket,sse")
    parser.add_argument("--database", default="sqlite", choices=("sqlite", "postgres"))
    parser.add_argument("--idle-seconds", type=float, default=30.0)
    parser.add_argument("--events", type=int, default=5)
    given = parser.parse_args(arguments)
    raise_limit()
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder)) as databases:
        for transport in given.transports.split(","):
            url = databases.filled(given.database, 1_000, f"subscribers_{transport}")
            with ours(url, asyncio.run(token_of(url, Role.CONTRIBUTOR)), {"NOBODYASKED_DATA_DIR": folder}) as server:
                print(json.dumps(measure(server, transport, given.count, given.idle_seconds, given.events)), flush=True)


if __name__ == "__main__":
    main()
