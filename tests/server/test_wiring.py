"""What the settings become, and what readiness says of the model files."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from nobodyasked.graphql.guard.limits import Limits
from nobodyasked.inference.weights import ModelUnavailable
from nobodyasked.models.actor import Actor
from nobodyasked.models.database import Database
from nobodyasked.server import wiring
from nobodyasked.server.drain import Drain
from nobodyasked.server.ingest.pseudonym import KEY_FILE, load_pseudonyms
from nobodyasked.server.settings import Settings
from nobodyasked.server.wiring import limits_of, models_check, open_services

from .fakes import reached


def test_a_server_starts_without_what_only_inference_needs() -> None:
    names = "('onnx', 'onnxruntime', 'py3langid', 'scipy', 'sknetwork', 'tokenizers')"
    code = f"import sys; import nobodyasked.server.wiring; print(*(name for name in {names} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_settings_bound_every_operation() -> None:
    settings = Settings(token_limit=200, depth_limit=4, alias_limit=5, root_field_limit=6, cost_limit=7, page_limit=8)
    limits = limits_of(settings)
    assert (limits.tokens, limits.depth, limits.aliases) == (200, 4, 5)
    assert (limits.root_fields, limits.nodes, limits.page_most) == (6, 7, 8)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_answers_are_kept_within_what_the_settings_allow(database_url: str, tmp_path: Path) -> None:
    given = {"database_url": database_url, "data_dir": tmp_path, "embedder": "hashed", "worker": False}
    async with open_services(Settings(**given, response_cache_bytes=5_000), Drain()) as services:
        assert services.engine.cache is not None
        assert services.engine.cache.figures()["most_bytes"] == 5_000
    async with open_services(Settings(**given, response_cache_bytes=0), Drain()) as services:
        assert services.engine.cache is None


async def test_servers_of_one_database_round_alike_and_know_customers_alike(
    database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever lies in their folders: else one server's counts less the other's would tell, and a person be two customers."""
    shared = {"database_url": database_url, "embedder": "hashed", "worker": False}
    salts, keys = [], []
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / KEY_FILE).write_text("ab" * 32)
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / KEY_FILE).write_text("cd" * 32)
    for folder in ("one", "two", "one"):
        async with open_services(Settings(**shared, data_dir=tmp_path / folder), Drain()) as services:
            salts.append(services.limits.salts)
            keys.append(services.context(Actor.operator(), "").database.privacy.pseudonyms.of("ann@example.org"))
    assert len({*salts}) == 1
    assert salts[0] != Limits().salts
    assert keys[0] == keys[2] == load_pseudonyms(tmp_path / "one", None).of("ann@example.org")
    # machines of one SQLite file share its folder as well, or are told; those of PostgreSQL are told that theirs is not used
    apart = database_url.startswith("sqlite:")
    assert (keys[1] != keys[0]) is apart
    assert caplog.text.count("under another key of pseudonyms") == (2 if apart else 1)


@pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
async def test_without_its_tables_a_server_shows_no_cell_until_they_are_there(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It could not agree with others on how to round, and says that it is not ready; somebody else makes the tables."""
    waiting = ["0008_shared"]

    async def pending(database: Database) -> list[str]:
        return waiting

    monkeypatch.setattr(Database, "pending_migrations", pending)
    settings = Settings(
        database_url=database_url,
        embedder="hashed",
        worker=False,
        auto_migrate=False,
        alert_seconds=0,
        data_dir=tmp_path,
    )
    async with reached(settings) as (client, app):

        def limits() -> Limits:
            return app.state.services.context(Actor.operator(), "").limits

        refused = await client.get("/readyz")
        assert refused.status_code == 503
        assert "nobodyasked migrate" in refused.json()["checks"]["secrets"]["problem"]
        assert (limits().crowd, limits().salts) == (wiring.NOBODY, Limits().salts)
        waiting.clear()
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]["secrets"]) == (200, {"ok": True})
        assert limits().crowd == settings.least_customers
        # another server rounds alike
        async with open_services(settings, Drain()) as beside:
            assert beside.limits.salts == limits().salts != Limits().salts
            assert "secrets" not in beside.checks


async def outcome(monkeypatch: pytest.MonkeyPatch, error: Exception | None) -> list[str | None]:
    """What the check says while the files are built, and after."""
    release = threading.Event()

    def prepare(folder: Path) -> None:
        assert folder == Path("models")
        release.wait(5)
        if error is not None:
            raise error

    monkeypatch.setattr(wiring, "prepare", prepare)
    check = models_check(Path("models"))
    during = await check()
    release.set()
    async with asyncio.timeout(5):
        while (after := await check()) == during:  # noqa: ASYNC110 the check is what is tested
            await asyncio.sleep(0.01)
    return [during, after]


@pytest.mark.parametrize(
    ("error", "after"),
    [
        (None, None),
        (ModelUnavailable("a package is missing"), "a package is missing: run 'nobodyasked doctor'."),
        (OSError("/secret/place"), "the model files could not be built (OSError)"),
    ],
)
async def test_model_files_are_built_meanwhile(
    monkeypatch: pytest.MonkeyPatch, error: Exception | None, after: str | None
) -> None:
    assert await outcome(monkeypatch, error) == ["the model files are being built", after]
