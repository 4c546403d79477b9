"""What several needs are about."""

from ..declare import Column, Connection, Entity, Scalar
from .counts import of_aspect

_NEEDS = "from need n where n.aspect_id = {self}.id and n.status not in ('MERGED', 'DISMISSED')"


class Aspect(Entity):
    """What several needs are about, such as delivery or search: the level above needs. Not a need itself."""

    table = "aspect"
    prefix = "aspect"

    name = Column(Scalar.TEXT, "Its name, 1 to 3 plain words unless a curator chose others.", filter=True, order=True)
    named = Column(Scalar.BOOLEAN, "Whether a curator named it; runs then leave the name alone.", filter=True)
    key_phrases = Column(Scalar.TEXTS, "Words that tell this aspect from the others.")
    need_count = Column(Scalar.INT, "Needs under it.", sql=f"(select count(*) {_NEEDS})", filter=True, order=True)
    evidence_count = Column(
        Scalar.INT,
        "Spans that are evidence of the needs under it; one that speaks to several of them counts for each.",
        sql=f"(select coalesce(sum(n.evidence_count), 0) {_NEEDS})",
        filter=True,
        order=True,
    )
    customer_count = Column(
        Scalar.INT,
        "Distinct customers whose words support a need under it; a complaint of an unknown customer counts as one.",
        sql="(select count(distinct s.voice) from support s join need n on n.id = s.need_id"
        " where n.aspect_id = {self}.id and n.status not in ('MERGED', 'DISMISSED'))",
        filter=True,
        order=True,
    )
    created_at = Column(Scalar.MOMENT, "When this aspect was first found.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When a run or a curator last looked at it.", filter=True, order=True)
    version = Column(Scalar.INT, "Goes up with every change of its name; send it along when you change it.")
    needs = Connection(
        "Need",
        "The needs under it, those with the most customers first.",
        where="{self}.aspect_id = {parent}.id",
        order=(("customer_count", True),),
        default="{self}.status not in ('MERGED', 'DISMISSED')",
        default_unless="status",
    )
    weekly = of_aspect(
        "AspectWeek", "Complaints that support its needs week by week; weeks without any are left out.", "week", "week"
    )
    by_channel = of_aspect(
        "AspectChannel",
        "Complaints that support its needs by channel, most first.",
        "channel",
        "complaints desc, channel",
    )
