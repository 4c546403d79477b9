"""How many customers there were, week by week."""

from __future__ import annotations

from collections.abc import Sequence

from ..actor import Actor
from ..database import Database, Transaction
from ..errors import Invalid
from ..fields import MONDAY_SHIFT_MS, WEEK_MS, from_ms, now_ms, week_of
from ..team import Role

__all__ = ["record"]

WEEKS_MOST = 1_000
CUSTOMERS_MOST = 2**31 - 1
LATEST_MS = 253_402_300_799_999
"""The end of the year 9999."""

COLUMNS = {"week": "int4", "day": "text", "active_customers": "int4", "updated_at": "bigint"}
CONFLICT = (
    "ON CONFLICT (week) DO UPDATE SET active_customers = excluded.active_customers, updated_at = excluded.updated_at"
)


async def record(db: Database, actor: Actor, weeks: Sequence[tuple[int, int]]) -> int:
    """Say how many customers were active in weeks: (any moment in the week, in milliseconds; customers). How many weeks.

    A week that is known already takes the new number. Needs CURATOR. Raises Forbidden, Invalid, Busy.
    """
    actor.require(Role.CURATOR)
    if not 1 <= len(weeks) <= WEEKS_MOST:
        raise Invalid(f"Give 1 to {WEEKS_MOST:,} weeks at a time.", path=("weeks",))
    now = now_ms()
    rows: dict[int, tuple[object, ...]] = {}
    for index, (moment, customers) in enumerate(weeks):
        if not 0 <= moment <= LATEST_MS:
            raise Invalid("A week lies between the years 1970 and 9999.", path=("weeks", str(index), "week"))
        if not 1 <= customers <= CUSTOMERS_MOST:
            message = f"Active customers are a number from 1 to {CUSTOMERS_MOST:,}."
            raise Invalid(message, path=("weeks", str(index), "activeCustomers"))
        week = week_of(moment)
        if week in rows:
            raise Invalid("The same week is given twice.", path=("weeks", str(index), "week"))
        day = from_ms(week * WEEK_MS - MONDAY_SHIFT_MS).date().isoformat()
        rows[week] = (week, day, customers, now)

    async def work(transaction: Transaction) -> None:
        await transaction.insert("exposure", COLUMNS, [rows[week] for week in sorted(rows)], conflict=CONFLICT)

    await db.retrying(work)
    return len(rows)
