"""NT-Xent's table and the shares of the push: against plain loops, the loss itself, and what autograd says."""

from __future__ import annotations

import math

import pytest
import torch
from torch.nn import functional as F

from sslcourse import losses, methods

BOTH = (methods.nt_xent_logits, methods.negative_shares)


def views(n: int, d: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    return [*torch.randn(2, n, d, generator=torch.Generator().manual_seed(seed), dtype=dtype)]


@pytest.mark.parametrize("n, temperature", [(2, 0.5), (5, 0.1), (9, 2.0)])
def test_the_table_by_a_plain_loop(n, temperature):
    z0, z1 = views(n, 6, seed=n)
    logits, positive = methods.nt_xent_logits(z0, z1, temperature)
    rows = [row.tolist() for row in torch.cat([z0, z1])]
    length = [math.sqrt(math.fsum(x * x for x in row)) for row in rows]
    for i, a in enumerate(rows):
        assert positive[i] == (i + n) % (2 * n)
        for k, b in enumerate(rows):
            wanted = math.fsum(x * y for x, y in zip(a, b)) / length[i] / length[k] / temperature
            assert logits[i, k] == (-math.inf if i == k else pytest.approx(wanted))


@pytest.mark.parametrize("n, temperature", [(2, 0.5), (7, 0.1), (16, 1.0)])
def test_its_cross_entropy_is_nt_xent(n, temperature):
    z0, z1 = views(n, 5, seed=n)
    table = F.cross_entropy(*methods.nt_xent_logits(z0, z1, temperature))
    assert float(table) == pytest.approx(float(losses.nt_xent(z0, z1, temperature)), rel=1e-9)


def test_and_has_its_gradient():
    z0, z1 = (z.requires_grad_() for z in views(6, 4))
    by_table = torch.autograd.grad(F.cross_entropy(*methods.nt_xent_logits(z0, z1, 0.3)), (z0, z1))
    by_loss = torch.autograd.grad(losses.nt_xent(z0, z1, 0.3), (z0, z1))
    for one, other in zip(by_table, by_loss):
        torch.testing.assert_close(one, other)


@pytest.mark.parametrize("temperature", (0.1, 0.5, 3.0))
def test_the_shares_are_those_of_the_gradient(temperature):
    """With respect to the similarities, as autograd has it: w_i · share / τ for the negatives, −w_i / τ for the partner."""
    z = F.normalize(torch.cat(views(5, 4)), dim=1)
    positive = torch.arange(10).roll(5)
    similarity = (z @ z.T).fill_diagonal_(-torch.inf).requires_grad_()
    loss = F.cross_entropy(similarity / temperature, positive, reduction="sum")
    (gradient,) = torch.autograd.grad(loss, similarity)
    wrong = -gradient.gather(1, positive[:, None])  # w_i / τ
    shares = gradient.scatter(1, positive[:, None], 0.0) / wrong
    torch.testing.assert_close(methods.negative_shares(*z.chunk(2), temperature), shares)


def test_shares_sum_to_one_over_the_negatives_alone():
    shares = methods.negative_shares(*views(8, 3), 0.2)
    torch.testing.assert_close(shares.sum(dim=1), torch.ones(16, dtype=torch.float64))
    rows = torch.arange(16)
    assert not shares[rows, rows].any() and not shares[rows, rows.roll(8)].any()
    assert ((shares > 0).sum(dim=1) == 14).all()


def test_a_high_temperature_shares_evenly_and_a_low_one_picks_the_nearest():
    z0, z1 = views(8, 3)
    assert methods.negative_shares(z0, z1, 1e4).max() == pytest.approx(1 / 14, rel=1e-3)
    low = methods.negative_shares(z0, z1, 1e-3)
    similar, positive = methods.nt_xent_logits(z0, z1, 1.0)
    nearest = similar.scatter(1, positive[:, None], -torch.inf).argmax(dim=1)
    assert (low.argmax(dim=1) == nearest).all() and low.max(dim=1).values.median() > 0.99


@pytest.mark.parametrize("function", BOTH)
def test_lengths_do_not_matter_and_inputs_stay_as_they_are(function):
    z0, z1 = views(4, 5)
    before = z0.clone()
    first, second = function(z0, z1, 0.5), function(7 * z0, z1 / 3, 0.5)
    torch.testing.assert_close(first, second)
    assert torch.equal(z0, before)


@pytest.mark.parametrize("function", BOTH)
@pytest.mark.parametrize("args, named", [
    ((torch.rand(4, 3), torch.rand(5, 3)), "z0, z1"), ((torch.rand(4, 3), torch.rand(4, 2)), "z0, z1"),
    ((torch.rand(4), torch.rand(4)), "z0"), ((torch.rand(4, 3), [1.0]), "z1"),
    ((torch.rand(1, 3), torch.rand(1, 3)), "z0, z1"),
    ((torch.rand(4, 3), torch.full((4, 3), torch.nan)), "z1"), ((torch.rand(4, 3), torch.rand(4, 3), 0.0), "temperature"),
    ((torch.rand(4, 3), torch.rand(4, 3), -1), "temperature"),
])
def test_bad_input_is_named(function, args, named):
    with pytest.raises(ValueError, match=f"^{named}: got .*wanted"):
        function(*args)
