import pytest

from nobodyasked.inference.phrase import complete, deeds, stem, thing_after, thing_before


@pytest.mark.parametrize(
    ("rest", "longest"),
    [
        ("print my labels", "print their labels"),
        ("mark emails as read", "mark emails as read"),
        ("delete the mails one by one", "delete the emails one by one"),
        ("turn mobile data on and off please", "turn mobile data on and off"),
        ("really open links in the app", "open links"),
        ("attach any photos from my album because it hangs", "attach photos from their album"),
        ("buy more than i want just to get free shipping", "buy more than they want just to get free shipping"),
        ("try the boots on before i buy them", "try the boots on before they buy them"),
        ("open the app", "open the app"),
        ("search", "search"),
        ("work with my headset", "work with their headset"),
        ("upload videos takes forever", "upload videos"),
    ],
)
def test_a_deed_ends_where_a_phrase_may_end_and_speaks_of_customers(rest: str, longest: str) -> None:
    assert [deed.text for deed in deeds(rest)][-1] == longest


def test_a_name_of_several_words_is_not_cut() -> None:
    assert [deed.text for deed in deeds("show reminders on the lock screen")] == [
        "show reminders",
        "show reminders on the lock screen",
    ]


@pytest.mark.parametrize(
    "rest",
    [
        "believe it",
        "wait to tell you",
        "",
        "use the app",
        "use another browser",
        "find a different email app",
        "save me search",
        "add to it",
        "get it",
        "stupid things",
        "refinement lock",
    ],
)
def test_what_is_no_deed_or_names_only_the_product_or_leaves_it_is_none(rest: str) -> None:
    assert list(deeds(rest)) == []


def test_a_gerund_stands_alone_only_where_nothing_is_done_to_another() -> None:
    assert [deed.text for deed in deeds("logging me out of my account", gerund=True)][-1].startswith("logging")
    assert [deed.text for deed in deeds("closing", gerund=True)] == ["closing"]
    assert list(deeds("deleting", gerund=True)) == []


@pytest.mark.parametrize(
    ("rest", "name"),
    [("a dark mode to the app", "a dark mode"), ("support for landscape mode", "support for landscape mode")],
)
def test_things_after(rest: str, name: str) -> None:
    found = thing_after(rest)
    assert found is not None
    assert found.text == name


@pytest.mark.parametrize("rest", ["the app", "told", "something", "", "damn button", "issues"])
def test_no_things(rest: str) -> None:
    assert thing_after(rest) is None


@pytest.mark.parametrize(
    ("before", "name"),
    [
        ("since the update my emails keep ", "their emails"),
        ("this search bar ", "the search bar"),
        ("push notifications ", "push notifications"),
        ("the app's badge ", "the badge"),
    ],
)
def test_things_before(before: str, name: str) -> None:
    found = thing_before(before)
    assert found is not None
    assert found.text == name


def test_rewordings_share_their_key() -> None:
    first = {deed.key for deed in deeds("save my photos")}
    second = {deed.key for deed in deeds("save pictures")}
    assert first & second


def test_stems_join_forms_and_synonyms() -> None:
    assert stem("emails") == stem("email") == stem("mail")
    assert stem("stopped") == stem("stopping")
    assert stem("deliveries") == stem("delivery")
    assert stem("boss") != stem("bo")


@pytest.mark.parametrize(
    "deed",
    [
        "log in",
        "opt out",
        "copy and paste",
        "turn off the sound",
        "print",
        "get to the old list",
        "lend tools to the neighbours",
    ],
)
def test_a_deed_that_can_be_understood(deed: str) -> None:
    assert complete(deed)


@pytest.mark.parametrize(
    "deed",
    [
        "turn off",
        "mark as read",
        "open and crashes",
        "open and",
        "open the open",
        "read their letters the shop",
        "play on",
    ],
)
def test_a_deed_that_cannot_be_understood_by_itself(deed: str) -> None:
    assert not complete(deed)
