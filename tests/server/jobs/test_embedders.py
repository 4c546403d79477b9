"""Embedders of other kinds: an endpoint, a package, and what is remembered of all of them."""

from __future__ import annotations

import http.server
import json
import sys
import threading
import types
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nobodyasked.inference.transformer import SentenceTransformer
from nobodyasked.inference.vector import HashedWords, MiniLM
from nobodyasked.inference.weights import ModelUnavailable
from nobodyasked.server.jobs import remote
from nobodyasked.server.jobs.embedders import embedder_for
from nobodyasked.server.jobs.reader import made_by, pack
from nobodyasked.server.jobs.remembered import Remembered
from nobodyasked.server.jobs.remote import Remote
from nobodyasked.server.settings import Settings, SettingsError, load_settings

TEXTS = [f"the parcel number {number} came late" for number in range(150)]


class Endpoint:
    """A loopback endpoint: answers `statuses` first, then vectors of hashed words, each twice as long as it should be."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.asked: list[dict[str, Any]] = []
        self.keys: list[str | None] = []
        self.change = lambda answer: answer
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.keys.append(self.headers["Authorization"])
                status = endpoint.statuses.pop(0) if endpoint.statuses else 200
                if status == 200 and self.path == "/v1/embeddings":
                    endpoint.asked.append(asked)
                    vectors = 2 * HashedWords().embed(asked["input"])
                    data = [{"index": row, "embedding": vector.tolist()} for row, vector in enumerate(vectors)]
                    body = json.dumps(endpoint.change({"data": data[::-1]})).encode()
                else:
                    status, body = (404, b"{}") if status == 200 else (status, b"{}")
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/v1"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    monkeypatch.setattr(remote, "FIRST_WAIT_SECONDS", 0.001)
    serving = Endpoint()
    yield serving
    serving.close()


def test_an_endpoint_is_asked_in_batches_with_its_key(endpoint: Endpoint) -> None:
    embedder = Remote(endpoint.url + "/", "small", 384, key="hush")
    vectors = embedder.embed([*TEXTS, "", "\ud800"])
    np.testing.assert_allclose(vectors[:150], HashedWords().embed(TEXTS), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert [len(asked["input"]) for asked in endpoint.asked] == [64, 64, 24]
    assert {asked["model"] for asked in endpoint.asked} == {"small"}
    assert set(endpoint.keys) == {"Bearer hush"}
    assert embedder.embed([]).shape == (0, 384)
    assert "127.0.0.1" not in embedder.name


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_fault_that_passes_is_waited_out(endpoint: Endpoint, status: int) -> None:
    endpoint.statuses = [status] * 3
    assert Remote(endpoint.url, "small", 384).embed(["a"]).shape == (1, 384)
    assert endpoint.keys == [None] * 4


@pytest.mark.parametrize(
    ("status", "asked", "words"), [(503, 4, "status 503, 4 times"), (401, 1, "_KEY"), (404, 1, "_URL"), (302, 1, "302")]
)
def test_a_fault_that_stays_is_told(endpoint: Endpoint, status: int, asked: int, words: str) -> None:
    endpoint.statuses = [status] * 9
    with pytest.raises(ModelUnavailable, match=words) as told:
        Remote(endpoint.url, "small", 384, key="hush").embed(["a"])
    assert len(endpoint.keys) == asked
    assert "hush" not in str(told.value)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda answer: {"data": answer["data"][1:]}, "1 vectors for 2 texts"),
        (lambda answer: {"error": "no"}, "another form"),
        (lambda answer: {"data": [{**item, "embedding": item["embedding"][:5]} for item in answer["data"]]}, "_DIMENSIONS"),
        (lambda answer: {"data": [{**item, "embedding": [1.0] * (2 + item["index"])} for item in answer["data"]]}, "form"),
        (lambda answer: {"data": [{**item, "embedding": [1e999] * 384} for item in answer["data"]]}, "finite|JSON"),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_fit_is_refused(endpoint: Endpoint, change: Any, words: str) -> None:
    endpoint.change = change
    with pytest.raises(ModelUnavailable, match=words):
        Remote(endpoint.url, "small", 384).embed(["a", "b"])


def test_an_endpoint_that_is_down_is_told(endpoint: Endpoint) -> None:
    endpoint.close()
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        Remote(endpoint.url, "small", 384, timeout=1).embed(["a"])
    endpoint.thread = threading.Thread(target=lambda: None)
    endpoint.thread.start()
    endpoint.server.shutdown = lambda: None  # type: ignore[method-assign]


class Package:
    """What we use of sentence-transformers."""

    def __init__(self, model: str, *, device: str, local_files_only: bool) -> None:
        assert local_files_only
        if model == "elsewhere":
            raise OSError("not in the cache")
        self.device = device

    def get_sentence_embedding_dimension(self) -> int:
        return 384

    def encode(self, texts: list[str], *, convert_to_numpy: bool, show_progress_bar: bool) -> np.ndarray:
        return 3 * HashedWords().embed(texts)


def test_a_model_of_the_package_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    if "sentence_transformers" not in sys.modules:
        with pytest.raises(ModelUnavailable, match="not installed"):
            SentenceTransformer("some/model").embed(["a"])
    module = types.ModuleType("sentence_transformers")
    module.__spec__ = types.SimpleNamespace()  # type: ignore[assignment]
    module.SentenceTransformer = Package  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sentence_transformers", module)
    embedder = SentenceTransformer("some/model")
    np.testing.assert_allclose(embedder.embed(TEXTS), HashedWords().embed(TEXTS), atol=1e-5)
    assert embedder.dimensions == 384
    assert embedder.embed([]).shape == (0, 384)
    with pytest.raises(ModelUnavailable, match="not on this machine"):
        SentenceTransformer("elsewhere").embed(["a"])


class Counting(HashedWords):
    def __init__(self, name: str = "counting") -> None:
        super().__init__()
        self.name = name
        self.texts: list[str] = []

    def embed(self, texts):  # type: ignore[no-untyped-def]
        self.texts += texts
        return super().embed(texts)


def test_a_text_is_embedded_once_over_calls_threads_and_starts(tmp_path: Path) -> None:
    inner = Counting()
    embedder = Remembered(inner, tmp_path / "vectors.db", 1 << 20)
    first = embedder.embed([*TEXTS, *TEXTS, "\ud800"])
    assert len(inner.texts) == 151
    with ThreadPoolExecutor(4) as pool:
        again = list(pool.map(lambda _: embedder.embed([*TEXTS, *TEXTS, "\ud800"]), range(8)))
    for vectors in again:
        np.testing.assert_array_equal(vectors, first)
    np.testing.assert_allclose(first[:150], HashedWords().embed(TEXTS), atol=1e-3)
    embedder.close()
    other = Counting()
    np.testing.assert_array_equal(Remembered(other, tmp_path / "vectors.db", 1 << 20).embed(TEXTS), first[:150])
    assert (len(inner.texts), other.texts) == (151, [])
    assert embedder.embed([]).shape == (0, 384)
    assert (tmp_path / "vectors.db").stat().st_mode & 0o077 == 0
    assert b"parcel" not in (tmp_path / "vectors.db").read_bytes()


def test_vectors_of_one_embedder_are_not_given_for_another(tmp_path: Path) -> None:
    Remembered(Counting("one"), tmp_path / "vectors.db", 1 << 20).embed(TEXTS)
    other = Counting("two")
    Remembered(other, tmp_path / "vectors.db", 1 << 20).embed(TEXTS)
    assert len(other.texts) == 150
    rows = pack(HashedWords().embed(["a"]), Counting("one"))
    assert made_by(rows[0], Counting("one"))
    assert not made_by(rows[0], other)
    assert not made_by(rows[0][4:], Counting("one"))


def test_the_oldest_make_room(tmp_path: Path) -> None:
    inner = Counting()
    embedder = Remembered(inner, tmp_path / "vectors.db", 100 * 838)
    for start in range(0, 150, 10):
        embedder.embed(TEXTS[start : start + 10])
    embedder.close()
    assert (tmp_path / "vectors.db").stat().st_size < 200 * 838
    before = len(inner.texts)
    embedder.embed(TEXTS[-50:])
    assert len(inner.texts) == before
    embedder.embed(TEXTS[:10])
    assert len(inner.texts) == before + 10


def test_a_damaged_file_is_told_of_and_done_without(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "vectors.db").write_bytes(b"no database at all" * 100)
    embedder = Remembered(Counting(), tmp_path / "vectors.db", 1 << 20)
    for _ in range(2):
        np.testing.assert_allclose(embedder.embed(TEXTS), HashedWords().embed(TEXTS), atol=1e-3)
    assert "vectors are not kept" in caplog.text
    assert len(caplog.records) == 1


def test_nothing_of_a_call_that_fails_is_kept(endpoint: Endpoint, tmp_path: Path) -> None:
    embedder = Remembered(Remote(endpoint.url, "small", 384), tmp_path / "vectors.db", 1 << 20)
    endpoint.statuses = [200, 400]
    with pytest.raises(ModelUnavailable):
        embedder.embed(TEXTS)
    assert len(endpoint.asked) == 1
    embedder.embed(TEXTS)
    assert len(endpoint.asked) == 4


def test_the_settings_name_the_embedder(tmp_path: Path, endpoint: Endpoint) -> None:
    assert isinstance(embedder_for(Settings(data_dir=tmp_path, embedder="hashed")), HashedWords)
    assert isinstance(embedder_for(Settings(data_dir=tmp_path, vector_cache_bytes=0)), MiniLM)
    assert embedder_for(Settings(data_dir=tmp_path)).name == MiniLM(tmp_path).name
    named = embedder_for(Settings(data_dir=tmp_path, embedder="sentence-transformers:some/model"))
    assert named.name == "sentence-transformers:some/model"
    given = {"embedder": "openai", "embedder_url": endpoint.url, "embedder_model": "m", "embedder_dimensions": 384}
    settings = Settings(data_dir=tmp_path, embedder_key="hush", **given)  # type: ignore[arg-type]
    embedder_for(settings, remembering=False).embed(["a"])
    assert endpoint.keys == ["Bearer hush"]
    assert "hush" not in repr(settings)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"embedder": "other"}, "EMBEDDER"),
        ({"embedder": "sentence-transformers:"}, "EMBEDDER"),
        ({"embedder": "openai", "embedder_model": "m", "embedder_dimensions": 3}, "EMBEDDER_URL"),
        ({"embedder": "openai", "embedder_url": "http://a", "embedder_dimensions": 3}, "EMBEDDER_MODEL"),
        ({"embedder": "openai", "embedder_url": "http://a", "embedder_model": "m"}, "EMBEDDER_DIMENSIONS"),
        ({"embedder_url": "ftp://a"}, "EMBEDDER_URL"),
        ({"embedder_url": "http://me:secret@a"}, "EMBEDDER_URL"),
    ],
)
def test_what_is_missing_for_an_embedder_is_told(given: dict[str, Any], named: str) -> None:
    with pytest.raises(SettingsError, match=f"NOBODYASKED_{named} ") as told:
        load_settings(**given)
    assert "secret" not in str(told.value)
