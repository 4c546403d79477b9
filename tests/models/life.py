"""Things that happen to a database, drawn by lot: complaints, runs, people's decisions, erasure."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable

from nobodyasked.models.commands import complaints, evidence, findings, needs, placements, runs
from nobodyasked.models.commands.findings import Addition, FoundLink, FoundSpan, NeedDraft, Reading, RunFindings
from nobodyasked.models.commands.links import SpanDraft
from nobodyasked.models.commands.placements import LinkDraft
from nobodyasked.models.database import Database
from nobodyasked.models.errors import Refusal
from nobodyasked.models.evidence import EvidenceStatus, Stance
from nobodyasked.models.fields import WEEK_MS
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind

from .people import ADMIN, CURATOR, draft
from .world import START_MS

CHANNELS = ("email", "chat", "review")
SEGMENTS = (None, None, "family", "business", "new")
STANCES = (Stance.SUPPORTS, Stance.SUPPORTS, Stance.SUPPORTS, Stance.CONTRADICTS)
ERASE = "DELETE FROM {} WHERE id = ?1"


class Life:
    """Things that happen to a database, drawn by lot."""

    def __init__(self, database: Database, seed: int, *, people: str = "C", alone: bool = True) -> None:
        self.database = database
        self.dice = random.Random(seed)
        self.people = people
        self.alone = alone
        """Whether nobody else writes: runs are started and rows erased only then."""
        self.done: Counter[str] = Counter()

    async def step(self) -> str:
        """Do one thing; its name. What is refused by the rules counts as not done."""
        actions: list[Callable[[], Awaitable[object]]] = [
            *(self.submit, self.bring, self.place, self.place, self.decide, self.merge, self.split, self.dismiss),
            *((self.run, self.run, self.run_on_new, self.erase) if self.alone else ()),
        ]
        action = self.dice.choice(actions)
        try:
            await action()
        except Refusal:
            return f"{action.__name__} (refused)"
        self.done[action.__name__] += 1
        return action.__name__

    async def ids(self, table: str, where: str = "") -> list[int]:
        return [id for (id,) in await self.database.rows(f"SELECT id FROM {table} {where} ORDER BY id")]

    def words(self) -> complaints.ComplaintDraft:
        dice = self.dice
        return draft(
            f"Complaint {dice.random()} of somebody, and more words.",
            channel=dice.choice(CHANNELS),
            customer=dice.choice([None, *(f"{self.people}{number}" for number in range(4))]),
            segment=dice.choice(SEGMENTS),
            occurred_at=START_MS + dice.randrange(4) * WEEK_MS // 2,
            external_id=f"{self.people}{dice.randrange(60)}" if dice.random() < 0.5 else None,
        )

    async def submit(self) -> None:
        await complaints.submit(self.database, ADMIN, self.words())

    async def bring(self) -> None:
        await complaints.import_rows(self.database, ADMIN, [self.words() for _ in range(self.dice.randrange(12))])

    async def place(self) -> None:
        known, there = await self.ids("need"), await self.ids("complaint")
        if known and there:
            spans = self.spans()
            links = [
                LinkDraft(index, self.dice.choice(known), self.dice.choice(STANCES), self.dice.random())
                for index in range(len(spans))
                for _ in range(self.dice.randrange(3))
            ]
            await placements.write(
                self.database, self.dice.choice(there), spans, links, sentiment=-0.5, severity=3, language="en"
            )

    def spans(self) -> list[SpanDraft]:
        starts = self.dice.sample(range(0, 12, 4), self.dice.randrange(1, 4))
        return [SpanDraft(start, start + 3, SpanKind.PAIN, 0.9, None) for start in starts]

    async def decide(self) -> None:
        there = await self.database.rows("SELECT id, version FROM evidence ORDER BY id")
        if there:
            id, version = self.dice.choice(there)
            decision = self.dice.choice((EvidenceStatus.ACCEPTED, EvidenceStatus.DISMISSED))
            await evidence.decide(self.database, CURATOR, id, decision, version)

    async def live_needs(self) -> dict[int, int]:
        """Versions by id."""
        sql = "SELECT id, version FROM need WHERE status NOT IN ('MERGED', 'DISMISSED') ORDER BY id"
        return dict(map(tuple, await self.database.rows(sql)))

    async def merge(self) -> None:
        versions = await self.live_needs()
        if len(versions) > 2:
            target, *sources = self.dice.sample(sorted(versions), self.dice.choice((2, 3)))
            await needs.merge(self.database, CURATOR, sources, target, versions)

    async def split(self) -> None:
        versions = await self.live_needs()
        if versions:
            need = self.dice.choice(sorted(versions))
            pieces = await self.ids("evidence", f"WHERE need_id = {need} AND live")
            some = self.dice.sample(pieces, self.dice.randrange(len(pieces) + 1))
            await needs.split(self.database, CURATOR, need, versions[need], some, "Customers need another thing")

    async def dismiss(self) -> None:
        versions = await self.live_needs()
        if versions and self.dice.random() < 0.4:
            need = self.dice.choice(sorted(versions))
            await needs.dismiss(self.database, CURATOR, need, versions[need], "It is none.")

    def findings(self, there: list[int], known: list[int], adds: bool) -> RunFindings:
        dice = self.dice
        spans = [
            FoundSpan(id, span.start, span.end, span.kind, span.score, span.vector)
            for id in dice.sample(there, min(len(there), 25))
            for span in self.spans()
        ]

        def links() -> list[FoundLink]:
            some = dice.sample(range(len(spans)), dice.randrange(len(spans) + 1))
            return [FoundLink(index, dice.choice(STANCES), dice.random()) for index in some]

        some = dice.sample(known, min(len(known), 3))
        drafts = [
            NeedDraft(id, "Customers need a thing", StatementBasis.TEMPLATE, 0.8, ["thing"], links())
            for id in ([None] if adds else [*some, None, None])
        ]
        return RunFindings(
            watermark=max(there, default=0),
            readings=[Reading(id, -0.5, 3) for id in there],
            spans=spans,
            needs=drafts,
            additions=[Addition(id, links()) for id in some] if adds else (),
            adds=adds,
        )

    async def run(self, adds: bool = False) -> None:
        there, known = await self.ids("complaint"), await self.ids("need")
        run = await runs.start(self.database, ADMIN, {})
        await runs.begin(self.database, run, {})
        await findings.apply(self.database, run, self.findings(there, known, adds), {}, {})

    async def run_on_new(self) -> None:
        await self.run(adds=True)

    async def erase(self) -> None:
        """Rows go past the commands: a complaint and what hangs on it, a span, a need."""
        # the aliases of a need keep it from going, and others may make some in between
        table = self.dice.choice(("complaint", "complaint", "span", "need") if self.alone else ("complaint",))
        where = (
            "WHERE status <> 'MERGED' AND id NOT IN (SELECT merged_into_id FROM need WHERE merged_into_id IS NOT NULL)"
        )
        there = await self.ids(table, where if table == "need" else "")
        if there:
            id = self.dice.choice(there)
            await self.database.retrying(lambda transaction: transaction.execute(ERASE.format(table), (id,)))
