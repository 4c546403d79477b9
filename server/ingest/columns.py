"""Which column holds what: said by the user, or guessed from its name and its first values."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .moments import BadTime, day_comes_first, is_ambiguous, parse_time
from .numbers import BadNumber, parse_number, parse_rating
from .row import REJECTS_COLUMNS, IngestError, MissingColumn, Row

_NAMES = {
    "text": "text message body content review comment comments feedback verbatim complaint description review_text review_body"
    " message_text comment_text review_content full_text message_body complaint_text narrative complaint_narrative response answer",
    "subject": "subject title headline review_title summary",
    "time": "time date timestamp created_at occurred_at datetime created sent_at submitted_at posted_at published_at review_date"
    " date_created created_time submission_date date_received received_at",
    "customer": "customer customer_id customer_key user user_id username user_name author author_id reviewer reviewer_id client"
    " client_id account account_id email email_address from sender respondent respondent_id member_id contact_id",
    "channel": "channel medium via touchpoint",
    "rating": "rating stars star_rating review_rating score overall",
    "id": "id external_id message_id review_id ticket_id complaint_id comment_id case_id uuid guid",
    "segment": "segment customer_segment cohort",
    "tier": "tier customer_tier plan membership loyalty_tier",
    "value": "value customer_value revenue annual_value annual_revenue",
    "reach": "reach followers follower_count followers_count audience",
    "product": "product product_name product_id app app_name application service",
    "language": "language lang locale",
}
_SPEAKERS = (
    "customer client user guest account author reviewer buyer shopper purchaser subscriber consumer member respondent requester"
    " submitter reporter contact sender from commenter poster caller passenger patient tenant resident student visitor"
)
_KEYS = (  # what tells one speaker from another, the surest first
    "id key uid uuid guid no nr num number code ref reference email e_mail email_address e_mail_address mail mail_address"
    " login handle username user_name nickname name full_name phone phone_number address"
)
_BARE = (  # other speakers' bare names head columns that say whether somebody is one
    "customer client user account author reviewer buyer shopper purchaser respondent requester submitter reporter sender from"
    " commenter poster caller"
)
_NAMES["customer"] += "".join(f" {one}_{key}" for key in _KEYS.split() for one in _SPEAKERS.split())
_NAMES["customer"] += f" {_BARE} e_mail e_mail_address mail your_email your_name full_name"
FIELDS: dict[str, tuple[str, ...]] = {field: tuple(dict.fromkeys(names.split())) for field, names in _NAMES.items()}
"""What a complaint takes from a file, and the column names that mean it, the likeliest first."""

NO_COLUMN = "-"
"""Said in place of a column's name: take no column for this, whatever they are called."""

OPTIONS = frozenset(("text", "time", "customer", "channel", "rating", "id"))
"""Fields whose columns the command line can name."""
ALIKE_FROM = 20
"""Rows that cannot all be of a few customers, if that is who a column names."""
FLAGS, FEW, FEW_SHARE = 2, 4, 0.1
"""How many different values are hardly customers: so many, or these where they are less than this share of the rows."""
SENTENCE_WORDS = 8
AGAIN = " (again)"
"""Ends the name of a column that an earlier one has already."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Field -> column, what stands for fields that have no column, and what the user should know of the guess."""

    of: Mapping[str, str]
    constants: Mapping[str, str]
    day_first: bool
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Columns of the file that nothing is taken from, in their order."""
    rejected: bool = False
    """Whether the file is one of rejected rows, whose own columns are none of these."""


def choose_columns(
    columns: Sequence[str],
    sample: Sequence[Row],
    said: Mapping[str, str],
    constants: Mapping[str, str],
    day_first: bool | None = None,
) -> Columns:
    """The column of each field. Raises MissingColumn where one that was said is not there, or none holds the text."""
    rejected = tuple(columns[: len(REJECTS_COLUMNS)]) == REJECTS_COLUMNS
    theirs = columns[len(REJECTS_COLUMNS) :] if rejected else columns
    of = {field: _said(columns, theirs, field, name) for field, name in said.items() if name != NO_COLUMN}
    notes: list[str] = []
    if rejected:
        notes.append(f"a file of rejected rows: its own columns ({', '.join(REJECTS_COLUMNS)}) are left out")
    by_name: dict[str, str] = {}
    for column in theirs:
        # what a rejected row's file called like a column of ours has its name again here
        by_name.setdefault(_bare(_first_name(column) if rejected else column), column)
    for field, names in FIELDS.items():
        if field in said or field in constants:
            continue
        for name in names:
            column = by_name.get(name)
            if column is None or column in of.values():
                continue
            doubt = _doubt(field, [row.cells.get(column, "") for row in sample])
            if doubt is None:
                if column + AGAIN in columns:
                    raise IngestError(_twice(field, column))
                of[field] = column
                break
            notes.append(f"column '{column}' is not taken for the {field}: {doubt}")
    if "text" not in of and "subject" in of and "subject" not in said:
        # a file of one-line messages: what looked like their subject is all there is
        of["text"] = of.pop("subject")
    if "text" not in of:
        raise MissingColumn("No column is named like one that holds the text.", columns, "Name it with --text.")
    if "time" not in of:
        notes.append("no column holds a time: rows get the time of their import (name a column with --time)")
    if not {"customer"} & (of.keys() | said.keys() | constants.keys()):
        notes.append(
            "no customer column: every row counts as a customer of its own (name a column with --customer NAME before you"
            " import, since a row keeps its customer; --customer - says that there is none)"
        )
    samples = [row.cells.get(of["time"], "") for row in sample] if "time" in of else []
    told = day_first if day_first is not None else day_comes_first(samples)
    if told is None and is_ambiguous(samples):
        notes.append("dates like 3/4/2024 are read as month/day/year (turn that round with --day-first)")
    left_out = tuple(_first_name(one) if rejected else one for one in theirs if one not in of.values())
    return Columns(of, dict(constants), bool(told), tuple(notes), left_out, rejected)


def _said(columns: Sequence[str], theirs: Sequence[str], field: str, name: str) -> str:
    """The column that the user named; in a file of rejected rows first of `theirs`, under the name that it had."""
    named = {_first_name(column): column for column in theirs} if len(theirs) < len(columns) else {}
    return named.get(name) or find_column(columns, field, name)


def _first_name(column: str) -> str:
    bare = column.removesuffix(AGAIN)
    return bare if bare in REJECTS_COLUMNS else column


def find_column(columns: Sequence[str], field: str, name: str) -> str:
    """The column that the user named, in its exact spelling or another one of case and punctuation."""
    if name in columns:
        return name
    alike = [column for column in columns if _bare(column) == _bare(name)]
    if len(alike) == 1:
        return alike[0]
    near = difflib.get_close_matches(name, columns, n=1, cutoff=0.6)
    hint = f"Did you mean '{near[0]}'?" if near else f"Name one of them with --{field}."
    raise MissingColumn(f"There is no column '{name}' to take the {field} from.", columns, hint)


def _twice(field: str, column: str) -> str:
    way = f"say which with --{field} '{column}' or --{field} '{column}{AGAIN}'" if field in OPTIONS else "rename one"
    return f"Two columns are called '{column}', and either may be the {field}: {way}."


def _bare(name: str) -> str:
    """`Created At`, `createdAt` and `created-at` are one name."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name.strip())
    return re.sub(r"[^a-z0-9]+", "_", apart.lower()).strip("_")


def _doubt(field: str, values: Sequence[str]) -> str | None:
    """Why a column's values do not suit a field, though its name does; None where they suit it."""
    filled = [value for value in values if value.strip()]
    checks: dict[str, tuple[Callable[[str], object], float, str]] = {
        "time": (_either_time, 0.5, "most of its first values are not times"),
        "rating": (parse_rating, 0.9, "its values are not from 1 to 5"),
        "value": (parse_number, 0.9, "its values are not numbers"),
        "reach": (parse_number, 0.9, "its values are not numbers"),
    }
    if not filled:
        return "its first values are empty" if field == "text" and values else None
    if field == "text":
        return "its first values are numbers" if all(_is_number(value) for value in filled) else None
    if field == "customer":
        if sum(len(value.split()) >= SENTENCE_WORDS for value in filled) > len(filled) / 2:
            return "its first values are sentences"
        kinds = len(set(filled))
        if len(filled) < ALIKE_FROM or kinds > (FEW if kinds < FEW_SHARE * len(filled) else FLAGS):
            return None
        if kinds == 1:
            return (
                f"its first {len(filled)} values are all the same (name it with --customer if they are one customer's)"
            )
        return (
            f"its first {len(filled)} values are {kinds} different ones (name it with --customer if they are customers)"
        )
    if field not in checks:
        return None
    parse, share, doubt = checks[field]
    good = 0
    for value in filled:
        try:
            parse(value)
        except (BadTime, BadNumber):
            continue
        good += 1
    return None if good >= share * len(filled) else doubt


def _either_time(value: str) -> object:
    try:
        return parse_time(value)
    except BadTime:
        return parse_time(value, day_first=True)


def _is_number(value: str) -> bool:
    try:
        parse_number(value)
    except BadNumber:
        return False
    return True
