"""How fast is the graph, next to a bare route around hand-written SQL on the same database, in the same run?

    python -m benchmarks graph [--scale 20000,100000] [--databases sqlite,postgres] [--queries q1,q2,q3] [--seconds 2] [--rounds 3]

q1: one complaint by id. q2: work backwards (20 inventions -> needs -> 10 evidence complaints each). q3: 1,000
complaints x 6 fields. Each at concurrency 1 and 32, over HTTP on loopback, server on one core and load on another
where there are two. Rounds of both servers alternate; printed are medians, as JSON: requests a second, p50 and p99 in
milliseconds, and the ratio of ours to the bare route's requests. The server checks a token, parses the request and
looks up the plan each time; the bare route does nothing but its statement.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import tempfile
from pathlib import Path

from .support.databases import Databases
from .support.load import Load, load
from .support.serving import bare, ours
from .support.tokens import token_of

QUERIES = {
    "q1": "query Q1($id: ID!) { complaint(id: $id) { id text channel severity occurredAt customer { id } } }",
    "q2": (
        "query WorkBackwards { inventions(first: 20) { nodes { id title status needs { edges { relief rationale node { id statement"
        " confidence evidence(first: 10) { totalCount edges { confidence quote stance node { id text channel occurredAt"
        " customer { id segment } } } } } } } } } }"
    ),
    "q3": "query Q3($first: Int!) { complaints(first: $first) { nodes { id text channel severity occurredAt customer { id } } } }",
}
VARIABLES = {"q1": {"id": f"complaint_{12345 % 5000 + 1}"}, "q2": {}, "q3": {"first": 1000}}
CONCURRENCY = (1, 32)


def measure(url: str, queries: list[str], seconds: float, rounds: int) -> list[dict[str, object]]:
    token = asyncio.run(token_of(url))
    results: list[dict[str, object]] = []
    with ours(url, token) as graph, bare(url) as route:
        for name in queries:
            body = json.dumps({"query": QUERIES[name], "variables": VARIABLES[name]}).encode()
            if graph.answer("/graphql", body) != route.answer(f"/{name}", b""):
                raise SystemExit(f"{name}: the bare route and the graph do not answer the same")
            for concurrency in CONCURRENCY:
                runs: dict[str, list[Load]] = {"ours": [], "bare": []}
                for _ in range(rounds):
                    runs["ours"].append(load(graph.port, graph.request("/graphql", body), concurrency, seconds))
                    runs["bare"].append(load(route.port, route.request(f"/{name}", b""), concurrency, seconds))
                middle = {
                    who: {key: round(statistics.median(run[key] for run in some), 2) for key in some[0]}
                    for who, some in runs.items()
                }
                results.append(
                    {
                        "query": name,
                        "concurrency": concurrency,
                        **middle,
                        "ratio": round(middle["ours"]["rps"] / middle["bare"]["rps"], 3)
                        if middle["bare"]["rps"]
                        else None,
                    }
                )
    return results


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="graph", description="The graph's speed, next to a bare route on the same database."
    )
    parser.add_argument("--scale", default="20000", help="complaints; several with commas between")
    parser.add_argument("--databases", default="sqlite,postgres")
    parser.add_argument("--queries", default="q1,q2,q3")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load in each round")
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args(arguments)
    found: list[dict[str, object]] = []
    with tempfile.TemporaryDirectory() as folder, Databases(Path(folder)) as databases:
        for scale in (int(one) for one in given.scale.split(",")):
            for kind in given.databases.split(","):
                url = databases.filled(kind, scale)
                for result in measure(url, given.queries.split(","), given.seconds, given.rounds):
                    found.append({"database": kind, "complaints": scale, **result})
                    print(json.dumps(found[-1]), flush=True)


if __name__ == "__main__":
    main()
