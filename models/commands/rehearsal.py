"""What an import would do, without doing it."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from ..database import Database, Transaction
from ..errors import DuplicateExternalId, Erased, Refusal
from ..fields import now_ms
from ..privacy.policy import Privacy
from .complaints import ComplaintDraft, checked
from .receipt import Details, Key, Known, Row, RowResult, look_up, meet_former

__all__ = ["Rehearsal"]


class Rehearsal:
    """Answers for each chunk of rows what `complaints.import_rows` would answer, and remembers them for the next chunks.

    Without a database every good row is new. `complaint_id` is None, or 0 where an earlier row of the file has the key.
    """

    def __init__(self, db: Database | None, privacy: Privacy) -> None:
        self._db = db
        self._privacy = privacy
        # a file without a name: it spills to disk by itself, so that a million keys stay out of memory
        self._seen = sqlite3.connect("")
        self._seen.execute(
            "CREATE TABLE seen (source TEXT, external_id TEXT, hash TEXT, channel TEXT, product TEXT, language TEXT,"
            " rating REAL, occurred_at INTEGER, PRIMARY KEY (source, external_id)) WITHOUT ROWID"
        )

    def close(self) -> None:
        self._seen.close()

    async def rows(self, drafts: Sequence[ComplaintDraft]) -> list[RowResult]:
        """One result a row, in order. Raises Busy."""
        now = now_ms()
        results: dict[int, RowResult] = {}
        good: list[Row] = []
        for index, draft in enumerate(drafts):
            try:
                good.append(checked(index, draft, now, self._privacy))
            except Refusal as error:
                results[index] = RowResult(index, error=error)
        known = await self._known(good)
        for row in good:
            there = known.get(row.key)
            gone = there is None and row.key in known
            results[row.index] = RowResult(row.index, error=Erased()) if gone else self._judge(row, there)
        return [results[index] for index in range(len(drafts))]

    async def _known(self, rows: Sequence[Row]) -> dict[Key, Known | None]:
        if self._db is None:
            return {}

        async def work(transaction: Transaction) -> dict[Key, Known | None]:
            await meet_former(transaction, rows)
            return await look_up(transaction, rows)

        return await self._db.retrying(work)

    def _judge(self, row: Row, known: Known | None) -> RowResult:
        if known is None:
            fresh = self._seen.execute(
                "INSERT OR IGNORE INTO seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (*row.key, row.content_hash, *row.details),
            )
            if fresh.rowcount == 1:
                return RowResult(row.index, created=True)
            content_hash, *details = self._seen.execute(
                "SELECT hash, channel, product, language, rating, occurred_at FROM seen"
                " WHERE source = ? AND external_id = ?",
                row.key,
            ).fetchone()
            known = Known(0, content_hash, Details(*details))
        complaint_id, content_hash, details = known
        if content_hash != row.content_hash:
            error = DuplicateExternalId(row.source, row.external_id, complaint_id, path=("externalId",))
            return RowResult(row.index, error=error)
        return RowResult(row.index, complaint_id, differs=row.differs(details))
