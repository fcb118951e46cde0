"""Each loss equals its plain loop (oracles.py), in value and in gradient, in every precision that it is called with."""

from __future__ import annotations

import inspect
import math

import pytest
import torch

from sslcourse import losses
from tests.losses import oracles
from tests.losses.cases import CASES, SHAPES, draw, numbers

every_case = pytest.mark.parametrize("case", CASES, ids=str)
FLOAT32 = torch.finfo(torch.float32).eps


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_case
def test_float32_within_a_millionth(case, shape):
    """Or, where a softmax is inside, within the rounding of its largest number."""
    tensors = draw(case, *shape)
    wanted = numbers(case.oracle(*tensors))
    assert numbers(case.ours(*tensors)) == pytest.approx(wanted, rel=1e-6, abs=2 * FLOAT32 * case.largest)


@pytest.mark.parametrize("seed", (1, 2))
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@every_case
def test_float64_to_twelve_digits(case, shape, seed):
    """Twelve digits leave no room for an epsilon in the wrong place, which six would hide."""
    tensors = draw(case, *shape, dtype=torch.float64, seed=seed)
    assert numbers(case.ours(*tensors)) == pytest.approx(numbers(case.oracle(*tensors)), rel=1e-12, abs=1e-13)


def weighted_sum(values) -> float:
    """One number of a result that may be many, so that it has one gradient; −∞ has none."""
    return sum(math.cos(i) * value for i, value in enumerate(values) if math.isfinite(value))


@every_case
def test_the_gradient_is_the_loops(case):
    """Autograd of ours against finite differences of the plain loop; what is a constant gets none."""
    tensors = draw(case, 5, 3, dtype=torch.float64)
    learned = tensors[: len(tensors) - case.constants]
    result = case.ours(*tensors)
    if not learned:
        parts = result if isinstance(result, tuple) else (result,)
        assert not any(isinstance(part, torch.Tensor) and part.requires_grad for part in parts)
        return
    flat = (result[0] if isinstance(result, tuple) else result).flatten()
    weights = torch.cos(torch.arange(len(flat), dtype=torch.float64))
    total = (flat.masked_fill(flat.isinf(), 0) * weights).sum()
    found = torch.autograd.grad(total, tensors, allow_unused=True)
    for tensor, gradient in zip(learned, found):
        wanted = torch.zeros_like(tensor)
        for place in range(tensor.numel()):
            ends = []
            for step in (1e-6, -1e-6):
                moved = [other.detach().clone() for other in tensors]
                next(m for m, other in zip(moved, tensors) if other is tensor).view(-1)[place] += step
                values = case.oracle(*moved)
                ends.append(weighted_sum(numbers(values[0] if isinstance(values, tuple) else values)))
            wanted.view(-1)[place] = (ends[0] - ends[1]) / 2e-6
        torch.testing.assert_close(gradient, wanted, rtol=1e-6, atol=1e-7)
    assert not any(gradient is not None and gradient.any() for gradient in found[len(learned) :])


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16), ids=str)
@every_case
def test_half_precision_is_computed_in_float32(case, dtype):
    """Half-precision inputs give the float32 loss of those numbers, and finite gradients in their own precision."""
    half = draw(case, 17, 24, dtype=dtype)
    result = case.ours(*half)
    assert numbers(result) == numbers(case.ours(*(tensor.detach().float() for tensor in half)))
    for part in result if isinstance(result, tuple) else (result,):
        if isinstance(part, torch.Tensor) and part.is_floating_point():
            assert part.dtype == torch.float32
    learned = half[: len(half) - case.constants]
    if learned:
        result = result[0] if isinstance(result, tuple) else result
        result.masked_fill(result.isinf(), 0).sum().backward()
    for tensor in learned:
        assert tensor.grad.dtype == dtype and tensor.grad.isfinite().all()


@pytest.mark.parametrize("name", sorted({case.of for case in CASES if inspect.isfunction(getattr(losses, case.of))}))
def test_the_function_without_its_checks_is_the_same(name, monkeypatch):
    """An exercise shows ``inspect.unwrap(loss)`` as the solution: it must run alone, and give the same numbers."""
    for case in (case for case in CASES if case.of == name and inspect.isfunction(getattr(losses, name))):
        tensors = draw(case, 6, 4)
        checked = numbers(case.ours(*tensors))
        function = getattr(losses, name)
        plain = inspect.unwrap(function)
        assert plain is not function, "no @expect.checked around it"
        bare = case.ours.func if hasattr(case.ours, "func") else case.ours
        if bare is function:
            assert numbers(plain(*tensors, **getattr(case.ours, "keywords", {}))) == checked
        else:
            with monkeypatch.context() as patch:
                patch.setattr(losses, name, plain)
                assert numbers(case.ours(*tensors)) == checked


@every_case
def test_autocast_changes_nothing(case):
    """Inside autocast a matrix product would be taken in bfloat16, and two digits of the similarities would be left."""
    tensors = draw(case, 8, 16)
    outside = numbers(case.ours(*tensors))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert numbers(case.ours(*tensors)) == outside


@pytest.mark.parametrize("temperature", (0.01, 0.05))
def test_nt_xent_at_a_low_temperature(temperature):
    """Where e^(1/τ) overflows float32: as exact as float32 is for logits up to 1/τ."""
    z0 = torch.randn(16, 32, generator=torch.Generator().manual_seed(0))
    z1 = z0 + 0.2 * torch.randn(16, 32, generator=torch.Generator().manual_seed(1))
    for second in (z1, z1.roll(1, 0)):  # every positive is right: nearly 0; every positive is wrong: a large loss
        wanted = oracles.nt_xent(z0, second, temperature)
        found = losses.nt_xent(z0, second, temperature).item()
        assert found == pytest.approx(wanted, rel=1e-6, abs=2 * FLOAT32 / temperature)


@pytest.mark.parametrize("n", (2, 5, 64))
@pytest.mark.parametrize("temperature", (0.05, 0.5))
def test_nt_xent_of_identical_embeddings(n, temperature):
    z = torch.ones(n, 8)
    assert losses.nt_xent(z, z, temperature).item() == pytest.approx(math.log(2 * n - 1), rel=1e-6)


@pytest.mark.parametrize("loss", (losses.nt_xent, losses.negative_cosine_similarity), ids=lambda loss: loss.__name__)
def test_a_row_of_zeros_leaves_the_others_alone(loss):
    """It has no direction: the loss is finite, and the other rows' gradients are of the usual size."""
    z0, z1 = torch.randn(2, 8, 16, generator=torch.Generator().manual_seed(0))
    z0[0] = 0
    z0.requires_grad_()
    value = loss(z0, z1)
    value.backward()
    assert value.isfinite() and z0.grad.isfinite().all() and z0.grad[1:].norm(dim=1).max() < 10


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


@pytest.mark.parametrize("dtype", (torch.float32, torch.float64), ids=str)
def test_koleo_of_nearly_equal_rows_finds_the_nearest(dtype):
    """A collapsing batch, where cosines differ in their last digit only: differences still tell who is nearest."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(32, generator=generator) + 1e-3 * torch.randn(256, 32, generator=generator)
    assert losses.koleo(x.to(dtype)).item() == pytest.approx(oracles.koleo(x, 1e-8), rel=0, abs=1e-3)


@pytest.mark.parametrize("loss", (losses.barlow_twins, losses.vicreg), ids=lambda loss: loss.__name__)
def test_collapsed_embeddings_have_finite_gradients(loss):
    z = torch.ones(8, 4, requires_grad=True)
    loss(z, z).backward()
    assert z.grad.isfinite().all()


@pytest.mark.parametrize("dtype", (torch.float16, torch.bfloat16, torch.float32))
def test_sinkhorn_marginals(dtype):
    """Every row a distribution, every output its share; and at ε = 0.01 nothing overflows."""
    logits = torch.randn(40, 5, generator=torch.Generator().manual_seed(0)).to(dtype)
    q = losses.sinkhorn_knopp(logits, epsilon=0.5, iterations=50)
    torch.testing.assert_close(q.sum(1), torch.ones(40))
    torch.testing.assert_close(q.sum(0), torch.full((5,), 8.0))
    sharp = losses.sinkhorn_knopp(10 * logits, epsilon=0.01)
    torch.testing.assert_close(sharp.sum(1), torch.ones(40))


def test_clip_learns_its_temperature():
    """The logit scale gets the gradient that a finite difference gives it."""
    images, texts = torch.randn(2, 6, 8, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    log_scale = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t: losses.CLIPLoss()(images, texts, t.exp()), (log_scale,))
