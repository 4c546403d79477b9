"""What every mutation shares: one `input`, a payload with `userErrors`, and a place for refusals to land."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, TypeVar

import strawberry

from ...models.errors import Busy, Forbidden, Refusal
from ..context import Context
from ..user_errors import UserError, user_error

P = TypeVar("P", bound="Payload")


@strawberry.type(description="What a mutation did.")
class Payload:
    """Base of every payload: either its thing is there, or `userErrors` say why not."""

    user_errors: list[UserError] = strawberry.field(
        default_factory=list, description="What to mend; empty where the change was made."
    )
    client_mutation_id: str | None = strawberry.field(default=None, description="As it came in the input.")


@strawberry.input(description="What every mutation's input may carry.")
class Input:
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Anything that helps the client to tell answers apart; it comes back as it is."
    )


def context_of(info: strawberry.Info) -> Context:
    """What the operation may use."""
    return info.context.context


def mutation(payload: type[P], description: str) -> Callable[[Callable[..., Awaitable[P]]], Any]:
    """Make `async def (context, input) -> payload` a mutation field.

    What a person can mend becomes a user error of an otherwise empty payload. What they cannot (their role, a busy
    database) stays a top-level error with its code.
    """

    def decorate(act: Callable[..., Awaitable[P]]) -> Any:
        input_type = inspect.get_annotations(act, eval_str=True)["input"]

        @functools.wraps(act)
        async def resolve(info: strawberry.Info, input: Any) -> Any:
            try:
                done = await act(context_of(info), input)
            except (Forbidden, Busy):
                raise
            except Refusal as refusal:
                done = payload(user_errors=[user_error(refusal)])
            done.client_mutation_id = input.client_mutation_id
            return done

        described = Annotated[input_type, strawberry.argument(description="What to do.")]
        del resolve.__wrapped__  # the signature that counts is this one
        resolve.__annotations__ = {"info": strawberry.Info, "input": described, "return": payload}
        return strawberry.mutation(resolver=resolve, description=description)

    return decorate
