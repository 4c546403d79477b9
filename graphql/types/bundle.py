"""Bundles: needs that one invention should meet together."""

from ...models.team import Role
from ..declare import Column, Connection, Crowd, Entity, One, Parameter, Scalar, Through

MOST_NEEDS = 10


class BundledNeed(Entity):
    """A need of a bundle, in the order of choice."""

    table = "{bundle}"

    position = Column(Scalar.INT, "Its place in the order of choice, from 1.", sql="{self}.id")
    gain = Column(
        Scalar.INT, "Distinct customers that it adds to those who have one of the needs before.", crowd=Crowd.STEPPED
    )
    covered = Column(Scalar.INT, "Distinct customers who have one of the needs so far.", crowd=Crowd.STEPPED)
    coverage = Column(
        Scalar.FLOAT,
        "Share of all customers with an open need who have one of the needs so far, 0 to 1; null for READER.",
        null=True,
        crowd=Crowd.HIDDEN,
    )
    need = One("Need", "The need.", key="need_id")


BUNDLES = Connection(
    "Need",
    "Needs that one invention should meet together, as Prime does: each adds the most distinct customers to those before, so"
    " that they cover at least 63 % (1 - 1/e) of the customers that any choice of as many could. Open needs alone:"
    " EMERGING, ACTIVE and REGRESSED.",
    through=Through("BundledNeed", "need"),
    order=(("position", False),),
    indexed=True,
    told="bundle",
    takes=(
        (
            "max_needs",
            Parameter(
                Scalar.INT,
                f"Needs in the bundle, 1 to {MOST_NEEDS}; 5 unless given.",
                default=5,
                least=1,
                most=MOST_NEEDS,
            ),
        ),
        (
            "segment",
            Parameter(
                Scalar.TEXT, "Only customers of this segment; all unless given. Not for READER.", role=Role.CONTRIBUTOR
            ),
        ),
    ),
)
