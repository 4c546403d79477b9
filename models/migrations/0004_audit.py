"""The audit log: sealed entries, and on PostgreSQL what triggers tell of each statement until it is sealed."""

from __future__ import annotations

from tortoise import fields

from .. import migrator
from ..audited import ROWS_MOST
from .initial.columns import json, table, times

# names of columns decide nothing here but what is left out and what is a word: a column that comes later is told by its
# name, or by its value where that is a number or a truth
TOLD = f"""
CREATE FUNCTION audit_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    ignored text[] := string_to_array(TG_ARGV[0], ',') || '{{id,search}}';
    words text[] := string_to_array(TG_ARGV[1], ',');
    bulk boolean := TG_ARGV[2] = 'bulk';
    told bigint;
    digest text;
    lines jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND bulk THEN
        SELECT count(*), string_agg(n.id::text, E'\\n' ORDER BY n.id) INTO told, digest
        FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE n IS DISTINCT FROM o;
        IF told BETWEEN 1 AND {ROWS_MOST} THEN
            SELECT jsonb_agg(jsonb_build_object('id', n.id) ORDER BY n.id) INTO lines
            FROM old_rows o JOIN new_rows n ON n.id = o.id WHERE n IS DISTINCT FROM o;
        END IF;
    ELSIF TG_OP = 'UPDATE' THEN
        SELECT count(*), string_agg(c.id::text, E'\\n' ORDER BY c.id),
            jsonb_agg(jsonb_build_object('id', c.id, 'before', c.before, 'after', c.after, 'fields', c.fields) ORDER BY c.id)
                FILTER (WHERE c.place <= {ROWS_MOST})
        INTO told, digest, lines FROM (
            SELECT n.id, row_number() OVER (ORDER BY n.id) AS place, d.*
            FROM old_rows o JOIN new_rows n ON n.id = o.id, LATERAL (
                SELECT coalesce(jsonb_object_agg(key, a.value) FILTER (WHERE shown), '{{}}') AS before,
                    coalesce(jsonb_object_agg(key, b.value) FILTER (WHERE shown), '{{}}') AS after,
                    coalesce(jsonb_agg(key ORDER BY key) FILTER (WHERE NOT shown), '[]') AS fields
                FROM jsonb_each(to_jsonb(o)) a JOIN jsonb_each(to_jsonb(n)) b USING (key), LATERAL (
                    SELECT key = ANY(words) OR jsonb_typeof(a.value) IN ('number', 'boolean', 'null')
                        AND jsonb_typeof(b.value) IN ('number', 'boolean', 'null') AS shown
                ) s
                WHERE a.value <> b.value AND key <> ALL(ignored)
                HAVING count(*) > 0
            ) d
        ) c;
    ELSIF TG_OP = 'INSERT' THEN
        IF TG_TABLE_NAME = 'complaint' THEN
            SELECT count(*), string_agg(n.id || ':' || n.content_hash, E'\\n' ORDER BY n.id) INTO told, digest FROM new_rows n;
        ELSE
            SELECT count(*), string_agg(n.id::text, E'\\n' ORDER BY n.id) INTO told, digest FROM new_rows n;
        END IF;
        IF told BETWEEN 1 AND {ROWS_MOST} AND bulk THEN
            SELECT jsonb_agg(jsonb_build_object('id', n.id) ORDER BY n.id) INTO lines FROM new_rows n;
        ELSIF told BETWEEN 1 AND {ROWS_MOST} THEN
            SELECT jsonb_agg(jsonb_build_object('id', n.id, 'after', audit_shown(to_jsonb(n), ignored, words)) ORDER BY n.id)
            INTO lines FROM new_rows n;
        END IF;
    ELSE
        SELECT count(*), string_agg(o.id::text, E'\\n' ORDER BY o.id) INTO told, digest FROM old_rows o;
        IF told BETWEEN 1 AND {ROWS_MOST} AND bulk THEN
            SELECT jsonb_agg(jsonb_build_object('id', o.id) ORDER BY o.id) INTO lines FROM old_rows o;
        ELSIF told BETWEEN 1 AND {ROWS_MOST} THEN
            SELECT jsonb_agg(jsonb_build_object('id', o.id, 'before', audit_shown(to_jsonb(o), ignored, words)) ORDER BY o.id)
            INTO lines FROM old_rows o;
        END IF;
    END IF;
    IF told > 0 THEN
        INSERT INTO audit_change (at, acting, change) VALUES (
            (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
            nullif(current_setting('nobodyasked.acting', true), '')::jsonb,
            jsonb_build_object('table', TG_TABLE_NAME, 'change', TG_OP, 'count', told,
                'digest', encode(sha256(convert_to(digest, 'UTF8')), 'hex'))
            || CASE WHEN told <= {ROWS_MOST} THEN jsonb_build_object('rows', lines) ELSE '{{}}' END
        );
    END IF;
    RETURN NULL;
END $$
"""
SHOWN = """
CREATE FUNCTION audit_shown(line jsonb, ignored text[], words text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(jsonb_object_agg(key, value), '{}') FROM jsonb_each(line)
    WHERE key <> ALL(ignored) AND jsonb_typeof(value) <> 'null'
        AND (key = ANY(words) OR jsonb_typeof(value) IN ('number', 'boolean'))
$$
"""

TABLES = (
    "alert",
    "api_token",
    "aspect",
    "citation",
    "claim",
    "comment",
    "comment_mention",
    "complaint",
    "contact",
    "customer",
    "escalation",
    "escalation_answer",
    "evidence",
    "exposure",
    "faq_entry",
    "identity",
    "impact",
    "inference_run",
    "invention",
    "listening_draw",
    "listening_note",
    "listening_session",
    "member",
    "mention",
    "need",
    "notice",
    "principle",
    "propensity",
    "reply",
    "required_question",
    "review",
    "revision",
    "revision_change",
    "span",
    "span_label",
    "supporter",
    "survey_answer",
    "team",
    "team_product",
)


class Migration(migrator.Migration):
    dependencies = [("models", "0003_looks")]  # noqa: RUF012 - the form that Tortoise writes and reads

    operations = [  # noqa: RUF012
        migrator.Tables(
            table(
                "AuditEntry",
                "audit_entry",
                [
                    *times("at"),
                    ("deed", fields.CharField(null=True, max_length=64)),
                    ("member_id", fields.BigIntField(null=True)),
                    ("role", fields.CharField(null=True, max_length=16)),
                    json("members", default=list),
                    json("changes"),
                    ("hash", fields.CharField(max_length=64)),
                ],
                indexes=[("at", "id"), ("member_id", "id")],
            ),
            table(
                "AuditChange",
                "audit_change",
                [
                    *times("at"),
                    ("acting", fields.JSONField(null=True)),
                    json("change"),
                ],
            ),
        ),
        migrator.PerDialect(
            "Write what triggers are told",
            postgres=[
                # see Event: a reader must know which transactions have ended
                "ALTER TABLE audit_change ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id()",
                "CREATE INDEX idx_audit_change_xid ON audit_change (xid, id)",
                SHOWN,
                TOLD,
            ],
            postgres_undo=[
                "DROP FUNCTION audit_changed",
                "DROP FUNCTION audit_shown",
            ],
        ),
        migrator.audited(*TABLES),
        migrator.versioned("audit_entry"),
    ]
