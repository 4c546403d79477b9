"""Fitted numbers of `confidence.py`; written by `benchmarks/calibrate.py --write`, not by hand."""

from typing import NamedTuple


class Table(NamedTuple):
    """A logistic regression (`weights` in the order of the signs), and from its value (`at`) to the share that was right."""

    weights: tuple[float, ...]
    constant: float
    at: tuple[float, ...]
    share: tuple[float, ...]


LINK = Table(
    (4.6262, 1.3627, 0.8712, -0.5765, 1.5905, 0.3000),
    -3.1560,
    (-1.3210, -0.9167, -0.5726, -0.1710, 0.2712, 0.6889, 1.1849, 1.7728, 2.3768, 2.9034, 3.4064, 3.8181, 4.3425),
    (0.2434, 0.3030, 0.4113, 0.5063, 0.5450, 0.6204, 0.7549, 0.8217, 0.9147, 0.9436, 0.9798, 0.9900, 0.9900),
)
NEED = Table(
    (5.2177, 4.0720, 0.7768, -1.0158),
    -3.5152,
    (-1.3486, -0.9706, -0.7440, -0.4197, 0.1896, 0.9990, 1.5709, 1.9778, 2.3147, 2.6793, 3.1901, 3.8486, 4.6521),
    (0.1931, 0.2080, 0.2886, 0.3626, 0.4841, 0.7154, 0.8044, 0.9208, 0.9481, 0.9726, 0.9726, 0.9829, 0.9900),
)
