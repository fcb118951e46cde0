"""The clouds have the shapes that they are said to have."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data


def width(cloud: data.Cloud, label: int) -> float:
    own = cloud.points[cloud.labels == label]
    return float((own - own.mean(0)).norm(dim=1).mean())


def gap(cloud: data.Cloud, a: int, b: int) -> float:
    return float((cloud.points[cloud.labels == a].mean(0) - cloud.points[cloud.labels == b].mean(0)).norm())


@pytest.mark.parametrize("kind", data.CLOUDS)
def test_every_kind(kind):
    cloud = data.clouds(kind, n=150)
    assert cloud.points.shape == (150, 10) and cloud.truth.shape == (150, 2) and cloud.labels.shape == (150,)
    assert cloud.labels.unique().tolist() == list(range(len(cloud.classes)))
    assert cloud.labels.bincount().min() >= 150 // len(cloud.classes)
    assert torch.equal(cloud.points, data.clouds(kind, n=150).points)
    assert not torch.equal(cloud.points, data.clouds(kind, n=150, seed=1).points)


def test_one_cloud_is_eight_times_as_wide():
    cloud = data.clouds("two widths", n=2000)
    assert width(cloud, 1) / width(cloud, 0) == pytest.approx(8, rel=0.03)


def test_the_third_cloud_is_five_times_as_far():
    cloud = data.clouds("near and far", n=3000)
    assert gap(cloud, 0, 2) / gap(cloud, 0, 1) == pytest.approx(5, rel=0.02)


def test_noise_has_no_direction():
    variances = torch.linalg.eigvalsh(data.clouds("pure noise", n=20_000).points.T.cov())
    assert variances.max() / variances.min() < 1.2


def test_the_ring_is_closed_and_even():
    cloud = data.clouds("a ring", n=200)
    steps = (cloud.points - cloud.points.roll(1, 0)).norm(dim=1)
    assert cloud.truth.norm(dim=1).sub(10).abs().max() < 0.5
    assert steps.max() < 1.5, "a gap in the ring"


@pytest.mark.parametrize("arguments, message", [
    ({"kind": "a rng"}, "did you mean a ring"),
    ({"kind": "a ring", "n": 5}, "n: got 5"),
    ({"kind": "a ring", "dim": 1}, "dim: got 1"),
])
def test_bad_input(arguments, message):
    with pytest.raises(ValueError, match=message):
        data.clouds(**arguments)
