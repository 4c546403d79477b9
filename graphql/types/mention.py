"""Competitors that customers name."""

from ..declare import Breakdown, Cells, Column, Entity, One, Scalar
from .counts import COMPLAINTS, CUSTOMERS, WITHIN

FEWEST_CUSTOMERS = 2
"""Whom one person alone names is no competitor of a need."""


class Mention(Entity):
    """A competitor that a complaint names: whom the customer went to, came from, or finds better or worse."""

    table = "mention"
    prefix = "mention"

    name = Column(Scalar.TEXT, "The name as the customer wrote it.", filter=True)
    complaint = One("Complaint", "The complaint that names it.", key="complaint_id", filter=True)


class NeedCompetitor(Entity):
    """A competitor that complaints behind a need name."""

    name = Column(Scalar.TEXT, "Its name, in the first spelling by code point where there are several.")
    complaints = COMPLAINTS
    customers = CUSTOMERS


def _counted(condition: str = "") -> str:
    return (
        "select min(m.name) as name, count(distinct s.complaint_id) as complaints, count(distinct s.voice) as customers"
        f" from support s join mention m on m.complaint_id = s.complaint_id where s.need_id = {{self}}.id{condition}"
        f" group by m.folded having count(distinct s.voice) >= {FEWEST_CUSTOMERS}"
    )


COMPETITORS = Breakdown(
    "NeedCompetitor",
    "Competitors that at least two customers name in complaints that support it, most customers first.",
    whole=_counted(),
    part=_counted(f" and {WITHIN}"),
    order="customers desc, name",
    cells=Cells.MESSAGES,
)
