import pytest

from nobodyasked.inference.cold import thawed
from nobodyasked.inference.lack import lacks
from nobodyasked.inference.manner import Manner, manner


@pytest.mark.parametrize(
    "text",
    [
        "The room was freezing all night",
        "the water in the pool was freezing",
        "we were absolutely freezing",
        "I froze all night",
        "a freezing cold shower",
        "My fingers are frozen",
        "The pizza arrived and was frozen",
    ],
)
def test_who_is_cold_tells_of_no_machine_that_hangs(text: str) -> None:
    assert manner(text) is not Manner.FREEZE
    assert not any("freezing" in lack.parts for lack in lacks(text))


@pytest.mark.parametrize(
    "text",
    [
        "the app is freezing",
        "Keeps freezing",
        "it froze my phone",
        "The screen froze",
        "when I open the store page it freezes",
        "The page was frozen for a minute",
        "I opened the room list and it froze",
    ],
)
def test_what_hangs_freezes(text: str) -> None:
    assert thawed(text) == text
    assert Manner.FREEZE in manner(text)
