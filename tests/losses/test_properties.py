"""What holds for every batch: neither the order of rows and views matters, nor the length of a vector on the sphere."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from sslcourse import losses

examples = settings(max_examples=25, deadline=None, derandomize=True)
seeds, rows, columns = st.integers(0, 10**6), st.integers(2, 12), st.integers(2, 9)
temperatures = st.floats(0.05, 5.0)


def draw(seed, n, d, count=2):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(n, d, generator=generator, dtype=torch.float64) for _ in range(count)]


def same(a, b):
    assert a.item() == pytest.approx(b.item(), rel=1e-9, abs=1e-12)


PAIRWISE = {  # two views in, symmetric in them
    "nt_xent": losses.nt_xent,
    "barlow_twins": losses.barlow_twins,
    "vicreg": losses.vicreg,
    "cosine": losses.negative_cosine_similarity,
    "clip": lambda a, b: losses.clip(a, b, 2.0),
    "siglip": lambda a, b: losses.siglip(a, b, 2.0, -1.0),
}
ON_THE_SPHERE = ("nt_xent", "cosine", "clip", "siglip")
pairwise = pytest.mark.parametrize("name", PAIRWISE)


@pairwise
@given(seed=seeds, n=rows, d=columns)
@examples
def test_the_order_of_the_batch_does_not_matter(name, seed, n, d):
    z0, z1 = draw(seed, n, d)
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    same(PAIRWISE[name](z0[order], z1[order]), PAIRWISE[name](z0, z1))


@pairwise
@given(seed=seeds, n=rows, d=columns)
@examples
def test_the_order_of_the_views_does_not_matter(name, seed, n, d):
    z0, z1 = draw(seed, n, d)
    same(PAIRWISE[name](z1, z0), PAIRWISE[name](z0, z1))


@pytest.mark.parametrize("name", ON_THE_SPHERE)
@given(seed=seeds, n=rows, d=columns, scale=st.floats(1e-6, 1e6))
@examples
def test_the_length_of_a_vector_does_not_matter(name, seed, n, d, scale):
    """Each row by its own factor."""
    z0, z1 = draw(seed, n, d)
    factors = scale ** torch.linspace(-1, 1, n, dtype=torch.float64).unsqueeze(1)
    same(PAIRWISE[name](z0 * factors, z1 / factors), PAIRWISE[name](z0, z1))


@pytest.mark.parametrize("name", ON_THE_SPHERE)
@given(seed=seeds, n=rows, d=columns)
@examples
def test_a_rotation_of_the_space_does_not_matter(name, seed, n, d):
    z0, z1 = draw(seed, n, d)
    rotation = torch.linalg.qr(draw(seed + 1, d, d, 1)[0]).Q
    same(PAIRWISE[name](z0 @ rotation, z1 @ rotation), PAIRWISE[name](z0, z1))


@given(seed=seeds, n=rows, d=columns, temperature=temperatures)
@examples
def test_nt_xent_lies_between_its_bounds(seed, n, d, temperature):
    """Cosines lie in [−1, 1], so the negatives' weight lies between e^(−2/τ) and e^(2/τ) each."""
    loss = losses.nt_xent(*draw(seed, n, d), temperature).item()
    lower = math.log1p((2 * n - 2) * math.exp(-2 / temperature))
    upper = math.log1p((2 * n - 2) * math.exp(2 / temperature))
    assert lower * (1 - 1e-9) <= loss <= upper * (1 + 1e-9)


@given(seed=seeds, n=rows, d=columns, shift=st.floats(-5, 5), scale=st.floats(0.5, 20))
@examples
def test_barlow_twins_is_a_correlation(seed, n, d, shift, scale):
    """Without ε, neither the mean nor the spread of a dimension matters."""
    z0, z1 = draw(seed, n, d)
    same(losses.barlow_twins(z0 * scale + shift, z1, eps=0), losses.barlow_twins(z0, z1, eps=0))


@given(seed=seeds, n=rows, d=columns, shift=st.floats(-5, 5))
@examples
def test_vicreg_ignores_a_common_shift(seed, n, d, shift):
    z0, z1 = draw(seed, n, d)
    same(losses.vicreg(z0 + shift, z1 + shift), losses.vicreg(z0, z1))


@pytest.mark.parametrize("mining", ("all", "semihard", "hard"))
@given(seed=seeds, n=st.integers(6, 14), d=columns, margin=st.floats(0.1, 2.0))
@examples
def test_triplets_ignore_order_length_and_names(mining, seed, n, d, margin):
    (z,) = draw(seed, n, d, 1)
    labels = torch.arange(n) % 3
    order = torch.randperm(n, generator=torch.Generator().manual_seed(seed))
    loss = losses.triplet_margin(z, labels, margin, mining)
    same(losses.triplet_margin(7 * z[order], 10 - labels[order], margin, mining), loss)
    assert loss >= 0


@given(seed=seeds, n=rows, d=columns, scale=st.floats(1e-3, 1e3))
@examples
def test_koleo_ignores_order_and_length_and_is_least_when_spread(seed, n, d, scale):
    (x,) = draw(seed, n, d, 1)
    same(losses.koleo(scale * x.flip(0)), losses.koleo(x))
    assert losses.koleo(torch.cat([x, -x])) >= -math.log(2)  # no two points of the sphere are more than 2 apart


@given(seed=seeds, n=rows, k=columns, views=st.integers(2, 5), shift=st.floats(-3, 3))
@examples
def test_dino_ignores_what_softmax_ignores(seed, n, k, views, shift):
    """A constant added to all logits, the order of the batch, of the outputs, and of the local views."""
    student, teacher = draw(seed, n, k, views), draw(seed + 1, n, k)
    (center,) = draw(seed + 2, 1, k, 1)[0]
    loss = losses.dino(teacher_out=teacher, student_out=student, center=center)
    rows_, outputs = torch.randperm(n), torch.randperm(k)
    moved = losses.dino(
        teacher_out=[view[rows_][:, outputs] + shift for view in teacher],
        student_out=[view[rows_][:, outputs] - shift for view in student[:2] + student[2:][::-1]],
        center=center[outputs],
    )
    same(moved, loss)


@given(seed=seeds, n=rows, k=columns)
@examples
def test_cross_entropy_is_least_at_the_teacher(seed, n, k):
    """Gibbs: no student is closer to the teacher than the teacher's own logits."""
    teacher, student = draw(seed, n, k)
    own = losses.distillation(teacher_out=teacher, student_out=teacher, temperature=2.0)
    assert own <= losses.distillation(teacher_out=teacher, student_out=student, temperature=2.0) + 1e-12


@given(seed=seeds, n=rows, d=columns)
@examples
def test_kl_is_positive_and_zero_at_the_prior(seed, n, d):
    mu, log_var = draw(seed, n, d)
    assert losses.gaussian_kl(mu, log_var) > 0
    assert losses.gaussian_kl(0 * mu, 0 * log_var) == 0


@given(seed=seeds, n=rows, k=columns, shift=st.floats(-3, 3))
@examples
def test_sinkhorn_ignores_what_it_balances(seed, n, k, shift):
    """A preference for one output that all rows share is balanced away, and so is a constant added to a row."""
    (logits,) = draw(seed, n, k, 1)
    biased = logits + shift * torch.arange(k)
    biased[0] += shift
    plain = losses.sinkhorn_knopp(logits, 1.0, iterations=200)
    torch.testing.assert_close(losses.sinkhorn_knopp(biased, 1.0, iterations=200), plain, rtol=1e-6, atol=1e-9)


@given(seed=seeds, d=columns)
@examples
def test_visible_patches_do_not_matter(seed, d):
    prediction, target = (z.view(2, 5, d) for z in draw(seed, 10, d))
    mask = torch.tensor([[1, 0, 1, 0, 0], [0, 0, 0, 1, 1]])
    loss = losses.masked_mse(prediction, target, mask)
    prediction = torch.where(mask.bool().unsqueeze(-1), prediction, 1e6)
    same(losses.masked_mse(prediction, target, mask), loss)


@given(seed=seeds, n=rows, d=columns)
@examples
def test_a_text_that_stands_twice_is_a_guess_for_clip_and_a_contradiction_for_siglip(seed, n, d):
    """Every pair twice: CLIP finds its own among n and then guesses among two; SigLIP is told yes and no of one cell."""
    z0, z1 = draw(seed, n, d)
    twice = [z.repeat(2, 1) for z in (z0, z1)]
    same(losses.clip(*twice, 5.0), losses.clip(z0, z1, 5.0) + math.log(2))
    for scale, bias in ((5.0, -1.0), (20.0, -10.0)):
        assert losses.siglip(*twice, scale, bias) >= 2 * math.log(2) - 1e-12  # σ(x) σ(−x) is at most a quarter
