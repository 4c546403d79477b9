"""A statement's parameters: gathered while it is written, filled in for every request."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ...models.dialects import Dialect
from ...models.dialects.base import ParameterKind
from ...models.errors import Invalid
from ...models.fields import now_ms
from ...models.period import in_order
from ..declare import Parameter
from ..scalars import FromNow, renewed
from .told import COLUMNS
from .values import Leaf, fetch

_PLACEHOLDER = re.compile(r"([?$])(\d+)")
Convert = Callable[[Any], Any]
_NO_TEXTS: frozenset[ParameterKind] = frozenset({"int", "float", "bool"})


FOREVER_MS = 253_402_300_800_000
"""Year 10000: later than anything said."""


def storable(text: str) -> bool:
    """Whether a database can take a text at all."""
    if "\x00" in text:
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _timed(value: Any) -> bool:
    return isinstance(value, FromNow) or (isinstance(value, list) and any(map(_timed, value)))


@dataclass(frozen=True, slots=True)
class Similar:
    """A question to the mind that must be answered before the statement can run."""

    kind: str
    text: Any
    minimum: Any


@dataclass(frozen=True, slots=True)
class Asked:
    """The question to the mind which asks come nearest to each invention."""


@dataclass(frozen=True, slots=True)
class Told:
    """A list that is worked out before the statement can run (`told.py`): its name, and its arguments as they were given."""

    name: str
    given: tuple[tuple[str, Parameter, Any], ...]


@dataclass(slots=True)
class Binder:
    """Hands out placeholders and remembers how to fill them. Equal questions share one placeholder."""

    dialect: Dialect
    _getters: list[Callable[[Mapping[str, Any], Sequence[Any]], Any]] = field(default_factory=list)
    _known: dict[Any, str] = field(default_factory=dict)
    _order: list[int] = field(default_factory=list)
    _checks: list[Callable[[Mapping[str, Any]], None]] = field(default_factory=list)
    similar: list[Similar | Asked | Told] = field(default_factory=list)
    _texts: bool = False
    """Whether a parameter may be a text, which no database takes as it comes."""
    timed: bool = False
    """Whether something is counted from now, so that the same request means something else a moment later."""
    conditions: int = 0
    """How many conditions of filters were written so far."""

    def add(self, value: Any, kind: ParameterKind, convert: Convert | None = None, *, name: Any = None) -> str:
        """Placeholder for a constant or a `Leaf`, passed through `convert` (which may refuse it) at every request.

        `name` tells two conversions apart; equal path, kind and name mean the same parameter.
        """
        self._texts |= kind not in _NO_TEXTS
        key = (value.path, kind, name) if isinstance(value, Leaf) and (convert is None or name is not None) else None
        if key is not None and key in self._known:
            return self._known[key]
        if isinstance(value, Leaf):
            path = value.path
            if convert is None:
                self._getters.append(lambda variables, _: fetch(variables, path))
            else:
                self._getters.append(lambda variables, _: convert(fetch(variables, path)))
        elif _timed(value):
            self.timed = True
            self._getters.append(
                lambda _variables, _answers: renewed(value) if convert is None else convert(renewed(value))
            )
        else:
            constant = value if convert is None else convert(value)
            self._getters.append(lambda _variables, _answers: constant)
        placeholder = self.dialect.parameter(len(self._getters), kind)
        if key is not None:
            self._known[key] = placeholder
        return placeholder

    def add_times(self, since: Any, until: Any) -> tuple[str, str]:
        """Placeholders of a time's bounds, either of which may be None. A request is refused where they are not in order."""

        def check(variables: Mapping[str, Any]) -> None:
            first, last = (
                fetch(variables, one.path) if isinstance(one, Leaf) else renewed(one) for one in (since, until)
            )
            in_order(first, last)

        self._checks.append(check)
        return self.add(0 if since is None else since, "int"), self.add(FOREVER_MS if until is None else until, "int")

    def add_similar(self, question: Similar) -> str:
        """Placeholder for the mind's answer: a JSON array of [id, score] pairs."""
        index = len(self.similar)
        self.similar.append(question)
        self._getters.append(lambda _variables, answers: answers[index])
        return self.dialect.parameter(len(self._getters), "json")

    def asked(self) -> str:
        """Table of the asks that come nearest to each invention (see `Dialect.asked`); the mind is asked once."""
        if "asked" not in self._known:
            index = len(self.similar)
            self.similar.append(Asked())
            self._getters.append(lambda _variables, answers: answers[index])
            self._known["asked"] = self.dialect.parameter(len(self._getters), "json")
        return self.dialect.asked(self._known["asked"])

    def now(self) -> str:
        """Placeholder of the present, in milliseconds since the epoch: the answer is true for a moment only."""
        if "now" not in self._known:
            self.timed = True
            self._getters.append(lambda _variables, _answers: now_ms())
            self._known["now"] = self.dialect.parameter(len(self._getters), "int")
        return self._known["now"]

    def tell(self, question: Told) -> str:
        """Table (id, ...) of the rows that are worked out; `id` counts from 1."""
        index = len(self.similar)
        self.similar.append(question)
        self._getters.append(lambda _variables, answers: answers[index])
        return self.dialect.told(self.dialect.parameter(len(self._getters), "json"), COLUMNS[question.name])

    def settle(self, sql: str) -> str:
        """The statement with its placeholders numbered anew, those alone that it uses: databases refuse any other.

        What is not used is still worked out at every request, since it may refuse the request.
        """
        numbers: dict[int, int] = {}

        def renumber(match: re.Match[str]) -> str:
            return match[1] + str(numbers.setdefault(int(match[2]), len(numbers) + 1))

        # names and templates of a statement hold neither sign, so whatever looks like a placeholder is one
        sql = _PLACEHOLDER.sub(renumber, sql)
        self._order = [number - 1 for number in numbers]
        return sql

    def fill(self, variables: Mapping[str, Any], answers: Sequence[Any]) -> list[Any]:
        """The parameters of one request. Raises what a conversion refuses."""
        for check in self._checks:
            check(variables)
        values = [getter(variables, answers) for getter in self._getters]
        if self._texts:
            for value in values:
                if isinstance(value, str) and not storable(value):
                    raise Invalid("A text holds a NUL or a lone surrogate, which no stored text does: leave it out.")
        return [values[index] for index in self._order]
