from collections.abc import Collection

import numpy as np
import pytest

from nobodyasked.inference import Findings, HashedWords, Message, Parameters, find
from nobodyasked.inference.past import Past

PRINT = ["I can't print labels", "Still can't print labels from my phone", "No way to print labels here",
         "How do I print labels?", "Why can't I print labels?", "It won't let me print labels"]  # fmt: skip
RIVER = ["Blue labels fell into the river", "Blue labels fell in the river again", "The blue labels fell into a river",
         "My blue labels fell into the river", "Our blue labels fell into the river"]  # fmt: skip
ASKED = Parameters(closeness=-1.0)


@pytest.fixture(autouse=True)
def plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    """All that is said is alike, and customers say plainly what they lack."""
    monkeypatch.setattr("nobodyasked.inference.need.grouped", lambda points, *_: [np.arange(len(points))])
    monkeypatch.setattr("nobodyasked.inference.need.said_plainly", lambda *_: True)
    monkeypatch.setattr("nobodyasked.inference.need._Run._is_scattered", lambda *_: False)


def run(texts: list[str], past: Past | None = None) -> tuple[Findings, dict[str, set[str]]]:
    """What was found, and the supporting texts by statement."""
    given = [Message(number, text, number) for number, text in enumerate(texts)]
    found = find(given, HashedWords(), ASKED, **({} if past is None else {"past": past}))
    return found, {
        need.statement: {texts[found.spans[item.span].key] for item in need.evidence if item.stance == "SUPPORTS"}
        for need in found.needs
    }


def past_of(found: Findings, read: Collection[int]) -> Past:
    owners = {
        found.spans[item.span][:3]: number
        for number, need in enumerate(found.needs)
        for item in need.evidence
        if item.stance == "SUPPORTS"
    }
    called = {number: need.called for number, need in enumerate(found.needs) if need.called is not None}
    return Past(owners, called, read)


def test_a_run_over_the_same_texts_finds_the_same_needs() -> None:
    texts = PRINT + RIVER
    found, first = run(texts)
    assert set(PRINT) <= set().union(*first.values())
    assert first.keys() == {"Customers need a way to print labels"}
    found_again, again = run(texts, past_of(found, range(len(texts))))
    assert again == first
    assert [need.evidence for need in found_again.needs] == [need.evidence for need in found.needs]


def test_what_was_no_need_becomes_one_once_much_of_it_is_new() -> None:
    before = PRINT + RIVER[:3]
    found, first = run(before)
    read = range(len(before))
    more = [text.replace("river", "brook") for text in RIVER]
    _, few = run(before + more[:1], past_of(found, read))
    _, many = run(before + more, past_of(found, read))
    assert few == first
    (need,) = many.keys() - first.keys()
    assert many[need] > set(more[:3])
    places = [(key, 0, 9) for key in range(9)]
    assert Past({}, {}, read).is_settled(places)
    assert not Past(dict.fromkeys(places[:3], 0), {}, read).is_settled(places)
    assert not Past({}, {}, range(6)).is_settled(places)
    # who does not know what was read then takes all of it for new
    assert not Past({}).is_settled(places)
    assert Past({}).is_mostly_new(places)


def test_a_need_is_called_what_it_was_called_until_much_of_it_is_new() -> None:
    found, first = run(PRINT)
    otherwise = [f"I can't print labels at {where}" for where in ("home", "work", "night")]
    _, few = run([*PRINT, *otherwise[:1]], past_of(found, range(len(PRINT))))
    assert few.keys() == first.keys()
    assert otherwise[0] in next(iter(few.values()))


def test_what_was_a_need_is_not_asked_again_whether_it_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nobodyasked.inference.need._MOST_QUOTED", len(RIVER) + 1)
    found, first = run(RIVER)
    (name,) = first
    assert name.startswith("“")
    more = [text.replace("blue", "pale blue") for text in RIVER]
    assert run(RIVER + more)[1] == {}  # so many who say nothing alike would not have been a need
    ((_, own),) = run(RIVER + more, past_of(found, range(len(RIVER))))[1].items()
    assert own >= set(RIVER)
    # nor whether it tells of something that works
    monkeypatch.setattr("nobodyasked.inference.need._MOST_AGAINST", -1.0)
    monkeypatch.setattr("nobodyasked.inference.need._MOST_AGAINST_UNCLEAR", -1.0)
    assert run(RIVER)[1] == {}
    assert run(RIVER, past_of(found, range(len(RIVER))))[1] == first
