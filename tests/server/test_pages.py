"""The routes that hand out GraphiQL: what they send, with which headers, and what they never send."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import graphql
import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient

from nobodyasked.graphql.schema import core_schema
from nobodyasked.server import pages
from nobodyasked.server.pages import page
from nobodyasked.server.settings import Settings, SettingsError, load_settings

EXAMPLES = sorted((Path(pages.__file__).parent / "examples").glob("*.graphql"))


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A built page in small, beside a secret that no request may reach."""
    folder = tmp_path / "graphiql"
    assets = folder / "assets"
    assets.mkdir(parents=True)
    (folder / "index.html").write_text('<script type="module" src="graphql/assets/index-Ab12.js"></script>')
    (folder / "secret.js").write_text("secret")
    (assets / "index-Ab12.js").write_text("main();")
    (assets / "index-Ab12.js.gz").write_bytes(gzip.compress(b"main();"))
    (assets / "index-Ab12.css").write_text("body {}")
    (assets / "icons-Ab12.ttf").write_bytes(b"\0\1")
    (assets / "notes.txt").write_text("secret")
    (assets / ".hidden.js").write_text("secret")
    monkeypatch.setattr(page, "BUILT", folder)
    return folder


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = Starlette(routes=[*pages.pages(), Route("/graphql", pages.index_response)])
    with TestClient(app) as client:
        yield client


@pytest.mark.usefixtures("built")
def test_page_comes_with_a_policy_that_lets_nothing_in(client: TestClient) -> None:
    answer = client.get("/graphql", headers={"Accept": "text/html"})

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "graphql/assets/index-Ab12.js" in answer.text
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["worker-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe-eval" not in answer.headers["content-security-policy"]
    assert not re.search(r"https?:|\*", answer.headers["content-security-policy"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cache-control"] == "no-cache"
    assert answer.headers["vary"] == "Accept"


def test_people_sign_in_where_the_settings_say_with_whom(built: Path) -> None:
    (built / "index.html").write_text("<head></head>")
    issuer = "https://id.example:8443/realms/a"
    given: Any = {"oidc_issuer": issuer, "oidc_audience": 'a"><script>', "oidc_client_id": "page"}
    settings = Settings(**given)
    origins = ("https://id.example:8443", "https://tokens.example")
    app = Starlette(
        routes=[Route("/", lambda request: pages.index_response(request, pages.SignIn.of(settings), origins))]
    )
    answer = TestClient(app).get("/")
    policy = answer.headers["content-security-policy"]
    assert "connect-src 'self' https://id.example:8443 https://tokens.example;" in policy
    (told,) = re.findall(r'<meta name="sign-in" content="([^"]*)" /></head>', answer.text)
    assert "<script>" not in answer.text
    assert json.loads(html.unescape(told)) == {
        "issuer": issuer, "client": "page", "scopes": "openid profile", "audience": 'a"><script>',
    }  # fmt: skip
    assert pages.SignIn.of(Settings(**{**given, "oidc_client_id": ""})) is None
    for wrong in ({"oidc_client_id": "page"}, {**given, "oidc_scopes": "profile"}):
        with pytest.raises(SettingsError, match="OIDC"):
            load_settings(**wrong)


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("index-Ab12.js", "text/javascript; charset=utf-8"),
        ("index-Ab12.css", "text/css; charset=utf-8"),
        ("icons-Ab12.ttf", "font/ttf"),
    ],
)
def test_assets_are_typed_and_cached_for_good(client: TestClient, name: str, media_type: str) -> None:
    answer = client.get(f"/graphql/assets/{name}")

    assert answer.status_code == 200
    assert answer.headers["content-type"] == media_type
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    ("offer", "packed"),
    [("gzip, deflate", True), ("*", True), ("br;q=1, gzip;q=0.5", True), ("gzip;q=0", False), ("br", False)],
)
def test_assets_are_packed_for_those_who_can_unpack(client: TestClient, offer: str, packed: bool) -> None:
    answer = client.get("/graphql/assets/index-Ab12.js", headers={"Accept-Encoding": offer})

    assert answer.text == "main();"
    assert (answer.headers.get("content-encoding") == "gzip") == packed
    assert answer.headers["vary"] == "Accept-Encoding"


@pytest.mark.usefixtures("built")
@pytest.mark.parametrize(
    "name",
    [
        "../secret.js",
        "..%2fsecret.js",
        "%2e%2e%2fsecret.js",
        "..%5csecret.js",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        ".hidden.js",
        "notes.txt",
        "index-Ab12.js.gz",
        "index-Ab12.js%00.css",
        "missing.js",
        "",
        "x" * 5_000 + ".js",
    ],
)
def test_nothing_else_is_handed_out(client: TestClient, name: str) -> None:
    answer = client.get(f"/graphql/assets/{name}")

    assert answer.status_code == 404
    assert "secret" not in answer.text
    assert "root:" not in answer.text


def test_a_page_that_was_not_built_says_what_to_run(
    client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "BUILT", tmp_path / "nothing")

    answer = client.get("/graphql", headers={"Accept": "text/html"})

    assert not pages.available()
    assert answer.status_code == 503
    assert "make pages" in answer.text
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.skipif(not pages.available(), reason="THE PAGES ARE NOT BUILT: run `make pages`")
def test_the_built_page_refers_to_its_own_files_alone(client: TestClient) -> None:
    text = client.get("/graphql").text
    references = re.findall(r'(?:src|href)="([^"]+)"', text)

    assert len(references) >= 3
    for reference in references:
        assert client.get(f"/{reference}").status_code == 200, reference
    # No script inline: each stands in a file of its own.
    assert re.findall(r"<script[^>]*>([^<]+)</script>", text) == []
    assert "<style" not in text


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_are_one_named_operation_with_a_title_and_a_description(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    document = graphql.parse(text)
    comments = [line for line in text.splitlines() if line.startswith("# ")]

    assert len(document.definitions) == 1
    (operation,) = document.definitions
    assert isinstance(operation, graphql.OperationDefinitionNode)
    assert operation.name is not None
    assert not operation.variable_definitions, "an example runs as it stands"
    assert len(comments) >= 2
    assert text.splitlines()[: len(comments)] == comments


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_fit_the_schema(path: Path) -> None:
    assert graphql.validate(core_schema(), graphql.parse(path.read_text(encoding="utf-8"))) == []
