"""Vectors kept by what they were made of, in a file of the data folder: no text is embedded twice.

A cache and no more: it may be deleted at any time, and whatever is wrong with it, texts are embedded as without it. It
holds digests of texts, not texts.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from hashlib import blake2b
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ...inference.vector import Embedder

__all__ = ["Remembered", "empty"]

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]

DIGEST_BYTES = 16
ROW_BYTES = 70
"""What SQLite takes for a row and its place in the index beside the vector, as measured."""
AT_ONCE = 500
PATIENCE_SECONDS = 5.0
ROOM_MADE = 0.1
"""Share of the rows that go, the oldest, when there is no room left."""
TABLES = "CREATE TABLE IF NOT EXISTS vector (id INTEGER PRIMARY KEY, digest BLOB NOT NULL UNIQUE, value BLOB NOT NULL)"


def empty(path: Path) -> None:
    """Drop every vector, of whatever embedder: which were made of one person's words nobody can tell any more."""
    if not path.exists():
        return
    try:
        with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete = ON").fetchall()
            connection.execute("DELETE FROM vector")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    except sqlite3.Error as error:
        log.warning("vectors of an erased person may still be in %s (%s): delete the file", path.name, error)


class Remembered:
    """An embedder that embeds only what it has not embedded before. Safe in several threads and processes.

    Vectors come rounded to float16, whether they were kept or not, so that a result does not depend on what was. About
    840 bytes a text at 384 dimensions; `most_bytes` bounds the file, and the oldest make room.
    """

    def __init__(self, embedder: Embedder, path: Path, most_bytes: int) -> None:
        self.name = embedder.name
        self._embedder = embedder
        self._path = path
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._broken = False

    @property
    def dimensions(self) -> int:
        """Numbers in one vector."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str]) -> Floats:
        """See Embedder. Raises what the embedder itself raises; what it gives is kept."""
        digests = [self._digest(text) for text in texts]
        found = self._kept(digests)
        new = {digest: text for digest, text in zip(digests, texts, strict=True) if digest not in found}
        if new:
            made = self._embedder.embed(list(new.values())).astype("<f2")
            fresh = dict(zip(new, made, strict=True))
            self._keep(fresh)
            found |= fresh
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, digest in enumerate(digests):
            vectors[row] = found[digest]
        return vectors

    def _digest(self, text: str) -> bytes:
        # keyed by the embedder: a vector of one is never given for another
        key = blake2b(self.name.encode(), digest_size=32).digest()
        return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES, key=key).digest()

    def _kept(self, digests: Sequence[bytes]) -> dict[bytes, NDArray[np.float16]]:
        found: dict[bytes, NDArray[np.float16]] = {}
        different = list(dict.fromkeys(digests))
        with self._lock:
            connection = self._opened()
            if connection is None:
                return found
            try:
                for start in range(0, len(different), AT_ONCE):
                    some = different[start : start + AT_ONCE]
                    places = ",".join("?" * len(some))
                    sql = f"SELECT digest, value FROM vector WHERE digest IN ({places})"
                    for digest, value in connection.execute(sql, some):
                        if len(value) == 2 * self.dimensions:
                            found[digest] = np.frombuffer(value, dtype="<f2")
            except sqlite3.Error as error:
                self._give_up(error)
        return found

    def _keep(self, fresh: dict[bytes, NDArray[np.float16]]) -> None:
        with self._lock:
            connection = self._opened()
            if connection is None:
                return
            most = max(1, self._most_bytes // (2 * self.dimensions + ROW_BYTES))
            try:
                with connection:
                    connection.execute("BEGIN IMMEDIATE")
                    connection.executemany(
                        "INSERT INTO vector (digest, value) VALUES (?, ?) ON CONFLICT (digest) DO UPDATE SET value = excluded.value",
                        [(digest, value.tobytes()) for digest, value in list(fresh.items())[-most:]],
                    )
                    # ids ascend without many gaps, so that their range tells how many there are
                    first, last = connection.execute("SELECT MIN(id), MAX(id) FROM vector").fetchone()
                    if last - first >= most:
                        connection.execute("DELETE FROM vector WHERE id <= ?", (last - int(most * (1 - ROOM_MADE)),))
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):  # another process writes: these are not kept
                    self._give_up(error)
            except sqlite3.Error as error:
                self._give_up(error)

    def _opened(self) -> sqlite3.Connection | None:
        if self._connection is None and not self._broken:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                os.close(os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600))
                connection = sqlite3.connect(
                    self._path, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False
                )
                connection.execute("PRAGMA journal_mode = WAL")
                # what is lost when the machine stops is embedded again
                connection.execute("PRAGMA synchronous = OFF")
                connection.execute(TABLES)
                self._connection = connection
            except (sqlite3.Error, OSError) as error:
                self._give_up(error)
        return self._connection

    def _give_up(self, error: Exception) -> None:
        log.warning("vectors are not kept: %s is of no use (%s); it may be deleted", self._path.name, error)
        self._broken = True
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def close(self) -> None:
        """Give the file back; the next use opens it again."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None
