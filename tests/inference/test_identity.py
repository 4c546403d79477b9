from nobodyasked.inference import match


def places(first: int, last: int) -> set[tuple[int, int, int]]:
    return {(key, 0, 10) for key in range(first, last)}


def test_a_need_that_grew_keeps_its_id() -> None:
    assert match({7: places(0, 10), 9: places(10, 20)}, [places(8, 40), places(0, 8) | places(100, 300)]) == {
        0: 9,
        1: 7,
    }


def test_of_two_halves_the_larger_keeps_the_id() -> None:
    assert match({1: places(0, 10)}, [places(0, 3), places(3, 10)]) == {1: 1}


def test_of_two_that_join_the_nearer_one_goes_on() -> None:
    assert match({1: places(0, 10), 2: places(10, 13)}, [places(0, 13)]) == {0: 1}


def test_strangers_and_slight_overlaps_match_nothing() -> None:
    assert match({1: places(0, 10)}, [places(50, 60), set()]) == {}
    assert match({1: places(0, 20), 2: set()}, [places(18, 20) | places(20, 40)]) == {0: 1}
    assert match({1: places(0, 20), 2: places(20, 40)}, [places(18, 40)]) == {0: 2}
    assert match({}, [places(0, 3)]) == {}
