import numpy as np
import pytest

from nobodyasked.inference.manner import Manner, apart, at_odds, kind_of_failure, manner


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The alarm doesn't arrive", Manner.ABSENT),
        ("The red dot will not go away", Manner.UNWANTED),
        ("It keeps asking for my birthday", Manner.UNWANTED),
        ("I can't switch the music off", Manner.UNWANTED),
        ("Now the loud bell is the only option", Manner.UNWANTED),
        ("Searching takes forever", Manner.SLOW),
        ("it shuts down on me", Manner.CRASH),
        ("Please make it stop crashing", Manner.CRASH),
        ("It has never crashed", Manner.ABSENT),
        ("The till froze", Manner.FREEZE),
        ("The total is wrong", Manner.WRONG),
        ("It deleted all my notes", Manner.LOST),
        ("My notes disappeared", Manner.LOST),
        ("Slow, and it hangs", Manner.SLOW | Manner.FREEZE),
        ("A lamp", Manner.NONE),
    ],
)
def test_how_a_thing_fails_is_told_by_the_words(text: str, told: Manner) -> None:
    assert manner(text) == told


def test_one_way_parts_a_text_from_others_and_several_do_not() -> None:
    assert kind_of_failure("The till froze") is Manner.FREEZE
    assert kind_of_failure("Slow, and it hangs") is Manner.NONE
    assert kind_of_failure("The alarm doesn't arrive") is Manner.NONE


def test_what_fails_the_other_way_is_at_odds_and_what_may_cause_it_is_not() -> None:
    assert at_odds(Manner.ABSENT, manner("The red dot will not go away"))
    assert at_odds(Manner.UNWANTED, manner("The alarm doesn't arrive"))
    assert at_odds(Manner.CRASH, manner("The till froze"))
    assert not at_odds(Manner.ABSENT, manner("It crashes when I print labels"))
    assert not at_odds(Manner.UNWANTED, manner("A lamp"))
    assert not at_odds(Manner.NONE, manner("The till froze"))


def parted(*texts: str, least: int = 2) -> list[list[str]]:
    east = [1.0 if text.startswith("The dot") else 0.0 for text in texts]
    vectors = np.array([[some, 1.0 - some] for some in east], dtype=np.float32)
    found = apart([[text] for text in texts], vectors, len, least)
    return sorted([texts[row] for row in some] for some in found)


def test_what_does_not_come_is_parted_from_what_will_not_go_and_the_rest_goes_where_it_is_near() -> None:
    comes = ["The dot doesn't show", "The dot is not shown", "The dot"]
    goes = ["A dot will not go away", "A dot never goes away", "A dot"]
    assert parted(*comes, *goes) == sorted([comes, goes])


def test_a_way_of_few_customers_parts_nothing() -> None:
    texts = ["The dot doesn't show", "The dot is not shown", "A dot never goes away"]
    assert parted(*texts) == [texts]
    assert len(parted(*texts, least=1)) == 2
