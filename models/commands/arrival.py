"""Complaints that arrive one by one, written many at a time: on PostgreSQL in one statement, hence one round trip."""

from __future__ import annotations

from collections.abc import Sequence

from ..acting import current
from ..database import Database
from ..event import Topic
from ..fields import now_ms, week_of
from .receipt import Details, Key, Known, Row, RowResult, leaders_of, results_of

__all__ = ["receive_at_once"]

COLUMNS = {
    "source": "text",
    "external_id": "text",
    "content_hash": "text",
    "text": "text",
    "channel": "text",
    "product": "text",
    "language": "text",
    "rating": "float8",
    "customer": "text",
    "segment": "text",
    "tier": "text",
    "value": "float8",
    "reach": "bigint",
    "occurred_at": "bigint",
    "week": "int",
    "tombstone": "text",
    "leads": "bool",
    "agrees": "bool",
}
NOW = f"${len(COLUMNS) + 1}::bigint"
ACTING = f"${len(COLUMNS) + 2}"
LATEST = "(array_agg({0} ORDER BY place DESC) FILTER (WHERE {0} IS NOT NULL))[1] AS {0}"
# What `receive` does, in its order. A row is welcome where it does not contradict what is there, nor the first row of
# its key in this batch; only welcome rows say something of their customer. A complaint has no ON CONFLICT here: where
# another process was faster the whole statement fails and nothing of it stays, the customers neither. Customers are held,
# so that none is erased before what is written is there to be erased; one who was erased meanwhile has another key by now.
STATEMENT = f"""
WITH offered AS (
    SELECT g.* FROM (SELECT set_config('nobodyasked.acting', {ACTING}, true)) AS told_to_the_audit_log,
        unnest({", ".join(f"${place}::{kind}[]" for place, kind in enumerate(COLUMNS.values(), start=1))})
        WITH ORDINALITY AS g ({", ".join(COLUMNS)}, place)
), given AS (
    SELECT * FROM offered o WHERE NOT EXISTS (SELECT 1 FROM tombstone t WHERE t.digest = o.tombstone)
), met AS MATERIALIZED (
    SELECT g.*, c.id, c.content_hash AS kept_hash, c.channel AS kept_channel, c.product AS kept_product,
        c.language AS kept_language, c.rating AS kept_rating, c.occurred_at AS kept_occurred_at
    FROM given g LEFT JOIN complaint c ON c.source = g.source AND c.external_id = g.external_id
), named AS MATERIALIZED (
    SELECT customer, {", ".join(LATEST.format(name) for name in ("segment", "tier", "value", "reach"))} FROM met
    WHERE customer IS NOT NULL AND CASE WHEN id IS NULL THEN agrees ELSE content_hash = kept_hash END
    GROUP BY customer
), held AS MATERIALIZED (
    SELECT s.customer, u.external_id, u.id, u.segment, u.tier, u.value, u.reach
    FROM (SELECT n.customer, c.id FROM named n JOIN customer c ON c.external_id = n.customer) s
    JOIN customer u ON u.id = s.id ORDER BY u.id FOR KEY SHARE OF u
), merged AS MATERIALIZED (
    SELECT n.*, h.id, h.segment AS kept_segment, h.tier AS kept_tier, h.value AS kept_value, h.reach AS kept_reach,
        COALESCE(h.external_id <> n.customer, FALSE) AS erased
    FROM named n LEFT JOIN held h ON h.customer = n.customer
), customers AS (
    INSERT INTO customer AS u (external_id, segment, tier, value, reach, created_at)
    SELECT customer, segment, tier, value, reach, {NOW} FROM merged
    WHERE id IS NULL OR NOT erased AND (segment <> COALESCE(kept_segment, '') OR tier <> COALESCE(kept_tier, '')
        OR value <> COALESCE(kept_value, -1) OR reach <> COALESCE(kept_reach, -1))
    ORDER BY customer
    ON CONFLICT (external_id) DO UPDATE SET
        segment = COALESCE(excluded.segment, u.segment), tier = COALESCE(excluded.tier, u.tier),
        value = COALESCE(excluded.value, u.value), reach = COALESCE(excluded.reach, u.reach)
    RETURNING id, external_id
), written AS (
    INSERT INTO complaint (source, external_id, content_hash, text, channel, product, language, rating, customer_id,
        occurred_at, received_at, week)
    SELECT m.source, m.external_id, m.content_hash, m.text, m.channel, m.product, m.language, m.rating,
        COALESCE(n.id, o.id), m.occurred_at, {NOW}, m.week
    FROM met m LEFT JOIN customers n ON n.external_id = m.customer LEFT JOIN merged o ON o.customer = m.customer
    WHERE m.id IS NULL AND m.leads AND o.erased IS NOT TRUE ORDER BY m.place
    RETURNING source, external_id, id
), told AS (
    INSERT INTO event (topic, subjects, details, at)
    SELECT '{Topic.COMPLAINT_RECEIVED.value}', jsonb_agg(id ORDER BY id), '{{}}', {NOW} FROM written HAVING COUNT(*) > 0
)
SELECT source, external_id, id, NULL, NULL, NULL, NULL, NULL, NULL FROM written
UNION ALL
SELECT source, external_id, id, kept_hash, kept_channel, kept_product, kept_language, kept_rating, kept_occurred_at
FROM met WHERE id IS NOT NULL AND leads
"""


async def receive_at_once(db: Database, rows: Sequence[Row]) -> list[RowResult]:
    """What `receive` does, as one statement of PostgreSQL in a transaction of its own.

    Raises Busy, and Violation where another process wrote one of the keys at the same time; then nothing was written.
    """
    leaders = leaders_of(rows)
    given = []
    for row in rows:
        leader = leaders[row.key]
        leads = row is leader
        given.append(
            (
                row.source,
                row.external_id,
                row.content_hash,
                row.text if leads else "",
                row.channel,
                row.product,
                row.language,
                row.rating,
                row.customer,
                *row.attributes,
                row.occurred_at,
                week_of(row.occurred_at),
                row.tombstone,
                leads,
                row.content_hash == leader.content_hash,
            )
        )
    found = await db.statement(STATEMENT, [*zip(*given, strict=True), now_ms(), current().json()])
    known: dict[Key, Known] = {}
    ids: dict[Key, int] = {}
    for source, external_id, id, content_hash, *details in found:
        if content_hash is None:
            ids[source, external_id] = id
        else:
            known[source, external_id] = Known(id, content_hash, Details(*details))
    return results_of(rows, leaders, known, ids)
