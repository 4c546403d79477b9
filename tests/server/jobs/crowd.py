"""Customers of a shop, who say few things in many ways."""

from __future__ import annotations

from nobodyasked.models.actor import Actor
from nobodyasked.models.commands.complaints import ComplaintDraft, import_rows
from nobodyasked.models.database import Database

THEMES = {
    "parcel": [
        "the parcel came {} days late",
        "my parcel was {} days late again",
        "parcel {} days late, very annoying",
    ],
    "password": [
        "i cannot reset my password after {} tries",
        "resetting my password fails, {} tries so far",
        "password reset does not work, {} tries",
    ],
    "invoice": [
        "the invoice shows {} euros too much",
        "my invoice is wrong by {} euros",
        "wrong invoice, {} euros more than agreed",
    ],
    "battery": [
        "terrible battery, it dies after {} hours",
        "my battery fails within {} hours, very bad",
        "the battery is broken, it dies within {} hours",
    ],
}


def drafts(count: int, first: int = 0, themes: list[str] | None = None) -> list[ComplaintDraft]:
    """`count` messages of as many customers, the themes in turn."""
    names = themes or list(THEMES)
    return [
        ComplaintDraft(
            text=THEMES[names[number % len(names)]][number // len(names) % 3].format(number % 23 + 2),
            channel="mail",
            source="crowd",
            external_id=str(number),
            customer=f"customer-{number}",
            rating=1 + number % 3,
        )
        for number in range(first, first + count)
    ]


async def arrive(database: Database, count: int, first: int = 0, themes: list[str] | None = None) -> list[int]:
    """Import messages; their ids."""
    results = await import_rows(database, Actor.operator(), drafts(count, first, themes))
    return [result.complaint_id for result in results if result.complaint_id is not None]
