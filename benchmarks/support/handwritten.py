"""The statements that somebody who knows the tables would write by hand for each question, for both databases."""

from __future__ import annotations

__all__ = ["Statements"]


class Statements:
    """SQL of one database. Reads give the whole answer as text; `q1` takes a key."""

    def __init__(self, sqlite: bool) -> None:
        self.sqlite = sqlite
        self.q1 = f"""select '{{"data":{{"complaint":' || {self._complaint()} || '}}}}' from complaint c where c.id = {"?1" if sqlite else "$1::bigint"}"""
        self.q2 = f"""select '{{"data":{{"inventions":{{"nodes":[' || {self._inventions()} || ']}}}}}}'"""
        page = f"select {self._complaint()} as j from complaint c order by c.occurred_at desc, c.id desc limit 1000"
        self.q3 = f"""select '{{"data":{{"complaints":{{"nodes":[' || {self._rows(page)} || ']}}}}}}'"""

        channels = (
            "select r.channel, sum(r.needs) as needs, sum(r.evidence) as evidence from evidence_channel r group by 1"
        )
        weeks = "select r.week, sum(r.complaints) as complaints from complaint_week r group by 1"
        self.q4 = self._counts(channels, weeks)
        channels = (
            "select c.channel, count(distinct e.need_id) as needs, count(*) as evidence from evidence e"
            " join complaint c on c.id = e.complaint_id join need n on n.id = e.need_id"
            " where e.live = true and e.stance = 'SUPPORTS' and n.status <> 'DISMISSED' group by 1"
        )
        weeks = "select c.week, count(*) as complaints from complaint c group by 1"
        self.q4_by_scan = self._counts(channels, weeks)

    def _counts(self, channels: str, weeks: str) -> str:
        """Counts by channel, most evidence first, and by week in turn; weeks without any are left out."""
        by_channel = self._format(
            '{"channel":%s,"needs":%s,"evidence":%s}', self._text("c.channel"), "c.needs", "c.evidence"
        )
        monday = "(w.week * 604800000 - 259200000) / 1000"
        if self.sqlite:
            day = f"""strftime('"%Y-%m-%d"', {monday}, 'unixepoch')"""
        else:
            day = f"""'"' || to_char(to_timestamp({monday.replace("w.week", "w.week::bigint")}) at time zone 'UTC', 'YYYY-MM-DD') || '"'"""
        by_week = self._format('{"week":%s,"complaints":%s}', day, "w.complaints")
        return (
            f"""select '{{"data":{{"evidenceByChannel":['"""
            f" || {self._rows(f'select {by_channel} as j from ({channels}) c where c.evidence > 0 order by c.evidence desc, c.channel')}"
            f""" || '],"complaintsByWeek":['"""
            f" || {self._rows(f'select {by_week} as j from ({weeks}) w where w.complaints > 0 order by w.week')}"
            """ || ']}}'"""
        )

    def _format(self, template: str, *values: str) -> str:
        return f"{'printf' if self.sqlite else 'format'}('{template}', {', '.join(values)})"

    def _text(self, column: str, *, null: bool = False) -> str:
        if self.sqlite:
            return f"json_quote({column})"
        return f"coalesce(to_json({column})::text, 'null')" if null else f"to_json({column})"

    def _moment(self, column: str) -> str:
        if self.sqlite:
            return f"""strftime('"%Y-%m-%dT%H:%M:%fZ"', {column} / 1000.0, 'unixepoch')"""
        return f"""'"' || to_char(to_timestamp({column}::float8 / 1000) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || '"'"""

    def _rows(self, select: str) -> str:
        joined = "group_concat(j, ',')" if self.sqlite else "string_agg(j, ',')"
        return f"coalesce((select {joined} from ({select}) x), '')"

    def _complaint(self) -> str:
        return self._format(
            '{"id":"complaint_%s","text":%s,"channel":%s,"severity":%s,"occurredAt":%s,"customer":{"id":"customer_%s"}}',
            "c.id",
            self._text("c.text"),
            self._text("c.channel"),
            f"coalesce({'c.severity' if self.sqlite else 'c.severity::text'}, 'null')",
            self._moment("c.occurred_at"),
            "c.customer_id",
        )

    def _inventions(self) -> str:
        evidence = self._format(
            '{"confidence":%s,"quote":%s,"stance":"%s","node":{"id":"complaint_%s","text":%s,"channel":%s,"occurredAt":%s,'
            '"customer":{"id":"customer_%s","segment":%s}}}',
            "e.confidence",
            self._text("substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset)"),
            "e.stance",
            "c.id",
            self._text("c.text"),
            self._text("c.channel"),
            self._moment("c.occurred_at"),
            "u.id",
            self._text("u.segment", null=True),
        )
        links = (
            f"select {evidence} as j from evidence e join complaint c on c.id = e.complaint_id"
            " join span s on s.id = e.span_id join customer u on u.id = c.customer_id"
            " where e.need_id = n.id and e.live = true order by e.confidence desc, e.id limit 10"
        )
        need = self._format(
            '{"relief":%s,"rationale":%s,"node":{"id":"need_%s","statement":%s,"confidence":%s,"evidence":'
            '{"totalCount":%s,"edges":[%s]}}}',
            "a.relief",
            self._text("a.rationale"),
            "n.id",
            self._text("n.statement"),
            "n.confidence",
            "n.evidence_count",
            self._rows(links),
        )
        claims = (
            f"select {need} as j from claim a join need n on n.id = a.need_id"
            " where a.invention_id = i.id order by a.relief desc, a.id desc limit 100"
        )
        invention = self._format(
            '{"id":"invention_%s","title":%s,"status":"%s","needs":{"edges":[%s]}}',
            "i.id",
            self._text("i.title"),
            "i.status",
            self._rows(claims),
        )
        return self._rows(
            f"select {invention} as j from (select * from invention where status <> 'WITHDRAWN'"
            " order by created_at desc, id desc limit 20) i order by i.created_at desc, i.id desc"
        )


COMPLAINT = "source, external_id, content_hash, text, channel, occurred_at, received_at, week"
"""Columns of a complaint that comes in; the customer's id follows."""

SUBMIT_POSTGRES = f"""
with new_customer as (
    insert into customer(external_id, created_at) values ($9, $7) on conflict (external_id) do nothing returning id
), owner as (
    select id from new_customer union all select id from customer where external_id = $9 limit 1
), received as (
    insert into complaint({COMPLAINT}, customer_id)
    select $1, $2, $3, $4, $5, $6::bigint, $7::bigint, $8::int, id from owner
    on conflict (source, external_id) do nothing returning id
), told as (
    insert into event(topic, subjects, details, at)
    select 'COMPLAINT_RECEIVED', jsonb_build_array(id), '{{}}', $7::bigint from received
)
select id from received
"""
CUSTOMER_SQLITE = "insert into customer(external_id, created_at) values (?1, ?2) on conflict(external_id) do nothing"
SUBMIT_SQLITE = (
    f"insert into complaint({COMPLAINT}, customer_id)"
    " values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, (select id from customer where external_id = ?9))"
    " on conflict(source, external_id) do nothing"
)
EVENT_SQLITE = "insert into event(topic, subjects, details, at) values ('COMPLAINT_RECEIVED', json_array(?1), '{}', ?2)"
