"""How many SQL statements each example takes: those of GraphiQL, and what the guide and the story ask."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

from graphql import FieldNode, OperationDefinitionNode, OperationType, parse, print_ast

from nobodyasked.graphql.engine import Engine
from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints
from nobodyasked.models.commands.complaints import ComplaintDraft
from nobodyasked.server import pages
from nobodyasked.server.jobs.trends import Trends

from ..house.test_docs import blocks
from .conftest import Graph
from .world import day as at

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((Path(pages.__file__).parent / "examples").glob("*.graphql"))
STATEMENTS = {
    "12_bundle: Bundle": 2,
    "15_trends: Trends": 5,
    "20_centricity: Centricity": 4,
    "guide: apiTokens": 2,
    "guide: rateLimit": 0,
    "guide: Bundle": 2,
    "guide: Movements": 4,
    "guide: Centricity": 4,
    "guide: inventionDocument": 3,
    "story: Rising": 5,
}
"""Of those that take another number of statements than they have fields at the root."""


def queries() -> dict[str, str]:
    """The queries of all pages by name and place. What changes things is counted where it is tested."""
    found: dict[str, str] = {}
    texts = [(path.stem, path.read_text()) for path in EXAMPLES]
    for name in ("guide", "story"):
        texts += [(name, text) for text in blocks(ROOT / f"docs/{name}.md", "graphql")]
    for place, text in texts:
        for operation in parse(text).definitions:
            assert isinstance(operation, OperationDefinitionNode)
            if operation.operation is OperationType.QUERY:
                fields = [
                    field.name.value for field in operation.selection_set.selections if isinstance(field, FieldNode)
                ]
                found[f"{place}: {operation.name.value if operation.name else ', '.join(fields)}"] = print_ast(
                    operation
                )
    return found


async def test_the_statements_of_each_example(graph: Graph) -> None:
    """Without kept answers, in a world in which nothing but ids is missing."""
    graph.mind.trends = Trends(graph.database, viral_reach=10_000)
    # weeks before and after any that an example names, up to a Sunday, and no four silent ones between
    days = [(date(2025, 6, 1) + timedelta(weeks=3 * count)).isoformat() for count in range(26)]
    said = [ComplaintDraft(text=day, channel="chat", source="x", occurred_at=at(day)) for day in days]
    await complaints.import_rows(graph.database, Actor.operator(), said)
    counted = {}
    for name, query in queries().items():
        graph.engine = Engine()
        with graph.database.counting() as recorder:
            answer = await graph.answer(query)
        errors = json.loads(answer.body).get("errors", [])
        # this world's inventions are new
        assert [error["message"] for error in errors if "versions 0 to 1" not in error["message"]] == [], name
        (operation,) = parse(query).definitions
        assert isinstance(operation, OperationDefinitionNode)
        if recorder.count != len(operation.selection_set.selections):
            counted[name] = recorder.count
    assert counted == STATEMENTS
