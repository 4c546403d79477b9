"""Texts into vectors: the protocol every embedder keeps, the default model, and a cheap stand-in."""

import os
import threading
import unicodedata
import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from .weights import MODEL_NAME, prepare

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

_MOST_TOKENS = 256  # the length all-MiniLM-L6-v2 was made for
_BATCH_TOKENS = 768  # padded tokens per call: with more, the activations leave the processor's second cache
_TOKENS_OF_A_CALL = 5  # what a call takes beside its tokens, in the time of tokens
_LONGEST_READ = 20_000  # characters; 256 tokens are reached long before


class Embedder(Protocol):
    """Anything that turns texts into vectors of one fixed width."""

    @property
    def name(self) -> str:
        """Whose vectors these are: those of one name compare, those of different names never do."""
        ...

    @property
    def dimensions(self) -> int:
        """Numbers in one vector."""
        ...

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Rows parallel to `texts`, shape (n, dimensions), each of length 1; (0, dimensions) for no text."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2 in int8 under onnxruntime; the model is built in `folder` and loaded at the first use.

    A text is cut after 256 tokens. The same text may differ in the third digit between calls, since int8 ranges are
    set per batch. Safe to call from several threads at once. `threads` bounds the threads of one call; without it they
    are as many as this process may use processors.

    Each thread works on batches of its own, of texts of like length. Sharing one batch among threads, as onnxruntime
    does by itself, has them wait for each other after every operator: on a machine with other work to do most of the
    time goes there.
    """

    dimensions = 384

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        self.name = MODEL_NAME
        self._folder = Path(folder)
        self._threads = threads if threads is not None else processors()
        self._loading = threading.Lock()
        self._loaded: tuple[Tokenizer, InferenceSession, ThreadPoolExecutor | None] | None = None

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder. Raises ModelUnavailable where the model cannot be built."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if not texts:
            return vectors
        tokenizer, session, pool = self._load()
        ids = [encoding.ids for encoding in tokenizer.encode_batch([text[:_LONGEST_READ] for text in texts])]

        def fill(rows: list[int]) -> None:
            vectors[rows] = _forward(session, [ids[row] for row in rows])

        batches = list(_batches([len(row) for row in ids]))
        if pool is None or len(batches) == 1:
            for rows in batches:
                fill(rows)
        else:
            # the longest first, so that the threads end together
            for _ in pool.map(fill, reversed(batches)):
                pass
        return vectors

    def _load(self) -> tuple[Any, Any, ThreadPoolExecutor | None]:
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
                options.intra_op_num_threads = 1
                session = onnxruntime.InferenceSession(
                    str(files.model),
                    options,
                    providers=["CPUExecutionProvider"],
                    # its fused form of adding and normalising is the slower one here
                    disabled_optimizers=["SkipLayerNormFusion"],
                )
                pool = ThreadPoolExecutor(self._threads, "embed") if self._threads > 1 else None
                self._loaded = tokenizer, session, pool
            return self._loaded


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Rows of like length together, shortest first: as many as stay within the bound, padded, and as take less time
    padded than a call of their own."""
    rows: list[int] = []
    for row in sorted(range(len(lengths)), key=lengths.__getitem__):
        length = lengths[row]
        padding = (length - lengths[rows[-1]]) * len(rows) if rows else 0
        if padding > _TOKENS_OF_A_CALL or (rows and length * (len(rows) + 1) > _BATCH_TOKENS):
            yield rows
            rows = []
        rows.append(row)
    if rows:
        yield rows


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
