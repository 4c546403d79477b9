"""How large an operation may be."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

SALTS_BELOW = 1 << 30


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one operation; 0 or less is never "no limit". Defaults suit a public server."""

    letters: int = 250_000
    """Characters of the document: comments and blanks are read one by one."""
    operations: int = 50
    """Operations of one document."""
    tokens: int = 5_000
    """Lexical tokens of the document."""
    depth: int = 15
    """Fields inside fields."""
    aliases: int = 100
    """Renamed fields, counted after fragments are spread."""
    directives: int = 100
    """Directives, counted after fragments are spread."""
    root_fields: int = 20
    """Fields of the operation itself, counted after fragments are spread."""
    fields: int = 5_000
    """All fields, counted after fragments are spread."""
    nodes: int = 100_000
    """Things the answer could hold: page sizes multiplied down the tree."""
    page_default: int = 20
    """Page size of a connection that names none."""
    page_most: int = 100
    """Largest page size."""
    crowd: int = 3
    """Fewest customers that a cell of a break-down counts for READER (`plan/crowd.py`); 1 shows every cell."""
    salts: tuple[int, int, int] = (774_193_549, 387_420_489, 536_870_909)
    """Secrets below 2**30 by which those counts are rounded: a database has its own, which its servers share."""


def salts_of(secret: str) -> tuple[int, int, int]:
    """Three numbers from 1 up to 2**30 out of a secret text, the same for the same text."""
    one, two, three = (
        int.from_bytes(hashlib.sha256(f"crowds {number} {secret}".encode()).digest()[:8]) % (SALTS_BELOW - 1) + 1
        for number in range(3)
    )
    return one, two, three
