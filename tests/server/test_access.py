"""Tokens, at the door."""

from __future__ import annotations

import asyncio

import pytest

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import tokens
from nobodyasked.models.database import Database
from nobodyasked.models.fields import now_ms
from nobodyasked.models.team import Role
from nobodyasked.server import access as door
from nobodyasked.server.access import Access
from nobodyasked.server.protocol.fault import Fault


async def token(database: Database, role: Role = Role.CURATOR, **rest: int) -> tuple[str, int]:
    return await tokens.create(database, member_name="Ann", role=role, **rest)  # type: ignore[arg-type]


async def refused(access: Access, authorization: str | None) -> Fault:
    with pytest.raises(Fault) as caught:
        await access.actor(authorization)
    assert (caught.value.status, caught.value.code) == (401, "UNAUTHENTICATED")
    return caught.value


@pytest.mark.parametrize("role", list(Role))
async def test_a_token_stands_for_its_member_and_role(database: Database, role: Role) -> None:
    secret, _ = await token(database, role)
    access = Access(database, "none")
    for scheme in ("Bearer", "bearer", "BEARER "):
        actor = await access.actor(f"{scheme} {secret}")
        assert (actor.role, actor.name) == (role, "Ann")


@pytest.mark.parametrize("authorization", [None, "", "  "])
async def test_without_a_token_it_is_for_the_setting_to_say(database: Database, authorization: str | None) -> None:
    fault = await refused(Access(database, "none"), authorization)
    assert fault.headers == ((b"www-authenticate", b'Bearer realm="nobodyasked"'),)
    actor = await Access(database, "READER").actor(authorization)
    assert actor == Actor.anonymous()
    assert (actor.role, actor.member_id) == (Role.READER, None)


@pytest.mark.parametrize(
    "authorization",
    ["Bearer", "Bearer ", "Basic abc", "nba_abc", "Bearer a b", "Bearer nba_wrong", "Bearer " + "x" * 500, "Bearer é"],
)
async def test_a_wrong_token_is_refused_even_where_anyone_may_read(database: Database, authorization: str) -> None:
    fault = await refused(Access(database, "READER"), authorization)
    assert fault.headers == ((b"www-authenticate", b'Bearer realm="nobodyasked", error="invalid_token"'),)


async def test_many_who_call_with_one_token_ask_once(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    secret, _ = await token(database)
    access = Access(database, "none")
    with database.counting() as sent:
        actors = await asyncio.gather(*(access.actor(f"Bearer {secret}") for _ in range(20)))
    assert len({actor.token_id for actor in actors}) == 1
    assert len([text for text in sent.statements if text.startswith("SELECT")]) == 1
    # whoever gives up leaves the others to ask for themselves, and what is no good is asked once and told to each
    access = Access(database, "none")
    tasks = [asyncio.create_task(access.actor(f"Bearer {secret}")) for _ in range(3)]
    await asyncio.sleep(0)
    tasks[0].cancel()
    _, *others = await asyncio.gather(*tasks, return_exceptions=True)
    assert others == actors[:2]
    looked_up = []

    async def slowly(database: Database, secret: str) -> None:
        looked_up.append(secret)
        await asyncio.sleep(0)

    monkeypatch.setattr(door, "actor_for", slowly)
    refusals = await asyncio.gather(*(refused(access, "Bearer nba_wrong") for _ in range(3)))
    assert looked_up == ["nba_wrong"]
    assert len({id(refusal) for refusal in refusals}) == 3


async def test_an_expired_token_is_refused(database: Database) -> None:
    secret, _ = await token(database, expires_at=now_ms() + 100)
    access = Access(database, "none")
    await asyncio.sleep(0.15)
    await refused(access, f"Bearer {secret}")


async def test_a_good_token_is_remembered_for_seconds_and_a_revoked_one_dies(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, number = await token(database)
    access = Access(database, "none")
    actor = await access.actor(f"Bearer {secret}")
    await asyncio.sleep(0.1)  # its use is noted
    with database.counting() as sent:
        assert await access.actor(f"Bearer {secret}") == actor
    assert sent.count == 0
    # in this process at once, in others after seconds
    other, here = await token(database)
    same = await access.actor(f"Bearer {other}")
    await tokens.revoke(database, here)
    assert not await access.unchanged(f"Bearer {other}", same)
    await refused(access, f"Bearer {other}")
    assert await access.actor(f"Bearer {secret}") == actor
    elsewhere = "UPDATE api_token SET revoked_at = 1 WHERE id = ?1"
    await database.retrying(lambda one: one.execute(elsewhere, (number,)))
    assert await access.unchanged(f"Bearer {secret}", actor)
    assert door.CACHE_SECONDS <= 5
    moved = door.time.monotonic() + door.CACHE_SECONDS
    monkeypatch.setattr(door.time, "monotonic", lambda: moved)
    await refused(access, f"Bearer {secret}")
    assert not await access.unchanged(f"Bearer {secret}", actor)


async def test_what_is_remembered_is_bounded_and_holds_no_secret(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door, "CACHE_SIZE", 3)
    access = Access(database, "none")
    secrets = [(await token(database))[0] for _ in range(5)]
    for secret in secrets:
        await access.actor(f"Bearer {secret}")
    await refused(access, "Bearer nba_wrong")
    known = vars(access)["_known"]
    assert len(known) == 3
    assert not any(secret in repr(known) for secret in secrets)
