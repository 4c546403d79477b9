"""The customer-centricity index over the world made by chance: its numbers and lists, and by team."""

from __future__ import annotations

from collections.abc import Sequence

from nobodyasked.models.team import Role
from tests.api.conftest import Graph

from .compare import compare
from .oracle import Oracle

LISTS = (
    "linkedComplaints receivedComplaints unjudgedComplaints countedComplaints answers waitingQuestions citingInventions"
    " shippedInventions undecidedInventions servedNeeds activeNeeds emergingNeeds exposures"
)
COUNTS = (
    "linkedShare linkedCount receivedCount unjudgedCount medianAnswerHours answerCount waitingCount citingShare citingCount"
    " shippedCount undecidedCount servedShare servedCount activeCount emergingCount complaintsPerThousand complaintCount"
    " activeCustomers weeksMissing"
)


async def test_every_number_and_list(graph: Graph, oracle: Oracle) -> None:
    rows = " ".join(f"{name}(first: 4) {{ totalCount nodes {{ id }} }}" for name in LISTS.split())
    part = f"{{ totalCount edges {{ cursor node {{ began ended {COUNTS} {rows} }} }} }}"
    # the world's inventions shipped in November 2023
    takes: Sequence[str] = (
        'since: "2023-11-01", until: "2023-12-01"',
        'since: "2026-01-01", until: "2026-08-01", by: QUARTER, last: 2, orderBy: [{ field: BEGAN, direction: DESC }]',
    )
    for given in takes:
        document = f"{{ centricity({given}) {part} teams(first: 3) {{ nodes {{ centricity({given}) {part} }} }} }}"
        assert await compare(graph, oracle, document, {}, Role.READER) == "ran"
