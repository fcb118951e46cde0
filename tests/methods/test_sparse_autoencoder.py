"""Sparse autoencoders: losses by plain loops, codes of known sparsity, atoms of length 1, dead units that come back."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse import methods, runtime, training
from sslcourse.methods import SparseAutoencoder, active_latents, auxiliary_loss, batch_topk_code, matryoshka_loss, topk_code
from tests.methods.small import vectors


def draw(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def small(**settings):
    with runtime.seeded(0):
        return SparseAutoencoder(12, 24, **settings)


def error_by_hand(x, f, atoms, bias, m):
    total = 0.0
    for row, code in zip(x.tolist(), f.tolist()):
        for i, value in enumerate(row):
            total += (value - bias[i].item() - sum(code[j] * atoms[j, i].item() for j in range(m))) ** 2
    return total / len(x)


# --- codes ------------------------------------------------------------------------------------------------------------------


def test_topk_by_a_plain_loop():
    a, k = draw(7, 9), 3
    for row, code in zip(a.tolist(), topk_code(a, k).tolist()):
        kept = sorted(range(9), key=lambda j: -row[j])[:k]
        assert code == pytest.approx([max(row[j], 0.0) if j in kept else 0.0 for j in range(9)])


def test_batch_topk_by_a_plain_loop():
    a, k = draw(7, 9), 2
    least = sorted(a.flatten().tolist(), reverse=True)[7 * k - 1]
    wanted = [[max(value, 0.0) if value >= least else 0.0 for value in row] for row in a.tolist()]
    code = batch_topk_code(a, k)
    assert code.tolist() == [pytest.approx(row) for row in wanted]
    assert len(set(code.count_nonzero(dim=1).tolist())) > 1, "no row took more than another: nothing is tested"


def test_a_gradient_reaches_what_stays_and_nothing_else():
    a = draw(4, 6).requires_grad_()
    code = topk_code(a, 2)
    code.sum().backward()
    assert torch.equal(a.grad, (code > 0).float())


# --- losses -----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("prefixes", [(24,), (3, 10, 24)])
def test_matryoshka_by_a_plain_loop(prefixes):
    x, f, atoms, bias = draw(5, 12), draw(5, 24, seed=1).relu(), draw(24, 12, seed=2), draw(12, seed=3)
    wanted = sum(error_by_hand(x, f, atoms, bias, m) for m in prefixes) / len(prefixes)
    assert float(matryoshka_loss(x, f, atoms, bias, prefixes)) == pytest.approx(wanted, rel=1e-5)


def test_the_first_latents_are_asked_more_often():
    """What the inner dictionary learns has a gradient from every prefix, the outermost latents from the last alone."""
    x, f, atoms = draw(5, 12), draw(5, 24, seed=1).relu(), draw(24, 12, seed=2)
    inner, outer = f.clone().requires_grad_(), f.clone().requires_grad_()
    matryoshka_loss(x, inner, atoms, torch.zeros(12), (8, 24)).backward()
    (matryoshka_loss(x, outer, atoms, torch.zeros(12), (24,)) / 2).backward()
    torch.testing.assert_close(inner.grad[:, 8:], outer.grad[:, 8:])
    assert not torch.allclose(inner.grad[:, :8], outer.grad[:, :8])


def test_auxiliary_loss_by_a_plain_loop():
    e, a, atoms = draw(6, 12), draw(6, 24, seed=1), F.normalize(draw(24, 12, seed=2), dim=1)
    dead, k = draw(24, seed=3) > 0.3, 2
    left = 0.0
    for row, said in zip(e.tolist(), a.tolist()):
        kept = sorted((j for j in range(24) if dead[j]), key=lambda j: -said[j])[:k]
        left += sum((v - sum(max(said[j], 0) * atoms[j, i].item() for j in kept)) ** 2 for i, v in enumerate(row))
    assert float(auxiliary_loss(e, a, dead, atoms, k)) == pytest.approx(left / float(e.square().sum()), rel=1e-5)


def test_auxiliary_loss_teaches_the_dead_alone():
    e, a, atoms = draw(6, 12).requires_grad_(), draw(6, 24, seed=1).requires_grad_(), draw(24, 12, seed=2).requires_grad_()
    dead = torch.arange(24) < 5
    auxiliary_loss(e, a, dead, atoms, 3).backward()
    assert e.grad is None and not a.grad[:, 5:].any() and not atoms.grad[5:].any()
    assert a.grad[:, :5].any() and atoms.grad[:5].any()


def test_nobody_dead_costs_nothing():
    assert float(auxiliary_loss(draw(6, 12), draw(6, 24), torch.zeros(24, dtype=torch.bool), draw(24, 12), 3)) == 0


def test_the_count_of_active_latents_pulls_at_thresholds_from_both_sides():
    """By finite differences: with entries spread evenly, a small move of θ switches that share of them."""
    a = torch.linspace(0, 1, 2001)[:, None]
    threshold = torch.tensor([0.4], requires_grad=True)
    active_latents(a, threshold, 0.2).backward()
    with torch.no_grad():
        moved = [float(active_latents(a, torch.tensor([0.4 + h]), 0.2)) for h in (-0.1, 0.1)]
    assert float(threshold.grad) == pytest.approx((moved[1] - moved[0]) / 0.2, rel=0.01)


# --- the method -------------------------------------------------------------------------------------------------------------


def test_the_loss_is_error_and_penalty_by_a_plain_loop():
    sae, x = small(l1=0.3, aux=0.0), vectors(6)
    f = ((x - sae.bias) @ sae.encoder + sae.offset).relu()
    wanted = error_by_hand(x, f, sae.atoms, sae.bias, 24) + 0.3 * sum(sum(row) for row in f.tolist()) / 6
    assert sae.loss(x).item() == pytest.approx(wanted, rel=1e-5)


def test_the_auxiliary_part_is_added_with_its_weight():
    with_it, without, x = small(k=2, aux=0.5), small(k=2, aux=0.0), vectors(6)
    for sae in (with_it, without):
        sae.silent[:20] = 99
        sae.eval()
    a = with_it.preactivation(x)
    extra = auxiliary_loss(x - with_it.decode(topk_code(a, 2)), a, with_it.dead, with_it.atoms, 6)
    assert with_it.loss(x).item() - without.loss(x).item() == pytest.approx(0.5 * extra.item(), rel=1e-4)


def test_several_k_are_several_codes_and_the_loss_is_their_mean():
    """Zaigrajew et al.: each sparsity has to do by itself; what comes out is the last, and any other can be read."""
    nested, x = small(k=(1, 3, 6), aux=0.0), vectors(6)
    each = [small(k=k, aux=0.0).loss(x) for k in (1, 3, 6)]
    torch.testing.assert_close(nested.loss(x), torch.stack(each).mean())
    torch.testing.assert_close(nested.encode(x), small(k=6).encode(x))


def test_atoms_have_length_one_after_a_step():
    sae = small(k=3)
    with torch.no_grad():
        sae.atoms.mul_(3.0)
    sae.after_step(0.5)
    torch.testing.assert_close(sae.atoms.norm(dim=1), torch.ones(24))


def test_a_silent_unit_is_counted_and_one_that_fires_begins_anew():
    sae = small(k=1, dead_after=3)
    for _ in range(3):
        sae.loss(vectors(4))
    fired = (sae.encode(vectors(4)) > 0).any(dim=0)
    assert torch.equal(sae.dead, ~fired) and 0 < int(fired.sum()) <= 4
    sae.eval().loss(vectors(16))
    assert torch.equal(sae.dead, ~fired), "counted in evaluation mode too"


def test_batch_topk_fires_row_by_row_in_evaluation():
    """With the threshold that it has learned, about as many; and what one row gives does not hang on the others."""
    sae, x = small(k=3, over="batch", aux=0.0), vectors(400)
    training.train(sae, x, steps=200, batch_size=100, lr=5e-3, weight_decay=0.0, bfloat16=False)
    sae.eval()
    with torch.no_grad():
        f = sae.encode(x)
        torch.testing.assert_close(sae.encode(x[:1]), f[:1])
    assert 2 < float((f > 0).float().sum(dim=1).mean()) < 4


@pytest.mark.slow
def test_the_auxiliary_loss_brings_dead_units_back():
    def dead(aux):
        sae = small(k=2, aux=aux, dead_after=20)
        with torch.no_grad():
            sae.encoder[:, :12] *= 0.1                                      # half of them are never among the largest
        training.train(sae, vectors(400), steps=400, batch_size=100, lr=5e-3, weight_decay=0.0, bfloat16=False)
        return int(sae.dead.sum())

    assert dead(1 / 32) < dead(0.0) - 3


@pytest.mark.slow
def test_it_finds_the_directions_that_vectors_are_made_of():
    x, generator = vectors(2000), torch.Generator().manual_seed(100)
    true = F.normalize(torch.randn(20, 12, generator=generator), dim=1)     # as `vectors` draws them
    sae = small(k=2)
    before = (true @ sae.atoms.T).max(dim=1).values > 0.85
    training.train(sae, x, steps=600, batch_size=200, lr=1e-2, weight_decay=0.0, bfloat16=False)
    after = (true @ sae.atoms.T).max(dim=1).values > 0.85
    assert after.sum() >= 18 and before.sum() <= 3


def test_every_name_is_public():
    assert {"SparseAutoencoder", "topk_code", "batch_topk_code", "matryoshka_loss", "auxiliary_loss", "step",
            "active_latents"} <= set(methods.__all__)
