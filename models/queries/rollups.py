"""What the roll-ups should hold, counted again from the rows they count.

Triggers keep the roll-ups (`migrations/rollups`); here every table of counts is written once more as a plain count, in
the simplest words there are, to hold the two against each other.
"""

from __future__ import annotations

from ..database import Database

__all__ = ["COLUMNS", "KEPT", "RECOUNTS", "differences"]

_LIVE = (
    "FROM evidence e JOIN complaint c ON c.id = e.complaint_id LEFT JOIN customer u ON u.id = c.customer_id"
    " WHERE e.live AND e.stance = 'SUPPORTS' GROUP BY"
)
_OF_NEED = "COUNT(DISTINCT e.complaint_id) AS complaints, COUNT(DISTINCT e.voice) AS customers"
_OF_ALL = "COUNT(*) AS complaints, COUNT(DISTINCT COALESCE(c.customer_id, -c.id)) AS customers"
_SEGMENT = "COALESCE(u.segment, '')"

RECOUNTS = {
    "customer_presence": "SELECT customer_id, week, channel, COUNT(*) AS complaints FROM complaint"
    " WHERE customer_id IS NOT NULL GROUP BY customer_id, week, channel",
    "support": f"SELECT e.need_id, e.complaint_id, e.voice, c.week, c.channel, COUNT(*) AS pieces {_LIVE}"
    " e.need_id, e.complaint_id, e.voice, c.week, c.channel",
    "need_week": f"SELECT e.need_id, c.week, {_OF_NEED} {_LIVE} e.need_id, c.week",
    "need_channel": f"SELECT e.need_id, c.channel, {_OF_NEED}, COUNT(*) AS evidence {_LIVE} e.need_id, c.channel",
    "need_segment": f"SELECT e.need_id, {_SEGMENT} AS segment, {_OF_NEED} {_LIVE} e.need_id, {_SEGMENT}",
    "complaint_week": f"SELECT c.week, {_OF_ALL} FROM complaint c GROUP BY c.week",
    "complaint_channel": f"SELECT c.channel, {_OF_ALL} FROM complaint c GROUP BY c.channel",
    "complaint_segment": f"SELECT {_SEGMENT} AS segment, {_OF_ALL} FROM complaint c"
    f" LEFT JOIN customer u ON u.id = c.customer_id GROUP BY {_SEGMENT}",
    "evidence_channel": "SELECT c.channel, COUNT(DISTINCT e.need_id) AS needs, COUNT(*) AS evidence FROM evidence e"
    " JOIN complaint c ON c.id = e.complaint_id JOIN need n ON n.id = e.need_id"
    " WHERE e.live AND e.stance = 'SUPPORTS' AND n.status <> 'DISMISSED' GROUP BY c.channel",
}
"""By roll-up, the statement that counts it again, its columns in the order of `COLUMNS`."""

COLUMNS = {
    "customer_presence": ("customer_id", "week", "channel", "complaints"),
    "support": ("need_id", "complaint_id", "voice", "week", "channel", "pieces"),
    "need_week": ("need_id", "week", "complaints", "customers"),
    "need_channel": ("need_id", "channel", "complaints", "customers", "evidence"),
    "need_segment": ("need_id", "segment", "complaints", "customers"),
    "complaint_week": ("week", "complaints", "customers"),
    "complaint_channel": ("channel", "complaints", "customers"),
    "complaint_segment": ("segment", "complaints", "customers"),
    "evidence_channel": ("channel", "needs", "evidence"),
}
_COUNTS = ("complaints", "customers", "needs", "evidence", "pieces")

KEPT = {
    table: f"SELECT {', '.join(columns)} FROM {table} WHERE {' OR '.join(f'{name} <> 0' for name in columns if name in _COUNTS)}"
    for table, columns in COLUMNS.items()
}
"""By roll-up, the statement that reads all of it but the rows that have come to nothing."""


async def differences(db: Database) -> dict[str, int]:
    """By roll-up, the rows that it holds and a recount does not or the other way round; nothing where all is well.

    Reads every complaint and every piece of evidence: seconds for a million. Raises Busy, Fault.
    """
    found: dict[str, int] = {}
    for table, recount in RECOUNTS.items():
        kept = KEPT[table]
        sql = (
            f"WITH kept AS ({kept}), counted AS ({recount}) SELECT"
            " (SELECT COUNT(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM counted) a)"
            " + (SELECT COUNT(*) FROM (SELECT * FROM counted EXCEPT SELECT * FROM kept) b)"
        )
        different = await db.value(sql)
        if different:
            found[table] = different
    return found
