"""GraphiQL as an analyst uses it, in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from nobodyasked.server import pages

from ..live import LiveServer
from .conftest import SUBMIT, Ask
from .harness import GraphiQL

EXAMPLES = sorted((Path(pages.__file__).parent / "examples").glob("*.graphql"))
THREE_ROWS = "{ complaints(first: 3) { totalCount nodes { id text channel } } }"
pytestmark = pytest.mark.skipif(not pages.available(), reason="THE PAGES ARE NOT BUILT: run `make pages`")


def test_typed_query_shows_the_rows(graphiql: GraphiQL, live_server: LiveServer, ask: Ask) -> None:
    rows = ask(THREE_ROWS)["complaints"]["nodes"]
    assert len(rows) == 3

    graphiql.visit(live_server.token)
    graphiql.write(THREE_ROWS)
    assert graphiql.query_text().replace("\n", "") == THREE_ROWS
    graphiql.run()

    graphiql.expect_answer('"totalCount"')
    for row in rows:
        graphiql.expect_answer(row["id"])


def test_the_page_is_ours(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)

    expect(graphiql.page.get_by_role("heading", name="nobodyasked")).to_be_visible()
    expect(graphiql.page.get_by_text("Nobody asked for Prime. Everybody wanted it.")).to_be_visible()
    # The page, its scripts, style sheets, fonts and three kinds of worker.
    assert len(graphiql.requests) > 10
    assert graphiql.complaints == []


def test_html_in_a_text_is_a_text(graphiql: GraphiQL, live_server: LiveServer, ask: Ask) -> None:
    html = "<img src=x onerror='window.ran=1'> <b id=bold>Late.</b>"
    made = ask(SUBMIT, input={"text": html, "channel": "email", "source": "browser", "externalId": "html"})
    query = f'{{ complaint(id: "{made["complaintSubmit"]["complaint"]["id"]}") {{ text }} }}'
    graphiql.visit(live_server.token)
    graphiql.write(query)
    graphiql.run()
    graphiql.expect_answer("<img src=x")
    assert graphiql.page.evaluate("[window.ran ?? null, document.querySelectorAll('#bold, img[src=x]').length]") == [
        None,
        0,
    ]
    assert graphiql.complaints == []


def test_token_is_sent_kept_for_the_session_and_refused_when_wrong(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit()
    graphiql.give_token("not-a-token")
    expect(graphiql.page.get_by_role("status")).to_have_text("The server refuses this token")

    graphiql.give_token(f"Bearer {live_server.token}\n")
    expect(graphiql.page.get_by_role("status")).to_have_text("Token in use")
    stored = graphiql.page.evaluate("[JSON.stringify(sessionStorage), JSON.stringify(localStorage)]")
    assert live_server.token in stored[0]
    assert live_server.token not in stored[1]

    graphiql.page.reload()
    expect(graphiql.page.get_by_role("status")).to_have_text("Token in use")


def test_token_in_the_address_is_taken_out_of_it(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)

    expect(graphiql.page.get_by_role("status")).to_have_text("Token in use")
    assert graphiql.page.url == live_server.url + "/graphql"


def test_documentation_explorer_knows_the_schema(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)
    graphiql.show("Documentation Explorer")
    docs = graphiql.page.locator(".graphiql-plugin")

    docs.get_by_role("link", name="Query", exact=True).click()
    docs.get_by_role("link", name="complaints", exact=True).click()

    expect(docs.get_by_text("ComplaintConnection")).to_be_visible()


def test_history_brings_a_query_back(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)
    graphiql.write(THREE_ROWS)
    graphiql.run()
    graphiql.expect_answer('"totalCount"')
    graphiql.page.get_by_role("button", name="New tab").click()
    graphiql.show("History")

    graphiql.page.locator(".graphiql-history-item-label", has_text="complaints(first: 3)").click()

    expect(graphiql.page.locator(".graphiql-query-editor .view-lines")).to_contain_text("totalCount")


def test_every_example_opens_in_a_tab_of_its_own(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)
    titles = [path.read_text().splitlines()[0].removeprefix("# ") for path in EXAMPLES]

    for title, path in zip(titles, EXAMPLES, strict=True):
        graphiql.open_example(title)
        expect(graphiql.page.locator(".graphiql-query-editor .view-lines")).to_contain_text(f"# {title}"[:16])
        expect(graphiql.page.locator(".graphiql-tab-active")).to_be_in_viewport()
        # long lines are broken where the editor ends
        beginning = "".join("".join(path.read_text().splitlines()[:2]).split())
        assert "".join(graphiql.query_text().split()).startswith(beginning)

    # The first example is open from the start, and opening it again goes to its tab.
    assert graphiql.page.locator(".graphiql-tabs").get_by_role("tab").count() == len(EXAMPLES)


def test_example_search_runs(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)
    graphiql.open_example("Search complaints by words")
    graphiql.run()

    graphiql.expect_answer('"totalCount"')
    assert '"errors"' not in graphiql.answer()


@pytest.mark.parametrize("path", [path for path in EXAMPLES if path.stem != "08_listen"], ids=lambda path: path.stem)
@pytest.mark.usefixtures("complaints")
def test_every_example_is_answered(ask: Ask, path: Path) -> None:
    answers = ask(path.read_text())

    assert answers
    assert [answer["userErrors"] for answer in answers.values() if answer.get("userErrors")] == []
    if path.stem == "04_search_by_words":
        assert answers["complaints"]["totalCount"] >= 1


def test_subscription_shows_what_arrives(graphiql: GraphiQL, live_server: LiveServer, ask: Ask) -> None:
    words = "The drawer of the cash desk sticks"
    graphiql.visit(live_server.token)
    graphiql.open_example("Listen")
    with graphiql.page.expect_websocket() as opened:
        graphiql.run()

    # Only the server knows when it began to listen, so complaints keep arriving until one shows.
    for _ in range(20):
        complaint = {"source": "test", "externalId": str(uuid4()), "channel": "chat", "text": f"{words}, {uuid4()}."}
        ask(SUBMIT, input=complaint)
        graphiql.page.wait_for_timeout(500)
        if words in graphiql.answer():
            break

    graphiql.expect_answer(words)
    assert opened.value.url == live_server.url.replace("http", "ws") + "/graphql"
    graphiql.page.get_by_role("button", name="Stop query").click()


def test_quick_key_runs_the_text_that_stands_there(graphiql: GraphiQL, live_server: LiveServer) -> None:
    graphiql.visit(live_server.token)
    graphiql.write(THREE_ROWS, pause=False)
    graphiql.page.keyboard.press("Control+Enter")

    graphiql.expect_answer('"totalCount"')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_theme_follows_the_system_and_the_switch(graphiql: GraphiQL, live_server: LiveServer, scheme: Any) -> None:
    graphiql.page.emulate_media(color_scheme=scheme)
    graphiql.visit(live_server.token)
    other = "dark" if scheme == "light" else "light"
    before = _paper(graphiql)
    assert (before > 128) == (scheme == "light")

    graphiql.page.get_by_role("button", name=f"Use the {other} theme").click()

    expect(graphiql.page.locator(f"body.graphiql-{other}")).to_be_visible()
    assert (_paper(graphiql) > 128) == (other == "light")


def _paper(graphiql: GraphiQL) -> int:
    """The red of the header's background, 0 to 255."""
    colour = graphiql.page.locator(".page-header").evaluate("header => getComputedStyle(header).backgroundColor")
    return int(colour.removeprefix("rgb(").split(",")[0])
