"""`nobodyasked migrate`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console


@console.command
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="Change nothing; exit with 1 if something is pending.")
    ] = False,
) -> None:
    """Bring the database's tables up to date. Safe to repeat, and from several machines at once."""
    settings = console.settings()

    async def work() -> tuple[list[str], bool]:
        async with console.database(settings, migrated=False) as db:
            if check:
                return await db.pending_migrations(), False
            return await db.migrate(), True

    names, applied = console.run(work())
    for name in names:
        print(f"{'applied' if applied else 'pending'} {name}")
    if not names:
        console.say(f"{settings.database_label} is up to date.")
    elif check:
        raise typer.Exit(console.FAILED)
