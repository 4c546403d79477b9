from hypothesis import example, given
from hypothesis import strategies as st

from nobodyasked.server.cells import active, inert


@given(st.text("'=+-@\t\r a1", max_size=6))
@example("'+1 for dark mode")
@example("''-5")
def test_a_cell_is_no_formula_and_comes_back_as_it_was(cell: str) -> None:
    written = inert(cell)
    assert not written.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert active(written) == cell
    assert written == cell or cell.lstrip("'")[0] in "=+-@\t\r"
