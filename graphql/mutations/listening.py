"""listeningSessionStart, listeningMarkHeard, listeningNoteAdd, listeningNoteCite: leaders who listen."""

from __future__ import annotations

import strawberry

from ...models.commands import listening
from ...models.evidence import Stance
from ...models.listening import Allocation, Strata
from ...models.span import SpanKind
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from ..scalars import Moment
from .base import Input, Payload, mutation


@strawberry.input(description="Input of listeningSessionStart.")
class ListeningSessionStartInput(Input):
    size: int = strawberry.field(description=f"How many complaints to draw, 1 to {listening.SIZE_MOST}.")
    strata: Strata = strawberry.field(default=Strata.NONE, description="By what to part them before the draw.")
    allocation: Allocation = strawberry.field(
        default=Allocation.PROPORTIONAL, description="How many to draw from each part; at least one, either way."
    )
    since: Moment | None = strawberry.field(default=None, description="Only what was said at this time or later.")
    until: Moment | None = strawberry.field(default=None, description="Only what was said before this time.")


@strawberry.type(description="The sample.")
class ListeningSessionPayload(Payload):
    session: int | None = noun("ListeningSession", "The sample.")


@mutation(
    ListeningSessionPayload,
    "Draw complaints to listen to, by lot, and say with which probability each was drawn. For members, from CONTRIBUTOR on.",
    needs=Role.CONTRIBUTOR,
)
async def listening_session_start(context: Context, input: ListeningSessionStartInput) -> ListeningSessionPayload:
    session = await listening.start(
        context.database,
        context.actor,
        input.size,
        input.strata,
        input.allocation,
        since=input.since,
        until=input.until,
    )
    return ListeningSessionPayload(session=session)


@strawberry.input(description="Input of listeningMarkHeard.")
class ListeningMarkHeardInput(Input):
    draw_id: strawberry.ID = strawberry.field(description="The draw's id.")


@strawberry.type(description="What was heard, and what comes next.")
class ListeningMarkHeardPayload(Payload):
    draw: int | None = noun("ListeningDraw", "What was heard.")
    next: int | None = noun("ListeningDraw", "What comes next; null where everything was heard.")


@mutation(
    ListeningMarkHeardPayload,
    "Mark a complaint of your own sample as heard, and have the next one.",
    needs=Role.CONTRIBUTOR,
)
async def listening_mark_heard(context: Context, input: ListeningMarkHeardInput) -> ListeningMarkHeardPayload:
    key = key_in("ListeningDraw", input.draw_id, ("drawId",))
    following = await listening.heard(context.database, context.actor, key)
    return ListeningMarkHeardPayload(draw=key, next=following)


@strawberry.input(description="Input of listeningNoteAdd.")
class ListeningNoteAddInput(Input):
    draw_id: strawberry.ID = strawberry.field(description="The draw's id.")
    text: str = strawberry.field(description=f"What you noted, 1 to {listening.NOTE_MOST:,} characters.")


@strawberry.type(description="The note.")
class ListeningNotePayload(Payload):
    note: int | None = noun("ListeningNote", "The note.")


@mutation(ListeningNotePayload, "Note something of a complaint of your own sample.", needs=Role.CONTRIBUTOR)
async def listening_note_add(context: Context, input: ListeningNoteAddInput) -> ListeningNotePayload:
    key = key_in("ListeningDraw", input.draw_id, ("drawId",))
    return ListeningNotePayload(note=await listening.note(context.database, context.actor, key, input.text))


@strawberry.input(description="Input of listeningNoteCite.")
class ListeningNoteCiteInput(Input):
    note_id: strawberry.ID = strawberry.field(description="The note's id.")
    need_id: strawberry.ID = strawberry.field(description="The need that the words are evidence of.")
    start: int = strawberry.field(description="First character in the complaint's text, in code points from 0.")
    end: int = strawberry.field(description="One past the last character.")
    stance: Stance = strawberry.field(
        default=Stance.SUPPORTS, description="Whether the words support the need or speak against it."
    )
    kind: SpanKind = strawberry.field(
        default=SpanKind.PAIN, description="What the words do, where inference found no span of just these."
    )


@mutation(
    ListeningNotePayload,
    "Make words that you noted evidence of a need: PENDING, of basis HUMAN, until a curator decides it. A note becomes evidence"
    " once.",
    needs=Role.CONTRIBUTOR,
)
async def listening_note_cite(context: Context, input: ListeningNoteCiteInput) -> ListeningNotePayload:
    key = key_in("ListeningNote", input.note_id, ("noteId",))
    need = key_in("Need", input.need_id, ("needId",))
    await listening.cite(context.database, context.actor, key, need, input.start, input.end, input.stance, input.kind)
    return ListeningNotePayload(note=key)
