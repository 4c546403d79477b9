import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from nobodyasked.inference import HashedWords, MiniLM, ModelUnavailable, prepare, weights
from nobodyasked.inference.vector import Embedder


@pytest.mark.parametrize("name", ["hashed", "minilm"])
def test_rows_are_parallel_and_of_length_one(name: str, minilm: MiniLM) -> None:
    embedder: Embedder = minilm if name == "minilm" else HashedWords()
    texts = ["The parcel is late", "", "😭", "word " * 3000, "The parcel is late"]
    vectors = embedder.embed(texts)
    assert vectors.shape == (5, embedder.dimensions) == (5, 384)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert float(vectors[0] @ vectors[4]) > 0.99
    assert embedder.embed([]).shape == (0, 384)


def test_the_model_knows_meaning(minilm: MiniLM) -> None:
    late, delayed, dark = minilm.embed(["my parcel is late", "the package was delayed", "please add a dark theme"])
    assert float(late @ delayed) > 0.5 > float(late @ dark)


def test_batches_of_any_size_agree(minilm: MiniLM) -> None:
    texts = [f"message {number} about " + "boots " * (number % 40) for number in range(150)]
    together, alone = minilm.embed(texts), np.vstack([minilm.embed([text]) for text in texts[:20]])
    assert float((together[:20] * alone).sum(axis=1).min()) > 0.97


def test_several_threads_may_embed_at_once(minilm: MiniLM) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: minilm.embed(["the same text"]), range(8)))
    assert all(np.allclose(result, results[0], atol=1e-5) for result in results)


def test_one_thread_and_several_agree(minilm: MiniLM) -> None:
    texts = [f"message {number} about " + "boots " * (number % 90) for number in range(120)]
    alone = MiniLM(minilm._folder, threads=1).embed(texts)
    np.testing.assert_allclose(minilm.embed(texts), alone, atol=1e-5)


@pytest.fixture
def built(minilm: MiniLM, tmp_path: Path) -> Path:
    """A folder with the model in it, built already."""
    prepare(minilm._folder)
    folder = tmp_path / "models"
    shutil.copytree(minilm._folder, folder)
    return folder


def test_weights_of_seven_bits_keep_the_meaning(built: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = ["my parcel is late", "the package was delayed", "please add a dark theme", "it crashes at every start"]
    vectors = []
    for wide in (True, False):
        monkeypatch.setattr(weights, "_has_int8_dot_product", lambda wide=wide: wide)
        vectors.append(MiniLM(built).embed(texts))
        assert ("narrow" in prepare(built).model.name) is not wide
    assert float((vectors[0] * vectors[1]).sum(axis=1).min()) > 0.9


def test_another_graph_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from onnx import helper

    nodes = [helper.make_node("Erf", ["x"], ["e"]), helper.make_node("Relu", ["e"], ["y"])]
    other = helper.make_model(helper.make_graph(nodes, "other", [], []))
    with pytest.raises(ModelUnavailable, match="otherwise than expected"):
        weights._fuse_gelu(other)


def test_preparing_again_touches_nothing(minilm: MiniLM) -> None:
    minilm.embed(["load"])
    first = prepare(minilm._folder)
    stamp = first.model.stat().st_mtime_ns
    assert prepare(minilm._folder) == first
    assert first.model.stat().st_mtime_ns == stamp


def test_a_damaged_model_is_built_again(built: Path) -> None:
    files = prepare(built)
    files.tokenizer.write_text("{}")
    assert prepare(built) == files
    assert files.tokenizer.stat().st_size > 100_000


def test_another_weight_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "_MODEL_SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match="expected"):
        prepare(tmp_path)
    monkeypatch.setattr(weights, "_MODEL_PACKAGE", "no_such_package_at_all")
    with pytest.raises(ModelUnavailable, match="not installed"):
        prepare(tmp_path)
    assert list(tmp_path.iterdir()) == []
