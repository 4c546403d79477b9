"""Every table, full-text search, and the index that serves a need's evidence."""

from __future__ import annotations

from orjson import loads
from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.fields.data import JSON_DUMPS
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..event import Topic
from ..evidence import Basis, EvidenceStatus, Stance
from ..invention import Door, InventionStatus
from ..need import NeedStatus, StatementBasis
from ..run import RunStatus
from ..span import SpanKind
from ..team import Role
from .rollups import ROLL_UPS

SEARCHED = {"complaint": ("text",), "need": ("statement",), "invention": ("title", "mechanism")}


def full_text(table: str, columns: tuple[str, ...]) -> migrator.PerDialect:
    """Full-text search: an FTS5 table kept by triggers on SQLite, a generated column on PostgreSQL. English stems."""
    names = ", ".join(columns)
    new = ", ".join(f"new.{column}" for column in columns)
    old = ", ".join(f"old.{column}" for column in columns)
    forget = f"INSERT INTO {table}_fts ({table}_fts, rowid, {names}) VALUES ('delete', old.id, {old});"
    learn = f"INSERT INTO {table}_fts (rowid, {names}) VALUES (new.id, {new});"
    whole = " || ' ' || ".join(columns)
    return migrator.PerDialect(
        f"Search {table} by {names}",
        sqlite=[
            f"CREATE VIRTUAL TABLE {table}_fts USING fts5({names}, content='{table}', content_rowid='id',"
            " tokenize='porter unicode61 remove_diacritics 2')",
            f"CREATE TRIGGER {table}_fts_insert AFTER INSERT ON {table} BEGIN {learn} END",
            f"CREATE TRIGGER {table}_fts_delete AFTER DELETE ON {table} BEGIN {forget} END",
            f"CREATE TRIGGER {table}_fts_update AFTER UPDATE OF {names} ON {table} BEGIN {forget} {learn} END",
        ],
        sqlite_undo=[
            f"DROP TRIGGER {table}_fts_update",
            f"DROP TRIGGER {table}_fts_delete",
            f"DROP TRIGGER {table}_fts_insert",
            f"DROP TABLE {table}_fts",
        ],
        postgres=[
            f"ALTER TABLE {table} ADD COLUMN search tsvector"
            f" GENERATED ALWAYS AS (to_tsvector('english'::regconfig, {whole})) STORED",
            f"CREATE INDEX idx_{table}_search ON {table} USING gin (search)",
        ],
        postgres_undo=[f"ALTER TABLE {table} DROP COLUMN search"],
    )


def partial(name: str, rows: str) -> migrator.PerDialect:
    """An index of some rows."""
    make, undo = [f"CREATE INDEX idx_{name} ON {rows}"], [f"DROP INDEX idx_{name}"]
    return migrator.PerDialect(f"Index {rows}", sqlite=make, sqlite_undo=undo, postgres=make, postgres_undo=undo)


VERSIONED = (
    "claim",
    "complaint",
    "customer",
    "evidence",
    "inference_run",
    "invention",
    "member",
    "need",
    "span",
    "team",
)
CHANGES = ("insert", "update", "delete")


def versions(tables: tuple[str, ...]) -> migrator.PerDialect:
    """A number for each table that grows in every transaction which changes the table (see `models/versions.py`).

    PostgreSQL: a transaction takes a slot of its own, held by an advisory lock to its end, and adds to the slot's row, so
    that no transaction waits for another; the version is the sum over the slots.
    """
    return migrator.PerDialect(
        "Number the versions of the tables that the graph reads",
        sqlite=[
            "CREATE TABLE table_version (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, n INTEGER NOT NULL)",
            *(f"INSERT INTO table_version VALUES ({id}, '{table}', 0)" for id, table in enumerate(tables)),
            *(
                f"CREATE TRIGGER {table}_version_{change} AFTER {change.upper()} ON {table} BEGIN"
                f" UPDATE table_version SET n = n + 1 WHERE id = {id}; END"
                for id, table in enumerate(tables)
                for change in CHANGES
            ),
        ],
        sqlite_undo=[
            *(f"DROP TRIGGER {table}_version_{change}" for table in tables for change in CHANGES),
            "DROP TABLE table_version",
        ],
        postgres=[
            "CREATE TABLE table_version (name text NOT NULL, slot integer NOT NULL, n bigint NOT NULL,"
            " PRIMARY KEY (name, slot)) WITH (fillfactor = 50)",
            # the search path of now, since a tool that restores data runs with an empty one
            """
            CREATE FUNCTION table_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
            DECLARE
                own integer := pg_backend_pid() % 64;
            BEGIN
                WHILE NOT pg_try_advisory_xact_lock(1853579361, own) LOOP
                    own := own + 1;
                END LOOP;
                UPDATE table_version SET n = n + 1 WHERE name = TG_TABLE_NAME AND slot = own;
                IF NOT FOUND THEN
                    INSERT INTO table_version (name, slot, n) VALUES (TG_TABLE_NAME, own, 1);
                END IF;
                RETURN NULL;
            END $$
            """,
            *(
                f"CREATE TRIGGER {table}_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION table_changed()"
                for table in tables
            ),
        ],
        postgres_undo=[
            *(f"DROP TRIGGER {table}_version ON {table}" for table in tables),
            "DROP FUNCTION table_changed",
            "DROP TABLE table_version",
        ],
    )


class Migration(migrator.Migration):
    initial = True

    operations = [  # noqa: RUF012 - the form that Tortoise writes and reads
        ops.CreateModel(
            name="Customer",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("external_id", fields.CharField(unique=True, max_length=255)),
                ("segment", fields.CharField(null=True, max_length=64)),
                ("tier", fields.CharField(null=True, max_length=64)),
                ("value", fields.FloatField(null=True)),
                ("reach", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "customer"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Complaint",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("source", fields.CharField(max_length=64)),
                ("external_id", fields.CharField(max_length=255)),
                ("content_hash", fields.CharField(max_length=32)),
                ("text", fields.TextField(unique=False)),
                ("channel", fields.CharField(max_length=64)),
                ("product", fields.CharField(null=True, max_length=128)),
                ("language", fields.CharField(null=True, max_length=16)),
                ("rating", fields.FloatField(null=True)),
                ("sentiment", fields.FloatField(null=True)),
                ("severity", fields.SmallIntField(null=True)),
                (
                    "customer",
                    fields.ForeignKeyField(
                        "models.Customer",
                        source_field="customer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="complaints",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("occurred_at", fields.BigIntField()),
                ("received_at", fields.BigIntField()),
                ("week", fields.IntField()),
            ],
            options={
                "table": "complaint",
                "unique_together": (("external_id", "source"),),
                "indexes": [
                    Index(fields=["occurred_at", "id"]),
                    Index(fields=["channel", "occurred_at"]),
                    Index(fields=["source", "occurred_at"]),
                    Index(fields=["received_at", "id"]),
                    Index(fields=["customer_id", "occurred_at", "id"]),
                ],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Event",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "topic",
                    fields.CharEnumField(
                        description="COMPLAINT_RECEIVED: COMPLAINT_RECEIVED\nNEED_CHANGED: NEED_CHANGED\nINVENTION_CHANGED: INVENTION_CHANGED\nRUN_CHANGED: RUN_CHANGED",
                        enum_type=Topic,
                        max_length=20,
                    ),
                ),
                ("subjects", fields.JSONField(encoder=JSON_DUMPS, decoder=loads)),
                ("details", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("at", fields.BigIntField(db_index=True)),
            ],
            options={"table": "event"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Span",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="spans",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("start_offset", fields.IntField()),
                ("end_offset", fields.IntField()),
                (
                    "kind",
                    fields.CharEnumField(
                        description="ASK: ASK\nPAIN: PAIN\nWISH: WISH\nPRAISE: PRAISE\nNOISE: NOISE",
                        enum_type=SpanKind,
                        max_length=8,
                    ),
                ),
                ("score", fields.FloatField()),
                ("vector", fields.BinaryField(null=True)),
            ],
            options={
                "table": "span",
                "unique_together": (("complaint", "start_offset", "end_offset"),),
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Team",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=120)),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "team"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Member",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("name", fields.CharField(unique=True, max_length=120)),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="members",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
            ],
            options={"table": "member"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="ApiToken",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("digest", fields.CharField(unique=True, max_length=64)),
                ("hint", fields.CharField(max_length=12)),
                (
                    "role",
                    fields.CharEnumField(
                        description="READER: READER\nCONTRIBUTOR: CONTRIBUTOR\nCURATOR: CURATOR\nADMIN: ADMIN",
                        enum_type=Role,
                        max_length=11,
                    ),
                ),
                (
                    "member",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="member_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="tokens",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("created_at", fields.BigIntField()),
                ("expires_at", fields.BigIntField(null=True)),
                ("revoked_at", fields.BigIntField(null=True)),
                ("last_used_at", fields.BigIntField(null=True)),
            ],
            options={"table": "api_token"},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="InferenceRun",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "status",
                    fields.CharEnumField(
                        description="PENDING: PENDING\nRUNNING: RUNNING\nSUCCEEDED: SUCCEEDED\nFAILED: FAILED\nCANCELED: CANCELED",
                        enum_type=RunStatus,
                        max_length=9,
                    ),
                ),
                ("stage", fields.CharField(default="waiting", max_length=32)),
                ("progress", fields.FloatField(default=0.0)),
                ("parameters", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("models", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("watermark", fields.BigIntField(null=True)),
                ("counts", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("timings", fields.JSONField(default=dict, encoder=JSON_DUMPS, decoder=loads)),
                ("failure", fields.CharField(null=True, max_length=500)),
                ("cancel_asked", fields.BooleanField(default=False)),
                ("heartbeat_at", fields.BigIntField(null=True)),
                (
                    "started_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="started_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="runs",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
                ("started_at", fields.BigIntField(null=True)),
                ("finished_at", fields.BigIntField(null=True)),
            ],
            options={"table": "inference_run", "indexes": [Index(fields=["status", "id"])]},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Invention",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("title", fields.CharField(max_length=200)),
                ("mechanism", fields.TextField(unique=False)),
                (
                    "status",
                    fields.CharEnumField(
                        description="DRAFT: DRAFT\nIN_REVIEW: IN_REVIEW\nREVISING: REVISING\nAPPROVED: APPROVED\nREJECTED: REJECTED\nBUILDING: BUILDING\nSHIPPED: SHIPPED\nMEASURED: MEASURED\nWITHDRAWN: WITHDRAWN",
                        enum_type=InventionStatus,
                        max_length=9,
                    ),
                ),
                (
                    "door",
                    fields.CharEnumField(
                        description="ONE_WAY: ONE_WAY\nTWO_WAY: TWO_WAY", enum_type=Door, max_length=7
                    ),
                ),
                (
                    "proposer",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="proposer_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="inventions",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("created_at", fields.BigIntField()),
                ("updated_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={"table": "invention", "indexes": [Index(fields=["status", "id"])]},
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Need",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("statement", fields.TextField(unique=False)),
                (
                    "statement_basis",
                    fields.CharEnumField(
                        description="TEMPLATE: TEMPLATE\nQUOTE: QUOTE\nHUMAN: HUMAN",
                        enum_type=StatementBasis,
                        max_length=8,
                    ),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="EMERGING: EMERGING\nACTIVE: ACTIVE\nADDRESSED: ADDRESSED\nRELIEVED: RELIEVED\nREGRESSED: REGRESSED\nDISMISSED: DISMISSED\nMERGED: MERGED",
                        enum_type=NeedStatus,
                        max_length=10,
                    ),
                ),
                ("confidence", fields.FloatField()),
                ("key_phrases", fields.JSONField(default=list, encoder=JSON_DUMPS, decoder=loads)),
                ("confirmed", fields.BooleanField(default=False)),
                (
                    "team",
                    fields.ForeignKeyField(
                        "models.Team",
                        source_field="team_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="needs",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "merged_into",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="merged_into_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="merged",
                        on_delete=OnDelete.RESTRICT,
                    ),
                ),
                ("dismissal_reason", fields.TextField(null=True, unique=False)),
                ("evidence_count", fields.IntField(default=0)),
                ("customer_count", fields.IntField(default=0)),
                ("asking_count", fields.IntField(default=0)),
                ("first_at", fields.BigIntField(null=True)),
                ("last_at", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
                ("updated_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "need",
                "indexes": [
                    Index(fields=["status", "customer_count", "id"]),
                    Index(fields=["merged_into_id"]),
                    Index(fields=["team_id", "id"]),
                ],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Claim",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "invention",
                    fields.ForeignKeyField(
                        "models.Invention",
                        source_field="invention_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="claims",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="claims",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("rationale", fields.TextField(unique=False)),
                ("relief", fields.FloatField()),
                ("created_at", fields.BigIntField()),
            ],
            options={
                "table": "claim",
                "unique_together": (("invention", "need"),),
                "indexes": [Index(fields=["need_id", "id"])],
            },
            bases=["Model"],
        ),
        ops.CreateModel(
            name="Evidence",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                (
                    "need",
                    fields.ForeignKeyField(
                        "models.Need",
                        source_field="need_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="evidence",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "span",
                    fields.ForeignKeyField(
                        "models.Span",
                        source_field="span_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="evidence",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                (
                    "complaint",
                    fields.ForeignKeyField(
                        "models.Complaint",
                        source_field="complaint_id",
                        db_constraint=True,
                        to_field="id",
                        related_name="evidence",
                        on_delete=OnDelete.CASCADE,
                    ),
                ),
                ("voice", fields.BigIntField()),
                (
                    "stance",
                    fields.CharEnumField(
                        description="SUPPORTS: SUPPORTS\nCONTRADICTS: CONTRADICTS", enum_type=Stance, max_length=11
                    ),
                ),
                ("confidence", fields.FloatField()),
                (
                    "basis",
                    fields.CharEnumField(description="MODEL: MODEL\nHUMAN: HUMAN", enum_type=Basis, max_length=5),
                ),
                (
                    "status",
                    fields.CharEnumField(
                        description="PENDING: PENDING\nACCEPTED: ACCEPTED\nDISMISSED: DISMISSED\nEXPIRED: EXPIRED",
                        enum_type=EvidenceStatus,
                        max_length=9,
                    ),
                ),
                ("live", fields.BooleanField()),
                (
                    "run",
                    fields.ForeignKeyField(
                        "models.InferenceRun",
                        source_field="run_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="evidence",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                (
                    "decided_by",
                    fields.ForeignKeyField(
                        "models.Member",
                        source_field="decided_by_id",
                        null=True,
                        db_constraint=True,
                        to_field="id",
                        related_name="decisions",
                        on_delete=OnDelete.SET_NULL,
                    ),
                ),
                ("decided_at", fields.BigIntField(null=True)),
                ("created_at", fields.BigIntField()),
                ("version", fields.IntField(default=1)),
            ],
            options={
                "table": "evidence",
                "unique_together": (("need", "span"),),
                "indexes": [
                    Index(fields=["complaint_id"]),
                    Index(fields=["span_id"]),
                    Index(fields=["created_at", "id"]),
                    Index(fields=["status", "created_at", "id"]),
                ],
            },
            bases=["Model"],
        ),
        *(full_text(table, columns) for table, columns in SEARCHED.items()),
        migrator.PerDialect(
            "Index the live evidence of a need, best first",
            sqlite=[
                "CREATE INDEX idx_evidence_best ON evidence (need_id, live, confidence DESC, id, complaint_id,"
                " span_id, stance)"
            ],
            sqlite_undo=["DROP INDEX idx_evidence_best"],
            postgres=[
                "CREATE INDEX idx_evidence_best ON evidence (need_id, live, confidence DESC, id)"
                " INCLUDE (complaint_id, span_id, stance)"
            ],
            postgres_undo=["DROP INDEX idx_evidence_best"],
        ),
        # few rows have what these look for: the others cost nothing
        partial("complaint_product", "complaint (product, occurred_at) WHERE product IS NOT NULL"),
        partial("span_ask", "span (id) WHERE kind = 'ASK'"),
        # ids are drawn before a transaction commits, so a reader that goes by id alone would pass over an event that
        # commits late; with the transaction's number it can stop short of those still under way
        migrator.PerDialect(
            "Number the transaction that wrote an event",
            postgres=[
                "ALTER TABLE event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "CREATE INDEX idx_event_xid ON event (xid, id)",
            ],
            postgres_undo=["ALTER TABLE event DROP COLUMN xid"],
        ),
        ROLL_UPS,
        versions(VERSIONED),
    ]
