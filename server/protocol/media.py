"""Which media type an answer takes, from the client's Accept header (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from functools import lru_cache

__all__ = ["EVENTS", "HTML", "JSON", "RESPONSE", "accepts", "choose", "content_type"]

RESPONSE = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"
HTML = "text/html"

LONGEST = 2_000


def _ranges(accept: str) -> list[tuple[str, float]]:
    """The media ranges of an Accept header with their weights, as written; a part that cannot be read is left out."""
    ranges = []
    for part in accept[:LONGEST].split(","):
        name, *parameters = part.split(";")
        name = name.strip().lower()
        if name.count("/") != 1:
            continue
        weight = 1.0
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key.strip().lower() == "q":
                try:
                    weight = float(value)
                except ValueError:
                    weight = 0.0
        ranges.append((name, weight if 0.0 <= weight <= 1.0 else 0.0))
    return ranges


def _match(name: str, ranges: list[tuple[str, float]]) -> tuple[float, int, int] | None:
    """Weight, closeness (2 the type itself, 1 `type/*`, 0 `*/*`) and place of the closest range that holds a type."""
    family = name.partition("/")[0] + "/*"
    best: tuple[int, int, float] | None = None
    for place, (offered, weight) in enumerate(ranges):
        closeness = 2 if offered == name else 1 if offered == family else 0 if offered == "*/*" else -1
        if closeness >= 0 and (best is None or closeness > best[0]):
            best = (closeness, place, weight)
    if best is None or best[2] == 0.0:
        return None
    return best[2], best[0], best[1]


@lru_cache(maxsize=512)
def choose(accept: str | None, offered: tuple[str, ...]) -> str | None:
    """The type out of `offered` that the client likes best, or None where it accepts none of them.

    No header means anything. Between equals a type that is named beats a wildcard, then the client's order counts,
    then ours.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = _ranges(accept)
    ranked = []
    for rank, name in enumerate(offered):
        match = _match(name, ranges)
        if match is not None:
            weight, closeness, place = match
            ranked.append((-weight, -closeness, place, rank, name))
    return min(ranked)[-1] if ranked else None


def accepts(accept: str | None, name: str) -> bool:
    """Whether an Accept header names this type itself (a wildcard does not count) with a weight above nothing."""
    if accept is None:
        return False
    match = _match(name, _ranges(accept))
    return match is not None and match[1] == 2


@lru_cache(maxsize=128)
def content_type(header: str | None) -> tuple[str, str]:
    """Media type and charset (utf-8 where none is given) of a Content-Type header, in lower case."""
    name, *parameters = (header or "").split(";")
    charset = "utf-8"
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip().lower() == "charset":
            charset = value.strip().strip('"').lower()
    return name.strip().lower(), charset
