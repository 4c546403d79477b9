"""What happens, as it happens."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, Any, NamedTuple, Optional

import strawberry

from ..models.event import Topic
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


OnlyId = Annotated[Optional[strawberry.ID], strawberry.argument(description="Only the one with this id.")]  # noqa: UP045


def _shown(entity: str, description: str) -> Any:
    # nullable: the thing may be gone by the time it is shown
    return {"graphql_type": Optional[BUILDER.types[entity]], "description": description}  # noqa: UP045


async def _keys(info: strawberry.Info, topic: Topic, entity: str, only: strawberry.ID | None) -> AsyncIterator[Told]:
    wanted = None if only is None else key_in(entity, only, ("id",))
    async for event in info.context.context.events.listen(topic):
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
        invention = None if invention_id is None else key_in("Invention", invention_id, ("inventionId",))
        need = None if need_id is None else key_in("Need", need_id, ("needId",))
        member = None if mentions is None else key_in("Member", mentions, ("mentions",))
        async for event in info.context.context.events.listen(Topic.COMMENT_ADDED):
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
