"""People of an identity provider sign in on the page: a real browser, a real server, a provider on the loopback."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from nobodyasked.server import pages

from ..issuer import AUDIENCE, CLIENT, EC, Issuer
from ..live import LiveServer
from . import harness

pytestmark = pytest.mark.skipif(not pages.available(), reason="THE PAGES ARE NOT BUILT: run `make pages`")
STORES = "[JSON.stringify(sessionStorage), JSON.stringify(localStorage)]"


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    made.publish(EC, "one", "ES256")
    yield made
    made.close()


@pytest.fixture(scope="module")
def house(issuer: Issuer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    server = LiveServer(
        tmp_path_factory.mktemp("house"), oidc_issuer=issuer.url, oidc_audience=AUDIENCE, oidc_client_id=CLIENT
    )
    yield server.wait()
    assert server.stop() == 0


@pytest.fixture
def visitor(browser: Browser, house: LiveServer, issuer: Issuer) -> Iterator[harness.GraphiQL]:
    issuer.twist, issuer.lasts, issuer.modes = "", 300, ["query", "fragment"]
    for seen in (issuer.asked, issuer.requests, issuer.exchanges, issuer.revoked, issuer.given):
        seen.clear()
    context = browser.new_context(viewport={"width": 1360, "height": 820})
    made = harness.GraphiQL(context, house.url)
    # each way through the provider loads the page anew, which takes long on a busy machine
    made.page.set_default_timeout(60_000)
    yield made
    context.close()
    assert made.hosts() <= harness.LOOPBACK
    assert [said for said in made.complaints if "Content Security Policy" in said] == []


def shows(visitor: harness.GraphiQL, words: str | re.Pattern[str]) -> None:
    """Waits until the page says so of who is signed in."""
    expect(visitor.page.get_by_role("status")).to_have_text(words, timeout=60_000)


def sign_in(visitor: harness.GraphiQL) -> None:
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Sign in", exact=True).click()
    visitor.page.locator(".graphiql-query-editor .view-lines").wait_for()


def test_a_person_signs_in_asks_and_signs_out(visitor: harness.GraphiQL, issuer: Issuer) -> None:
    issuer.lasts = 2
    visitor.visit()
    sign_in(visitor)
    shows(visitor, "Your sign-in as Ann has ended")
    assert visitor.page.url == visitor.url, "nothing of the sign-in stays in the address"

    for seen in (issuer.requests, issuer.exchanges, issuer.given):
        seen.clear()
    issuer.lasts = 300
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Sign in again").click()
    shows(visitor, re.compile(r"^Signed in as Ann, until \d"))
    assert visitor.page.url == visitor.url
    visitor.write("{ viewer { role member { name } } }")
    visitor.run()
    visitor.expect_answer('"CURATOR"')

    (asked,), (exchanged,) = issuer.requests, issuer.exchanges
    assert asked["code_challenge_method"] == "S256"
    assert (asked["response_type"], asked["scope"], asked["audience"]) == ("code", "openid profile", AUDIENCE)
    assert len({asked[name] for name in ("state", "nonce", "code_challenge")}) == 3
    assert "client_secret" not in exchanged
    (token,) = issuer.given
    session, local = visitor.page.evaluate(STORES)
    assert token in session
    assert token not in local
    assert asked["nonce"] not in session, "what was used is forgotten"
    assert not any(token in url or "code=" in urlsplit(url).query for url in visitor.requests)

    visitor.page.reload()
    shows(visitor, re.compile("^Signed in as Ann"))
    with visitor.page.expect_navigation():
        visitor.page.get_by_role("button", name="Sign out").click()
    shows(visitor, "This server asks for a token")
    assert issuer.revoked == [token]
    assert not any(token in path for path in issuer.asked)
    assert token not in visitor.page.evaluate(STORES)[0]


def test_an_answer_that_is_not_to_our_question_signs_nobody_in(
    visitor: harness.GraphiQL, house: LiveServer, issuer: Issuer
) -> None:
    issuer.modes = ["query"]
    # somebody else's link
    visitor.page.goto(house.graphql_url + "#code=stolen&state=made-up")
    shows(visitor, "The sign-in did not work")
    assert issuer.exchanges == []
    for twist, words in (
        ("denied", "You did not sign in"),
        ("state", "The sign-in did not work"),
        ("nonce", "The sign-in did not work"),
    ):
        issuer.twist = twist
        sign_in(visitor)
        shows(visitor, words)
        assert "nobodyasked" not in visitor.page.evaluate(STORES)[0]
        # a code goes to the provider only in answer to our own question
        assert len(issuer.exchanges) == (1 if twist == "nonce" else 0)
    # a provider that knows no other way puts the code, good for nothing by itself, where our own log does not hold it
    assert any("code=" in urlsplit(url).query for url in visitor.requests)
    assert issuer.exchanges[0]["code"] not in str(house.lines)
    # an API token is taken as before
    visitor.give_token(house.token)
    shows(visitor, "Token in use")
    # the page reaches the provider, and nobody else
    other = Issuer()
    try:
        reach = "url => fetch(url + '/keys').then(() => true, () => false)"
        assert visitor.page.evaluate(reach, issuer.url) is True
        assert visitor.page.evaluate(reach, issuer.tokens_url) is True
        assert visitor.page.evaluate(reach, other.url) is False
        assert other.asked == []
    finally:
        other.close()
        visitor.complaints.clear()
