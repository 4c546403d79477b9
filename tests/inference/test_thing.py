import numpy as np
import pytest

from nobodyasked.inference import Message, MiniLM, Parameters, find
from nobodyasked.inference.past import Past
from nobodyasked.inference.signal import Kind
from nobodyasked.inference.statement import Voice
from nobodyasked.inference.thing import candidate, is_thing
from nobodyasked.inference.wording import Wording

BOOTS = ["The boots pinch my toes", "Soles of these boots came loose", "Boots arrived without laces", "My boots smell of rubber",
         "The boots cost more than the skis", "Nobody could tell the boots apart", "Boots were sold out by noon", "Water gets into the boots",
         "The boots squeak on tiles"]  # fmt: skip
WHEN = ("still", "again", "for weeks", "since June", "since spring", "for days", "too long", "as ever", "now")
WAITING = [f"Waiting for my refund {when}" for when in WHEN]


def told(embedder: MiniLM, texts: list[str], customers: int = 99) -> str | None:
    voices = [Voice(text, number % customers, Kind.PAIN, 0.9, 0.5) for number, text in enumerate(texts)]
    word = candidate(voices, Wording(BOOTS + WAITING))
    return word if word and is_thing(embedder.embed([word])[0], embedder.embed(texts), 0.65) else None


def test_a_word_is_a_thing_where_those_who_use_it_have_nothing_else_in_common(minilm: MiniLM) -> None:
    assert told(minilm, BOOTS) == "boots"
    assert told(minilm, WAITING) is None


def test_few_customers_tell_of_no_thing(minilm: MiniLM) -> None:
    assert told(minilm, BOOTS, customers=5) is None
    assert told(minilm, []) is None


def test_what_fails_is_a_lack_and_no_thing(minilm: MiniLM) -> None:
    assert told(minilm, [text.replace("boots", "slow").replace("Boots", "Slow") for text in BOOTS]) is None


def test_a_thing_is_left_out_where_lacks_are_grouped_and_stays_so_in_later_runs(
    minilm: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[np.ndarray] = []

    def grouped(points: np.ndarray, *_: object) -> list[np.ndarray]:
        asked.append(points)
        return [np.arange(len(BOOTS)), np.arange(len(BOOTS), len(points))]

    monkeypatch.setattr("nobodyasked.inference.need.grouped", grouped)
    monkeypatch.setattr("nobodyasked.inference.need._Run._is_scattered", lambda *_: False)
    given = [Message(number, text, number) for number, text in enumerate([*BOOTS, *WAITING])]
    parameters = Parameters(granularity=0.6, closeness=-1.0)
    needs = find(given, minilm, parameters).needs
    assert {need.called and need.called.things for need in needs} == {("boots",)}
    assert len(asked) == 2

    def alike(points: np.ndarray) -> float:
        return float(np.linalg.norm(points[: len(BOOTS)].mean(axis=0)))

    assert alike(asked[1]) < alike(asked[0]) - 0.05
    find(given, minilm, parameters, past=Past({}, {1: needs[0].called}))
    np.testing.assert_allclose(asked[2], asked[1])
