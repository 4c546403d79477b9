"""SQLite's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .base import Dialect, ParameterKind
from .words import parse


class Sqlite(Dialect):
    name = "sqlite"

    def parameter(self, position: int, kind: ParameterKind) -> str:
        return f"?{position}"

    def string(self, value: str, *, null: bool) -> str:
        # json_quote knows null by itself
        return f"json_quote({value})"

    def number(self, value: str, *, null: bool) -> str:
        return f"coalesce({value}, 'null')" if null else value

    def boolean(self, value: str) -> str:
        return f"case {value} when 1 then 'true' when 0 then 'false' else 'null' end"

    def moment(self, value: str, *, null: bool) -> str:
        text = f"""strftime('"%Y-%m-%dT%H:%M:%fZ"', {value} / 1000.0, 'unixepoch')"""
        return f"coalesce({text}, 'null')" if null else text

    def json(self, value: str) -> str:
        return f"coalesce({value}, 'null')"

    def cursor(self, values: Sequence[str]) -> str:
        return f"""'"' || lower(hex(json_array({", ".join(values)}))) || '"'"""

    def join_texts(self, value: str, *, where: str = "", order: str = "") -> str:
        # 3.40 knows no ORDER BY inside an aggregate: `order` is the subquery's, which SQLite keeps for group_concat
        only = f" filter (where {where})" if where else ""
        return f"coalesce(group_concat({value}, ','){only}, '')"

    def _template_call(self, template: str, arguments: Sequence[str]) -> str:
        return f"printf('{template}', {', '.join(arguments)})"

    def full_text(self, table: str, parameter: str) -> str:
        # six digits survive the way to a cursor and back
        rank = f"round(-bm25({table}_fts), 6)"
        return f"(select rowid as id, {rank} as relevance from {table}_fts where {table}_fts match {parameter})"

    def full_text_query(self, words: str) -> str | None:
        groups = parse(words)
        wanted = [
            "(" + " OR ".join(_quoted(term) for term in group) + ")" if len(group) > 1 else _quoted(group[0])
            for group in groups.wanted
        ]
        if not wanted:
            return None
        query = " AND ".join(wanted)
        for term in groups.unwanted:
            query = f"({query}) NOT {_quoted(term)}"
        return query

    def scored(self, parameter: str) -> str:
        return f"(select value ->> 0 as id, value ->> 1 as score from json_each({parameter}))"

    def asked(self, parameter: str) -> str:
        return (
            "(select key + 1 as id, value ->> 0 as invention_id, value ->> 1 as ask_id, value ->> 2 as similarity "
            f"from json_each({parameter}))"
        )

    def told(self, parameter: str, columns: Mapping[str, ParameterKind]) -> str:
        picked = ", ".join(f"value ->> {index} as {name}" for index, name in enumerate(columns))
        return f"(select key + 1 as id, {picked} from json_each({parameter}))"

    def listed(self, parameter: str) -> str:
        return f"(select value from json_each({parameter}))"

    def listed_texts(self, parameter: str) -> str:
        return self.listed(parameter)

    def listed_numbers(self, parameter: str) -> str:
        return self.listed(parameter)

    def pairs(self, parameter: str) -> str:
        return f"(select key as position, value ->> 0 as name, value ->> 1 as id from json_each({parameter}))"

    def contains(self, value: str, parameter: str) -> str:
        return f"instr(lower({value}), lower({parameter})) > 0"

    def starts(self, value: str, parameter: str) -> str:
        return f"instr(lower({value}), lower({parameter})) = 1"


def _quoted(term: str) -> str:
    # inside double quotes FTS5 knows no operators
    return '"' + term.replace('"', '""') + '"'
