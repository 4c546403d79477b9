"""What people decided, held against what a run found: an anchored need keeps its words, its place and its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from ...inference.finding import EvidenceFound, NeedFound, Place, SpanFound

__all__ = ["Continued", "hold"]

MOSTLY = 0.5
"""Share of a group's supporting spans that make it a part of the need which holds them."""


@dataclass(frozen=True)
class Continued:
    """A group of a run and the earlier need that it continues; None for a new one."""

    need_id: int | None
    need: NeedFound


def hold(
    found: Sequence[NeedFound],
    spans: Sequence[SpanFound],
    same: Mapping[int, int],
    anchored: Mapping[int, Sequence[Place]],
    voices: Mapping[int, int],
    least_voices: int,
    dismissed: Mapping[int, Sequence[Place]] = MappingProxyType({}),
) -> list[Continued]:
    """The groups, less what anchored needs hold already.

    A span that supports an anchored need stays with it. A group most of whose support lies with one anchored need is a
    part of that need, and the rest of it joins the need; any other group keeps the rest, if at least `least_voices`
    distinct voices (by message key) still support it. A group that mostly lies with a dismissed need is that need again,
    however many parts it comes back in. `same` tells which earlier need a group (by index) continues.
    """
    holder = {place: need for need, places in anchored.items() for place in places}
    refused = {place: need for need, places in dismissed.items() for place in places}
    kept: list[Continued] = []
    for index, need in enumerate(found):
        support = [item for item in need.evidence if item.stance == "SUPPORTS"]
        held = Counter(holder[spans[item.span][:3]] for item in support if spans[item.span][:3] in holder)
        again = Counter(refused[spans[item.span][:3]] for item in support if spans[item.span][:3] in refused)
        rest = [item for item in need.evidence if spans[item.span][:3] not in holder]
        owner, most = held.most_common(1)[0] if held else (None, 0)
        continues = same.get(index)
        gone, count = again.most_common(1)[0] if again else (None, 0)
        if count > most and count >= MOSTLY * len(support):
            kept.append(Continued(gone, need))
        elif owner is not None and most >= MOSTLY * len(support):
            kept.append(Continued(owner, _with(need, rest)))
        elif continues in anchored:
            # it shares too little with the need to be a part of it
            kept += _standing(None, need, rest, spans, voices, least_voices)
        elif held:
            kept += _standing(continues, need, rest, spans, voices, least_voices)
        else:
            kept.append(Continued(continues, need))
    return kept


def _standing(
    need_id: int | None,
    need: NeedFound,
    rest: list[EvidenceFound],
    spans: Sequence[SpanFound],
    voices: Mapping[int, int],
    least_voices: int,
) -> list[Continued]:
    supporters = {voices[spans[item.span].key] for item in rest if item.stance == "SUPPORTS"}
    return [Continued(need_id, _with(need, rest))] if len(supporters) >= least_voices else []


def _with(need: NeedFound, evidence: list[EvidenceFound]) -> NeedFound:
    return replace(need, evidence=evidence)
