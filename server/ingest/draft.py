"""From a row of a file to what the import command takes."""

from __future__ import annotations

import re
from dataclasses import replace

from ...models.commands.complaints import ComplaintDraft
from ...models.fields import to_ms
from ..cells import active
from .columns import FIELDS, Columns
from .encoding import UNREADABLE
from .moments import BadTime, parse_time
from .numbers import BadNumber, parse_number, parse_rating
from .pseudonym import Pseudonyms
from .row import REJECTS_COLUMNS, Fault, Rejection, Row

PLAIN = re.compile(r"[^\s@<>:]+@[^\s@<>]+")
SINGLE = ("text", "subject", "customer", "id")
CODE = REJECTS_COLUMNS[1]
BEFORE_BYTES = frozenset(
    (Fault.BAD_ENCODING, Fault.MALFORMED_ROW, Fault.WRONG_COLUMN_COUNT, Fault.TOO_LONG, Fault.NUL_CHARACTER)
)
"""What a row may be rejected for though bytes of it could not be read; what others hold was said so."""


class Drafting:
    """Turns rows into drafts by the columns that were chosen."""

    def __init__(self, columns: Columns, source: str, channel: str, pseudonyms: Pseudonyms) -> None:
        self._source = source
        self._channel = channel
        self._day_first = columns.day_first
        self._defused = columns.rejected
        self._pseudonyms = pseudonyms
        self._constants = [columns.constants.get(field) for field in FIELDS]
        self._single = [(field, columns.of[field]) for field in SINGLE if field in columns.of]
        self._taken = [(place, columns.of[field]) for place, field in enumerate(FIELDS) if field in columns.of]

    def as_kept(self, draft: ComplaintDraft) -> ComplaintDraft:
        """The draft with the key that its customer is kept under."""
        return replace(draft, customer=draft.customer and self._pseudonyms.of(draft.customer))

    def draft(self, row: Row) -> ComplaintDraft | Rejection:
        cells = row.cells
        if row.lists:
            for field, column in self._single:
                if column in row.lists:
                    return self._reject(
                        row, Fault.MALFORMED_ROW, f"the {field} is not one text but a list or an object"
                    )
        values = self._constants.copy()
        for place, column in self._taken:
            cell = cells.get(column, "")
            if cell and self._defused:
                cell = active(cell)
            cell = cell.strip()
            if cell:
                values[place] = cell
        (
            text,
            subject,
            time,
            customer,
            channel,
            rating,
            external_id,
            segment,
            tier,
            value,
            reach,
            product,
            language,
        ) = values
        if subject and not (text and text.startswith(subject)):
            text = f"{subject}\n\n{text or ''}".strip()
        if not text:
            return self._reject(row, Fault.EMPTY_TEXT, "the text is empty")
        if "\x00" in "".join(cells.values()):
            return self._reject(row, Fault.NUL_CHARACTER, "holds a NUL character (is the file's encoding right?)")
        if self._defused and cells.get(CODE) in BEFORE_BYTES and UNREADABLE in "".join(filter(None, values)):
            message = f"still holds {UNREADABLE} where bytes could not be read: write what belongs there"
            return self._reject(row, Fault.BAD_ENCODING, message)
        try:
            return ComplaintDraft(
                text=text,
                channel=channel or self._channel,
                source=self._source,
                external_id=external_id,
                occurred_at=to_ms(parse_time(time, day_first=self._day_first)) if time else None,
                # an address alone never came in as it is; all else did once, and is known by that where it is met again
                customer=self._pseudonyms.of(customer) if customer and PLAIN.fullmatch(customer) else customer or None,
                rating=parse_rating(rating) if rating else None,
                product=product,
                language=language,
                segment=segment,
                tier=tier,
                value=parse_number(value) if value else None,
                reach=int(parse_number(reach)) if reach else None,
                answers=row.answers,
            )
        except BadTime as fault:
            return self._reject(row, Fault.BAD_TIME, str(fault))
        except BadNumber as fault:
            return self._reject(row, Fault.BAD_NUMBER, str(fault))

    def _reject(self, row: Row, code: Fault, message: str) -> Rejection:
        raw = " | ".join(value for value in row.cells.values() if value)
        return Rejection.of(row.line, code, message, raw, row.cells)
