"""What a run knows of the run before it: whose each span was, what was read, and what the needs are called."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field

from .called import Called
from .finding import Place

__all__ = ["NEW_SHARE", "NOTHING", "Past"]

NEW_SHARE = 1 / 3
"""Share of a need that must be new messages for it to be one that was none, or to be called otherwise than it was."""


@dataclass(frozen=True)
class Past:
    """The needs of the run before: the need of each of its spans, and what they are called (of some).

    `read` has the keys of the messages that were read when the whole was grouped, as they would be now. What was no need among them is none for being asked again; where nothing
    is told of them, everything is new.
    """

    owners: Mapping[Place, int] = field(default_factory=dict)
    called: Mapping[int, Called] = field(default_factory=dict)
    read: Container[int] = ()

    def things(self) -> set[str]:
        """What was left out to find them: words that are but talked about."""
        return {word for called in self.called.values() for word in called.things}

    def owner(self, places: Sequence[Place]) -> int | None:
        """The need that most of these spans were of; of two that have as many the one with the smaller number."""
        needs = Counter(need for place in places if (need := self.owners.get(place)) is not None)
        return min(needs, key=lambda need: (-needs[need], need)) if needs else None

    def is_settled(self, places: Sequence[Place]) -> bool:
        """Whether nearly all of these spans were read before and were of no need."""
        told = sum(place[0] not in self.read or place in self.owners for place in places)
        return told < NEW_SHARE * len(places)

    def is_mostly_new(self, places: Sequence[Place]) -> bool:
        """Whether so many of these spans are new that what is known of them says too little."""
        return sum(place[0] not in self.read for place in places) >= NEW_SHARE * len(places)


NOTHING = Past()
