"""A world made by chance, through the product's own commands: nulls, ties, odd texts, links in every state."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from nobodyasked.models.actor import Actor
from nobodyasked.models.alert import AlertKind
from nobodyasked.models.commands import (
    alerts,
    aspects,
    complaints,
    documents,
    escalations,
    evidence,
    exposures,
    impacts,
    inventions,
    listening,
    needs,
    notices,
    propensities,
    reviews,
    runs,
    standards,
    surveys,
    teams,
    tokens,
    voices,
)
from nobodyasked.models.commands.alerts import AlertDraft
from nobodyasked.models.commands.complaints import ComplaintDraft, ErrorPolicy
from nobodyasked.models.commands.findings import (
    AspectDraft,
    Corrected,
    FoundLink,
    FoundSpan,
    Named,
    NeedDraft,
    Reading,
    RunFindings,
    apply,
)
from nobodyasked.models.commands.inventions import ClaimDraft
from nobodyasked.models.commands.surveys import AnswerDraft
from nobodyasked.models.database import Database
from nobodyasked.models.document import Audience, Part
from nobodyasked.models.errors import Refusal
from nobodyasked.models.evidence import EvidenceStatus, Stance
from nobodyasked.models.invention import Door, Origin
from nobodyasked.models.listening import Allocation, Strata
from nobodyasked.models.need import StatementBasis
from nobodyasked.models.span import SpanKind
from nobodyasked.models.team import Role
from tests.api.world import day
from tests.models.measurement import INTERVALS, outcome

# letters whose case both databases know; the rest is what JSON, SQL templates and LIKE stumble over
PIECES = (
    *("parcel", "Late", "app", "DARK", "size", "fits", "never", "crash"),
    *('"', "'", "\\", "100%", "%s", "{self}", "$1", "?1", "_", "\t", "🙏", "日本", "e\u0301", "\u2028", "</script>"),
)
SPRING, AUTUMN = day("2026-01-01"), day("2026-10-01")


@dataclass(frozen=True)
class Scattered:
    """How many there are of each kind; keys run from 1, a few beyond the last are asked for too."""

    complaints: int
    needs: int
    inventions: int


def words(random: Random, least: int = 1, most: int = 9) -> str:
    return "x" + " ".join(random.choice(PIECES) for _ in range(random.randint(least, most))) + "y"


def some(random: Random, *values: object) -> object:
    return random.choice((None, *values))


def whom(key: int) -> list[Named]:
    """Few competitors, so that several complaints name one; in several spellings."""
    names = (("Oldstore", "oldstore"), ("OldStore", "oldstore"), ('K"x', "kx"), ("100%", "100"))
    by_folded = {folded: Named(name, folded) for name, folded in Random(key).choices(names, k=key % 3)}
    return list(by_folded.values())


async def scatter(database: Database, seed: int) -> Scattered:
    """Fill an empty database. Equal seeds give equal worlds, but for the times at which rows were written."""
    random = Random(seed)
    members = []
    for name, team in (("ada", "delivery"), ("grace", "delivery"), ("joan", "checkout"), ("edith", None)):
        await tokens.create(database, member_name=name, role=Role.CURATOR, team_name=team)
        key = await database.value(database.sql("select id from member where name = ?1"), [name])
        members.append(Actor(key, Role.ADMIN, name))
    keys = await receive(database, random)
    first = await infer(database, random, members[0], keys, 12, [])
    await curate(database, random, members, first)
    second = await infer(database, random, members[1], keys, 3, first[:5])
    await curate(database, random, members, [*first, *second])
    await work_back(database, random, members)
    await survey(database, random)
    await listen(database, random, members, [*first, *second])
    await talk(database, random, members, [*first, *second])
    await question(database, random, members, keys, [*first, *second])
    failed = await runs.start(database, Actor.operator(), {"granularity": 0.5})
    await runs.begin(database, failed, {"embedder": 'quote"d'})
    await runs.fail(database, failed, "It stopped.")
    await runs.start(database, members[2], {})
    return Scattered(
        len(keys),
        await database.value("select max(id) from need"),
        await database.value("select max(id) from invention"),
    )


async def receive(database: Database, random: Random) -> list[int]:
    drafts = []
    for index in range(70):
        who = some(random, *(f"c{number}" for number in range(12)))
        about = Random(str(who))
        drafts.append(
            ComplaintDraft(
                text=words(random),
                channel=random.choice(("email", "chat", "review", 'a"b')),
                source="scattered",
                external_id=f"s{index}",
                # few days, so that there are ties; some to the millisecond
                occurred_at=random.randrange(SPRING, AUTUMN)
                if random.random() < 0.5
                else SPRING + 86_400_000 * random.randrange(9),
                customer=None if who is None else str(who),
                rating=some(random, 1.0, 2.5, 5.0),  # type: ignore[arg-type]
                product=some(random, "App", "Boots", "100%"),  # type: ignore[arg-type]
                segment=None if who is None else about.choice((None, "family", "business")),
                tier=None if who is None else about.choice((None, "gold")),
                value=None if who is None else about.choice((None, 0.0, 0.1, 1234.5, 1e12, 1 / 3)),
                reach=None if who is None else about.choice((None, 0, 7, 2**31 - 1)),
            )
        )
    results = await complaints.import_rows(database, Actor.operator(), drafts, ErrorPolicy.REJECT_EVERYTHING)
    refused = [str(one.error) for one in results if one.error]
    assert not refused, refused
    return [one.complaint_id for one in results if one.complaint_id is not None]


def some_surprise(random: Random) -> tuple[float | None, float | None, float | None]:
    return random.choice(((None, None, None), (1.5, 0.01, 0.05), (random.random(), 1 / 3, 0.5)))


async def survey(database: Database, random: Random) -> None:
    """Answers about some needs, merged ones among them: of some enough to tell, of others too few."""
    needs = [key for (key,) in await database.rows("select id from need where status <> 'DISMISSED' order by id")]
    for source in ("spring", words(random)[:60]):
        rows = [
            AnswerDraft(key, f"r{number}", random.randint(1, 5), random.randint(1, 5), SPRING + number % 3 * 86_400_000)
            for key in random.sample(needs, len(needs) // 2)
            for number in range(random.choice((1, 3, 6)))
        ]
        await surveys.import_answers(database, Actor.operator(), source, rows)
    found = [
        AlertDraft(key, random.choice(list(AlertKind)), key % 4, *some_surprise(random), random.choice((0.0, 7.0, 1e5)))
        for key in random.sample(needs, len(needs) // 2)
    ]
    for week in random.sample([week for (week,) in await database.rows("select distinct week from complaint")], 3):
        await alerts.raise_alerts(database, week, found)
    if merged := await database.value("select min(id) from need where status = 'MERGED'"):
        sql = database.sql(
            "update survey_answer set need_id = ?1 where respondent = 'r0' and source = 'spring' and need_id = (select min(need_id) from survey_answer)"
        )
        await database.statement(sql, [merged])


async def infer(
    database: Database, random: Random, by: Actor, keys: list[int], count: int, known: list[int]
) -> list[int]:
    """One run that finds `count` new needs and goes on with the known ones; keys of the new ones."""
    before = await database.value("select coalesce(max(id), 0) from need")
    about = await database.value("select max(id) from aspect")
    under = [AspectDraft(one, words(random, 1, 2), [words(random, 1, 2)]) for one in (about, None, None)]
    texts = dict(await database.rows("select id, text from complaint"))
    spans: list[FoundSpan] = []
    for key in keys:
        length = len(texts[key])
        cuts = sorted(random.sample(range(length + 1), min(length + 1, random.choice((2, 2, 3)))))
        spans += [
            FoundSpan(key, start, end, random.choice(list(SpanKind)), random.choice((0.25, 0.5, random.random())), None)
            for start, end in pairwise(cuts)
        ]
    drafts = []
    for need in [*known, *[None] * count]:
        chosen = random.sample(range(len(spans)), random.choice((0, 1, 3, 8, 14)))
        links = [
            FoundLink(
                index,
                random.choice((Stance.SUPPORTS, Stance.SUPPORTS, Stance.CONTRADICTS)),
                random.choice((0.5, 0.9, random.random())),
            )
            for index in chosen
        ]
        basis = random.choice((StatementBasis.TEMPLATE, StatementBasis.QUOTE))
        phrases = [words(random, 1, 2) for _ in range(random.randrange(3))]
        confidence = random.choice((0.5, random.random()))
        aspect = random.choice((None, 0, 0, 1))
        drafts.append(NeedDraft(need, words(random), basis, confidence, phrases, links, aspect))
    run = await runs.start(database, by, {"granularity": random.choice((None, 0.6)), "why": words(random)})
    await runs.begin(database, run, {"embedder": "none"})
    readings = [
        Reading(
            key,
            random.choice((-0.5, 0.0, random.uniform(-1, 1))),
            random.randint(1, 5),
            some(random, "en", "de"),
            whom(key),
        )  # type: ignore[arg-type]
        for key in keys
        if random.random() < 0.7
    ]
    found = RunFindings(watermark=max(keys), readings=readings, spans=spans, needs=drafts, aspects=under)
    corrected = random.choice((None, Corrected({"links": {"shift": random.random()}}, None)))
    await apply(
        database, run, found, timings={"total": random.random()}, counts={"complaints": len(keys)}, corrected=corrected
    )
    return [
        key for (key,) in await database.rows(database.sql("select id from need where id > ?1 order by id"), [before])
    ]


async def curate(database: Database, random: Random, members: list[Actor], found: list[int]) -> None:
    """People's decisions, as far as the states of things allow them."""

    async def version(table: str, key: int) -> int:
        return await database.value(database.sql(f"select version from {table} where id = ?1"), [key])

    async def attempt(work: object) -> None:
        try:
            await work  # type: ignore[misc]
        except Refusal:
            return

    for key in random.sample(found, len(found) // 2):
        who, at = random.choice(members), await version("need", key)
        step = random.randrange(6)
        if step == 0:
            await attempt(needs.confirm(database, who, key, at))
        elif step == 1:
            await attempt(needs.dismiss(database, who, key, at, words(random)))
        elif step == 2:
            await attempt(needs.assign(database, who, key, at, 1))
        elif step == 3:
            await attempt(needs.rename(database, who, key, at, words(random)))
        elif step == 4:
            await attempt(aspects.move(database, who, key, at, random.choice((None, 1, 2))))
        else:
            other = random.choice(found)
            await attempt(needs.merge(database, who, [other], key, {key: at, other: await version("need", other)}))
    links = [key for (key,) in await database.rows("select id from evidence order by id")]
    for key in random.sample(links, len(links) // 4):
        decision = random.choice((EvidenceStatus.ACCEPTED, EvidenceStatus.DISMISSED))
        await attempt(evidence.decide(database, random.choice(members), key, decision, await version("evidence", key)))
    for _ in range(6):
        claims = [
            ClaimDraft(key, words(random), random.choice((0.1, 0.5, random.random())))
            for key in random.sample(found, random.randrange(4))
        ]
        who = random.choice(members)
        title, mechanism, door = words(random, 1, 4), words(random), random.choice(list(Door))
        await attempt(inventions.propose(database, who, title=title, mechanism=mechanism, door=door, claims=claims))
    made = [key for (key,) in await database.rows("select id from invention order by id")]
    for key in random.sample(made, len(made) // 3):
        await attempt(inventions.withdraw(database, members[0], key, await version("invention", key)))


async def work_back(database: Database, random: Random, members: list[Actor]) -> None:
    """Documents, reviews and what the organisation asks of them, as far as the rules allow; some are pushed past them."""
    for kind in ("principle", "required_question"):
        for _ in range(3):
            await standards.add(database, members[0], kind, words(random))
        await standards.change(database, members[1], kind, 2, 1, position=random.choice((0, 1, 3)), active=False)
    made = [key for (key,) in await database.rows("select id from invention order by id")]
    links = [key for (key,) in await database.rows("select id from evidence order by id")]

    async def attempt(key: int, work: object) -> None:
        at = await database.value(database.sql("select version from invention where id = ?1"), [key])
        try:
            await work(key, at)  # type: ignore[operator]
        except Refusal:
            return

    for key in made:
        who = random.choice(members)
        names = random.sample((*documents.LINES, *documents.PARAGRAPHS), 4)
        parts = {name: words(random) for name in names}
        await attempt(key, lambda key, at, who=who, parts=parts: documents.write(database, who, key, at, parts))
        for part in random.sample(list(Part), 3):
            some = random.sample(links, 1 if part is Part.CUSTOMER_QUOTE else random.randrange(4))
            await attempt(
                key, lambda key, at, who=who, part=part, some=some: documents.cite(database, who, key, at, part, some)
            )
        for _ in range(random.randrange(3)):
            named = random.choice(({"question": words(random)}, {"required_question_id": random.randint(1, 3)}))
            audience = random.choice(list(Audience))
            await attempt(
                key,
                lambda key, at, who=who, named=named, audience=audience: documents.answer(
                    database, who, key, at, words(random), audience=audience, **named
                ),
            )
        if random.random() < 0.5:
            origin = random.choice(list(Origin))
            await attempt(
                key, lambda key, at, origin=origin: inventions.update(database, members[0], key, at, origin=origin)
            )
    for key in made:
        # what a review asks for is seldom there by chance
        async with database.transaction() as transaction:
            await transaction.execute(
                "update invention set status = 'IN_REVIEW', review_from = version where id = ?1 and status = 'DRAFT'",
                (key,),
            )
        for who in random.sample(members, 2):
            if random.random() < 0.5:
                await attempt(
                    key, lambda key, at, who=who: reviews.request_changes(database, who, key, at, words(random))
                )
    async with database.transaction() as transaction:
        for who in members[:3]:
            await transaction.execute(
                "insert into review (invention_id, reviewer_id, verdict, principles, version, created_at)"
                " select i.id, ?1, 'APPROVE', '[\"a\", \"b\"]', i.version - ?2, 5 from invention i where i.version > 1",
                (who.member_id, random.randrange(2)),
            )
        for id, state in ((2, "SHIPPED"), (5, "MEASURED")):
            sql = "update invention set status = ?1, shipped_at = 1700000000123 where id = ?2"
            await transaction.execute(sql, (state, id))
    weeks = [(SPRING + week * 604_800_000, random.choice((1, 900, 2**31 - 1))) for week in range(5)]
    await exposures.record(database, members[0], weeks)
    for low, high in ((0.03, 0.07), (0.1, 0.3)):
        last = await propensities.record(database, members[0], low, high, words(random))
    await propensities.withdraw(database, members[0], last)
    measured = [outcome(key, verdict) for key, verdict in enumerate((*INTERVALS, "INSUFFICIENT_DATA"), 1)]
    await impacts.measure(database, Actor.operator(), 2, measured)
    async with database.transaction() as transaction:
        for id in (2, 5):
            await notices.enlist(transaction, id)
        states = ["'WAITING'", "'QUEUED'", "'SENDING'", "'TOLD'", "'TOLD'", "'PARKED'"]
        for index, state in enumerate(states):
            await transaction.execute(
                f"update notice set status = {state}, attempts = id % 3, told_at = 5 where id % {len(states)} = {index}"
            )
        await transaction.execute(
            "insert into reply (complaint_id, notice_id, created_at) select max(c.id), min(n.id), 7 from notice n"
            " join complaint c on c.customer_id = n.customer_id group by n.customer_id"
        )


async def question(
    database: Database, random: Random, members: list[Actor], complaints: list[int], found: list[int]
) -> None:
    """Questions in every state, on time and late; answers of several rounds, of equal and unequal length."""

    async def attempt(work: object) -> None:
        try:
            await work  # type: ignore[misc]
        except Refusal:
            return

    for _ in range(14):
        about = random.choice(({"complaint_id": random.choice(complaints)}, {"need_id": random.choice(found)}))
        severity = some(random, 1, 3, 5)
        await attempt(
            escalations.ask(database, random.choice(members), words(random), severity=severity, **about)  # type: ignore[arg-type]
        )
    for key in [key for (key,) in await database.rows("select id from escalation order by id")]:
        for step in range(random.randrange(8)):
            at = await database.value(database.sql("select version from escalation where id = ?1"), [key])
            who = random.choice(members)
            if step in (0, 3):
                await attempt(escalations.acknowledge(database, who, key, at))
            elif step in (1, 4):
                whys, actions = [words(random) for _ in range(5)], [words(random)]
                await attempt(escalations.answer(database, who, key, at, words(random), whys, actions))
            elif step == 2 and random.random() < 0.5:
                await attempt(escalations.reopen(database, who, key, at, words(random)))
            elif step == 5:
                await attempt(escalations.review(database, who, key, at, words(random)))
            elif step == 6:
                await attempt(escalations.close(database, who, key, at))
    async with database.transaction() as transaction:
        # hours apart, and some past their time; ties among them
        await transaction.execute("update escalation set due_at = 1000 * id where id % 3 = 0")
        await transaction.execute(
            "update escalation_answer set answered_at = asked_at + 3600000 * (id % 4 + 1), due_at = asked_at + 9000000"
        )
        await transaction.execute("update escalation_answer set team_id = (select max(id) from team) where id % 3 = 1")


async def talk(database: Database, random: Random, members: list[Actor], found: list[int]) -> None:
    """Products with owners, supporters, comments with and without mentions."""
    owners = [key for (key,) in await database.rows("select id from team order by id")]
    for product, team in (("App", owners[0]), ("Boots", owners[-1]), ("100%", owners[0])):
        await teams.assign_product(database, members[0], product, team)
    made = [key for (key,) in await database.rows("select id from invention order by id")]
    for _ in range(12):
        who = random.choice(members)
        text = words(random) + random.choice(("", " @ada", " @grace @Joan!", " a@ada"))
        about = random.choice(({"invention_id": random.choice(made)}, {"need_id": random.choice(found)}))
        for work in (
            voices.support(database, who, random.choice(made)),
            voices.comment(database, who, text, **about),
        ):
            try:
                await work
            except Refusal:
                continue


async def listen(database: Database, random: Random, members: list[Actor], found: list[int]) -> None:
    """Samples by all kinds of parts, partly heard, with notes of which some became evidence."""
    for strata in Strata:
        who = random.choice(members[:3])
        since = random.choice((None, SPRING + 86_400_000))
        how = random.choice(list(Allocation))
        key = await listening.start(database, who, random.choice((2, 9)), strata, how, since=since, seed=len(strata))
        sql = database.sql("select id, complaint_id from listening_draw where session_id = ?1 order by position")
        for draw, complaint in (await database.rows(sql, (key,)))[:5]:
            await listening.heard(database, who, draw)
            note = await listening.note(database, who, draw, words(random))
            text = await database.value(database.sql("select text from complaint where id = ?1"), (complaint,))
            try:
                await listening.cite(database, who, note, random.choice(found), 0, random.randint(1, len(text)))
            except Refusal:
                continue
    async with database.transaction() as transaction:
        await transaction.execute("update listening_draw set listened_ms = 90000 * (id % 5) where heard_at is not null")
