"""From a row of a file to what the import command takes."""

from __future__ import annotations

from datetime import UTC, datetime

from ...models.commands.complaints import ComplaintDraft
from ...models.fields import to_ms
from .columns import Columns
from .moments import BadTime, parse_time
from .numbers import BadNumber, parse_number, parse_rating
from .pseudonym import Pseudonyms
from .row import Fault, Rejection, Row


class Drafting:
    """Turns rows into drafts by the columns that were chosen."""

    def __init__(self, columns: Columns, source: str, channel: str, pseudonyms: Pseudonyms) -> None:
        self._columns = columns
        self._source = source
        self._channel = channel
        self._pseudonyms = pseudonyms

    def draft(self, row: Row) -> ComplaintDraft | Rejection:
        cells = row.cells
        of = self._columns.of

        def take(field: str) -> str | None:
            column = of.get(field)
            value = cells.get(column, "").strip() if column is not None else ""
            return value or self._columns.constants.get(field) or None

        text = take("text") or ""
        subject = take("subject")
        if subject and not text.startswith(subject):
            text = f"{subject}\n\n{text}".strip()
        if not text:
            return self._reject(row, Fault.EMPTY_TEXT, "the text is empty")
        if any("\x00" in value for value in cells.values()):
            return self._reject(row, Fault.NUL_CHARACTER, "holds a NUL character (is the file's encoding right?)")
        time, rating, value, reach = take("time"), take("rating"), take("value"), take("reach")
        try:
            moment: datetime | None = parse_time(time, day_first=self._columns.day_first) if time else None
            stars = parse_rating(rating) if rating else None
            worth = parse_number(value) if value else None
            hearers = int(parse_number(reach)) if reach else None
        except BadTime as fault:
            return self._reject(row, Fault.BAD_TIME, str(fault))
        except BadNumber as fault:
            return self._reject(row, Fault.BAD_NUMBER, str(fault))
        customer = take("customer")
        return ComplaintDraft(
            text=text,
            channel=take("channel") or self._channel,
            source=self._source,
            external_id=take("id"),
            occurred_at=to_ms(moment.astimezone(UTC)) if moment else None,
            customer=self._pseudonyms.of(customer) if customer else None,
            rating=stars,
            product=take("product"),
            language=take("language"),
            segment=take("segment"),
            tier=take("tier"),
            value=worth,
            reach=hearers,
        )

    def _reject(self, row: Row, code: Fault, message: str) -> Rejection:
        raw = " | ".join(value for value in row.cells.values() if value)
        return Rejection.of(row.line, code, message, raw)
