"""What the settings want done with personal data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..models.privacy.policy import Privacy

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["privacy_of"]


def privacy_of(settings: Settings) -> Privacy:
    """For whoever opens a database to write complaints."""
    return Privacy(redacts=settings.redact)
