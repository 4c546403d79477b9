import numpy as np
import pytest

from nobodyasked.inference.lack import lacks
from nobodyasked.inference.statement import Statement
from nobodyasked.inference.twin import twins, worded_alike


def template(said: str, worth: float = 0.5) -> Statement:
    (lack, *_) = lacks(said)
    return Statement(lack.sentence("app"), "TEMPLATE", worth, " ".join(lack.parts), lack)


def quote(said: str) -> Statement:
    return Statement(f"“{said}”", "QUOTE", 1.0, said)


PRINT = template("I can't print labels")
ARRIVES = template("Alerts do not arrive")
LEAVES = template("Alerts will not go away")
CLOSE = np.array([[1.0, 0.0], [0.9, 0.19**0.5]], dtype=np.float32)
FAR = np.array([[1.0, 0.0], [0.5, 0.75**0.5]], dtype=np.float32)


@pytest.mark.parametrize(
    ("statements", "meanings", "centres", "one"),
    [
        ([PRINT, quote("Labels come out of no printer")], CLOSE, CLOSE, True),
        ([PRINT, quote("Labels come out of no printer")], CLOSE, FAR, False),
        ([PRINT, quote("Blue is a colour")], FAR, CLOSE, False),  # what it is called fits but itself
        ([ARRIVES, LEAVES], CLOSE, CLOSE, False),  # opposites
    ],
)
def test_needs_are_one_that_could_be_called_by_each_others_names(
    statements: list[Statement], meanings: np.ndarray, centres: np.ndarray, one: bool
) -> None:
    assert twins(statements, meanings, centres) == ([[0, 1]] if one else [])


def test_who_words_freely_what_is_lacked_says_one_thing_in_two_ways() -> None:
    near = np.array([[1.0, 0.0], [0.75, 0.4375**0.5]], dtype=np.float32)
    asked = [PRINT, quote("Labels come out of no printer")], near, near
    assert (twins(*asked), twins(*asked, plainly=False)) == ([], [[0, 1]])


def test_each_need_is_joined_once() -> None:
    same = np.tile(CLOSE[:1], (3, 1))
    assert twins([PRINT, PRINT, PRINT], same, same) == [[0, 1, 2]]
    assert twins([], np.zeros((0, 2), np.float32), np.zeros((0, 2), np.float32)) == []


def test_what_most_customers_say_of_two_needs_alike_makes_them_one_where_they_are_near() -> None:
    both = [[template("Please add dark mode", 0.1), PRINT], [PRINT]]
    assert worded_alike(both, list(CLOSE)) == [[0, 1]]
    assert worded_alike(both, list(FAR)) == []
    assert worded_alike([[quote("Labels come out of no printer"), PRINT], [PRINT]], list(CLOSE)) == []
