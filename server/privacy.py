"""What the settings want done with personal data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..models.privacy.policy import Privacy
from ..models.privacy.seal import Seal
from .ingest.pseudonym import Pseudonyms, load_pseudonyms
from .keyfile import kept_secret

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["SEAL_FILE", "privacy_of", "pseudonyms_of"]

SEAL_FILE = "seal.key"


def pseudonyms_of(settings: Settings, *, write: bool = True) -> Pseudonyms:
    """Pseudonyms under the key of the settings, else under the one in the data folder, made there at first need if `write`."""
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else None
    return load_pseudonyms(settings.data_dir, key, write=write)


def privacy_of(settings: Settings, *, write: bool = True) -> Privacy:
    """For whoever opens a database to write complaints, or to show their originals. No key is made unless `write`."""

    def secrets(make: bool) -> Sequence[str]:
        if settings.seal_keys:
            return [key.get_secret_value() for key in settings.seal_keys]
        if not settings.database_url.startswith("sqlite:"):
            # several machines may share the database, and none of them a folder
            return ()
        kept = kept_secret(settings.data_dir / SEAL_FILE, write=make and write)
        return kept.split() if kept else ()

    def forget() -> None:
        # numpy takes time to load, which nobody else waits for
        from .jobs.embedders import VECTORS_FILE
        from .jobs.remembered import empty

        empty(settings.data_dir / VECTORS_FILE)

    return Privacy(
        redacts=settings.redact, seal=Seal(secrets), pseudonyms=pseudonyms_of(settings, write=write), forget=forget
    )
