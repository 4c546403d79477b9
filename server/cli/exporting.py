"""`nobodyasked export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from ...models.queries.export import EXPORTS
from . import console

ALL = "all"


@console.command
def export(
    entity: Annotated[str, typer.Argument(help=f"What to export: {', '.join(EXPORTS)}, or {ALL}.", show_default=False)],
    form: Annotated[Literal["jsonl", "csv"], typer.Option("--format", help="JSON Lines or CSV.")] = "jsonl",
    out: Annotated[
        str,
        typer.Option(
            "--out",
            metavar="DIR|-",
            help="Folder to write into (ENTITY.jsonl or ENTITY.csv), or - for standard output.",
        ),
    ] = "-",
) -> None:
    """Export entities as JSON Lines or CSV, in the order of their ids.

    Ids look as in the API (need_42); times are ISO 8601 in UTC. In CSV, a text that a spreadsheet would run as a formula
    (it begins with =, +, -, @, tab or carriage return) gets an apostrophe before it.
    """
    from ..export import ExportFormat, export_file, export_stream

    if entity != ALL and entity not in EXPORTS:
        raise typer.BadParameter(f"'{entity}' is none of {', '.join(EXPORTS)}, {ALL}", param_hint="ENTITY")
    if entity == ALL and out == "-":
        raise typer.BadParameter(f"{ALL} needs a folder, one file for each entity", param_hint="--out")
    settings = console.settings()
    entities = list(EXPORTS) if entity == ALL else [entity]

    folder, kind = Path(out), ExportFormat(form)
    if out != "-":
        folder.mkdir(parents=True, exist_ok=True)

    async def work() -> None:
        async with console.database(settings) as db:
            if out == "-":
                await export_stream(db, entity, kind, sys.stdout.buffer)
                sys.stdout.buffer.flush()
                return
            for name in entities:
                path, count = await export_file(db, name, kind, folder)
                console.say(f"{path}: {count:,} rows")

    console.run(work())
