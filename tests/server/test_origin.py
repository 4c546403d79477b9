"""Whose pages may connect."""

from __future__ import annotations

import pytest

from nobodyasked.server.protocol.origin import origin_allowed

NAMED = ("https://app.example", "https://Other.example:8443")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        (None, "here.example"),
        ("http://here.example", "here.example"),
        ("http://HERE.example", "here.example:80"),
        ("https://here.example:443", "here.example"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000"),
        ("http://[::1]:8000", "[::1]:8000"),
        ("https://app.example", "here.example"),
        ("https://other.example:8443", "here.example"),
    ],
)
def test_allowed(origin: str | None, host: str) -> None:
    assert origin_allowed(origin, host, NAMED)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://here.example:8000", "here.example"),
        ("http://here.example", "here.example:8000"),
        ("http://app.example", "here.example"),
        ("https://app.example.evil.example", "here.example"),
        ("https://evil.example/https://app.example", "here.example"),
        ("https://sub.app.example", "here.example"),
        ("null", "null"),
        ("", ""),
        ("file://here.example", "here.example"),
        ("http://", ""),
        ("http://here.example:no", "here.example"),
        ("http://here.example", None),
        ("http://[::1", "[::1"),
    ],
)
def test_refused(origin: str, host: str | None) -> None:
    assert not origin_allowed(origin, host, NAMED)


def test_a_star_allows_any() -> None:
    assert origin_allowed("https://evil.example", "here.example", ("*",))
