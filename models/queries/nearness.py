"""Vectors and texts for the search by meaning and for placing what has just come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from ..database import Database
from ..need import LIVE_NEEDS

__all__ = [
    "SURE_ASK",
    "Homeless",
    "Quote",
    "Unread",
    "Wording",
    "ask_extent",
    "ask_vectors",
    "called",
    "dismissed",
    "homeless",
    "invention_versions",
    "inventions",
    "last_span",
    "mechanisms",
    "needs",
    "quotes",
    "span_signs",
    "span_vectors",
    "unread",
    "unread_since_run",
]

SURE_ASK = 0.5
"""Score from which an ask is one beyond doubt: likelier than everything else that it may be together."""
LIVE = ", ".join(f"'{status}'" for status in LIVE_NEEDS)


class Unread(NamedTuple):
    """A complaint that has no reading yet."""

    id: int
    text: str
    customer_id: int | None
    rating: float | None
    language: str | None
    product: str | None = None


class Wording(NamedTuple):
    """A row and the text by which it is found."""

    id: int
    text: str


async def unread(db: Database, complaint_ids: Sequence[int]) -> list[Unread]:
    """Those of the complaints that nobody has read yet, by id."""
    rows = await db.rows(
        "SELECT id, text, customer_id, rating, language, product FROM complaint "
        f"WHERE id IN {_listed(db, 1)} AND sentiment IS NULL ORDER BY id",
        (orjson.dumps(list(complaint_ids)).decode(),),
    )
    return [Unread(*row) for row in rows]


async def unread_since_run(db: Database, most: int) -> list[int]:
    """Ids of at most `most` complaints that came after what the last run read and that nobody has read, by id.

    None before the first run: there are no needs to place them into.
    """
    rows = await db.rows(
        db.sql(
            "SELECT id FROM complaint WHERE sentiment IS NULL AND id >"
            " (SELECT MAX(watermark) FROM inference_run WHERE status = 'SUCCEEDED') ORDER BY id LIMIT ?1"
        ),
        (most,),
    )
    return [identity for (identity,) in rows]


async def last_span(db: Database) -> int:
    """The largest span id, 0 where there is none."""
    return await db.value("SELECT coalesce(max(id), 0) FROM span")


async def span_signs(db: Database, after: int, most: int, limit: int) -> list[tuple[int, bytes]]:
    """(id, vector) of at most `limit` spans with a vector, `after` < id <= `most`, by id."""
    return await db.rows(
        db.sql("SELECT id, vector FROM span WHERE id > ?1 AND id <= ?2 AND vector IS NOT NULL ORDER BY id LIMIT ?3"),
        (after, most, limit),
    )


async def span_vectors(db: Database, span_ids: Sequence[int]) -> list[tuple[int, int, bytes]]:
    """(id, complaint id, vector) of spans, in no order."""
    return await db.rows(
        f"SELECT id, complaint_id, vector FROM span WHERE id IN {_listed(db, 1)} AND vector IS NOT NULL",
        (orjson.dumps(list(span_ids)).decode(),),
    )


async def needs(db: Database, need_ids: Sequence[int] | None = None) -> list[Wording]:
    """The live needs and their statements, or those among `need_ids` that live."""
    if need_ids is None:
        rows = await db.rows(f"SELECT id, statement FROM need WHERE status IN ({LIVE}) ORDER BY id")
    else:
        rows = await db.rows(
            f"SELECT id, statement FROM need WHERE status IN ({LIVE}) AND id IN {_listed(db, 1)} ORDER BY id",
            (orjson.dumps(list(need_ids)).decode(),),
        )
    return [Wording(*row) for row in rows]


async def called(db: Database, need_ids: Sequence[int] | None = None) -> dict[int, str]:
    """What inference calls the needs, as `models.need` has it, of those that have it: all, or those among `need_ids`."""
    sql = "SELECT id, called FROM need WHERE called IS NOT NULL"
    if need_ids is None:
        rows = await db.rows(f"{sql} ORDER BY id")
    else:
        rows = await db.rows(f"{sql} AND id IN {_listed(db, 1)} ORDER BY id", (orjson.dumps(list(need_ids)).decode(),))
    return dict(map(tuple, rows))


class Quote(NamedTuple):
    """A span of a need's evidence: its complaint, its text and its vector."""

    complaint_id: int
    text: str
    vector: bytes


async def quotes(db: Database, need_ids: Sequence[int], limit: int) -> dict[int, list[Quote]]:
    """The supporting evidence of each need, at most `limit` pieces, in the order of complaints: of more, the surest and from
    there every so many-th, since the surest alone would make a need seem narrower than it is. Without those of them that
    have no vector.

    One statement for all of them: hundreds of needs at once are much of the memory there is.
    """
    # the index alone tells what is drawn: only that is worth a look at the text and the vector
    drawn = (
        "SELECT e.id, e.span_id, e.complaint_id FROM (SELECT e.id, e.span_id, e.complaint_id,"
        " ROW_NUMBER() OVER (ORDER BY e.confidence DESC, e.id) AS place, COUNT(*) OVER () AS total FROM evidence e"
        " WHERE e.need_id = n.id AND e.live = TRUE AND e.stance = 'SUPPORTS') e"
        " WHERE (e.place - 1) * {limit} % e.total < {limit}"
    )
    if db.dialect == "sqlite":
        # it has no lateral joins; a list that depends on the outer row is made once for each
        chosen = (
            "(SELECT value AS id FROM json_each(?1)) n CROSS JOIN evidence e ON e.id IN"
            f" (SELECT id FROM ({drawn.format(limit='?2')}))"
        )
    else:
        chosen = f"(SELECT value::bigint AS id FROM jsonb_array_elements_text($1::jsonb)) n CROSS JOIN LATERAL ({drawn.format(limit='$2')}) e"
    rows = await db.rows(
        "SELECT n.id, e.complaint_id, substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset), s.vector"
        f" FROM {chosen} JOIN span s ON s.id = e.span_id JOIN complaint c ON c.id = e.complaint_id"
        " WHERE s.vector IS NOT NULL ORDER BY n.id, e.complaint_id, e.id",
        (orjson.dumps(list(need_ids)).decode(), limit),
    )
    found: dict[int, list[Quote]] = {need_id: [] for need_id in need_ids}
    for need_id, *quote in rows:
        found[need_id].append(Quote(*quote))
    return found


async def dismissed(db: Database, need_ids: Sequence[int] | None = None) -> list[int]:
    """The needs that were dismissed, or those among `need_ids`: what resembles them is known not to be a need."""
    where = "" if need_ids is None else f" AND id IN {_listed(db, 1)}"
    parameters = () if need_ids is None else (orjson.dumps(list(need_ids)).decode(),)
    return [
        id for (id,) in await db.rows(f"SELECT id FROM need WHERE status = 'DISMISSED'{where} ORDER BY id", parameters)
    ]


class Homeless(NamedTuple):
    """A complaint that was read and is evidence of nothing: a span of it that carries meaning."""

    complaint_id: int
    text: str
    customer_id: int | None
    rating: float | None
    language: str | None
    start: int
    end: int
    kind: str
    score: float
    vector: bytes


async def homeless(db: Database, limit: int) -> list[Homeless]:
    """Spans of at most `limit` complaints, the latest, that came after what the last run read and of which nothing found
    a need. None before the first run."""
    rows = await db.rows(
        db.sql(
            "SELECT c.id, c.text, c.customer_id, c.rating, c.language, s.start_offset, s.end_offset, s.kind, s.score, s.vector"
            " FROM (SELECT id, text, customer_id, rating, language FROM complaint WHERE id > (SELECT MAX(watermark) FROM"
            " inference_run WHERE status = 'SUCCEEDED') AND sentiment IS NOT NULL AND NOT EXISTS"
            " (SELECT 1 FROM evidence e WHERE e.complaint_id = complaint.id) ORDER BY id DESC LIMIT ?1) c"
            " JOIN span s ON s.complaint_id = c.id WHERE s.vector IS NOT NULL ORDER BY c.id, s.start_offset"
        ),
        (limit,),
    )
    return [Homeless(*row) for row in rows]


async def inventions(db: Database, invention_ids: Sequence[int] | None = None) -> list[Wording]:
    """Inventions with title and mechanism as one text: all, or those among `invention_ids`."""
    sql = "SELECT id, title || '. ' || mechanism FROM invention"
    if invention_ids is None:
        rows = await db.rows(f"{sql} ORDER BY id")
    else:
        rows = await db.rows(
            f"{sql} WHERE id IN {_listed(db, 1)} ORDER BY id", (orjson.dumps(list(invention_ids)).decode(),)
        )
    return [Wording(*row) for row in rows]


async def invention_versions(db: Database) -> list[tuple[int, int]]:
    """(id, version) of every invention."""
    return [tuple(row) for row in await db.rows("SELECT id, version FROM invention")]


async def mechanisms(db: Database, invention_ids: Sequence[int]) -> list[Wording]:
    """How inventions would work, by id."""
    sql = f"SELECT id, mechanism FROM invention WHERE id IN {_listed(db, 1)} ORDER BY id"
    return [Wording(*row) for row in await db.rows(sql, (orjson.dumps(list(invention_ids)).decode(),))]


async def ask_extent(db: Database, after: int) -> tuple[int, int, int]:
    """How many asks there are, the largest id among them (0 of none), and how many have an id beyond `after`."""
    sql = "SELECT COUNT(*), COALESCE(MAX(id), 0), COUNT(CASE WHEN id > ?1 THEN 1 END) FROM span WHERE kind = 'ASK'"
    return tuple((await db.rows(db.sql(sql), (after,)))[0])


async def ask_vectors(db: Database, after: int, most: int, limit: int) -> list[tuple[int, bytes]]:
    """(id, vector) of at most `limit` sure asks with a vector, `after` < id <= `most`, by id."""
    return await db.rows(
        db.sql(
            "SELECT id, vector FROM span WHERE id > ?1 AND id <= ?2 AND kind = 'ASK' AND score >= ?4 AND vector IS NOT NULL"
            " ORDER BY id LIMIT ?3"
        ),
        (after, most, limit, SURE_ASK),
    )


def _listed(db: Database, position: int) -> str:
    """SQL: the integers of a JSON array that is bound as a parameter."""
    if db.dialect == "sqlite":
        return f"(SELECT value FROM json_each(?{position}))"
    return f"(SELECT value::bigint FROM jsonb_array_elements_text(${position}::jsonb))"
