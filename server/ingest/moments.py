"""Times as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LENGTH_MOST = 200
"""Characters of a time; e-mails put comments behind theirs."""

_COMPACT = re.compile(r"(?:19|20)\d{10}(?:\d\d)?$", re.ASCII)
_DIGITS = re.compile(r"\d{9,16}(?:\.\d+)?$", re.ASCII)
_SLASHED = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})(?:[ T,]+([^ T,].*)?)?$", re.ASCII)
_WEEKDAY = re.compile(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), ")
# two dates that differ in every part: what a text leaves out would show as a difference
_ONE_DEFAULT = datetime(2001, 1, 1)
_OTHER_DEFAULT = datetime(2004, 2, 2)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadTime(ValueError):
    """Not a time, or not a possible one."""


def parse_time(text: str, *, day_first: bool = False) -> datetime:
    """The moment that a text states, in UTC; without a zone it is taken as UTC, without a time of day as midnight.

    Takes ISO 8601, also as digits alone (20240131235900), seconds or milliseconds since 1970, the dates of e-mails, and
    the common written forms, where day and month are told by `day_first` if both readings are possible. Raises BadTime.
    """
    text = text.strip()
    if len(text) > LENGTH_MOST:
        raise BadTime(f"'{text[:60]}' is too long for a time")
    try:
        moment = _parse(text, day_first)
    except BadTime:
        raise
    except (ValueError, OverflowError, TypeError, IndexError) as fault:
        raise BadTime(f"'{text[:60]}' is not a time: {_plain(fault)}") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        if moment.tzinfo is not UTC:
            moment = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        raise BadTime(f"'{text[:60]}' is out of range or has an impossible offset") from None
    if moment < _EPOCH:
        raise BadTime(f"'{text[:60]}' lies before 1970")
    if moment > datetime.now(UTC) + timedelta(days=1):
        raise BadTime(f"'{text[:60]}' lies in the future")
    return moment


def _parse(text: str, day_first: bool) -> datetime:
    if text[:4].isdigit() and text[4:5] in "-/" and len(text) >= 8:
        # fromisoformat is fast and strict; only the separators that people vary are evened out
        even = text.replace("/", "-")
        even = even[:-4] + "+00:00" if even.endswith(" UTC") else even
        try:
            return datetime.fromisoformat(even)
        except ValueError as fault:
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2})?)?.*", even) and "out of range" in str(fault):
                raise BadTime(f"'{text[:60]}' is not a possible time: {fault}") from None
    if _COMPACT.match(text):
        # as milliseconds they would be of 1976 or of 2572 and later
        try:
            return datetime.strptime(text, "%Y%m%d%H%M" if len(text) == 12 else "%Y%m%d%H%M%S")
        except ValueError:
            raise BadTime(f"'{text}' is not a possible time: it is read as year, month, day, hour, minute") from None
    if _DIGITS.match(text):
        seconds = float(text)
        # 12 digits of seconds are the year 5138; of milliseconds, 1973
        return datetime.fromtimestamp(seconds / 1000 if seconds >= 1e11 else seconds, UTC)
    slashed = _SLASHED.match(text)
    if slashed:
        first, mark, second, year, rest = slashed.groups()
        # nobody writes 3.31.2024
        day, month = (first, second) if day_first or mark == "." else (second, first)
        clock = _parsed(rest, default=_ONE_DEFAULT) if rest else None
        if clock is not None and clock.date() != _ONE_DEFAULT.date():
            raise BadTime(f"'{text[:60]}' is not a time")
        start = datetime(int(year), int(month), int(day))
        return start if clock is None else datetime.combine(start.date(), clock.timetz())
    if _WEEKDAY.match(text):
        return parsedate_to_datetime(text)
    if len(text) < 6 or len(text) > 60:
        raise BadTime(f"'{text[:60]}' is not a time")
    one = _parsed(text, dayfirst=day_first, default=_ONE_DEFAULT)
    other = _parsed(text, dayfirst=day_first, default=_OTHER_DEFAULT)
    if one.date() != other.date():
        raise BadTime(f"'{text[:60]}' does not name a day, a month and a year")
    return one


def _parsed(text: str, *, default: datetime, dayfirst: bool = False) -> datetime:
    from dateutil import parser  # takes a while to import, and few files need it

    return parser.parse(text, dayfirst=dayfirst, default=default)


def _plain(fault: Exception) -> str:
    words = str(fault.args[0]) if fault.args else "unreadable"
    return words.split(": %s")[0] if "%s" in words else words


def day_comes_first(samples: list[str]) -> bool | None:
    """Whether dates like 3/4/2024 put the day first, as the samples show; None where they do not tell, or hold none."""
    first_big = second_big = False
    for sample in samples:
        match = _SLASHED.match(sample.strip())
        if match and match[2] != ".":
            first_big |= int(match[1]) > 12
            second_big |= int(match[3]) > 12
    if first_big == second_big:
        return None
    return first_big


def is_ambiguous(samples: list[str]) -> bool:
    """Whether a sample writes its date so that day and month can be mistaken."""
    return any((match := _SLASHED.match(sample.strip())) and match[2] != "." for sample in samples)
