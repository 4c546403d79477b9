"""What evidence of a need must bear out: what the run that found it called it by. One question for a run and for what comes
after it, so that both take the same spans for evidence."""

import json
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .bearing import LEAST, leanings
from .lack import Kind, Lack
from .statement import Statement

__all__ = ["Called"]

Floats = NDArray[np.float32]


class Called(NamedTuple):
    """What a need is called, the stems of products' names among its words, how well spans must bear it out (0 to 1; more
    where customers mostly say plainly what they lack), and the `things` that were left out to find it (`thing.py`)."""

    statement: Statement
    names: frozenset[str]
    least: float = LEAST
    things: tuple[str, ...] = ()

    @classmethod
    def of(cls, statement: Statement, names: AbstractSet[str], least: float, things: Sequence[str] = ()) -> "Called":
        """`names` are the stems of all products' names."""
        own = statement.sense | (statement.lack.key if statement.lack else frozenset())
        return cls(statement, own & names, least, tuple(things))

    def leanings(self, texts: Sequence[str]) -> Floats:
        """By how much nearer each text is for what it says; see `bearing.py`."""
        return leanings(self.statement, texts, self.names)

    def borne(self, near: Floats, texts: Sequence[str]) -> NDArray[np.bool_]:
        """Which spans bear it out, by their cosines to its meaning and what they say; shape (n,)."""
        return near + self.leanings(texts) >= self.least

    def packed(self) -> str:
        """As a JSON text that `unpacked` reads."""
        lack = self.statement.lack
        return json.dumps(
            {
                "text": self.statement.text,
                "basis": self.statement.basis,
                "meaning": self.statement.meaning,
                "lack": None if lack is None else [lack.kind.name, lack.parts, sorted(lack.key)],
                "names": sorted(self.names),
                "least": self.least,
                "things": self.things,
            },
            ensure_ascii=False,
        )

    @classmethod
    def unpacked(cls, text: str) -> "Called | None":
        """What was packed; None where this version cannot read it."""
        try:
            told = json.loads(text)
            kind, parts, key = told["lack"] or (None, (), ())
            lack = None if kind is None else Lack(Kind[kind], tuple(parts), frozenset(key))
            statement = Statement(told["text"], told["basis"], 0.0, told["meaning"], lack)
            return cls(statement, frozenset(told["names"]), float(told["least"]), tuple(told["things"]))
        except (KeyError, TypeError, ValueError):
            return None
