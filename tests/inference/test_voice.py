import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nobodyasked.inference import HashedWords, Message, Parameters, find
from nobodyasked.inference.voice import voices

FLOOD = (
    "The new checkout page loses my basket whenever I switch from the phone to my laptop and nobody at support answers"
)
LACKS = [
    "I cannot find the invoice for my order anywhere on the site",
    "Where do I download the invoice of last month, please?",
    "There is no way to get an invoice with our company name on it",
    "My invoice is missing again and I need it for my taxes",
]


def edited(text: str, chance: random.Random) -> str:
    """The text as a flood has it: another case, a word changed, a letter lost, signs and emoji put in."""
    words = text.split()
    for _ in range(chance.randint(0, 2)):
        place = chance.randrange(len(words))
        match chance.randrange(4):
            case 0:
                words[place] = chance.choice(["honestly", "really", "now", "again"])
            case 1:
                words[place] = words[place][1:] or "x"
            case 2:
                words[place] += chance.choice(["!!!", " 😡", ",", "..."])
            case _:
                words.append(str(chance.randrange(10_000)))
    joined = " ".join(words)
    return chance.choice([str.upper, str.lower, str, str.title])(joined) + chance.choice(["", "!", " 🙏🏽", "?!"])


def test_a_thousand_edited_copies_are_one_voice_and_others_are_their_own() -> None:
    chance = random.Random(7)
    flood = [edited(FLOOD, chance) for _ in range(1_000)]
    found = voices([*LACKS, *flood])
    assert found[:4] == [0, 1, 2, 3]
    assert set(found[4:]) == {4}


def test_case_signs_and_emoji_make_no_other_voice_of_a_short_text() -> None:
    assert voices(["Fix the login", "fix the login!!! 😡", "FIX — the *login*", "fix the logout", "", "  ", "👍"]) == [
        0,
        0,
        0,
        3,
        4,
        4,
        6,
    ]


def test_short_texts_of_like_words_are_voices_of_their_own() -> None:
    texts = ["the app crashes when I open a chat", "the app crashes when I close a chat", "the app crashes on login"]
    assert voices(texts) == [0, 1, 2]


def test_texts_of_one_frame_with_other_content_are_no_copies() -> None:
    frame = "Please add {} to the settings because {} and that costs me {} every single day at work"
    filled = [
        frame.format(*words)
        for words in [
            ("a dark theme", "white hurts my eyes at night", "sleep"),
            ("larger letters", "the labels cannot be read without glasses", "a headache"),
            ("an export to spreadsheets", "my boss wants tables", "an hour of typing"),
        ]
    ]
    assert voices(filled) == [0, 1, 2]


@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_text_has_a_voice_that_is_the_first_of_its_copies(texts: list[str]) -> None:
    found = voices(texts)
    assert all(0 <= voice <= number and found[voice] == voice for number, voice in enumerate(found))
    assert voices(texts + texts) == [*found, *found]


@pytest.mark.parametrize("copies", [3, 1_000])
def test_a_flood_makes_no_need(copies: int) -> None:
    chance = random.Random(3)
    flood = [Message(key, edited(FLOOD, chance), customer=key) for key in range(copies)]
    parameters = Parameters(minimum_customers=2)
    assert find(flood, HashedWords(), parameters).needs == []
    lacks = [Message(copies + row, text, customer=copies + row) for row, text in enumerate(LACKS)]
    quoted = [
        item.span
        for need in find([*flood[:3], *lacks], HashedWords(), parameters).needs
        for item in need.evidence
        if item.stance == "SUPPORTS"
    ]
    assert quoted  # what several people lack is still a need
