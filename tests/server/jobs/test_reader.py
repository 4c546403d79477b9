"""Messages read."""

from __future__ import annotations

import numpy as np

from nobodyasked.inference.finding import Message
from nobodyasked.inference.vector import HashedWords
from nobodyasked.server.jobs.reader import pack, read, unpack

MESSAGES = [
    Message(1, "The parcel arrived three days late. Please add a way to pick the delivery hour!", 7, 2.0),
    Message(2, "", None, None),
    Message(3, "The parcel arrived three days late.", 8, None),
    Message(4, "!!! 😀", None, 5.0),
    Message(5, "Your account has been suspended. Click the link to verify your identity."),
]


class Counting(HashedWords):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.texts += texts
        return super().embed(texts)


def test_every_message_has_its_reading_in_order() -> None:
    readings = read(MESSAGES, HashedWords())
    assert [reading.key for reading in readings] == [1, 2, 3, 4, 5]
    for message, reading in zip(MESSAGES, readings, strict=True):
        assert reading.vectors.shape == (len(reading.spans), 384)
        assert all(span.key == message.key and message.text[span.start : span.end] for span in reading.spans)
        assert -1 <= reading.sentiment <= 1
        assert 1 <= reading.severity <= 5
    assert [len(reading.spans) for reading in readings] == [2, 0, 1, 0, 0]
    assert readings[0].spans[1].kind == "ASK"


def test_one_wording_is_embedded_once_and_shared() -> None:
    embedder = Counting()
    readings = read(MESSAGES, embedder)
    assert len(embedder.texts) == len(set(embedder.texts)) == 2
    np.testing.assert_array_equal(readings[0].vectors[0], readings[2].vectors[0])


def test_the_language_is_the_stated_one_or_what_is_found() -> None:
    text = "Die Sendung kam drei Tage zu spät und niemand meldet sich"
    messages = [Message(1, text), Message(2, text, language="nl"), Message(3, "ok"), MESSAGES[0]]
    assert [reading.language for reading in read(messages, HashedWords())] == ["de", "nl", "und", "en"]


def test_nothing_to_read() -> None:
    assert read([], HashedWords()) == []


def test_vectors_survive_the_table() -> None:
    vectors = HashedWords().embed(["late parcel", "wrong size"])
    kept = pack(vectors, HashedWords())
    assert [len(row) for row in kept] == [772, 772]
    np.testing.assert_allclose(unpack(kept), vectors, atol=1e-3)


def test_an_escaped_copy_is_read_as_the_plain_one_and_keeps_its_places() -> None:
    plain = Message(1, "I can't print & scan. It crashes at the door", 1, None)
    escaped = Message(2, r"I can\u0027t print &amp; scan.\nIt crashes at the door", 2, None)
    first, second = read([plain, escaped], HashedWords())
    assert [span[3:] for span in first.spans] == [span[3:] for span in second.spans]
    np.testing.assert_array_equal(first.vectors, second.vectors)
    quotes = [escaped.text[span.start : span.end] for span in second.spans]
    assert quotes == [r"I can\u0027t print &amp; scan.", "It crashes at the door"]
