"""What READER sees of counts: no cell of fewer customers than a crowd, nor one by taking one count from another.

Counts by what stands on each message (channel, week, product, language) are shown in steps of k, rounded down, from k
customers on: over all time only, or in whole weeks, since times that slide past one message tell when a cell turns k.
Counts by what the organisation knows of customers (segment, tier) are held to more, since a message does not say them:

- A cell of fewer than k customers is left out. Where those left out have fewer than k together, the smallest other cell
  goes as well, so that a total less what is shown tells of two cells at least, and of k customers.
- What is shown is rounded to a multiple of k, up or down, by a secret draw that is fixed for the cell as long as the list
  counts as many complaints: right on average, the same however often it is asked, and new for all cells at once when a
  complaint comes, so that a step does not tell whose it was.
- They are told over all time only, too: two times that differ by one message would tell of that one.

Rounding to base 3 by a fixed draw is how Stats NZ publishes counts ("fixed random rounding").
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from ...models.errors import Forbidden
from ...models.team import Role
from ..declare import Breakdown, Cells, Column, Crowd, Entity, One

if TYPE_CHECKING:
    from .compiler import Compiler
    from .scope import Scope

__all__ = ["SEES_ALL", "hides", "in_crowds", "stepped"]

SEES_ALL = Role.CONTRIBUTOR
"""The least role to which all this does not apply."""
_PRIME = (1 << 31) - 1
_OWN = re.compile(r"\{self\}\.(\w+)")


def hides(compiler: Compiler) -> bool:
    """Whether the actor sees crowds only."""
    return compiler.limits.crowd > 1 and not compiler.role.includes(SEES_ALL)


def in_weeks(entity: type[Entity]) -> bool:
    """Whether its rows are weeks, which a part of the time leaves as they are where it is one of whole weeks."""
    return "week" in entity.declared


def stepped(sql: str, least: int) -> str:
    """A count rounded down to a multiple of `least`."""
    return f"cast({sql} as bigint) / {least} * {least}"


def in_crowds(
    compiler: Compiler, declared: Breakdown, place: str, owner: Scope, entity: type[Entity], *, part: bool
) -> Callable[[str], str]:
    """What is to be counted for whoever sees crowds only: a wrapper around the statement, its columns alike.

    `place` is the field's name with its type's. Raises Forbidden for a part of the time where all of it alone may be
    told; a part of weeks has to be one of whole weeks.
    """
    least = compiler.limits.crowd
    if declared.cells is Cells.NOBODY:
        return lambda inner: inner
    if part and not in_weeks(entity):
        raise Forbidden(
            f"{place} over a part of the time needs the role {SEES_ALL.value}; yours is {compiler.role.value}, which sees counts of"
            " customers over all time, or in whole weeks: leave since and until out."
        )
    if declared.cells is not Cells.CUSTOMERS:
        enough = f"c.customers >= {least}"
        columns = _columns(entity, {"": f"case when {enough} then {stepped('c.{}', least)} else 0 end"})
        kept = "" if declared.cells is Cells.WEEKS else f" where {enough}"
        return lambda inner: f"select {columns} from ({inner}) c{kept}"
    name = next(name for name in entity.declared if name not in ("complaints", "customers", "value_at_stake"))
    by = f"i.{name} is null, i.{name}"
    salts = [compiler.binder.add(salt, "int") for salt in compiler.limits.salts]
    mark = zlib.crc32(place.encode()) % _PRIME
    parent = owner.key if owner.alias else "0"
    drawn = (
        f"({salts[0]} * (d.total % {_PRIME}) + {salts[1]} * d.place + {salts[2]} * ({parent} % {_PRIME})) % {_PRIME}"
    )
    rounded = {
        "complaints": f"(cast(c.complaints as bigint) + c.drawn / 7 % {least}) / {least} * {least}",
        "customers": f"(cast(c.customers as bigint) + c.drawn / 1013 % {least}) / {least} * {least}",
    }
    columns = _columns(entity, rounded)

    def wrap(inner: str) -> str:
        numbered = (
            f"select i.*, cast(sum(i.complaints) over () as bigint) as total, row_number() over (order by {by}) as place,"
            f" sum(case when i.customers < {least} then i.customers else 0 end) over () as few,"
            f" row_number() over (order by case when i.customers < {least} then 1 else 0 end, i.customers, {by}) as nth"
            f" from ({inner}) i"
        )
        # squared, so that what one draw tells says nothing of the next
        mixed = f"select d.*, ({drawn} + {mark}) % {_PRIME} as mixed from ({numbered}) d"
        shown = f"select e.*, e.mixed * e.mixed % {_PRIME} as drawn from ({mixed}) e"
        hidden = f"c.few > 0 and c.few < {least} and c.nth = 1"
        return f"select {columns} from ({shown}) c where c.customers >= {least} and not ({hidden})"

    return wrap


def _columns(entity: type[Entity], counted: Mapping[str, str]) -> str:
    """The columns that an entity is made of, out of rows `c`; its counts as `counted` says, by name or ("") all alike."""
    found: dict[str, str] = {}
    for name, one in entity.declared.items():
        if isinstance(one, One):
            found[one.key] = f"c.{one.key}"
        elif isinstance(one, Column) and one.crowd is Crowd.CELL:
            sql = counted.get(name) or counted[""].replace("{}", name)
            found[name] = f"{sql} as {name}"
        elif isinstance(one, Column) and one.crowd is Crowd.SHOWN and one.role is Role.READER:
            for own in (name, *_OWN.findall(one.sql or "")):
                found[own] = f"c.{own}"
    return ", ".join(found.values())
