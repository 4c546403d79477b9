"""Calls to the addresses that the operator named: identity provider, webhook, embedder, language model.

Redirects are not followed, on any of these ways: what is sent, keys and customers' words among it, is for the address that
was named and for no other, and nobody out there can have the server call where they want. A test holds that no other
file of this room opens addresses.
"""

from __future__ import annotations

import urllib.request
from email.message import Message
from typing import IO

__all__ = ["opener"]


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> None:
        return None


def opener(*handlers: urllib.request.BaseHandler) -> urllib.request.OpenerDirector:
    """What opens such an address: a redirect is an HTTPError with its status. Give each call a timeout."""
    return urllib.request.build_opener(_NoRedirects, *handlers)
