"""Words that only some roles may see, looked for in everything that a READER is told, on every way there is."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest

from nobodyasked.models.commands import complaints, surveys
from nobodyasked.models.event import Topic
from nobodyasked.models.queries.export import EXPORTS
from nobodyasked.models.team import Role
from nobodyasked.server.export import ExportFormat, export_stream

from ..api.conftest import Graph, Happened
from ..differential.shape import SCHEMA
from ..differential.test_permission import selection
from ..models.people import ADMIN, draft
from .conftest import House
from .test_matrix import BY_HAND, PORTION, WAYS, agreed

ORIGINAL, CARD, KNOWN = (
    "canary.original",
    re.compile("4111.?1111"),
    ("canary-key", "canaryseg", "canarytier", "773377", "998877"),
)
"""What ADMIN alone sees of a text; what READER does not see of a customer: key, segment, tier, value, reach."""
CURSOR = re.compile(r"\b5b(?:[0-9a-f]{2})+5d\b")


async def sing(house: House) -> None:
    """Let the words in, the way that everything comes in."""
    rows = [
        draft(
            f"The parcel came late again. Write to {ORIGINAL}@example.org, number {number}.",
            # what everybody sees of a row beside its text
            external_id=f"{ORIGINAL}@example.org/{number}",
            source=f"desk of {ORIGINAL}@example.org",
            channel=f"mail to {ORIGINAL}@example.org",
            product=f"For {ORIGINAL}@example.org, 4111 1111 1111 1111",
            language="4111111111111111",
            customer="canary-key",
            segment="canaryseg",
            tier="canarytier",
            value=773_377.0,
            reach=998_877,
        )
        for number in range(2)
    ]
    results = await complaints.import_rows(house.app.state.services.context(ADMIN, "").database, ADMIN, rows)
    house.world.complaints.extend(one.complaint_id for one in results if one.complaint_id)
    answer = surveys.AnswerDraft(house.world.needs[0], "canary-key", 5, 1)
    await surveys.import_answers(house.database, ADMIN, "poll", [answer])
    need, complaint = house.world.needs[0], house.world.complaints[-1]
    async with house.database.transaction() as transaction:
        await transaction.execute(
            "INSERT INTO span (complaint_id, start_offset, end_offset, kind, score) VALUES (?1, 0, 26, 'PAIN', 0.9)",
            (complaint,),
        )
        await transaction.execute(
            "INSERT INTO evidence (need_id, span_id, complaint_id, voice, stance, confidence, basis, status, live, created_at, version)"
            " SELECT ?1, max(s.id), ?2, max(c.customer_id), 'SUPPORTS', 0.9, 'MODEL', 'PENDING', true, 1, 1"
            " FROM span s JOIN complaint c ON c.id = s.complaint_id WHERE c.id = ?2",
            (need, complaint),
        )


def heard(text: str) -> list[str]:
    """Which words a text holds, in its cursors too."""
    opened = text + " ".join(bytes.fromhex(one).decode(errors="replace") for one in CURSOR.findall(text))
    return [word for word in (ORIGINAL, *KNOWN) if word in opened] + CARD.findall(opened)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_no_way_tells_a_reader(house: House) -> None:
    await sing(house)
    assert heard(
        (await house.ask("{ customers(first: 99) { nodes { externalId segment tier value reach } } }", Role.ADMIN)).text
    ) == [*KNOWN]
    assert heard((await house.ask("{ complaints { nodes { originalText } } }", Role.ADMIN)).text) == [ORIGINAL]
    rules, told = agreed(), 0
    for kind, way in WAYS.items():
        fields = [name for of, name in rules if of == kind]
        open_ = [name for name in fields if rules[kind, name] is Role.READER]
        parts = [open_[start : start + PORTION] for start in range(0, len(open_), PORTION)]
        for some in [*parts, *([name] for name in fields if name not in open_)]:
            inner = " ".join((BY_HAND.get(name) or deep(kind, name))[1:-1] for name in some)
            answer = await house.ask(way % f"{{ {inner} }}", Role.READER)
            assert heard(answer.text) == [], (kind, some)
            told += '"data":{' in answer.text
    assert told > 80
    asked = [
        '{ complaints(search: "original canary") { totalCount nodes { id } } }',
        f'{{ complaints(where: {{ text: {{ contains: "{ORIGINAL}" }} }}) {{ totalCount }} }}',
        '{ needs(search: "canaryseg") { totalCount } }',
    ]
    for document in asked:
        assert '"totalCount":0' in (await house.ask(document, Role.READER)).text
    refused = [
        '{ complaints(where: { customer: { externalId: { startsWith: "canary" } } }) { totalCount } }',
        '{ customer(id: "canary-key") { id } }',
        "{ complaints(orderBy: [{ field: NOTHING }]) { totalCount } }",
        '{ needs(after: "5b225d", first: 1) { totalCount nodes { id } } }',
        '{ surveyAnswers(where: { respondent: { eq: "canary-key" } }) { totalCount } }',
    ]
    for document in refused:
        answer = await house.ask(document, Role.READER)
        assert '"errors"' in answer.text
        # what was asked with may be said back, and no more
        assert [word for word in heard(answer.text) if word not in document] == [], answer.text
    # others see customers, and none but ADMIN what was taken out
    for role in (Role.CONTRIBUTOR, Role.CURATOR):
        given = f'channel: "email", source: "desk of {ORIGINAL}@example.org", externalId: "{ORIGINAL}@example.org/0"'
        again = f'mutation {{ complaintSubmit(input: {{ text: "Other.", {given} }}) {{ complaint {{ id externalId source }} userErrors {{ message code }} }} }}'
        for document in ("{ complaints(first: 99) { edges { cursor node { text } } } }", again):
            assert ORIGINAL not in (await house.ask(document, role)).text


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_no_event_and_no_export_tells(house: House) -> None:
    await sing(house)
    graph = Graph(house.database)
    happened = {
        "complaintReceived": (Topic.COMPLAINT_RECEIVED, "Complaint", house.world.complaints),
        "needChanged": (Topic.NEED_CHANGED, "Need", house.world.needs),
        "inventionChanged": (Topic.INVENTION_CHANGED, "Invention", house.world.inventions),
    }
    rules = agreed()
    for number, (field, (topic, kind, subjects)) in enumerate(happened.items()):
        graph.events.events = [Happened(number, topic, subjects)]
        names = [name for of, name in rules if of == kind and (rules[of, name] is Role.READER or name == "customer")]
        document = f"subscription {{ {field} {{ {' '.join(deep(kind, name)[1:-1] for name in names)} }} }}"
        stream: Any = await graph.engine.subscribe(document, None, None, graph.context(Role.READER))
        answers = [body.decode() async for body in stream]
        assert len(answers) == len(subjects)
        assert all('"errors"' not in one and heard(one) == [] for one in answers), answers
    for entity in EXPORTS:
        out = io.BytesIO()
        await export_stream(house.database, entity, ExportFormat.JSONL, out)
        assert ORIGINAL.encode() not in out.getvalue(), entity


def deep(kind: str, name: str) -> str:
    """A selection on a field that shows what it leads to: every plain field of it, on edges with their cursors."""
    text = selection(kind, name)
    field: Any = SCHEMA.type_map[kind].fields[name]  # type: ignore[attr-defined]
    of: Any = field.type
    while hasattr(of, "of_type"):
        of = of.of_type
    if not text.endswith("{ __typename } }") or not of.name.endswith("Connection"):
        return text
    return text.replace("{ __typename } }", "{ totalCount edges { cursor node { __typename } } } }")
