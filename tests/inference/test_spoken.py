from nobodyasked.inference.spoken import Family, Spoken

TEXTS = [
    "I can't print labels",
    "there is no way to print my labels",
    "I can't print the big labels",
    "labels won't print",
    "please add stickers",
    "please add stickers",
    "I want to use a different mail app",
    "the weather is nice",
]


def spoken(*, same_customer: bool = False) -> Spoken:
    return Spoken(TEXTS, [0] * len(TEXTS) if same_customer else list(range(len(TEXTS))), frozenset(["mail"]))


def test_customers_who_say_a_lack_are_counted_whatever_else_they_say() -> None:
    key = frozenset(["print", "label"])
    assert spoken().by(Family.DEED, key, 2) == 3
    assert spoken(same_customer=True).by(Family.DEED, key, 2) == 1


def test_the_same_words_in_a_lack_of_another_kind_do_not_count() -> None:
    assert spoken().by(Family.SPARED, frozenset(["print", "label"]), 2) == 0
    assert spoken().by(Family.SUPPLY, frozenset(["sticker"]), 1) == 0


def test_a_thing_named_by_one_word_counts_half_and_a_deed_that_names_the_topic_alone_not_at_all() -> None:
    assert spoken().most(frozenset(["label"])) == 3.0
    assert spoken().most(frozenset(["sticker"])) == 1.0
    assert spoken().most(frozenset(["app"])) == 0.0
    assert spoken().most(frozenset(["weather"])) == 0.0
