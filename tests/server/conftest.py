from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from nobodyasked.server import health

from .fakes import TOKEN, Stand, opened, served


@pytest.fixture(autouse=True)
def each_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks whether a server is ready is told how it is now; a test of its own shares."""
    monkeypatch.setattr(health, "SHARED_SECONDS", 0.0)


@pytest.fixture
async def stand() -> AsyncIterator[Stand]:
    async with opened(body_limit_bytes=2048, allowed_origins=("https://app.example",)) as made:
        yield made


@pytest.fixture
async def client(stand: Stand) -> AsyncIterator[httpx.AsyncClient]:
    """Speaks to the application itself, with a good token."""
    transport = httpx.ASGITransport(stand.app)
    async with httpx.AsyncClient(transport=transport, base_url=stand.url, headers=TOKEN) as made:
        yield made


@pytest.fixture
async def running() -> AsyncIterator[Stand]:
    """A server on a real socket."""
    async with served(body_limit_bytes=65_536, subscription_limit=3) as made:
        yield made
