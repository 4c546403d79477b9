"""What READER should be shown of what is counted, in plain Python: see docs/decisions/0023."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any

from .shape import Row, Thing

K = 3
SALTS = (774_193_549, 387_420_489, 536_870_909)
"""Those of a graph that nobody gave others."""
PRIME = (1 << 31) - 1
WEEKLY = {("Need", "weekly"), ("Impact", "weekly")}
COUNTED = ("complaints", "customers", "evidence")
HIDDEN = {
    ("Alert", "expected"),
    ("BundledNeed", "coverage"),
    ("QueryBundleSuggestEdge", "coverage"),
    ("NeedMovement", "expected"),
    ("QueryNeedMovementsEdge", "expected"),
    ("Complaint", "customer"),
} | {
    (kind, name)
    for kind in ("Alert", "NeedMovement", "QueryNeedMovementsEdge")
    for name in ("pValue", "falseDiscovery")
}
STEPPED = {(kind, "observed") for kind in ("Alert", "NeedMovement", "QueryNeedMovementsEdge")} | {
    (kind, name) for kind in ("BundledNeed", "QueryBundleSuggestEdge") for name in ("gain", "covered")
}


def crowded(source: Any, kind: str, name: str, value: Any) -> Any:
    """The value of a field as READER sees it."""
    if (kind, name) in HIDDEN:
        return None
    if (kind, name) in STEPPED:
        return value // K * K
    if not (isinstance(value, list) and value and isinstance(value[0], dict) and "customers" in value[0]):
        return value
    if name.endswith(("Segment", "Tier")):
        owner = source.row["id"] if isinstance(source, Thing) and source.row else 0
        return of_customers(value, f"{kind}.{name}", owner, name.rpartition("y")[2].lower())
    return of_messages(value, (kind, name))


def of_messages(rows: list[Row], place: tuple[str, str]) -> list[Row]:
    """In steps of K, from K customers on."""
    found = []
    for row in rows:
        enough = row["customers"] >= K
        if enough or place in WEEKLY:
            steps = {one: row[one] // K * K if enough else 0 for one in COUNTED if one in row}
            found.append({**row, **steps, "change": None, "expected": None})
    order: Callable[[Row], Any] = {
        "evidenceByChannel": lambda row: -row["evidence"],
        "competitors": lambda row: -row["customers"],
    }.get(place[1], lambda row: 0 if "week" in row else -row["complaints"])
    label = next(iter(rows[0]))
    # they come in the order of their counts, those that count alike in that of their names
    tie: Callable[[Row], Any] = lambda row: row[label].row["id"] if label == "team" else row[label] or ""  # noqa: E731
    return sorted(found, key=lambda row: (order(row), row[label] is None, tie(row)))


def of_customers(rows: list[Row], place: str, owner: int, label: str) -> list[Row]:
    """Small cells left out, with the smallest other one where they are few; the others rounded by a fixed draw."""
    named = sorted(rows, key=lambda row: (row[label] is None, row[label] or ""))
    few = sum(row["customers"] for row in rows if row["customers"] < K)
    large = sorted((row for row in named if row["customers"] >= K), key=lambda row: row["customers"])
    spared = large[:1] if 0 < few < K else []
    total = sum(row["complaints"] for row in rows)
    found = []
    for number, row in enumerate(named, 1):
        if row["customers"] < K or row in spared:
            continue
        mixed = SALTS[0] * (total % PRIME) + SALTS[1] * number + SALTS[2] * (owner % PRIME)
        drawn = pow((mixed % PRIME + zlib.crc32(place.encode()) % PRIME) % PRIME, 2, PRIME)
        shown = {
            "complaints": (row["complaints"] + drawn // 7 % K) // K * K,
            "customers": (row["customers"] + drawn // 1013 % K) // K * K,
        }
        found.append({**row, **shown})
    return sorted(found, key=lambda row: (-row["complaints"], row[label] is None, row[label] or ""))
