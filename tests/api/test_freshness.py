"""Several processes write and read at once, each with answers of its own in memory: nobody reads what was before."""

from __future__ import annotations

import asyncio
import json
import struct
import sys
from pathlib import Path

from nobodyasked.models.database import Database

from .world import World

PROCESSES = 3
SECONDS = 1.2

# each process notes the last version that it committed on a board that all of them see; whoever asks looks at the
# board first, and must not be told of a version before the newest there
CHILD = """
import asyncio, json, mmap, random, struct, sys, time
from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Engine
from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database

QUERY = "{ inventions(last: 1) { nodes { id version proposer { name } } } teams { totalCount } }"
EVENT = "INSERT INTO event (topic, subjects, details, at) VALUES ('NEED_CHANGED', '[]', '{}', 1)"

async def main(url, path, index, count, seconds):
    database = await Database.open(url, pool=3)
    engine = Engine(cache_bytes=1 << 20)
    context = Context(database, Actor.anonymous(), None, None)
    with open(path, "r+b") as file:
        board = mmap.mmap(file.fileno(), 0)
    told = {"reads": 0, "stale": 0, "writes": 0}
    until = time.monotonic() + seconds

    async def write():
        async def work(transaction):
            return await transaction.value("UPDATE invention SET version = version + 1 WHERE id = 1 RETURNING version")
        while time.monotonic() < until:
            version = await database.retrying(work)
            struct.pack_into("q", board, 8 * index, version)
            told["writes"] += 1
            await asyncio.sleep(random.uniform(0, 0.04))

    async def stir():
        while time.monotonic() < until:
            await database.retrying(lambda transaction: transaction.execute(EVENT))
            await asyncio.sleep(random.uniform(0, 0.02))

    async def read():
        while time.monotonic() < until:
            newest = max(struct.unpack(f"{count}q", board))
            answer = json.loads((await engine.execute(QUERY, None, None, context)).body)
            told["stale"] += answer["data"]["inventions"]["nodes"][0]["version"] < newest
            told["reads"] += 1
            await asyncio.sleep(0)

    await asyncio.gather(write(), stir(), *(read() for _ in range(3)))
    await database.close()
    print(json.dumps({**told, **engine.cache.figures()}))

asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])))
"""


async def child(url: str, board: Path, index: int) -> dict[str, int]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-P", "-W", "error", "-c", CHILD, url, str(board), str(index), str(PROCESSES), str(SECONDS)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(60):
            out, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0
    return json.loads(out)


async def test_nobody_reads_what_was_before(
    database: Database, world: World, database_url: str, tmp_path: Path
) -> None:
    board = tmp_path / "board"
    board.write_bytes(bytes(8 * PROCESSES))
    told = await asyncio.gather(*(child(database_url, board, index) for index in range(PROCESSES)))
    assert sum(one["stale"] for one in told) == 0
    for one in told:
        # each of them wrote, and was spared some of its reads
        assert one["writes"] > 1, told
        assert one["hits"] + one["shared"] > one["reads"] // 10, told
        assert one["reads"] > 20, told
    newest = await database.value("select version from invention where id = 1")
    assert newest == max(struct.unpack(f"{PROCESSES}q", board.read_bytes())) == 1 + sum(one["writes"] for one in told)
