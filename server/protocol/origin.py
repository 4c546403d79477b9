"""Which web pages may call this server.

Browsers let any page send simple requests, and open a WebSocket, to any host, so the server has to look at what the
browser says of the page (Sec-Fetch-Site, Origin; a page can forge neither). Programs that are no browser say nothing
and pass. Nothing here takes cookies, so that a forged request has no token; it would still reach a server that lets
anyone read, from within its network.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

from .fault import Fault
from .reply import Headers, text

__all__ = ["check_origin", "origin_allowed"]

PORTS = {"http": 80, "https": 443}
OURS = (b"same-origin", b"none")
"""What Sec-Fetch-Site says of our own pages, and of what a person does by themselves, such as typing an address."""


def check_origin(headers: Headers, allowed: Collection[str]) -> None:
    """Raise Fault (403) for a request of a page that may not call this server."""
    site = headers.get(b"sec-fetch-site")
    origin = text(headers, b"origin")
    if site in OURS or (site is None and origin is None):
        return
    if origin is None:
        # another site's page leads here, or embeds an answer
        good = "*" in allowed
    else:
        good = origin_allowed(origin, text(headers, b"host") if site is None else None, allowed)
    if not good:
        raise Fault(
            403,
            "ORIGIN_FORBIDDEN",
            "Pages of this origin may not call this server: the operator allows them by NOBODYASKED_ALLOWED_ORIGINS.",
        )


def origin_allowed(origin: str | None, host: str | None, allowed: Collection[str]) -> bool:
    """Whether a page of `origin` may connect: one of our own (the same host and port as asked for) or one that the setting names."""
    if origin is None or "*" in allowed:
        return True
    try:
        page = urlsplit(origin.lower())
        if page.scheme not in PORTS or not page.hostname:
            return False  # "null", a file, an extension
        if f"{page.scheme}://{page.netloc}" in {name.lower() for name in allowed}:
            return True
        ours = urlsplit(f"{page.scheme}://{(host or '').lower()}")
        default = PORTS[page.scheme]
        return page.hostname == ours.hostname and (page.port or default) == (ours.port or default)
    except ValueError:
        return False
