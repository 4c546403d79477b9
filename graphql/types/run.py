"""One execution of the pipeline."""

from ...models.run import RunStatus
from ..declare import Column, Entity, One, Scalar


class InferenceRun(Entity):
    """A record of one inference: what it read, with which settings and models, what it found and how it ended."""

    table = "inference_run"
    prefix = "run"

    status = Column(RunStatus, "Where the run stands.", filter=True)
    stage = Column(Scalar.TEXT, "What it is doing, or did last.")
    progress = Column(Scalar.FLOAT, "How far it is, 0 to 1.")
    parameters = Column(Scalar.JSON, "The settings it was started with.")
    models = Column(Scalar.JSON, "Version of each model it used, by name.")
    watermark = Column(
        Scalar.TEXT, "The latest complaint it read, as a global id.", sql="'complaint_' || {self}.watermark", null=True
    )
    counts = Column(Scalar.JSON, "How many complaints, spans, needs and so on it saw or made, by name.")
    timings = Column(Scalar.JSON, "Seconds that each stage took, by name.")
    corrections = Column(
        Scalar.JSON,
        "How it corrected confidences by what people had decided: of links, of what was placed and of needs the shift and"
        " stretch of their log-odds, and by how many decisions.",
        null=True,
    )
    failure = Column(Scalar.TEXT, "What went wrong, where something did.", null=True)
    created_at = Column(Scalar.MOMENT, "When it was asked for.", filter=True, order=True)
    started_at = Column(Scalar.MOMENT, "When it began.", null=True)
    finished_at = Column(Scalar.MOMENT, "When it ended.", null=True)
    started_by = One("Member", "Who asked for it.", key="started_by_id", null=True)
