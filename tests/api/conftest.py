"""A graph to ask: the real engine over a small, known world, on both databases."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from nobodyasked.graphql.context import Context
from nobodyasked.graphql.engine import Answer, Engine
from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database
from nobodyasked.models.event import Topic
from nobodyasked.models.impact import Outcome
from nobodyasked.models.team import Role
from nobodyasked.server.jobs.trends import Trends

from ..furniture import Furnish
from .world import World, settle


class KnownMind:
    """A mind with given opinions: `likes[kind]` is what `similar` answers; what it is told is kept."""

    def __init__(self) -> None:
        self.likes: dict[str, list[tuple[int, float]]] = {}
        self.told: list[tuple[str, Any]] = []
        self.asks: list[tuple[int, int, float]] = []
        self.outcomes: list[Outcome] = []
        self.moves: list[Sequence[Any]] = []
        self.trends: Trends | None = None
        """What looks at the weeks of a database, where a test has one."""

    async def asked(self) -> list[tuple[int, int, float]]:
        return self.asks

    async def similar(self, kind: str, text: str, limit: int) -> list[tuple[int, float]]:
        return self.likes.get(kind, [])[:limit]

    async def movements(self, since: int) -> Sequence[Sequence[Any]]:
        return self.moves if self.trends is None else await self.trends.movements(since)

    async def check_alerts(self, week: int) -> list[int]:
        return [] if self.trends is None else await self.trends.check(week)

    async def received(self, complaint_ids: Sequence[int], *, wait: bool = True) -> None:
        self.told.append(("received" if wait else "noted", list(complaint_ids)))

    async def measured(self, invention_id: int) -> list[Outcome]:
        self.told.append(("measured", invention_id))
        return self.outcomes

    async def erased(self, nameless: Collection[int]) -> None:
        self.told.append(("erased", None))

    def run_started(self, run_id: int) -> None:
        self.told.append(("run_started", run_id))


@dataclass
class Happened:
    id: int
    topic: Topic
    subjects: list[int]
    details: dict[str, Any] = field(default_factory=dict)


class KnownEvents:
    """Gives the events that a test put in, then ends."""

    def __init__(self) -> None:
        self.events: list[Happened] = []

    async def listen(self, topic: Topic) -> AsyncIterator[Happened]:
        for event in self.events:
            if event.topic is topic:
                yield event


@dataclass
class Graph:
    """Asks the engine as a member with a role."""

    database: Database
    engine: Engine = field(default_factory=Engine)
    mind: KnownMind = field(default_factory=KnownMind)
    events: KnownEvents = field(default_factory=KnownEvents)
    limits: Limits = field(default_factory=Limits)
    member: int | None = None

    def context(self, role: Role = Role.ADMIN) -> Context:
        return Context(self.database, Actor(self.member, role, "tester"), self.mind, self.events, self.limits)

    async def answer(
        self,
        query: str,
        variables: Mapping[str, Any] | None = None,
        *,
        role: Role = Role.ADMIN,
        operation: str | None = None,
    ) -> Answer:
        return await self.engine.execute(query, variables, operation, self.context(role))

    async def ask(self, query: str, variables: Mapping[str, Any] | None = None, *, role: Role = Role.ADMIN) -> Any:
        """The data of an answer without errors."""
        body = json.loads((await self.answer(query, variables, role=role)).body)
        assert "errors" not in body, body["errors"]
        return body["data"]

    async def errors(
        self, query: str, variables: Mapping[str, Any] | None = None, *, role: Role = Role.ADMIN
    ) -> list[Any]:
        """The errors of an answer that has some."""
        body = json.loads((await self.answer(query, variables, role=role)).body)
        return body["errors"]

    async def refusal(self, query: str, variables: Mapping[str, Any] | None = None, *, role: Role = Role.ADMIN) -> str:
        """The code of the one error of an answer."""
        (error,) = await self.errors(query, variables, role=role)
        return error["extensions"]["code"]


@pytest.fixture
async def world(furnish: Furnish) -> World:
    """A few customers, complaints, needs and inventions."""
    return await furnish(settle)


@pytest.fixture
async def graph(database: Database, world: World) -> Graph:
    """The graph over the known world."""
    return Graph(database, member=world.members["Ada"])
