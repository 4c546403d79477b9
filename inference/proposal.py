"""Statements that someone else proposes, such as a language model: what it is told, and whether its answer is taken.

The proposer is told customers' sentences without addresses and numbers. They are untrusted, and so is the answer: it is
taken only where it has the form of a statement, says what customers say in their words, and means it no worse than the
statement that was found without it. Whatever the sentences ask of the proposer, nothing else comes out of it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .finding import EvidenceFound, NeedFound, SpanFound
from .lexicon import STOP, word_set
from .phrase import stem
from .quote import decent
from .signal import words
from .vector import Embedder, normalised

__all__ = ["Evidence", "Proposer", "Refused", "check", "evidence_of", "redacted", "reworded"]

_MOST_QUOTES = 12
_MOST_LETTERS = 200  # of a quote
_FEWEST_WORDS, _MOST_WORDS = 4, 18
_FORM = re.compile(r"^Customers (?:need|should not have to) [a-z][^.!?;:\n]*$")
_FRAME = word_set(
    "customers customer need needs should not have to a way know stop able be without the and or of in on for with from when"
)
_SOLUTION = re.compile(  # what to build, rather than what is lacked
    r"\b(?:add|implement|build|develop|introduce|integrate|redesign|deploy|launch|roll out|offer)(?:ed|ing|s)?\b"
    r"|\b(?:dashboards?|chatbots?|apis?|algorithms?|ai|machine learning|widgets?|toggles?|wizards?|plugins?|buttons?|pop-?ups?|modules?)\b"
)
_ANY_DIGIT = re.compile(r"\d")
_SUPPORT = 0.7  # share of its content words that at least two customers use
_CLOSENESS = 0.04  # how much farther from the need, or nearer to another, it may be than the statement it is to replace
_NEARLY = 0.62  # the same for a quote: share of its closeness
_REDACTIONS = (
    (re.compile(r"(?:https?://|www\.)\S+", re.I), "[link]"),
    (re.compile(r"\S+@\S+"), "[address]"),
    (re.compile(r"(?<!\w)@\w+"), "[name]"),
    (re.compile(r"\+?\d[\d\s().-]{5,}\d"), "[number]"),
    (re.compile(r"\b(?=\w*\d\w*\d\w*\d)\w{4,}\b"), "[number]"),
)


class Refused(Exception):
    """A proposal is not taken; the message says why, in words of ours."""


@dataclass(frozen=True)
class Evidence:
    """What a proposer is told of one need: quotes of different customers, and the statement that was found."""

    quotes: list[str]
    key_phrases: list[str]
    statement: str


class Proposer(Protocol):
    """Anything that proposes a statement."""

    def __call__(self, evidence: Evidence) -> str | None:
        """A statement, or None where there is none; never raises."""
        ...


def redacted(text: str) -> str:
    """One line of a text without addresses, links, names of accounts and long numbers."""
    for pattern, instead in _REDACTIONS:
        text = pattern.sub(instead, text)
    return " ".join(text.split())[:_MOST_LETTERS]


def evidence_of(need: NeedFound, spans: Sequence[SpanFound], texts: Mapping[int, str]) -> Evidence:
    """What may leave the machine of a need: redacted quotes, the surest first, one a message."""
    quotes: dict[int, str] = {}
    for span in _supporting(need, spans):
        if len(quotes) < _MOST_QUOTES:
            quotes.setdefault(span.key, redacted(texts[span.key][span.start : span.end]))
    return Evidence(list(quotes.values()), need.key_phrases, redacted(need.statement))


def check(proposed: str, quotes: Sequence[str]) -> str:
    """A proposed statement in its final form. `quotes` are the need's, one a customer. Raises Refused.

    Held against form, length, decency, solutions, and the customers' words.
    """
    sentence = " ".join(proposed.split()).strip("\"'“”").rstrip(".")
    found = words(sentence)
    if not _FORM.match(sentence) or not _FEWEST_WORDS <= len(sentence.split()) <= _MOST_WORDS:
        raise Refused("it has not the form of a statement")
    if not decent(sentence) or _ANY_DIGIT.search(sentence) or any(sign in sentence for sign in '"“”[]()/'):
        raise Refused("it holds what must not be shown")
    said = [frozenset(stem(word) for word in words(quote)) for quote in quotes]
    content = {stem(word) for word in found if word not in STOP and word not in _FRAME}
    shared = {part for part in content if sum(part in some for some in said) >= 2}
    if not content or len(shared) < max(1.0, _SUPPORT * len(content)):
        raise Refused("its words are not the customers'")
    solution = _SOLUTION.search(sentence.lower())
    if solution and not {stem(word) for word in solution.group().split()} <= shared:
        raise Refused("it names a solution")
    named = {stem(word.lower()) for word in re.findall(r"(?<=\s)[A-Z]\w+", sentence)}
    if named - shared:
        raise Refused("it holds a name that few customers use")
    return sentence


def reworded(
    needs: Sequence[NeedFound],
    spans: Sequence[SpanFound],
    texts: Mapping[int, str],
    embedder: Embedder,
    propose: Proposer,
    told: Callable[[str], None] = lambda reason: None,
) -> list[NeedFound]:
    """The needs, with what was proposed in place of their statements where it is taken (basis TEMPLATE).

    `texts` gives messages by key. `told` hears why a proposal was refused. Aspects, evidence and order stay as they are.
    """
    proposals: list[str | None] = []
    for need in needs:
        answer = propose(evidence_of(need, spans, texts))
        proposals.append(None)
        if answer is not None:
            try:
                quotes = {span.key: texts[span.key][span.start : span.end] for span in _supporting(need, spans)}
                proposals[-1] = check(answer, list(quotes.values()))
            except Refused as refused:
                told(str(refused))
    taken = {need.statement for need in needs}
    asked = [number for number, proposal in enumerate(proposals) if proposal is not None]
    if not asked:
        return list(needs)
    centres = normalised(np.stack([need.centroid for need in needs]))
    own = _fit(embedder, [needs[number].statement for number in asked], asked, centres)
    new = _fit(embedder, [proposals[number] or "" for number in asked], asked, centres)
    result = list(needs)
    for number, before, after in zip(asked, own, new, strict=True):
        proposal = proposals[number]
        if proposal is None or proposal in taken:
            told("another need is called so")
        elif _worse(before, after, needs[number].basis):
            told("it is farther from what customers say than what was found without it")
        else:
            taken.add(proposal)
            result[number] = replace(needs[number], statement=proposal, basis="TEMPLATE")
    return result


def _worse(before: NDArray[np.float32], after: NDArray[np.float32], basis: str) -> bool:
    """Whether a proposal is farther off than what was found; a quote, which is one of the texts, is near like no other."""
    (near, apart), (new_near, new_apart) = before.tolist(), after.tolist()
    least = _NEARLY * near if basis == "QUOTE" else near - _CLOSENESS
    return new_near < least or new_apart < min(0.0, apart - _CLOSENESS)


def _supporting(need: NeedFound, spans: Sequence[SpanFound]) -> list[SpanFound]:
    return [spans[item.span] for item in need.evidence if _supports(item)]


def _supports(item: EvidenceFound) -> bool:
    return item.stance == "SUPPORTS"


def _fit(
    embedder: Embedder, sentences: Sequence[str], owners: Sequence[int], centres: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Closeness of each sentence to its need, and how much nearer it is to that than to any other; shape (n, 2)."""
    bare = [sentence.removeprefix("Customers need ").removeprefix("a way to ") for sentence in sentences]
    cosines = embedder.embed(bare) @ centres.T
    rows = np.arange(len(sentences))
    near = cosines[rows, owners].copy()
    cosines[rows, owners] = -1.0
    return np.stack([near, near - cosines.max(axis=1)], axis=1)
