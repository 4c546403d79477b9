"""How much a need matters, and how far it is met: sums over its voices, kept with the need's other counts.

A voice pulls by the strongest of its words that support the need: weight (the digits of the customer's reach) x severity
x recency. Recency doubles every 90 days of the time at which they were said, in straight lines between: so it is told
without knowing how late it is, older words weigh half as much 90 days later, and only ranks are ever shown.
"""

from __future__ import annotations

from .engines.base import Dialect

__all__ = ["WEIGHT", "counted"]

WEIGHT = "CASE WHEN u.reach IS NULL THEN 1 ELSE LENGTH(CAST(u.reach AS text)) END"
"""Of a customer `u`: 1 for up to nine people, 4 for five thousand; 1 where the reach is unknown."""
QUARTER_MS = 7_776_000_000


def counted(dialect: Dialect, among: str, live: str) -> str:
    """Statement of what the live evidence of needs comes to, a row a need. `among` picks needs `e.need_id`."""
    whole = f"(c.occurred_at / {QUARTER_MS})"
    if dialect == "postgres":
        doubled = f"power(2::float8, {whole})"
    else:
        # older builds of SQLite know no powers: eight shifts, of which none is longer than 62 before the year 2092
        doubled = " * ".join(f"(1.0 * (1 << (({whole} + {part}) / 8)))" for part in range(8))
    recency = f"{doubled} * (1 + (c.occurred_at % {QUARTER_MS}) / {QUARTER_MS}.0)"
    return f"""
    SELECT v.need_id, SUM(v.pieces) AS evidence, COUNT(*) AS voices, SUM(v.supports) AS customers, SUM(v.asks) AS asking,
        MIN(v.first_at) AS first_at, MAX(v.last_at) AS last_at, SUM(v.pull) AS pull, SUM(v.glad) AS glad
    FROM (
        SELECT e.need_id, e.voice, COUNT(*) AS pieces, MAX(CASE WHEN e.stance = 'SUPPORTS' THEN 1 ELSE 0 END) AS supports,
            MAX(CASE WHEN e.stance = 'SUPPORTS' AND s.kind = 'ASK' THEN 1 ELSE 0 END) AS asks,
            MIN(c.occurred_at) AS first_at, MAX(c.occurred_at) AS last_at,
            MAX(CASE WHEN e.stance = 'SUPPORTS' THEN ({WEIGHT}) * COALESCE(c.severity, 3) * {recency} ELSE 0 END) AS pull,
            MAX(CASE WHEN e.stance = 'CONTRADICTS' OR s.kind = 'PRAISE' THEN 1 ELSE 0 END) AS glad
        FROM evidence e JOIN span s ON s.id = e.span_id JOIN complaint c ON c.id = e.complaint_id
        LEFT JOIN customer u ON u.id = e.voice WHERE e.live = {live} AND {among} GROUP BY e.need_id, e.voice
    ) AS v GROUP BY v.need_id
    """
