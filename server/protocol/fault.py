"""What a client does wrong before the graph is reached.

Every refusal, whatever its status, has the body of a GraphQL response with one error and a code:
`{"errors": [{"message": "...", "extensions": {"code": "..."}}]}`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson

__all__ = ["Fault", "RawHeaders", "error_body", "unauthenticated"]

RawHeaders = Iterable[tuple[bytes, bytes]]


class Fault(Exception):
    """A request that cannot be served as it stands. `message` is safe to show and says what to change."""

    def __init__(self, status: int, code: str, message: str, *, headers: RawHeaders = (), **extensions: Any) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = tuple(headers)
        self.extensions = {"code": code, **extensions}

    def again(self) -> Fault:
        """The same for another request, whose trace is its own."""
        more = {name: value for name, value in self.extensions.items() if name != "code"}
        return Fault(self.status, self.code, self.message, headers=self.headers, **more)

    @property
    def body(self) -> bytes:
        """The whole response, as JSON."""
        return orjson.dumps({"errors": [self.error]})

    @property
    def error(self) -> dict[str, Any]:
        """The one error, in GraphQL's shape."""
        return {"message": self.message, "extensions": self.extensions}


def error_body(code: str, message: str, **extensions: Any) -> bytes:
    """A GraphQL response that holds one error, as JSON."""
    return orjson.dumps({"errors": [{"message": message, "extensions": {"code": code, **extensions}}]})


def unauthenticated(message: str, *, presented: bool) -> Fault:
    """401 with the challenge of RFC 6750; `presented` tells whether a token came that is no good."""
    challenge = b'Bearer realm="nobodyasked"'
    if presented:
        challenge += b', error="invalid_token"'
    return Fault(401, "UNAUTHENTICATED", message, headers=((b"www-authenticate", challenge),))
