from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Forbidden, Invalid, NotFound
from nobodyasked.models.fields import now_ms
from nobodyasked.models.queries import tokens as token_queries
from nobodyasked.models.queries.tokens import actor_for
from nobodyasked.models.team import Role

from .people import row


async def test_a_secret_stands_for_its_member_and_role(database: Database) -> None:
    secret, token_id = await tokens.create(
        database, member_name=" Ada  Byron ", role=Role.CURATOR, team_name="Checkout"
    )
    actor = await actor_for(database, secret)
    assert actor is not None
    assert (actor.role, actor.name) == (Role.CURATOR, "Ada Byron")
    (token,) = await tokens.list(database)
    assert (token.id, token.member, token.team, token.role) == (token_id, "Ada Byron", "Checkout", Role.CURATOR)
    assert secret.startswith(token.hint)
    assert len(token.hint) < 12


async def test_the_secret_is_nowhere_in_the_database(database: Database) -> None:
    secret, token_id = await tokens.create(database, member_name="Ada", role=Role.READER)
    stored = await row(database, "api_token", token_id, "digest, hint")
    assert secret not in stored
    assert len(stored[0]) == 64


async def test_two_tokens_of_one_member(database: Database) -> None:
    first, _ = await tokens.create(database, member_name="Ada", role=Role.READER)
    second, _ = await tokens.create(database, member_name="Ada", role=Role.ADMIN)
    one, other = await actor_for(database, first), await actor_for(database, second)
    assert one is not None
    assert other is not None
    assert one.member_id == other.member_id
    assert (one.role, other.role) == (Role.READER, Role.ADMIN)


@pytest.mark.parametrize(
    "secret", ["", "nba_", "nba_unknown", "Bearer x", "nba_" + "x" * 1000, "nba_\udcff", "nba_\x00"]
)
async def test_other_secrets_stand_for_nobody(database: Database, secret: str) -> None:
    await tokens.create(database, member_name="Ada", role=Role.READER)
    assert await actor_for(database, secret) is None


async def test_a_revoked_token_stands_for_nobody(database: Database) -> None:
    secret, token_id = await tokens.create(database, member_name="Ada", role=Role.READER)
    await tokens.revoke(database, token_id)
    first = await row(database, "api_token", token_id, "revoked_at")
    assert await actor_for(database, secret) is None
    await tokens.revoke(database, token_id)
    assert await row(database, "api_token", token_id, "revoked_at") == first
    with pytest.raises(NotFound):
        await tokens.revoke(database, token_id + 1)


async def test_an_expired_token_stands_for_nobody(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    expires_at = now_ms() + 60_000
    secret, _ = await tokens.create(database, member_name="Ada", role=Role.READER, expires_at=expires_at)
    assert await actor_for(database, secret) is not None
    monkeypatch.setattr(token_queries, "now_ms", lambda: expires_at)
    assert await actor_for(database, secret) is None
    with pytest.raises(Invalid):
        await tokens.create(database, member_name="Ada", role=Role.READER, expires_at=now_ms() - 1)


async def test_use_is_noted_at_most_once_a_minute(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, token_id = await tokens.create(database, member_name="Ada", role=Role.READER)

    async def used_at(now: int) -> int | None:
        monkeypatch.setattr(token_queries, "now_ms", lambda: now)
        await asyncio.gather(*(actor_for(database, secret) for _ in range(5)))
        if database._asides:
            await asyncio.wait(database._asides)
        return (await row(database, "api_token", token_id, "last_used_at"))[0]

    start = now_ms()
    assert await used_at(start) == start
    assert await used_at(start + 59_000) == start
    assert await used_at(start + 60_001) == start + 60_001


@pytest.mark.parametrize("name", ["", " ", "\x00", "x" * 121, "\ud800"])
async def test_bad_names(database: Database, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await tokens.create(database, member_name=name, role=Role.READER)
    assert refusal.value.path == ("memberName",)
    assert await tokens.list(database) == []


@pytest.mark.parametrize(("has", "needs"), [(has, needs) for has in Role for needs in Role])
def test_roles_include_the_ones_before(has: Role, needs: Role) -> None:
    order = [Role.READER, Role.CONTRIBUTOR, Role.CURATOR, Role.ADMIN]
    actor = Actor(1, has, "Ada")
    if order.index(has) >= order.index(needs):
        actor.require(needs)
    else:
        with pytest.raises(Forbidden, match=needs.value):
            actor.require(needs)


def test_callers_without_a_token() -> None:
    assert Actor.anonymous().role is Role.READER
    assert Actor.operator().role is Role.ADMIN
