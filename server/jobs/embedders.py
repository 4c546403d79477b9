"""The embedder that the settings name."""

from __future__ import annotations

from ...inference.transformer import SentenceTransformer
from ...inference.vector import Embedder, HashedWords, MiniLM
from ..settings import Settings
from .remembered import Remembered
from .remote import Remote

__all__ = ["embedder_for"]

VECTORS_FILE = "vectors.db"


def embedder_for(settings: Settings, threads: int | None = None, *, remembering: bool = True) -> Embedder:
    """The embedder of the settings; it loads its model, or calls its endpoint, at the first use.

    `threads` bounds those of one call. Unless `remembering` is off, or the settings leave it no room, it embeds no
    text that any process with the same data folder has embedded before.
    """
    name, _, model = settings.embedder.partition(":")
    if name == "hashed":
        return HashedWords()  # quicker than looking a vector up
    embedder: Embedder
    if name == "sentence-transformers":
        embedder = SentenceTransformer(model, threads)
    elif name == "openai":
        embedder = Remote(
            settings.embedder_url,
            settings.embedder_model,
            settings.embedder_dimensions,
            key=settings.embedder_key.get_secret_value() if settings.embedder_key is not None else None,
            timeout=settings.embedder_timeout_seconds,
        )
    else:
        embedder = MiniLM(settings.data_dir / "models", threads)
    if remembering and settings.vector_cache_bytes:
        return Remembered(embedder, settings.data_dir / VECTORS_FILE, settings.vector_cache_bytes)
    return embedder
