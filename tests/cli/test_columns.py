"""Times, numbers, and which column holds what."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.server.ingest.columns import choose_columns
from nobodyasked.server.ingest.moments import BadTime, day_comes_first, parse_time
from nobodyasked.server.ingest.numbers import BadNumber, parse_number, parse_rating
from nobodyasked.server.ingest.pseudonym import KEY_FILE, Pseudonyms, load_pseudonyms
from nobodyasked.server.ingest.row import MissingColumn, Row

DAY = datetime(2024, 3, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-03-04", DAY),
        ("2024/3/4", DAY),
        ("20240304", DAY),
        ("March 4, 2024", DAY),
        ("4 Mar 2024", DAY),
        ("3/4/2024", DAY),
        ("04.03.2024", DAY),
        ("1709510400", DAY),
        ("1709510400000", DAY),
        ("202403041030", DAY.replace(hour=10, minute=30)),
        ("20240304103000", DAY.replace(hour=10, minute=30)),
        ("2024-03-04T10:30:00Z", DAY.replace(hour=10, minute=30)),
        ("2024-03-04 10:30:00 UTC", DAY.replace(hour=10, minute=30)),
        ("2024-03-04T12:30+02:00", DAY.replace(hour=10, minute=30)),
        ("2024-03-04T10:30:00.123456789Z", DAY.replace(hour=10, minute=30, microsecond=123456)),
        ("3/4/2024 10:30 AM", DAY.replace(hour=10, minute=30)),
        ("Mon, 04 Mar 2024 11:30:00 +0100", DAY.replace(hour=10, minute=30)),
        ("Mon Mar  4 10:30:00 2024", DAY.replace(hour=10, minute=30)),
    ],
)
def test_times_as_people_write_them(text: str, expected: datetime) -> None:
    assert parse_time(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("2024-02-30", "2023-02-29", "2024-13-01", "2024-03-04T25:00", "Feb 30, 2024", "31/31/2024", "31.13.2024"),
        *("20240230120000", "202413011200", "20240101250000"),
        *("12:30", "May", "May 2024", "Monday", "yesterday", "5", "", "not a time", "0000-00-00", "3/4/2024 noonish"),
        *(
            "9999-01-01",
            "0001-01-01",
            "1901-01-01",
            "99999999999999999999",
            "-5",
            "nan",
            "2024-03-04T10:00:00+26:00",
            "x" * 500,
        ),
    ],
)
def test_impossible_times_are_refused(text: str) -> None:
    with pytest.raises(BadTime):
        parse_time(text)


@given(st.text(max_size=40) | st.from_regex(r"[0-9/:.T+ -]{4,30}", fullmatch=True))
def test_no_text_makes_the_time_parser_crash(text: str) -> None:
    try:
        moment = parse_time(text)
    except BadTime:
        return
    assert moment.tzinfo is UTC


@given(st.datetimes(datetime(1990, 1, 1), datetime(2025, 1, 1)), st.booleans())
def test_any_moment_comes_back_from_its_written_form(moment: datetime, slashed: bool) -> None:
    moment = moment.replace(microsecond=0)
    text = moment.strftime("%d/%m/%Y %H:%M:%S") if slashed else moment.isoformat()
    assert parse_time(text, day_first=True) == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        (["1/2/2024", "13/2/2024"], True),
        (["1/2/2024", "2/13/2024"], False),
        (["1/2/2024"], None),
        (["13/2/2024", "2/13/2024"], None),
        (["2024-01-02"], None),
    ],
)
def test_the_order_of_day_and_month_is_read_off_the_samples(samples: list[str], expected: bool | None) -> None:
    assert day_comes_first(samples) is expected


@pytest.mark.parametrize(
    ("text", "stars"),
    [("4", 4), ("4.5", 4.5), ("4,5", 4.5), ("4/5", 4), ("4 stars", 4), ("1 star", 1), ("★★★☆☆", 3), ("5 out of 5", 5)],
)
def test_ratings(text: str, stars: float) -> None:
    assert parse_rating(text) == stars


@pytest.mark.parametrize("text", ["0", "6", "10", "-1", "nan", "good", "4/10", "☆☆", "", "1e0", "٣"])
def test_what_is_no_rating(text: str) -> None:
    with pytest.raises(BadNumber):
        parse_rating(text)


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), ("1,200", 1200), ("€ 1,200.50", 1200.5), ("3e3", 3000), ("15 EUR", 15)]
)
def test_numbers(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize("text", ["-1", "nan", "inf", "1,2", "12a", "", "1e999", "0x10"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(BadNumber):
        parse_number(text)


# --- columns


def rows(columns: dict[str, list[str]]) -> list[Row]:
    return [
        Row(line, dict(zip(columns, cells, strict=True)))
        for line, cells in enumerate(zip(*columns.values(), strict=True), 2)
    ]


def choose(columns: dict[str, list[str]], **said: str):
    return choose_columns(tuple(columns), rows(columns), said, {})


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (("text", "app", "rating", "timestamp"), {"text": "text", "product": "app", "rating": "rating", "time": "timestamp"}),
        (("Review Body", "createdAt", "user-id"), {"text": "Review Body", "time": "createdAt", "customer": "user-id"}),
        (("id", "content", "email", "via"), {"id": "id", "text": "content", "customer": "email", "channel": "via"}),
        (("title", "body"), {"subject": "title", "text": "body"}),
        (("title",), {"text": "title"}),
        (("message", "Customer Segment", "tier", "followers", "locale"),
         {"text": "message", "segment": "Customer Segment", "tier": "tier", "reach": "followers", "language": "locale"}),
        *((("text", name), {"text": "text", "customer": name})
          for name in ("Customer Email", "guest_id", "Client", "Reviewer Name", "authorLogin", "user.id", "Account No.", "E-Mail", "Requester", "FROM")),
        (("Customer Name", "text", "Guest ID"), {"text": "text", "customer": "Guest ID"}),
        (("Customer Address", "text", "Reviewer Name"), {"text": "text", "customer": "Reviewer Name"}),
        (("text", "Home", "Guest Address"), {"text": "text", "customer": "Guest Address"}),
        *((("text", name), {"text": "text"})
          for name in ("Customer service rating", "User Agent", "client_version", "account_type", "Customer since", "agent_name", "guests",
                       "author_association", "Member", "Contact", "Subscriber", "Guest", "Visitor", "Tenant", "Contact reason", "user_comment", "product_name_id", "email_subject")),
    ],
)  # fmt: skip
def test_columns_are_known_by_their_names(columns: tuple[str, ...], expected: dict[str, str]) -> None:
    assert choose_columns(columns, [], {}, {}).of == expected


def test_a_name_is_not_enough_where_the_values_do_not_suit() -> None:
    chosen = choose(
        {"text": ["late"] * 4, "score": ["87", "90", "12", "55"], "date": ["a", "b", "c", "d"], "value": ["high"] * 4}
    )
    assert chosen.of == {"text": "text"}
    assert len([note for note in chosen.notes if "is not taken" in note]) == 3
    said = {
        "text": ["late"] * 20,
        "Customer": ["it came far too late for us to use"] * 20,
        "author": ["Anonymous"] * 20,
    }
    assert choose(said).of == {"text": "text"}
    assert choose(said, customer="author").of == {"text": "text", "customer": "author"}
    # what somebody is, or whether, names nobody
    for account in (["Yes", "No"] * 10, ["free", "paid", "trial", "gone"] * 11):
        flagged = choose({"text": ["late"] * len(account), "Account": account})
        assert flagged.of == {"text": "text"}
        assert any("different ones (name it with --customer" in note for note in flagged.notes)
    for account in (["Yes", "No"] * 9, ["ann", "bob", "cat"] * 7, ["ann", "bob", "cat", "dan", "eve"] * 30):
        assert "customer" in choose({"text": ["late"] * len(account), "Account": account}).of


def test_that_nobody_is_told_apart_is_said() -> None:
    alone = choose({"text": ["a"]}).notes
    assert [note for note in alone if "every row counts as a customer of its own" in note and "--customer NAME" in note]
    for known in (
        choose({"text": ["a"], "client": ["b"]}),
        choose({"text": ["a"]}, customer="-"),
        choose_columns(("text",), [], {}, {"customer": "Ann"}),
    ):
        assert not any("customer" in note for note in known.notes)


def test_a_number_is_no_text() -> None:
    assert choose({"message": ["1", "2"], "comment": ["late", "wet"]}).of["text"] == "comment"


def test_what_is_said_goes_before_what_is_guessed() -> None:
    chosen = choose({"text": ["a"], "Notes": ["b"], "rating": ["5"]}, text="notes", rating="-")
    assert chosen.of == {"text": "Notes"}


def test_a_column_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(MissingColumn, match=r"no column 'txet' .*'text', 'when'.*Did you mean 'text'"):
        choose({"text": ["a"], "when": ["b"]}, text="txet")
    with pytest.raises(MissingColumn, match=r"'alpha', 'beta'.*--text"):
        choose({"alpha": ["a"], "beta": ["b"]})


def test_doubtful_dates_are_told() -> None:
    chosen = choose({"text": ["a"], "date": ["3/4/2024"]})
    assert not chosen.day_first
    assert any("--day-first" in note for note in chosen.notes)
    assert choose({"text": ["a", "b"], "date": ["3/4/2024", "13/4/2024"]}).day_first


# --- pseudonyms


def test_an_address_becomes_a_keyed_digest_whatever_its_case() -> None:
    one, other = Pseudonyms(b"k" * 32), Pseudonyms(b"l" * 32)
    assert one.of("Ann@Example.org") == one.of("ann@example.org") != other.of("ann@example.org")
    assert "ann" not in one.of("ann@example.org")
    assert one.of("C-17") == "C-17"
    assert one.of("@handle") == "@handle"


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert load_pseudonyms(folder, None, write=False).of("a@b.cd") != load_pseudonyms(folder, None, write=False).of(
        "a@b.cd"
    )
    assert not folder.exists()
    first = load_pseudonyms(folder, None).of("a@b.cd")
    assert load_pseudonyms(folder, None).of("a@b.cd") == first
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert load_pseudonyms(folder, "a key of one's own").of("a@b.cd") != first
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]
