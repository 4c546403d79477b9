"""Whom a message is addressed to and what it is filed under: handles (`@shop`) and loose hashtags (`#sale`).

They stand in messages about anything whatever, so that messages would be alike for them without a matter in common: they
stay in what is kept and quoted, and out of what is read and embedded.
"""

import re

__all__ = ["bare", "handles"]

# no mail address, domain ("@mail.example"), path ("@string/title") or decorator ("@Inject(")
_HANDLE = re.compile(r"(?<![\w.@/*+-])@([A-Za-z]\w{0,30})\b(?!\.\w|[/@(*])(?:['’]s\b)?")
_TAG = r"(?<![\w&/#])#(?=[^\W\d_])[\w-]++"  # possessive: what fails after it is not tried again letter by letter
# tags in a row, or by itself where a sentence has ended: a single one within a sentence is a word of it
_LOOSE = re.compile(rf"{_TAG}(?:\s+{_TAG})+|(?:(?<=[^\w\s,;])\s*|^\s*){_TAG}(?=\W*$)")


def bare(text: str) -> str:
    """`text` without handles and without hashtags that are no words of its sentences.

    >>> bare("still no refund from @shop, my #parcel is lost! #fail #never")
    'still no refund from , my #parcel is lost! '
    """
    if "#" in text:
        text = _LOOSE.sub("", text)
    return _HANDLE.sub("", text) if "@" in text else text


def handles(text: str) -> list[str]:
    """The names of the accounts that a text mentions, as they are written, without the sign.

    >>> handles("@shop please answer; mail jo@example.org")
    ['shop']
    """
    return _HANDLE.findall(text) if "@" in text else []
