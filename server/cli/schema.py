"""`nobodyasked schema`."""

from __future__ import annotations

import sys

from . import console


@console.command
def schema() -> None:
    """Print the GraphQL schema (SDL), sorted. Needs no database."""
    from ...graphql.schema import sdl

    sys.stdout.write(sdl().rstrip("\n") + "\n")
