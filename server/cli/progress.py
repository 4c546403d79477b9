"""How far a long command has come: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING

from . import console

if TYPE_CHECKING:
    from rich.progress import Progress

LINE_SECONDS = 10.0


class Bar:
    """Shows a share of `total` and some words, on standard error."""

    def __init__(self, title: str, total: float) -> None:
        self._title = title
        self._total = total
        self._said = time.monotonic()
        self._line = ""
        self._progress: Progress | None = None
        if console.err().is_terminal:
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                TaskProgressColumn(),
                TextColumn("{task.fields[detail]}"),
                TimeRemainingColumn(),
            )
            self._progress = Progress(*columns, console=console.err(), transient=True)
            self._task = self._progress.add_task(console.plain(title), total=total or None, detail="")

    def __enter__(self) -> Bar:
        if self._progress is not None:
            self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, done: float, detail: str) -> None:
        if self._progress is not None:
            self._progress.update(self._task, completed=done, detail=console.plain(detail))
        elif time.monotonic() - self._said >= LINE_SECONDS:
            share = f"{done / self._total:.0%}, " if self._total else ""
            line = f"  {self._title}: {share}{detail}"
            if line != self._line:
                self._said, self._line = time.monotonic(), line
                console.say(line)
