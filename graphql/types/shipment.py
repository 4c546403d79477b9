"""Inventions in customers' hands, and how many customers there are to complain."""

from ...models.shipment import SHIPPED_INVENTIONS
from ..declare import Column, Entity, One, Scalar

_SHIPPED = ", ".join(f"'{status.value}'" for status in SHIPPED_INVENTIONS)


class Shipment(Entity):
    """An invention in customers' hands. An invention ships once."""

    table = "invention"
    prefix = "shipment"
    where = f"{{self}}.status in ({_SHIPPED}) and {{self}}.shipped_at is not null"

    shipped_at = Column(Scalar.MOMENT, "Since when it is in customers' hands.", filter=True, order=True)
    invention = One("Invention", "What shipped.", key="id", filter=True)


class Exposure(Entity):
    """How many customers were active in a week, whether they complained or not."""

    table = "exposure"
    prefix = "exposure"

    week = Column(Scalar.DAY, "The Monday it began on (UTC).", sql="{self}.day")
    began_at = Column(
        Scalar.MOMENT,
        "When the week began (UTC), to filter and order by.",
        sql="(cast({self}.week as bigint) * 604800000 - 259200000)",
        filter=True,
        order=True,
    )
    active_customers = Column(Scalar.INT, "Customers who were active in it, 1 or more.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When it was last told.", filter=True, order=True)
