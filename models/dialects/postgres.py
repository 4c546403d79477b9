"""PostgreSQL's words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .base import Dialect, ParameterKind
from .words import parse

_TYPES = {"int": "bigint", "float": "double precision", "text": "text", "json": "jsonb", "bool": "boolean"}


class Postgres(Dialect):
    name = "postgres"

    def parameter(self, position: int, kind: ParameterKind) -> str:
        return f"${position}::{_TYPES[kind]}"

    def string(self, value: str, *, null: bool) -> str:
        return f"coalesce(to_json({value})::text, 'null')" if null else f"to_json({value})"

    def number(self, value: str, *, null: bool) -> str:
        return f"coalesce(({value})::text, 'null')" if null else value

    def boolean(self, value: str) -> str:
        return f"coalesce(({value})::text, 'null')"

    def moment(self, value: str, *, null: bool) -> str:
        # divided as floats, which is cheaper than as numerics and exact far beyond our time
        at = f"to_timestamp(({value})::float8 / 1000) at time zone 'UTC'"
        text = rf"""to_char({at}, '\"YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\"')"""
        return f"coalesce({text}, 'null')" if null else text

    def json(self, value: str) -> str:
        return f"coalesce(({value})::text, 'null')"

    def cursor(self, values: Sequence[str]) -> str:
        array = f"json_build_array({', '.join(values)})::text"
        return f"""'"' || encode(convert_to({array}, 'UTF8'), 'hex') || '"'"""

    def join_texts(self, value: str, *, where: str = "", order: str = "") -> str:
        by = f" order by {order}" if order else ""
        only = f" filter (where {where})" if where else ""
        return f"coalesce(string_agg({value}, ','{by}){only}, '')"

    def _template_call(self, template: str, arguments: Sequence[str]) -> str:
        return f"format('{template}', {', '.join(arguments)})"

    def full_text(self, table: str, parameter: str) -> str:
        query = f"websearch_to_tsquery('english', {parameter})"
        # six digits survive the way to a cursor and back
        rank = f"round(ts_rank(search, {query})::numeric, 6)::double precision"
        return f"(select id, {rank} as relevance from {table} where search @@ {query})"

    def full_text_query(self, words: str) -> str | None:
        groups = parse(words)
        if not groups.wanted:
            return None
        parts = [" or ".join(_quoted(term) for term in group) for group in groups.wanted]
        return " ".join([*parts, *("-" + _quoted(term) for term in groups.unwanted)])

    def scored(self, parameter: str) -> str:
        return f"(select (value ->> 0)::bigint as id, (value ->> 1)::double precision as score from jsonb_array_elements({parameter}))"

    def asked(self, parameter: str) -> str:
        return (
            "(select ordinality as id, (value ->> 0)::bigint as invention_id, (value ->> 1)::bigint as ask_id, "
            f"(value ->> 2)::double precision as similarity from jsonb_array_elements({parameter}) with ordinality)"
        )

    def told(self, parameter: str, columns: Mapping[str, ParameterKind]) -> str:
        picked = ", ".join(
            f"(value ->> {index})::{_TYPES[kind]} as {name}" for index, (name, kind) in enumerate(columns.items())
        )
        return f"(select ordinality as id, {picked} from jsonb_array_elements({parameter}) with ordinality)"

    def listed(self, parameter: str) -> str:
        return f"(select value::bigint as value from jsonb_array_elements_text({parameter}))"

    def listed_texts(self, parameter: str) -> str:
        return f"(select value from jsonb_array_elements_text({parameter}))"

    def listed_numbers(self, parameter: str) -> str:
        return f"(select value::double precision as value from jsonb_array_elements_text({parameter}))"

    def among(self, value: str, listed: str) -> str:
        # unlike IN, which becomes a join, an array can be looked up in an index while another gives the order
        return f"{value} = any(array(select value from {listed} l))"

    def pairs(self, parameter: str) -> str:
        return (
            "(select ordinality - 1 as position, value ->> 0 as name, (value ->> 1)::bigint as id "
            f"from jsonb_array_elements({parameter}) with ordinality)"
        )

    def contains(self, value: str, parameter: str) -> str:
        return f"strpos(lower({value}), lower({parameter})) > 0"

    def starts(self, value: str, parameter: str) -> str:
        return f"starts_with(lower({value}), lower({parameter}))"


def _quoted(term: str) -> str:
    return '"' + term.replace('"', " ") + '"'
