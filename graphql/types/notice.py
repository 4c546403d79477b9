"""Closing the loop: who is to be told of what shipped, whether they were, and what they answered."""

from ...models.notice import NoticeStatus, Way
from ...models.team import Role
from ..declare import Column, Connection, Entity, One, Scalar, Through
from .plane import rounded

TOLD = "n.status = 'TOLD'"
ANSWERED = "exists (select 1 from reply r where r.notice_id = n.id)"


def count_of(condition: str = "1 = 1") -> str:
    """How many notices of a shipment meet a condition on `n`."""
    return f"(select count(*) from notice n where n.invention_id = {{self}}.id and {condition})"


def share(part: str, whole: str = "1 = 1") -> str:
    """Share of the notices of a shipment that meet a condition among those that meet another; null where there are none."""
    return rounded(f"{count_of(part)} * 1.0 / nullif({count_of(whole)}, 0)", 4)


class Notice(Entity):
    """That one customer is to be told, once, of one invention that shipped. Where they can be written to is shown to no one."""

    table = "notice"
    prefix = "notice"

    status = Column(NoticeStatus, "Where it stands.", filter=True)
    way = Column(Way, "How the customer was told, or is being.", null=True, filter=True)
    attempts = Column(Scalar.INT, "How often it was tried.", filter=True, order=True)
    reason = Column(Scalar.TEXT, "Why the last attempt failed.", null=True)
    message = Column(
        Scalar.TEXT,
        "What the customer is told, as it stood when it was queued; null where it never was. It is kept as it was written, nothing"
        " personal taken out: it is the same for everybody, so keep it free of that.",
        null=True,
    )
    next_at = Column(Scalar.MOMENT, "When it is tried next.", null=True, filter=True, order=True)
    told_at = Column(Scalar.MOMENT, "When the customer was told.", null=True, filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When the customer came onto the list.", filter=True, order=True)
    customer = One("Customer", "Who is to be told.", key="customer_id", filter=True)
    invention = One("Invention", "What shipped.", key="invention_id", filter=True)
    replies = Connection(
        "Complaint",
        "What the customer answered, latest first. Not for READER.",
        where="{self}.notice_id = {parent}.id",
        through=Through("Reply", "complaint"),
        order=(("created_at", True),),
    )


class Reply(Entity):
    """That a complaint answers a notice. Not for READER: two that answer one are one person's."""

    table = "reply"
    prefix = "reply"
    least_role = Role.CONTRIBUTOR

    created_at = Column(Scalar.MOMENT, "When it was linked.", filter=True, order=True)
    complaint = One("Complaint", "What the customer answered.", key="complaint_id", filter=True)
    notice = One("Notice", "What they were told by.", key="notice_id", filter=True)
