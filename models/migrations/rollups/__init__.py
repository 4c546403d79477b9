"""The roll-ups: tables of counts, and the triggers that keep them in the transaction of what they count.

Two tables hold what distinct counts must remember. `support` has a row for each complaint that supports a need, with
the number of its spans that do (`pieces`); `customer_presence` has the number of complaints of each customer by week
and channel. Whether a voice is new to a need, a week or a channel is asked of these two, never of the tables they are
made from: so it does not matter in which order one statement's triggers run, nor whether a complaint is gone already
when its evidence goes.

    evidence   -> support           -> need_week, need_channel, need_segment
                                       need_channel -> evidence_channel (dismissed needs apart)
    complaint  -> customer_presence  + complaint_week, complaint_channel, complaint_segment
    customer.segment, need.status   -> what was counted under the old value moves to the new one

A count that went back to zero may leave its row: readers pass over it. A missing segment is kept as ''. What a
complaint is counted by (week, channel, customer) cannot be changed once it is received.
"""

from __future__ import annotations

from ... import migrator
from . import postgres, sqlite

__all__ = ["ROLL_UPS"]

ROLL_UPS = migrator.PerDialect(
    "Keep the roll-ups",
    sqlite=[*sqlite.TABLES, *sqlite.TRIGGERS],
    sqlite_undo=[*sqlite.DROP_TRIGGERS, *sqlite.DROP_TABLES],
    postgres=[*postgres.TABLES, *postgres.FUNCTIONS, *postgres.TRIGGERS],
    postgres_undo=[*postgres.DROP_FUNCTIONS, *postgres.DROP_TABLES],
)
