"""alertsCheck: look for alerts now."""

from __future__ import annotations

import strawberry

from ...models.fields import now_ms, week_of
from ...models.team import Role
from ..context import Context
from ..payload import noun
from ..scalars import Moment
from .base import Input, Payload, mutation


@strawberry.input(description="Input of alertsCheck.")
class AlertsCheckInput(Input):
    week_of: Moment | None = strawberry.field(
        default=None, description="A time in the week to look at; the week under way unless given."
    )


@strawberry.type(description="An alert that was raised.")
class RaisedAlert:
    alert: int | None = noun("Alert", "The alert.")


@strawberry.type(description="What alertsCheck did.")
class AlertsCheckPayload(Payload):
    alerts: list[RaisedAlert] = strawberry.field(
        default_factory=list,
        description="Alerts that are new; those of the week that were raised before are not among them.",
    )


@mutation(
    AlertsCheckPayload,
    "Look for alerts of a week now, rather than when the server next does. Needs CURATOR.",
    needs=Role.CURATOR,
)
async def alerts_check(context: Context, input: AlertsCheckInput) -> AlertsCheckPayload:
    context.actor.require(Role.CURATOR)
    week = week_of(now_ms() if input.week_of is None else int(input.week_of))
    return AlertsCheckPayload(alerts=[RaisedAlert(alert=key) for key in await context.mind.check_alerts(week)])
