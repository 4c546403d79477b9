"""Every table, full-text search, the roll-ups, and what tells that a table has changed."""

from __future__ import annotations

from tortoise import fields
from tortoise.fields.base import OnDelete
from tortoise.indexes import Index
from tortoise.migrations import operations as ops

from .. import migrator
from ..document import QuoteBasis
from ..invention import Origin
from .initial.inventions import INVENTIONS
from .initial.needs import NEEDS
from .initial.people import PEOPLE
from .initial.replies import REPLIES
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


NUMBERED = (
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
    "span_label",
    "aspect",
)
"""Tables whose triggers on SQLite find their version by its number, the others' by their name."""
NAMED = (
    "citation",
    "faq_entry",
    "principle",
    "required_question",
    "review",
    "revision",
    "revision_change",
    "mention",
    "exposure",
    "survey_answer",
    "escalation",
    "escalation_answer",
    "team_product",
    "supporter",
    "comment",
    "comment_mention",
    "impact",
    "listening_session",
    "listening_draw",
    "listening_note",
    "notice",
    "reply",
    "propensity",
    "alert",
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
        migrator.Tables(*PEOPLE, *NEEDS, *INVENTIONS, *REPLIES),
        migrator.together(
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
            versions(NUMBERED),
        ),
        # columns in the order in which they came: some have a default in the database, for rows written without them
        migrator.AddColumn(
            "Need",
            "merged_by_run",
            fields.BooleanField(default=False),
            table="need",
            definition="merged_by_run boolean NOT NULL DEFAULT false",
        ),
        migrator.AddColumn(
            "Need",
            "aspect",
            fields.ForeignKeyField(
                "models.Aspect",
                source_field="aspect_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="needs",
                on_delete=OnDelete.SET_NULL,
            ),
            table="need",
            definition="aspect_id bigint REFERENCES aspect (id) ON DELETE SET NULL",
        ),
        migrator.AddColumn(
            "Need",
            "aspect_decided",
            fields.BooleanField(default=False),
            table="need",
            definition="aspect_decided boolean NOT NULL DEFAULT false",
        ),
        migrator.AddColumn(
            "Need",
            "pull",
            fields.FloatField(default=0),
            table="need",
            definition="pull double precision NOT NULL DEFAULT 0",
        ),
        migrator.AddColumn(
            "Need",
            "glad_count",
            fields.IntField(default=0),
            table="need",
            definition="glad_count int NOT NULL DEFAULT 0",
        ),
        migrator.AddColumns(
            "Invention",
            {
                "call_to_action": fields.TextField(null=True),
                "customer_quote": fields.TextField(null=True),
                "customer_quote_basis": fields.CharEnumField(null=True, enum_type=QuoteBasis, max_length=8),
                "headline": fields.TextField(null=True),
                "how_it_works": fields.TextField(null=True),
                "leader_name": fields.TextField(null=True),
                "leader_quote": fields.TextField(null=True),
                "not_elsewhere": fields.TextField(null=True),
                "origin": fields.CharEnumField(null=True, enum_type=Origin, max_length=17),
                "problem": fields.TextField(null=True),
                "review_from": fields.IntField(null=True),
                "shipped_at": fields.BigIntField(null=True),
                "solution": fields.TextField(null=True),
                "subheading": fields.TextField(null=True),
                "summary": fields.TextField(null=True),
                "notice_message": fields.TextField(null=True),
            },
        ),
        migrator.AddColumns("Notice", {"message": fields.TextField(null=True)}),
        ops.AddIndex(model_name="Need", index=Index(fields=["aspect_id", "id"])),
        ops.AddIndex(model_name="Need", index=Index(fields=["status", "pull"])),
        migrator.versioned(*NAMED),
    ]
