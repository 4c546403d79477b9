import pytest

from nobodyasked.inference.lack import Kind, lacks

CASES = [
    ("I can't attach photos to my message", "Customers need a way to attach photos"),
    ("There is no way to mark emails as read", "Customers need a way to mark emails as read"),
    ("It won't let me change my address", "Customers need a way to change their address"),
    ("How do I cancel my order?", "Customers need a way to cancel their order"),
    ("I wish I could sort the list by date", "Customers need a way to sort the list by date"),
    ("The notifications don't work", "Customers need the notifications to work"),
    ("I can't login", "Customers need a way to log in"),
    ("The red dot won't go away", "Customers need the red dot to go away"),
    ("I can't reply emails", "Customers need a way to reply to emails"),
    ("Please add dark mode iOS", "Customers need dark mode"),
    ("Share doesn't work", "Customers need sharing to work"),
    ("My app doesn't refresh", "Customers need the app to refresh"),
    ("Upload doesn't work", "Customers need uploading to work"),
    ("Why can't I pin notes?", "Customers need a way to pin notes"),
    ("Please let me pin notes", "Customers need a way to pin notes"),
    ("Allow users to mark orders as “unpaid”", "Customers need a way to mark orders as unpaid"),
    ("I can't mark a mail unread'", "Customers need a way to mark a mail unread"),
    ("My zip is broken", "Customers need their zip to work"),
    ("Shipping is too expensive", "Customers need the shipping to be cheaper"),
    ("The brown boots are always sold out", "Customers need the brown boots to be in stock"),
    ("Photos don't upload", "Customers need photos to be uploaded"),
    ("It crashes daily", "Customers need the app to stop crashing"),
    ("It crashes when I open attachments", "Customers need the app to stop crashing when they open attachments"),
    ("Crash on startup", "Customers need the app to stop crashing on startup"),
    ("It keeps logging me out of my account", "Customers need the app to stop logging them out of their account"),
    ("Stop asking me for reviews", "Customers need the app to stop asking them for reviews"),
    ("My emails keep disappearing", "Customers need their emails to stop disappearing"),
    ("I lost all my photos", "Customers need their photos not to get lost"),
    ("Please add dark mode", "Customers need dark mode"),
    ("[Feature request] Dark mode", "Customers need dark mode"),
    ("We still can't get a dark mode", "Customers need a dark mode"),
    ("They make videos that don't play", "Customers need videos to play"),
    ("Add support for landscape mode", "Customers need support for landscape mode"),
    ("You removed the passcode lock", "Customers need the passcode lock back"),
    ("I want the old design back", "Customers need the old design back"),
    ("Please remove the ads", "Customers need fewer ads"),
    ("There are too many ads", "Customers need fewer ads"),
    ("I had to print a label at the library", "Customers should not have to print a label at the library"),
    (
        "why do I always have to buy more than I want just to get free shipping",
        "Customers should not have to buy more than they want just to get free shipping",
    ),
    ("We are still waiting for our refund", "Customers need their refund without a long wait"),
    ("I never received my refund", "Customers need their refund to arrive"),
    ("I'm not getting emails anymore", "Customers need emails to arrive"),
    ("When will my order arrive?", "Customers need to know when their order will arrive"),
    ("I never know when my parcel comes", "Customers need to know when their parcel comes"),
    ("Why was my payment declined?", "Customers need to know why their payment was declined"),
    ("Where is the light switch?", "Customers need to know where the light switch is"),
]


@pytest.mark.parametrize(("text", "sentence"), CASES)
def test_what_is_lacked_is_said_of_customers(text: str, sentence: str) -> None:
    assert sentence in {lack.sentence("app") for lack in lacks(text)}


@pytest.mark.parametrize(
    "text",
    [
        "I can't believe it",
        "I can't wait to tell you",
        "Love it",
        "You can't please everyone",
        "",
        "can't",
        "I want to use a different mail app",
        "I have to go looking for a new browser",
        "I had to reinstall the app",
        "The app never gets updated",
        "Feature request: photos that I took should be shown in a larger size",
        "Stop trying to push your other product",
        "Why do you hate us?",
        "I was told to wait",
        "I can bring my order back",
        "It asks whether I want to open links elsewhere",
    ],
)
def test_empty_talk_and_leaving_give_none(text: str) -> None:
    assert lacks(text) == ()


@pytest.mark.parametrize(
    ("wanted", "unwanted"),
    [
        ("I can't delete emails", "It keeps deleting emails"),
        ("I want to close tabs", "It keeps closing tabs"),
        ("Please add ads", "Remove the ads"),
    ],
)
def test_the_same_words_are_wanted_in_one_sentence_and_unwanted_in_another(wanted: str, unwanted: str) -> None:
    first, second = lacks(wanted), lacks(unwanted)
    assert first
    assert second
    assert {lack.key for lack in first} & {lack.key for lack in second}
    assert not any(lack.kind.unwanted for lack in first)
    assert all(lack.kind.unwanted for lack in second)


def test_what_a_thing_cannot_do_is_no_deed_of_customers() -> None:
    assert {lack.kind for lack in lacks("The widget can't show old emails")} == {Kind.STATE}


def test_every_sentence_is_plain_and_ends_in_a_word_that_can_end_it() -> None:
    for text, _ in CASES:
        for lack in lacks(text):
            sentence = lack.sentence("app")
            assert sentence.startswith(("Customers need ", "Customers should not have to "))
            assert sentence.split()[-1] not in {"the", "to", "of", "before", "and", "my", "i"}
            assert lack.key
