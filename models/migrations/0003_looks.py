"""When the verdict of a measurement was taken, why there is none, and what it was held against."""

from __future__ import annotations

from tortoise import fields

from .. import migrator
from ..impact import Basis, Reason


class Migration(migrator.Migration):
    dependencies = [("models", "0002_access")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        migrator.AddColumns(
            "Impact",
            {
                "reason": fields.CharEnumField(Reason, null=True, max_length=18),
                "look": fields.IntField(null=True),
                "look_low": fields.FloatField(null=True),
                "look_high": fields.FloatField(null=True),
                "basis": fields.CharEnumField(Basis, null=True, max_length=9),
            },
        ),
        *(
            migrator.AddColumn(
                "Impact", name, fields.IntField(default=0), table="impact", definition=f"{name} INT NOT NULL DEFAULT 0"
            )
            for name in ("exposure_weeks", "exposure_filled")
        ),
    ]
