"""inferenceStart, inferenceCancel: the pipeline's switch."""

from __future__ import annotations

import strawberry

from ...models.commands import runs
from ...models.errors import Invalid
from ...models.team import Role
from ..context import Context
from ..ids import key_in
from ..payload import noun
from .base import Input, Payload, mutation


@strawberry.input(description="Input of inferenceStart.")
class InferenceStartInput(Input):
    granularity: float | None = strawberry.field(
        default=None,
        description="From 0 to 1: 0.5 gives few broad needs, 0.7 many narrow ones; the default suits most sets.",
    )
    afresh: bool = strawberry.field(
        default=False,
        description="Group everything anew. Otherwise new complaints join the needs there are, as long as they are few.",
    )


@strawberry.input(description="Input of inferenceCancel.")
class InferenceCancelInput(Input):
    inference_run_id: strawberry.ID = strawberry.field(description="The run's id.")


@strawberry.type(description="The inference run after the change.")
class InferenceRunPayload(Payload):
    inference_run: int | None = noun("InferenceRun", "The run after the change.")


@mutation(
    InferenceRunPayload,
    "Start an inference run over all complaints. Follow it with inferenceProgress. Needs ADMIN.",
    needs=Role.ADMIN,
)
async def inference_start(context: Context, input: InferenceStartInput) -> InferenceRunPayload:
    if input.granularity is not None and not 0 <= input.granularity <= 1:
        raise Invalid("granularity must be from 0 to 1.", path=("granularity",))
    parameters: dict[str, float | bool] = {} if input.granularity is None else {"granularity": input.granularity}
    if input.afresh:
        parameters["afresh"] = True
    key = await runs.start(context.database, context.actor, parameters)
    context.mind.run_started(key)
    return InferenceRunPayload(inference_run=key)


@mutation(
    InferenceRunPayload, "Ask a run to stop; the needs stay as they were before it. Needs ADMIN.", needs=Role.ADMIN
)
async def inference_cancel(context: Context, input: InferenceCancelInput) -> InferenceRunPayload:
    key = key_in("InferenceRun", input.inference_run_id, ("inferenceRunId",))
    await runs.cancel(context.database, context.actor, key)
    return InferenceRunPayload(inference_run=key)
