"""`nobodyasked survey`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..ingest.files import MAIL_FORMATS, find_format, open_reader
from ..ingest.row import IngestError, MissingColumn, Rejection, Row
from . import console

if TYPE_CHECKING:
    from ...models.commands.surveys import AnswerDraft
    from ...models.database import Database
    from ...models.errors import Refusal

COLUMNS = ("need", "respondent", "importance", "satisfaction")
TIMES = ("time", "answered_at")


@console.command
def survey(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            help=f"CSV, TSV or JSON Lines with the columns {', '.join(COLUMNS)} and, if you like, time.",
            show_default=False,
        ),
    ],
    source: Annotated[
        str | None,
        typer.Option(
            help="Name of the survey; each respondent answers once in it about each need.",
            show_default="the file's name without its ending",
        ),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be wrong; write nothing.")] = False,
) -> None:
    """Import answers of a satisfaction survey: how much needs matter, and how well they are met.

    A need is named by its id (need_12) or by its statement; importance and satisfaction are whole numbers from 1 to 5.
    Rows that were imported before change nothing. Rows that cannot be taken are told, and the others are imported.
    """
    settings = console.settings()

    async def work() -> tuple[int, int, list[tuple[int, str]]]:
        async with console.database(settings) as db:
            return await _import(db, file, source or file.stem, dry_run=dry_run)

    created, known, wrong = console.run(work())
    for line, message in wrong:
        console.say(f"line {line}: {message}")
    done = "would be imported" if dry_run else "imported"
    console.say(f"{created:,} answers {done}, {known:,} were there already, {len(wrong):,} rejected.")
    if wrong and not created and not known:
        raise typer.Exit(console.FAILED)


async def _import(db: Database, path: Path, source: str, *, dry_run: bool) -> tuple[int, int, list[tuple[int, str]]]:
    """Answers that are new, those that were known, and the lines of those that are wrong with the reasons."""
    from ...models.actor import Actor
    from ...models.commands.surveys import import_answers
    from ...models.queries.surveys import needs_named

    kind = find_format(path)
    if kind in MAIL_FORMATS:
        raise IngestError(f"{path} holds e-mails; answers of a survey come as CSV, TSV or JSON Lines.")
    reader = open_reader(path, kind)
    missing = [name for name in COLUMNS if name not in reader.columns]
    if missing:
        raise MissingColumn(f"{path} has no column '{missing[0]}'.", reader.columns, "Rename the columns.")
    named = await needs_named(db)
    drafts: list[AnswerDraft] = []
    lines: list[int] = []
    wrong: list[tuple[int, str]] = []
    for row in reader:
        draft = row.message if isinstance(row, Rejection) else _draft(row, named)
        if isinstance(draft, str):
            wrong.append((row.line, draft))
        else:
            drafts.append(draft)
            lines.append(row.line)
    results = await import_answers(db, Actor.operator(), source, drafts, dry_run=dry_run)
    wrong += [(lines[one.index], _reason(one.error)) for one in results if one.error]
    created = sum(one.created for one in results)
    return created, len(results) - created - sum(one.error is not None for one in results), sorted(wrong)


def _reason(error: Refusal) -> str:
    """What is wrong, with the column that it is about."""
    column = TIMES[0] if error.path == ("answeredAt",) else ".".join(error.path)
    return f"{column}: {error.message}" if column in (*COLUMNS, *TIMES) else error.message


def _draft(row: Row, named: dict[str, int]) -> AnswerDraft | str:
    """The answer of a row, or what is wrong with it."""
    from ...models.commands.surveys import AnswerDraft
    from ...models.fields import to_ms
    from ..ingest.moments import BadTime, parse_time

    need, respondent, *ratings = (row.cells[name].strip() for name in COLUMNS)
    if need not in named:
        return f"there is no need '{need[:80]}': name it by its id, such as need_12, or by its whole statement"
    try:
        importance, satisfaction = (int(rating) for rating in ratings)
    except ValueError:
        return f"importance '{ratings[0][:20]}' and satisfaction '{ratings[1][:20]}' must be whole numbers from 1 to 5"
    said = next((row.cells[name].strip() for name in TIMES if row.cells.get(name, "").strip()), "")
    try:
        at = to_ms(parse_time(said)) if said else None
    except BadTime as fault:
        return str(fault)
    return AnswerDraft(named[need], respondent, importance, satisfaction, at)
