import numpy as np
import pytest
from numpy.typing import NDArray

from nobodyasked.inference import calibration, confidence
from nobodyasked.inference.confidence import LinkSigns, NeedSigns
from nobodyasked.inference.exemplar import Exemplars


@pytest.mark.parametrize("table", [calibration.LINK, calibration.PLACED, calibration.NEED])
def test_what_ranks_higher_is_never_less_sure(table: calibration.Table) -> None:
    assert list(table.at) == sorted(table.at)
    assert list(table.share) == sorted(table.share)
    values = np.linspace(-30, 30, 2_001)
    read = confidence.steps(values, table.at, table.share)
    assert (np.diff(read) >= 0).all()
    assert 0 < read.min() < 0.35
    assert 0.9 < read.max() < 1


def test_what_fits_better_is_surer() -> None:
    close = LinkSigns(near=0.8, margin=0.5, share=1.0, size=3.0, alone=0.8, score=0.9, asked=0.0)
    between = LinkSigns(near=0.5, margin=0.02, share=0.4, size=3.0, alone=0.4, score=0.9, asked=0.0)
    far = LinkSigns(near=0.35, margin=-0.1, share=0.1, size=3.0, alone=0.2, score=0.3, asked=0.0)
    for sure in (confidence.links([close, between, far], 0.8), confidence.placed([close, between, far])):
        assert sure[0] > sure[1] > sure[2]
    tight = NeedSigns(near=0.8, margin=0.5, share=0.95, size=3.0, asked=0.0, sharp=0.8)
    loose = NeedSigns(near=0.45, margin=0.1, share=0.5, size=3.0, asked=0.0, sharp=0.8)
    one, other = confidence.needs([tight, loose])
    assert one > other
    assert confidence.links([], 1.0) == confidence.placed([]) == confidence.needs([]) == []


def test_where_needs_stand_less_apart_all_of_them_are_less_sure() -> None:
    signs = [
        LinkSigns(near=near, margin=0.1, share=0.6, size=0.0, alone=0.5, score=0.6, asked=0.0) for near in (0.4, 0.6)
    ]
    sharp = confidence.sharpness([np.array(signs, dtype=np.float32), np.zeros((0, 7), np.float32)])
    assert sharp == pytest.approx(0.6)
    assert confidence.sharpness([]) == 1.0
    assert np.less(confidence.links(signs, 0.5), confidence.links(signs, 0.9)).all()
    needs = [NeedSigns(near=0.5, margin=0.1, share=0.6, size=0.0, asked=0.0, sharp=sharp) for sharp in (0.5, 0.9)]
    one, other = confidence.needs(needs)
    assert one < other


def cloud(axis: int, count: int, noise: float = 0.1) -> NDArray[np.float32]:
    some = np.random.default_rng(axis).normal(0, noise, (count, 12))
    some[:, axis] += 1
    return (some / np.linalg.norm(some, axis=1, keepdims=True)).astype(np.float32)


def test_how_points_fit() -> None:
    parts = [cloud(0, 20), cloud(1, 100), cloud(2, 3)]
    exemplars = Exemplars(parts)
    (new,) = cloud(1, 1, 0.05)
    need, fit = exemplars.nearest(new)
    assert need == 1
    assert fit.near > 0.9
    assert fit.share > 0.9
    # a member is held against the others: alone of its kind, it finds no support in itself
    odd = np.concatenate([cloud(0, 8), cloud(5, 1)])
    exemplars = Exemplars([odd, cloud(1, 8)])
    fits = exemplars.fits(odd, 0, members=True)
    assert min(one.near for one in fits[:8]) > 0.5 > fits[8].near
    assert fits[8].near < exemplars.fits(odd[8:], 0, members=False)[0].near
    assert all(one.share > 0.9 for one in fits[:8])


def test_a_need_renewed_is_as_if_it_had_been_so_from_the_start() -> None:
    parts = [cloud(axis % 12, 3 + 9 * axis, 0.3) for axis in range(15)]
    fresh = Exemplars(parts)
    renewed = Exemplars([*parts[:4], parts[9][:5], *parts[5:]])
    (new,) = cloud(4, 1, 0.3)
    assert renewed.nearest(new) != fresh.nearest(new)
    renewed.renew(4, parts[4])
    assert renewed.nearest(new) == fresh.nearest(new)
    assert renewed.fits(parts[4], 4, members=True) == fresh.fits(parts[4], 4, members=True)


def test_the_only_need_there_is_has_no_rival() -> None:
    exemplars = Exemplars([cloud(0, 5)])
    (fit,) = exemplars.fits(cloud(0, 1), 0, members=False)
    assert fit.margin == pytest.approx(fit.near)
    assert exemplars.nearest(cloud(3, 1)[0]).need == 0
