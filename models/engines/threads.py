"""Threads that hold a SQLite connection each and take work from one queue."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, TypeVar

__all__ = ["Threads"]

T = TypeVar("T")


class Job:
    """One piece of work and whoever waits for it. A cancelled wait interrupts the statement under way."""

    __slots__ = ("_connection", "_lock", "_loop", "_work", "abandoned", "future")

    def __init__(self, work: Callable[[sqlite3.Connection], Any], loop: asyncio.AbstractEventLoop) -> None:
        self.future: asyncio.Future[Any] = loop.create_future()
        self.abandoned = False
        self._work = work
        self._loop = loop
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def perform(self, connection: sqlite3.Connection) -> None:
        with self._lock:
            if self.abandoned:
                return
            self._connection = connection
        result, error = None, None
        try:
            result = self._work(connection)
        except BaseException as caught:
            error = caught
        with self._lock:
            # from here on an interrupt would hit the next job's statement
            self._connection = None
        self.settle(result, error)

    def settle(self, result: Any, error: BaseException | None) -> None:
        """Hand the outcome to the waiting task. Called on the thread."""
        try:
            self._loop.call_soon_threadsafe(self._deliver, result, error)
        except RuntimeError:
            return  # the loop was closed under us: nobody waits any more

    def _deliver(self, result: Any, error: BaseException | None) -> None:
        if self.future.done():
            return
        if error is None:
            self.future.set_result(result)
        else:
            self.future.set_exception(error)

    def abandon(self) -> None:
        with self._lock:
            self.abandoned = True
            if self._connection is not None:
                self._connection.interrupt()


class Threads:
    """`count` threads, each with its own connection from `connect`. Belongs to one event loop at a time."""

    def __init__(self, connect: Callable[[], sqlite3.Connection], count: int, name: str) -> None:
        self._queue: SimpleQueue[Job | None] = SimpleQueue()
        self._connect = connect
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{index}", daemon=True) for index in range(count)
        ]
        self._closed = False
        for thread in self._threads:
            thread.start()

    async def run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work(connection)` on one of the threads. Raises what it raises, and sqlite3.Error where no connection opens."""
        if self._closed:
            raise RuntimeError("the database is closed")
        job = Job(work, asyncio.get_running_loop())
        self._queue.put(job)
        try:
            return await job.future
        except asyncio.CancelledError:
            job.abandon()
            raise

    def close(self) -> None:
        """Finish the work in hand, close the connections and end the threads."""
        if self._closed:
            return
        self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()

    def _serve(self) -> None:
        connection: sqlite3.Connection | None = None
        try:
            while (job := self._queue.get()) is not None:
                if connection is None:
                    try:
                        connection = self._connect()
                    except sqlite3.Error as error:
                        job.settle(None, error)
                        continue
                job.perform(connection)
                del job  # its result must not live on while the thread waits
        finally:
            if connection is not None:
                connection.close()
