"""Fitted numbers of `confidence.py`; written by `benchmarks/calibrate.py --write`, not by hand."""

from typing import NamedTuple


class Table(NamedTuple):
    """A logistic regression (`weights` in the order of the signs), and from its value (`at`) to the share that was right."""

    weights: tuple[float, ...]
    constant: float
    at: tuple[float, ...]
    share: tuple[float, ...]


LINK = Table(
    (5.2128, 0.7488, 1.1859, -0.6205, 1.2751, 0.3000),
    -1.9775,
    (-1.3626, -0.9755, -0.6199, -0.1079, 0.4020, 0.8714, 1.3646, 1.8976, 2.4281, 2.9320, 3.4470, 3.8896, 4.4402),
    (0.2442, 0.3016, 0.4179, 0.5129, 0.5507, 0.6571, 0.7878, 0.8598, 0.9115, 0.9449, 0.9788, 0.9900, 0.9900),
)
NEED = Table(
    (5.5021, 2.6482, 1.8696, -1.3889),
    -1.0118,
    (-1.6637, -1.2412, -0.8228, -0.1470, 0.6031, 1.2137, 1.6896, 2.1453, 2.4980, 2.8910, 3.5576, 4.2007, 4.8520),
    (0.0452, 0.2002, 0.3054, 0.4374, 0.5941, 0.7557, 0.8378, 0.9086, 0.9372, 0.9869, 0.9900, 0.9900, 0.9900),
)
