"""What the demo makes of the sample beside its needs and inventions: numbers that somebody counted, a survey taken in,
alerts raised week by week."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from ..settings import Settings
from . import console
from .proposals import NEAR_ENOUGH

if TYPE_CHECKING:
    from ...models.database import Database

__all__ = ["ask", "count", "look_back"]


async def count(db: Database, sample: dict[str, Any]) -> None:
    """Tell how many customers were active week by week, and how readily they complain, unless somebody told it already."""
    from ...models.actor import Actor
    from ...models.commands import exposures, propensities
    from ...models.fields import to_ms
    from ...models.queries.sample import is_empty

    if await is_empty(db, "exposure"):
        first = datetime.fromisoformat(sample["exposures"]["from"]).replace(tzinfo=UTC)
        weeks = [
            (to_ms(first + timedelta(weeks=number)), customers)
            for number, customers in enumerate(sample["exposures"]["active_customers"])
        ]
        await exposures.record(db, Actor.operator(), weeks)
    if await is_empty(db, "propensity"):
        told = sample["propensity"]
        await propensities.record(db, Actor.operator(), told["low"], told["high"], told["source"])


async def ask(db: Database, settings: Settings, sample: dict[str, Any]) -> None:
    """Import the survey unless it is there, about the needs whose statements come nearest to its questions."""
    from ...models.actor import Actor
    from ...models.commands.surveys import AnswerDraft, import_answers
    from ...models.fields import to_ms
    from ...models.queries.surveys import survey_sources
    from ..jobs.events import EventSource
    from ..jobs.mind import Mind

    if sample["source"] in await survey_sources(db):
        return
    at = to_ms(datetime.fromisoformat(sample["time"]))
    drafts: list[AnswerDraft] = []
    mind = Mind(db, EventSource(db), settings)
    try:
        for asked in sample["needs"]:
            for need, similarity in await mind.similar("need", asked["about"], 1):
                if similarity >= NEAR_ENOUGH:
                    drafts += [
                        AnswerDraft(need, f"R-{number:02}", int(importance), int(satisfaction), at)
                        for number, (importance, satisfaction) in enumerate(
                            zip(asked["importance"], asked["satisfaction"], strict=True), start=1
                        )
                    ]
    finally:
        await mind.close()
    results = await import_answers(db, Actor.operator(), sample["source"], drafts)
    count = sum(one.created for one in results)
    if count:
        console.say(f"Imported {count} answers of a survey about {len({one.need_id for one in drafts})} needs.")


async def look_back(db: Database, settings: Settings) -> None:
    """Raise the alerts of every week of the sample, as the server would have, unless there are some."""
    from ...models.queries.trends import alert_count, extent
    from ..jobs.trends import Trends

    weeks = await extent(db)
    if weeks is None or await alert_count(db):
        return
    trends = Trends(db, viral_reach=settings.viral_reach)
    raised = [await trends.check(week) for week in range(weeks.first, weeks.last + 1)]
    count = sum(map(len, raised))
    if count:
        console.say(f"Raised {count} alerts, looking back over {len(raised)} weeks.")
