"""Why a need is believed."""

from ...models.evidence import Basis, EvidenceStatus, Stance
from ...models.queries.decisions import LOT
from ..declare import Column, Entity, Join, One, Scalar

QUOTE = "substr({complaint}.text, {span}.start_offset + 1, {span}.end_offset - {span}.start_offset)"


class Evidence(Entity):
    """The link from a span of a complaint to a need."""

    table = "evidence"
    prefix = "evidence"

    span = Join("span", key="span_id")
    confidence = Column(Scalar.FLOAT, "How sure the link is, 0 to 1.", filter=True, order=True)
    stance = Column(Stance, "Whether the words support the need or speak against it.", filter=True)
    basis = Column(Basis, "Whether a model or a person made the link.", filter=True)
    status = Column(
        EvidenceStatus, "Where the link stands; dismissed and expired ones are hidden by default.", filter=True
    )
    quote = Column(Scalar.TEXT, "The customer's words: the complaint's text from start to end.", sql=QUOTE)
    start = Column(
        Scalar.INT, "First character in the complaint's text, in code points from 0.", sql="{span}.start_offset"
    )
    end = Column(Scalar.INT, "One past the last character.", sql="{span}.end_offset")
    created_at = Column(Scalar.MOMENT, "When the link was first made.", filter=True, order=True)
    decided_at = Column(Scalar.MOMENT, "When a person accepted or dismissed it.", null=True)
    lot = Column(
        Scalar.INT,
        "Its place by lot, which says nothing of it. Decide pending evidence in this order, and confidences become as right"
        " as your decisions say (see inferenceRun corrections).",
        sql=LOT.replace("{evidence}", "{self}"),
        order=True,
    )
    version = Column(Scalar.INT, "Goes up with every change; send it along when you decide.")
    complaint = One("Complaint", "The complaint that holds the words.", key="complaint_id", filter=True)
    need = One("Need", "The need that the words are about.", key="need_id", filter=True)
    run = One("InferenceRun", "The run that made or last confirmed the link.", key="run_id", null=True)
    decided_by = One("Member", "Who accepted or dismissed it.", key="decided_by_id", null=True)
