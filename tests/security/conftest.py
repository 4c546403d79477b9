"""The whole server over the known world, for callers of every role."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.team import Role
from nobodyasked.server.settings import Settings

from ..api.world import World, settle
from ..furniture import Furnish
from ..server.fakes import reached


@dataclass
class House:
    """A server without a socket: `ask` speaks HTTP to it, as a role, or as nobody."""

    client: httpx.AsyncClient
    app: Any
    database: Database
    world: World
    secrets: dict[Role | None, str] = field(default_factory=dict)

    def headers(self, role: Role | None) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secrets[role]}"} if role in self.secrets else {}

    async def ask(self, query: str, role: Role | None, /, **variables: Any) -> httpx.Response:
        """The answer to a document; role None comes without a token."""
        body = {"query": query, "variables": variables}
        return await self.client.post("/graphql", json=body, headers=self.headers(role))

    async def codes(self, query: str, role: Role | None, /, **variables: Any) -> list[str]:
        """The codes of an answer's errors."""
        answer = (await self.ask(query, role, **variables)).json()
        return [error["extensions"]["code"] for error in answer.get("errors", [])]


@pytest.fixture
async def house(database: Database, furnish: Furnish, database_url: str, tmp_path: Path) -> AsyncIterator[House]:
    """Anyone may read it; nothing works in the background."""
    world = await furnish(settle)
    settings = Settings(
        database_url=database_url,
        data_dir=tmp_path,
        embedder="hashed",
        worker=False,
        alert_seconds=0,
        anonymous_role="READER",
    )
    async with reached(settings) as (client, app):
        made = House(client, app, database, world)
        for role in Role:
            made.secrets[role], _ = await tokens.create(database, member_name=f"The {role}", role=role)
        yield made
