"""What happens, as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple, Optional

import strawberry

from ..models.errors import NotFound
from ..models.event import Topic
from ..models.team import Role
from .context import Context
from .declare import ENTITIES, Entity
from .ids import key_in
from .payload import BUILDER

ENTITY_OF = {
    "complaintReceived": "Complaint",
    "needChanged": "Need",
    "inventionChanged": "Invention",
    "escalationChanged": "Escalation",
    "commentAdded": "Comment",
    "inferenceProgress": "InferenceRun",
    "alertRaised": "Alert",
}
"""Subscription field -> the kind of thing that its events are."""


class Told(NamedTuple):
    """What a field of Subscription yields: which event, and whom of its subjects it is about."""

    event: int
    subject: int


OnlyId = Annotated[Optional[strawberry.ID], strawberry.argument(description="Only this one, which must be there.")]  # noqa: UP045


def _shown(entity: str, description: str) -> Any:
    # nullable: the thing may be gone by the time it is shown
    return {"graphql_type": Optional[BUILDER.types[entity]], "description": description}  # noqa: UP045


def _open(entity: str) -> type[Entity]:
    # whoever listens to these may see each of them by its id: what is not there tells nothing
    declared = ENTITIES[entity]
    if declared.where or declared.least_role is not Role.READER:
        raise TypeError(f"{entity} is hidden from some: whether one is there must not be told by its id.")
    return declared


_ALONE = {entity: _open(entity) for entity in ("Need", "Invention", "Escalation", "Member", "InferenceRun")}
"""What can be listened to one by one."""


async def _one(context: Context, entity: str, id: strawberry.ID | None, argument: str) -> int | None:
    """The key of what alone is to be heard of. Raises Invalid, and NotFound where nothing will ever be heard of it."""
    if id is None:
        return None
    key, declared = key_in(entity, id, (argument,)), _ALONE[entity]
    context.statements += 1
    sql = context.database.sql(f"SELECT id FROM {declared.table} WHERE id = ?1")
    if await context.database.value(sql, (key,), quick=True) is None:
        raise NotFound(f"There is no {id}: nothing will be heard of it.", path=(argument,))
    return key


async def _keys(info: strawberry.Info, topic: Topic, entity: str, only: strawberry.ID | None) -> AsyncIterator[Told]:
    context = info.context.context
    heard = context.events.listen(topic)  # before it is looked up: nothing that happens meanwhile is missed
    wanted = await _one(context, entity, only, "id")
    async for event in heard:
        for key in event.subjects:
            if wanted is None or key == wanted:
                yield Told(event.id, key)


@strawberry.type(description="What happens, as it happens, whichever process it happens in.")
class Subscription:
    @strawberry.subscription(
        **_shown(
            "Complaint",
            "Each complaint that is received from now on, imports included. Its needs may follow a moment later: see needChanged.",
        )
    )
    async def complaint_received(self, info: strawberry.Info) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.COMPLAINT_RECEIVED, "Complaint", None):
            yield told

    @strawberry.subscription(**_shown("Need", "Each need that changes from now on, or only the one with this id."))
    async def need_changed(self, info: strawberry.Info, id: OnlyId = None) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.NEED_CHANGED, "Need", id):
            yield told

    @strawberry.subscription(
        **_shown("Invention", "Each invention that changes from now on, or only the one with this id.")
    )
    async def invention_changed(self, info: strawberry.Info, id: OnlyId = None) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.INVENTION_CHANGED, "Invention", id):
            yield told

    @strawberry.subscription(
        **_shown(
            "Escalation",
            "Each question that is asked, taken on, answered, reviewed, reopened, closed or handed on from now on, or whose time"
            " passes unanswered; or only the one with this id.",
        )
    )
    async def escalation_changed(self, info: strawberry.Info, id: OnlyId = None) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.ESCALATION_CHANGED, "Escalation", id):
            yield told

    @strawberry.subscription(
        **_shown(
            "Comment",
            "Each comment from now on, or only those about one invention or need, or that mention one member.",
        )
    )
    async def comment_added(
        self,
        info: strawberry.Info,
        invention_id: Annotated[
            Optional[strawberry.ID], strawberry.argument(description="Only those about this invention.")  # noqa: UP045
        ] = None,
        need_id: Annotated[
            Optional[strawberry.ID], strawberry.argument(description="Only those about this need.")  # noqa: UP045
        ] = None,
        mentions: Annotated[
            Optional[strawberry.ID], strawberry.argument(description="Only those that mention this member.")  # noqa: UP045
        ] = None,
    ) -> AsyncIterator[Any]:
        context = info.context.context
        heard = context.events.listen(Topic.COMMENT_ADDED)
        invention = await _one(context, "Invention", invention_id, "inventionId")
        need = await _one(context, "Need", need_id, "needId")
        member = await _one(context, "Member", mentions, "mentions")
        async for event in heard:
            about = event.details
            if (
                invention in (None, about["invention"])
                and need in (None, about["need"])
                and (member is None or member in about["mentions"])
            ):
                for key in event.subjects:
                    yield Told(event.id, key)

    @strawberry.subscription(
        **_shown("InferenceRun", "Progress and end of each inference run, or only of the one with this id.")
    )
    async def inference_progress(self, info: strawberry.Info, id: OnlyId = None) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.RUN_CHANGED, "InferenceRun", id):
            yield told

    @strawberry.subscription(**_shown("Alert", "Each alert that is raised from now on, once."))
    async def alert_raised(self, info: strawberry.Info) -> AsyncIterator[Any]:
        async for told in _keys(info, Topic.ALERT_RAISED, "Alert", None):
            yield told
