"""What a person says that a customer's words do."""

from ...models.span import SpanKind
from ..declare import Column, Entity, One, Scalar

QUOTE = "substr({complaint}.text, {self}.start_offset + 1, {self}.end_offset - {self}.start_offset)"


class SpanLabel(Entity):
    """A person's word on what a range of a complaint does. No run overrules it, and inference learns from it."""

    table = "span_label"
    prefix = "label"

    kind = Column(SpanKind, "What the words do.", filter=True)
    quote = Column(Scalar.TEXT, "The customer's words: the complaint's text from start to end.", sql=QUOTE)
    start = Column(
        Scalar.INT, "First character in the complaint's text, in code points from 0.", sql="{self}.start_offset"
    )
    end = Column(Scalar.INT, "One past the last character.", sql="{self}.end_offset")
    created_at = Column(Scalar.MOMENT, "When the place was first labelled.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When it was last labelled.", filter=True, order=True)
    complaint = One("Complaint", "The complaint that holds the words.", key="complaint_id", filter=True)
    labelled_by = One("Member", "Who labelled it last; null where they are gone.", key="labelled_by_id", null=True)
