"""JSON as pages print it: with `...` for what is left out, and without an end where all the rest is."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|\.\.\.|[{}\[\]:]|[^\s,{}\[\]:"]+')
DOTS = "..."
WIDTH = 160
ID = re.compile(r"\b[a-z]+_\d+\b")


class Gone(Exception):
    """What is printed is not in the answer any more."""


@dataclass
class Leaf:
    """One text, number, truth or null, and its place in what is printed."""

    value: Any
    start: int
    end: int


@dataclass
class Thing:
    members: dict[str, Printed] = field(default_factory=dict)
    elided: bool = False


@dataclass
class List:
    items: list[Printed | None] = field(default_factory=list)
    """None stands for any number of things that are left out."""


Printed = Leaf | Thing | List


def read(text: str) -> Printed:
    tokens = list(TOKEN.finditer(text))
    place = 0

    def peek() -> str:
        return tokens[place][0] if place < len(tokens) else ""

    def value() -> Printed:
        nonlocal place
        token = tokens[place]
        place += 1
        if token[0] == "{":
            thing = Thing()
            while peek() not in ("}", ""):
                if peek() == DOTS:
                    thing.elided = True
                    place += 1
                    continue
                name = json.loads(peek())
                place += 2  # the colon too
                thing.members[name] = value()
            thing.elided |= not peek()
            place += 1
            return thing
        if token[0] == "[":
            found = List()
            while peek() not in ("]", ""):
                if peek() == DOTS:
                    place += 1
                    found.items.append(None)
                else:
                    found.items.append(value())
            if not peek():
                found.items.append(None)
            place += 1
            return found
        return Leaf(json.loads(token[0]), *token.span())

    return value()


def fitted(printed: Printed, got: Any, *, strict: bool, at: str = "") -> Iterator[tuple[str, Leaf, Any]]:
    """Each printed leaf with its path and what was answered there. Unless `strict`, lists may hold less or other things.

    Raises:
        Gone: The answer has another shape, or lacks something that is printed.
    """
    match printed, got:
        case Thing(), dict():
            names = [name for name in got if name in printed.members] if printed.elided else list(got)
            if names != list(printed.members):
                raise Gone(f"{at}: has {', '.join(got)}, not {', '.join(printed.members)}")
            for name, member in printed.members.items():
                yield from fitted(member, got[name], strict=strict, at=f"{at}.{name}")
        case List(), list():
            yield from _paired(printed.items, got, strict=strict, at=at)
        case Leaf(), _ if printed.value == DOTS:
            pass
        case Leaf(), _ if not isinstance(got, dict | list):
            yield at, printed, _shortened(printed.value, got)
        case _:
            raise Gone(f"{at}: {json.dumps(got, ensure_ascii=False)[:WIDTH]}, not what is printed")


def _paired(items: list[Printed | None], got: list[Any], *, strict: bool, at: str) -> Iterator[tuple[str, Leaf, Any]]:
    place, skipping = 0, False
    for item in items:
        if item is None:
            skipping = True
            continue
        if skipping:
            likely = range(place, len(got))
            found = next((index for index in likely if _alike(item, got[index])), None)
            if item is items[-1] and not _words(item):
                found = max(likely, default=None)
        else:
            found = place if place < len(got) else None
        if found is not None:
            yield from fitted(item, got[found], strict=strict, at=f"{at}.{found}")
            place = found + 1
        elif strict:
            raise Gone(f"{at}: holds {len(got)}, and none for what is printed {'after ...' if skipping else 'there'}")
        skipping = False
    if strict and not skipping and place < len(got):
        raise Gone(f"{at}: holds {len(got)}, of which {place} are printed")


def _words(printed: Printed | None) -> list[Leaf]:
    """Texts that are no ids: by the first, things in a list are told from each other."""
    match printed:
        case Thing():
            return [leaf for member in printed.members.values() for leaf in _words(member)]
        case List():
            return [leaf for item in printed.items for leaf in _words(item)]
        case Leaf(value=str()) if printed.value != DOTS and not ID.fullmatch(printed.value):
            return [printed]
    return []


def _alike(item: Printed, got: Any) -> bool:
    try:
        answered = {leaf.start: value for _, leaf, value in fitted(item, got, strict=False)}
    except Gone:
        return False
    return any(answered.get(leaf.start) == leaf.value for leaf in _words(item)[:1])


def _shortened(printed: Any, got: Any) -> Any:
    """A text cut to the length to which the printed one is."""
    if not (isinstance(printed, str) and isinstance(got, str) and printed.endswith(DOTS)):
        return got
    begun = printed.removesuffix(DOTS)
    if got.startswith(begun):
        return printed
    return got if len(got) <= len(printed) else got[: len(begun)].rsplit(" ", 1)[0] + " " + DOTS


def rewritten(text: str, got: Any) -> str:
    """The same print of another answer, laid out afresh only if nothing is left out and it has another shape.

    Raises:
        Gone: Something that is printed is not there any more.
    """
    try:
        pairs = list(fitted(read(text), got, strict=True))
    except Gone:
        if DOTS in text:
            raise
        return shown(got) + "\n"
    for _, leaf, value in reversed(pairs):
        if leaf.value != value:
            text = text[: leaf.start] + json.dumps(value, ensure_ascii=False) + text[leaf.end :]
    return text


def shown(value: Any, indent: int = 0) -> str:
    """JSON, with what fits on one line on one line."""
    flat = json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict) and value:
        flat = "{ " + ", ".join(f"{json.dumps(name)}: {shown(one, 10**6)}" for name, one in value.items()) + " }"
    elif isinstance(value, list) and value:
        flat = "[" + ", ".join(shown(one, 10**6) for one in value) + "]"
    if indent + len(flat) <= WIDTH or indent >= 10**6 or not isinstance(value, dict | list):
        return flat
    space = " " * (indent + 2)
    if isinstance(value, dict):
        inner = [f"{json.dumps(name)}: {shown(one, indent + 2)}" for name, one in value.items()]
        return "{\n" + ",\n".join(space + one for one in inner) + "\n" + " " * indent + "}"
    return "[\n" + ",\n".join(space + shown(one, indent + 2) for one in value) + "\n" + " " * indent + "]"
