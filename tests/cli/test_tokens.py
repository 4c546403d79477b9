"""`nobodyasked token`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from .conftest import Cli


def test_a_token_is_made_listed_and_revoked(either_cli: Cli) -> None:
    made = either_cli("token", "create", "--member", "Ann", "--role", "curator", "--team", "Care", "--expires", "90d")
    assert made.code == 0
    secret = made.out.strip()
    assert secret.startswith("nba_")
    assert secret not in made.err
    (token,) = either_cli("token", "list", "--json").json
    assert (token["member"], token["team"], token["role"], token["revokedAt"]) == ("Ann", "Care", "CURATOR", None)
    assert token["expiresAt"] > token["createdAt"]
    assert secret.startswith(token["hint"])
    heading, line = either_cli("token", "list").out.splitlines()
    assert secret not in line
    assert dict(zip(heading.split("\t"), line.split("\t"), strict=True))["expires"] == token["expiresAt"]
    assert either_cli("token", "revoke", f"token_{token['id']}").code == 0
    assert either_cli("token", "list", "--json").json[0]["revokedAt"] is not None


def test_the_secret_is_kept_nowhere(cli: Cli, home: Path) -> None:
    secret = cli("token", "create", "--member", "Ann", "--role", "READER", "--json").json["secret"]
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert secret not in dump


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (("create", "--member", "Ann", "--role", "boss"), 2, "'boss' is none of READER, CONTRIBUTOR, CURATOR, ADMIN"),
        (("create", "--member", "", "--role", "reader"), 1, "--member: This takes one line"),
        (("create", "--member", "Ann", "--role", "reader", "--team", " "), 1, "--team: This takes one line"),
        (("revoke", "Ann"), 2, "such as 3 or token_3"),
    ],
)
def test_what_is_wrong_is_named(cli: Cli, arguments: tuple[str, ...], code: int, told: str) -> None:
    done = cli("token", *arguments)
    assert (done.code, told in " ".join(done.err.replace("│", " ").split())) == (code, True), done.err


@pytest.mark.parametrize("number", ["7", "0", "9" * 20, "1" + "0" * 400])
def test_a_token_that_is_not_there_cannot_be_revoked(either_cli: Cli, number: str) -> None:
    done = either_cli("token", "revoke", number)
    assert done.code == 1
    assert f"There is no token {number}" in done.err


@pytest.mark.parametrize("furnished", [False])
@pytest.mark.parametrize("period", ["99999y", "101y", "876001h", "0d", "1", "y", "-1d", "١d", "9" * 400 + "h"])
def test_a_period_that_is_none_is_refused(cli: Cli, home: Path, period: str) -> None:
    done = cli("token", "create", "--member", "Ann", "--role", "READER", "--expires", period)
    assert done.code == 2
    assert not (home / ".data").exists()


def test_the_longest_period_is_a_hundred_years(cli: Cli) -> None:
    done = cli("token", "create", "--member", "Ann", "--role", "READER", "--expires", "100y", "--json")
    assert done.code == 0
    assert cli("token", "list", "--json").json[0]["expiresAt"] == done.json["expiresAt"]


@pytest.mark.parametrize("moment", [(1 << 63) - 1, -(1 << 63), 253_402_300_800_000])
def test_times_that_no_calendar_has_do_not_stop_the_list(cli: Cli, home: Path, moment: int) -> None:
    cli("token", "create", "--member", "Ann", "--role", "READER")
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        connection.execute("UPDATE api_token SET expires_at = ?", (moment,))
    connection.close()
    assert cli("token", "list").code == 0
    assert cli("token", "list", "--json").json[0]["expiresAt"] in ("9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z")
