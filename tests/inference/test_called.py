import json

import numpy as np

from nobodyasked.inference.bearing import LEAST
from nobodyasked.inference.called import Called
from nobodyasked.inference.statement import Statement

from .test_bearing import stating


def test_what_a_need_is_called_is_kept_whole() -> None:
    quoted = Statement("“It freezes.”", "QUOTE", 0.0, "It freezes")
    for statement in (stating("I can't print labels with Mailbird"), quoted):
        called = Called.of(statement, {"mailbird", "other"}, LEAST, ["boots"])
        kept = Called.unpacked(called.packed())
        assert kept is not None
        assert (kept.statement.text, kept.statement.meaning) == (statement.text, statement.meaning)
        assert kept.statement.lack == statement.lack
        assert kept.things == ("boots",)
        assert kept.names == called.names <= {"mailbird"}
        texts = ["we cannot print our labels", "It freezes all the time", "Mailbird"]
        np.testing.assert_array_equal(kept.leanings(texts), called.leanings(texts))
    for broken in ("", "{}", '{"text": 1}', packed_with("lack", ["NONE", [], []]), packed_with("least", None)):
        assert Called.unpacked(broken) is None


def packed_with(name: str, value: object) -> str:
    return json.dumps({**json.loads(Called.of(stating("I can't print labels"), set(), 0.0).packed()), name: value})


def test_what_tells_of_another_failure_does_not_bear_it_out_however_near_it_is() -> None:
    called = Called.of(stating("the alerts do not arrive"), set(), LEAST)
    near = np.full(3, 0.5, np.float32)
    said = ["my alerts won't arrive", "my alerts will not go away", "alerts"]
    assert called.borne(near, said).tolist() == [True, False, True]
    assert called.borne(near - 0.3, said).tolist() == [True, False, False]
