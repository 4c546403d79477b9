"""The player of pages: that it follows what has moved, and tells what is gone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .played import Player, Served

PAGE = """
<!-- need_7: { needs(first: 1) { nodes { id } } } -->

```graphql
mutation { needConfirm(input: { needId: "need_7", version: 2 }) { need { id } userErrors { code } } }
```

```graphql
{ need(id: "need_7") { id statement evidence(first: 3) { edges { quote confidence } } } }
```

```json
{ "data": { "need": { "id": "need_7", "statement": "Customers need to know ...",
    "evidence": { "edges": [..., { "quote": "soon is not a day", "confidence": 0.5 }, ...] } } } }
```
"""
QUOTES = [{"quote": "and when?", "confidence": 0.75}, {"quote": "soon is not a day", "confidence": 0.25}]


class Canned(Served):
    """Answers without a server."""

    def __init__(self, found: list[str], quotes: list[dict[str, Any]], refused: list[dict[str, str]]) -> None:
        self.asked: list[str] = []
        self.answers: dict[str, Callable[[], Any]] = {
            "needs(": lambda: {"needs": {"nodes": [{"id": one} for one in found]}},
            "node(": lambda: {"node": {"version": 4}},
            "needConfirm": lambda: {"needConfirm": {"need": {"id": found[0]}, "userErrors": refused}},
            "need(": lambda: {
                "need": {
                    "id": found[0],
                    "statement": "Customers need to know when the parcel will come",
                    "evidence": {"edges": quotes},
                }
            },
        }

    def ask(self, query: str) -> Any:
        self.asked.append(query)
        return {"data": next(answer() for name, answer in self.answers.items() if name in query)}


def written(
    *, found: list[str], quotes: list[dict[str, Any]] = QUOTES, refused: list[dict[str, str]] | None = None
) -> str:
    return Player(Canned(found, quotes, refused or []), chained=False).written(PAGE)


def test_a_page_follows_ids_versions_orders_and_figures() -> None:
    page = written(found=["need_31"])
    moved = PAGE.replace("need_7", "need_31").replace("version: 2", "version: 4").replace("0.5", "0.25")
    assert page == moved
    served = Canned(["need_31"], QUOTES, [])
    assert Player(served, chained=False).play(page, exact=True) == []
    assert 'needId: "need_31", version: 4' in served.asked[2]
    # elsewhere things may have other ids and figures, but not here
    assert Player(Canned(["need_8"], QUOTES, []), chained=False).play(page, exact=False) == []
    assert Player(Canned(["need_8"], QUOTES, []), chained=False).play(page, exact=True) != []


def test_what_is_gone_is_told() -> None:
    with pytest.raises(SystemExit, match=r"line 2, .*what need_7 is said to be is not there any more"):
        written(found=[])
    with pytest.raises(SystemExit, match=r"line 9, .*evidence\.edges: holds 1, and none for what is printed after"):
        written(found=["need_31"], quotes=QUOTES[:1])
    with pytest.raises(AssertionError, match="STALE_VERSION"):
        written(found=["need_31"], refused=[{"code": "STALE_VERSION"}])
    (unbound,) = Player(Canned(["need_31"], QUOTES, []), chained=False).play(PAGE.split("-->")[1], exact=True)
    assert "nothing before tells what need_7 is" in unbound
    (refusal,) = Player(Canned(["need_7"], QUOTES, [{"code": "CONFLICT"}]), chained=False).play(PAGE, exact=False)
    assert "CONFLICT" in refusal
