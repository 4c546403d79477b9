"""What a customer said."""

from ...models.team import Role
from ..declare import Column, Connection, Entity, One, Scalar, Through


class Complaint(Entity):
    """One verbatim from one customer. It never changes once received; a happy one may carry a need as well."""

    table = "complaint"
    prefix = "complaint"

    text = Column(
        Scalar.TEXT,
        "The customer's own words, with placeholders such as `[e-mail]` for what is personal.",
        filter=True,
        searched=True,
    )
    original_text = Column(
        Scalar.TEXT,
        "What the customer wrote, personal data included; null where nothing was taken out of it, or no key was set when it came.",
        sql="{self}.id",
        null=True,
        role=Role.ADMIN,
        resolved="original",
    )
    channel = Column(Scalar.TEXT, 'Where it was said, such as "email" or "review".', filter=True)
    source = Column(Scalar.TEXT, "The system or file it came from.", filter=True)
    external_id = Column(Scalar.TEXT, "Its id in that source; unique together with it.", filter=True)
    product = Column(Scalar.TEXT, "Product or area it is about, where the source says so.", null=True, filter=True)
    language = Column(
        Scalar.TEXT,
        "ISO 639-1 code of its language, as the import states it or else as inference found it; `und` where it cannot tell, null until it has read the text.",
        null=True,
        filter=True,
    )
    rating = Column(Scalar.FLOAT, "Stars that came with it, 1 to 5.", null=True, filter=True, order=True)
    sentiment = Column(
        Scalar.FLOAT, "-1 (bad) to 1 (good); null until inference has read it.", null=True, filter=True, order=True
    )
    severity = Column(
        Scalar.INT, "1 (mild) to 5 (grave); null until inference has read it.", null=True, filter=True, order=True
    )
    occurred_at = Column(Scalar.MOMENT, "When the customer said it.", filter=True, order=True)
    received_at = Column(Scalar.MOMENT, "When it reached this system.", filter=True, order=True)
    customer = One(
        "Customer",
        "Who spoke; null where the source does not tell, and for READER.",
        key="customer_id",
        null=True,
        filter=True,
        withheld=True,
    )
    needs = Connection(
        "Need",
        "The needs that this complaint is evidence of, surest first, each once: the edge is the surest of the parts of its text that"
        " tell of it and meet the conditions. With a condition on `status` there is an edge for every part.",
        where="{self}.complaint_id = {parent}.id",
        through=Through("Evidence", "need"),
        order=(("confidence", True),),
        default="{self}.live = true",
        once=("need_id", "confidence"),
        default_unless="status",
    )
    need_count = Column(
        Scalar.INT,
        "Needs that it is evidence of; 0 of what belongs to none.",
        sql="(select count(distinct o.need_id) from evidence o where o.complaint_id = {self}.id and o.live = true)",
        filter=True,
    )
    replies_to = Connection(
        "Notice",
        "The notice that it answers, where it answers one. Not for READER.",
        where="{self}.complaint_id = {parent}.id",
        through=Through("Reply", "notice"),
        order=(("created_at", True),),
    )
    labels = Connection("SpanLabel", "What people said that parts of it do.", where="{self}.complaint_id = {parent}.id")
    competitors = Connection(
        "Mention",
        "Competitors that it names: whom the customer went to, came from, or finds better or worse.",
        where="{self}.complaint_id = {parent}.id",
    )
    escalations = Connection(
        "Escalation",
        "Questions about it, latest first.",
        where="{self}.complaint_id = {parent}.id",
        order=(("raised_at", True),),
    )
    asks = Connection("Ask", "Spans in which the customer names a solution.", where="{self}.complaint_id = {parent}.id")
