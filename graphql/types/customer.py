"""Who spoke."""

from ...models.team import Role
from ..declare import Column, Connection, Entity, Scalar


class Customer(Entity):
    """A pseudonymous person or account whose complaints were received."""

    table = "customer"
    prefix = "customer"
    # who wrote what, and what is known of them beside their words, is not for READER (docs/decisions/0023)
    least_role = Role.CONTRIBUTOR

    external_id = Column(Scalar.TEXT, "The key under which the organisation knows this customer.", filter=True)
    segment = Column(Scalar.TEXT, "Group of customers, as the organisation names it.", null=True, filter=True)
    tier = Column(Scalar.TEXT, "Level of service, as the organisation names it.", null=True, filter=True)
    value = Column(
        Scalar.FLOAT, "Revenue a year, in the organisation's currency, 0 or more.", null=True, filter=True, order=True
    )
    reach = Column(Scalar.INT, "People this customer's voice reaches.", null=True, filter=True, order=True)
    created_at = Column(Scalar.MOMENT, "When this customer was first heard of.", order=True)
    complaints = Connection(
        "Complaint",
        "What this customer said, latest first.",
        where="{self}.customer_id = {parent}.id",
        order=(("occurred_at", True),),
        indexed=True,
    )
