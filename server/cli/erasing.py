"""`nobodyasked erase`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated

import typer

from . import console

if TYPE_CHECKING:
    from ...models.commands.erasure import Erasure

_ID = re.compile(r"customer_(\d{1,18})", re.ASCII)


@console.command
def erase(
    customer: Annotated[
        str,
        typer.Argument(
            help="The customer: the key that the organisation uses, an e-mail address, or an id as the API shows it.",
            show_default=False,
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask back.")] = False,
) -> None:
    """Erase a person for good: their words go from everywhere, what was counted of them stays.

    Rows of theirs that are imported again are refused. Backups and exported files are yours to see to.
    """
    from ...models.actor import Actor
    from ...models.commands import erasure
    from ...models.queries.people import customer_with
    from ..privacy import pseudonyms_of

    settings = console.settings()
    known_as = pseudonyms_of(settings, write=False).of(customer)

    async def work() -> Erasure:
        async with console.database(settings) as db:
            found = await customer_with(db, known_as) or await customer_with(db, customer)
            if found is None and (named := _ID.fullmatch(customer)) is not None:
                found = int(named[1])
            if found is None:
                raise console.Failure(
                    "There is no such customer; one who was erased is not known by this key any more."
                )
            if not yes:
                typer.confirm(f"Erase customer_{found}? This cannot be undone.", abort=True, err=True)
            return await erasure.erase(db, Actor.operator(), found)

    done = console.run(work())
    console.say(
        f"Erased customer_{done.customer_id}: {done.complaints:,} complaints, {done.answers:,} survey answers, {done.quotes:,} quotes."
    )
