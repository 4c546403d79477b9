"""Who asks."""

from __future__ import annotations

import strawberry

from ..models.team import Role
from .context import Context
from .payload import noun


@strawberry.type(description="Who asks, and what they may do.")
class Viewer:
    member: int | None = noun("Member", "The member behind the token; null for anonymous readers.")
    role: Role = strawberry.field(description="The token's role.")
    viewer_can_contribute: bool = strawberry.field(description="May submit complaints and propose inventions.")
    viewer_can_curate: bool = strawberry.field(description="May decide what is a need and what is evidence.")
    viewer_can_administer: bool = strawberry.field(description="May start inference runs.")


@strawberry.type
class ViewerQuery:
    @strawberry.field(description="Who asks, and what they may do.")
    def viewer(self, info: strawberry.Info) -> Viewer:
        context: Context = info.context.context
        actor = context.actor
        return Viewer(
            member=actor.member_id,
            role=actor.role,
            viewer_can_contribute=actor.role.includes(Role.CONTRIBUTOR),
            viewer_can_curate=actor.role.includes(Role.CURATOR),
            viewer_can_administer=actor.role.includes(Role.ADMIN),
        )
