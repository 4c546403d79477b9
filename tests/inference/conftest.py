"""The default model, built once for all tests of this room."""

import os
import tempfile
from pathlib import Path

import pytest

from nobodyasked.inference import MiniLM


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    """The default embedder; its files are kept between test runs (in the folder of temporary files, by user)."""
    return MiniLM(Path(tempfile.gettempdir()) / f"nobodyasked-models-{os.getuid()}", threads=2)
