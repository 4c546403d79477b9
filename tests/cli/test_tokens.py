"""`nobodyasked token`."""

from __future__ import annotations

import sqlite3
from pathlib import Path

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
    assert secret not in either_cli("token", "list").out
    assert either_cli("token", "revoke", str(token["id"])).code == 0
    assert either_cli("token", "list", "--json").json[0]["revokedAt"] is not None


def test_the_secret_is_kept_nowhere(cli: Cli, home: Path) -> None:
    secret = cli("token", "create", "--member", "Ann", "--role", "READER", "--json").json["secret"]
    with sqlite3.connect(home / ".data" / "nobodyasked.db") as connection:
        dump = "\n".join(connection.iterdump())
    connection.close()
    assert secret not in dump


def test_a_token_that_is_not_there_cannot_be_revoked(cli: Cli) -> None:
    done = cli("token", "revoke", "7")
    assert done.code == 1
    assert "There is no token 7" in done.err
