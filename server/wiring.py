"""Opens what a server process works with, in order, and closes it in the opposite order."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from ..graphql.context import Context
from ..graphql.engine import Engine
from ..graphql.guard.gate import Gate
from ..graphql.guard.limits import Limits, salts_of
from ..graphql.guard.trusted import Stored, read_manifest
from ..inference.weights import ModelUnavailable, prepare
from ..models.actor import Actor
from ..models.commands import shared
from ..models.database import Database
from ..models.shared import CROWDS, PSEUDONYMS_OF
from . import telemetry
from .access import Access
from .drain import Drain
from .health import Check, database_check, migrations_check, writes_check
from .jobs.audit import Sealing
from .jobs.escalations import EscalationWatch
from .jobs.events import EventSource
from .jobs.impact import Measuring
from .jobs.outbox import Outbox
from .jobs.sleeper import Sleeper
from .jobs.trends import Trends
from .jobs.worker import Worker
from .points import Rates
from .privacy import privacy_of
from .protocol.reservation import Reservations
from .provider import provider_of
from .services import Services
from .settings import Settings

__all__ = ["limits_of", "open_services"]

log = logging.getLogger(__name__)

NOBODY = 1 << 30
"""Customers of a crowd that no cell has."""
LEFTOVER_SECONDS = 0.5
"""What is still under way when everything closes gets this long, then it is cancelled."""


def limits_of(settings: Settings, salts: tuple[int, int, int] | None = None) -> Limits:
    """The bounds of one operation that the settings ask for; `salts` are secrets of the database."""
    limits = Limits(
        crowd=settings.least_customers,
        tokens=settings.token_limit,
        depth=settings.depth_limit,
        aliases=settings.alias_limit,
        root_fields=settings.root_field_limit,
        nodes=settings.cost_limit,
        page_most=settings.page_limit,
    )
    return replace(limits, salts=salts) if salts else limits


def gate_of(settings: Settings) -> Gate:
    """How much the settings let be done at a time."""
    return Gate(
        settings.operation_limit,
        waiting=settings.queue_limit,
        seconds=settings.queue_seconds,
        subscribers=settings.subscriber_limit,
    )


@asynccontextmanager
async def open_services(settings: Settings, drain: Drain) -> AsyncIterator[Services]:
    """Database, migrations, events, worker, watch, mind, graph. Raises models.errors.Refusal with what the operator can do."""
    began = time.perf_counter()
    stored = Stored(read_manifest(settings.trusted_documents) if settings.trusted_documents else None)
    async with AsyncExitStack() as stack:
        database = await Database.open(
            settings.database_url,
            pool=settings.database_pool,
            # what nobody waits for any more is told so; this is for what the word does not reach
            read_seconds=settings.request_timeout_seconds + 5,
        )
        stack.push_async_callback(database.close)
        database.privacy = privacy_of(settings)
        if settings.auto_migrate:
            applied = await database.migrate()
            if applied:
                log.info("Migrations applied: %s", ", ".join(applied))
        checks = {
            "database": database_check(database),
            "migrations": migrations_check(database),
            "writes": writes_check(database),
        }
        if settings.embedder == "minilm":
            checks["models"] = models_check(settings.data_dir / "models")

        sealing = Sealing(database)
        stack.push_async_callback(sealing.close)
        if database.dialect == "postgres":
            await sealing.start()
        events = EventSource(database)
        # listeners end last: what waits for a change is told so by the end of its stream
        stack.push_async_callback(events.close)
        await events.start()
        worker = Worker(database, settings)
        stack.push_async_callback(worker.close)
        if settings.worker:
            await worker.start()
            measuring = Measuring(database)
            stack.push_async_callback(measuring.close)
            await measuring.start()
            outbox = Outbox(database, settings)
            stack.push_async_callback(outbox.close)
            await outbox.start()
        watch = EscalationWatch(database)
        stack.push_async_callback(watch.close)
        await watch.start()
        mind = Sleeper(database, events, settings, wake_worker=worker.wake)
        stack.push_async_callback(mind.close)
        await mind.start()

        trends = Trends(database, viral_reach=settings.viral_reach, every_seconds=settings.alert_seconds)
        stack.push_async_callback(trends.close)
        await trends.start()

        untold = telemetry.connect()
        if untold is not None:
            stack.callback(untold)
        # READER is shown no cell until all servers can agree on how to round
        limits = replace(limits_of(settings), crowd=NOBODY)

        async def secrets_check() -> str | None:
            nonlocal limits
            if limits.crowd == NOBODY:
                if await database.pending_migrations():
                    return "what all servers of the database agree on is kept in tables that are not there: run 'nobodyasked migrate'."
                limits = limits_of(settings, await settled(database))
            return None

        if await secrets_check():
            checks["secrets"] = secrets_check

        rates = Rates(settings, database)
        counted = rates if settings.rate_limit else None

        def context(actor: Actor, request_id: str, address: str = "") -> Context:
            account = counted.account(actor, address) if counted is not None else None
            return Context(database, actor, mind, events, limits, request_id, account)

        reservations = Reservations(settings.subscription_limit)
        stack.push_async_callback(drain.finish, LEFTOVER_SECONDS)
        stack.callback(reservations.close)
        engine = Engine(
            introspection=settings.introspection, cache_bytes=settings.response_cache_bytes, gate=gate_of(settings)
        )
        access = Access(database, settings.anonymous_role, provider_of(settings))
        log.info("Opened %s in %.0f ms", settings.database_label, (time.perf_counter() - began) * 1000)
        yield Services(
            settings=settings,
            engine=engine,
            access=access,
            context=context,
            limits=limits,
            drain=drain,
            reservations=reservations,
            stored=stored,
            rates=rates if rates.looks_at_addresses else None,
            checks=checks,
        )


async def settled(database: Database) -> tuple[int, int, int]:
    """The secrets by which all servers of the database round alike; says so where its customers are known under another key."""
    mark = await asyncio.to_thread(database.privacy.pseudonyms.mark)
    if mark and await shared.agreed(database, PSEUDONYMS_OF, mark) != mark:
        log.warning(
            "Customers of this database are known under another key of pseudonyms: who comes again by an address or a name will be"
            " a new customer. Put the former key into NOBODYASKED_PSEUDONYM_KEY, or pseudonym.key back into the data folder."
        )
        await shared.replace(database, PSEUDONYMS_OF, mark)
    return salts_of(await shared.agreed(database, CROWDS, secrets.token_hex(32)))


def models_check(folder: Path) -> Check:
    """Whether the model's files are there; where they are not, they are built meanwhile, off the event loop."""
    building = asyncio.create_task(asyncio.to_thread(prepare, folder), name="models")

    async def check() -> str | None:
        if not building.done():
            return "the model files are being built"
        error = building.exception()
        if isinstance(error, ModelUnavailable):
            return f"{error}: run 'nobodyasked doctor'."
        return None if error is None else f"the model files could not be built ({type(error).__name__})"

    return check
