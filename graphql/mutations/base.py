"""What every mutation shares: one `input`, a payload with `userErrors`, and a place for refusals to land."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.utils.str_converters import to_camel_case

from ...models.acting import acting
from ...models.errors import Busy, Forbidden, Refusal
from ...models.team import Role
from ..context import Context
from ..plan.select import names_under
from ..user_errors import UserError, user_errors

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


@dataclass(frozen=True)
class Change:
    """A mutation, however it is run."""

    name: str
    """In the graph; the deed of the audit log."""
    act: Callable[..., Awaitable[Payload]]
    """Takes context, input and, where it says so, `shown`: the names of all fields that its answer may show."""
    payload: type[Payload]
    input: type
    takes_shown: bool
    needs: Role
    """The least role that may ask for it; the command may ask for more, such as a name."""

    async def make(self, context: Context, input: Any, shown: frozenset[str]) -> Payload:
        """Its payload. What a person can mend becomes a user error; what they cannot (their role, a busy database) is raised."""
        # before the input is looked at: what is refused must not tell what there is
        context.actor.require(self.needs)
        more = {"shown": shown} if self.takes_shown else {}
        try:
            with acting(self.name, context.actor):
                done = await self.act(context, input, **more)
        except (Forbidden, Busy):
            raise
        except Refusal as refusal:
            done = self.payload(user_errors=user_errors(refusal))
        done.client_mutation_id = input.client_mutation_id
        return done


CHANGES: dict[str, Change] = {}
"""Every mutation, by its name in the graph."""


def mutation(payload: type[P], description: str, *, needs: Role) -> Callable[[Callable[..., Awaitable[P]]], Any]:
    """Make `async def (context, input) -> payload` a mutation field of the same name; see `Change`."""

    def decorate(act: Callable[..., Awaitable[P]]) -> Any:
        signature = inspect.get_annotations(act, eval_str=True)
        name = to_camel_case(act.__name__)
        change = CHANGES[name] = Change(name, act, payload, signature["input"], "shown" in signature, needs)

        async def resolve(info: strawberry.Info, input: Any) -> Any:
            asked = info._raw_info
            return await change.make(context_of(info), input, names_under(asked.field_nodes, asked.fragments))

        described = Annotated[change.input, strawberry.argument(description="What to do.")]
        resolve.__name__ = act.__name__
        resolve.__annotations__ = {"info": strawberry.Info, "input": described, "return": payload}
        return strawberry.mutation(resolver=resolve, description=description)

    return decorate
