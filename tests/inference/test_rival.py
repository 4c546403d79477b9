import pytest

from nobodyasked.inference.rival import folded, named


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("I finally switched to Trailmonger last year.", ["Trailmonger"]),
        ("We moved from Kettleridge to Campwise and never looked back", ["Campwise", "Kettleridge"]),
        ("Unlike Kettleridge, you send two boxes.", ["Kettleridge"]),
        ("Compared to Kettleridge this is slow, and slower than Campwise", ["Kettleridge", "Campwise"]),
        ("I wish it had a wish list like Trailmonger has", ["Trailmonger"]),
        ("It is not as easy as Trail Monger was", ["Trail Monger"]),
        ("Thinking of going back to Peak & Pine over this", ["Peak & Pine"]),
        ("the app TrailMonger is way better", ["TrailMonger"]),
        ("TrailMonger does this better, so I use Campwise instead", ["TrailMonger", "Campwise"]),
        ("Two hours later I ordered the same lamp from Trailmonger", ["Trailmonger"]),
        ("Found it for 60 less at Kettleridge on the day mine came", ["Kettleridge"]),
        ("So we went to Trailmonger, they had it. At Kettleridge I just hand it over", ["Trailmonger", "Kettleridge"]),
        ("They all say that Trailmonger is faster. Trailmonger is better.", ["Trailmonger"]),
        (
            "I left for trailmonger.com, like Trailmonger.com does. Unlike Trailmonger.com you are slow",
            ["Trailmonger.com"],
        ),
    ],
)
def test_names_after_what_one_says_of_competitors(text: str, names: list[str]) -> None:
    assert sorted(named(text)) == sorted(names)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Delivery is better now. Support is much faster.",  # every sentence begins with a capital
        "The parcel was moved to Monday, then from Tuesday to Friday",
        "I moved from London to Paris, unlike Sarah",
        "I ordered from home, then went to London, and at Christmas I found it cheaper at School",
        "switched to trailmonger",  # small letters tell nothing
        "I SWITCHED TO TRAILMONGER BECAUSE OF THIS",
        "Switched To Trailmonger Because Of This",
        "I switched to Premium, then to Dark Mode, then back to English",
        "I changed from Android to an iPhone",
        "Please let me switch to The Old View",
        "I like Trailmonger and told a friend at Campwise",
    ],
)
def test_what_is_no_competitor(text: str) -> None:
    assert named(text) == []


def test_the_product_itself_is_none() -> None:
    text = "I switched from Trailmonger to Campwise. It is easier than Campwise Shop was."
    assert set(named(text)) == {"Campwise", "Trailmonger", "Campwise Shop"}
    assert named(text, "campwise") == ["Trailmonger"]
    assert named(text, "Campwise Shop") == ["Trailmonger"]


def test_spellings_of_one_name() -> None:
    assert folded("Trail-Monger") == folded("TRAILMONGER") == folded("trailmonger.com") == "trailmonger"
    assert folded("Campwise") != folded("Campwiser")
    assert named("Better than TrailMonger, unlike what Trail-Monger has, yes") == ["TrailMonger"]
