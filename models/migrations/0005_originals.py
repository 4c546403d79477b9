"""What customers wrote, sealed, where personal data was taken out of it."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.migrations.operations import TortoiseOperation

from .. import migrator
from .initial.columns import table, times


class Migration(migrator.Migration):
    dependencies = [("models", "0004_audit")]  # noqa: RUF012
    operations: list[TortoiseOperation] = [  # noqa: RUF012
        table(
            "SealedText",
            "sealed_text",
            [
                (
                    "complaint",
                    fields.OneToOneField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="original",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("key_id", fields.CharField(max_length=16, db_index=True)),
                ("sealed", fields.BinaryField()),
                *times("created_at"),
            ],
        ),
        migrator.audited("sealed_text"),
    ]
