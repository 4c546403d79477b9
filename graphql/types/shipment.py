"""Inventions in customers' hands, and how many customers there are to complain."""

from ...models.impact import Basis, CountModel, Reason, Verdict
from ...models.shipment import SHIPPED_INVENTIONS
from ..declare import Breakdown, Cells, Column, Connection, Crowd, Entity, One, Scalar, Through
from .notice import ANSWERED, TOLD, count_of, share
from .plane import rounded

_SHIPPED = ", ".join(f"'{status.value}'" for status in SHIPPED_INVENTIONS)


class Shipment(Entity):
    """An invention in customers' hands. An invention ships once."""

    table = "invention"
    prefix = "shipment"
    where = f"{{self}}.status in ({_SHIPPED}) and {{self}}.shipped_at is not null"

    shipped_at = Column(Scalar.MOMENT, "Since when it is in customers' hands.", filter=True, order=True)
    invention = One("Invention", "What shipped.", key="id", filter=True)
    notice_message = Column(
        Scalar.TEXT,
        "What the customers behind its evidence were told last; each notice keeps its own. Null until somebody wrote it.",
        null=True,
    )
    to_tell = Column(Scalar.INT, "Customers behind its evidence when it shipped: who is to be told.", sql=count_of())
    told = Column(Scalar.INT, "How many of them were told.", sql=count_of(TOLD))
    parked = Column(Scalar.INT, "How many could not be told.", sql=count_of("n.status = 'PARKED'"))
    answered = Column(Scalar.INT, "How many answered.", sql=count_of(ANSWERED))
    share_told = Column(
        Scalar.FLOAT, "told of toTell, 0 to 1; null where there is nobody to tell.", sql=share(TOLD), null=True
    )
    share_answered = Column(
        Scalar.FLOAT,
        "answered of told, 0 to 1; null where nobody was told.",
        sql=share(f"{TOLD} and {ANSWERED}", TOLD),
        null=True,
    )
    notices = Connection(
        "Notice",
        "Everybody who is to be told, each once.",
        where="{self}.invention_id = {parent}.id",
    )
    replies = Connection(
        "Complaint",
        "What they answered, latest first. Not for READER.",
        where="{self}.notice_id in (select n.id from notice n where n.invention_id = {parent}.id)",
        through=Through("Reply", "complaint"),
        order=(("created_at", True),),
    )
    impacts = Connection(
        "Impact",
        "What it did to the complaints about each need that it claims, as last measured.",
        where="{self}.invention_id = {parent}.id",
    )


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


_WEEKS = (
    "select w.day as week, case when w.week >= {self}.shipped_week then 1 else 0 end as after,"
    " coalesce(k.complaints, 0) as complaints, coalesce(k.customers, 0) as customers, x.active_customers as active_customers"
    " from complaint_week w left join need_week k on k.need_id = {self}.need_id and k.week = w.week"
    " left join exposure x on x.week = w.week"
    " where w.complaints > 0 and w.week >= {self}.since and w.week <= {self}.through"
)


class ImpactWeek(Entity):
    """One week of a measurement."""

    week = Column(Scalar.DAY, "The Monday it began on (UTC).")
    after = Column(
        Scalar.BOOLEAN, "Whether the whole of it was after shipping; the week of shipping itself is of neither side."
    )
    complaints = Column(Scalar.INT, "Distinct complaints that support the need.", crowd=Crowd.CELL)
    active_customers = Column(Scalar.INT, "Customers who were active in it; null where nobody told.", null=True)


class Impact(Entity):
    """What a shipped invention did to the complaints about a need, as last measured: a controlled interrupted time series."""

    table = "impact"
    prefix = "impact"

    verdict = Column(Verdict, "What was found at the last look; it stands until the next one.", filter=True)
    reason = Column(Reason, "Why there is no verdict on either side; null where there is one.", null=True, filter=True)
    look = Column(
        Scalar.INT,
        "The set time that the verdict was taken at: the first measurement from so many whole weeks after shipping on, 12, 26, 52"
        " or 104. Null before the first.",
        null=True,
    )
    look_low = Column(
        Scalar.FLOAT, "Lower end of the ratio's interval at that look, of 98.75 %: a verdict rests on it.", null=True
    )
    look_high = Column(Scalar.FLOAT, "Upper end of the same.", null=True)
    basis = Column(
        Basis,
        "What the weeks after were held against, apart from those before. Null as ratio is.",
        null=True,
        filter=True,
    )
    ratio = Column(
        Scalar.FLOAT,
        "Complaints after shipping as a multiple of what they would have been, over all weeks after: 0.4 is 60 % fewer. Null"
        " where the data is insufficient, as all that follows from it.",
        null=True,
        filter=True,
        order=True,
    )
    low = Column(
        Scalar.FLOAT,
        "Lower end of its 95 % interval, for who looks at this measurement alone.",
        null=True,
        filter=True,
        order=True,
    )
    high = Column(Scalar.FLOAT, "Upper end of its 95 % interval.", null=True, filter=True, order=True)
    p_value = Column(Scalar.FLOAT, "How likely at least such an effect is where there is none, 0 to 1.", null=True)
    level_ratio = Column(Scalar.FLOAT, "The ratio in the first week after shipping.", null=True)
    trend_ratio = Column(Scalar.FLOAT, "By what the ratio changes from week to week.", null=True)
    model = Column(CountModel, "How counts vary around their expectation.", null=True)
    dispersion = Column(Scalar.FLOAT, "Variance of a count is mean + dispersion x mean squared.", null=True)
    autocorrelation = Column(Scalar.FLOAT, "Of neighbouring weeks, 0 to 0.9; the interval allows for it.", null=True)
    control_needs = Column(
        Scalar.INT,
        "Unaffected needs that it was, or may be, held against: heard of on both sides, claimed by nothing that shipped in these years, and"
        " sharing no more than one complaint of twenty with a claimed need. 0 where a season of its own took their place.",
    )
    weeks_before = Column(
        Scalar.INT, "Whole weeks before shipping that were looked at, after the shipment before it; 12 are needed."
    )
    weeks_after = Column(
        Scalar.INT,
        "Whole weeks after shipping that were looked at, up to the next shipment for the same need; 12 are needed.",
    )
    complaints_before = Column(Scalar.INT, "Complaints in the weeks before.")
    complaints_after = Column(Scalar.INT, "Complaints in the weeks after.")
    per_customers = Column(
        Scalar.BOOLEAN,
        "Whether rates are complaints a week of 1,000 active customers; else they are complaints a week. Weeks whose customers"
        " are not known are then left out of the rates.",
    )
    exposure_weeks = Column(Scalar.INT, "Weeks looked at of which somebody told the active customers.")
    exposure_filled = Column(
        Scalar.INT, "Weeks looked at whose customers were taken to lie on a line between those told a few weeks apart."
    )
    rate_before = Column(Scalar.FLOAT, "Rate of complaints before shipping.", null=True)
    residual_rate = Column(
        Scalar.FLOAT,
        "Rate of complaints after shipping: what is left. Null before a week is over.",
        null=True,
        filter=True,
        order=True,
    )
    residual_low = Column(
        Scalar.FLOAT,
        "Lower end of its 95 % interval: above 0, the need is not wholly relieved. Null for fewer than 12 weeks.",
        null=True,
    )
    residual_high = Column(Scalar.FLOAT, "Upper end of its 95 % interval.", null=True)
    distance_from_zero = Column(
        Scalar.FLOAT,
        "residualRate as a share of rateBefore: 0 is perfect, 1 is as before. Null where there was nothing before.",
        sql=rounded("(case when {self}.rate_before > 0 then {self}.residual_rate / {self}.rate_before end)"),
        null=True,
    )
    placebo_dates = Column(Scalar.INT, "Dates before shipping at which an effect was looked for that cannot be there.")
    placebo_rejections = Column(
        Scalar.INT, "At how many of them one was found all the same; more than chance, and there is no verdict."
    )
    placebos = Column(Scalar.JSON, "Each placebo date with its ratio and interval.")
    measured_at = Column(Scalar.MOMENT, "When it was measured.", filter=True, order=True)
    need = One("Need", "The need.", key="need_id", filter=True)
    invention = One("Invention", "What shipped.", key="invention_id", filter=True)
    weekly = Breakdown(
        "ImpactWeek",
        "The weeks that were looked at, but those in which nobody said anything at all.",
        whole=_WEEKS,
        part=f"{_WEEKS} and w.week >= {{begin}} and w.week < {{end}}",
        order="week",
        cells=Cells.WEEKS,
    )
