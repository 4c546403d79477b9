from collections.abc import Sequence

import pytest

from nobodyasked.inference import HashedWords, Message, Parameters, find, need
from nobodyasked.inference.signal import Kind
from nobodyasked.inference.statement import Voice
from nobodyasked.inference.topic import failing, focus, is_need_within, is_topic, said_plainly
from nobodyasked.inference.wording import Wording

SUBJECTS = [
    "teacher",
    "headmaster",
    "class",
    "student",
    "sister",
    "principal",
    "neighbour",
    "cousin",
    "parent",
    "pupil",
    "tutor",
    "coach",
]
DAYS = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
    "winter",
    "summer",
    "spring",
    "autumn",
    "Easter",
]
SCHOOL = [f"our {subject} talks about school every {day}" for subject in SUBJECTS for day in DAYS]
THINGS = [
    "parcels",
    "jars",
    "boxes",
    "letters",
    "folders",
    "shelves",
    "bottles",
    "cables",
    "drawers",
    "bags",
    "tins",
    "crates",
]
PLACES = [
    "kitchen",
    "garden",
    "office",
    "cellar",
    "garage",
    "shop",
    "barn",
    "studio",
    "attic",
    "library",
    "stable",
    "lobby",
]
WAYS = [
    "I can't print labels for the {thing} in the {place}",
    "The {place} is full of {thing} and I cannot print labels",
    "In our {place} nobody can print labels, least of all for {thing}",
    "Why can't I print labels? Our {thing} stand in the {place}",
    "It won't let me print labels once {thing} leave the {place}",
    "For {thing} from the {place} there is no way to print labels",
]
PRINTER = [
    WAYS[(row + column) % len(WAYS)].format(thing=thing, place=place)
    for row, thing in enumerate(THINGS)
    for column, place in enumerate(PLACES)
]


def voices(texts: Sequence[str]) -> list[Voice]:
    return [Voice(text, number, Kind.PAIN, 0.5, 0.6) for number, text in enumerate(texts)]


def test_many_who_speak_of_one_thing_without_lacking_the_same_have_a_topic() -> None:
    wording = Wording(SCHOOL + PRINTER)
    assert is_topic(voices(SCHOOL), wording)
    assert not is_topic(voices(PRINTER), wording)


def test_of_a_loose_group_many_must_tell_of_a_lack() -> None:
    wording = Wording(SCHOOL + PRINTER)
    assert is_topic(voices(SCHOOL), wording, loose=True)
    assert not is_topic(voices(PRINTER), wording, loose=True)
    praised = [f"The {thing} have labels in the {place}" for thing in THINGS for place in PLACES]
    half = voices(PRINTER[: len(PRINTER) // 2] + praised)
    assert is_topic(half, Wording(SCHOOL + PRINTER + praised), loose=True)
    assert not is_topic(half, Wording(SCHOOL + PRINTER + praised))


def test_what_has_but_the_product_s_name_in_common_is_a_topic() -> None:
    frames = [
        "Gone for {thing} since Wrenfell broke",
        "My {thing} suffer with Wrenfell in the {place}",
        "For the {place} Wrenfell got worse",
    ]
    lacking = [
        frames[(row + column) % 3].format(thing=thing, place=place)
        for row, thing in enumerate(THINGS)
        for column, place in enumerate(PLACES)
    ]
    printing = [f"In Wrenfell {text[0].lower()}{text[1:]}" for text in PRINTER]
    wording = Wording([*lacking, *printing, *PRINTER])
    assert wording.names
    assert is_topic(voices(lacking), wording)
    assert not is_topic(voices(printing), wording)


def test_few_voices_are_never_judged_but_within_a_topic() -> None:
    wording = Wording(SCHOOL + PRINTER)
    assert not is_topic(voices(SCHOOL[:30]), wording)
    assert not is_need_within(voices(SCHOOL[:30]), wording)
    assert is_need_within(voices(PRINTER[:30]), wording)


def test_of_several_dozen_at_least_two_must_say_alike_what_they_lack() -> None:
    apart = [
        f"I can't {deed} labels {joint} the {place}"
        for joint, deeds in (("in", ["sort", "count", "fold", "scan"]), ("for", ["cut", "glue", "store", "dry"]))
        for deed in deeds
        for place in PLACES[:6]
    ]
    told = [text for number, text in enumerate(apart) if number % 7 < 6]
    wording = Wording(SCHOOL + PRINTER + told)
    assert not is_topic(voices(told), wording)
    assert is_topic(voices(SCHOOL[:60] + told[:1]), wording)


def test_where_customers_mostly_say_plainly_what_they_lack_who_does_not_has_a_topic() -> None:
    wording = Wording(SCHOOL + PRINTER)
    plain, mute = voices(PRINTER[:20]), voices(SCHOOL[:20])
    assert said_plainly([plain, mute] * 5, wording)
    assert not said_plainly([plain, mute, mute, mute] * 5, wording)
    # too few to tell: of groups, and of customers in each
    assert not said_plainly([plain, mute], wording)
    assert not said_plainly([plain[:10]] * 10, wording)
    assert is_topic(mute, wording, plainly=True)
    assert not is_topic(mute, wording)
    assert not is_topic(plain, wording, plainly=True)
    # a word of failure is a lack said alike, whatever is done with it
    late = [f"{text} and so the lesson was delayed" for text in SCHOOL[:20]]
    assert not is_topic(voices(late), Wording(SCHOOL + PRINTER + late), plainly=True)


def test_focus_is_the_share_that_uses_the_telling_words() -> None:
    wording = Wording(SCHOOL + PRINTER)
    assert focus(voices(PRINTER), wording) == 1.0
    assert focus(voices(SCHOOL[:30] + PRINTER[:10]), wording) < 1.0


def test_one_word_of_failure_that_many_use_is_a_lack_said_alike() -> None:
    assert failing(voices(["The till is slow", "Paying takes slow hours", "The way is long"]))
    assert failing(voices(["Locked out of the till", "The till has locked me out"]))
    assert not failing(voices(["Lock the till", "The lock of the till", "Locking the till"]))
    assert not failing(voices(["The till is slow", "The till lags", "The way is long", "It does not work"]))


def test_a_topic_is_no_need_of_a_run_but_parts_of_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    messages = [Message(number, text + ".") for number, text in enumerate(PRINTER)]
    broad = Parameters(granularity=0.3)  # at the default these are a need for each thing
    assert find(messages, HashedWords(), broad).needs
    monkeypatch.setattr(need, "is_topic", lambda voices, wording, loose, plainly: True)
    monkeypatch.setattr(need, "is_need_within", lambda voices, wording: len(voices) > 3)
    parts = find(messages, HashedWords(), broad).needs
    assert parts
    monkeypatch.setattr(need, "is_need_within", lambda voices, wording: False)
    assert find(messages, HashedWords(), broad).needs == []
