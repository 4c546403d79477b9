"""Fitted numbers of `confidence.py`; written by `benchmarks/calibrate.py --write`, not by hand."""

from typing import NamedTuple


class Table(NamedTuple):
    """A logistic regression (`weights` in the order of the signs), and from its value (`at`) to the share that was right."""

    weights: tuple[float, ...]
    constant: float
    at: tuple[float, ...]
    share: tuple[float, ...]


LINK = Table(
    (4.4199, 1.7880, 0.7169, -0.5563, 1.4291, 0.3000),
    -2.8761,
    (-1.3239, -0.9046, -0.5700, -0.1748, 0.2515, 0.6706, 1.1693, 1.7385, 2.3263, 2.8782, 3.3976, 3.8309, 4.4012),
    (0.2484, 0.3010, 0.4022, 0.5029, 0.5445, 0.6248, 0.7387, 0.8254, 0.9075, 0.9481, 0.9782, 0.9879, 0.9900),
)
NEED = Table(
    (4.7801, 4.2927, 0.6753, -0.9439),
    -3.2860,
    (-1.3536, -0.9501, -0.7263, -0.4353, 0.1057, 0.9186, 1.4876, 1.8795, 2.2141, 2.5646, 3.0562, 3.7283, 4.5289),
    (0.1913, 0.2165, 0.3176, 0.3530, 0.4598, 0.6998, 0.7833, 0.8970, 0.9404, 0.9694, 0.9794, 0.9808, 0.9900),
)
