"""The vocabulary in which reads are written, once for both databases.

Every method takes and gives SQL text. Expressions named `value` are SQL; nothing that a client sent is ever put into
the text: it goes through `parameter`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Literal

ParameterKind = Literal["int", "float", "text", "json", "bool"]

# both databases bound a function's arguments (SQLite 127, PostgreSQL 100); one is the template itself
MOST_ARGUMENTS = 96


class Dialect(ABC):
    """SQL as one database speaks it."""

    name: str

    @abstractmethod
    def parameter(self, position: int, kind: ParameterKind) -> str:
        """Placeholder of the parameter at a position, counted from 1."""

    @abstractmethod
    def string(self, value: str, *, null: bool) -> str:
        """JSON string of a text; `null` of a null, which only comes where `null` is set."""

    @abstractmethod
    def number(self, value: str, *, null: bool) -> str:
        """JSON number of a number; `null` of a null, which only comes where `null` is set."""

    @abstractmethod
    def boolean(self, value: str) -> str:
        """JSON boolean; `null` of a null."""

    @abstractmethod
    def moment(self, value: str, *, null: bool) -> str:
        """JSON string such as "2026-01-31T12:00:00.000Z" of milliseconds since the epoch; `null` of a null, which only
        comes where `null` is set."""

    @abstractmethod
    def json(self, value: str) -> str:
        """JSON text of a column that holds JSON."""

    @abstractmethod
    def cursor(self, values: Sequence[str]) -> str:
        """JSON string of the hexadecimal digits of a JSON array of the values."""

    @abstractmethod
    def join_texts(self, value: str, *, where: str = "", order: str = "") -> str:
        """Aggregate that joins texts with commas, '' of none. Rows come in the order of the subquery unless `order` is given."""

    @abstractmethod
    def _template_call(self, template: str, arguments: Sequence[str]) -> str:
        """One call of printf or format."""

    @abstractmethod
    def full_text(self, table: str, parameter: str) -> str:
        """Table (id, relevance) of the rows that match a query which `full_text_query` prepared; more is better."""

    @abstractmethod
    def full_text_query(self, words: str) -> str | None:
        """What people type (words, "phrases", -exclusions, or) as this database's query; None where no word is left."""

    @abstractmethod
    def scored(self, parameter: str) -> str:
        """Table (id, score) of a JSON array [[id, score], ...]."""

    @abstractmethod
    def asked(self, parameter: str) -> str:
        """Table (id, invention_id, ask_id, similarity) of a JSON array [[invention, ask, similarity], ...]; `id` counts from 1."""

    @abstractmethod
    def told(self, parameter: str, columns: Mapping[str, ParameterKind]) -> str:
        """Table (id, then `columns`) of a JSON array of arrays with a value for each; `id` counts from 1."""

    @abstractmethod
    def listed(self, parameter: str) -> str:
        """Table (value) of a JSON array of integers."""

    @abstractmethod
    def listed_texts(self, parameter: str) -> str:
        """Table (value) of a JSON array of texts."""

    @abstractmethod
    def listed_numbers(self, parameter: str) -> str:
        """Table (value) of a JSON array of numbers."""

    def among(self, value: str, listed: str) -> str:
        """Condition: a value is in a table (value)."""
        return f"{value} in (select value from {listed} l)"

    @abstractmethod
    def pairs(self, parameter: str) -> str:
        """Table (position, name, id) of a JSON array [[name, id], ...], position counted from 0."""

    @abstractmethod
    def contains(self, value: str, parameter: str) -> str:
        """Condition: a text holds another, letter case aside."""

    @abstractmethod
    def starts(self, value: str, parameter: str) -> str:
        """Condition: a text starts with another, letter case aside."""

    def template(self, text: str, arguments: Sequence[str]) -> str:
        """SQL text of a template, in which each `%s` takes the next argument and `%%` is a percent sign."""
        literal = text.replace("'", "''")
        if not arguments:
            return "'" + literal.replace("%%", "%") + "'"
        if len(arguments) <= MOST_ARGUMENTS:
            return self._template_call(literal, arguments)
        # cut the template after as many places as one call may have
        pieces = literal.split("%s")
        calls = []
        for start in range(0, len(arguments), MOST_ARGUMENTS):
            some = arguments[start : start + MOST_ARGUMENTS]
            tail = pieces[-1] if start + MOST_ARGUMENTS >= len(arguments) else ""
            calls.append(self._template_call("%s".join([*pieces[start : start + len(some)], tail]), some))
        return "(" + " || ".join(calls) + ")"
