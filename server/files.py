"""How many files, connections among them, the system lets this process hold open."""

from __future__ import annotations

import contextlib
import sys

__all__ = ["SPARE", "connections", "raise_limit"]

SPARE = 200
"""Files that are no connections of clients: the database's, the log's, the model's, and those of a run."""


def raise_limit() -> None:
    """Take as many as may be taken: what shells start has 1,024, each connection is one."""
    if sys.platform != "win32":
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        # a system that knows no bound says so here
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def connections(wanted: int) -> int:
    """How many connections there may be of those that are wanted; at least 1."""
    if sys.platform == "win32":
        return wanted
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return wanted if soft == resource.RLIM_INFINITY else max(min(wanted, soft - SPARE), 1)
