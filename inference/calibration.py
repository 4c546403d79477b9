"""Fitted numbers of `confidence.py`; written by `benchmarks/calibrate.py --write`, not by hand."""

from typing import NamedTuple


class Table(NamedTuple):
    """A logistic regression (`weights` in the order of the signs), and from its value (`at`) to the share that was right."""

    weights: tuple[float, ...]
    constant: float
    at: tuple[float, ...]
    share: tuple[float, ...]


LINK = Table(
    (5.5048, 1.0679, 0.8142, -0.5730, 1.0143, 0.3000),
    -1.7711,
    (-1.2037, -0.7994, -0.4532, 0.0067, 0.4956, 0.9794, 1.4750, 1.9986, 2.5288, 3.0648, 3.5827, 4.0253, 4.5700),
    (0.2683, 0.3435, 0.4466, 0.5310, 0.5990, 0.6822, 0.8020, 0.8553, 0.9163, 0.9565, 0.9875, 0.9900, 0.9900),
)
NEED = Table(
    (5.0081, 3.2815, 1.2595, -1.2055),
    -0.7754,
    (-1.3531, -0.9869, -0.6046, -0.0128, 0.6665, 1.2471, 1.7105, 2.1352, 2.4769, 2.8431, 3.4084, 4.0275, 4.6698),
    (0.1151, 0.2012, 0.3551, 0.4477, 0.6717, 0.7562, 0.8196, 0.8823, 0.9403, 0.9865, 0.9900, 0.9900, 0.9900),
)
