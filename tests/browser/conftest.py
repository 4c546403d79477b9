"""A watched browser for the session, a fresh visitor for each test, and a server with something to show them."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser

from ..live import LiveServer
from . import harness

SUBMIT = "mutation ($input: ComplaintSubmitInput!) { complaintSubmit(input: $input) { complaint { id } } }"
IMPORT = "mutation ($input: ComplaintsImportInput!) { complaintsImport(input: $input) { createdCount userErrors { message } } }"
SAID = (
    "The shipping costs more than the laces.",
    "Where is my parcel? The app says delivered, the porch says no.",
    "Great boots. I only wish I had known which size before.",
    "Waited five weeks for the refund.",
)

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def ask(live_server: LiveServer) -> Ask:
    """`ask(query, **variables)`: the `data` of a query, as another client would get it over plain HTTP."""

    def send(query: str, **variables: Any) -> dict[str, Any]:
        request = urllib.request.Request(
            live_server.graphql_url,
            json.dumps({"query": query, "variables": variables}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {live_server.token}"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer
        return answer["data"]

    return send


@pytest.fixture(scope="session")
def complaints(ask: Ask) -> int:
    """Complaints for the visitors to find; how many there are at least."""
    # all through a year, so that there are weeks before and after any that an example names, and no gap that ends the past
    days = [date(2026, 1, 5) + timedelta(weeks=3 * number) for number in range(16)]
    rows = [
        {
            "source": "browser",
            "externalId": str(day),
            "channel": "chat",
            "text": SAID[number % len(SAID)],
            "occurredAt": f"{day}T10:00:00Z",
        }
        for number, day in enumerate(days)
    ]
    assert ask(IMPORT, input={"rows": rows})["complaintsImport"] == {"createdCount": len(rows), "userErrors": []}
    return len(rows)


@pytest.fixture(scope="module")
def outside() -> Iterator[harness.Outside]:
    with harness.Outside() as outside:
        yield outside


@pytest.fixture(scope="module")
def browser(outside: harness.Outside) -> Iterator[Browser]:
    """Not for the whole session: while it stands, Playwright's own event loop keeps asynchronous tests from running."""
    program = harness.find_chromium()
    if program is None:
        pytest.skip("NO CHROMIUM HERE: the pages go untested. Install one, on Debian: apt-get install chromium")
    with harness.chromium(program, outside) as browser:
        yield browser


@pytest.fixture
def graphiql(
    browser: Browser, live_server: LiveServer, outside: harness.Outside, complaints: int
) -> Iterator[harness.GraphiQL]:
    """A new visitor with nothing stored. However the test ends, nobody but this machine may have been asked."""
    context = browser.new_context(viewport={"width": 1360, "height": 820})
    visitor = harness.GraphiQL(context, live_server.url)
    yield visitor
    context.close()
    assert visitor.hosts() <= harness.LOOPBACK
    assert outside.asked == []
    assert [said for said in visitor.complaints if "Content Security Policy" in said] == []
