"""What is done with personal data in the texts that come in."""

from __future__ import annotations

from dataclasses import dataclass

from .redaction import redact

__all__ = ["Privacy"]


@dataclass(frozen=True, slots=True)
class Privacy:
    """The settings of one database, obeyed by every way in."""

    redacts: bool = True

    def redacted(self, text: str) -> str:
        """The text as everybody may see it."""
        return redact(text) if self.redacts else text
