"""Texts into spans: sentences and clauses that keep their exact places.

One pass over the words of a text, so the time is linear in its length whatever it holds.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from .escape import PARAGRAPH, resolved

_MOST = 300  # spans of one text
_MOST_WORDS = 30  # a longer sentence is cut at its clauses
_FEWEST_WORDS = 4  # no cut for length leaves a smaller piece

_PICTURE = "\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff"
_JOINER = (
    "\ufe0f\u200d\u20e3\U000e0020-\U000e007f"  # what makes one picture of several; letters are joined by some as well
)
_EMOJI = rf"[{_PICTURE}\ufe0f][{_PICTURE}{_JOINER}]*|[0-9#*]\ufe0f?\u20e3"
_WORD = re.compile(r"\S+")
_ADDRESS = re.compile(r"^\W{0,4}(?:https?://|www\.|[\w.+-]{1,64}@|[\w-]{1,64}(?:\.[\w-]{1,64}){1,4}/)", re.IGNORECASE)
# Places inside a word where a sentence ends: emoji, "slow!!But", "slow.But", "slow...but", full-width stops.
_INNER_BREAK = re.compile(
    rf"{_EMOJI}|[!?](?=\w)|(?<=[a-z]{{2}})\.(?!(?:Com|Net|Org|Io|Js|De|Co|Uk|Eu|Info|App|Ai)\b)(?=[A-Z][a-z'’]|I$)"
    r"|(?<=[^\W\d_]{2})(?:\.{2,}|…+)(?=[^\W\d_])|[。！？]+",
)
_DOTTED = re.compile(r"[a-z]\.[a-z]\w|\w\.\w+\(|\w_\w")  # node.js, java.util.List: stops inside are no ends
_SENTENCE_END = re.compile(r"(?:[.!?…]+|:)[\"'”’)\]\\*_]*$")
_ABBREVIATION = re.compile(
    r"^\W*(?:[a-z]|e\.?g|i\.?e|etc|vs|mr|mrs|ms|dr|st|no|nr|approx|inc|ltd|co|corp|jr|sr|fig|est|min|max|dept|tel|ca"
    r"|a\.m|p\.m|u\.s|u\.k)\.$",
    re.IGNORECASE,
)
_CONTRAST = frozenset(
    ["but", "however", "although", "though", "except", "unfortunately", "yet", "sadly", "whereas", "nevertheless"]
)
_NO_CONTRAST_AFTER = frozenset(["nothing", "anything", "all", "everything", "no", "none", "as", "even", "and", "not"])
_JOINT = frozenset(
    ["and", "so", "because", "which", "when", "while", "then", "or", "since", "plus", "also", "if", "until"]
)
_DASH = frozenset(["-", "--", "–", "—", "...", "…", "/", "|", "•", "*", "~", "+", "=>", "->"])
_EDGE = re.compile(rf"[\s\"“”„«»,;:•*~|=>#_{_PICTURE}{_JOINER}\\-]")

_QUOTED = re.compile(r"^\s{0,8}>")
_REPLY_HEAD = re.compile(
    r"^\s{0,8}(?:on\b.{4,200}\bwrote:|le\b.{4,200}\ba écrit\s?:|am\b.{4,200}\bschrieb\b.{0,80}:)\s*$", re.I
)
_FORWARD_HEAD = re.compile(r"^\s{0,8}(?:-{2,}\s?(?:original|forwarded|weitergeleitete)\b.{0,60}|_{10,}\s*)$", re.I)
# the head of a quoted mail as Outlook writes it: who, and on the next line when or to whom
_MAIL_HEAD = re.compile(r"^\s{0,8}\*?(?:from|von|de)\s?:\*?\s.{1,200}$", re.I)
_MAIL_HEAD_ON = re.compile(r"^\s{0,8}\*?(?:sent|date|to|gesendet|datum|an|envoyé|date|enviado)\s?:\*?\s", re.I)
_DISCLAIMER = re.compile(
    r"^\s{0,8}(?:confidentiality notice\b|disclaimer\s?:"
    r"|this (?:e-?mail|message)(?: and any (?:attachments?|files)\b.{0,60}| \(including\b.{0,60})? (?:is|are|may be|may contain|contains?) .{0,40}confidential)",
    re.I,
)
_SIGNATURE_HEAD = re.compile(r"^\s{0,8}--\s*$")
_DEVICE = re.compile(r"^\s{0,8}(?:sent from (?:my|mail|yahoo|outlook)\b|get outlook for\b|sent via\b).{0,80}$", re.I)
_CLOSING = re.compile(
    r"^\s{0,8}(?:(?:kind(?:est)?|best|warm(?:est)?|with(?: kind| best)?|many)\s+)?"
    r"(?:regards|wishes|thanks|sincerely(?: yours)?|yours(?: sincerely| faithfully| truly)?|cheers|thank you|best|greetings)"
    r"\s?[,.!]?\s*$",
    re.I,
)
_LIST_MARK = re.compile(r"\(?(?:(\d{1,2})[.)]|[a-z]\))$")
_NEW_LINE_STARTS = re.compile(r"^\s*(?:[-*•·+–]|\(?(?:\d{1,2}[.)]|[a-z]\)))\s|^\s*[A-Z\"“¿¡]")


class Span(NamedTuple):
    """A range of code points of a text: `text[start:end]`."""

    start: int
    end: int


class _Word(NamedTuple):
    start: int
    end: int
    stops: bool  # whether a sentence ends after it


def split(text: str) -> list[Span]:
    """The sentences and clauses of `text`, in order, without overlap and without white space at their ends.

    Quoted lines of an e-mail, what follows a forwarding head, and signatures are left out; so is whatever holds no
    letter or digit. Clauses on the two sides of a contrast ("great, but slow") are spans of their own, the conjunction
    belonging to neither. Sentences of more than 30 words are cut at their conjunctions and commas. A wording that comes
    again in the same text is given once, and at most 300 spans are: one message is one voice, however long. Literal
    escapes (`escape`) are read as what they stand for, and belong to the spans as they are written.
    """
    read, places = resolved(text)
    spans = _sentences(read)
    return spans if places is None else [Span(places[start], places[end]) for start, end in spans]


def _sentences(text: str) -> list[Span]:
    spans: list[Span] = []
    for start, end in _blocks(text):
        sentence: list[_Word] = []
        for word in _words(text, start, end):
            sentence.append(word)
            if word.stops:
                spans.extend(_clauses(text, sentence))
                sentence = []
        spans.extend(_clauses(text, sentence))
    return _once(text, spans)


def _once(text: str, spans: list[Span]) -> list[Span]:
    seen: set[str] = set()
    kept: list[Span] = []
    for span in spans:
        wording = " ".join(text[span.start : span.end].lower().split())
        if wording not in seen:
            seen.add(wording)
            kept.append(span)
            if len(kept) == _MOST:
                break
    return kept


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Ranges that hold whole sentences: runs of lines that wrap into one another."""
    lines: list[tuple[int, int]] = []
    position = 0
    for line in text.splitlines(keepends=True):
        lines.append((position, position + len(line)))
        position += len(line)
    last = _last_line(text, lines)
    start: int | None = None
    end = 0
    for number in range(last):
        begin, stop = lines[number]
        line = text[begin : min(stop, begin + 400)]
        skipped = bool(_QUOTED.match(line) or _DEVICE.match(line) or (stop - begin < 300 and _REPLY_HEAD.match(line)))
        if start is not None and (
            skipped or not line.strip() or text[end - 1] == PARAGRAPH or _starts_anew(line, end - lines[number - 1][0])
        ):
            yield start, end
            start = None
        if not skipped and line.strip():
            start = begin if start is None else start
            end = stop
    if start is not None:
        yield start, end


def _starts_anew(line: str, length_before: int) -> bool:
    """Whether a line begins a new sentence rather than going on from a wrapped line of that length."""
    if length_before < 25:
        return True
    return bool(_NEW_LINE_STARTS.match(line)) and not (length_before >= 50 and line.lstrip().startswith(("I ", "I'")))


def _last_line(text: str, lines: list[tuple[int, int]]) -> int:
    """How many lines come before the signature or the forwarded message."""
    for number, (start, end) in enumerate(lines):
        if number and _DISCLAIMER.match(text[start : min(end, start + 200)]):
            return number
        if end - start > 120:
            continue
        line = text[start:end]
        if number and number + 1 < len(lines) and _MAIL_HEAD.match(line.rstrip()):
            following = text[lines[number + 1][0] : min(lines[number + 1][1], lines[number + 1][0] + 60)]
            if _MAIL_HEAD_ON.match(following):
                return number
        if number and (_SIGNATURE_HEAD.match(line) or _FORWARD_HEAD.match(line)):
            return number
        short_tail = len(lines) - number <= 7 and all(stop - begin < 80 for begin, stop in lines[number:])
        if number and short_tail and _CLOSING.match(line):
            return number
    return len(lines)


def _words(text: str, start: int, end: int) -> Iterator[_Word]:
    point = -1  # the number of the list's last point, where the range begins with one; 0 where points have none
    for match in _WORD.finditer(text, start, end):
        word = match.group()
        begin = match.start()
        if word.isalpha() and word.isascii():  # most are: neither list mark nor break nor end is in them
            point = max(point, 0)
            yield _Word(begin, match.end(), False)
            continue
        if point and len(word) <= 4 and (mark := _LIST_MARK.match(word)):
            number = int(mark[1] or 0)
            if point < 0 or number == point + 1:
                if point > 0:
                    yield _Word(begin, begin, True)
                point = number
                continue
        point = max(point, 0)
        if not _ADDRESS.match(word):
            dotted: bool | None = None
            for inner in _INNER_BREAK.finditer(word):
                if inner.group() == ".":
                    dotted = _DOTTED.search(word) is not None if dotted is None else dotted
                    if dotted:
                        continue
                stop = match.start() + inner.end()
                picture = inner.group()[0] not in ".…!?。！？"
                if picture or stop < match.end():
                    yield _Word(begin, match.start() + inner.start() if picture else stop, True)
                    begin = stop
            if begin == match.end():
                continue
        tail = text[max(begin, match.end() - 40) : match.end()]
        ends = bool(_SENTENCE_END.search(tail)) or _INNER_BREAK.search(tail[-1:]) is not None
        if ends and tail.rstrip("\"'”’)]\\*_").endswith("."):
            following = text[match.end() : match.end() + 3].lstrip()[:1]
            ellipsis = tail.endswith("..")
            if (_ABBREVIATION.match(tail) and not (tail.lower().endswith("etc.") and following.isupper())) or (
                not ellipsis and following.islower() and len(tail) <= 4
            ):
                ends = False
        elif ends and tail.endswith(":"):
            ends = False
        yield _Word(begin, match.end(), ends)


def _clauses(text: str, words: list[_Word]) -> Iterator[Span]:
    """Cut one sentence at its contrasts, then what is still too long at its joints."""
    piece: list[_Word] = []
    before = ""
    for index, word in enumerate(words):
        written = text[word.start : word.end]
        plain = written.strip("\"'“”(),.;:!?*").lower() if len(written) < 24 else ""
        rest = len(words) - index - 1
        contrast = plain in _CONTRAST and before not in _NO_CONTRAST_AFTER and rest >= 2
        dash = written in _DASH and rest >= 2 and len(piece) >= 2
        if contrast or dash:
            yield from _bounded(text, piece)
            piece = []
        else:
            piece.append(word)
            if text[word.end - 1] == ";" or (len(piece) >= _FEWEST_WORDS and text.endswith("..", word.start, word.end)):
                yield from _bounded(text, piece)
                piece = []
        before = plain
    yield from _bounded(text, piece)


def _bounded(text: str, words: list[_Word]) -> Iterator[Span]:
    while len(words) > _MOST_WORDS:
        cut = _best_cut(text, words[: _MOST_WORDS + 1])
        yield from _trimmed(text, words[:cut])
        words = words[cut:]
    yield from _trimmed(text, words)


def _best_cut(text: str, words: list[_Word]) -> int:
    """The index of the word to start the next piece with: after a comma before a conjunction, at either, or at the limit."""
    best, best_worth = _MOST_WORDS, 0.0
    for index in range(_FEWEST_WORDS, len(words) - 1):
        comma = text[words[index - 1].end - 1] == ","
        joint = text[words[index].start : words[index].end].lower() in _JOINT
        worth = (comma + 2 * joint) * (1.0 + index / len(words))
        if worth > best_worth:
            best, best_worth = index, worth
    return best


def _trimmed(text: str, words: list[_Word]) -> Iterator[Span]:
    if not words:
        return
    start, end = words[0].start, words[-1].end
    while start < end and _EDGE.match(text[start]):
        start += 1
    while end > start and _EDGE.match(text[end - 1]):
        end -= 1
    if any(letter.isalnum() for letter in text[start:end]):
        yield Span(start, end)
