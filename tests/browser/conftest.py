"""A watched browser for the session, a fresh visitor for each test, and the server they visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from . import harness, stub


@pytest.fixture(scope="session")
def live_server() -> Iterator[stub.LiveServer]:
    with stub.serve() as server:
        yield server


@pytest.fixture(scope="session")
def outside() -> Iterator[harness.Outside]:
    with harness.Outside() as outside:
        yield outside


@pytest.fixture(scope="session")
def browser(outside: harness.Outside) -> Iterator[Browser]:
    program = harness.find_chromium()
    if program is None:
        pytest.skip("NO CHROMIUM HERE: the pages go untested. Install one, on Debian: apt-get install chromium")
    with harness.chromium(program, outside) as browser:
        yield browser


@pytest.fixture
def graphiql(browser: Browser, live_server: stub.LiveServer, outside: harness.Outside) -> Iterator[harness.GraphiQL]:
    """A new visitor with nothing stored. However the test ends, nobody but this machine may have been asked."""
    context = browser.new_context(viewport={"width": 1360, "height": 820})
    visitor = harness.GraphiQL(context, live_server.url)
    yield visitor
    context.close()
    assert visitor.hosts() <= harness.LOOPBACK
    assert outside.asked == []
    assert [said for said in visitor.complaints if "Content Security Policy" in said] == []
