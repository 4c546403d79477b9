from nobodyasked.inference.bearing import leanings, stated
from nobodyasked.inference.lack import lacks
from nobodyasked.inference.manner import Manner
from nobodyasked.inference.statement import Statement


def stating(text: str) -> Statement:
    """The statement that a customer's sentence makes, the most particular one."""
    lack = max(lacks(text), key=lambda one: len(one.key))
    return Statement(lack.sentence("shop"), "TEMPLATE", 1.0, " ".join(lack.parts), lack)


def test_statements_are_about_one_way_to_fail() -> None:
    assert stated(stating("I can't print labels")) is Manner.ABSENT
    assert stated(stating("I can't turn off the alarm")) is Manner.UNWANTED
    assert stated(stating("the alarm doesn't go away")) is Manner.UNWANTED
    assert stated(stating("the app keeps crashing")) is Manner.CRASH
    assert stated(stating("the upload is so slow")) is Manner.SLOW
    assert stated(stating("my labels are gone")) & Manner.LOST
    assert stated(Statement("“It freezes”", "QUOTE", 1.0, "It freezes")) is Manner.FREEZE
    assert stated(Statement("Customers need fewer labels", "TEMPLATE", 1.0, "fewer labels")) is Manner.UNWANTED


def test_what_says_it_leans_to_a_statement_most_and_what_says_the_opposite_away() -> None:
    said, words, other, opposite = leanings(
        stating("I can't print labels"),
        ["we cannot print our labels", "Print and labels", "The weather", "It keeps printing labels over and over"],
    )
    assert said > words > other > opposite


def test_what_says_just_that_leans_more_than_what_says_more() -> None:
    exact, narrower = leanings(
        stating("I can't print labels"), ["can't print labels", "unable to print labels on a tablet"]
    )
    assert exact > narrower > 0.0


def test_praise_the_reverse_and_slowness_of_what_others_cannot_do_bear_nothing_out() -> None:
    works, slow = leanings(stating("I can't print labels"), ["Printing labels works", "It takes ages to print labels"])
    assert max(works, slow) < 0.0
    slow_thing, absent = leanings(stating("The labels won't load"), ["Labels take forever to load", "No labels load"])
    assert slow_thing >= absent  # what has to come is slow as long as it does not
    said, reverse = leanings(
        stating("I can't mark an order as unpaid"),
        ["Let me mark orders as “unpaid”", "I want to mark unpaid orders as late"],
    )
    assert said > 0.2 > reverse


def test_what_shares_only_a_name_leans_away() -> None:
    statement = stating("I can't print labels with Mailbird")
    named, shared = leanings(
        statement, ["Mailbird is what I use", "My labels are stuck in Mailbird"], frozenset(["mailbird"])
    )
    assert named < 0.0 < shared
