"""What a customer asked for in so many words."""

from ..declare import Column, Connection, Entity, One, Scalar, Through

QUOTE = "substr({complaint}.text, {self}.start_offset + 1, {self}.end_offset - {self}.start_offset)"


class Ask(Entity):
    """A span in which the customer names a solution ("please add ..."). Most complaints hold none."""

    table = "span"
    prefix = "ask"
    where = "{self}.kind = 'ASK'"

    quote = Column(Scalar.TEXT, "The customer's words: the complaint's text from start to end.", sql=QUOTE)
    start = Column(
        Scalar.INT, "First character in the complaint's text, in code points from 0.", sql="{self}.start_offset"
    )
    end = Column(Scalar.INT, "One past the last character.", sql="{self}.end_offset")
    score = Column(Scalar.FLOAT, "How sure it is that this is an ask, 0 to 1.", filter=True, order=True)
    complaint = One("Complaint", "The complaint that holds it.", key="complaint_id", filter=True)
    needs = Connection(
        "Need",
        "The needs that this span is evidence of, surest first.",
        where="{self}.span_id = {parent}.id",
        through=Through("Evidence", "need"),
        order=(("confidence", True),),
        default="{self}.live = true",
        default_unless="status",
    )
