"""A headless Chromium that is watched, and GraphiQL as a person's hands and eyes have it."""

from __future__ import annotations

import os
import re
import shutil
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

PROGRAMS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}

# What Chromium asks for by itself, whatever it shows and even with QUIET: updates, the time, accounts, form hints.
# Exact hosts: a page that asked their neighbours (for fonts, scripts, analytics) would be seen.
BROWSERS_OWN = {
    "accounts.google.com",
    "clients2.google.com",
    "content-autofill.googleapis.com",
    "update.googleapis.com",
}

QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-default-browser-check",
    "--no-first-run",
)


def find_chromium() -> str | None:
    """The path of an installed Chromium, None where there is none."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


def _host(request_line: str) -> str:
    """The host of a proxy request's first line: `CONNECT host:port HTTP/1.1` or `GET http://host/path HTTP/1.1`."""
    parts = request_line.split(" ")
    if len(parts) < 2:
        return ""
    return urlsplit(parts[1] if "://" in parts[1] else f"//{parts[1]}").hostname or parts[1]


class Outside:
    """A proxy that stands for the rest of the world: it writes down the hosts asked for, and never answers.

    The browser is told to use it for every address but the loopback ones, so nothing that the page, its workers or the
    browser itself asks of another machine can pass unseen, or pass at all.
    """

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Refuse(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                line = self.rfile.readline(4096).decode("latin-1").strip()
                host = _host(line)
                if host and host not in BROWSERS_OWN:
                    asked.append(host)
                self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuse)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="outside", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Outside:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def chromium(program: str, outside: Outside) -> Iterator[Browser]:
    """A running headless Chromium whose only way out is `outside`."""
    # Chromium refuses to sandbox itself for root; the page under test is our own.
    sandbox = os.geteuid() != 0
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program,
            args=list(QUIET),
            chromium_sandbox=sandbox,
            proxy={"server": outside.url, "bypass": "127.0.0.1,localhost,[::1]"},
        )
        try:
            yield browser
        finally:
            browser.close()


class GraphiQL:
    """One visitor's GraphiQL at `url`: what they do, what they see, and what their browser complained of."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.url = url.rstrip("/") + "/graphql"
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self.requests.append(request.url))
        self.page.on("websocket", lambda socket: self.requests.append(socket.url))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)

    def visit(self, token: str | None = None) -> None:
        """Opens the page and waits until the editors stand and the schema is there."""
        self.page.goto(self.url + (f"#token={token}" if token else ""))
        self.page.locator(".graphiql-query-editor .view-lines").wait_for()
        self.page.locator(".result-window .monaco-editor").wait_for()

    def hosts(self) -> set[str]:
        """Every host that the page asked for anything."""
        parts = (urlsplit(url) for url in self.requests)
        return {part.hostname or "" for part in parts if part.scheme not in {"data", "blob"}}

    def give_token(self, token: str) -> None:
        self.page.get_by_label("Token", exact=True).fill(token)
        self.page.get_by_role("button", name="Use", exact=True).click()

    def token_status(self) -> str:
        return self.page.locator("#token-status").inner_text()

    def write(self, query: str, *, pause: bool = True) -> None:
        """Types `query` into a new tab of the operation editor, key by key, and lets GraphiQL take it in."""
        self.page.get_by_role("button", name="New tab").click()
        self.page.locator(".graphiql-query-editor .view-lines").click()
        for character in query:
            self.page.keyboard.type(character)
            if character in "{(":
                # The editor closes a bracket by itself; a person who types on removes or overtypes it.
                self.page.keyboard.press("Delete")
        if pause:
            # GraphiQL reads the text a tenth of a second after the last key.
            self.page.wait_for_timeout(300)

    def query_text(self) -> str:
        """What the operation editor shows; it breaks lines that are longer than it is wide."""
        return _read(self.page, ".graphiql-query-editor .view-lines")

    def run(self) -> None:
        self.page.get_by_role("button", name="Execute query").click()

    def expect_answer(self, part: str, timeout: float = 20_000) -> None:
        """Waits until the visible answer contains `part`."""
        expect(self.page.locator(".result-window .view-lines")).to_contain_text(part, timeout=timeout)

    def answer(self) -> str:
        return _read(self.page, ".result-window .view-lines")

    def open_example(self, title: str) -> None:
        if not self.page.get_by_label("Example operations").is_visible():
            self.page.get_by_role("button", name="Show Examples").click()
        self.page.get_by_label("Example operations").get_by_role("button", name=re.compile(rf"^{title}\b")).click()

    def show(self, plugin: str) -> None:
        """Opens a side panel (`Examples`, `Documentation Explorer`, `History`)."""
        button = self.page.get_by_role("button", name=f"Show {plugin}")
        if button.is_visible():
            button.click()
        expect(self.page.get_by_role("button", name=f"Hide {plugin}")).to_be_visible()

    def picture(self, path: Path) -> None:
        self.page.mouse.move(700, 5)
        # The editors fade their scroll bars and colour their words a moment after the text stands.
        self.page.wait_for_timeout(600)
        path.parent.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=path)


def _read(page: Page, selector: str) -> str:
    # Monaco sets lines as absolutely placed blocks, in any order in the document, with no-break spaces.
    lines = page.locator(selector + " .view-line").evaluate_all(
        "lines => lines.map(line => [parseFloat(line.style.top), line.textContent])"
    )
    return "\n".join(text for _, text in sorted(lines)).replace("\u00a0", " ")
