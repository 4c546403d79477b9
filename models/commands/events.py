"""Telling what changed, in the transaction that changes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ..database import Database, Transaction
from ..event import Topic
from ..fields import now_ms

__all__ = ["prune", "tell"]

SUBJECTS_MOST = 1_000
"""Ids in one event: a listener handles one event at a time."""


async def tell(
    transaction: Transaction, topic: Topic, subjects: Sequence[int], details: Mapping[str, Any] | None = None
) -> None:
    """Write that `subjects` changed; several events where they are many, none where there are none."""
    more = orjson.dumps(details or {}).decode()
    now = now_ms()
    for start in range(0, len(subjects), SUBJECTS_MOST):
        part = orjson.dumps(list(subjects[start : start + SUBJECTS_MOST])).decode()
        await transaction.execute(
            "INSERT INTO event (topic, subjects, details, at) VALUES (?1, ?2, ?3, ?4)", (topic.value, part, more, now)
        )


async def prune(db: Database, keep_ms: int) -> int:
    """Forget events older than `keep_ms` milliseconds; number of those forgotten."""
    before = now_ms() - keep_ms
    return await db.retrying(lambda transaction: transaction.execute("DELETE FROM event WHERE at < ?1", (before,)))
