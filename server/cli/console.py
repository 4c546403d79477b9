"""What the commands share: how they speak, how they fail, how they reach settings and database.

Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 refused or failed, 2 wrong usage,
130 interrupted.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import typer

from ..settings import Settings, SettingsError, load_settings

if TYPE_CHECKING:
    from rich.console import Console

    from ...models.database import Database

P = ParamSpec("P")
T = TypeVar("T")

_deed: str | None = None
"""The command that this process carries out."""
FAILED = 1
INTERRUPTED = 130


@functools.cache
def out() -> Console:
    """Standard output."""
    return _console(stderr=False)


@functools.cache
def err() -> Console:
    """Standard error."""
    return _console(stderr=True)


def _console(*, stderr: bool) -> Console:
    # a command that has nothing to say, such as a server, does not wait for rich
    from rich.console import Console

    # soft_wrap: where nobody watches, a line stays a line
    return Console(stderr=stderr, soft_wrap=True, highlight=False)


def plain(text: str) -> str:
    """The text as it is, its brackets no mark-up."""
    from rich.markup import escape

    return escape(text)


class Failure(Exception):
    """An expected end: the message is shown, and the command ends with exit code 1."""


def say(text: str) -> None:
    """A line for the person at the terminal, on standard error."""
    err().print(plain(text))


def fail(message: str, *, json: bool = False) -> NoReturn:
    """End with a message; on standard output as well where JSON is read from there."""
    if json:
        print_json({"error": {"message": message}})
    err().print(f"[bold red]Error:[/] {plain(message)}")
    raise typer.Exit(FAILED)


def command(work: Callable[P, T]) -> Callable[P, T]:
    """Turns expected errors of a command into a message and an exit code, without a traceback.

    The function's first word, after the `GROUP` of its module, is what the audit log calls it.
    """
    name = work.__name__.partition("_")[0]
    deed = f"{work.__globals__['GROUP']} {name}" if "GROUP" in work.__globals__ else name

    @functools.wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        from ...models.engines.faults import Fault
        from ...models.errors import Invalid, Refusal
        from ..ingest.row import IngestError

        global _deed
        _deed, json = deed, bool(kwargs.get("json"))
        try:
            return work(*args, **kwargs)
        except (Failure, SettingsError, IngestError) as error:
            fail(str(error), json=json)
        except Refusal as error:
            option = _option(error.path, kwargs) if isinstance(error, Invalid) else None
            fail(f"{option}: {error.message}" if option else error.message, json=json)
        except Fault as error:
            fail(
                f"The database failed: {error}. Run 'nobodyasked doctor'; if tables are missing, 'nobodyasked migrate'.",
                json=json,
            )
        except BrokenPipeError:
            # the reader of our output has gone; nothing may be flushed to it at exit either
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit(FAILED) from None
        except OSError as error:
            fail(f"{error.filename or 'The system'}: {error.strerror or error}.", json=json)
        except (KeyboardInterrupt, asyncio.CancelledError):
            say("Interrupted.")
            raise typer.Exit(INTERRUPTED) from None

    return guarded


def _option(path: Sequence[str], given: Mapping[str, Any]) -> str | None:
    """The option behind a field that was refused: `--member` gives a `memberName`."""
    names = [name.rstrip("_") for name, value in given.items() if isinstance(value, str)]
    return next((f"--{name}" for name in names if path and path[0].lower().startswith(name)), None)


def run(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)


def settings(**overrides: Any) -> Settings:
    """The settings in force, with what the command line says, None aside, over them."""
    return load_settings(**{name: value for name, value in overrides.items() if value is not None})


@contextlib.asynccontextmanager
async def database(settings: Settings, *, migrated: bool = True) -> AsyncIterator[Database]:
    """The database, opened. With `migrated`, its tables are brought up to date first where the settings let that happen."""
    from ...models.acting import Acting, act_as
    from ...models.database import Database
    from ...models.team import Role
    from ..privacy import privacy_of

    make_room(settings)
    act_as(Acting(_deed, role=Role.ADMIN.value))
    opened = await Database.open(settings.database_url, pool=settings.database_pool)
    opened.privacy = privacy_of(settings)
    try:
        if migrated:
            pending = await opened.pending_migrations()
            if pending and not settings.auto_migrate:
                raise Failure("The tables are not up to date. Run 'nobodyasked migrate'.")
            if pending:
                await opened.migrate()
        yield opened
    finally:
        await opened.close()


def make_room(settings: Settings) -> None:
    """The folder of the default database, which nobody should have to make by hand."""
    if settings.database_url.startswith(f"sqlite:///{settings.data_dir.as_posix()}/"):
        settings.data_dir.mkdir(parents=True, exist_ok=True)


def has_database(settings: Settings) -> bool:
    """Whether there is a database to look at: opening one of SQLite makes it, which those who only look must not."""
    url = settings.database_url
    return not url.startswith("sqlite:///") or Path(url.removeprefix("sqlite:///")).is_file()


@contextlib.contextmanager
def interruptible(on_interrupt: Callable[[], None]) -> Iterator[None]:
    """While open, the first Ctrl-C (or SIGTERM) calls `on_interrupt`, the second one cuts through. Needs a running loop."""
    loop = asyncio.get_running_loop()
    task = asyncio.current_task()
    asked = 0

    def interrupt() -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            on_interrupt()
        elif task is not None:
            task.cancel()

    signals = (signal.SIGINT, signal.SIGTERM)
    for number in signals:
        loop.add_signal_handler(number, interrupt)
    try:
        yield
    finally:
        for number in signals:
            loop.remove_signal_handler(number)


def print_json(value: Any) -> None:
    import orjson

    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode() + "\n")
