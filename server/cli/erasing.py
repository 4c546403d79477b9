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
    from ...models.queries.people import customers_with
    from ..jobs.naming import named_again
    from ..privacy import pseudonyms_of

    settings = console.settings()
    pseudonyms = pseudonyms_of(settings, write=False)

    async def work() -> list[Erasure]:
        async with console.database(settings) as db:
            found = await customers_with(db, pseudonyms.ever(customer))
            if not found and (named := _ID.fullmatch(customer)) is not None:
                found = [int(named[1])]
            if not found:
                raise console.Failure(
                    "There is no such customer; one who was erased is not known by this key any more."
                )
            if not yes:
                whom = " and ".join(f"customer_{one}" for one in found)
                typer.confirm(f"Erase {whom}? This cannot be undone.", abort=True, err=True)
            done = [await erasure.erase(db, Actor.operator(), one) for one in found]
            await named_again(db)
            return done

    done = console.run(work())
    complaints, answers, quotes = (
        sum(getattr(one, name) for one in done) for name in ("complaints", "answers", "quotes")
    )
    names = " and ".join(f"customer_{one.customer_id}" for one in done)
    console.say(f"Erased {names}: {complaints:,} complaints, {answers:,} survey answers, {quotes:,} quotes.")
