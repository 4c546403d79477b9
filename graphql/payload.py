"""What mutations give back: things by their keys, and what a person can mend."""

from __future__ import annotations

from typing import Any, Optional

import strawberry

from .build import Builder

BUILDER = Builder()
"""Every type that declarations make; made once, when this file is first imported."""

NOUN = "noun"
"""Metadata key of a field that holds a thing's key and shows the thing."""


def noun(entity: str, description: str) -> Any:
    """A field whose Python value is a key (or None) and which shows the declared thing of that key."""
    return strawberry.field(
        description=description,
        graphql_type=Optional[BUILDER.types[entity]],  # noqa: UP045  (a value, not an annotation)
        metadata={NOUN: entity},
        default=None,
    )
