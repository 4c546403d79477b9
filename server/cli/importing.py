"""`nobodyasked import`."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..ingest.columns import FIELDS, NO_COLUMN, Columns, choose_columns
from ..ingest.files import MAIL_FORMATS, Format, find_format, open_reader, size_of
from ..ingest.row import REJECTS_COLUMNS, IngestError, Reader, Rejection
from . import console
from .progress import Bar

if TYPE_CHECKING:
    from ...models.commands.complaints import ComplaintDraft, RowResult
    from ...models.database import Database
    from ...models.privacy.policy import Privacy
    from ..ingest.draft import Drafting
    from ..ingest.importer import Commit, Tally
    from ..settings import Settings

SOURCE_LENGTH = 64
SHOWN_ROWS = 3
REJECTED = ".rejected"
SHOWN_COLUMNS = 20
PSEUDONYM = re.compile(r"^([a-z]+_)[0-9a-f]{24}$")


@dataclass(frozen=True)
class Plan:
    """A file, opened, with what its columns mean."""

    path: Path
    kind: Format
    reader: Reader
    columns: Columns
    source: str
    drafting: Drafting
    rejects: Path
    passing: bool
    """Whether its pseudonyms are under a key of the moment, and the import's will be others."""


@console.command
def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="CSV, TSV, JSON Lines, mbox or .eml files, or folders of .eml files.",
            show_default=False,
        ),
    ],
    text: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of what the customer said.")] = None,
    time_: Annotated[str | None, typer.Option("--time", metavar="COLUMN", help="Column of when they said it.")] = None,
    customer: Annotated[
        str | None, typer.Option(metavar="COLUMN", help="Column of who said it. E-mail addresses become pseudonyms.")
    ] = None,
    channel: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of where they said it.")] = None,
    rating: Annotated[str | None, typer.Option(metavar="COLUMN", help="Column of the stars, 1 to 5.")] = None,
    id_: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="COLUMN", help="Column of the row's own id. Without one, the content tells rows apart."
        ),
    ] = None,
    set_: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="FIELD=VALUE", help="The same value for every row, as in --set channel=review. Repeatable."
        ),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            help="Name of where the rows come from; ids are unique within it.",
            show_default="the file's name without its ending",
        ),
    ] = None,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Kind of file, where its name does not tell.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the file, where it is not the one that is found.")
    ] = None,
    day_first: Annotated[
        bool | None,
        typer.Option("--day-first/--month-first", help="How to read 3/4/2024, where the file does not show it."),
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Where rejected rows go.", show_default="FILE.rejected.csv")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Import customer messages from files.

    Columns are guessed from their names; name them where the guess is wrong, or say '-' to take none. A row that was imported
    before is left alone, so an import may be interrupted and run again. Rows that cannot be taken are written, each with its
    line and its reason, beside the file.
    """
    said = {"text": text, "time": time_, "customer": customer, "channel": channel, "rating": rating, "id": id_}
    names = {field: name for field, name in said.items() if name is not None}
    if names.get("text") == NO_COLUMN:
        raise typer.BadParameter("an import needs the text", param_hint="--text")
    if rejects is not None and len(files) > 1:
        raise typer.BadParameter("with several files, each keeps its own", param_hint="--rejects")
    constants = _constants(set_ or [])
    settings = console.settings()
    plans = [
        _plan(path, settings, names, constants, source, format_, encoding, day_first, rejects, dry_run=dry_run)
        for path in files
    ]
    _protect(plans)
    if source is None:
        _tell_apart(plans)
    summaries = console.run(_rehearse_all(settings, plans) if dry_run else _import_all(settings, plans))
    if json:
        console.print_json({"files": summaries})
    if any(summary.get("interrupted") for summary in summaries):
        raise typer.Exit(console.INTERRUPTED)
    if summaries and all(
        summary["rejected"] and not summary["created"] and not summary["known"] for summary in summaries
    ):
        raise typer.Exit(console.FAILED)


def _constants(pairs: Sequence[str]) -> dict[str, str]:
    constants: dict[str, str] = {}
    for pair in pairs:
        field, equals, value = pair.partition("=")
        if not equals or field not in FIELDS or field in ("text", "id", "subject") or not value.strip():
            possible = ", ".join(name for name in FIELDS if name not in ("text", "id", "subject"))
            raise typer.BadParameter(f"'{pair}' is not FIELD=VALUE with one of {possible}", param_hint="--set")
        constants[field] = value.strip()
    return constants


def _plan(
    path: Path,
    settings: Settings,
    said: Mapping[str, str],
    constants: Mapping[str, str],
    source: str | None,
    kind: Format | None,
    encoding: str | None,
    day_first: bool | None,
    rejects: Path | None,
    *,
    dry_run: bool,
) -> Plan:
    from ..ingest.draft import Drafting
    from ..ingest.importer import sample_rows
    from ..ingest.pseudonym import KEY_FILE
    from ..privacy import pseudonyms_of

    kind = kind or find_format(path)
    mail = kind in MAIL_FORMATS
    reader = open_reader(path, kind, encoding)
    # the columns of mails are always the same, and reading 500 of them could take long
    columns = choose_columns(reader.columns, [] if mail else sample_rows(reader), said, constants, day_first)
    name = _source(_stem(path, rejected=columns.rejected) if source is None else source)
    pseudonyms = pseudonyms_of(settings, write=not dry_run)
    drafting = Drafting(columns, name, "email" if mail else "file", pseudonyms)
    beside = path.resolve().with_name(path.resolve().name + f"{REJECTED}.csv")
    passing = settings.pseudonym_key is None and not (settings.data_dir / KEY_FILE).is_file()
    return Plan(path, kind, reader, columns, name, drafting, rejects or beside, passing)


def _stem(path: Path, *, rejected: bool) -> str:
    """The file's name without its ending; of rejected rows that of the file that they came from, whose ids are theirs."""
    name = path.resolve().stem
    while rejected and name.endswith(REJECTED):
        name = Path(name.removesuffix(REJECTED)).stem
    return name


def _source(name: str) -> str:
    """The name as it is kept."""
    from ...models.errors import Invalid
    from ...models.text import label

    try:
        return label(name, ("source",), SOURCE_LENGTH, lower=True)
    except Invalid:
        shown = name if len(name) <= 20 else f"{name[:20]}..."
        raise IngestError(
            f"The source '{shown}' cannot be taken: say one of 1 to {SOURCE_LENGTH} characters with --source."
        ) from None


def _tell_apart(plans: Sequence[Plan]) -> None:
    """Refuse files whose names alike would make their rows those of one source: their ids would be taken for each other."""
    first: dict[str, Path] = {}
    for plan in plans:
        if first.setdefault(plan.source, plan.path) is not plan.path:
            raise IngestError(
                f"{first[plan.source]} and {plan.path} would both be the source '{plan.source}'. Import them one by one, "
                "each with a --source of its own, or say one --source for both if their ids belong together."
            )


def _protect(plans: Sequence[Plan]) -> None:
    """Refuse, before anything is done, to lose a file that the user has to the rejected rows."""
    from ..ingest.rejects import require_replaceable

    for plan in plans:
        for other in plans:
            if plan.rejects.exists() and plan.rejects.samefile(other.path):
                raise IngestError(
                    f"{plan.rejects} is imported: rejected rows cannot take its place. Say another with --rejects."
                )
        require_replaceable(plan.rejects)


def _introduce(plan: Plan) -> None:
    console.say(f"{plan.path}: {', '.join((plan.kind.value, *plan.reader.notes))}; source '{plan.source}'")
    taken = [f"{field} from '{column}'" for field, column in plan.columns.of.items()]
    fixed = [f"{field} is '{value}'" for field, value in plan.columns.constants.items()]
    console.say("  " + ", ".join(taken + fixed))
    if plan.columns.left_out:
        names = [f"'{column}'" for column in plan.columns.left_out[:SHOWN_COLUMNS]]
        more = len(plan.columns.left_out) - len(names)
        console.say(f"  left out: {', '.join(names)}{f' and {more:,} more' if more else ''}")
    for note in plan.columns.notes:
        console.say(f"  {note}")


async def _import_all(settings: Settings, plans: Sequence[Plan]) -> list[dict[str, Any]]:
    from ...models.actor import Actor
    from ...models.commands import answers

    summaries: list[dict[str, Any]] = []
    stopping = False

    def stop() -> None:
        nonlocal stopping
        stopping = True
        console.say("Stopping after the rows in hand (again to stop at once) ...")

    actor = Actor.operator()
    async with console.database(settings) as db:

        async def commit(drafts: Sequence[ComplaintDraft]) -> Sequence[RowResult]:
            return await answers.import_answers(db, actor, drafts)

        with console.interruptible(stop):
            for plan in plans:
                _introduce(plan)
                await _warn(db, plan)
                summaries.append(await _import_one(plan, commit, lambda: stopping))
                if stopping:
                    break
    return summaries


async def _warn(db: Database, plan: Plan) -> None:
    from ...models.queries.summary import has_source

    if not plan.columns.rejected and await has_source(db, plan.source):
        console.say(
            f"  Warning: there are rows of the source '{plan.source}' already. Where {plan.path.name} is not more of the "
            "same, import it with a --source of its own."
        )


async def _import_one(plan: Plan, commit: Commit, stopped: Any) -> dict[str, Any]:
    from ...models.acting import act_as, current
    from ..ingest.importer import Tally, import_rows
    from ..ingest.rejects import Rejects

    columns = plan.reader.columns[len(REJECTS_COLUMNS) :] if plan.columns.rejected else plan.reader.columns
    rejects = Rejects(plan.rejects, columns)
    name = f"import {token_hex(4)}"
    # of a long one the audit log has many entries, which are known by it
    act_as(replace(current(), deed=name))
    latest = Tally()
    started = time.perf_counter()
    try:
        with Bar(plan.path.name, size_of(plan.path)) as bar:

            def tell(tally: Tally) -> None:
                nonlocal latest
                latest = tally
                rate = tally.read / (time.perf_counter() - started)
                bar.show(plan.reader.position, f"{tally.read:,} rows, {rate:,.0f} rows/s")

            tally = await import_rows(plan.reader, plan.drafting, rejects.add, commit, tell, stopped)
    except BaseException:
        rejects.abandon()
        console.say(
            f"  {latest.created:,} new rows of {plan.path} are committed. Run the same command again to go on: nothing is doubled."
        )
        raise
    rejects.close()
    summary = _summary(plan, tally, time.perf_counter() - started, plan.rejects if tally.rejected else None)
    summary["import"] = name
    console.say(
        f"  {'Interrupted: ' if tally.interrupted else ''}{tally.created:,} imported, {tally.known:,} there already, "
        f"{tally.rejected:,} rejected in {summary['seconds']:.1f} s ({summary['rowsPerSecond']:,} rows/s); in the audit log: {name}"
    )
    _tell_doubts(plan, tally)
    if tally.rejected:
        reasons = ", ".join(f"{code} {count:,}" for code, count in tally.reasons.most_common())
        console.say(f"  Rejected rows, with their reasons, are in {plan.rejects} ({reasons})")
    if tally.interrupted:
        console.say("  Run the same command again to go on: nothing is doubled.")
    return summary


def _tell_doubts(plan: Plan, tally: Tally) -> None:
    if tally.undated and "time" in plan.columns.of:
        console.say(f"  {tally.undated:,} of the new ones state no time: they get the time of their import")
    if tally.differing:
        console.say(
            f"  {tally.differing:,} of those there already came with other details (channel, product, language, rating or "
            "time): they are kept as they were"
        )


def _summary(plan: Plan, tally: Tally, seconds: float, rejects: Path | None = None) -> dict[str, Any]:
    return {
        "file": str(plan.path),
        "format": plan.kind.value,
        "source": plan.source,
        "columns": dict(plan.columns.of),
        "leftOut": list(plan.columns.left_out),
        "read": tally.read,
        "created": tally.created,
        "known": tally.known,
        "differing": tally.differing,
        "undated": tally.undated,
        "rejected": tally.rejected,
        "reasons": dict(tally.reasons),
        "rejects": str(rejects) if rejects else None,
        "seconds": round(seconds, 3),
        "rowsPerSecond": round(tally.read / seconds) if seconds else 0,
        "interrupted": tally.interrupted,
    }


async def _rehearse_all(settings: Settings, plans: Sequence[Plan]) -> list[dict[str, Any]]:
    from ..privacy import privacy_of

    async with contextlib.AsyncExitStack() as stack:
        db = (
            await stack.enter_async_context(console.database(settings, migrated=False))
            if console.has_database(settings)
            else None
        )
        if db is not None and await db.pending_migrations():
            db = None
        summaries: list[dict[str, Any]] = []
        privacy = privacy_of(settings, write=False)
        for plan in plans:
            _introduce(plan)
            if db is not None:
                await _warn(db, plan)
            summaries.append(await _rehearse(plan, db, privacy))
        return summaries


async def _rehearse(plan: Plan, db: Database | None, privacy: Privacy) -> dict[str, Any]:
    from ...models.commands.answers import answering
    from ...models.commands.rehearsal import Rehearsal
    from ..ingest.importer import import_rows

    shown: list[ComplaintDraft] = []
    rejected: list[Rejection] = []
    rehearsal = Rehearsal(db, privacy)

    async def judge(drafts: Sequence[ComplaintDraft]) -> Sequence[RowResult]:
        taken = drafts
        if db is not None:
            taken, _ = await answering(db, drafts)
        results = await rehearsal.rows(taken)
        good = [draft for draft, result in zip(drafts, results, strict=True) if result.error is None]
        shown.extend(good[: SHOWN_ROWS - len(shown)])
        return results

    started = time.perf_counter()
    try:
        with Bar(plan.path.name, size_of(plan.path)) as bar:
            tally = await import_rows(
                plan.reader,
                plan.drafting,
                lambda rejection: rejected.append(rejection) if len(rejected) < SHOWN_ROWS else None,
                judge,
                lambda tally: bar.show(plan.reader.position, f"{tally.read:,} rows"),
                lambda: False,
            )
    finally:
        rehearsal.close()
    console.say(
        f"  Dry run: {tally.created:,} would be imported, {tally.known:,} are there already, {tally.rejected:,} would be rejected"
    )
    _tell_doubts(plan, tally)
    for draft in shown:
        console.say(f"    {_shown(plan.drafting.as_kept(draft), plan.passing)}")
    for rejection in rejected:
        console.say(f"    line {rejection.line}: {rejection.code}: {rejection.message}")
    return _summary(plan, tally, time.perf_counter() - started)


def _shown(draft: ComplaintDraft, passing: bool) -> str:
    from ...models.fields import from_ms

    parts = [draft.text if len(draft.text) <= 80 else draft.text[:79] + "…"]
    if draft.occurred_at is not None:
        parts.append(from_ms(draft.occurred_at).isoformat())
    for name in ("channel", "customer", "rating", "product", "segment", "external_id"):
        value = getattr(draft, name)
        if name == "customer" and value is not None and passing:
            value = PSEUDONYM.sub(r"\1…", value)
        if value is not None:
            parts.append(f"{name}={value}")
    return " | ".join(" ".join(part.split()) for part in parts)
