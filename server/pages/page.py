"""GraphiQL, served by this process alone.

The page and its files are built ahead (`make pages`, or the wheel's build) into the folder `graphiql` beside this
file. Nothing is fetched from anywhere else: the policy that goes with the page forbids it, but for the identity provider
that people sign in with, where the settings name one.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from ..settings import Settings

#: Where the built page lies; its assets are in the folder `assets` below.
BUILT = Path(__file__).resolve().parent / "graphiql"

#: The path, below the server's root, of the assets. The built page refers to them by it.
ASSETS_PATH = "/graphql/assets"

# Named here rather than guessed: the machine's own table may hold anything, and `nosniff` makes a wrong type fatal.
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".woff2": "font/woff2",
}

_ASSET_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")


# style-src needs 'unsafe-inline': the Monaco editor writes its theme into <style> elements and positions every line
# by a style attribute. font-src needs data: for the fonts inside GraphiQL's own style sheet. Scripts and workers have
# no such exception, and connections go to this origin alone (its WebSocket included), or to the identity provider as well.
def _policy(*elsewhere: str) -> str:
    parts = (
        "default-src 'none'",
        "script-src 'self'",
        "worker-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "font-src 'self' data:",
        "img-src 'self' data:",
        " ".join(("connect-src 'self'", *elsewhere)),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
    return "; ".join(parts)


_PAGE_HEADERS = {
    "Content-Security-Policy": _policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
    "Referrer-Policy": "no-referrer",
    "Vary": "Accept",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

# The name of a built file holds a digest of its content, so it never changes.
_ASSET_HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
}

_NOT_BUILT = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>nobodyasked</title>
<h1>The page has not been built</h1>
<p>The API works: send a POST request to this address. For GraphiQL run <code>make pages</code> in the project's
folder and reload.</p>
</html>
"""


@dataclass(frozen=True, slots=True)
class SignIn:
    """What the page has to know to let people sign in: nothing of it is secret."""

    issuer: str
    client: str
    scopes: str
    audience: str

    @classmethod
    def of(cls, settings: Settings) -> SignIn | None:
        """As the settings have it; None where people do not sign in."""
        if not settings.oidc_client_id:
            return None
        return cls(settings.oidc_issuer, settings.oidc_client_id, settings.oidc_scopes, settings.oidc_audience)


def available() -> bool:
    """Whether the page has been built."""
    return (BUILT / "index.html").is_file()


def index_response(request: Request, sign_in: SignIn | None = None, origins: Sequence[str] = ()) -> Response:
    """GraphiQL as an HTML answer to `request`, with its security headers; `sign_in` for people of an identity provider,
    at whose `origins` the page may ask for tokens.

    503 with a page that says what to run when it has not been built. The page works below any prefix, as long as its
    own address ends in `/graphql`: it finds its assets and the API relative to that.
    """
    if not available():
        return HTMLResponse(_NOT_BUILT, status_code=503, headers={**_PAGE_HEADERS, "Cache-Control": "no-store"})
    body = (BUILT / "index.html").read_bytes()
    headers = _PAGE_HEADERS
    if sign_in is not None:
        told = html.escape(orjson.dumps(asdict(sign_in)).decode())
        body = body.replace(b"</head>", f'<meta name="sign-in" content="{told}" /></head>'.encode(), 1)
        headers = {**headers, "Content-Security-Policy": _policy(*origins)}
    return HTMLResponse(b"" if request.method == "HEAD" else body, headers=headers)


def asset_response(request: Request) -> Response:
    """One built file by its name; 404 for everything that is not one, whatever the name tries to reach."""
    name: str = request.path_params["name"]
    path = BUILT / "assets" / name
    media_type = _MEDIA_TYPES.get(path.suffix)
    if media_type is None or not _ASSET_NAME.fullmatch(name) or not path.is_file():
        return PlainTextResponse("Not found", status_code=404, headers={"Cache-Control": "no-store"})
    packed = path.with_name(name + ".gz")
    if _accepts_gzip(request) and packed.is_file():
        return FileResponse(packed, media_type=media_type, headers={**_ASSET_HEADERS, "Content-Encoding": "gzip"})
    return FileResponse(path, media_type=media_type, headers=_ASSET_HEADERS)


def _accepts_gzip(request: Request) -> bool:
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, weight = offer.replace(" ", "").partition(";q=")
        if coding in {"gzip", "*"}:
            return re.fullmatch(r"0(\.0*)?", weight) is None
    return False


def pages() -> list[Route]:
    """The routes of the page's assets, to stand before any route that would swallow `/graphql/...`."""
    return [Route(ASSETS_PATH + "/{name}", asset_response, methods=["GET"], name="page-asset")]
