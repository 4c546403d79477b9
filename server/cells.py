"""Cells of CSV files that people open in a spreadsheet."""

from __future__ import annotations

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def inert(cell: str) -> str:
    """The cell with an apostrophe before a first character that would make a spreadsheet run it as a formula.

    A cell that has such apostrophes already gets one more, so that `active` gives back what was written. Numbers with a
    sign are text to this function: a writer hands it texts only.
    """
    return "'" + cell if _marked(cell) else cell


def active(cell: str) -> str:
    """The opposite of `inert`: the cell as it was."""
    return cell[1:] if cell.startswith("'") and _marked(cell) else cell


def _marked(cell: str) -> bool:
    return cell.lstrip("'").startswith(_FORMULA_STARTS)
