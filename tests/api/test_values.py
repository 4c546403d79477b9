"""Marks and shapes: which requests share a plan."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.graphql.plan.values import Leaf, fetch, mark, plain, shape
from nobodyasked.models.need import NeedStatus

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(SCALARS, max_size=4)
        | st.lists(st.dictionaries(st.text(max_size=5), inner, max_size=3), max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=12,
)


def leaves(value: Any) -> list[Leaf]:
    if isinstance(value, Leaf):
        return [value]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else []
    return [leaf for item in items for leaf in leaves(item)]


@given(st.dictionaries(st.text(max_size=5), VALUES, max_size=4))
def test_marks_lead_back_to_their_values(variables: dict[str, Any]) -> None:
    marked = mark(variables)
    assert plain(marked) == variables
    for leaf in leaves(marked):
        assert fetch(variables, leaf.path) == leaf.value
    # hashable, and the same for the same
    assert hash(shape(variables)) == hash(shape(plain(marked)))


def test_what_shapes_the_sql_is_told_apart() -> None:
    different = [
        None,
        True,
        False,
        "word",
        "need_1",
        "complaint_1",
        1,
        NeedStatus.ACTIVE,
        NeedStatus.MERGED,
        {"eq": 1},
        {"eq": None},
        ["a"],
        ["need_1"],
        [{"a": 1}],
    ]
    assert len({shape(value) for value in different}) == len(different)


def test_what_does_not_shape_the_sql_is_not() -> None:
    assert shape({"eq": 1}) == shape({"eq": 2})
    assert shape("late") == shape("slow")
    assert shape("need_1") == shape("need_2")
    assert shape(["a", "b"]) == shape(["c"])
