"""Values that no statement may give: found in Python, by the keys that the plan gives in their place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

from graphql import GraphQLResolveInfo

from ..models.errors import Unsealable
from ..models.queries.originals import originals

if TYPE_CHECKING:
    from .context import Context

__all__ = ["RESOLVERS", "Originals"]


class Originals:
    """What customers wrote, by complaint: those that fields ask for within one turn of the event loop in one statement."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._wanted: set[int] = set()
        self._task: asyncio.Task[Mapping[int, str | Unsealable]] | None = None

    async def get(self, complaint_id: int) -> str | None:
        """The text; None where there is no original. Raises Unsealable, Forbidden, Busy."""
        self._wanted.add(complaint_id)
        if self._task is None:
            self._task = asyncio.create_task(self._find())
        found = (await self._task).get(complaint_id)
        if isinstance(found, Unsealable):
            # one for each field: an error is raised with a place of its own
            raise Unsealable(found.message)
        return found

    async def _find(self) -> Mapping[int, str | Unsealable]:
        # later siblings still join while their resolvers start in this turn
        await asyncio.sleep(0)
        wanted, self._wanted, self._task = sorted(self._wanted), set(), None
        return await originals(self._context.database, self._context.actor, wanted)


async def original(source: Mapping[str, Any], info: GraphQLResolveInfo, **_: Any) -> str | None:
    key = source[info.path.key]  # type: ignore[index]
    return None if key is None else await info.context.originals.get(key)


RESOLVERS: Mapping[str, Callable[..., Awaitable[Any]]] = {"original": original}
"""By the names that declarations give (`Column.resolved`)."""
