"""Global ids: what they name, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.graphql.build import Builder
from nobodyasked.graphql.declare import ENTITIES, Entity, parse_global_id
from nobodyasked.graphql.ids import key_in
from nobodyasked.models.errors import Invalid

NODES = [name for name, entity in ENTITIES.items() if entity.prefix]


def test_every_node_has_a_prefix_of_its_own() -> None:
    assert Builder().types.keys() >= set(NODES)
    assert len({ENTITIES[name].prefix for name in NODES}) == len(NODES) == 36


def test_a_prefix_that_is_taken_is_refused() -> None:
    with pytest.raises(TypeError, match="'need' are those of Need"):
        type("Wish", (Entity,), {"__doc__": "What is wished for.", "prefix": "need"})
    assert "Wish" not in ENTITIES
    assert parse_global_id("need_1") == (ENTITIES["Need"], 1)
    assert {parse_global_id(text)[0].__name__ for text in ("reply_1", "response_1")} == {"Reply", "EscalationAnswer"}  # type: ignore[index]


@given(st.sampled_from(NODES), st.integers(min_value=1, max_value=10**18 - 1))
def test_there_and_back(name: str, key: int) -> None:
    text = f"{ENTITIES[name].prefix}_{key}"
    assert parse_global_id(text) == (ENTITIES[name], key)
    assert key_in(name, text, ()) == key


@pytest.mark.parametrize(
    "text",
    [
        "",
        "need",
        "need_",
        "need_0",
        "need_01",
        "need_-1",
        "need_1 ",
        " need_1",
        "need_١",
        "Need_1",
        "need_1e3",
        "need_" + "9" * 19,
        "_1",
        "x_1",
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert parse_global_id(text) is None
    with pytest.raises(Invalid):
        key_in("Need", text, ())


@given(st.text(max_size=40))
def test_any_text_is_an_id_or_refused(text: str) -> None:
    named = parse_global_id(text)
    assert named is None or f"{named[0].prefix}_{named[1]}" == text
