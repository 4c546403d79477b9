"""`nobodyasked token`."""

from __future__ import annotations

import re
import time
from typing import Annotated

import typer

from . import console

GROUP = "token"
app = typer.Typer(help="Make, list and revoke API tokens.", no_args_is_help=True)

ROLES = ("READER", "CONTRIBUTOR", "CURATOR", "ADMIN")
DAY_MS = 86_400_000
PERIOD_MOST_MS = 100 * 365 * DAY_MS
"""A hundred years: beyond it, none was meant, and no calendar goes much further."""
LAST_MS = 253_402_300_799_999
"""9999-12-31T23:59:59.999Z"""
ID_MOST = (1 << 63) - 1
ID_DIGITS = 19
_ID = re.compile(r"(?:token_)?(\d+)", re.ASCII)
_PERIOD = re.compile(r"(\d{1,7})([hdwy])$", re.ASCII)
_PERIOD_MS = {"h": 3_600_000, "d": DAY_MS, "w": 7 * DAY_MS, "y": 365 * DAY_MS}


def _expiry(period: str | None) -> int | None:
    """The time, in milliseconds, at which a token given for `90d`, `12h`, `2w` or `1y` from now ends."""
    if period is None:
        return None
    match = _PERIOD.match(period.strip().lower())
    if match is None or int(match[1]) == 0:
        raise typer.BadParameter("write it as 12h, 90d, 8w or 1y", param_hint="--expires")
    length = int(match[1]) * _PERIOD_MS[match[2]]
    if length > PERIOD_MOST_MS:
        raise typer.BadParameter("at most 100y, or leave it out for a token that never ends", param_hint="--expires")
    return time.time_ns() // 1_000_000 + length


@app.command("create")
@console.command
def create(
    member: Annotated[
        str, typer.Option(help="Name of the person or machine that acts; made where it is new.", show_default=False)
    ],
    role: Annotated[
        str,
        typer.Option(metavar="|".join(ROLES), help="What the token may do; each role includes the ones before it."),
    ],
    team: Annotated[str | None, typer.Option(help="Team that the member belongs to; made where it is new.")] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="PERIOD", help="Time until it ends: 12h, 90d, 8w, 1y.", show_default="never")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Make a token. Its secret is printed once and kept nowhere."""
    from ...models.commands import tokens
    from ...models.team import Role

    until, role = _expiry(expires), role.strip().upper()
    if role not in ROLES:
        raise typer.BadParameter(f"'{role.lower()}' is none of {', '.join(ROLES)}", param_hint="--role")

    async def work() -> tuple[str, int]:
        async with console.database(console.settings()) as db:
            return await tokens.create(db, member_name=member, role=Role(role), team_name=team, expires_at=until)

    secret, token_id = console.run(work())
    if json:
        console.print_json({"id": token_id, "secret": secret, "role": role, "expiresAt": _moment(until)})
        return
    console.say(f"Token {token_id} for {member}, {role}. Keep its secret now; it cannot be shown again.")
    print(secret)


@app.command("list")
@console.command
def list_tokens(json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False) -> None:
    """List the tokens, without their secrets."""
    from ...models.commands import tokens

    async def work() -> list[tokens.Token]:
        async with console.database(console.settings()) as db:
            return await tokens.list(db)

    rows = [
        {
            "id": token.id,
            "hint": token.hint,
            "member": token.member,
            "team": token.team,
            "role": str(token.role),
            "createdAt": _moment(token.created_at),
            "expiresAt": _moment(token.expires_at),
            "revokedAt": _moment(token.revoked_at),
            "lastUsedAt": _moment(token.last_used_at),
        }
        for token in console.run(work())
    ]
    if json:
        console.print_json(rows)
        return
    names = ("id", "begins with", "member", "team", "role", "created", "expires", "revoked", "last used")
    cells = [[str(value) if value is not None else "-" for value in row.values()] for row in rows]
    if console.out().is_terminal:
        from rich.table import Table

        table = Table()
        for name in names:
            # a time or a name that is too long goes on in the next line, and is not cut
            table.add_column(name, overflow="fold")
        for row in cells:
            table.add_row(*map(console.plain, row))
        console.out().print(table)
    else:
        for row in (names, *cells):
            print("\t".join(row))


@app.command("revoke")
@console.command
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as 'token list' or the API shows it.")],
) -> None:
    """End a token now."""
    from ...models.commands import tokens

    named = _ID.fullmatch(token.strip())
    if named is None:
        raise typer.BadParameter("write the id as 'token list' shows it, such as 3 or token_3", param_hint="ID")
    if len(named[1]) > ID_DIGITS or (token_id := int(named[1])) > ID_MOST:
        # no database has such ids, nor can it be asked for them
        raise console.Failure(f"There is no token {named[1]}.")

    async def work() -> None:
        async with console.database(console.settings()) as db:
            await tokens.revoke(db, token_id)

    console.run(work())
    console.say(f"Token {token_id} is revoked.")


def _moment(value: int | None) -> str | None:
    from ...models.fields import from_ms

    if value is None:
        return None
    # some database may hold a time that no calendar has
    return from_ms(min(max(value, 0), LAST_MS)).isoformat(timespec="seconds").replace("+00:00", "Z")
