"""The words of each notice, which another call's words do not change."""

from __future__ import annotations

from tortoise import fields

from .. import migrator

KNOWN = (
    "UPDATE notice SET message = (SELECT i.notice_message FROM invention i WHERE i.id = notice.invention_id)"
    " WHERE status <> 'WAITING'"
)


class Migration(migrator.Migration):
    dependencies = [("models", "0015_standing")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        migrator.AddColumns("Notice", {"message": fields.TextField(null=True, unique=False)}),
        migrator.PerDialect("Keep the words of what was queued", sqlite=[KNOWN], postgres=[KNOWN]),
    ]
