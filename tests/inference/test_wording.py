import numpy as np

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


def test_like_wordings_get_like_vectors() -> None:
    wording = Wording(TEXTS)
    one, same, other, empty = wording.weave([["parcel", "late"], ["late", "parcels"], ["dark", "mode"], ["the"]])
    np.testing.assert_allclose(one @ same, 1, atol=1e-5)
    assert abs(float(one @ other)) < 0.5
    assert not empty.any()
