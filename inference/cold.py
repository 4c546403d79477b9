"""Freezing of the cold kind: "the room was freezing" tells of no machine that hangs."""

import re

__all__ = ["thawed"]

_FROZEN = r"(?:freezing|froze|frozen)"
_PLACES = (
    r"(?:rooms?|bedrooms?|bathrooms?|house|home|hotel|flat|office|shop|store|hall|building|floors?|cabin|tents?|beds?|sleeping bags?|pool|showers?|baths?|water"
    r"|air|wind|weather|nights?|mornings?|winter|outside|inside|outdoors|indoors|trains?|bus|buses|car|cars|seats?|food|meals?|pizza|coffee|tea|drinks?"
    r"|hands?|fingers?|feet|foot|toes?|ears?|face|legs?)"
)
_PEOPLE = r"(?:i|we|he|she|everyone|everybody|people|guests?|kids|children|baby|daughters?|sons?|wife|husband)"
_IS = r"(?:'m|'re|'s| am| is| are| was| were| be| been| gets?| got| getting| felt| feels?| feeling| left)"
_COLD = re.compile(
    rf"\b{_PEOPLE}(?:{_IS})?(?: (?:all|both|nearly|almost|always|literally|absolutely|really|just)){{0,2}} {_FROZEN}\b(?! (?:the|my|our|out|up)\b)"
    rf"|(?<!app )\b{_PLACES}(?: [a-z]+){{0,4}}?(?:{_IS})(?: (?:always|literally|absolutely|really|just|so|too|completely|totally|bloody|still)){{0,2}} {_FROZEN}\b"
    rf"|\b{_PLACES} (?:froze|freezes)\b(?! up)"
    rf"|\bfreezing(?:[- ]cold| {_PLACES}| rain| temperatures?| point| conditions?)\b|\bfrozen (?:{_PLACES}|pipes?|solid|stiff|peas|meat|fish)\b|\bfroze (?:to death|all (?:night|day))\b"
)
_WORD = re.compile(r"freezing|freezes|frozen|froze")


def thawed(lowered: str) -> str:
    """A text in small letters with "cold" for what freezes of people, places, food and the weather."""
    if "fr" not in lowered or not _WORD.search(lowered):
        return lowered
    return _COLD.sub(lambda match: _WORD.sub("cold", match[0]), lowered)
