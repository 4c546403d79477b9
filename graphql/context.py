"""What an operation may use: the database, who asks, and what the server lends."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from ..models.actor import Actor
from ..models.database import Database
from ..models.event import Topic
from ..models.impact import Outcome
from ..models.queries.events import Happening
from .guard.limits import Limits
from .guard.points import Account

Likeable = Literal["complaint", "need", "invention"]


class Mind(Protocol):
    """Inference, as the graph sees it."""

    async def similar(self, kind: Likeable, text: str, limit: int) -> list[tuple[int, float]]:
        """Ids of the things closest in meaning to a text, with cosine similarity 0..1, closest first."""
        ...

    async def asked(self) -> Sequence[tuple[int, int, float]]:
        """(invention id, span id, cosine 0..1) of the asks that come nearest to each invention, nearest first."""
        ...

    async def movements(self, since: int) -> Sequence[Sequence[Any]]:
        """How each need moved since a time (in milliseconds), a row each: need id, direction, customers heard and
        expected, p-value, and that among all needs. Raises Invalid."""
        ...

    async def check_alerts(self, week: int) -> list[int]:
        """Raise the alerts of a week, by its number; ids of those that are new."""
        ...

    async def received(self, complaint_ids: Sequence[int], *, wait: bool = True) -> None:
        """Match newly committed complaints to the known needs: a few at once where somebody will `wait` to see it."""
        ...

    async def measured(self, invention_id: int) -> Sequence[Outcome]:
        """What a shipped invention did to the complaints about each need that it claims. Raises Refusal."""
        ...

    async def erased(self, nameless: Collection[int]) -> None:
        """A person was erased, whose words these needs were called by: some are called by those of others. Never raises."""
        ...

    def run_started(self, run_id: int) -> None:
        """Wake the worker: a run waits."""
        ...


class EventSource(Protocol):
    """Every change that any process commits."""

    def listen(self, topic: Topic, /) -> AsyncIterable[Happening]:
        """Changes of one kind that are committed from now on."""
        ...


@dataclass(slots=True)  # frozen ones take three times as long to make
class Context:
    """Everything one operation may use. Made anew for every operation, and for every event of a subscription."""

    database: Database
    actor: Actor
    mind: Mind
    events: EventSource
    limits: Limits = field(default_factory=Limits)
    request_id: str = ""
    account: Account | None = None
    """Who pays for it; None where nothing is limited."""
    way: str = ""
    """How it was answered, in the end: `kept`, `plan` or `walk`; "" where it was refused."""
    statements: int = 0
    """SQL statements that the graph read with; what a change writes is not counted."""
