"""Customers of a need are those whose words support it; who only speaks against it is counted beside them."""

from __future__ import annotations

from tortoise import fields

from .. import migrator

COUNTED = """
UPDATE need SET customer_count = v.customers, asking_count = v.asking, voice_count = v.voices,
    status = CASE WHEN need.status = 'ACTIVE' AND v.customers < 2 THEN 'EMERGING' ELSE need.status END
FROM (
    SELECT n.id, COUNT(DISTINCT e.voice) AS voices,
        COUNT(DISTINCT CASE WHEN e.stance = 'SUPPORTS' THEN e.voice END) AS customers,
        COUNT(DISTINCT CASE WHEN e.stance = 'SUPPORTS' AND s.kind = 'ASK' THEN e.voice END) AS asking
    FROM need n JOIN evidence e ON e.need_id = n.id AND e.live JOIN span s ON s.id = e.span_id GROUP BY n.id
) AS v WHERE need.id = v.id
"""
UNDONE = """
UPDATE need SET customer_count = v.voices, asking_count = v.asking,
    status = CASE WHEN need.status = 'EMERGING' AND v.voices >= 2 THEN 'ACTIVE' ELSE need.status END
FROM (
    SELECT n.id, COUNT(DISTINCT e.voice) AS voices, COUNT(DISTINCT CASE WHEN s.kind = 'ASK' THEN e.voice END) AS asking
    FROM need n JOIN evidence e ON e.need_id = n.id AND e.live JOIN span s ON s.id = e.span_id GROUP BY n.id
) AS v WHERE need.id = v.id
"""


class Migration(migrator.Migration):
    dependencies = [("models", "0006_erasure")]  # noqa: RUF012
    operations = [  # noqa: RUF012
        migrator.AddColumn(
            "Need",
            "voice_count",
            fields.IntField(default=0),
            table="need",
            definition="voice_count int NOT NULL DEFAULT 0",
        ),
        migrator.PerDialect(
            "Count as a need's customers those who support it",
            sqlite=[COUNTED],
            sqlite_undo=[UNDONE],
            postgres=[COUNTED],
            postgres_undo=[UNDONE],
        ),
    ]
