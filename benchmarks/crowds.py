"""What do the counts lose that READER is shown?

    python -m benchmarks crowds [--database URL] [--least K]

Asks for every break-down of a database (that of the demo unless given) as READER and as CONTRIBUTOR, and prints of each
kind: cells, the share that is shown, the share of the customers in them, and how far a shown count lies from the true one.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import defaultdict
from collections.abc import Sequence
from statistics import mean
from typing import Any

from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Engine
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role

KINDS = ("bySegment", "byTier", "byChannel", "byProduct", "byLanguage", "weekly")
LISTS = {"needs": KINDS, "inventions": KINDS[:5], "aspects": ("byChannel", "weekly")}
ROOTS = ("complaintsBySegment", "complaintsByChannel", "complaintsByWeek")


def document() -> str:
    """Every break-down that counts customers."""

    def counted(name: str) -> str:
        label = "week" if name == "weekly" else name.rpartition("By")[2].removeprefix("by").lower()
        return f"{name} {{ key: {label} customers }}"

    lists = (
        f"{name}(first: 1000) {{ nodes {{ id {' '.join(map(counted, kinds))} }} }}" for name, kinds in LISTS.items()
    )
    return f"{{ {' '.join(lists)} {' '.join(map(counted, ROOTS))} }}"


def cells(answer: Any) -> dict[str, dict[tuple[str, str | None], int]]:
    """Customers of every cell by the kind of its list, its thing and its name; silent weeks apart."""
    found: dict[str, dict[tuple[str, str | None], int]] = defaultdict(dict)
    for name, kinds in LISTS.items():
        for thing in answer[name]["nodes"]:
            for kind in kinds:
                found[f"{name}.{kind}"] |= {(thing["id"], one["key"]): one["customers"] for one in thing[kind]}
    for name in ROOTS:
        found[name] = {("", one["key"]): one["customers"] for one in answer[name]}
    return {kind: {key: count for key, count in some.items() if count} for kind, some in found.items()}


async def measure(url: str, least: int) -> None:
    database = await Database.open(url)
    try:
        limits = Limits(page_most=1_000, nodes=10**9, crowd=least)

        async def asked(role: Role) -> Any:
            context = Context(database, Actor(None, role, "bench"), None, None, limits)  # type: ignore[arg-type]
            body = json.loads((await Engine().execute(document(), {}, None, context)).body)
            return cells(body["data"])

        true, shown = await asked(Role.CONTRIBUTOR), await asked(Role.READER)
    finally:
        await database.close()
    print(f"{'':24}{'cells':>8}{'shown':>8}{'customers':>11}{'error':>8}{'lists without':>15}")
    for kind, some in true.items():
        seen = shown[kind]
        share = sum(some[key] for key in seen) / max(1, sum(some.values()))
        error = mean(abs(some[key] - count) / some[key] for key, count in seen.items()) if seen else 0.0
        empty = 1 - len({thing for thing, _ in seen}) / max(1, len({thing for thing, _ in some}))
        print(f"{kind:24}{len(some):8}{len(seen) / max(1, len(some)):8.0%}{share:11.0%}{error:8.1%}{empty:15.0%}")


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", default="sqlite:///.data/nobodyasked.db")
    parser.add_argument("--least", type=int, default=3, help="customers of a crowd")
    arguments = parser.parse_args(argv)
    asyncio.run(measure(arguments.database, arguments.least))


if __name__ == "__main__":
    main()
