"""Texts into vectors: the protocol every embedder keeps, the default model, and a cheap stand-in."""

import threading
import unicodedata
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .weights import MODEL_NAME, prepare

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_MOST_TOKENS = 256  # the length all-MiniLM-L6-v2 was made for
_BATCH_TOKENS = 4096  # padded tokens per call: beyond it the activations leave the processor's cache
_BATCH_TEXTS = 64


class Embedder(Protocol):
    """Anything that turns texts into vectors of one fixed width."""

    name: str
    dimensions: int

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Rows parallel to `texts`, shape (n, dimensions), each of length 1; (0, dimensions) for no text."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2 in int8 under onnxruntime; the model is built in `folder` and loaded at the first use.

    A text is cut after 256 tokens. The same text may differ in the third digit between calls, since int8 ranges are
    set per batch. Safe to call from several threads at once. `threads` bounds the threads of one call.
    """

    dimensions = 384

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.name = MODEL_NAME
        self._folder = Path(folder)
        self._threads = threads
        self._loading = threading.Lock()
        self._loaded: tuple[Tokenizer, InferenceSession] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder. Raises ModelUnavailable where the model cannot be built."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        tokenizer, session = self._load()
        # A text longer than this cannot matter: 256 tokens are reached long before.
        encoded = tokenizer.encode_batch([text[:20_000] for text in texts])
        ids = [encoding.ids for encoding in encoded]
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        start = 0
        while start < len(order):
            stop = start + 1
            while (
                stop < len(order)
                and stop - start < _BATCH_TEXTS
                and len(ids[order[stop]]) * (stop - start + 1) <= _BATCH_TOKENS
            ):
                stop += 1
            rows = order[start:stop]
            vectors[rows] = _forward(session, [ids[row] for row in rows])
            start = stop
        return vectors

    def _load(self) -> tuple[Any, Any]:
        with self._loading:
            if self._loaded is None:
                import onnxruntime
                from tokenizers import Tokenizer

                files = prepare(self._folder)
                tokenizer = Tokenizer.from_file(str(files.tokenizer))
                tokenizer.no_padding()
                tokenizer.enable_truncation(_MOST_TOKENS)
                options = onnxruntime.SessionOptions()
                options.log_severity_level = 3
                if self._threads is not None:
                    options.intra_op_num_threads = self._threads
                session = onnxruntime.InferenceSession(str(files.model), options, providers=["CPUExecutionProvider"])
                self._loaded = tokenizer, session
            return self._loaded


def _forward(session: Any, ids: Sequence[Sequence[int]]) -> NDArray[np.float32]:
    """Mean over the tokens of each row, scaled to length 1 (the pooling the model was trained with)."""
    width = max(map(len, ids))
    tokens = np.zeros((len(ids), width), dtype=np.int64)
    mask = np.zeros((len(ids), width), dtype=np.int64)
    for row, values in enumerate(ids):
        tokens[row, : len(values)] = values
        mask[row, : len(values)] = 1
    feed = {"input_ids": tokens, "attention_mask": mask, "token_type_ids": np.zeros_like(tokens)}
    hidden = session.run(["last_hidden_state"], feed)[0]
    summed = np.einsum("nld,nl->nd", hidden, mask.astype(np.float32))
    return normalised(summed)


class HashedWords:
    """Words and letter triples hashed into 384 dimensions: no model, microseconds a text, the same on every machine.

    For tests and tiny set-ups: it knows spelling, not meaning.
    """

    dimensions = 384

    def __init__(self) -> None:
        self.name = "hashed-words-1"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder. A text without a letter or digit still gets a vector of length 1."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in _words(text) or ["\x00"]:
                self._count(vectors[row], word, 1.0)
                padded = f"<{word}>"
                for start in range(len(padded) - 2):
                    self._count(vectors[row], padded[start : start + 3], 0.3)
        return normalised(vectors)

    def _count(self, vector: NDArray[np.float32], piece: str, weight: float) -> None:
        code = zlib.crc32(piece.encode())
        vector[code % self.dimensions] += weight if code & 0x8000_0000 else -weight


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()


def normalised(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Rows scaled to length 1; a row of zeros becomes the first unit vector, so that every row has length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    if vectors.size and not lengths.all():
        vectors = vectors.copy()
        vectors[lengths[:, 0] == 0, 0] = 1.0
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / lengths).astype(np.float32) if vectors.size else vectors.astype(np.float32)
