"""Tokens, made and ended by an administrator over HTTP."""

from __future__ import annotations

import asyncio

from nobodyasked.models.team import Role

from .conftest import House

CREATE = (
    'mutation ($role: Role!, $until: DateTimeOrDuration) { tokenCreate(input: { memberName: "Mia", role: $role, expiresAt: $until })'
    " { secret apiToken { id hint role member { name } expiresAt lastUsedAt revokedAt } userErrors { path code } } }"
)
REVOKE = "mutation ($id: ID!) { tokenRevoke(input: { tokenId: $id }) { apiToken { id revokedAt } userErrors { path code } } }"
LIST = "{ apiTokens { id hint role member { name } createdAt expiresAt revokedAt lastUsedAt } }"


async def test_a_token_from_its_making_to_its_end(house: House) -> None:
    made = (await house.ask(CREATE, Role.ADMIN, role="READER", until="P90D")).json()["data"]["tokenCreate"]
    secret, token = made["secret"], made["apiToken"]
    assert (token["role"], token["member"], token["lastUsedAt"]) == ("READER", {"name": "Mia"}, None)
    assert secret.startswith(token["hint"])
    seen = await house.client.post(
        "/graphql", json={"query": "{ viewer { role } }"}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert seen.json()["data"] == {"viewer": {"role": "READER"}}
    mine: dict[str, object] = {"lastUsedAt": None}
    async with asyncio.timeout(10):
        # its use is noted after the answer
        while mine["lastUsedAt"] is None:
            listed = await house.ask(LIST, Role.ADMIN)
            assert secret not in listed.text
            (mine,) = [one for one in listed.json()["data"]["apiTokens"] if one["id"] == token["id"]]
    ended = (await house.ask(REVOKE, Role.ADMIN, id=token["id"])).json()["data"]["tokenRevoke"]
    assert ended["apiToken"]["revokedAt"] is not None
    # at once, where it was revoked
    gone = await house.client.post(
        "/graphql", json={"query": "{ __typename }"}, headers={"Authorization": f"Bearer {secret}"}
    )
    assert gone.status_code == 401


async def test_what_cannot_be_made_or_ended(house: House) -> None:
    past = (await house.ask(CREATE, Role.ADMIN, role="READER", until="2020-01-01")).json()["data"]["tokenCreate"]
    assert (past["secret"], past["userErrors"]) == (None, [{"path": ["input", "expiresAt"], "code": "INVALID"}])
    for wrong, code in (("token_999", "NOT_FOUND"), ("need_1", "INVALID"), ("token_1 ", "INVALID")):
        ended = (await house.ask(REVOKE, Role.ADMIN, id=wrong)).json()["data"]["tokenRevoke"]
        assert ended == {"apiToken": None, "userErrors": [{"path": ["input", "tokenId"], "code": code}]}
