"""Fitted numbers of `confidence.py`; written by `benchmarks/calibrate.py --write`, not by hand."""

from typing import NamedTuple


class Table(NamedTuple):
    """A logistic regression (`weights` in the order of the signs), and from its value (`at`) to the share that was right."""

    weights: tuple[float, ...]
    constant: float
    at: tuple[float, ...]
    share: tuple[float, ...]


LINK = Table(
    (4.0003, 2.9480, 0.6112, -0.6065, 1.0000, 0.3000),
    -3.0631,
    (-1.5882, -1.0287, -0.6004, -0.0701, 0.4969, 0.9801, 1.4023, 1.8131, 2.2024, 2.5853, 3.0079, 3.4251, 3.9938),
    (0.2135, 0.3271, 0.3993, 0.4858, 0.6056, 0.6825, 0.7851, 0.8369, 0.9016, 0.9459, 0.9681, 0.9783, 0.9893),
)
NEED = Table(
    (4.7478, 4.6024, 0.7368, -1.0925),
    -3.0682,
    (-0.9307, -0.4297, 0.0638, 0.5923, 1.0618, 1.4468, 1.7551, 2.0630, 2.3580, 2.6771, 3.1138, 3.7119, 4.6545),
    (0.2945, 0.4038, 0.4391, 0.5790, 0.7036, 0.8243, 0.8660, 0.8879, 0.9445, 0.9715, 0.9866, 0.9897, 0.9900),
)
