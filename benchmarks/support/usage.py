"""What a process and its children have used so far, as the system counts it. Linux's /proc; 0 where there is none."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

__all__ = ["cpu_seconds", "resident_mb"]

_TIMES = slice(11, 15)
"""utime, stime, and those of children that ended, in /proc/PID/stat, counted from after the name; see proc_pid_stat(5)."""


def family(pid: int) -> list[int]:
    """A process and all that descend from it."""
    found = [pid]
    for thread in Path(f"/proc/{pid}/task").glob("*/children"):
        # a process may end while it is looked at
        with contextlib.suppress(OSError):
            for child in thread.read_text().split():
                found += family(int(child))
    return found


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its children, all threads together, in steps of 10 ms."""
    ticks = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            values = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            ticks += sum(int(value) for value in values[_TIMES])
    return ticks / os.sysconf("SC_CLK_TCK")


def resident_mb(pid: int) -> float:
    """Memory of a process and its children that lies in RAM, in units of 2^20 bytes; shared pages count in each."""
    pages = 0
    for one in family(pid):
        with contextlib.suppress(OSError):
            pages += int(Path(f"/proc/{one}/statm").read_text().split()[1])
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
