import pytest

from nobodyasked.inference.aside import aside


@pytest.mark.parametrize(
    "text",
    [
        "I already tried closing the app and re-downloading it",
        "I've uninstalled and reinstalled it twice",
        "I have cleared the cache and logged out and in again",
        "We turned the phone off and on again",
        "I'm switching to Basecamp",
        "If you keep lists, get this app",
        "I deleted the app and will never come back",
        "So I had to uninstall this silly app.",
        "Deleted!",
    ],
)
def test_what_was_tried_and_where_one_goes_or_others_should_is_said_beside_the_point(text: str) -> None:
    assert aside(text)


@pytest.mark.parametrize(
    "text",
    [
        "I reinstalled it and it still crashes",
        "I've tried to uninstall it and can't delete my photos",
        "I have to restart the app every morning",
        "Let me turn the sound off",
        "You cannot get the other app",
        "I had to download the other app",
        "The labels won't print",
        "I deleted the app because it crashes",
        "It deleted my photos",
    ],
)
def test_what_is_lacked_is_not_however_much_was_tried(text: str) -> None:
    assert not aside(text)


def test_advice_is_said_beside_the_point_but_where_it_tells_of_a_lack() -> None:
    assert aside("Just use the stock player", advice=True)
    assert not aside("Just use the stock player")
    assert not aside("Use the stock player, this one keeps crashing", advice=True)
