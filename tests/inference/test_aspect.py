import numpy as np
import pytest

from nobodyasked.inference import Findings, Kind, Message, MiniLM, find
from nobodyasked.inference.aspect import Theme, aspects, themes
from nobodyasked.inference.statement import Voice
from nobodyasked.inference.vector import normalised
from nobodyasked.inference.wording import Wording

NEEDS = {
    "late": ["The delivery came a week late", "My delivery is late again", "The delivery was two days late"],
    "door": ["The delivery was left at the wrong door", "They put my delivery behind the door", "Our delivery stood before the door"],
    "window": ["I cannot choose an hour for the delivery", "Let me choose the hour of my delivery", "The delivery needs an hour I can choose"],
    "size": ["The search ignores the size I set", "No way to narrow the search by size", "Every search forgets my size"],
    "spelling": ["The search finds nothing when I mistype", "One wrong letter and the search is empty", "The search does not forgive a wrong letter"],
    "sort": ["I cannot sort the search by price", "The search does not sort by price", "Please sort the search by price"],
}  # fmt: skip


def centres() -> np.ndarray:
    generator = np.random.default_rng(3)
    two = normalised(generator.standard_normal((2, 32)).astype(np.float32))
    own = normalised(generator.standard_normal((6, 32)).astype(np.float32))
    return normalised(np.repeat(two, 3, axis=0) + 0.6 * own)


def voices() -> list[list[Voice]]:
    return [
        [Voice(text, (name, place), Kind.PAIN, 0.6, 0.7) for place, text in enumerate(texts)]
        for name, texts in NEEDS.items()
    ]


def test_needs_about_one_thing_are_a_theme() -> None:
    assert sorted(theme.needs for theme in themes(centres(), [3] * 6, 0)) == [[0, 1, 2], [3, 4, 5]]


def test_a_need_like_no_other_is_in_no_theme() -> None:
    generator = np.random.default_rng(4)
    stray = normalised(generator.standard_normal((1, 32)).astype(np.float32))
    found = themes(np.vstack([centres(), stray]), [3] * 7, 0)
    assert 6 not in {need for theme in found for need in theme.needs}


@pytest.mark.parametrize("count", [0, 1, 2])
def test_too_few_needs_make_no_theme(count: int) -> None:
    assert themes(centres()[:count], [3] * count, 0) == []


def test_an_aspect_is_named_by_the_words_that_its_needs_share() -> None:
    wording = Wording([text for texts in NEEDS.values() for text in texts])
    found = themes(centres(), [3] * 6, 0)
    made, owner = aspects(found, voices(), centres(), wording)
    names = {made[aspect].name for aspect in owner if aspect is not None}
    assert names == {"delivery", "search"}
    assert [made[aspect].name for aspect in owner if aspect is not None] == ["delivery"] * 3 + ["search"] * 3
    without, _ = aspects(found, voices(), centres(), wording, ["searches"])
    assert {aspect.name for aspect in without} & names == {"delivery"}
    for aspect in made:
        assert aspect.key_phrases
        np.testing.assert_allclose(np.linalg.norm(aspect.centroid), 1, atol=1e-5)


def test_a_theme_without_a_word_in_common_is_no_aspect() -> None:
    apart = [
        [Voice(f"Broken {word}s everywhere", person, Kind.PAIN, 0.6, 0.7) for person in range(3)]
        for word in ("lamp", "chair", "window", "kettle", "mirror", "ladder")
    ]
    made, owner = aspects(
        themes(centres(), [3] * 6, 0), apart, centres(), Wording([voice.text for some in apart for voice in some])
    )
    assert made == []
    assert owner == [None] * 6


def test_a_run_tells_the_aspects_of_its_needs(minilm: MiniLM) -> None:
    texts = [text for some in NEEDS.values() for text in some]
    found: Findings = find([Message(key, text, key) for key, text in enumerate(texts)], minilm)
    assert found.counts["aspects"] == len(found.aspects)
    assert all(need.aspect is None or 0 <= need.aspect < len(found.aspects) for need in found.needs)
    for number in range(len(found.aspects)):
        assert sum(need.aspect == number for need in found.needs) > 1


def test_an_aspect_is_called_by_a_thing_and_holds_the_needs_that_speak_of_it() -> None:
    texts = [
        ["When it arrives nobody knows, my parcel", "It arrives and the parcel is wet", "My parcel arrives never"],
        ["It arrives too late, the parcel", "The parcel never arrives at noon", "Where is the parcel?"],
        ["It arrives in bits", "It arrives broken, mostly", "Whatever arrives is torn"],
    ]
    said = [[Voice(text, number, Kind.PAIN, 0.6, 0.7) for number, text in enumerate(some)] for some in texts]
    wording = Wording([text for some in texts for text in some] + ["something else entirely"] * 40)
    middles = np.eye(3, 8, dtype=np.float32)
    (made,), owner = aspects([Theme([0, 1, 2])], said, middles, wording)
    assert made.name == "parcel"
    assert owner == [0, 0, None]
    np.testing.assert_allclose(made.centroid[:3], [0.5**0.5, 0.5**0.5, 0], atol=1e-5)
