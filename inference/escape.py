"""Literal escapes in a text, such as exports of other systems leave behind: `\\n`, `\\u2019`, `\\'`, `&amp;`, `&#39;`, `<br>`.

Whoever reads a text reads it without them, so that an escaped copy of a sentence and a plain one mean the same; what is
stored and quoted stays as it was written, which is why each character read knows its place.
"""

import html
import re
from html.entities import html5

from .handle import bare

__all__ = ["PARAGRAPH", "resolved", "unescaped", "wording"]

PARAGRAPH = "\u2029"
"""What an escaped line end is read as: a line end that parts sentences for certain."""

_SIGN = re.compile(r"[\\&<]")
_ESCAPE = re.compile(
    r"""(?<!\\)\\{1,16}(?:
        u(?P<high>d[89ab][0-9a-f]{2})\\{1,16}u(?P<low>d[c-f][0-9a-f]{2})
        | u(?P<code>[0-9a-f]{4})
        | x(?P<byte>[0-9a-f]{2})
        | (?P<line>n)
        | (?P<blank>[rt])(?![a-z])
        | (?P<sign>[!-%\x27-/:;=-@\[\]-`{-~])
    )
    | &(?:amp;){0,3}(?P<entity>\#[0-9]{1,7}|\#x[0-9a-f]{1,6}|[a-z]{2,8}[0-9]{0,2});
    | (?P<tag></?(?:br|p|li|div)\s?/?>)""",
    re.IGNORECASE | re.VERBOSE,
)
# the escapes whose letters are written small
_SMALL = re.compile(r"\\+[nrtux]")
_AROUND = 80  # characters before and after an escape that tell whether it is part of a path
_PATH = re.compile(r"(?<![^\W_])[a-z]:\\|\\(?!u[0-9a-f]{4}|x[0-9a-f]{2}|[nrt])[a-z]", re.IGNORECASE)


def resolved(text: str) -> tuple[str, list[int] | None]:
    """`text` without escapes, and for each of its characters, and its end, where in `text` that begins.

    The places are None where there was nothing to resolve. A character of several signs ends where the next begins.
    """
    if not _SIGN.search(text):
        return text, None
    parts: list[str] = []
    places: list[int] = []
    position = 0
    for match in _ESCAPE.finditer(text):
        means = _meaning(text, match)
        if means is None:
            continue
        start, end = match.span()
        parts += text[position:start], means
        places += range(position, start)
        places += [start] * len(means)
        position = end
    if not parts:
        return text, None
    parts.append(text[position:])
    places += range(position, len(text) + 1)
    return "".join(parts), places


def unescaped(text: str) -> str:
    """`text` without escapes; line ends that were escaped are `PARAGRAPH`."""
    return resolved(text)[0]


def wording(text: str) -> str:
    """What of a span is embedded: without escapes, handles and loose hashtags, with single spaces."""
    return " ".join(bare(unescaped(text)).split())


def _meaning(text: str, match: re.Match[str]) -> str | None:
    """What an escape stands for; None if it is none."""
    kind = match.lastgroup
    value = match[kind or 0]
    if kind in ("line", "blank", "code", "byte", "low") and not _SMALL.match(match.group()):
        return None
    if kind == "tag":
        return PARAGRAPH
    if kind == "sign":
        return value
    if kind == "blank":
        return " " if value == "t" else PARAGRAPH
    if kind == "entity":
        return _whole(html.unescape(f"&{value};")) if value[0] == "#" else html5.get(f"{value};")
    # what a path goes on with is mostly small, what a line begins with is not
    if (kind != "line" or text[match.end() : match.end() + 1].islower()) and _in_path(text, match):
        return None
    if kind == "line":
        return PARAGRAPH
    if kind == "low":
        return chr(0x10000 + ((int(match["high"], 16) - 0xD800) << 10) + int(value, 16) - 0xDC00)
    return _whole(chr(int(value, 16)))


def _whole(meant: str) -> str:
    if meant in ("\n", "\r"):
        return PARAGRAPH
    # half a character means nothing, and no entity stands for nothing
    return "\ufffd" if not meant or "\ud800" <= meant[0] <= "\udfff" else meant


def _in_path(text: str, match: re.Match[str]) -> bool:
    r"""Whether what looks like an escape belongs to a path such as `C:\new`."""
    before = text[max(0, match.start() - _AROUND) : match.start()].rpartition(" ")[2]
    after = text[match.end() : match.end() + _AROUND].partition(" ")[0]
    return _PATH.search(f"{before}{match.group()}{after}") is not None
