"""Which web pages may open a socket here.

Browsers let any page open a WebSocket to any host, so the server has to look at the Origin header. Programs that are no
browser send none and pass.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlsplit

__all__ = ["origin_allowed"]

PORTS = {"http": 80, "https": 443}


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
