from nobodyasked.inference.lack import Kind
from nobodyasked.inference.spoken import Spoken

TEXTS = [
    "I can't print labels",
    "there is no way to print my labels",
    "I can't print the big labels",
    "labels won't print",
    "please add stickers",
    "please add stickers",
    "I want to use a different mail app",
    "the weather is nice",
    "it keeps printing labels",
]
PRINT = frozenset(["print", "label"])


def spoken(*, same_customer: bool = False) -> Spoken:
    return Spoken(TEXTS, [0] * len(TEXTS) if same_customer else list(range(len(TEXTS))), frozenset(["mail"]))


def test_customers_who_say_a_lack_are_counted_whatever_else_they_say() -> None:
    assert spoken().by(Kind.DEED, PRINT) == 4
    assert spoken(same_customer=True).by(Kind.DEED, PRINT) == 1


def test_who_complains_of_what_the_others_lack_is_counted_against_it() -> None:
    assert spoken().against(Kind.DEED, PRINT) == 1
    assert spoken().against(Kind.END, PRINT) == 4


def test_the_same_words_in_a_lack_of_another_kind_do_not_count() -> None:
    assert spoken().by(Kind.KNOWLEDGE, PRINT) == 0
    assert spoken().by(Kind.FEWER, frozenset(["sticker"]), 1) == 0


def test_words_count_in_whatever_sentence() -> None:
    assert spoken().holding(PRINT) == 5
    assert spoken().holding(frozenset(["print", "sticker"]), 1) == 7
    assert spoken().holding(frozenset(["print", "moon"])) == 0


def test_a_thing_named_by_one_word_counts_half_and_a_deed_that_names_the_topic_alone_not_at_all() -> None:
    assert spoken().most(frozenset(["label"])) == 4.0
    assert spoken().most(frozenset(["sticker"])) == 1.0
    assert spoken().most(frozenset(["app"])) == 0.0
    assert spoken().most(frozenset(["weather"])) == 0.0


def test_names_go_without_an_article() -> None:
    found = Spoken(["Mailbird hangs", "mailbird hangs", "the list hangs"] * 5, range(15), frozenset())
    assert found.goes_bare("mailbird")
    assert not found.goes_bare("list")
