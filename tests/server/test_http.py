"""GraphQL over HTTP: every status, header and limit."""

from __future__ import annotations

import httpx
import orjson
import pytest

from nobodyasked.server.protocol.media import JSON, RESPONSE

from .fakes import TOKEN, Stand, opened

HELLO = {"query": "{ hello }"}


def code_of(answer: httpx.Response) -> str:
    body = answer.json()
    assert list(body) == ["errors"]
    (error,) = body["errors"]
    assert error["message"].endswith(".")
    return error["extensions"]["code"]


async def test_a_query_is_answered_with_variables_and_name(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/graphql", json={"query": "query Hi { hello }", "variables": {"a": 1}, "operationName": "Hi", "extensions": {}}
    )
    assert answer.status_code == 200
    assert answer.json()["data"] == {"hello": "world", "variables": {"a": 1}, "name": "Hi", "actor": "ann"}


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        (RESPONSE, RESPONSE),
        (f"{RESPONSE}, {JSON}", RESPONSE),
        (f"{JSON}, {RESPONSE}", JSON),
        (f"{JSON};q=0.5, {RESPONSE}", RESPONSE),
        (f"{RESPONSE};q=0, */*", JSON),
        (f"{JSON};q=0, */*", RESPONSE),
        ("image/png, */*;q=0.1", JSON),
    ],
)
async def test_the_media_type_follows_accept(client: httpx.AsyncClient, accept: str | None, expected: str) -> None:
    del client.headers["accept"]
    answer = await client.post("/graphql", json=HELLO, headers={"Accept": accept} if accept else {})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == f"{expected}; charset=utf-8"
    assert "accept" in answer.headers["vary"].split(", ")


@pytest.mark.parametrize("accept", ["image/png", "application/xml;q=1", "nonsense", f"{JSON};q=0", "*/*;q=0"])
async def test_unacceptable_is_406(client: httpx.AsyncClient, accept: str) -> None:
    answer = await client.post("/graphql", json=HELLO, headers={"Accept": accept})
    assert (answer.status_code, code_of(answer)) == (406, "NOT_ACCEPTABLE")


@pytest.mark.parametrize(("media", "status"), [(RESPONSE, 400), (JSON, 200)])
async def test_a_document_that_cannot_run(client: httpx.AsyncClient, media: str, status: int) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello"}, headers={"Accept": media})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, "SYNTAX")
    assert "data" not in answer.json()


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json, text/plain",
        "application/json; charset=latin-1",
        'application/json; charset="utf-16"',
    ],
)
async def test_other_content_types_are_415(client: httpx.AsyncClient, content_type: str | None) -> None:
    headers = {"Content-Type": content_type} if content_type else {}
    answer = await client.post("/graphql", content=orjson.dumps(HELLO), headers=headers)
    assert (answer.status_code, code_of(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(
    "content_type", ["application/json", "APPLICATION/JSON;charset=UTF-8", "application/json; charset=utf8"]
)
async def test_json_in_utf_8_is_taken(client: httpx.AsyncClient, content_type: str) -> None:
    answer = await client.post("/graphql", content=orjson.dumps(HELLO), headers={"Content-Type": content_type})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "MALFORMED_REQUEST"),
        (b'{"query": ', "MALFORMED_JSON"),
        (b"\xef\xbb\xbf{}", "MALFORMED_JSON"),
        (b'{"query": "{ h\xff }"}', "MALFORMED_ENCODING"),
        (b'{"query": NaN}', "MALFORMED_JSON"),
        (b"[" * 1500 + b"]" * 400, "MALFORMED_JSON"),
        (b'[{"query": "{ hello }"}]', "BATCHING_UNSUPPORTED"),
        (b"[]", "BATCHING_UNSUPPORTED"),
        (b"3", "MALFORMED_REQUEST"),
        (b"null", "MALFORMED_REQUEST"),
        (b"{}", "MALFORMED_REQUEST"),
        (b'{"query": null}', "MALFORMED_REQUEST"),
        (b'{"query": 1}', "MALFORMED_REQUEST"),
        (b'{"query": "  "}', "MALFORMED_REQUEST"),
        (b'{"query": "{ hello }", "variables": []}', "MALFORMED_REQUEST"),
        (b'{"query": "{ hello }", "variables": "{}"}', "MALFORMED_REQUEST"),
        (b'{"query": "{ hello }", "operationName": 1}', "MALFORMED_REQUEST"),
        (b'{"query": "{ hello }", "extensions": false}', "MALFORMED_REQUEST"),
    ],
)
async def test_malformed_bodies_are_400(client: httpx.AsyncClient, body: bytes, code: str) -> None:
    answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (400, code)


async def test_a_body_beyond_the_limit_is_413_by_its_declared_length(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json={"query": "{ hello }" + " " * 4000})
    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert answer.json()["errors"][0]["extensions"]["limit"] == 2048


async def test_a_body_beyond_the_limit_is_413_while_it_is_read(client: httpx.AsyncClient) -> None:
    sent = 0

    async def parts():
        nonlocal sent
        yield b'{"query": "'
        while True:
            sent += 1
            yield b" " * 512

    answer = await client.post("/graphql", content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, code_of(answer)) == (413, "PAYLOAD_TOO_LARGE")
    assert sent <= 5


async def test_a_body_in_parts_is_put_together(client: httpx.AsyncClient) -> None:
    async def parts():
        for byte in orjson.dumps(HELLO):
            yield bytes([byte])

    answer = await client.post("/graphql", content=parts(), headers={"Content-Type": "application/json"})
    assert answer.json()["data"]["hello"] == "world"


@pytest.mark.parametrize("length", ["nine", "-1", "1" * 40])
async def test_a_length_that_is_no_number_or_too_long(client: httpx.AsyncClient, length: str) -> None:
    answer = await client.post(
        "/graphql", content=orjson.dumps(HELLO), headers={"Content-Type": "application/json", "Content-Length": length}
    )
    assert answer.status_code == (413 if length.isdigit() else 400)


async def test_get_answers_queries(client: httpx.AsyncClient) -> None:
    answer = await client.get(
        "/graphql",
        params={"query": "query Hi { hello }", "variables": '{"a": "é"}', "operationName": "Hi", "other": "x"},
    )
    assert answer.status_code == 200
    assert answer.json()["data"]["variables"] == {"a": "é"}


async def test_get_refuses_mutations(client: httpx.AsyncClient, stand: Stand) -> None:
    answer = await client.get("/graphql", params={"query": "mutation { hello }"})
    assert (answer.status_code, code_of(answer), answer.headers["allow"]) == (405, "METHOD_NOT_ALLOWED", "POST")
    assert stand.engine.contexts == []


@pytest.mark.parametrize(
    ("query_string", "code"),
    [
        ("", "MALFORMED_REQUEST"),
        ("query=", "MALFORMED_REQUEST"),
        ("query={hello}&query={hello}", "MALFORMED_REQUEST"),
        ("query={hello}&variables=[]", "MALFORMED_REQUEST"),
        ("query={hello}&variables={", "MALFORMED_JSON"),
        ("query=%ff", "MALFORMED_ENCODING"),
        ("query={hello}" + "&a=1" * 30, "MALFORMED_REQUEST"),
    ],
)
async def test_malformed_query_strings_are_400(client: httpx.AsyncClient, query_string: str, code: str) -> None:
    answer = await client.get("/graphql?" + query_string)
    assert (answer.status_code, code_of(answer)) == (400, code)


async def test_empty_variables_in_a_query_string_are_none(client: httpx.AsyncClient) -> None:
    answer = await client.get("/graphql", params={"query": "{ hello }", "variables": "", "operationName": ""})
    assert answer.json()["data"]["variables"] is None
    assert answer.json()["data"]["name"] is None


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_405(client: httpx.AsyncClient, method: str) -> None:
    answer = await client.request(method, "/graphql")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


@pytest.mark.parametrize("query", ["subscription { count }"])
async def test_a_subscription_needs_a_stream(client: httpx.AsyncClient, query: str) -> None:
    answer = await client.post("/graphql", json={"query": query})
    assert (answer.status_code, code_of(answer)) == (400, "SUBSCRIPTION_UNSUPPORTED")


@pytest.mark.parametrize(("authorization", "error"), [(None, ""), ("Bearer bad", ', error="invalid_token"')])
async def test_no_token_or_a_wrong_one_is_401(client: httpx.AsyncClient, authorization: str | None, error: str) -> None:
    del client.headers["authorization"]
    headers = {"Authorization": authorization} if authorization else {}
    answer = await client.post("/graphql", json=HELLO, headers=headers)
    assert (answer.status_code, code_of(answer)) == (401, "UNAUTHENTICATED")
    assert answer.headers["www-authenticate"] == 'Bearer realm="nobodyasked"' + error


async def test_the_body_of_a_stranger_is_not_read(stand: Stand) -> None:
    sent: list[dict] = []

    async def receive() -> dict:
        raise AssertionError("the body was asked for")

    async def send(message: dict) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    await stand.app(scope, receive, send)
    assert sent[0]["status"] == 401


async def test_a_database_that_is_away_is_503(client: httpx.AsyncClient) -> None:
    answer = await client.post("/graphql", json=HELLO, headers={"Authorization": "Bearer away"})
    assert (answer.status_code, code_of(answer), answer.headers["retry-after"]) == (503, "BUSY", "1")
    answer = await client.post("/graphql", json={"query": "{ busy }"})
    assert (answer.status_code, code_of(answer)) == (503, "BUSY")


async def test_an_unforeseen_error_tells_its_id_alone(
    client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await client.post("/graphql", json={"query": "{ boom }"})
    assert (answer.status_code, code_of(answer)) == (500, "INTERNAL")
    assert "SELECT" not in answer.text
    error_id = answer.json()["errors"][0]["extensions"]["errorId"]
    (record,) = [record for record in caplog.records if record.name == "nobodyasked.error"]
    assert record.fields["error_id"] == error_id
    assert record.fields["error"].startswith("builtins.ValueError at ")
    assert "SELECT" not in str(record.fields)


async def test_a_query_has_a_deadline() -> None:
    async with opened(request_timeout_seconds=0.05) as made:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(made.app), base_url=made.url, headers=TOKEN
        ) as client:
            answer = await client.post("/graphql", json={"query": "{ slow }"})
        assert (answer.status_code, code_of(answer)) == (503, "TIMEOUT")
        assert made.engine.outcome == "cancelled"


SAFE = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}


@pytest.mark.parametrize(
    "path", ["/graphql?query={hello}", "/graphql", "/graphql/stream", "/livez", "/readyz", "/nowhere"]
)
async def test_every_answer_has_safe_headers_and_an_id(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert {name: answer.headers.get(name) for name in SAFE} == SAFE
    assert len(answer.headers["x-request-id"]) == 16
    assert "server" not in answer.headers


async def test_a_harmless_request_id_is_kept(client: httpx.AsyncClient, stand: Stand) -> None:
    answer = await client.post("/graphql", json=HELLO, headers={"X-Request-Id": "trace-42"})
    assert answer.headers["x-request-id"] == "trace-42"
    assert stand.engine.contexts[-1].request_id == "trace-42"
    for odd in ("a b", "x" * 65, "<script>", ""):
        answer = await client.post("/graphql", json=HELLO, headers={"X-Request-Id": odd})
        assert answer.headers["x-request-id"] != odd


async def test_a_browser_gets_the_page(client: httpx.AsyncClient) -> None:
    browser = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "Authorization": ""}
    page = await client.get("/graphql", headers=browser)
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["content-security-policy"].startswith("default-src 'none'; script-src 'self'")
    assert page.headers.get_list("content-security-policy") == [page.headers["content-security-policy"]]
    asked = await client.get(
        "/graphql", params={"query": "{ hello }"}, headers={**browser, "Authorization": "Bearer good"}
    )
    assert asked.headers["content-type"].startswith(JSON)
    home = await client.get("/", headers=browser)
    assert (home.status_code, home.headers["location"]) == (302, "graphql")


async def test_the_page_can_be_switched_off() -> None:
    async with (
        opened(graphiql=False) as made,
        httpx.AsyncClient(transport=httpx.ASGITransport(made.app), base_url=made.url, headers=TOKEN) as client,
    ):
        assert (await client.get("/graphql", headers={"Accept": "text/html"})).status_code == 406
        assert (await client.get("/")).status_code == 404


async def test_what_is_not_there_is_404_in_the_same_shape(client: httpx.AsyncClient) -> None:
    for path in ("/nowhere", "/graphql/", "/graphql/other"):
        answer = await client.get(path)
        assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")
    answer = await client.post("/livez")
    assert (answer.status_code, code_of(answer)) == (405, "METHOD_NOT_ALLOWED")


async def test_other_sites_are_told_apart(client: httpx.AsyncClient) -> None:
    preflight = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    ours = await client.options("/graphql", headers={"Origin": "https://app.example", **preflight})
    assert (ours.status_code, ours.headers["access-control-allow-origin"]) == (200, "https://app.example")
    other = await client.options("/graphql", headers={"Origin": "https://evil.example", **preflight})
    assert other.status_code == 400
    assert "access-control-allow-origin" not in other.headers


async def test_log_lines_hold_no_secret(client: httpx.AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    await client.post("/graphql", json={"query": "query Hi { hello }", "variables": {"card": "4111"}})
    await client.get(
        "/graphql", params={"query": "{ hello }", "operationName": "bad name\n", "variables": '{"card": "4111"}'}
    )
    named, unnamed = [record.fields for record in caplog.records if record.name == "nobodyasked.access"]
    assert set(named) == {"method", "path", "status", "ms", "bytes", "kind", "operation", "request_id"}
    assert (named["method"], named["path"], named["status"], named["kind"], named["operation"]) == (
        "POST",
        "/graphql",
        200,
        "query",
        "Hi",
    )
    assert named["bytes"] > 20
    assert "operation" not in unnamed
    assert unnamed["path"] == "/graphql"
    assert "4111" not in f"{named}{unnamed}"
    assert "good" not in f"{named}{unnamed}"
