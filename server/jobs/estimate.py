"""Estimates the effect on weekly counts, in a process of its own: the statistics library takes seconds and memory to load.

One line of JSON on standard input, one on standard output; see `impact.py`, which starts it.
"""

from __future__ import annotations

import os
import sys
import warnings

import orjson

NICENESS = 10


def main() -> int:
    """Answer for each series with an estimate or what is lacking for one, the set time for a verdict that it has come to,
    and the interval of its rate after."""
    os.nice(NICENESS)
    # over a series without sense, the library warns and answers all the same
    warnings.simplefilter("ignore")
    # whatever a library prints must not end up in the answer
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    from ...inference.impact import Estimate, Series, estimate, look_at, rate_interval

    answers = []
    for order in orjson.loads(sys.stdin.buffer.readline()):
        series = Series(**order["series"])
        found = estimate(series)
        known = isinstance(found, Estimate)
        answers.append(
            {
                "estimate": found if known else None,
                "shortage": None if known else found,
                "look": look_at(series.sides()[1]),
                "rate": rate_interval(*order["rate"]),
            }
        )
    with out:
        out.write(orjson.dumps(answers) + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
