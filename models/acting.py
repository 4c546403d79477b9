"""On whose behalf the database is changed just now, and by which deed: what the audit log says of a change.

It travels with the task (a context variable), so that no command has to hand it on and none can forget it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace

import orjson

from .actor import Actor

__all__ = ["NOBODY", "Acting", "act_as", "acting", "current", "joined"]


@dataclass(frozen=True, slots=True)
class Acting:
    """`deed` is a mutation, a command or a job. `members` are those of whom one commit holds changes, where they are several."""

    deed: str | None = None
    member_id: int | None = None
    role: str | None = None
    members: tuple[int, ...] = ()

    def json(self) -> str:
        """As the database is told."""
        return orjson.dumps(
            {"deed": self.deed, "member": self.member_id, "role": self.role, "members": self.members}
        ).decode()


NOBODY = Acting()
_acting: ContextVar[Acting] = ContextVar("acting", default=NOBODY)


def current() -> Acting:
    """Who acts here and now."""
    return _acting.get()


def act_as(who: Acting) -> None:
    """From here on in this task."""
    _acting.set(who)


@contextmanager
def acting(deed: str, actor: Actor | None = None) -> Iterator[None]:
    """While open, this task acts for `actor`, or for nobody but the program itself."""
    who = Acting(deed) if actor is None else Acting(deed, actor.member_id, actor.role.value)
    token = _acting.set(who)
    try:
        yield
    finally:
        _acting.reset(token)


def joined(several: Iterable[Acting]) -> Acting:
    """Of changes that share a commit."""
    found = list(dict.fromkeys(several))
    if len(found) <= 1:
        return found[0] if found else NOBODY
    deeds = {one.deed for one in found}
    roles = {one.role for one in found}
    ids = {one.member_id for one in found if one.member_id is not None}
    whole = Acting(deeds.pop() if len(deeds) == 1 else None, role=roles.pop() if len(roles) == 1 else None)
    return replace(whole, member_id=ids.pop()) if len(ids) == 1 else replace(whole, members=tuple(sorted(ids)))
