"""`nobodyasked infer`."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..settings import Settings
from . import console
from .progress import Bar

if TYPE_CHECKING:
    from ...models.database import Database
    from ...models.queries.summary import Outcome, TopNeed

QUOTES = 2
FOLLOW_SECONDS = 0.5
INT_MOST = (1 << 31) - 1
"""What an Int of GraphQL holds: the API shows what a run was started with."""


@console.command
def infer(
    granularity: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="How alike the members of one need must be: 0.5 gives few broad needs, 0.7 many narrow ones.",
            show_default="0.53",
        ),
    ] = None,
    customers: Annotated[
        int | None,
        typer.Option(
            min=1, max=INT_MOST, help="Distinct customers that a need takes.", show_default="2, more in large sets"
        ),
    ] = None,
    afresh: Annotated[
        bool,
        typer.Option(
            "--afresh", help="Group everything anew. Otherwise few new messages join the needs there are already."
        ),
    ] = False,
    top: Annotated[int, typer.Option(min=0, max=INT_MOST, help="Needs to show at the end.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Infer the needs behind all complaints, in this process, and show those of most customers.

    Ctrl-C cancels the run; the needs then stay as they were before it.
    """
    settings = console.settings()
    parameters = {"granularity": granularity, "minimum_customers": customers, "afresh": afresh or None}

    async def work() -> tuple[Outcome, list[TopNeed]]:
        async with console.database(settings) as db:
            return await run_inference(
                db, settings, {name: value for name, value in parameters.items() if value is not None}, top
            )

    outcome, needs = console.run(work())
    if json:
        console.print_json({"run": asdict(outcome), "needs": [asdict(need) for need in needs]})
    else:
        show(needs)
    finish(outcome)


async def run_inference(
    db: Database, settings: Settings, parameters: dict[str, Any], top: int
) -> tuple[Outcome, list[TopNeed]]:
    """Start a run, carry it out with a bar, and say how it ended and what it found. Raises AlreadyRunning."""
    from ...models.actor import Actor
    from ...models.commands import runs
    from ...models.errors import IllegalTransition, Refusal
    from ...models.queries import summary
    from ..jobs.worker import SILENT_MS, run_once

    actor = Actor.operator()
    await runs.recover(db, SILENT_MS)
    run_id = await runs.start(db, actor, parameters)
    canceling: set[asyncio.Task[None]] = set()

    async def cancel() -> None:
        # it may have ended a moment ago
        try:
            await runs.cancel(db, actor, run_id)
        except Refusal as refusal:
            console.say(refusal.message)

    def interrupt() -> None:
        console.say("Canceling the run (again to stop at once) ...")
        canceling.add(asyncio.create_task(cancel()))

    with console.interruptible(interrupt), Bar("Inferring", 1.0) as bar:
        try:
            await run_once(db, settings, run_id, lambda stage, progress: bar.show(progress, stage))
        except IllegalTransition:
            # canceled before it began, or taken by the worker of a server on the same database
            await _follow(db, run_id)
        await asyncio.gather(*canceling)
    outcome = await summary.outcome(db, run_id)
    assert outcome is not None
    return outcome, await summary.top_needs(db, top, QUOTES)


async def _follow(db: Database, run_id: int) -> None:
    from ...models.queries import runs
    from ...models.run import UNFINISHED_RUNS

    # another process writes how it ends: there is nothing to wait on but the database
    while await runs.status(db, run_id) in UNFINISHED_RUNS:  # noqa: ASYNC110
        await asyncio.sleep(FOLLOW_SECONDS)


def show(needs: list[TopNeed]) -> None:
    for need in needs:
        print(f"need_{need.id}  {need.statement}")
        asking = f", {need.asking_count:,} ask for something" if need.asking_count else ""
        print(
            f"    {need.customer_count:,} customers, {need.evidence_count:,} quotes{asking}, confidence {need.confidence:.2f}"
        )
        for quote in need.quotes:
            print(f"    - {' '.join(quote.split())}")


COUNTS = [
    "messages",
    "newly_read",
    "spans",
    "noise",
    "ask",
    "wish",
    "pain",
    "praise",
    "needs",
    "kept_needs",
    "evidence",
]

WORDS = {
    "newly_read": "of them new and with something to read",
    "ask": "asks",
    "wish": "wishes",
    "pain": "pains",
    "kept_needs": "of them known before",
    "embedded": "texts made into vectors",
    "peak_memory_mb": "MB of memory at most",
}
"""What a count is of, where its name alone would leave one guessing."""


def finish(outcome: Outcome) -> None:
    """Say how the run ended, and exit accordingly unless it succeeded."""
    seconds = sum(outcome.timings.values())
    # in one order on both databases, of which one keeps none
    names = sorted(outcome.counts, key=lambda name: (COUNTS.index(name) if name in COUNTS else len(COUNTS), name))
    counts = ", ".join(f"{outcome.counts[name]:,} {WORDS.get(name, name.replace('_', ' '))}" for name in names)
    if outcome.status == "SUCCEEDED" and not outcome.counts.get("messages"):
        console.say("There are no messages yet: bring some in with 'nobodyasked import'.")
    elif outcome.status == "SUCCEEDED":
        console.say(f"Run {outcome.id} succeeded in {seconds:.1f} s: {counts}")
    elif outcome.status == "CANCELED":
        console.say(f"Run {outcome.id} was canceled; the needs are what they were before it.")
        raise typer.Exit(console.INTERRUPTED)
    else:
        raise console.Failure(outcome.failure or f"Run {outcome.id} is {outcome.status}.")
