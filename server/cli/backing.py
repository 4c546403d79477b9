"""`nobodyasked backup` and `nobodyasked restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import console


@console.command
def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The archive to write; it must not be there yet.")],
) -> None:
    """Write the whole database to a file, while the server goes on. Keep the keys of the data folder apart from it."""
    from ..backup import back_up

    settings = console.settings()
    manifest = console.run(back_up(settings.database_url, file))
    rows = sum(manifest.counts.values())
    console.say(f"Wrote {file}: {manifest.bytes:,} bytes, {rows:,} rows. Head of the audit log:")
    print(f"{manifest.audit_place}:{manifest.audit_head}")


@console.command
def restore(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="An archive that 'backup' wrote.", exists=True, dir_okay=False)
    ],
) -> None:
    """Make the database of the settings, which must not be there yet, out of a backup; then prove that all is there."""
    from ..backup import restore as put_back
    from ..privacy import keys_missing

    settings = console.settings()
    console.make_room(settings)
    manifest = console.run(put_back(settings.database_url, file))
    rows = sum(manifest.counts.values())
    console.say(f"Restored {rows:,} rows into {settings.database_label}; the audit log holds.")
    for missing in keys_missing(settings):
        console.say(missing)
