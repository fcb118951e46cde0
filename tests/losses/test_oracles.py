"""Each loss equals its plain loop (oracles.py), in value and in gradient, in every precision that it is called with."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import losses
from tests.losses import oracles
from tests.losses.cases import CASES, SHAPES, draw

every_case = pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_case
def test_float32_within_a_millionth(case, shape):
    tensors = draw(case, *shape)
    assert case.ours(*tensors).item() == pytest.approx(case.oracle(*tensors), rel=1e-6, abs=0)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_case
def test_float64_to_twelve_digits(case, shape, seed):
    """Twelve digits leave no room for an epsilon in the wrong place, which six would hide."""
    tensors = draw(case, *shape, dtype=torch.float64, seed=seed)
    assert case.ours(*tensors).item() == pytest.approx(case.oracle(*tensors), rel=1e-12, abs=1e-13)


@every_case
def test_gradcheck(case):
    tensors = draw(case, 4, 3, dtype=torch.float64)
    assert torch.autograd.gradcheck(case.ours, tensors, eps=1e-6, atol=1e-7, rtol=1e-6)


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16), ids=str)
@every_case
def test_half_precision_is_computed_in_float32(case, dtype):
    """Half-precision inputs give the float32 loss of those numbers, and finite gradients in their own precision."""
    half = draw(case, 17, 24, dtype=dtype)
    loss = case.ours(*half)
    loss.backward()
    assert loss.dtype == torch.float32
    assert loss.item() == case.ours(*(tensor.detach().float() for tensor in half)).item()
    for tensor in half:
        assert tensor.grad.dtype == dtype and tensor.grad.isfinite().all()


@every_case
def test_autocast_changes_nothing(case):
    """Inside autocast a matrix product would be taken in bfloat16, and two digits of the similarities would be left."""
    tensors = draw(case, 8, 16)
    outside = case.ours(*tensors)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert case.ours(*tensors).item() == outside.item()


@pytest.mark.parametrize("temperature", (0.01, 0.05))
def test_nt_xent_at_a_low_temperature(temperature):
    """Where e^(1/τ) overflows float32, and where the loss is so small that 1 + it rounds to 1."""
    z0 = torch.randn(16, 32, generator=torch.Generator().manual_seed(0))
    z1 = z0 + 0.2 * torch.randn(16, 32, generator=torch.Generator().manual_seed(1))
    assert losses.nt_xent(z0, z1, temperature).item() == pytest.approx(oracles.nt_xent(z0, z1, temperature), rel=1e-5)
    shuffled = z1.roll(1, 0)  # every positive is wrong: a large loss
    assert losses.nt_xent(z0, shuffled, temperature).item() == pytest.approx(
        oracles.nt_xent(z0, shuffled, temperature), rel=1e-6
    )


@pytest.mark.parametrize("n", (2, 5, 64))
@pytest.mark.parametrize("temperature", (0.05, 0.5))
def test_nt_xent_of_identical_embeddings(n, temperature):
    z = torch.ones(n, 8)
    assert losses.nt_xent(z, z, temperature).item() == pytest.approx(math.log(2 * n - 1), rel=1e-6)


@pytest.mark.parametrize("loss", (losses.nt_xent, losses.negative_cosine_similarity), ids=lambda loss: loss.__name__)
def test_a_zero_vector_gets_a_gradient_of_ordinary_size(loss):
    """Division by 10⁻¹² would multiply it by 10¹², and one dead row would drown the batch."""
    z0, z1 = torch.randn(2, 8, 16, generator=torch.Generator().manual_seed(0))
    z0[0] = 0
    z0.requires_grad_()
    loss(z0, z1).backward()
    assert z0.grad.norm(dim=1).max() < 10


@pytest.mark.parametrize("mining", ("all", "semihard", "hard"))
def test_mined_triplets_are_the_loops_triplets(mining):
    embeddings = torch.randn(12, 5, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 0, 0, 1, 1, 2, 2, 2, 2, 3, 0, 1])  # class 3 has one row: an anchor without a positive
    ours = zip(*(rows.tolist() for rows in losses.mine_triplets(embeddings, labels, 0.3, mining)))
    theirs = [triplet[:3] for triplet in oracles.triplets(embeddings, labels, 0.3, mining)]
    assert sorted(ours) == sorted(theirs) and theirs


def test_no_triplet_is_a_zero_with_a_gradient():
    """An epoch that has satisfied every triplet must be able to call backward()."""
    embeddings = torch.eye(2).repeat_interleave(2, 0).requires_grad_()
    loss = losses.triplet_margin(embeddings, torch.tensor([0, 0, 1, 1]), margin=0.2)
    loss.backward()
    assert loss.item() == 0 and embeddings.grad.abs().max() == 0


def test_koleo_of_equal_rows_is_finite():
    x = torch.ones(4, 3, requires_grad=True)
    loss = losses.koleo(x)
    loss.backward()
    assert loss.item() == pytest.approx(-math.log(1e-8), rel=1e-6) and x.grad.isfinite().all()


@pytest.mark.parametrize("loss", (losses.barlow_twins, losses.vicreg), ids=lambda loss: loss.__name__)
def test_collapsed_embeddings_have_finite_gradients(loss):
    z = torch.ones(8, 4, requires_grad=True)
    loss(z, z).backward()
    assert z.grad.isfinite().all()


@pytest.mark.parametrize("epsilon", (0.05, 0.5))
@pytest.mark.parametrize("iterations", (1, 3, 10))
def test_sinkhorn_equals_the_loop(epsilon, iterations):
    logits = torch.randn(9, 4, generator=torch.Generator().manual_seed(0))
    expected = torch.tensor(oracles.sinkhorn_knopp(logits, epsilon, iterations), dtype=torch.float64)
    torch.testing.assert_close(
        losses.sinkhorn_knopp(logits.double(), epsilon, iterations), expected, rtol=1e-10, atol=0
    )
    torch.testing.assert_close(
        losses.sinkhorn_knopp(logits, epsilon, iterations).double(), expected, rtol=2e-5, atol=1e-7
    )


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32))
def test_sinkhorn_marginals(dtype):
    """Every row a distribution, every output its share; and at ε = 0.01 nothing overflows."""
    logits = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    q = losses.sinkhorn_knopp(logits, epsilon=0.5, iterations=50)
    torch.testing.assert_close(q.sum(1), torch.ones(40))
    torch.testing.assert_close(q.sum(0), torch.full((5,), 8.0))
    sharp = losses.sinkhorn_knopp(10 * logits, epsilon=0.01)
    torch.testing.assert_close(sharp.sum(1), torch.ones(40))


@pytest.mark.parametrize("alpha", (0.0, 0.3, 1.0))
@pytest.mark.parametrize("labels", ([0, 3, 1, -1, -1], [-1] * 5, [1, 2, 3, 0, 2]), ids=str)
def test_semi_supervised_distillation(alpha, labels):
    teacher, student = torch.randn(2, 5, 4, generator=torch.Generator().manual_seed(0))
    criterion = losses.DistillationLoss(2.0, alpha)
    ours = criterion(teacher_out=teacher, student_out=student, labels=torch.tensor(labels))
    hard = [oracles.minus_log_softmax(row, label) for row, label in zip(student.tolist(), labels) if label >= 0]
    soft = oracles.distillation(teacher, student, 2.0)
    assert ours.item() == pytest.approx((1 - alpha) * (oracles.mean(hard) if hard else 0) + alpha * soft, rel=1e-6)


def test_elbo_is_the_sum_of_its_terms():
    y, x = torch.randn(3, 1, 4, 4), torch.rand(3, 1, 4, 4)
    mu, log_var = torch.randn(2, 3, 5)
    ours = losses.ELBOLoss(beta=0.5)(y, x, mu, log_var)
    nll = oracles.reconstruction_nll(y.flatten(1), x.flatten(1), "bernoulli", 1.0)
    assert ours.item() == pytest.approx(nll + 0.5 * oracles.gaussian_kl(mu, log_var), rel=1e-6)


def test_clip_learns_its_temperature():
    """The logit scale gets the gradient that a finite difference gives it."""
    images, texts = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    log_scale = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: losses.CLIPLoss()(images, texts, t.exp()), (log_scale,))
