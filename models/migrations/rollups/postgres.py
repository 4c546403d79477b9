"""The roll-ups on PostgreSQL: a trigger for each statement, which counts all of its rows at once.

Nobody waits in a circle, and no count is lost:

- A need's own counts are changed under the lock of its row, which whoever writes evidence holds already.
- A customer's presence is changed under the lock of the customer's row, which whoever brings complaints holds already.
- Counts that everybody changes are spread over slots, and a view sums them up. A transaction takes the first slot
  that nobody else holds, so that there is one as long as there is one writer, and writers do not queue for a row.
- Evidence is counted by its customer's segment as it is: writers of evidence share an advisory lock that a change of
  segment takes for itself.

Plans are kept by the session, and one made for a single row must serve a hundred thousand: joins are written so that
each row of the change looks the others up by their keys, and the planner is kept from anything else.
"""

from __future__ import annotations

SLOTS = 16
SLOT_LOCK = 0x6E6F_6262
"""First half of the advisory locks' keys; any number that nobody else uses."""
SEGMENT_LOCK = 0x6E6F_6263
"""Key of another one; see `migrator.LOCK_KEY`."""

_MONDAY = "(date '1969-12-29' + week * 7)"
# numbers that every reader would have to write as a date are kept as one; the short ways to write it depend on settings
DAY = (
    f"day text GENERATED ALWAYS AS (extract(year from {_MONDAY})::int || '-'"
    f" || lpad(extract(month from {_MONDAY})::text, 2, '0') || '-'"
    f" || lpad(extract(day from {_MONDAY})::text, 2, '0')) STORED, "
)

TABLES = [
    "CREATE TABLE support (need_id bigint NOT NULL, complaint_id bigint NOT NULL, voice bigint NOT NULL,"
    " week int NOT NULL, channel text NOT NULL, pieces int NOT NULL, PRIMARY KEY (need_id, complaint_id, voice))",
    "CREATE INDEX idx_support_voice ON support (voice, need_id, week, channel)",
    "CREATE TABLE customer_presence (customer_id bigint NOT NULL, week int NOT NULL, channel text NOT NULL,"
    " complaints int NOT NULL, PRIMARY KEY (customer_id, week, channel))",
    *(
        f"CREATE TABLE need_{key} (need_id bigint NOT NULL, {key} {kind} NOT NULL, complaints int NOT NULL,"
        f" customers int NOT NULL, {more}PRIMARY KEY (need_id, {key})) WITH (fillfactor = 80)"
        for key, kind, more in (
            ("week", "int", DAY),
            ("channel", "text", "evidence int NOT NULL, "),
            ("segment", "text", ""),
        )
    ),
    *(
        statement
        for table, key, kind, first, second in (
            ("complaint_week", "week", "int", "complaints", "customers"),
            ("complaint_channel", "channel", "text", "complaints", "customers"),
            ("complaint_segment", "segment", "text", "complaints", "customers"),
            ("evidence_channel", "channel", "text", "needs", "evidence"),
        )
        # little is put on a page, so that what was changed often is swept from it often
        for statement in (
            f"CREATE TABLE {table}_slot ({key} {kind} NOT NULL, slot int NOT NULL, {DAY if key == 'week' else ''}"
            f"{first} int NOT NULL, {second} int NOT NULL, PRIMARY KEY ({key}, slot)) WITH (fillfactor = 25)",
            f"CREATE VIEW {table} AS SELECT {key}, {'min(day) AS day, ' if key == 'week' else ''}sum({first}) AS {first}, sum({second}) AS {second}"
            f" FROM {table}_slot GROUP BY {key}",
        )
    ),
]


BY_KEY = " SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET jit = off"
"""Rows are looked up by their keys, whatever the planner knows of the tables' sizes."""


def function(name: str, body: str, *, result: str = "trigger", declare: str = "", settings: str = BY_KEY) -> str:
    return f"CREATE FUNCTION {name}() RETURNS {result} LANGUAGE plpgsql{settings} AS $$ {declare} BEGIN {body} END $$"


def add(table: str, key: str, values: str, counts: tuple[str, ...] = ("complaints", "customers")) -> str:
    """Add rows (keys first) to rows of counts, which are made where there are none. In order, as locks want it."""
    sums = ", ".join(f"{count} = r.{count} + excluded.{count}" for count in counts)
    return (
        f"INSERT INTO {table} AS r ({key}, {', '.join(counts)}) {values} ORDER BY {key}"
        f" ON CONFLICT ({key}) DO UPDATE SET {sums};"
    )


def at_once(first: str, *additions: str) -> str:
    """Additions that read the rows of `first`, a common table expression named `a`, as one statement."""
    parts = [f"WITH a AS MATERIALIZED ({first})"]
    parts += [f"t{index} AS ({text.removesuffix(';')})" for index, text in enumerate(additions[:-1])]
    return f"{', '.join(parts)} {additions[-1]}"


def take(table: str, keys: tuple[str, ...], counted: str) -> str:
    """Take what `counted` (keys, complaints, customers) holds off rows of counts."""
    same = " AND ".join(f"r.{key} = d.{key}" for key in keys)
    return (
        f"UPDATE {table} r SET complaints = r.complaints - d.complaints, customers = r.customers - d.customers"
        f" FROM ({counted}) d WHERE {same};"
    )


# --- complaints ------------------------------------------------------------------------------------------------------

SEGMENT_OF = "coalesce((SELECT u.segment FROM customer u WHERE u.id = {}), '')"
OWN = "DECLARE own int;"
KEYS = ("week", "channel", "segment")


def complaints_by(key: str, rows: str) -> str:
    """Complaints by week, channel or segment, and customers that are on record nowhere else under the same.

    `rows` are complaints as `PRESENCE` counts them.
    """
    same = "" if key == "segment" else f" AND p.{key} = a.{key}"
    value = SEGMENT_OF.format("a.customer_id") if key == "segment" else f"a.{key}"
    by = "" if key == "segment" else f"{key}, "
    return (
        f"SELECT {key}, own AS slot, sum(m) AS complaints, sum(v) AS customers FROM (SELECT {value} AS {key}, m,"
        " CASE WHEN a.customer_id IS NULL THEN m WHEN (SELECT 1 FROM customer_presence p"
        f" WHERE p.customer_id = a.customer_id{same} LIMIT 1) IS NULL THEN 1 ELSE 0 END AS v"
        f" FROM (SELECT {by}customer_id, sum(m) AS m FROM {rows} GROUP BY {by}customer_id) a) x GROUP BY {key}"
    )


def lock_customers(rows: str) -> str:
    return (
        f"PERFORM 1 FROM (SELECT DISTINCT customer_id FROM {rows} WHERE customer_id IS NOT NULL ORDER BY customer_id) a,"
        " LATERAL (SELECT 1 FROM customer u WHERE u.id = a.customer_id FOR NO KEY UPDATE) l;"
        " own := roll_up_slot();"
    )


def taken_complaints(key: str) -> str:
    # a slot may fall below zero: it is the sum that counts
    return add(
        f"complaint_{key}_slot",
        f"{key}, slot",
        f"SELECT {key}, slot, -complaints, -customers FROM ({complaints_by(key, 'a')}) d",
    )


PRESENCE = "SELECT customer_id, week, channel, count(*) AS m FROM {} GROUP BY customer_id, week, channel"
SAME_PRESENCE = "p.customer_id = d.customer_id AND p.week = d.week AND p.channel = d.channel"

# --- evidence --------------------------------------------------------------------------------------------------------

COUNTED = {
    "added": "SELECT need_id, complaint_id, voice, 1 AS n FROM added WHERE live AND stance = 'SUPPORTS'",
    "removed": "SELECT need_id, complaint_id, voice, -1 AS n FROM removed WHERE live AND stance = 'SUPPORTS'",
}


def evidence_counted(*rows: str) -> str:
    """What a statement changed, brought into `support`: pieces of evidence by need and complaint."""
    changes = (
        f"SELECT need_id, complaint_id, voice, sum(n) AS n FROM ({' UNION ALL '.join(COUNTED[name] for name in rows)}) c"
        " GROUP BY need_id, complaint_id, voice HAVING sum(n) {} 0"
    )
    parts = [
        f"IF NOT EXISTS ({changes.format('<>')}) THEN RETURN NULL; END IF;",
        f"PERFORM pg_advisory_xact_lock_shared({SEGMENT_LOCK});",
        f"PERFORM 1 FROM (SELECT DISTINCT need_id FROM ({changes.format('<>')}) c ORDER BY need_id) d,"
        " LATERAL (SELECT 1 FROM need n WHERE n.id = d.need_id FOR NO KEY UPDATE) l;",
    ]
    if "added" in rows:
        parts.append(
            "INSERT INTO support AS s (need_id, complaint_id, voice, week, channel, pieces)"
            f" SELECT d.need_id, d.complaint_id, d.voice, c.week, c.channel, d.n FROM ({changes.format('>')}) d,"
            " LATERAL (SELECT week, channel FROM complaint WHERE id = d.complaint_id OFFSET 0) c"
            " ON CONFLICT (need_id, complaint_id, voice) DO UPDATE SET pieces = s.pieces + excluded.pieces;"
        )
    if "removed" in rows:
        same = "s.need_id = d.need_id AND s.complaint_id = d.complaint_id AND s.voice = d.voice"
        parts.append(f"UPDATE support s SET pieces = s.pieces + d.n FROM ({changes.format('<')}) d WHERE {same};")
        parts.append(f"DELETE FROM support s USING ({changes.format('<')}) d WHERE {same} AND s.pieces = 0;")
    return " ".join([*parts, "RETURN NULL;"])


def support_by(key: str, rows: str, voices: str, more: str = "") -> str:
    """Complaints by need and week, channel or segment, and the voices for which `voices` holds; those of `more`, too."""
    same = "" if key == "segment" else f" AND s.{key} = a.{key}"
    value = SEGMENT_OF.format("a.voice") if key == "segment" else f"a.{key}"
    by = "need_id, voice" if key == "segment" else f"need_id, {key}, voice"
    others = f"FROM support s WHERE s.voice = a.voice AND s.need_id = a.need_id{same}"
    return (
        f"SELECT need_id, {key}, sum(m) AS complaints, sum(v) AS customers{', sum(e) AS evidence' if more else ''}"
        f" FROM (SELECT need_id, {value} AS {key}, m, ({voices.format(others=others)})::int AS v{more and ', e'}"
        f" FROM (SELECT {by}, count(*) AS m{more} FROM {rows} GROUP BY {by}) a) x GROUP BY need_id, {key}"
    )


# the voice is new where the rows just added are all that there are of it; it is gone where there are none left
NEW = "a.m = (SELECT count(*) FROM (SELECT 1 {others} LIMIT a.m + 1) y)"
GONE = "(SELECT 1 {others} LIMIT 1) IS NULL"


def channels_counted(rows: str) -> str:
    counted = " UNION ALL ".join(
        f"SELECT need_id, channel, {sign}(complaints > 0)::int AS needs, {sign}evidence AS evidence FROM {name}"
        for name, sign in (("added", ""), ("removed", "-"))
        if name in rows
    )
    return "own := roll_up_slot(); " + add(
        "evidence_channel_slot",
        "channel, slot",
        f"SELECT channel, own AS slot, sum(needs), sum(evidence) FROM ({counted}) x"
        " WHERE (SELECT status FROM need n WHERE n.id = x.need_id) <> 'DISMISSED' GROUP BY channel",
        ("needs", "evidence"),
    )


# --- what is counted by, and changes ---------------------------------------------------------------------------------

SEGMENTS = "(VALUES (coalesce(OLD.segment, ''), -1), (coalesce(NEW.segment, ''), 1)) AS v (segment, sign)"

FUNCTIONS = [
    function(
        "roll_up_slot",
        f"FOR slot IN 0..{SLOTS - 1} LOOP"
        f" IF pg_try_advisory_xact_lock({SLOT_LOCK}, slot) THEN RETURN slot; END IF; END LOOP;"
        f" PERFORM pg_advisory_xact_lock({SLOT_LOCK}, last); RETURN last;",
        result="int",
        declare=f"DECLARE last int := pg_backend_pid() % {SLOTS};",
        settings="",
    ),
    function(
        "complaint_counted_insert",
        lock_customers("added")
        + at_once(
            PRESENCE.format("added"),
            *(add(f"complaint_{key}_slot", f"{key}, slot", complaints_by(key, "a")) for key in KEYS),
            add(
                "customer_presence",
                "customer_id, week, channel",
                "SELECT * FROM a WHERE customer_id IS NOT NULL",
                ("complaints",),
            ),
        )
        + "RETURN NULL;",
        declare=OWN,
    ),
    function(
        "complaint_counted_delete",
        lock_customers("removed")
        + f"UPDATE customer_presence p SET complaints = p.complaints - d.m FROM ({PRESENCE.format('removed')}) d"
        f" WHERE {SAME_PRESENCE};"
        f" DELETE FROM customer_presence p USING ({PRESENCE.format('removed')}) d WHERE {SAME_PRESENCE} AND p.complaints = 0;"
        + at_once(PRESENCE.format("removed"), *(taken_complaints(key) for key in KEYS))
        + "RETURN NULL;",
        declare=OWN,
    ),
    function(
        "complaint_counted_update",
        "RAISE EXCEPTION 'a complaint keeps its week, channel and customer' USING ERRCODE = 'check_violation';",
    ),
    # what empties a table at once tells no rows, but leaves nothing to count
    function(
        "complaint_counted_truncate",
        f"TRUNCATE customer_presence, {', '.join(f'complaint_{key}_slot' for key in KEYS)}; RETURN NULL;",
    ),
    function(
        "evidence_counted_truncate",
        f"TRUNCATE support, evidence_channel_slot, {', '.join(f'need_{key}' for key in KEYS)}; RETURN NULL;",
    ),
    function("evidence_counted_insert", evidence_counted("added")),
    function("evidence_counted_delete", evidence_counted("removed")),
    function("evidence_counted_update", evidence_counted("added", "removed")),
    function(
        "support_counted_insert",
        at_once(
            "TABLE added",
            add("need_week", "need_id, week", support_by("week", "a", NEW)),
            add("need_segment", "need_id, segment", support_by("segment", "a", NEW)),
            add(
                "need_channel",
                "need_id, channel",
                support_by("channel", "a", NEW, ", sum(pieces) AS e"),
                ("complaints", "customers", "evidence"),
            ),
        )
        + "RETURN NULL;",
    ),
    function(
        "support_counted_delete",
        "".join(
            take(f"need_{key}", ("need_id", key), support_by(key, "removed", GONE))
            for key in ("week", "channel", "segment")
        )
        + "RETURN NULL;",
    ),
    function(
        "support_counted_update",
        "UPDATE need_channel r SET evidence = r.evidence + d.n FROM (SELECT need_id, channel, sum(n) AS n FROM ("
        "SELECT need_id, channel, pieces AS n FROM added UNION ALL SELECT need_id, channel, -pieces FROM removed) x"
        " GROUP BY need_id, channel HAVING sum(n) <> 0) d WHERE r.need_id = d.need_id AND r.channel = d.channel;"
        " RETURN NULL;",
    ),
    function("need_channel_counted_insert", channels_counted("added") + "RETURN NULL;", declare=OWN),
    function("need_channel_counted_update", channels_counted("added, removed") + "RETURN NULL;", declare=OWN),
    function(
        "need_counted_update",
        "own := roll_up_slot();"
        + add(
            "evidence_channel_slot",
            "channel, slot",
            "SELECT channel, own AS slot, sign * (complaints > 0)::int, sign * evidence FROM need_channel,"
            " (VALUES (CASE NEW.status WHEN 'DISMISSED' THEN -1 ELSE 1 END)) AS v (sign) WHERE need_id = NEW.id",
            ("needs", "evidence"),
        )
        + "RETURN NULL;",
        declare=OWN,
    ),
    function(
        "need_counted_delete",
        "DELETE FROM evidence WHERE need_id = OLD.id;"
        + "".join(f" DELETE FROM need_{key} WHERE need_id = OLD.id;" for key in ("week", "channel", "segment"))
        + " RETURN OLD;",
    ),
    # before the change, so that what the same statement brings is counted afterwards, by the new segment
    function(
        "customer_counted_move",
        "own := roll_up_slot();"
        + add(
            "complaint_segment_slot",
            "segment, slot",
            "SELECT v.segment, own AS slot, v.sign * sum(p.complaints), v.sign FROM customer_presence p,"
            f" {SEGMENTS} WHERE p.customer_id = NEW.id GROUP BY v.segment, v.sign",
        )
        + "RETURN NEW;",
        declare=OWN,
    ),
    # after it, when the statement holds the locks of all its customers and wants no more
    function(
        "customer_counted_update",
        f"PERFORM pg_advisory_xact_lock({SEGMENT_LOCK});"
        + add(
            "need_segment",
            "need_id, segment",
            f"SELECT s.need_id, v.segment, v.sign * count(*), v.sign FROM support s, {SEGMENTS}"
            " WHERE s.voice = NEW.id GROUP BY s.need_id, v.segment, v.sign",
        )
        + "RETURN NULL;",
    ),
]


def statement_trigger(name: str, verb: str) -> str:
    tables = {
        "INSERT": "NEW TABLE AS added",
        "DELETE": "OLD TABLE AS removed",
        "UPDATE": "NEW TABLE AS added OLD TABLE AS removed",
    }
    made = f"{name}_counted_{verb.lower()}"
    return (
        f"CREATE TRIGGER {made} AFTER {verb} ON {name} REFERENCING {tables[verb]}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {made}()"
    )


TRIGGERS = [
    *(
        statement_trigger(name, verb)
        for name, verbs in (
            ("complaint", ("INSERT", "DELETE")),
            ("evidence", ("INSERT", "DELETE", "UPDATE")),
            ("support", ("INSERT", "DELETE", "UPDATE")),
            ("need_channel", ("INSERT", "UPDATE")),
        )
        for verb in verbs
    ),
    *(
        f"CREATE TRIGGER {name}_counted_truncate AFTER TRUNCATE ON {name}"
        f" FOR EACH STATEMENT EXECUTE FUNCTION {name}_counted_truncate()"
        for name in ("complaint", "evidence")
    ),
    "CREATE TRIGGER complaint_counted_update BEFORE UPDATE OF week, channel, customer_id ON complaint FOR EACH ROW"
    " WHEN (OLD.week <> NEW.week OR OLD.channel <> NEW.channel OR OLD.customer_id IS DISTINCT FROM NEW.customer_id)"
    " EXECUTE FUNCTION complaint_counted_update()",
    "CREATE TRIGGER need_counted_update AFTER UPDATE OF status ON need FOR EACH ROW"
    " WHEN ((OLD.status = 'DISMISSED') <> (NEW.status = 'DISMISSED')) EXECUTE FUNCTION need_counted_update()",
    # before it goes, since its status says whether its evidence was counted
    "CREATE TRIGGER need_counted_delete BEFORE DELETE ON need FOR EACH ROW EXECUTE FUNCTION need_counted_delete()",
    *(
        f"CREATE TRIGGER {name} {moment} UPDATE OF segment ON customer FOR EACH ROW"
        " WHEN (coalesce(OLD.segment, '') <> coalesce(NEW.segment, ''))"
        f" EXECUTE FUNCTION {name}()"
        for name, moment in (("customer_counted_move", "BEFORE"), ("customer_counted_update", "AFTER"))
    ),
]
DROP_FUNCTIONS = [f"DROP FUNCTION {text.split()[2]} CASCADE" for text in reversed(FUNCTIONS)]
DROP_TABLES = [
    f"DROP {text.split()[1]} {text.split()[2]}" for text in reversed(TABLES) if not text.startswith("CREATE INDEX")
]
