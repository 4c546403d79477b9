"""What confidences were before people's decisions corrected them, and how a run corrected them."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.data import JSON_DUMPS

from .. import migrator

# what had no run was placed between runs, but for the first links of needs that came up there
PLACED = "UPDATE evidence SET placed = TRUE WHERE basis = 'MODEL' AND run_id IS NULL"


class Migration(migrator.Migration):
    dependencies = [("models", "0009_called")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrator.AddColumns("Need", {"uncorrected": fields.FloatField(null=True)}),
        migrator.AddColumns("Evidence", {"uncorrected": fields.FloatField(null=True)}),
        migrator.AddColumns(
            "InferenceRun", {"corrections": fields.JSONField(null=True, encoder=JSON_DUMPS, decoder=loads)}
        ),
        migrator.AddColumn(
            "Evidence",
            "placed",
            fields.BooleanField(default=False),
            table="evidence",
            definition="placed boolean NOT NULL DEFAULT FALSE",
        ),
        migrator.PerDialect("Tell what was placed", sqlite=[PLACED], postgres=[PLACED]),
    ]
