"""A small world whose every count a reader can check by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands import complaints, inventions, runs, tokens
from nobodyasked.models.commands.complaints import ComplaintDraft, ErrorPolicy
from nobodyasked.models.commands.findings import FoundLink, FoundSpan, NeedDraft, Reading, RunFindings, apply
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.database import Database
from nobodyasked.models.evidence import Stance
from nobodyasked.models.fields import to_ms
from nobodyasked.models.invention import Door
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role

PARCEL, SIZE, DARK = 0, 1, 2
STATEMENTS = (
    "Customers need to know when their parcel arrives",
    "Customers need to be sure that it fits before they pay",
    "Customers need to use the app in the dark",
)

# text, channel, customer, segment, day, rating, (need, start, end, kind, confidence, supports) ...
ROWS: Sequence[tuple] = (
    (
        "The parcel came a day late. Nobody told me.",
        "email",
        "C1",
        "family",
        "2026-01-05",
        None,
        [(PARCEL, 0, 26, "PAIN", 0.9, True)],
    ),
    (
        "Where is my parcel? I waited at home for 5 hours.",
        "chat",
        "C2",
        "family",
        "2026-01-06",
        None,
        [(PARCEL, 0, 19, "PAIN", 0.8, True), (PARCEL, 20, 49, "PAIN", 0.7, True)],
    ),
    (
        "Please send a text before the driver comes 🙏",
        "email",
        "C3",
        "business",
        "2026-01-14",
        None,
        [(PARCEL, 0, 42, "ASK", 0.6, True)],
    ),
    ("Parcel on time, thanks!", "review", "C4", None, "2026-01-15", 5.0, [(PARCEL, 0, 23, "PRAISE", 0.5, False)]),
    (
        "The boots were too small, again.",
        "review",
        "C1",
        "family",
        "2026-01-16",
        2.0,
        [(SIZE, 0, 32, "PAIN", 0.95, True)],
    ),
    (
        "I never know which size to take \"M\" or 'L' \\ 100%",
        "review",
        None,
        None,
        "2026-01-20",
        3.0,
        [(SIZE, 0, 31, "PAIN", 0.85, True)],
    ),
    ("Please add a dark mode", "chat", "C5", "new", "2026-02-02", None, [(DARK, 0, 22, "ASK", 0.9, True)]),
    ("Good morning", "chat", "C5", "new", "2026-02-03", None, []),
)


@dataclass(frozen=True)
class World:
    """Keys of what was made, in the order of ROWS and STATEMENTS."""

    complaints: list[int]
    needs: list[int]
    inventions: list[int]
    members: dict[str, int]
    run: int


def day(text: str) -> int:
    return to_ms(datetime.fromisoformat(text))


async def settle(database: Database) -> World:
    """Make the world through the commands, as the product would."""
    operator = Actor.operator()
    members = {}
    for name in ("Ada", "Grace"):
        await tokens.create(database, member_name=name, role=Role.CURATOR, team_name="Delivery")
        members[name] = await database.value(database.sql("select id from member where name = ?1"), [name])
    drafts = [
        ComplaintDraft(
            text=text,
            channel=channel,
            source="world",
            external_id=f"w{index}",
            occurred_at=day(at),
            customer=who,
            segment=segment,
            rating=rating,
        )
        for index, (text, channel, who, segment, at, rating, _) in enumerate(ROWS)
    ]
    results = await complaints.import_rows(database, operator, drafts, ErrorPolicy.REJECT_EVERYTHING)
    keys = [one.complaint_id for one in results]
    spans: list[FoundSpan] = []
    links: dict[int, list[FoundLink]] = {PARCEL: [], SIZE: [], DARK: []}
    for key, row in zip(keys, ROWS, strict=True):
        for need, start, end, kind, confidence, supports in row[6]:
            links[need].append(FoundLink(len(spans), Stance.SUPPORTS if supports else Stance.CONTRADICTS, confidence))
            spans.append(FoundSpan(key, start, end, SpanKind(kind), 0.9, None))
    run = await runs.start(database, operator, {})
    await runs.begin(database, run, {"embedder": "none"})
    await apply(
        database,
        run,
        RunFindings(
            watermark=max(keys),
            readings=[Reading(key, -0.5, 3, "en") for key in keys],
            spans=spans,
            needs=[
                NeedDraft(None, statement, StatementBasis.TEMPLATE, 0.9 - index / 10, ["word"], links[index])
                for index, statement in enumerate(STATEMENTS)
            ],
        ),
        timings={"total": 0.1},
        counts={"complaints": len(keys)},
    )
    needs = [
        await database.value(database.sql("select id from need where statement = ?1"), [statement])
        for statement in STATEMENTS
    ]
    ada = Actor(members["Ada"], Role.CURATOR, "Ada")
    porch = await inventions.propose(
        database,
        ada,
        title="Porch box",
        mechanism="A box at the door that tells when it was opened.",
        door=Door.ONE_WAY,
        claims=[
            ClaimDraft(needs[PARCEL], "Nobody has to wait at home.", 0.6),
            ClaimDraft(needs[SIZE], "Sending back is easier.", 0.1),
        ],
    )
    night = await inventions.propose(
        database,
        ada,
        title="Night colours",
        mechanism="The app follows the phone's dark setting.",
        door=Door.TWO_WAY,
        claims=[ClaimDraft(needs[DARK], "It is what they ask for.", 0.9)],
    )
    return World(keys, needs, [porch, night], members, run)
