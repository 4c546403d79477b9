"""What is proposed, asked for or not."""

from ...models.invention import Door, InventionStatus
from ..declare import Column, Connection, Entity, One, Scalar, Through


class Invention(Entity):
    """A proposed answer to one or more needs."""

    table = "invention"
    prefix = "invention"

    title = Column(Scalar.TEXT, "Its name, at most 200 characters.", filter=True, order=True, searched=True)
    mechanism = Column(Scalar.TEXT, "How it would work, in plain words.", filter=True, searched=True)
    status = Column(InventionStatus, "Where the proposal stands.", filter=True)
    door = Column(Door, "Whether the decision can be taken back.", filter=True)
    created_at = Column(Scalar.MOMENT, "When it was proposed.", filter=True, order=True)
    updated_at = Column(Scalar.MOMENT, "When it last changed.", filter=True, order=True)
    version = Column(Scalar.INT, "Goes up with every change; send it along when you change it.")
    proposer = One("Member", "Who proposed it.", key="proposer_id", null=True, filter=True)
    needs = Connection(
        "Need",
        "The needs it claims to relieve, greatest relief first.",
        where="{self}.invention_id = {parent}.id",
        through=Through("Claim", "need"),
        order=(("relief", True),),
    )


class Claim(Entity):
    """The link from an invention to a need that it means to relieve."""

    table = "claim"
    prefix = "claim"

    relief = Column(Scalar.FLOAT, "Share of the need that it claims to relieve, 0 to 1.", filter=True, order=True)
    rationale = Column(Scalar.TEXT, "Why it would.", filter=True)
    created_at = Column(Scalar.MOMENT, "When the claim was made.", filter=True, order=True)
    invention = One("Invention", "The proposal.", key="invention_id", filter=True)
    need = One("Need", "The need.", key="need_id", filter=True)
