"""`nobodyasked demo`: the bundled sample, from messages to inventions, served."""

from __future__ import annotations

import importlib.resources
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
import typer

from ..settings import Settings
from . import console
from .answers import ask, count, look_back
from .curation import curate
from .people import settle
from .proposals import REVIEWER, SOURCE, propose

if TYPE_CHECKING:
    from ...models.actor import Actor
    from ...models.database import Database

TEAM, MEMBER = "Demo", "Demo analyst"
TOKEN_FILE = "demo.token"
REVIEWER_TOKEN_FILE = "reviewer.token"

QUERIES = (
    (
        "What customers lack, and how many of them",
        "{ needs(first: 5) { nodes { statement customerCount evidenceCount askingCount } } }",
    ),
    (
        "From inventions back to what customers said",
        "{ inventions(first: 2) { nodes { title needs { edges { relief node { statement evidence(first: 2)"
        " { edges { quote node { channel customer { segment } } } } } } } } } }",
    ),
    (
        "Complaints by meaning",
        '{ complaints(first: 5, similarTo: { text: "nobody tells me when my parcel will come" }) { nodes { text channel occurredAt } } }',
    ),
)


@console.command
def demo(
    data_dir: Annotated[
        Path | None, typer.Option(help="Folder for the demo's database, model files and token.", show_default=".data")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on, 0 for any free one.", show_default="8000")
    ] = None,
    serve: Annotated[bool, typer.Option("--serve/--no-serve", help="Start the server at the end.")] = True,
) -> None:
    """Import the bundled sample, infer its needs, propose three inventions and serve it all.

    What is done already is left as it is: a second start takes seconds and keeps whatever was added. Ctrl-C stops.
    """
    from ..process import serve as serve_until_stopped
    from .serve import require_free

    settings = console.settings(data_dir=data_dir, host=host, port=port)
    if serve:
        require_free(settings)
    secret, reviewer = console.run(_prepare(settings))
    if not serve:
        print(secret)
        return
    if serve_until_stopped(settings, ready=lambda url: _welcome(url, secret, reviewer)) != 0:
        raise typer.Exit(console.FAILED)


async def _prepare(settings: Settings) -> tuple[str, str]:
    """Everything up to the server; the secrets of the analyst's and the reviewer's tokens. Each step looks first whether
    it is done."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    async with console.database(settings) as db:
        from ...models.queries import inference, summary

        if await summary.first_complaint(db, SOURCE) is None and await inference.newest(db):
            raise console.Failure(
                "There are messages of your own in this database, and the sample would mix with them: name another folder with --data-dir,"
                " and unset NOBODYASKED_DATABASE_URL if it is set."
            )
        await _import_sample(db)
        # once: what was added to the sample since waits for the next run that the user starts
        if (await summary.last_read(db) or 0) < (await summary.first_complaint(db, SOURCE) or 0):
            await _infer(db, settings)
        secret, actor = await _token(db, settings.data_dir / TOKEN_FILE, MEMBER, "ADMIN", TEAM)
        await curate(db, SOURCE, orjson.loads(_sample("curation.json").read_bytes()))
        await count(db, orjson.loads(_sample("numbers.json").read_bytes()))
        # nobody reviews what they proposed: it takes somebody else's token
        other, _ = await _token(db, settings.data_dir / REVIEWER_TOKEN_FILE, REVIEWER, "CURATOR")
        await propose(db, settings, actor, orjson.loads(_sample("inventions.json").read_bytes()))
        await settle(db, settings, actor, orjson.loads(_sample("people.json").read_bytes()))
        await look_back(db, settings)
        await ask(db, settings, orjson.loads(_sample("survey.json").read_bytes()))
    return secret, other


def _sample(name: str) -> Any:
    return importlib.resources.files("nobodyasked.server").joinpath("sample", name)


async def _import_sample(db: Database) -> None:
    from ...models.actor import Actor
    from ...models.commands import complaints
    from ...models.errors import Erased
    from ..ingest.columns import choose_columns
    from ..ingest.delimited import Delimited
    from ..ingest.draft import Drafting
    from ..ingest.importer import import_rows
    from ..ingest.pseudonym import Pseudonyms
    from ..ingest.row import Rejection

    actor = Actor.operator()

    async def commit(drafts: Sequence[complaints.ComplaintDraft]) -> Sequence[complaints.RowResult]:
        return await complaints.import_rows(db, actor, drafts, complaints.ErrorPolicy.REJECT_FAILED_ROWS)

    erased = 0

    def refuse(rejection: Rejection) -> None:
        nonlocal erased
        if rejection.code == Erased.code:
            # whoever plays with the sample may have erased somebody, whose words stay out
            erased += 1
            return
        raise console.Failure(f"Line {rejection.line} of the bundled sample: {rejection.message}")

    with importlib.resources.as_file(_sample("messages.csv")) as path:
        reader = Delimited(path, "utf-8")
        # its customers are pseudonyms as they stand
        drafting = Drafting(choose_columns(reader.columns, [], {}, {}), SOURCE, "file", Pseudonyms(b""))
        tally = await import_rows(reader, drafting, refuse, commit, lambda tally: None, lambda: False)
    if tally.created:
        console.say(f"Imported {tally.created:,} messages of the bundled sample.")
    if erased:
        console.say(f"Left out {erased:,} messages of the bundled sample, whose customers were erased.")


async def _infer(db: Database, settings: Settings) -> None:
    from .infer import finish, run_inference

    console.say("Inferring needs (once, less than a minute) ...")
    outcome, _ = await run_inference(db, settings, {}, 0)
    finish(outcome)


async def _token(
    db: Database, path: Path, member: str, role: Literal["ADMIN", "CURATOR"], team: str | None = None
) -> tuple[str, Actor]:
    """The secret of a token and who it stands for; the one kept in a file by an earlier start while it is good."""
    from ...models.commands import tokens
    from ...models.queries.tokens import actor_for
    from ...models.team import Role

    secret = _kept(path)
    actor = await actor_for(db, secret) if secret else None
    if actor is None:
        secret, _ = await tokens.create(db, member_name=member, role=Role(role), team_name=team)
        _keep(path, secret)
        actor = await actor_for(db, secret)
        assert actor is not None
    return secret, actor


def _kept(path: Path) -> str:
    return path.read_text().strip() if path.is_file() else ""


def _keep(path: Path, secret: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(secret + "\n")
    draft.replace(path)


def _welcome(url: str, secret: str, reviewer: str) -> None:
    print(
        f"\nServing at {url}/graphql (GraphiQL in a browser; Ctrl-C stops)\nToken: {secret}\nReviewer's token: {reviewer}\n"
        "\nThe story of docs/story.md can be played through with them. Three queries to try:\n"
    )
    print(f"  TOKEN={secret}")
    for title, query in QUERIES:
        body = orjson.dumps({"query": query}).decode()
        print(f"\n  # {title}")
        print(
            f"  curl -s {url}/graphql -H \"Authorization: Bearer $TOKEN\" -H 'Content-Type: application/json' -d '{body}'"
        )
    print(flush=True)
