"""The words of a span, for statements."""

from __future__ import annotations

__all__ = ["QUOTE"]

# both databases count characters here, as offsets do
QUOTE = "substr(c.text, s.start_offset + 1, s.end_offset - s.start_offset)"
"""Those of the span `s` of the complaint `c`."""
