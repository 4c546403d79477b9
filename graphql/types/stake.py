"""What is at stake: who is behind a need or an invention, by segment, tier, channel, product and language."""

from ...models.team import Role
from ..declare import Breakdown, Column, Entity, Scalar
from .counts import CHANNEL, COMPLAINTS, CUSTOMERS, SEGMENT, VALUE, WITHIN, WORTH, by_voice, cells_of

_CLAIMED = (
    "support s join claim k on k.need_id = s.need_id and k.invention_id = {self}.id"
    " join need n on n.id = s.need_id and n.status not in ('MERGED', 'DISMISSED')"
)
_ROWS = {"Need": "support s", "Invention": _CLAIMED}
_OWN = {"Need": "s.need_id = {self}.id", "Invention": "1 = 1"}

TIER = Column(Scalar.TEXT, "The tier; null for customers without one.", null=True)
PRODUCT = Column(Scalar.TEXT, "The product or area; null where none was given.", null=True)
LANGUAGE = Column(Scalar.TEXT, "ISO 639-1 code, und where it is unsure; null before it was read.", null=True)


class NeedTier(Entity):
    """Complaints that support a need from customers of one tier."""

    tier = TIER
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class NeedProduct(Entity):
    """Complaints that support a need about one product."""

    product = PRODUCT
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class NeedLanguage(Entity):
    """Complaints that support a need in one language."""

    language = LANGUAGE
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class InventionSegment(Entity):
    """Complaints that support the needs of an invention from one segment of customers."""

    segment = SEGMENT
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class InventionTier(Entity):
    """Complaints that support the needs of an invention from customers of one tier."""

    tier = TIER
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class InventionChannel(Entity):
    """Complaints that support the needs of an invention on one channel."""

    channel = CHANNEL
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class InventionProduct(Entity):
    """Complaints that support the needs of an invention about one product."""

    product = PRODUCT
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


class InventionLanguage(Entity):
    """Complaints that support the needs of an invention in one language."""

    language = LANGUAGE
    complaints = COMPLAINTS
    customers = CUSTOMERS
    value_at_stake = VALUE


def at_stake(owner: str, key: str) -> Breakdown:
    """The break-down of an owner's complaints by `key`: segment, tier, channel, product or language."""
    whom = "it" if owner == "Need" else "its needs"
    named = {"segment": "customer segment", "tier": "the customer's tier"}.get(key, key)
    return Breakdown(
        f"{owner}{key.capitalize()}",
        f"Complaints that support {whom} by {named}, most first, with the customers and the revenue behind them.",
        whole=by_voice(_ROWS[owner], key, _OWN[owner]),
        part=by_voice(_ROWS[owner], key, f"{_OWN[owner]} and {WITHIN}"),
        order=f"complaints desc, {key} is null, {key}",
        cells=cells_of(key),
        kept=False,
    )


def sums(owner: str) -> tuple[Column, Column]:
    """Revenue at stake, and people reached, of the customers behind an owner."""
    behind = f"customer u where u.id in (select s.voice from {_ROWS[owner]} where {_OWN[owner]})"
    return (
        Column(
            Scalar.FLOAT,
            "Revenue a year of the customers behind it, each in whole units of the organisation's currency; unknown revenue"
            " counts as none.",
            sql=f"(select {WORTH} from {behind})",
            order=True,
            role=Role.CONTRIBUTOR,
        ),
        Column(
            Scalar.FLOAT,
            "People whom the customers behind it reach together; unknown reach counts as none.",
            sql=f"(select coalesce(sum(cast(u.reach as double precision)), 0) from {behind})",
            order=True,
            role=Role.CONTRIBUTOR,
        ),
    )


HEARD = f"(select count(distinct s.voice) from {_CLAIMED})"
