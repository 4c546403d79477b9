"""The document of an invention, its revisions and reviews, and what the organisation asks of every invention."""

from ...models.document import Audience, Part, QuoteBasis, Verdict
from ..declare import Column, Connection, Entity, One, Scalar

# a real quote is the customer's own words, and never copied
CUSTOMER_QUOTE = (
    "coalesce((select substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset) from citation k"
    " join evidence e on e.id = k.evidence_id join span s on s.id = e.span_id join complaint c on c.id = e.complaint_id"
    " where k.invention_id = {self}.id and k.part = 'CUSTOMER_QUOTE'), {self}.customer_quote)"
)


class PressRelease(Entity):
    """The press release of an invention, written before it is built, as if it had shipped. Null is not written yet."""

    table = "invention"

    headline = Column(Scalar.TEXT, "What it is, in words that the customer understands.", null=True)
    subheading = Column(Scalar.TEXT, "Who it is for, and what they get.", null=True)
    summary = Column(Scalar.TEXT, "The whole in one paragraph.", null=True)
    problem = Column(Scalar.TEXT, "The problem that it solves. A review takes 2 cited spans of 2 customers.", null=True)
    solution = Column(Scalar.TEXT, "How it solves the problem.", null=True)
    leader_quote = Column(Scalar.TEXT, "Why we made it, as a leader would say it.", null=True)
    leader_name = Column(Scalar.TEXT, "Who would say so.", null=True)
    how_it_works = Column(Scalar.TEXT, "How the customer begins.", null=True)
    customer_quote = Column(
        Scalar.TEXT, "What a customer says: the cited words where it is REAL.", sql=CUSTOMER_QUOTE, null=True
    )
    customer_quote_basis = Column(QuoteBasis, "Whether a customer said it.", null=True)
    call_to_action = Column(Scalar.TEXT, "What the customer is to do now.", null=True)
    not_elsewhere = Column(Scalar.TEXT, "What customers cannot get anywhere else. A review takes it.", null=True)
    citations = Connection(
        "Citation", "The evidence that its paragraphs rest on.", where="{self}.invention_id = {parent}.id"
    )


class Citation(Entity):
    """That a paragraph of a press release rests on a piece of evidence."""

    table = "citation"
    prefix = "citation"

    part = Column(Part, "The paragraph.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was cited.", filter=True, order=True)
    evidence = One("Evidence", "The evidence, with the customer's words.", key="evidence_id", filter=True)
    invention = One("Invention", "The invention.", key="invention_id", filter=True)


class FaqEntry(Entity):
    """A question about an invention, and its answer."""

    table = "faq_entry"
    prefix = "faq"

    audience = Column(Audience, "Whether customers ask, or people inside.", filter=True)
    position = Column(Scalar.INT, "Its place in the FAQ.", order=True)
    question = Column(Scalar.TEXT, "The question; of a required one, its words at the time.", filter=True)
    answer = Column(Scalar.TEXT, "The answer.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was first answered.", filter=True, order=True)
    required_question = One(
        "RequiredQuestion", "The required question that it answers.", key="required_question_id", null=True, filter=True
    )
    invention = One("Invention", "The invention.", key="invention_id", filter=True)


class Revision(Entity):
    """One change of what an invention says, claims or cites."""

    table = "revision"
    prefix = "revision"

    number = Column(Scalar.INT, "The invention's version after it.", filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When it was made.", filter=True, order=True)
    author = One("Member", "Who made it.", key="author_id", null=True, filter=True)
    invention = One("Invention", "The invention.", key="invention_id", filter=True)
    changes = Connection("RevisionChange", "What it changed, field by field.", where="{self}.revision_id = {parent}.id")


class RevisionChange(Entity):
    """One field of an invention before and after a revision."""

    table = "revision_change"
    prefix = "change"

    field = Column(
        Scalar.TEXT,
        'The field: "headline", "needs.need_3.relief", "citations.PROBLEM", "faq.faq_2.answer".',
        filter=True,
    )
    before = Column(Scalar.TEXT, "What it was; null where there was nothing.", null=True)
    after = Column(Scalar.TEXT, "What it is; null where there is nothing any more.", null=True)
    revision = One("Revision", "The revision.", key="revision_id", filter=True)


class Review(Entity):
    """A reviewer's word on an invention."""

    table = "review"
    prefix = "review"

    verdict = Column(Verdict, "What the reviewer decided.", filter=True)
    comment = Column(Scalar.TEXT, "Why.", null=True)
    principles = Column(Scalar.TEXTS, "The principles that were ticked, in their words of then.")
    version = Column(Scalar.INT, "The version of the invention that was read.")
    counts = Column(
        Scalar.BOOLEAN,
        "Whether it speaks of the invention as it stands: not of words that changed, or were submitted anew, since.",
        sql="exists (select 1 from invention i where i.id = {self}.invention_id and {self}.version >= i.review_from)",
    )
    created_at = Column(Scalar.MOMENT, "When it was given.", filter=True, order=True)
    reviewer = One("Member", "Who gave it; never the proposer.", key="reviewer_id", null=True, filter=True)
    invention = One("Invention", "The invention.", key="invention_id", filter=True)


class Principle(Entity):
    """A line of the organisation's checklist. Who approves an invention ticks every active one."""

    table = "principle"
    prefix = "principle"

    text = Column(Scalar.TEXT, "The principle.", filter=True, order=True)
    position = Column(Scalar.INT, "Its place in the list.", order=True)
    active = Column(Scalar.BOOLEAN, "Whether it is asked for.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was added.", order=True)
    version = Column(Scalar.INT, "Goes up with every change; send it along when you change it.")


class RequiredQuestion(Entity):
    """A question that the internal FAQ of every invention must answer before its review, while it is active."""

    table = "required_question"
    prefix = "question"

    text = Column(Scalar.TEXT, "The question.", filter=True, order=True)
    position = Column(Scalar.INT, "Its place in the list.", order=True)
    active = Column(Scalar.BOOLEAN, "Whether it is asked.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was added.", order=True)
    version = Column(Scalar.INT, "Goes up with every change; send it along when you change it.")
