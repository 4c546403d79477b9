"""What is said beside the point: where a customer goes instead, and what was tried against a trouble.

Both stand in messages about any trouble whatever, so that spans of them are alike without a lack in common.
"""

import re

from .lack import lacks
from .lexicon import FAILURE
from .rule import plain, words_of
from .signal import parting

__all__ = ["aside"]

_TRIED = re.compile(
    r"\b(?:tried|trying|i've|we've|(?:have|had) (?:also |already |even |now |just )*(?:\w+ed|done|gone|reset)"
    r"|(?:i|we) (?:also |already |even |then |just |now )*"
    r"(?:deleted|removed|uninstalled|reinstalled|re-installed|redownloaded|re-downloaded|restarted|rebooted|closed|reset|cleared|logged|signed|turned))\b"
)
_REMEDY = re.compile(
    r"\b(?:(?:un|re-?)install\w*|re-?download\w*|reboot\w*|restart\w*|(?:hard|factory) reset|clear\w* (?:the |my |its |all )?(?:cache|data|cookies|history)"
    r"|(?:delet|remov|clos)\w* (?:and \w+ )?(?:(?:the|this|my|it|other) )?apps?|(?:log|sign)\w* (?:out|off) and|turn\w* (?:\w+ ){0,2}off and)"
)


def aside(text: str) -> bool:
    """Whether a span says no more than where the customer goes instead, or what was tried in vain and not against what."""
    lowered = plain(text)
    if not (_TRIED.search(lowered) and _REMEDY.search(lowered)):
        return parting(text)
    return FAILURE.isdisjoint(words_of(lowered)) and not lacks(text)
