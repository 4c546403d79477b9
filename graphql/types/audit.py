"""The audit log."""

from ...models.team import Role
from ..declare import Column, Connection, Entity, One, Scalar


class AuditEntry(Entity):
    """A commit that changed something: who did what when, and what was before and after. Entries are never changed: each
    is sealed over the one before it."""

    table = "audit_entry"
    least_role = Role.ADMIN

    place = Column(
        Scalar.INT, "Its place in the log, from 1 without gaps.", sql="{self}.id", order=True, role=Role.ADMIN
    )
    at = Column(Scalar.MOMENT, "When it was committed.", filter=True, order=True, role=Role.ADMIN)
    deed = Column(
        Scalar.TEXT,
        "The mutation, command or job, of an import or a run with its id (`import 3f9a2c1d`, `inference run_4`); null where the database was changed by other means.",
        null=True,
        filter=True,
        role=Role.ADMIN,
    )
    role = Column(Scalar.TEXT, "The role in which it was done.", null=True, role=Role.ADMIN)
    changes = Column(
        Scalar.JSON,
        "By table: what was done to how many rows, a digest of their ids and, up to 20, the rows with the values that changed."
        " Of columns that may hold what people said, the names alone.",
        role=Role.ADMIN,
    )
    members = Column(Scalar.JSON, "Ids of the members, where one commit holds the changes of several.", role=Role.ADMIN)
    hash = Column(Scalar.TEXT, "SHA-256 over the entry and the hash of the one before it.", role=Role.ADMIN)
    member = One("Member", "Who did it.", key="member_id", null=True, filter=True, role=Role.ADMIN)


AUDIT_LOG = Connection(
    "AuditEntry", "Every change, latest first. Needs ADMIN.", order=(("place", True),), role=Role.ADMIN
)
