"""What the protocol works with: one of each in a process, opened when it starts and closed when it stops."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from .drain import Drain
from .health import Assessed, Check
from .protocol.reservation import Reservations
from .settings import Settings

if TYPE_CHECKING:
    from ..graphql.context import Context
    from ..graphql.engine import Engine
    from ..graphql.guard.limits import Limits
    from ..graphql.guard.trusted import Stored
    from ..models.actor import Actor
    from .access import Access
    from .points import Rates

__all__ = ["MakeContext", "Services"]


class MakeContext(Protocol):
    """Makes the context of one operation: what it may read, as whom, under which request id, at whose cost."""

    def __call__(self, actor: Actor, request_id: str, address: str = "") -> Context: ...


@dataclass(frozen=True)
class Services:
    """Handed to every request as `app.state.services`."""

    settings: Settings
    engine: Engine
    access: Access
    context: MakeContext
    limits: Limits
    """Of documents; what counts are shown is for each context to say."""
    drain: Drain
    reservations: Reservations
    stored: Stored
    """Documents that are known by their ids."""
    rates: Rates | None
    """None where nothing is limited by time."""
    checks: Mapping[str, Check]
    """What `/readyz` asks, by the name it shows."""
    assessed: Assessed = field(default_factory=Assessed)
