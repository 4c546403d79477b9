"""The command line, `nobodyasked`. Each command stands in a file of its own and imports what it needs when it runs."""

from ..garbage import no_collection

with no_collection():
    from .main import main

__all__ = ["main"]
