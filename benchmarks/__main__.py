"""Runs the benchmarks: `python -m benchmarks` those that need no data of your own, `python -m benchmarks NAME ...` one."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

UNAIDED = ("sample", "redaction", "graph")
"""Those that run without arguments."""


def main() -> int:
    names = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith("_"))
    if len(sys.argv) > 1:
        name, *arguments = sys.argv[1:]
        if name not in names:
            print(f"There is no benchmark {name!r}. There are: {', '.join(names)}.", file=sys.stderr)
            return 2
        importlib.import_module(f"{__package__}.{name}").main(arguments)
        return 0
    for name in UNAIDED:
        print(f"== {name}")
        importlib.import_module(f"{__package__}.{name}").main([])
        print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
