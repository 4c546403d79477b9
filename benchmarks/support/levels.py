"""Work backwards as one writes it by hand with resolvers: rows of one level at a time, loaded in batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from graphql import ExecutionResult, build_schema, execute, parse
from strawberry.dataloader import DataLoader

from nobodyasked.graphql.schema import sdl
from nobodyasked.models.database import Database

__all__ = ["Levels"]

PAGE = 10


class Levels:
    """Answers q2 out of one database: resolvers over raw rows, executed by graphql-core."""

    def __init__(self, database: Database, document: str) -> None:
        self.database = database
        self.document = parse(document)
        self.counts: dict[int, int] = {}
        self.schema = build_schema(sdl(), assume_valid=True)
        types: Any = self.schema.type_map
        types["Query"].fields["inventions"].resolve = self._inventions
        types["Invention"].fields["needs"].resolve = lambda row, info: self._edges(self.needs, row["key"])
        types["Need"].fields["evidence"].resolve = lambda row, info, first: self._edges(self.evidence, row["key"])
        types["NeedEvidenceEdge"].fields["node"].resolve = lambda row, info: self.complaints.load(row["complaint"])
        types["Complaint"].fields["customer"].resolve = lambda row, info: row["who"] and self.customers.load(row["who"])

    async def answer(self) -> ExecutionResult:
        """One answer; what was loaded for it is not kept for the next."""
        self.needs = DataLoader(self._needs)
        self.evidence = DataLoader(self._evidence)
        self.complaints = DataLoader(self._complaints)
        self.customers = DataLoader(self._customers)
        result = execute(self.schema, self.document)
        return result if isinstance(result, ExecutionResult) else await result

    async def _rows(self, sql: str, keys: Sequence[int] = ()) -> list[Any]:
        listed = ",".join(str(key) for key in sorted(set(keys)))
        return await self.database.rows(sql.replace("KEYS", listed))

    @staticmethod
    async def _edges(loader: DataLoader[int, Any], key: int) -> Mapping[str, Any]:
        return await loader.load(key)

    async def _inventions(self, _: Any, info: Any, first: int) -> Mapping[str, Any]:
        rows = await self._rows(
            "select id, title, status from invention where status <> 'WITHDRAWN'"
            f" order by created_at desc, id desc limit {first}"
        )
        return {"nodes": [{"key": key, "id": f"invention_{key}", "title": t, "status": s} for key, t, s in rows]}

    async def _needs(self, keys: list[int]) -> list[Any]:
        rows = await self._rows(
            "select c.invention_id, c.relief, c.rationale, n.id, n.statement, n.confidence, n.evidence_count"
            " from claim c join need n on n.id = c.need_id where c.invention_id in (KEYS)"
            " order by c.invention_id, c.relief desc, c.id desc",
            keys,
        )
        found: dict[int, list[Any]] = {key: [] for key in keys}
        for owner, relief, rationale, key, statement, confidence, count in rows:
            node = {"key": key, "id": f"need_{key}", "statement": statement, "confidence": confidence, "count": count}
            self.counts[key] = count
            found[owner].append({"relief": relief, "rationale": rationale, "node": node})
        return [{"edges": found[key][:20]} for key in keys]

    async def _evidence(self, keys: list[int]) -> list[Any]:
        rows = await self._rows(
            "select need_id, confidence, stance, complaint_id, substr(text, start_offset + 1, end_offset - start_offset)"
            " from (select e.need_id, e.confidence, e.stance, e.complaint_id, c.text, s.start_offset, s.end_offset,"
            " row_number() over (partition by e.need_id order by e.confidence desc, e.id) as place"
            " from evidence e join span s on s.id = e.span_id join complaint c on c.id = e.complaint_id"
            f" where e.live = true and e.need_id in (KEYS)) x where place <= {PAGE} order by need_id, place",
            keys,
        )
        found: dict[int, list[Any]] = {key: [] for key in keys}
        for owner, confidence, stance, complaint, quote in rows:
            found[owner].append({"confidence": confidence, "stance": stance, "quote": quote, "complaint": complaint})
        return [{"edges": found[key], "totalCount": self.counts[key]} for key in keys]

    async def _complaints(self, keys: list[int]) -> list[Any]:
        rows = await self._rows(
            "select id, text, channel, occurred_at, customer_id from complaint where id in (KEYS)", keys
        )
        found = {
            key: {"id": f"complaint_{key}", "text": text, "channel": channel, "occurredAt": _moment(at), "who": who}
            for key, text, channel, at, who in rows
        }
        return [found[key] for key in keys]

    async def _customers(self, keys: list[int]) -> list[Any]:
        rows = await self._rows("select id, segment from customer where id in (KEYS)", keys)
        found = {key: {"id": f"customer_{key}", "segment": segment} for key, segment in rows}
        return [found[key] for key in keys]


def _moment(value: int) -> str:
    moment = datetime.fromtimestamp(value // 1000, UTC).replace(microsecond=value % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
