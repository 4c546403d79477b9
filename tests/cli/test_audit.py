"""`nobodyasked audit`."""

from __future__ import annotations

import asyncio
from pathlib import Path

from nobodyasked.models.database import Database

from .conftest import Cli, write_csv


def test_the_commits_of_an_import_are_known_by_its_name(either_cli: Cli, home: Path) -> None:
    for name in ("a", "b"):
        write_csv(home / f"{name}.csv", ("text",), [(f"The zip broke ({name}, {row}).",) for row in range(2_100)])
    done = either_cli("import", "a.csv", "b.csv", "--text", "text", "--json")
    first, second = (summary["import"] for summary in done.json["files"])
    assert first != second
    assert f"in the audit log: {first}" in done.err
    entries = either_cli("audit", "list", "--json").json[::-1]
    assert [entry["deed"] for entry in entries] == [first, first, second, second]
    told = [{one["table"]: one["count"] for one in entry["changes"]}["complaint"] for entry in entries]
    assert told == [2_000, 100] * 2


def test_what_commands_did_is_listed_and_verified(either_cli: Cli, database_url: str) -> None:
    either_cli("token", "create", "--member", "Ann", "--role", "curator")
    noted = either_cli("audit", "verify")
    assert (noted.code, noted.out[:2]) == (0, "1:")
    either_cli("token", "revoke", "1")
    revoked, created = either_cli("audit", "list", "--json").json
    assert (created["id"], created["deed"], created["role"]) == (1, "token create", "ADMIN")
    assert (revoked["id"], revoked["deed"]) == (2, "token revoke")
    (row,) = revoked["changes"][0]["rows"]
    assert row["before"] == {"revoked_at": None}
    assert row["after"]["revoked_at"] <= revoked["at"]
    assert either_cli("audit", "list", "--limit", "1").out.endswith("token revoke\t-\tupdate 1 api_token\n")
    assert either_cli("audit", "verify", "--head", noted.out.strip()).code == 0
    assert either_cli("audit", "verify", "--head", "1:" + "0" * 64).code == 1
    assert either_cli("audit", "verify", "--head", "one").code == 2

    async def tamper() -> None:
        database = await Database.open(database_url, pool=1)
        async with database.transaction() as transaction:
            await transaction.execute("UPDATE audit_entry SET deed = 'nothing' WHERE id = 1")
        await database.close()

    asyncio.run(tamper())
    told = either_cli("audit", "verify")
    assert told.code == 1
    assert "entry 1 is not what was sealed" in told.err
