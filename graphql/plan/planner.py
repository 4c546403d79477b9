"""Plans: compiled once for a document, a role and a shape of variables, then run for every request."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql import FieldNode, FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode
from graphql.execution.values import VariableValues

from ...models.dialects import dialect_of
from ...models.errors import Invalid, Refusal
from ...models.versions import tables_in
from ..context import Context
from ..declare import ENTITIES, PlannedField
from ..scalars import renewed
from .binder import Asked, Binder, Told
from .compiler import Compiler
from .select import Selections
from .told import work_out
from .values import Leaf, fetch, plain, shape

T = TypeVar("T")
IDS = " ids"
"""A variable that no client can name."""
MOST_SIMILAR = 200
"""How many things a `similarTo:` list can hold on all its pages."""
MOST_SIMILAR_LETTERS = 10_000
_MISSING: Any = object()


class Refused(Exception):
    """A root field was refused: its response key, and why."""

    def __init__(self, key: str, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.key = key
        self.refusal = refusal


@contextmanager
def at(key: str) -> Iterator[None]:
    """Turns a refusal into one that names the root field."""
    try:
        yield
    except Refusal as refusal:
        raise Refused(key, refusal) from None


@dataclass(slots=True)
class Request:
    """What a plan is made for: the operation's fragments and variables, and who asks."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: VariableValues
    context: Context

    def selections(self) -> Selections:
        return Selections(self.schema, self.fragments, self.variables)


@dataclass(frozen=True, slots=True)
class Plan:
    """One SQL statement and how to fill it."""

    sql: str
    binder: Binder
    quick: bool
    """Whether the statement only looks rows up by their keys."""
    immediate: bool
    """Whether, besides, nothing has to be asked of the mind."""
    tables: frozenset[str]
    """The tables that the statement reads, by the names under which their versions are kept."""
    resolved: bool = False
    """Whether the statement gives keys, for values that resolvers find."""

    @property
    def settled(self) -> bool:
        """Whether the variables and the tables alone decide the answer: not the clock, not what the mind knows."""
        return not (self.binder.timed or self.binder.similar)

    async def parameters(self, variables: Mapping[str, Any], context: Context) -> list[Any]:
        """What the placeholders stand for in this request. Raises what the variables' values are refused for."""
        answers = []
        for question in self.binder.similar:
            if isinstance(question, Asked):
                answers.append(json.dumps(list(await context.mind.asked())))
                continue
            if isinstance(question, Told):
                given = {name: (one, renewed(_of(value, variables))) for name, one, value in question.given}
                answers.append(json.dumps(await work_out(question.name, given, context)))
                continue
            text, minimum = _of(question.text, variables), _of(question.minimum, variables)
            if not text.strip() or len(text) > MOST_SIMILAR_LETTERS:
                raise Invalid(
                    f"similarTo.text must hold 1 to {MOST_SIMILAR_LETTERS:,} characters.", path=("similarTo", "text")
                )
            if not 0 <= minimum <= 1:
                raise Invalid("similarTo.minimum must be from 0 to 1.", path=("similarTo", "minimum"))
            found = await context.mind.similar(question.kind, text, MOST_SIMILAR)  # type: ignore[arg-type]
            # six digits survive every database's way of writing numbers, so that cursors compare exactly
            answers.append(json.dumps([[key, round(score, 6)] for key, score in found if score >= minimum]))
        return self.binder.fill(variables, answers)


class Whole:
    """Response keys and plans of every root field of a query; no plan where the field is __typename."""

    __slots__ = ("_template", "immediate", "keys", "plans", "settled", "tables")

    def __init__(self, parts: Mapping[str, Plan | None]) -> None:
        self.keys = tuple(parts)
        self.plans = tuple(parts.values())
        plans = [plan for plan in self.plans if plan is not None]
        self.immediate = all(plan.immediate for plan in plans)
        self.settled = all(plan.settled for plan in plans)
        self.tables = frozenset[str]().union(*(plan.tables for plan in plans))
        # names hold no percent sign
        self._template = '{"data":{' + ",".join(f'"{key}":%s' for key in parts) + "}}"

    def spliced(self, texts: Sequence[str]) -> bytes:
        """The answer out of the JSON of each root field. Texts may be long: they are copied once, then encoded."""
        return (self._template % tuple(texts)).encode()


class Plans:
    """A bounded store of plans, least recently used out first. Belongs to one event loop.

    Plans of the document None are made anew each time: so is everything about a document too large to keep.
    """

    def __init__(self, planned: Mapping[tuple[str, str], PlannedField], most: int = 2_000) -> None:
        self.planned = planned
        self._most = most
        self._plans: OrderedDict[Hashable, Any] = OrderedDict()

    def whole(self, document: Hashable, operation: OperationDefinitionNode, request: Request) -> Whole | None:
        """Plans of every root field of a query; None where one of them must be walked."""

        def write() -> Whole | None:
            selections = request.selections()
            parts: dict[str, Plan | None] = {}
            for key, nodes in selections.root(operation.selection_set, "Query").items():
                name = nodes[0].name.value
                if name == "__typename":
                    parts[key] = None
                elif ("Query", name) in self.planned:
                    with at(key):
                        plan = self._compile(request, selections, False, lambda c, n=nodes: c.root(n))
                    if plan.resolved:
                        return None
                    parts[key] = plan
                else:
                    return None
            return Whole(parts)

        name = operation.name.value if operation.name else ""
        return self._get((document, name), request, write)

    def root(
        self, document: Hashable, key: Hashable, nodes: Sequence[FieldNode], request: Request, *, tagged: bool = True
    ) -> Plan:
        """The plan of one field of Query; `tagged` where its answer is walked: its objects then say their types."""
        return self._get(
            (document, key, tagged),
            request,
            lambda: self._compile(request, request.selections(), tagged, lambda compiler: compiler.root(nodes)),
        )

    def rows(
        self, document: Hashable, entity: str, nodes: Sequence[FieldNode], request: Request, *, tagged: bool = True
    ) -> Plan:
        """The plan that shows things of one kind by their keys, given as the variable `IDS`.

        Its objects say their types where they are walked (`tagged`).
        """
        place = tuple(node.loc.start if node.loc else 0 for node in nodes)
        keys = Leaf((IDS,), [])
        return self._get(
            (document, entity, place, tagged),
            request,
            lambda: self._compile(
                request, request.selections(), tagged, lambda c: c.rows(ENTITIES[entity], nodes, keys)
            ),
        )

    def kept(self, key: tuple[Hashable, ...], request: Request, write: Callable[[], T]) -> T:
        """Whatever else is made of plans for a document, which stands first in its key, and kept as they are."""
        return self._get(key, request, write)

    def _compile(
        self, request: Request, selections: Selections, tagged: bool, write: Callable[[Compiler], str]
    ) -> Plan:
        context = request.context
        dialect = dialect_of(context.database.dialect)
        # of the actor the role alone: plans, and kept answers, are shared by all who have it
        compiler = Compiler(dialect, self.planned, selections, context.actor.role, context.limits, tagged=tagged)
        sql = compiler.binder.settle(write(compiler))
        immediate = compiler.quick and not compiler.binder.similar
        return Plan(sql, compiler.binder, compiler.quick, immediate, tables_in(sql), compiler.resolved)

    def _get(self, key: tuple[Hashable, ...], request: Request, write: Callable[[], T]) -> T:
        context = request.context
        # limits need no place here: a document was read under one set of them
        whole = (key, context.database.dialect, context.actor.role, shape(request.variables.coerced))
        plan = self._plans.get(whole, _MISSING)
        if plan is not _MISSING:
            self._plans.move_to_end(whole)
            return plan
        plan = write()
        if key[0] is None:
            return plan
        self._plans[whole] = plan
        while len(self._plans) > self._most:
            self._plans.popitem(last=False)
        return plan


def _of(value: Any, variables: Mapping[str, Any]) -> Any:
    if isinstance(value, Leaf):
        return fetch(variables, value.path)
    return plain(value)
