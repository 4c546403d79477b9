"""What the settings want done with personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..models.privacy.policy import Privacy
from ..models.privacy.seal import Seal
from .keyfile import kept_secret

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["SEAL_FILE", "privacy_of"]

SEAL_FILE = "seal.key"


def privacy_of(settings: Settings) -> Privacy:
    """For whoever opens a database to write complaints, or to show their originals."""

    def secrets(make: bool) -> Sequence[str]:
        if settings.seal_keys:
            return [key.get_secret_value() for key in settings.seal_keys]
        if not settings.database_url.startswith("sqlite:"):
            # several machines may share the database, and none of them a folder
            return ()
        kept = kept_secret(settings.data_dir / SEAL_FILE, write=make)
        return kept.split() if kept else ()

    return Privacy(redacts=settings.redact, seal=Seal(secrets))
