"""What is said beside the point: that a customer leaves, and where to, what was tried against a trouble, that others get the app.

All of it stands in messages about anything whatever, so that spans of it are alike without a lack in common.
"""

import re
from collections.abc import Sequence

from .finding import SpanFound
from .lack import lacks
from .lexicon import FAILURE, NEGATION, word_set
from .rule import plain, words_of
from .signal import Kind, advises, parting
from .store import Rows

__all__ = ["advising", "aside"]

_TRIED = re.compile(
    r"\b(?:tried|trying|i've|we've|(?:have|had) (?:also |already |even |now |just )*(?:\w+ed|done|gone|reset)"
    r"|(?:i|we) (?:also |already |even |then |just |now )*"
    r"(?:deleted|removed|uninstalled|reinstalled|re-installed|redownloaded|re-downloaded|restarted|rebooted|closed|reset|cleared|logged|signed|turned))\b"
)
_REMEDY = re.compile(
    r"\b(?:(?:un|re-?)install\w*|re-?download\w*|reboot\w*|restart\w*|(?:hard|factory) reset|clear\w* (?:the |my |its |all )?(?:cache|data|cookies|history)"
    r"|(?:delet|remov|clos)\w* (?:and \w+ )?(?:(?:the|this|my|it|other) )?apps?|(?:log|sign)\w* (?:out|off) and|turn\w* (?:\w+ ){0,2}off and)"
)
_COMMENDED = re.compile(r"\b(?:get|download|try|buy) (?:this|the(?: \w+)?) app\b")
_LEFT = re.compile(
    r"\b(?:delet|uninstall|remov|ditch)\w* (?:it,? |this |the |my |your |that |of )*(?:\w+ )?apps?\b|\b(?:delet|uninstall)(?:ed|ing) (?:it|this)\b"
    r"|\b(?:stopped|quit|done|finished) (?:using|with) (?:it|this|the)\b|^(?:\w+ )?(?:delet|uninstall)(?:ed|ing)\W*$"
)
_NO_FAILURE = NEGATION | word_set("stop stopped stops never wait waiting")
_ONESELF = word_set("i i'm i've i'd my me we our us mine")


def aside(text: str, advice: bool = False) -> bool:
    """Whether a span says no more than that the customer leaves, where to, what was tried in vain, not against what, or that
    other customers should get the product.

    `advice` says that it advises other customers: without a word of what they lack it says nothing of any lack.
    """
    lowered = plain(text)
    found = words_of(lowered)
    if _LEFT.search(lowered) and (FAILURE - _NO_FAILURE).isdisjoint(found) and not lacks(text):
        return True
    tried = _TRIED.search(lowered) and _REMEDY.search(lowered)
    commended = _COMMENDED.search(lowered) and (_ONESELF | NEGATION).isdisjoint(found)
    if not tried and not commended and not advice:
        return parting(text)
    return FAILURE.isdisjoint(found) and not lacks(text)


def advising(spans: Sequence[SpanFound], texts: Sequence[str], vectors: Rows | None = None) -> set[int]:
    """The rows of spans that advise other customers, where no person says that they ask for something."""
    rows = [row for row, span in enumerate(spans) if span.kind is Kind.ASK and span.score < 1.0]
    told = advises([texts[row] for row in rows], None if vectors is None else vectors[rows]) if rows else []
    return {row for row, advising in zip(rows, told, strict=True) if advising}
