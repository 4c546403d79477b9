"""HTML to the text that a reader of the message saw."""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

TAG_LIMIT = 20_000
"""Most tags that are parsed: the parser's time grows with the square of their nesting (0.7 s at this many)."""

_UNSEEN = {"script", "style", "head", "title", "template", "noscript", "object", "svg"}
_BLOCK_NAMES = (
    "address article aside blockquote body br center dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr li main nav ol p pre section table tbody td tfoot th thead tr ul"
)
_BLOCKS = frozenset(_BLOCK_NAMES.split())


class TooManyTags(ValueError):
    pass


def html_to_text(html: str) -> str:
    """The visible text, one line for each block; lines of a message that is answered begin with ">", as in plain text.

    Raises TooManyTags above `TAG_LIMIT`.
    """
    if html.count("<") > TAG_LIMIT:
        raise TooManyTags(f"an HTML text of more than {TAG_LIMIT:,} tags")
    root = LexborHTMLParser(html).root
    pieces: list[str] = []
    depth, answers = 0, False
    # the way back up is seen as a change of parent: a stack of what is still open, walked without recursion
    stack = [(root, False)] if root is not None else []
    while stack:
        node, closing = stack.pop()
        tag = node.tag
        if tag == "-text":
            pieces.append(re.sub(r"\s+", " ", node.text_content or ""))
            continue
        if tag == "blockquote" and _answered(node):
            depth, answers = depth + (-1 if closing else 1), True
        if tag in _BLOCKS:
            pieces.append("\n" + "> " * depth)
        if closing or tag in _UNSEEN:
            continue
        stack.append((node, True))
        children = []
        child = node.child
        while child is not None:
            children.append((child, False))
            child = child.next
        stack.extend(reversed(children))
    text = "".join(pieces).replace("\xa0", " ")
    lines = (re.sub(r" +", " ", line).strip() for line in text.split("\n"))
    lines = ("" if answers and not line.strip("> ") else line for line in lines)
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


def _answered(node: LexborNode) -> bool:
    """Whether a block quote holds what a mail answers: some programs indent with others."""
    said = node.attributes
    return said.get("type") == "cite" or "quote" in (said.get("class") or "")
