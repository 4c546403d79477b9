from nobodyasked.inference.composition import composed, things

PEOPLE = {
    number: [text]
    for number, text in enumerate(
        [
            "My kettle is broken and nobody does the repair",
            "Who repairs my kettle?",
            "I would pay to have my kettle mended",
            "Our spoons are expensive",
            "The lamp is nice",
        ]
    )
}


def test_things_are_what_several_name_with_an_article() -> None:
    assert things(PEOPLE) == [("kettle", True)]


def test_a_statement_is_composed_of_a_thing_and_what_enough_customers_say_of_it() -> None:
    found = composed(PEOPLE, 3)
    assert [(one.sentence, one.holding) for one in found] == [("Customers need a way to get their kettle repaired", 3)]
    assert composed(PEOPLE, 4) == []


def test_who_dislikes_what_was_changed_wants_the_old_one_back() -> None:
    texts = ["I hate the new menu", "The new menu is awful", "The menu was changed and it is ugly", "The menu is fine"]
    found = composed({number: [text] for number, text in enumerate(texts)}, 3)
    assert [(one.sentence, one.holding) for one in found] == [("Customers need a way back to the old menu", 3)]


def test_a_participle_before_a_thing_tells_its_kind_and_no_lack() -> None:
    kinds = [
        "The message is old, disappearing messages need a timer",
        "Where is the message timer of disappearing messages",
        "I delete the message by hand, no disappearing messages",
    ]
    assert composed({number: [text] for number, text in enumerate(kinds)}, 2) == []
    gone = ["My message is disappearing", "The message disappeared", "The messages keep disappearing, my message too"]
    found = composed({number: [text] for number, text in enumerate(gone)}, 3)
    assert [one.sentence for one in found] == ["Customers need their message not to get lost"]


def test_a_place_does_not_arrive() -> None:
    texts = [
        "The courier took it to the depot, when will I get it",
        "When does the courier leave the depot",
        "the depot, three days, no courier",
    ]
    found = composed({number: [text] for number, text in enumerate(texts)}, 2)
    assert [one.sentence for one in found] == ["Customers need to know when the courier will arrive"]
