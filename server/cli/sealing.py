"""`nobodyasked seal`."""

from __future__ import annotations

import typer

from . import console

app = typer.Typer(help="Keep the originals of redacted texts under a new key.", no_args_is_help=True)


@app.callback()
def _root() -> None:
    """A group, though it holds one command."""


@app.command("rotate")
@console.command
def rotate() -> None:
    """Seal every original anew under the first key of NOBODYASKED_SEAL_KEYS, or of `seal.key` in the data folder.

    Put the new key in front of the old one first, and restart the servers. The old one may go once this is done.
    """
    from ...models.actor import Actor
    from ...models.commands import originals

    async def work() -> originals.Rotation:
        async with console.database(console.settings()) as db:
            return await originals.rotate(db, Actor.operator())

    done = console.run(work())
    console.say(f"{done.sealed:,} originals sealed anew; all others were under the key {done.key_id} already.")
    if done.missing:
        console.fail(
            f"{done.missing:,} originals are sealed under a key that is not there: add it behind the first one."
        )
