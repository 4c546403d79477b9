"""Originals of redacted texts, unsealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..actor import Actor
from ..database import Database
from ..errors import Unsealable
from ..privacy.seal import Sealed
from ..team import Role

__all__ = ["originals"]


async def originals(db: Database, actor: Actor, complaint_ids: Sequence[int]) -> Mapping[int, str | Unsealable]:
    """What customers wrote, by complaint, as far as originals are kept; or why one cannot be shown. Needs ADMIN.

    Raises Forbidden, Busy.
    """
    actor.require(Role.ADMIN)
    sql = (
        "SELECT s.complaint_id, s.key_id, s.sealed, c.source, c.external_id"
        " FROM sealed_text s JOIN complaint c ON c.id = s.complaint_id WHERE "
    )
    if db.dialect == "postgres":
        rows = await db.rows(sql + "s.complaint_id = ANY($1::bigint[])", (list(complaint_ids),))
    else:
        marks = ", ".join("?" for _ in complaint_ids)
        rows = await db.rows(sql + f"s.complaint_id IN ({marks})", tuple(complaint_ids))
    found: dict[int, str | Unsealable] = {}
    for complaint, key_id, data, *place in rows:
        try:
            found[complaint] = db.privacy.seal.unseal(Sealed(key_id, bytes(data)), place)
        except Unsealable as error:
            found[complaint] = error
    return found
