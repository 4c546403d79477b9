"""Tokens of an identity provider: a local one, with keys that come and go."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import HMACAlgorithm, RSAAlgorithm

from nobodyasked.models.database import Database
from nobodyasked.models.team import Role
from nobodyasked.server import access as door
from nobodyasked.server import provider as providers
from nobodyasked.server.access import Access
from nobodyasked.server.pages import page
from nobodyasked.server.protocol.fault import Fault
from nobodyasked.server.provider import Provider
from nobodyasked.server.settings import Settings, SettingsError, load_settings

from ..issuer import AUDIENCE, DISCOVERY, EC, RSA, Issuer
from .fakes import reached


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    made.publish(EC, "one", "ES256")
    yield made
    made.close()


def provider(issuer: Issuer, **more: Any) -> Provider:
    return Provider(issuer.url, AUDIENCE, **more)


async def refused(one: Provider, token: str) -> tuple[int, str]:
    with pytest.raises(Fault) as caught:
        await one.claims(token)
    return caught.value.status, caught.value.message


async def test_what_is_good_and_what_is_not(issuer: Issuer) -> None:
    issuer.publish(RSA, "two", "RS256")
    one = provider(issuer)
    good = await one.claims(issuer.token())
    assert (good.subject, good.name, good.role) == ("u1", "Ann", Role.CURATOR)
    assert (await one.claims(issuer.token(RSA, "RS256", "two", aud=["other", AUDIENCE]))).role is Role.CURATOR
    now = int(time.time())
    public = RSA.public_key()
    stranger = ec.generate_private_key(ec.SECP256R1())
    bad = {
        "another issuer": issuer.token(iss="https://evil.example"),
        "another server": issuer.token(aud="other"),
        "expired": issuer.token(exp=now - 60, iat=now - 120),
        "not yet": issuer.token(nbf=now + 600),
        "no end": issuer.token(exp=None),
        "no audience": issuer.token(aud=None),
        "no subject": issuer.token(sub=None),
        "a stranger's key": issuer.token(stranger),
        "a key of nobody": issuer.token(key_id="none"),
        "another algorithm than the key's": issuer.token(RSA, "RS384", "two"),
        "an algorithm that is not allowed": issuer.token(RSA, "PS256", "two"),
        "no signature": jwt.encode({"iss": issuer.url, "aud": AUDIENCE, "sub": "u1", "exp": now + 60}, None, "none"),
        # the public key, which everybody has, taken for a secret
        "a public key as a secret": issuer.token(
            HMACAlgorithm.to_jwk(RSAAlgorithm.to_jwk(public).encode(), as_dict=False)[:200], "HS256", "two"
        ),
        "tampered": ".".join([*issuer.token().split(".")[:2], "AAAA"]),
        "nonsense": "a.b.c",
    }
    for what, token in bad.items():
        status, message = await refused(one, token)
        assert status == 401, what
        assert token not in message
        assert message.startswith("The identity provider's token is no good: ")


async def test_the_role_comes_from_a_claim(issuer: Issuer) -> None:
    one = provider(issuer)
    assert (await one.claims(issuer.token(roles=["READER", "ADMIN", "nonsense"]))).role is Role.ADMIN
    assert (await one.claims(issuer.token(roles="READER CONTRIBUTOR"))).role is Role.CONTRIBUTOR
    for nothing in (None, [], ["nonsense"], {"ADMIN": True}, 5, [["ADMIN"]]):
        assert (await refused(one, issuer.token(roles=nothing)))[0] == 403
    inner = provider(issuer, role_claim="realm_access.roles", roles={"pm": Role.CURATOR, "boss": Role.ADMIN})
    assert (await inner.claims(issuer.token(realm_access={"roles": ["pm"]}))).role is Role.CURATOR
    # its own names mean nothing where others were given
    assert (await refused(inner, issuer.token(realm_access={"roles": ["ADMIN"]})))[0] == 403
    named = provider(issuer, role_claim="https://x.example/roles")
    assert (await named.claims(issuer.token(**{"https://x.example/roles": ["ADMIN"]}))).role is Role.ADMIN


async def test_keys_are_kept_and_change(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1_000.0]
    monkeypatch.setattr(providers.time, "monotonic", lambda: clock[0])
    one = provider(issuer)
    for _ in range(3):
        await asyncio.gather(*(one.claims(issuer.token()) for _ in range(10)))
    assert issuer.asked == ["/.well-known/openid-configuration", "/keys"]
    # a new key is found at once, but not for everybody who makes one up
    issuer.publish(RSA, "two", "RS256")
    clock[0] += providers.PAUSE_SECONDS
    await one.claims(issuer.token(RSA, "RS256", "two"))
    for number in range(20):
        await refused(one, issuer.token(key_id=f"made up {number}"))
    assert len(issuer.asked) == 4
    # one that is taken back dies
    issuer.keys.pop(0)
    await one.claims(issuer.token())
    clock[0] += providers.FRESH_SECONDS + 1
    assert (await refused(one, issuer.token()))[0] == 401
    # without its issuer the rest lives on for a while
    issuer.status = 500
    clock[0] += providers.FRESH_SECONDS + 1
    await one.claims(issuer.token(RSA, "RS256", "two"))
    clock[0] += providers.STALE_SECONDS
    status, message = await refused(one, issuer.token(RSA, "RS256", "two"))
    assert (status, "cannot be asked" in message) == (503, True)
    issuer.status = 200
    clock[0] += providers.PAUSE_SECONDS
    await one.claims(issuer.token(RSA, "RS256", "two"))


async def test_keys_come_from_nowhere_else(issuer: Issuer) -> None:
    issuer.status = 302
    assert (await refused(provider(issuer), issuer.token()))[0] == 503
    assert "/elsewhere" not in issuer.asked
    issuer.status, issuer.named = 200, "https://evil.example"
    assert (await refused(provider(issuer), issuer.token()))[0] == 503
    assert (await provider(issuer, keys_url=f"{issuer.url}/keys").claims(issuer.token())).subject == "u1"
    for key in ({"use": "enc"}, {"kty": "oct"}, {"alg": "ES384"}):
        issuer.keys[0] |= key
        assert (await refused(provider(issuer, keys_url=f"{issuer.url}/keys"), issuer.token()))[0] == 401


async def test_a_subject_is_one_member_whatever_it_is_called(database: Database, issuer: Issuer) -> None:
    one = provider(issuer)

    async def member(**claims: Any) -> tuple[int | None, str]:
        actor, _ = await one.actor(database, issuer.token(**claims))
        return actor.member_id, actor.name

    (ann, name), *same = await asyncio.gather(*(member() for _ in range(3)))
    assert name == "Ann"
    assert [key for key, _ in same] == [ann, ann]
    assert await member(name="Somebody else") == (ann, "Ann")
    other, marked = await member(sub="u2")
    assert other != ann
    assert marked.startswith("Ann (")
    assert (await member(sub="u3", name=None))[1] == "u3"
    assert await database.value("SELECT count(*) FROM member") == 3
    assert (await refused_actor(one, database, issuer.token(sub="x" * 300)))[0] == 401


async def refused_actor(one: Provider, database: Database, token: str) -> tuple[int, str]:
    with pytest.raises(Fault) as caught:
        await one.actor(database, token)
    return caught.value.status, caught.value.message


async def test_a_token_is_remembered_no_longer_than_it_lasts(
    database: Database, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    access = Access(database, "none", provider(issuer))
    token = f"Bearer {issuer.token(exp=int(time.time()) - providers.LEEWAY_SECONDS + 2)}"
    actor = await access.actor(token)
    assert access.known(access.key(token)) == actor
    late = door.time.monotonic() + 2.5
    monkeypatch.setattr(door.time, "monotonic", lambda: late)
    assert access.known(access.key(token)) is None
    # API tokens go on as before
    with pytest.raises(Fault, match="unknown, expired or revoked"):
        await access.actor("Bearer nba_wrong")


@pytest.fixture
async def house(database_url: str, issuer: Issuer, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(
        database_url=database_url, data_dir=tmp_path, embedder="hashed", worker=False, alert_seconds=0,
        oidc_issuer=issuer.url, oidc_audience=AUDIENCE, oidc_roles=("pm=CURATOR", "all=READER"),
    )  # fmt: skip
    async with reached(settings) as (client, _):
        yield client


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_over_http(house: httpx.AsyncClient, issuer: Issuer) -> None:
    async def ask(query: str, **claims: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {issuer.token(**claims)}"}
        return await house.post("/graphql", json={"query": query}, headers=headers)

    seen = await ask("{ viewer { role member { name } } }", roles=["pm"])
    assert seen.json() == {"data": {"viewer": {"role": "CURATOR", "member": {"name": "Ann"}}}}
    team = 'mutation { teamCreate(input: { name: "A" }) { team { name } } }'
    assert (await ask(team, roles=["pm"])).json()["data"]["teamCreate"]["team"] == {"name": "A"}
    assert (await ask(team, roles=["all"], sub="u2")).json()["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert (await ask(team, roles=["ADMIN"], sub="u3")).status_code == 403
    late = await ask(team, exp=1)
    assert late.status_code == 401
    assert 'error="invalid_token"' in late.headers["www-authenticate"]


def test_settings_that_would_let_others_in_are_refused() -> None:
    good = {"oidc_issuer": "https://id.example/realm", "oidc_audience": "us"}
    assert load_settings(**good).oidc_algorithms == ("RS256", "ES256")
    for wrong, named in (
        ({"oidc_audience": ""}, "OIDC_AUDIENCE"),
        ({"oidc_issuer": "http://id.example"}, "OIDC_ISSUER"),
        ({"oidc_keys_url": "http://id.example/keys"}, "OIDC_KEYS_URL"),
        ({"oidc_algorithms": "RS256,HS256"}, "OIDC_ALGORITHMS"),
        ({"oidc_algorithms": "none"}, "OIDC_ALGORITHMS"),
        ({"oidc_roles": "pm=BOSS"}, "OIDC_ROLES"),
    ):
        with pytest.raises(SettingsError, match=named):
            load_settings(**{**good, **wrong})


async def test_origins_that_the_page_reaches(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The issuer's own, and those of what the page calls, if nobody on the way can change it: read once, and kept."""
    one = provider(issuer, keys_url="https://keys.example/jwks")
    both = (issuer.url, issuer.tokens_url)
    assert await asyncio.gather(one.origins(), one.origins()) == [both, both]
    assert await one.origins() == both
    assert issuer.asked == [DISCOVERY]
    # what is not there any more stays as it was, and is asked for anew after a while
    issuer.status = 500
    monkeypatch.setattr(providers, "FRESH_SECONDS", 0.0)
    assert await one.origins() == both
    assert len(issuer.asked) == 2
    away = provider(issuer)
    assert await away.origins() == await away.origins() == (issuer.url,)
    assert len(issuer.asked) == 3
    issuer.status = 200
    for endpoint, kept in (
        ("https://Tokens.example:8443/a?b#c", ("https://tokens.example:8443",)),
        ("https://me:secret@tokens.example/", ("https://tokens.example",)),
        ("http://tokens.example/", ()),
        ("https://a.example; script-src *", ()),
        ("https://a.example script-src", ()),
        ("https://*.example/", ()),
        ("https:///token", ()),
        ("data:text/html,x", ()),
        (None, ()),
        (["https://a.example"], ()),
    ):
        issuer.more = {"token_endpoint": endpoint, "revocation_endpoint": f"{issuer.url}/revoke"}
        assert await provider(issuer).origins() == (issuer.url, *kept), endpoint
    issuer.named, issuer.more = "https://another.example", {}
    assert await provider(issuer).origins() == (issuer.url,)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_the_page_may_reach_the_provider(
    issuer: Issuer, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "BUILT", tmp_path)
    (tmp_path / "index.html").write_text("<head></head>")
    given = {"oidc_issuer": issuer.url, "oidc_audience": AUDIENCE, "database_url": database_url, "data_dir": tmp_path}
    for more, reached_too in (({"oidc_client_id": "page"}, f" {issuer.url} {issuer.tokens_url}"), ({}, "")):
        settings = load_settings(**given, **more, embedder="hashed", worker=False, alert_seconds=0)
        async with reached(settings) as (client, _):
            answer = await client.get("/graphql", headers={"Accept": "text/html"})
            assert f"connect-src 'self'{reached_too};" in answer.headers["content-security-policy"]
