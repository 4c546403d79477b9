"""`nobodyasked audit`."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from . import console

if TYPE_CHECKING:
    from ...models.audit import Entry
    from ...models.queries.audit import Verdict

GROUP = "audit"
app = typer.Typer(help="Read and verify the log of all changes.", no_args_is_help=True)


def noted_head(text: str | None) -> tuple[int, str] | None:
    """`12:hash` as a place and its hash."""
    if text is None:
        return None
    place, _, hash = text.partition(":")
    if not place.isdecimal() or len(hash) != 64:
        raise typer.BadParameter("write it as 'verify' prints it, PLACE:HASH", param_hint="--head")
    return int(place), hash


@app.command("verify")
@console.command
def verify(
    head: Annotated[
        str | None,
        typer.Option(metavar="PLACE:HASH", help="A head noted earlier, which must still be in the log."),
    ] = None,
) -> None:
    """Prove that no entry was changed, added or taken away. Prints the head: keep it where nobody who could write the
    database can."""
    from ...models.commands import audit
    from ...models.queries import audit as log

    noted = noted_head(head)

    async def work() -> Verdict:
        async with console.database(console.settings()) as db:
            await audit.seal_all(db)
            return await log.verify(db, noted)

    verdict = console.run(work())
    if verdict.wrong is not None:
        console.fail(f"The audit log does not hold: {verdict.wrong}. Up to entry {verdict.entries} it does.")
    console.say(f"The audit log holds: {verdict.entries} entries. Its head:")
    print(f"{verdict.entries}:{verdict.head}")


@app.command("list")
@console.command
def list_entries(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many, latest first.")] = 20,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON, with every change.")] = False,
) -> None:
    """List the latest changes: when, by which deed, on whose behalf, and to what."""
    from ...models.commands import audit
    from ...models.queries import audit as log

    async def work() -> list[Entry]:
        async with console.database(console.settings()) as db:
            await audit.seal_all(db)
            return await log.latest(db, limit)

    entries = console.run(work())
    if json:
        console.print_json([asdict(entry) for entry in entries])
        return
    for entry in entries:
        at = datetime.fromtimestamp(entry.at / 1000).astimezone().isoformat(timespec="seconds")
        members = [entry.member_id] if entry.member_id is not None else entry.members
        whom = ", ".join(f"member_{id}" for id in members) or "-"
        what = ", ".join(f"{one['change'].lower()} {one['count']} {one['table']}" for one in entry.changes)
        print(f"{entry.id}\t{at}\t{entry.deed or '-'}\t{whom}\t{what}")
