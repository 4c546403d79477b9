"""How a type of the graph is declared: once, and everything else follows.

An `Entity` subclass names its table and lists its fields. From that list come the strawberry type (`build.py`), the
filter and order inputs, and the SQL of both databases (`plan/`). A plain field is one line:

    rating = Column(Scalar.FLOAT, "Stars that came with the text, 1 to 5.", null=True, filter=True)

SQL expressions name columns through placeholders: `{self}` is the entity's own row, any other name is one of its
to-one links (`One` or `Join`), joined when it is used: `"{customer}.segment"`; `{now}` is the present in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import ClassVar, Literal

from ..models.team import Role


class Scalar(Enum):
    """Kinds of plain value that a column may hold."""

    ID = "ID"
    TEXT = "TEXT"
    INT = "INT"
    FLOAT = "FLOAT"
    BOOLEAN = "BOOLEAN"
    MOMENT = "MOMENT"
    """Milliseconds since the epoch in the table, an ISO 8601 string in the graph."""
    DAY = "DAY"
    """An ISO 8601 date."""
    TEXTS = "TEXTS"
    """A JSON array of strings in the table."""
    JSON = "JSON"


class Crowd(Enum):
    """How a number is shown to whoever sees crowds only (`plan/crowd.py`)."""

    SHOWN = "as it is"
    CELL = "with the cell of a break-down that it counts"
    STEPPED = "rounded down; there is no filter or order by it"
    HIDDEN = "not: it is null, since it tells what other cells hold; there is no filter or order by it"


class Cells(Enum):
    """What the cells of a break-down part their customers by, which decides what is shown to whoever sees crowds only."""

    CUSTOMERS = "what the organisation knows of them: no message tells it"
    MESSAGES = "what stands on each message"
    WEEKS = "the same, and cells that count nobody are shown as well"
    NOBODY = "nothing: no customers are counted"


@dataclass(frozen=True)
class Column:
    """A plain value. `sql` defaults to the column of the same name; `filter` and `order` put it into the inputs.

    `searched` says that `search:` and `similarTo:` look into it, so that both are refused to whoever may not see it.
    """

    kind: Scalar | type[Enum]
    description: str
    sql: str | None = None
    null: bool = False
    filter: bool = False
    order: bool = False
    searched: bool = False
    role: Role = Role.READER
    crowd: Crowd = Crowd.SHOWN
    resolved: str = ""
    """What finds the value (`resolved.py`) where no statement may: the column is then the key that it is found by."""


@dataclass(frozen=True)
class One:
    """A link to one other entity over a foreign key of this row."""

    target: str
    description: str
    key: str
    null: bool = False
    filter: bool = False
    withheld: bool = False
    """Whether it is null, rather than refused, for whoever may not see what it leads to; filters are refused all the same."""
    role: Role = Role.READER


@dataclass(frozen=True)
class Join:
    """A row that expressions need and the graph does not show; `key` is this row's foreign key."""

    table: str
    key: str
    null: bool = False
    """Whether there may be no such row."""


@dataclass(frozen=True)
class Through:
    """A connection's link rows: an entity whose columns stand on the edge, and its `One` that leads to the node."""

    entity: str
    node: str


@dataclass(frozen=True)
class Parameter:
    """An argument of a list that is worked out (`Connection.told`). A whole number lies between `least` and `most`."""

    kind: Literal[Scalar.INT, Scalar.TEXT, Scalar.MOMENT] | type[Enum]
    description: str
    default: int | Enum | None = None
    least: int = 0
    most: int = 0
    required: bool = False
    role: Role = Role.READER
    """The least role that may give it."""


@dataclass(frozen=True)
class Connection:
    """A keyset connection.

    `where` ties its rows to the parent (`{parent}`); the rows are those of `through`, or else of the target.
    `default` hides rows unless the filter `default_unless` is used, and so does `once` (a column that tells which rows are of
    one thing, and one by which the greatest of those that meet the conditions stands for them); `count` is a roll-up, on the parent where there is one,
    that equals the count of the default rows. `order` lists (order field, descending).
    """

    target: str
    description: str
    where: str = ""
    through: Through | None = None
    order: tuple[tuple[str, bool], ...] = (("id", False),)
    indexed: bool = False
    """Whether an index gives the default rows in their order: they are then written in one go, else chosen first."""
    default: str = ""
    once: tuple[str, str] | None = None
    default_unless: str = ""
    count: str = ""
    search: str = ""
    """Table whose full-text index `search:` asks."""
    similar: str = ""
    """Kind of thing (see `Mind.similar`) that `similarTo:` asks for."""
    told: str = ""
    """What works out its rows before the statement runs (`plan/told.py`): its entity's table is a placeholder for them."""
    takes: tuple[tuple[str, Parameter], ...] = ()
    """The arguments that this takes, by their names in Python."""
    role: Role = Role.READER


@dataclass(frozen=True)
class Breakdown:
    """A short list of counts: every field of `entity` is a column of a statement.

    `whole` counts all there is, out of a roll-up; `part` counts what was said between `{since}` and `{until}`
    (milliseconds since the epoch) and takes the place of `whole` where a client gives either. Over all time both
    say the same. `{self}` is the row that the field belongs to.
    """

    entity: str
    description: str
    whole: str
    """SELECT without outer order."""
    part: str
    """SELECT without outer order; the weeks from number `{begin}` up to number `{end}` lie wholly within the time."""
    order: str
    cells: Cells
    valued: str = ""
    """SELECT that takes the place of `whole` where the revenue at stake is asked for, which no roll-up holds."""
    crowded: str = ""
    """SELECT that takes the place of `whole` for whoever sees crowds only, where that does not count customers."""
    kept: bool = True
    """Whether `whole` comes out of a roll-up, and so costs the same at any size."""
    role: Role = Role.READER


@dataclass(frozen=True)
class ById:
    """A root field that fetches one entity by its global id."""

    target: str
    description: str


@dataclass(frozen=True)
class AnyById:
    """`node` or, with `many`, `nodes`: whatever the global ids name."""

    description: str
    many: bool = False


Declared = Column | One | Join | Connection | Breakdown | ById | AnyById


class Entity:
    """Base of every declared type. The docstring of a subclass is the type's description."""

    table: ClassVar[str] = ""
    prefix: ClassVar[str] = ""
    """Start of the global id (`need_42`); an entity without one is not a Node."""
    where: ClassVar[str] = ""
    """Condition that picks this entity's rows out of the table, on `{self}`."""
    alias_of: ClassVar[str] = ""
    """Column that, when set, holds the id which this row's id now stands for."""
    least_role: ClassVar[Role] = Role.READER
    """The least role that may see anything of it, on whatever way: that there is such a thing as well."""
    declared: ClassVar[Mapping[str, Declared]]

    def __init_subclass__(cls) -> None:
        cls.declared = {name: value for name, value in vars(cls).items() if isinstance(value, Declared)}
        assert cls.__doc__, f"{cls.__name__} needs a docstring: it is the type's description"
        if cls.prefix:
            other = PREFIXES.setdefault(cls.prefix, cls)
            if other is not cls:
                raise TypeError(
                    f"{cls.__name__} needs a prefix of its own: ids that start with '{cls.prefix}' are those of {other.__name__}"
                )
        ENTITIES[cls.__name__] = cls


ENTITIES: dict[str, type[Entity]] = {}
"""Every declared type, by its GraphQL name."""

PREFIXES: dict[str, type[Entity]] = {}
"""The types that are Nodes, by the start of their global ids."""


def role_for(declared: Declared) -> Role:
    """The least role that may see a field, filter or order by it: its own rule, and those of the things it leads to."""
    names = [getattr(declared, "target", ""), getattr(declared, "entity", "")]
    if isinstance(declared, Connection) and declared.through:
        names.append(declared.through.entity)
    roles = [getattr(declared, "role", Role.READER), *(ENTITIES[name].least_role for name in names if name)]
    return max(roles, key=lambda role: role.rank)


@dataclass(frozen=True)
class PlannedField:
    """A GraphQL field that the plan answers: the declaration behind it and the entity that declares it."""

    name: str
    declared: Declared
    owner: type[Entity]


LONGEST_ID = 64
"""Letters; no prefix and key together have as many."""


def parse_global_id(text: str) -> tuple[type[Entity], int] | None:
    """The entity and key that a global id names; None where the text is no such id."""
    return _parse_global_id(text) if len(text) <= LONGEST_ID else None


# a request's id is looked at to find its plan, and again to fill it
@lru_cache(maxsize=1_024)
def _parse_global_id(text: str) -> tuple[type[Entity], int] | None:
    prefix, _, digits = text.rpartition("_")
    entity = PREFIXES.get(prefix)
    # isdecimal admits other scripts' digits; a key is at most 18 digits so that it fits 64 bits
    if entity is None or not (digits.isascii() and digits.isdecimal()) or len(digits) > 18 or digits.startswith("0"):
        return None
    return entity, int(digits)
