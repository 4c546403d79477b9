"""Users of a server in a process of their own: they read, write and listen, with pauses, and note all that they are told.

    python -m benchmarks.support.users OUTPUT

Takes a line of JSON (`Plan`), prints one once all listeners listen, begins at the next line, and writes JSON (`Told`) to
OUTPUT at the end. Between surges a few users pause between requests; in a surge many
come who do not.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter, deque
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import uvloop
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from nobodyasked.server.files import raise_limit

from .serving import ROOT

__all__ = ["Crowd", "Plan", "Told"]

LISTENING_SECONDS = 6.0
LONGEST_LISTENING_SECONDS = 90.0
"""Once all have asked, listeners go on until they have heard nothing for so long, at most."""
ANSWER_SECONDS = 60.0
READS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("query ($id: ID!) { node(id: $id) { id ... on Complaint { text channel customer { id segment } } } }", {"id": 0}),
    ("query ($id: ID!) { node(id: $id) { id ... on Complaint { text } } }", {"id": 0}),
    (
        "query ($n: Int!) { inventions(first: $n) { nodes { id title needs { edges { relief node { id statement"
        " evidence(first: 5) { totalCount edges { quote node { id text } } } } } } } } }",
        {"n": (1, 20)},
    ),
    ("query ($n: Int!) { complaints(first: $n) { totalCount nodes { id text channel occurredAt } } }", {"n": (1, 100)}),
    ('query ($n: Int!) { complaints(first: $n, search: "refund") { totalCount nodes { id text } } }', {"n": (1, 20)}),
    (
        "query ($n: Int!) { needs(first: $n, orderBy: [{ field: CUSTOMER_COUNT, direction: DESC }]) { totalCount"
        " nodes { id statement weekly { week complaints } byChannel { channel complaints } } } }",
        {"n": (1, 10)},
    ),
)
"""Documents, and what stands for their variables: 0 an id of a complaint, a pair a number between."""
SUBMIT = "mutation ($input: ComplaintSubmitInput!) { complaintSubmit(input: $input) { complaint { id } userErrors { code } } }"
IMPORT = """mutation ($input: ComplaintsImportInput!) { complaintsImport(input: $input) {
  createdCount knownCount rows { complaint { id } } userErrors { code } } }"""
LISTEN = "subscription { complaintReceived { id channel } }"
WRITES = 0.15
"""Share of requests that write."""
WORDS = (
    "the parcel came late",
    "my refund has not arrived",
    "the zip broke",
    "checkout failed twice",
    "size runs small",
)


@dataclass
class Plan:
    """What the users of one process do. Times in seconds."""

    port: int
    token: str
    name: str
    seconds: float
    users: int
    surging: int
    """Users who come in a surge only."""
    pause: float
    """Mean of the pauses between a user's requests."""
    period: float
    """A surge is the last third of it."""
    listeners: int
    complaints: int
    """Ids of complaints to ask for go up to this."""


@dataclass
class Told:
    """What they were told."""

    times: dict[str, list[float]] = field(default_factory=lambda: {"calm": [], "surge": []})
    """Seconds of each answer with status 200."""
    statuses: Counter[str] = field(default_factory=Counter)
    """Answers, by status and code of their error."""
    wrong: list[str] = field(default_factory=list)
    """What should not have been: the beginnings of such answers, and refusals that do not say when to come again."""
    taken: dict[str, str] = field(default_factory=dict)
    """Ids of complaints, by the external ids under which they were acknowledged."""
    heard: list[Counter[str]] = field(default_factory=list)
    """How often each listener heard of each complaint."""
    lost: int = 0
    """Connections that broke."""


class Crowd:
    """A process of users. Raises SystemExit where it fails."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self._output = folder / f"{plan.name}.json"
        command = [sys.executable, "-m", "benchmarks.support.users", str(self._output)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._say(json.dumps(asdict(plan)))

    def listening(self) -> None:
        """Wait until its listeners listen."""
        assert self._process.stdout is not None
        if not self._process.stdout.readline():
            raise SystemExit("the users could not listen")

    def go(self) -> None:
        """Let the others begin."""
        self._say("")

    def told(self) -> Told:
        """Wait for its end; what it was told."""
        if self._process.wait():
            raise SystemExit("a process of users failed")
        return Told(**json.loads(self._output.read_text()))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


class Users:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.told = Told()
        self.began = time.monotonic()
        self.number = 0
        self.sent: deque[dict[str, str]] = deque(maxlen=100)
        self.over = asyncio.Event()
        self.listens = asyncio.Semaphore(0)
        self.heard_at = 0.0

    @property
    def surge(self) -> bool:
        since = time.monotonic() - self.began
        return since % self.plan.period > self.plan.period * 2 / 3

    async def all(self) -> Told:
        plan = self.plan
        self.told.heard = [Counter() for _ in range(plan.listeners)]
        listening = [asyncio.create_task(self.listen(heard)) for heard in self.told.heard]
        async with asyncio.timeout(ANSWER_SECONDS):
            for _ in range(plan.listeners):
                await self.listens.acquire()
        print("listening", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        self.began = time.monotonic()
        asking = [self.ask(surging=number >= plan.users) for number in range(plan.users + plan.surging)]
        await asyncio.gather(*asking)
        self.heard_at = ended = time.monotonic()
        # in a surge events come faster than they are told: listeners hear the rest when it is over
        until = ended + LONGEST_LISTENING_SECONDS
        while time.monotonic() < min(self.heard_at + LISTENING_SECONDS, until):  # noqa: ASYNC110 nobody tells of silence
            await asyncio.sleep(0.2)
        self.over.set()
        await asyncio.gather(*listening)
        return self.told

    async def ask(self, *, surging: bool) -> None:
        """One user, with a connection of its own."""
        dice = random.Random(f"{self.plan.name} {self.number}")
        self.number += 1
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while (left := self.began + self.plan.seconds - time.monotonic()) > 0:
            if surging and not self.surge:
                if connection is not None:
                    connection[1].close()
                    connection = None
                await asyncio.sleep(min(0.2, left))
                continue
            if not surging:
                await asyncio.sleep(min(dice.expovariate(1 / self.plan.pause), left))
            body, keys = self.written(dice) if dice.random() < WRITES else (self.read(dice), [])
            try:
                if connection is None:
                    connection = await asyncio.open_connection("127.0.0.1", self.plan.port)
                began, surge = time.perf_counter(), self.surge
                status, head, answer = await asyncio.wait_for(self.exchange(*connection, body), ANSWER_SECONDS)
            except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
                self.told.lost += 1
                self.told.wrong.append(f"{type(error).__name__} for {body[:80]!r}")
                connection = None
                continue
            if status == 200:
                self.told.times["surge" if surge else "calm"].append(time.perf_counter() - began)
            self.note(status, head, answer, keys)
            if b"connection: close" in head:
                connection[1].close()
                connection = None
        if connection is not None:
            connection[1].close()

    def read(self, dice: random.Random) -> bytes:
        document, given = dice.choice(READS)
        return json.dumps(
            {
                "query": document,
                "variables": {
                    name: dice.randint(*value) if value else f"complaint_{dice.randint(1, self.plan.complaints)}"
                    for name, value in given.items()
                },
            }
        ).encode()

    def written(self, dice: random.Random) -> tuple[bytes, list[str]]:
        """A change, and the external ids of its rows; now and then those that were sent before."""
        many = dice.random() < 0.1
        rows = []
        for _ in range(20 if many else 1):
            if not many and self.sent and dice.random() < 0.05:
                # as a client does who did not hear the answer
                rows.append(dice.choice(self.sent))
                continue
            key = f"{self.plan.name}-{self.number}"
            text = f"{dice.choice(WORDS).capitalize()}, {dice.choice(WORDS)} ({key})."
            self.number += 1
            rows.append({"text": text, "channel": "mail", "source": "load", "externalId": key})
        self.sent += rows
        query, given = (IMPORT, {"rows": rows}) if many else (SUBMIT, rows[0])
        body = json.dumps({"query": query, "variables": {"input": given}}).encode()
        return body, [row["externalId"] for row in rows]

    async def exchange(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: bytes
    ) -> tuple[int, bytes, bytes]:
        writer.write(
            b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nauthorization: Bearer "
            + self.plan.token.encode()
            + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
            + body
        )
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        size = re.search(rb"content-length: (\d+)", head)
        answer = await reader.readexactly(int(size[1])) if size else b""
        return int(head[9:12]), head, answer

    def note(self, status: int, head: bytes, answer: bytes, keys: list[str]) -> None:
        told = self.told
        value = json.loads(answer)
        code = value["errors"][0]["extensions"]["code"] if "errors" in value else ""
        told.statuses[f"{status} {code}".strip()] += 1
        if status in (429, 503):
            if b"retry-after: " not in head:
                told.wrong.append(f"{status} without Retry-After")
            return
        if status != 200 or code or b'"userErrors":[{' in answer:
            told.wrong.append(f"{status} {answer[:200]!r}")
        elif keys:
            payload = next(iter(value["data"].values()))
            rows = payload.get("rows", [payload])
            for key, row in zip(keys, rows, strict=True):
                known = told.taken.setdefault(key, row["complaint"]["id"])
                if known != row["complaint"]["id"]:
                    told.wrong.append(f"{key} was {known} and is {row['complaint']['id']}")

    async def listen(self, heard: Counter[str]) -> None:
        address = f"ws://127.0.0.1:{self.plan.port}/graphql"
        try:
            async with connect(
                address, subprotocols=[Subprotocol("graphql-transport-ws")], ping_interval=None, max_queue=None
            ) as socket:
                init = {"type": "connection_init", "payload": {"authorization": f"Bearer {self.plan.token}"}}
                await socket.send(json.dumps(init))
                await socket.recv()
                await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": LISTEN}}))
                closing = asyncio.create_task(self.over.wait())
                closing.add_done_callback(lambda _: asyncio.get_running_loop().create_task(socket.close()))
                await socket.send('{"type":"ping"}')
                async for message in socket:
                    value = json.loads(message)
                    if value["type"] == "pong":
                        self.listens.release()
                        continue
                    if value["type"] != "next" or "errors" in value["payload"]:
                        self.told.wrong.append(f"heard {str(value)[:200]}")
                        continue
                    self.heard_at = time.monotonic()
                    heard[value["payload"]["data"]["complaintReceived"]["id"]] += 1
        except (OSError, ConnectionClosed) as error:
            self.told.lost += 1
            self.told.wrong.append(f"a listener lost its connection: {error}")


if __name__ == "__main__":
    raise_limit()
    given = Plan(**json.loads(sys.stdin.readline()))
    Path(sys.argv[1]).write_text(json.dumps(vars(uvloop.run(Users(given).all()))))
