from nobodyasked.inference.phrase import stem
from nobodyasked.inference.wording import Wording

TEXTS = [f"The parcel from Acme came late {number}" for number in range(150)] + ["dark mode hurts in the site"] * 100


def test_rare_words_weigh_more_and_names_are_known() -> None:
    wording = Wording(TEXTS)
    assert wording.rarity("dark") > wording.rarity(stem("parcel"))
    assert "acm" in wording.names
    assert "dark" not in wording.names
    assert wording.product == "site"


def test_few_texts_have_no_names() -> None:
    assert Wording(TEXTS[:10]).names == frozenset()
    assert Wording([]).total == 1


def test_what_single_products_are_called_is_known_where_customers_write_it_as_a_name() -> None:
    about = {
        "vlc": [f"My VLC plays no film {number}" for number in range(60)],
        "tents": [f"In rain the tents leak {number}" for number in range(60)],
        "notes_pro": [f"The new Notes lose text {number}" for number in range(60)],
        "rare": ["A Rare thing"] * 10,
    }
    texts = [text for some in about.values() for text in some]
    wording = Wording(texts, [product for product, some in about.items() for _ in some])
    assert wording.brands == {"vlc", stem("notes")}
    assert wording.names == frozenset()  # none of them is what most texts name
    assert Wording(texts).brands == frozenset()


def test_a_thing_is_named_as_it_is_counted() -> None:
    wording = Wording(
        ["My alerts are late", "Where are the alerts", "The alert rang", "A stove, stoves, a stove", "The class"]
    )
    assert [wording.as_counted(thing) for thing in ("red alert", "alerts", "stove", "class")] == [
        "red alerts",
        "alerts",
        "stove",
        "class",
    ]


def test_a_word_of_a_name_of_two_is_no_name_by_itself() -> None:
    wording = Wording(
        [
            "I want to use Moss Pay here",
            "please add Moss Pay now",
            "no Moss Pay today",
            "I pay at the till",
            "my PIN is wrong",
        ]
        * 3
    )
    assert wording.spelled("a way to pay with moss pay and a pin") == "a way to pay with Moss Pay and a PIN"
