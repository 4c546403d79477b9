import dataclasses
import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from nobodyasked.inference import Cancelled, Findings, HashedWords, Kind, Message, MiniLM, Parameters, find, named
from nobodyasked.inference.finding import Heard
from nobodyasked.inference.span import split

THINGS = {
    "print": ["I can't print labels", "Still can't print labels from my phone", "No way to print labels here", "How do I print labels?",
              "Why can't I print labels?", "It won't let me print labels"],
    "crash": ["The app crashes on start", "It crashes when I log in", "The app crashes all the time", "Crashes every morning",
              "App crashes after the start screen", "It always crashes on start"],
    "dark": ["Please add dark mode", "Dark mode would be nice to have", "I want dark mode for the night", "Where is dark mode?",
             "We need a dark mode", "Bring back dark mode please"],
}  # fmt: skip
PRAISE = ["I love to print labels with it, great and easy", "Love it!!!", "Great app, thanks", "Hello dear team,"]


def messages() -> list[Message]:
    texts = [text for texts in THINGS.values() for text in texts] + PRAISE
    return [Message(100 + number, text, customer=number) for number, text in enumerate(texts)]


def check(found: Findings, given: Sequence[Message]) -> None:
    text = {message.key: message.text for message in given}
    assert found.vectors.shape == (len(found.spans), 384)
    assert found.vectors.dtype == np.float32
    for span in found.spans:
        assert 0 <= span.start < span.end <= len(text[span.key])
        assert span.kind is not Kind.NOISE
    assert len({need.statement for need in found.needs}) == len(found.needs)
    for need in found.needs:
        assert need.basis in ("TEMPLATE", "QUOTE")
        assert 0 <= need.confidence <= 1
        np.testing.assert_allclose(np.linalg.norm(need.centroid), 1, atol=1e-5)
        for item in need.evidence:
            assert item.stance in ("SUPPORTS", "CONTRADICTS")
            assert 0 <= item.confidence <= 1
            assert item.confidence == round(item.confidence, 4)
            assert 0 <= item.span < len(found.spans)
        assert len({item.span for item in need.evidence}) == len(need.evidence)


def supporters(found: Findings) -> list[set[int]]:
    return [{found.spans[item.span].key for item in need.evidence if item.stance == "SUPPORTS"} for need in found.needs]


COMES = ["Alerts do not arrive on my phone", "My alerts won't arrive on the phone", "Alerts never arrive on this phone", "No alerts arrive on my phone",
         "Why don't alerts arrive on my phone?", "The alerts do not arrive on my phone"]  # fmt: skip
GOES = ["Alerts will not go away on my phone", "My alerts won't go away on the phone", "Alerts never go away on this phone", "Alerts don't go away on my phone",
        "Why don't alerts go away on my phone?", "The alerts do not go away on my phone"]  # fmt: skip


def test_what_does_not_come_and_what_will_not_go_are_two_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [Message(number, text, number, 1.0) for number, text in enumerate(COMES + GOES)]
    asked = Parameters(closeness=-1.0)
    monkeypatch.setattr("nobodyasked.inference.need.grouped", lambda points, *_: [np.arange(len(points))])
    both = [set(range(len(COMES))), set(range(len(COMES), len(given)))]
    assert sorted(supporters(find(given, HashedWords(), asked)), key=min) == both


def test_what_does_not_bear_a_need_out_is_no_evidence_where_customers_say_plainly_what_they_lack(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    beside = "I print blue labels at the office every evening"
    given = [Message(number, text, number) for number, text in enumerate([*THINGS["print"], beside])]
    asked = Parameters(closeness=-1.0)
    monkeypatch.setattr("nobodyasked.inference.need.grouped", lambda points, *_: [np.arange(len(points))])
    monkeypatch.setattr("nobodyasked.inference.need._Run._is_scattered", lambda *_: False)
    (loose,) = supporters(find(given, HashedWords(), asked))
    monkeypatch.setattr("nobodyasked.inference.need.said_plainly", lambda *_: True)
    (plain,) = supporters(find(given, HashedWords(), asked))
    assert loose - plain == {len(given) - 1}


def test_the_needs_of_a_small_set_come_out() -> None:
    given = messages()
    found = find(given, HashedWords(), Parameters(granularity=0.55, closeness=0.3))
    check(found, given)
    statements = " | ".join(need.statement for need in found.needs)
    assert "print labels" in statements
    assert "crash" in statements
    assert "ark mode" in statements
    noise = {message.key for message in given if message.text in PRAISE[1:]}
    assert not noise & set().union(*supporters(found))
    assert found.counts["messages"] == len(given)
    assert found.counts["noise"] == 3
    assert found.counts["needs"] == len(found.needs)
    assert set(found.timings) == {"read", "embed", "group", "name", "link"}


def test_the_default_model_tells_the_needs_apart(minilm: MiniLM) -> None:
    given = messages()
    found = find(given, minilm)
    check(found, given)
    keys = {name: {100 + row for row in range(6 * place, 6 * place + 6)} for place, name in enumerate(THINGS)}
    for name, wanted in keys.items():
        best = max(supporters(found), key=lambda some: len(some & wanted))
        assert len(best & wanted) >= 4, name
        assert len(best - wanted) <= 1, name
    assert any(need.statement == "Customers need a way to print labels" for need in found.needs)
    praised = next(need for need in found.needs if "print" in need.statement)
    against = [found.spans[item.span].key for item in praised.evidence if item.stance == "CONTRADICTS"]
    assert against == [118]


def test_what_is_alike_is_told_whether_it_is_a_need_or_not() -> None:
    given = [Message(number, text, customer=1) for number, text in enumerate(THINGS["print"])]
    found = find(given, HashedWords(), Parameters(granularity=0.3))
    assert found.needs == []
    assert max(len(rows) for rows in found.groups) >= 5
    rows = [row for some in found.groups for row in some]
    assert len(rows) == len(set(rows))
    assert all(found.spans[row].kind is not Kind.PRAISE for row in rows)


def test_the_same_input_gives_the_same_needs() -> None:
    first, second = (find(messages(), HashedWords(), Parameters(granularity=0.55, closeness=0.3)) for _ in range(2))
    assert [need.statement for need in first.needs] == [need.statement for need in second.needs]
    assert [need.evidence for need in first.needs] == [need.evidence for need in second.needs]


def test_copies_of_one_text_are_one_voice() -> None:
    flood = [Message(number, "The checkout loses my basket", customer=number) for number in range(30)]
    found = find(flood, HashedWords())
    assert found.needs == []
    found = find(
        [*flood, Message(99, "Checkout loses my basket always", customer=99)],
        HashedWords(),
        Parameters(granularity=0.4),
    )
    assert len(found.needs) == 1
    assert len(found.needs[0].evidence) == 31


def test_one_customer_alone_makes_no_need() -> None:
    given = [Message(number, text, customer=1) for number, text in enumerate(THINGS["print"])]
    assert find(given, HashedWords()).needs == []
    assert find(given, HashedWords(), Parameters(minimum_customers=1, granularity=0.3, closeness=0.2)).needs != []


def test_a_large_set_takes_more_customers_for_a_need() -> None:
    pair = [Message(number, text, customer=number) for number, text in enumerate(THINGS["dark"][:2])]
    third = Message(2, THINGS["dark"][2], customer=2)
    others = [
        Message(number, f"The word{number} of thing{number} failed", customer=number) for number in range(10, 170)
    ]
    loose = Parameters(granularity=0.3, closeness=0.2)

    def dark(given: list[Message]) -> bool:
        return any("ark mode" in need.statement for need in find(given, HashedWords(), loose).needs)

    assert dark(pair)
    assert not dark([*pair, *others])
    assert dark([*pair, third, *others])


def test_of_very_many_a_sample_is_grouped_and_the_others_join(monkeypatch: pytest.MonkeyPatch, minilm: MiniLM) -> None:
    whole = supporters(find(messages(), minilm))
    monkeypatch.setattr("nobodyasked.inference.need._MOST_GROUPED", 12)
    sampled = supporters(find(messages(), minilm))
    assert len(sampled) == len(whole)
    assert sum(len(some) for some in sampled) >= 0.8 * sum(len(some) for some in whole)


def test_nothing_in_nothing_out() -> None:
    for given in ([], [Message(1, "")], [Message(1, "Love it!!!"), Message(2, "\x00 😭")]):
        found = find(given, HashedWords())
        assert (found.spans, found.needs, found.vectors.shape) == ([], [], (0, 384))


class Counting(HashedWords):
    """Remembers what it was asked to embed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.extend(texts)
        return super().embed(texts)


def test_no_wording_is_embedded_twice_and_known_vectors_not_at_all() -> None:
    given = [*messages(), *(dataclasses.replace(message, key=message.key + 500) for message in messages())]
    embedder = Counting()
    found = find(given, embedder)
    spans = [text for text in embedder.asked if text in {message.text for message in given}]
    assert len(spans) == len(set(spans))
    known = {(span.key, span.start, span.end): vector for span, vector in zip(found.spans, found.vectors, strict=True)}
    again = find(given, Counting(), vectors=known)
    assert again.counts["embedded"] == 0
    assert [need.statement for need in again.needs] == [need.statement for need in found.needs]


def test_what_was_read_before_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    given = messages()
    first = find(given, HashedWords())
    held = {message.key: [span for span in first.spans if span.key == message.key] for message in given[:14]}
    heard = {key: Heard(spans, 0) for key, spans in held.items()}
    read: list[str] = []
    monkeypatch.setattr("nobodyasked.inference.foreign.split", lambda text: read.append(text) or split(text))
    again = find(given, HashedWords(), heard=heard)
    assert read == [message.text for message in given[14:]]
    assert again.spans == first.spans
    assert [need.statement for need in again.needs] == [need.statement for need in first.needs]
    assert again.counts == first.counts


def test_progress_runs_through_the_phases_and_a_cancel_is_heard() -> None:
    told: list[tuple[str, float]] = []
    find(messages(), HashedWords(), progress=lambda phase, share: told.append((phase, share)))
    assert list(dict.fromkeys(phase for phase, _ in told)) == ["read", "embed", "group", "name", "link"]
    assert all(0 <= share <= 1 for _, share in told)
    assert all(
        one[0] != other[0] or one[1] <= other[1] for one, other in pairwise(told)
    )  # though needs are named again
    for limit in range(0, len(told), 3):
        calls = iter(range(10_000))
        with pytest.raises(Cancelled):
            find(messages(), HashedWords(), cancelled=lambda calls=calls, limit=limit: next(calls) >= limit)


def test_parameters_are_plain_numbers() -> None:
    given = dataclasses.asdict(Parameters(granularity=0.5))
    assert Parameters(**json.loads(json.dumps(given))) == Parameters(granularity=0.5)


def test_groups_that_are_given_are_named() -> None:
    given = messages()
    groups = [[100 + row for row in range(6 * place, 6 * place + 6)] for place in range(len(THINGS))]
    needs = named(given, [*groups, []], HashedWords())
    assert needs[-1] is None
    statements = [need.statement for need in needs if need is not None]
    assert len(statements) == len(set(statements)) == 3
    assert "print" in statements[0]
    assert "crash" in statements[1]
    assert "ark mode" in statements[2]


def test_what_mostly_tells_of_no_lack_is_no_need(monkeypatch: pytest.MonkeyPatch) -> None:
    months = ("March", "April", "May", "June", "July", "August", "autumn", "winter")
    facts = [f"I print labels for {parcels} parcels in {month}" for parcels, month in enumerate(months, 12)]
    monkeypatch.setattr("nobodyasked.inference.need.grouped", lambda points, *_: [np.arange(len(points))])
    monkeypatch.setattr("nobodyasked.inference.need._Run._is_scattered", lambda *_: False)
    asked = Parameters(closeness=-1.0)
    for told, needs in ((len(facts), 0), (4, 1)):
        texts = [*THINGS["print"][:2], *facts[:told]]
        found = find([Message(key, text, key) for key, text in enumerate(texts)], HashedWords(), asked)
        assert len(found.needs) == needs


def test_what_is_pasted_by_many_is_said_by_one() -> None:
    pasted = "Since the update I can't print labels any more"
    others = ["The tray for paper jams", "Paper jams in the tray again", "the tray jams with thick paper"]
    texts = [*[pasted] * 6, *others]
    given = [Message(number, text, number) for number, text in enumerate(texts)]
    (need,) = named(given, [range(len(texts))], HashedWords())
    assert need is not None
    assert need.key_phrases
    assert not any(word in pasted.lower() for phrase in need.key_phrases for word in phrase.split())
