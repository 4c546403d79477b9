"""What inference calls a need, which new evidence is to bear out."""

from __future__ import annotations

from tortoise import fields

from .. import migrator


class Migration(migrator.Migration):
    dependencies = [("models", "0008_shared")]  # noqa: RUF012
    operations = [migrator.AddColumns("Need", {"called": fields.TextField(null=True)})]  # noqa: RUF012
