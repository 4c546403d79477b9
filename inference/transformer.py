"""A model of the package sentence-transformers as an embedder, where that package is installed."""

import importlib.util
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .vector import normalised
from .weights import ModelUnavailable

_LONGEST = 20_000  # characters; models read far fewer


class SentenceTransformer:
    """`model` is a name whose files are in the local cache already, or a folder: nothing is downloaded.

    It is loaded at the first use, to tell its dimensions as well. `threads` is torch's, for the whole process. Safe to
    call from several threads.
    """

    def __init__(self, model: str, threads: int | None = None) -> None:
        # runs show it to every reader, whom folders do not concern
        named = model if not Path(model).is_dir() else f"{Path(model).name}@{zlib.crc32(model.encode()):08x}"
        self.name = f"sentence-transformers:{named}"
        self._model = model
        self._threads = threads
        self._loading = threading.Lock()
        self._loaded: Any = None

    @property
    def dimensions(self) -> int:
        """Numbers in one vector. Raises ModelUnavailable."""
        width = self._load().get_sentence_embedding_dimension()
        if not width:
            raise ModelUnavailable(f"the model {self._model} does not tell how wide its vectors are")
        return int(width)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """See Embedder. Raises ModelUnavailable where package or model are not there."""
        if not texts:
            return np.zeros((0, self.dimensions), dtype=np.float32)
        model = self._load()
        rows = np.asarray(
            model.encode([text[:_LONGEST] for text in texts], convert_to_numpy=True, show_progress_bar=False),
            dtype=np.float32,
        )
        if rows.shape != (len(texts), self.dimensions):
            raise ModelUnavailable(f"the model {self._model} gave vectors of shape {rows.shape}")
        return normalised(rows)

    def _load(self) -> Any:
        with self._loading:
            if self._loaded is None:
                if importlib.util.find_spec("sentence_transformers") is None:
                    raise ModelUnavailable(
                        "the package sentence-transformers is not installed: install it beside this one, or set another embedder"
                    )
                from sentence_transformers import (  # pyright: ignore[reportMissingImports]
                    SentenceTransformer as Model,
                )

                try:
                    self._loaded = Model(self._model, device="cpu", local_files_only=True)
                except (OSError, ValueError) as error:
                    raise ModelUnavailable(
                        f"the model {self._model} is not on this machine, or damaged ({type(error).__name__}):"
                        " fetch it first, or name its folder"
                    ) from error
                if self._threads is not None:
                    import torch  # pyright: ignore[reportMissingImports]

                    torch.set_num_threads(self._threads)
            return self._loaded
