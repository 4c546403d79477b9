"""The roll-ups on SQLite: a trigger for each row, which sees every change that came before it."""

from __future__ import annotations

# numbers that every reader would have to write as a date are kept as one
DAY = "day TEXT GENERATED ALWAYS AS (date(week * 604800 - 259200, 'unixepoch')) STORED, "

TABLES = [
    "CREATE TABLE support (need_id INTEGER NOT NULL, complaint_id INTEGER NOT NULL, voice INTEGER NOT NULL,"
    " week INTEGER NOT NULL, channel TEXT NOT NULL, pieces INTEGER NOT NULL,"
    " PRIMARY KEY (need_id, complaint_id, voice)) WITHOUT ROWID",
    "CREATE INDEX idx_support_voice ON support (voice, need_id, week, channel)",
    "CREATE TABLE customer_presence (customer_id INTEGER NOT NULL, week INTEGER NOT NULL, channel TEXT NOT NULL,"
    " complaints INTEGER NOT NULL, PRIMARY KEY (customer_id, week, channel)) WITHOUT ROWID",
    *(
        f"CREATE TABLE need_{key} (need_id INTEGER NOT NULL, {key} {kind} NOT NULL, complaints INTEGER NOT NULL,"
        f" customers INTEGER NOT NULL, {more}PRIMARY KEY (need_id, {key})) WITHOUT ROWID"
        for key, kind, more in (
            ("week", "INTEGER", DAY),
            ("channel", "TEXT", "evidence INTEGER NOT NULL, "),
            ("segment", "TEXT", ""),
        )
    ),
    *(
        f"CREATE TABLE complaint_{key} ({key} {kind} NOT NULL PRIMARY KEY, {more}complaints INTEGER NOT NULL,"
        " customers INTEGER NOT NULL) WITHOUT ROWID"
        for key, kind, more in (("week", "INTEGER", DAY), ("channel", "TEXT", ""), ("segment", "TEXT", ""))
    ),
    "CREATE TABLE evidence_channel (channel TEXT NOT NULL PRIMARY KEY, needs INTEGER NOT NULL,"
    " evidence INTEGER NOT NULL) WITHOUT ROWID",
]


def add(table: str, key: str, values: str, counts: tuple[str, ...] = ("complaints", "customers")) -> str:
    """Add `values` (VALUES or SELECT, keys first) to a row of counts, which is made where there is none."""
    sums = ", ".join(f"{count} = {count} + excluded.{count}" for count in counts)
    return f"INSERT INTO {table} ({key}, {', '.join(counts)}) {values} ON CONFLICT ({key}) DO UPDATE SET {sums};"


def take(table: str, where: str, customers: str) -> str:
    """Take a complaint, and a customer where `customers` holds, off a row of counts."""
    return f"UPDATE {table} SET complaints = complaints - 1, customers = customers - ({customers}) WHERE {where};"


def trigger(name: str, when: str, statements: list[str]) -> str:
    return f"CREATE TRIGGER {name} {when} BEGIN {' '.join(statements)} END"


def unseen(row: str, key: str) -> str:
    """Whether the customer of a complaint has no other on record, by week or channel or at all. True for nobody's."""
    same = f" AND p.{key} = {row}.{key}" if key else ""
    return f"NOT EXISTS (SELECT 1 FROM customer_presence p WHERE p.customer_id = {row}.customer_id{same})"


def unheard(row: str, key: str) -> str:
    """Whether no other complaint of the voice supports the need, by week or channel or at all."""
    same = f" AND s.{key} = {row}.{key}" if key else ""
    return (
        f"NOT EXISTS (SELECT 1 FROM support s WHERE s.voice = {row}.voice AND s.need_id = {row}.need_id{same}"
        f" AND s.complaint_id <> {row}.complaint_id)"
    )


def segment_of(customer: str) -> str:
    return f"coalesce((SELECT segment FROM customer WHERE id = {customer}), '')"


def counts(row: str) -> str:
    """Whether a piece of evidence counts."""
    return f"{row}.live AND {row}.stance = 'SUPPORTS'"


MOVED = " OR ".join(f"old.{name} <> new.{name}" for name in ("need_id", "complaint_id", "voice", "live", "stance"))
LEARN = (
    "INSERT INTO support (need_id, complaint_id, voice, week, channel, pieces)"
    " SELECT new.need_id, c.id, new.voice, c.week, c.channel, 1 FROM complaint c WHERE c.id = new.complaint_id"
    " ON CONFLICT (need_id, complaint_id, voice) DO UPDATE SET pieces = pieces + 1;"
)
PAIR = "need_id = old.need_id AND complaint_id = old.complaint_id AND voice = old.voice"
FORGET = [
    f"UPDATE support SET pieces = pieces - 1 WHERE {PAIR};",
    f"DELETE FROM support WHERE {PAIR} AND pieces = 0;",
]
NOT_DISMISSED = "(SELECT status FROM need WHERE id = new.need_id) <> 'DISMISSED'"
SEGMENT = "coalesce({}.segment, '')"

TRIGGERS = [
    trigger(
        "complaint_counted_insert",
        "AFTER INSERT ON complaint",
        [
            add("complaint_week", "week", f"VALUES (new.week, 1, {unseen('new', 'week')})"),
            add("complaint_channel", "channel", f"VALUES (new.channel, 1, {unseen('new', 'channel')})"),
            add("complaint_segment", "segment", f"VALUES ({segment_of('new.customer_id')}, 1, {unseen('new', '')})"),
            add(
                "customer_presence",
                "customer_id, week, channel",
                "SELECT new.customer_id, new.week, new.channel, 1 WHERE new.customer_id IS NOT NULL",
                ("complaints",),
            ),
        ],
    ),
    trigger(
        "complaint_counted_delete",
        "AFTER DELETE ON complaint",
        [
            "UPDATE customer_presence SET complaints = complaints - 1"
            " WHERE customer_id = old.customer_id AND week = old.week AND channel = old.channel;",
            "DELETE FROM customer_presence"
            " WHERE customer_id = old.customer_id AND week = old.week AND channel = old.channel AND complaints = 0;",
            take("complaint_week", "week = old.week", unseen("old", "week")),
            take("complaint_channel", "channel = old.channel", unseen("old", "channel")),
            take("complaint_segment", f"segment = {segment_of('old.customer_id')}", unseen("old", "")),
        ],
    ),
    trigger(
        "complaint_counted_update",
        "BEFORE UPDATE OF week, channel, customer_id ON complaint WHEN old.week <> new.week"
        " OR old.channel <> new.channel OR old.customer_id IS NOT new.customer_id",
        ["SELECT RAISE(ABORT, 'a complaint keeps its week, channel and customer');"],
    ),
    trigger("evidence_counted_insert", f"AFTER INSERT ON evidence WHEN {counts('new')}", [LEARN]),
    trigger("evidence_counted_delete", f"AFTER DELETE ON evidence WHEN {counts('old')}", FORGET),
    trigger(
        "evidence_counted_leave",
        f"AFTER UPDATE OF need_id, complaint_id, voice, live, stance ON evidence WHEN {counts('old')} AND ({MOVED})",
        FORGET,
    ),
    trigger(
        "evidence_counted_arrive",
        f"AFTER UPDATE OF need_id, complaint_id, voice, live, stance ON evidence WHEN {counts('new')} AND ({MOVED})",
        [LEARN],
    ),
    trigger(
        "support_counted_insert",
        "AFTER INSERT ON support",
        [
            add("need_week", "need_id, week", f"VALUES (new.need_id, new.week, 1, {unheard('new', 'week')})"),
            add(
                "need_channel",
                "need_id, channel",
                f"VALUES (new.need_id, new.channel, 1, {unheard('new', 'channel')}, new.pieces)",
                ("complaints", "customers", "evidence"),
            ),
            add(
                "need_segment",
                "need_id, segment",
                f"VALUES (new.need_id, {segment_of('new.voice')}, 1, {unheard('new', '')})",
            ),
        ],
    ),
    trigger(
        "support_counted_update",
        "AFTER UPDATE OF pieces ON support",
        [
            "UPDATE need_channel SET evidence = evidence + new.pieces - old.pieces"
            " WHERE need_id = new.need_id AND channel = new.channel;"
        ],
    ),
    trigger(
        "support_counted_delete",
        "AFTER DELETE ON support",
        [
            take("need_week", "need_id = old.need_id AND week = old.week", unheard("old", "week")),
            take("need_channel", "need_id = old.need_id AND channel = old.channel", unheard("old", "channel")),
            take(
                "need_segment",
                f"need_id = old.need_id AND segment = {segment_of('old.voice')}",
                unheard("old", ""),
            ),
        ],
    ),
    trigger(
        "need_channel_counted_insert",
        "AFTER INSERT ON need_channel",
        [
            add(
                "evidence_channel",
                "channel",
                f"SELECT new.channel, new.complaints > 0, new.evidence WHERE {NOT_DISMISSED}",
                ("needs", "evidence"),
            )
        ],
    ),
    trigger(
        "need_channel_counted_update",
        "AFTER UPDATE ON need_channel",
        [
            add(
                "evidence_channel",
                "channel",
                "SELECT new.channel, (new.complaints > 0) - (old.complaints > 0), new.evidence - old.evidence"
                f" WHERE {NOT_DISMISSED}",
                ("needs", "evidence"),
            )
        ],
    ),
    trigger(
        "need_counted_update",
        "AFTER UPDATE OF status ON need WHEN (old.status = 'DISMISSED') <> (new.status = 'DISMISSED')",
        [
            add(
                "evidence_channel",
                "channel",
                "SELECT channel, sign * (complaints > 0), sign * evidence FROM need_channel,"
                " (SELECT CASE new.status WHEN 'DISMISSED' THEN -1 ELSE 1 END AS sign) WHERE need_id = new.id",
                ("needs", "evidence"),
            )
        ],
    ),
    # before it goes, since its status says whether its evidence was counted
    trigger(
        "need_counted_delete",
        "BEFORE DELETE ON need",
        [
            "DELETE FROM evidence WHERE need_id = old.id;",
            *(f"DELETE FROM need_{key} WHERE need_id = old.id;" for key in ("week", "channel", "segment")),
        ],
    ),
    trigger(
        "customer_counted_update",
        f"AFTER UPDATE OF segment ON customer WHEN {SEGMENT.format('old')} <> {SEGMENT.format('new')}",
        [
            add(
                f"{table}_segment",
                key,
                f"SELECT {names}, sign * {sums}, sign FROM {source},"
                f" (SELECT {SEGMENT.format('old')} AS segment, -1 AS sign"
                f" UNION ALL SELECT {SEGMENT.format('new')}, 1) WHERE {owner} = new.id GROUP BY {names}, sign",
            )
            for table, key, names, sums, source, owner in (
                ("complaint", "segment", "segment", "sum(complaints)", "customer_presence", "customer_id"),
                ("need", "need_id, segment", "need_id, segment", "count(*)", "support", "voice"),
            )
        ],
    ),
]
DROP_TRIGGERS = [f"DROP TRIGGER {text.split()[2]}" for text in reversed(TRIGGERS)]
DROP_TABLES = [f"DROP TABLE {text.split()[2]}" for text in reversed(TABLES) if text.startswith("CREATE TABLE")]
