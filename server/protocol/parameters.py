"""What a client asks: the parameters of a GraphQL request, out of a JSON body, a query string or a message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import parse_qsl

import orjson

from .fault import Fault

__all__ = ["Parameters", "from_body", "from_query_string", "from_value"]

NAMES = ("query", "documentId", "operationName", "variables", "extensions")


@dataclass(slots=True)
class Parameters:
    """A GraphQL request. The document has not been parsed yet."""

    query: str
    """"" where only the id of the document came."""
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    extensions: dict[str, Any] | None = None
    document_id: str | None = None
    """By which the document is known (`guard/trusted.py`)."""


def malformed(message: str) -> Fault:
    return Fault(400, "MALFORMED_REQUEST", message)


def from_body(body: bytes) -> Parameters:
    """Parameters of a JSON body. Raises Fault (400)."""
    if not body:
        raise malformed('The body is empty: send a JSON object such as {"query": "{ __typename }"}.')
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _unreadable(body, error) from None
    return from_value(value)


def _unreadable(body: bytes, error: orjson.JSONDecodeError) -> Fault:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as fault:
        return Fault(400, "MALFORMED_ENCODING", f"The body is not UTF-8: byte {fault.start} cannot be read.")
    return Fault(
        400, "MALFORMED_JSON", f"The body is not JSON: {error.msg} (line {error.lineno}, column {error.colno})."
    )


def from_value(value: object) -> Parameters:
    """Parameters of a decoded JSON value; fields that GraphQL does not know are ignored. Raises Fault (400)."""
    if isinstance(value, list):
        raise Fault(400, "BATCHING_UNSUPPORTED", "Batches are not served: send each operation in a request of its own.")
    if not isinstance(value, dict):
        raise malformed("The request must be a JSON object with the field 'query'.")
    request = cast(dict[str, Any], value)
    query = request.get("query")
    extensions = _mapping(request, "extensions")
    document_id = _document_id(request, extensions)
    if query is None and document_id is not None:
        query = ""
    elif query is None:
        raise malformed("The field 'query' is missing: it holds the GraphQL document as text.")
    elif not isinstance(query, str):
        raise malformed("The field 'query' must be text.")
    elif not query.strip():
        raise malformed("The field 'query' is empty: it holds the GraphQL document as text.")
    name = request.get("operationName")
    if name is not None and not isinstance(name, str):
        raise malformed("The field 'operationName' must be text or null.")
    # many clients send "" for "no name"
    return Parameters(query, _mapping(request, "variables"), name or None, extensions, document_id)


def _document_id(request: dict[str, Any], extensions: dict[str, Any] | None) -> str | None:
    """`documentId` as drafts of GraphQL over HTTP have it, or the digest of Apollo's `persistedQuery`."""
    given = request.get("documentId")
    if given is None and extensions:
        persisted = extensions.get("persistedQuery")
        given = persisted.get("sha256Hash") if isinstance(persisted, dict) else None
    if given is not None and not (isinstance(given, str) and given):
        raise malformed("The id of a document must be text.")
    return given


def _mapping(request: dict[str, Any], name: str) -> dict[str, Any] | None:
    value = request.get(name)
    if value is not None and not isinstance(value, dict):
        raise malformed(f"The field '{name}' must be a JSON object or null.")
    return value


def from_query_string(query_string: bytes) -> Parameters:
    """Parameters of a GET request; variables and extensions are JSON, URL-encoded. Raises Fault (400)."""
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=20,
        )
    except UnicodeDecodeError:
        raise Fault(400, "MALFORMED_ENCODING", "The query string is not URL-encoded UTF-8.") from None
    except ValueError:
        raise malformed("The query string holds more than 20 parameters.") from None
    request: dict[str, Any] = {}
    for name, text in pairs:
        if name not in NAMES:
            continue
        if name in request:
            raise malformed(f"The parameter '{name}' is given twice.")
        if name in ("variables", "extensions"):
            try:
                request[name] = orjson.loads(text) if text.strip() else None
            except orjson.JSONDecodeError as error:
                raise Fault(400, "MALFORMED_JSON", f"The parameter '{name}' is not JSON: {error.msg}.") from None
        else:
            request[name] = text
    if "query" not in request and _document_id(request, request.get("extensions")) is None:
        raise malformed("The parameter 'query' is missing: it holds the GraphQL document, URL-encoded.")
    return from_value(request)
