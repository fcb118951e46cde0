"""Mean and variance of rows that lie in several processes, against float64."""

from __future__ import annotations

import pytest
import torch

from sslcourse.training import moments_of_shares


@pytest.mark.parametrize("mean, deviation", [(0.0, 1.0), (1000.0, 0.1), (-20_000.0, 0.5)])
def test_moments_survive_a_mean_that_is_large_beside_the_deviation(mean, deviation):
    x = (mean + deviation * torch.randn(24, 3, generator=torch.Generator().manual_seed(0))).float()
    found = moments_of_shares([x[:5], x[5:7], x[7:]])
    torch.testing.assert_close(found[0].double(), x.double().mean(dim=0), rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(found[1].double(), x.double().var(dim=0, correction=0), rtol=0.02, atol=0)


def test_one_message_would_not_survive_it():
    x = 1000 + 0.1 * torch.randn(24, 3, generator=torch.Generator().manual_seed(0))
    in_one = x.square().mean(dim=0) - x.mean(dim=0) ** 2
    assert ((in_one - 0.01).abs() > 0.005).any(), "float32 has become more exact than this test knows"


@pytest.mark.parametrize("shares", [[], torch.ones(3, 2), [torch.ones(3, 2), torch.ones(3, 4)], [torch.ones(0, 2)],
                                    [torch.ones(3, 2).long()]])
def test_bad_shares_are_named(shares):
    with pytest.raises(ValueError, match="^shares: got"):
        moments_of_shares(shares)
