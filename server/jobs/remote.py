"""Vectors from an endpoint that speaks OpenAI's `POST /embeddings`: texts leave this machine."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from ...inference.vector import normalised
from ...inference.weights import ModelUnavailable
from ..outward import opener

__all__ = ["Remote"]

TEXTS_AT_ONCE = 64
LONGEST = 20_000
"""Characters of a text that are sent."""
TRIES = 4
FIRST_WAIT_SECONDS = 0.5
LONGEST_WAIT_SECONDS = 10.0
LARGEST_ANSWER = 64 * 1024 * 1024
PASSING = frozenset([408, 409, 425, 429, 500, 502, 503, 504])
"""Status codes that may be others a moment later."""


class Remote:
    """An embedder behind HTTP. Calls are tried 4 times, with growing waits, where the fault may pass."""

    def __init__(self, url: str, model: str, dimensions: int, *, key: str | None = None, timeout: float = 30.0) -> None:
        # runs show it to every reader, whom the address does not concern
        self.name = f"openai:{model}:{dimensions}@{zlib.crc32(url.encode()):08x}"
        self.dimensions = dimensions
        self._url = url.rstrip("/") + "/embeddings"
        self._model = model
        self._key = key
        self._timeout = timeout
        self._opener = opener()

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder. Raises ModelUnavailable where the endpoint does not give what was asked, and then gives nothing."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            some = texts[start : start + TEXTS_AT_ONCE]
            vectors[start : start + len(some)] = self._batch(some)
        return normalised(vectors)

    def _batch(self, texts: Sequence[str]) -> NDArray[np.float32]:
        # endpoints refuse empty texts, and JSON holds no lone surrogates
        sent = [text[:LONGEST].encode("utf-8", "replace").decode() or " " for text in texts]
        answer = self._asked(orjson.dumps({"model": self._model, "input": sent, "encoding_format": "float"}))
        try:
            items = sorted(answer["data"], key=lambda item: item["index"])
            indexes = [item["index"] for item in items]
            rows = np.array([item["embedding"] for item in items], dtype=np.float32)
        except (KeyError, TypeError, ValueError):
            raise self._refused("answers in another form than that of OpenAI's embeddings") from None
        if indexes != list(range(len(sent))):
            raise self._refused(f"gave {len(items)} vectors for {len(sent)} texts")
        if rows.shape != (len(sent), self.dimensions):
            raise self._refused(
                f"gives vectors of another width than {self.dimensions}: correct NOBODYASKED_EMBEDDER_DIMENSIONS"
            )
        if not np.isfinite(rows).all():
            raise self._refused("gave vectors that are not finite")
        return rows

    def _asked(self, body: bytes) -> Any:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self._key is not None:
            headers["Authorization"] = f"Bearer {self._key}"
        reason = ""
        for attempt in range(TRIES):
            request = urllib.request.Request(self._url, body, headers, method="POST")
            wait = FIRST_WAIT_SECONDS * 2**attempt
            try:
                with self._opener.open(request, timeout=self._timeout) as response:
                    return orjson.loads(response.read(LARGEST_ANSWER))
            except urllib.error.HTTPError as error:
                reason = f"answers with status {error.code}"
                asked = error.headers.get("Retry-After", "") if error.headers is not None else ""
                error.close()
                if error.code in (401, 403):
                    raise self._refused(f"{reason}: check NOBODYASKED_EMBEDDER_KEY") from None
                if error.code not in PASSING:
                    raise self._refused(f"{reason}: check NOBODYASKED_EMBEDDER_URL and _MODEL") from None
                wait = max(wait, float(asked)) if asked.isdigit() else wait
            except orjson.JSONDecodeError:
                raise self._refused("does not answer with JSON") from None
            except (OSError, urllib.error.URLError) as error:
                cause = getattr(error, "reason", error)
                reason = f"cannot be reached ({type(cause).__name__})"
            if attempt + 1 < TRIES:
                time.sleep(min(wait, LONGEST_WAIT_SECONDS))
        raise self._refused(f"{reason}, {TRIES} times")

    def _refused(self, why: str) -> ModelUnavailable:
        # no address: runs show their failures to every reader
        return ModelUnavailable(f"The embedding endpoint {why}.")
