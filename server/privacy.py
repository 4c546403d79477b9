"""What the settings want done with personal data."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from ..models.commands import shared
from ..models.database import Database
from ..models.privacy.policy import Privacy
from ..models.privacy.seal import Seal
from ..models.shared import PSEUDONYMS
from .ingest.pseudonym import KEY_FILE, Pseudonyms, load_pseudonyms
from .keyfile import kept_secret

if TYPE_CHECKING:
    from .settings import Settings

__all__ = ["SEAL_FILE", "keys_missing", "privacy_of", "pseudonyms_of"]

log = logging.getLogger(__name__)

SEAL_FILE = "seal.key"


def pseudonyms_of(settings: Settings, *, write: bool = True) -> Pseudonyms:
    """Pseudonyms under the key of the settings, else under the one in the data folder, or of the PostgreSQL database, which
    several machines may share, and none of them a folder. It is made at first need if `write`.
    """
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else None
    if key is not None or settings.database_url.startswith("sqlite:"):
        return load_pseudonyms(settings.data_dir, key, write=write)

    async def ask(make: bool) -> str | None:
        database = await Database.open(settings.database_url, pool=1)
        try:
            if not make:
                return None if await database.pending_migrations() else await shared.kept(database, PSEUDONYMS)
            # one that was made here before there was one for all
            here = kept_secret(settings.data_dir / KEY_FILE, write=False)
            agreed = await shared.agreed(database, PSEUDONYMS, here or secrets.token_hex(32))
            if here not in (None, agreed):
                log.warning(
                    "Customers of this database are known under another key of pseudonyms than the pseudonym.key of this data folder,"
                    " which is not used: who was known under it will be a new customer. Delete the file, or give all machines the"
                    " key that counts as NOBODYASKED_PSEUDONYM_KEY."
                )
            return agreed
        finally:
            await database.close()

    def find(make: bool) -> bytes:
        # whoever asks may be on an event loop of their own
        with ThreadPoolExecutor(1) as aside:
            found = aside.submit(asyncio.run, ask(make and write)).result()
        return secrets.token_bytes(32) if found is None else bytes.fromhex(found)

    return Pseudonyms(find)


def keys_missing(settings: Settings) -> list[str]:
    """What to do, a line for each key that a restored database takes and that is neither in the settings nor in the data
    folder; a backup holds none."""
    lines: list[str] = []
    sqlite = settings.database_url.startswith("sqlite:")
    if sqlite and settings.pseudonym_key is None and not (settings.data_dir / KEY_FILE).exists():
        lines.append(
            f"Before you import or erase, copy {KEY_FILE} of the earlier data folder into {settings.data_dir}, or set "
            "NOBODYASKED_PSEUDONYM_KEY: under another key customers known by an address or a name are not found again."
        )
    if not settings.seal_keys and not (sqlite and (settings.data_dir / SEAL_FILE).exists()):
        where = f"copy {SEAL_FILE} there too, or " if sqlite else ""
        lines.append(f"To read originals, {where}set NOBODYASKED_SEAL_KEYS as before.")
    return lines


def privacy_of(settings: Settings, *, write: bool = True) -> Privacy:
    """For whoever opens a database to write complaints, or to show their originals. No key is made unless `write`."""

    def sealing(make: bool) -> Sequence[str]:
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
        redacts=settings.redact, seal=Seal(sealing), pseudonyms=pseudonyms_of(settings, write=write), forget=forget
    )
