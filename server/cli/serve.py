"""`nobodyasked serve`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..garbage import no_collection
from ..settings import Settings
from . import console


@console.command
def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on.", show_default="the setting, 127.0.0.1")
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, help="Port to listen on, 0 for any free one.", show_default="the setting, 8000"),
    ] = None,
) -> None:
    """Serve the API, GraphiQL and the health checks until stopped (Ctrl-C)."""
    with no_collection():
        from ..process import serve as serve_until_stopped

        settings = console.settings(host=host, port=port)
    console.make_room(settings)
    if serve_until_stopped(settings) != 0:
        # the reason is in the log lines above
        raise typer.Exit(console.FAILED)


def require_free(settings: Settings) -> None:
    """Refuse a port that is taken before any long work is done for it."""
    from ..process import explain, listen

    try:
        listen(settings.host, settings.port).close()
    except OSError as error:
        raise console.Failure(f"The server cannot start: {explain(error, settings)}") from None
