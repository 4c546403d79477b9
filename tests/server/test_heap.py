"""Freed memory is kept for the next answer."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

PROBE = """
import resource, sys
from nobodyasked.server.heap import keep_freed_memory
if sys.argv[1] == "kept":
    keep_freed_memory()
def faults():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt
largest = [bytes(1) * 300_000 for _ in range(8)]
del largest
before = faults()
for _ in range(100):
    largest = [b"x" * 300_000 for _ in range(8)]
    del largest
print(faults() - before)
"""


def faults(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", PROBE, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries have no mallopt")
def test_large_answers_meet_no_new_memory_each_time() -> None:
    assert faults("kept") * 10 < faults("as it is")
