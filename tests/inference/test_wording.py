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
