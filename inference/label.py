"""What a team says that spans are, as a run obeys it and learns from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from .lesson import Lesson
from .signal import Kind, Signal

__all__ = ["NO_LABELS", "Labels"]

Place = tuple[int, int, int]


@dataclass(frozen=True)
class Labels:
    """`kinds` by message key, start and end: a person's word, which stands; `lesson` is what the model learns from all."""

    kinds: Mapping[Place, Kind] = field(default_factory=dict)
    lesson: Lesson | None = None

    def outweigh(self, places: Sequence[Place], told: Sequence[Signal]) -> list[Signal]:
        """The signals, with a person's word at places that have one, sure as it is."""
        if not self.kinds:
            return list(told)
        return [
            signal if (kind := self.kinds.get(place)) is None else Signal(kind, 1.0)
            for place, signal in zip(places, told, strict=True)
        ]


NO_LABELS = Labels()
