"""Each loss equals an independent library's, where one has it: lightly, pytorch-metric-learning, torch.

Each test sets the library up so that its definition is ours; what has to be set says where the two differ.
"""

from __future__ import annotations

import lightly.loss
import pytest
import torch
import torch.nn.functional as F
from lightly.loss.swav_loss import sinkhorn
from pytorch_metric_learning import distances, miners, reducers
from pytorch_metric_learning import losses as metric_learning

from sslcourse import losses
from tests.losses.cases import two_views

precision = pytest.mark.parametrize(("dtype", "rel"), ((torch.float32, 1e-6), (torch.float64, 1e-11)), ids=str)


def views(dtype, n=16, d=12, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [z.to(dtype) for z in two_views(lambda *shape: torch.randn(*shape, generator=generator), n, d)]


def logits(dtype, count, n=8, k=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.tanh(torch.randn(n, k, generator=generator)).to(dtype) for _ in range(count)]


def agree(ours, theirs, arguments, rel, largest=0.0):
    """Same value, and the same gradient for every argument. The library always computes in float64, to be the ruler.

    `largest` is the largest number in a softmax: a small loss has seven digits of that and not of itself.
    """
    mine = [argument.clone().requires_grad_() for argument in arguments]
    yours = [argument.double().clone().requires_grad_() for argument in arguments]
    value, expected = ours(*mine), theirs(*yours)
    rounding = 2 * torch.finfo(value.dtype).eps * largest
    assert value.item() == pytest.approx(expected.item(), rel=rel, abs=rounding)
    value.backward(), expected.backward()
    for a, b in zip(mine, yours):
        assert (a.grad - b.grad).norm() <= 5 * rel * b.grad.norm() + rounding


@precision
@pytest.mark.parametrize("temperature", (0.1, 0.5, 2.0))
@pytest.mark.parametrize("n", (2, 16, 65))
def test_nt_xent_is_lightlys(n, temperature, dtype, rel):
    agree(losses.NTXentLoss(temperature), lightly.loss.NTXentLoss(temperature), views(dtype, n), rel, 1 / temperature)


@precision
@pytest.mark.parametrize("temperature", (0.1, 0.5))
def test_nt_xent_is_metric_learnings(temperature, dtype, rel):
    theirs = metric_learning.SelfSupervisedLoss(metric_learning.NTXentLoss(temperature))
    agree(losses.NTXentLoss(temperature), theirs, views(dtype), rel)


@precision
@pytest.mark.parametrize("temperature", (0.1, 0.5))
def test_supervised_contrastive_is_metric_learnings(temperature, dtype, rel):
    labels = torch.arange(16) % 5
    theirs = metric_learning.SupConLoss(temperature)
    agree(lambda a, b: losses.supervised_contrastive(a, b, labels, temperature),
          lambda a, b: theirs(torch.cat([a, b]), torch.cat([labels, labels])), views(dtype), rel)


@precision
@pytest.mark.parametrize("temperature", (0.07, 0.5))
def test_clip_is_metric_learnings_ntxent_across_the_two_sides(temperature, dtype, rel):
    """NT-Xent with the other side as reference is InfoNCE one way; CLIP is the mean of both ways."""
    one_way, labels = metric_learning.NTXentLoss(temperature), torch.arange(16)
    other = labels.clone()  # labels that are the same object would mean the same rows

    def theirs(a, b):
        return (one_way(a, labels, ref_emb=b, ref_labels=other) + one_way(b, labels, ref_emb=a, ref_labels=other)) / 2

    agree(lambda a, b: losses.clip(a, b, 1 / temperature), theirs, views(dtype), rel)


@precision
@pytest.mark.parametrize("margin", (0.2, 1.0))
@pytest.mark.parametrize("mining", ("all", "semihard", "hard"))
def test_triplets_are_metric_learnings(mining, margin, dtype, rel):
    squared = distances.LpDistance(normalize_embeddings=True, p=2, power=2)
    miner = {
        "all": miners.TripletMarginMiner(margin, type_of_triplets="all", distance=squared),
        "semihard": miners.TripletMarginMiner(margin, type_of_triplets="semihard", distance=squared),
        "hard": miners.BatchHardMiner(distance=squared),
    }[mining]
    reducer = reducers.MeanReducer() if mining == "hard" else reducers.AvgNonZeroReducer()
    loss, labels = metric_learning.TripletMarginLoss(margin, distance=squared, reducer=reducer), torch.arange(24) % 5
    embeddings = views(dtype, 24)[:1]
    agree(
        lambda z: losses.TripletMarginLoss(margin, mining)(z, labels),
        lambda z: loss(z, labels, miner(z, labels)),
        embeddings,
        rel,
    )


@precision
@pytest.mark.parametrize("count", (2, 3, 6))
@pytest.mark.parametrize("teacher_temp", (1 / 32, 1 / 16, 1.0))  # lightly rounds it to float32; these survive that
def test_dino_is_lightlys_step_after_step(teacher_temp, count, dtype, rel):
    """Value, gradient and centre, over three batches."""
    ours = losses.DINOLoss(16, teacher_temp=teacher_temp).to(dtype)
    theirs = lightly.loss.DINOLoss(16, teacher_temp=teacher_temp).double()
    for step in range(3):
        teacher = logits(dtype, 2, seed=step)
        agree(
            lambda *student, teacher=teacher: ours(teacher_out=teacher, student_out=student),
            lambda *student, teacher=teacher: theirs([view.double() for view in teacher], list(student)),
            logits(dtype, count, seed=10 + step),
            rel,
        )
        torch.testing.assert_close(ours.center.double(), theirs.center.flatten(), rtol=10 * rel, atol=rel)


@precision
@pytest.mark.parametrize("shape", ((3, 9), (3, 3, 3)), ids=str)
def test_ibot_is_lightlys(shape, dtype, rel):
    mask = torch.zeros(3, 9, dtype=torch.bool)
    mask[0, ::2][:4] = mask[2, :8] = True  # 4, 0 and 8: lightly keeps 1 / count in float32, which holds these
    mask = mask.view(shape)
    ours = losses.IBOTPatchLoss(16, teacher_temp=1 / 16).to(dtype)
    theirs = lightly.loss.IBOTPatchLoss(16, teacher_temp=1 / 16).double()
    for step in range(2):
        (teacher,) = logits(dtype, 1, n=int(mask.sum()), seed=step)
        agree(
            lambda student, teacher=teacher: ours(teacher_out=teacher, student_out=student, mask=mask),
            lambda student, teacher=teacher: theirs(teacher.double(), student, mask.view(3, 3, 3)),
            logits(dtype, 1, n=int(mask.sum()), seed=10 + step),
            rel,
        )
        torch.testing.assert_close(ours.center.double(), theirs.center.value.flatten(), rtol=10 * rel, atol=rel)


@precision
@pytest.mark.parametrize("count", (2, 3, 6))
@pytest.mark.parametrize("epsilon", (0.05, 0.5))
def test_swav_is_lightlys(epsilon, count, dtype, rel):
    """lightly takes the views that give codes as one list, and those that only predict as another."""
    theirs = lightly.loss.SwaVLoss(sinkhorn_epsilon=epsilon)
    agree(
        lambda *scores: losses.SwAVLoss(epsilon=epsilon)(scores),
        lambda *scores: theirs(list(scores[:2]), list(scores[2:])),
        logits(dtype, count),
        rel,
        1 / epsilon,
    )


@precision
@pytest.mark.parametrize(("iterations", "weight"), ((0, 1.0), (3, 0.5), (3, 0.0)))
def test_msn_is_lightlys(iterations, weight, dtype, rel):
    """lightly takes embeddings and prototypes, and how much sharper the targets are than the anchors."""
    theirs = lightly.loss.MSNLoss(1 / 8, iterations, weight)
    (prototypes,) = logits(torch.float64, 1, n=16, k=12, seed=5)
    (target,) = views(torch.float64, 8, seed=7)[:1]

    def scores(z):
        return F.normalize(z, dim=1) @ F.normalize(prototypes.to(z), dim=1).T

    agree(
        lambda a, b: losses.MSNLoss(1 / 8, 1 / 32, iterations, weight)([scores(a), scores(b)], scores(target).to(dtype)),
        lambda a, b: theirs(torch.cat([a, b]), target, prototypes, 0.25),
        views(dtype, 8),
        10 * rel,
        32,
    )


@precision
@pytest.mark.parametrize("lambda_param", (0.05, 1.0))
def test_lejepa_is_lightlys_on_its_grid(lambda_param, dtype, rel, monkeypatch):
    """lightly integrates to 3 and not to 5, as its authors' code does, and draws its own directions: here they are given."""
    (directions,) = logits(torch.float64, 1, n=20, k=12, seed=3)
    monkeypatch.setattr(lightly.loss.lejepa_loss.SIGReg, "_generate_unit_vectors",
                        lambda self, device, dtype, num_features: F.normalize(directions, dim=1).T)
    theirs = lightly.loss.LeJEPALoss(lambda_param).double()
    a, b = views(dtype)
    agree(
        lambda *z: losses.lejepa(list(z), directions.to(dtype), 2, lambda_param, points=33, largest=3.0),
        lambda *z: theirs(global_proj=torch.stack(z[:2]), local_proj=torch.stack(z[2:])), [a, b, a - b], max(rel, 1e-6),
    )


@precision
@pytest.mark.parametrize("temperature", (0.1, 0.5))
def test_info_nce_with_a_bank_is_lightlys_memory_bank(temperature, dtype, rel):
    """lightly's NT-Xent with a memory bank: here its bank is filled by hand, and stands still."""
    bank = logits(torch.float64, 1, n=20, k=12, seed=3)[0]
    theirs = lightly.loss.NTXentLoss(temperature, memory_bank_size=(20, 12))
    theirs.memory_bank.bank, theirs.memory_bank.bank_ptr = F.normalize(bank, dim=1), torch.zeros(1, dtype=torch.long)
    query, key = views(dtype)
    mine = losses.info_nce(query, key, temperature, bank.to(dtype))
    assert mine.item() == pytest.approx(theirs(query.double(), key.double()).item(), rel=10 * rel)


@precision
def test_negative_cosine_is_lightlys(dtype, rel):
    agree(losses.NegativeCosineSimilarity(), lightly.loss.NegativeCosineSimilarity(), views(dtype), rel)


@precision
@pytest.mark.parametrize("lambda_param", (5e-3, 1.0))
def test_barlow_twins_is_lightlys(lambda_param, dtype, rel):
    agree(losses.BarlowTwinsLoss(lambda_param), lightly.loss.BarlowTwinsLoss(lambda_param), views(dtype), rel)


@precision
@pytest.mark.parametrize("weights", ((25.0, 25.0, 1.0), (1.0, 2.0, 3.0)), ids=str)
def test_vicreg_is_lightlys_and_metric_learnings(weights, dtype, rel):
    agree(losses.VICRegLoss(*weights), lightly.loss.VICRegLoss(*weights), views(dtype), rel)
    theirs = metric_learning.VICRegLoss(*weights)
    agree(losses.VICRegLoss(*weights), lambda a, b: theirs(a, ref_emb=b), views(dtype), rel)


@precision
def test_koleo_is_lightlys(dtype, rel):
    """lightly adds its ε to the difference of each coordinate as well, which twelve digits would show."""
    (x,) = views(dtype)[:1]
    agree(losses.KoLeoLoss(), lightly.loss.KoLeoLoss(), [x], max(rel, 3e-7))


@pytest.mark.parametrize("iterations", (1, 3))
def test_sinkhorn_is_lightlys(iterations):
    (x,) = logits(torch.float64, 1)
    torch.testing.assert_close(
        losses.sinkhorn_knopp(x, 0.05, iterations), sinkhorn(x, iterations, 0.05), rtol=1e-9, atol=0
    )


@precision
def test_kl_and_likelihoods_are_torchs(dtype, rel):
    from torch.distributions import Bernoulli, Independent, Normal, kl_divergence

    mu, log_var = views(dtype)
    prior = Normal(torch.zeros(16, 12, dtype=torch.float64), 1.0)
    agree(
        losses.gaussian_kl,
        lambda m, s: kl_divergence(Normal(m, (s / 2).exp()), prior).sum(1).mean(),
        [mu, log_var],
        rel,
    )
    y, x = views(dtype, seed=1)
    agree(
        lambda y: losses.reconstruction_nll(y, x, "gaussian", scale=0.3),
        lambda y: -Independent(Normal(y, 0.3), 1).log_prob(x.double()).mean(),
        [y],
        rel,
    )
    pixels = (x > 0).to(dtype)
    agree(
        lambda y: losses.reconstruction_nll(y, pixels),
        lambda y: -Independent(Bernoulli(logits=y), 1).log_prob(pixels.double()).mean(),
        [y],
        rel,
    )


@precision
def test_distillation_is_torchs_cross_entropy(dtype, rel):
    teacher, student = views(dtype)
    agree(
        lambda s: losses.distillation(teacher_out=teacher, student_out=s, temperature=2.0),
        lambda s: F.cross_entropy(s / 2, torch.softmax(teacher.double() / 2, 1)),
        [student],
        rel,
    )


@precision
def test_masked_mse_is_torchs_on_the_masked_patches(dtype, rel):
    prediction, target = (z.view(2, 8, 12) for z in views(dtype))
    mask = torch.rand(2, 8, generator=torch.Generator().manual_seed(0)) < 0.75
    agree(
        lambda y: losses.masked_mse(y, target, mask),
        lambda y: F.mse_loss(y[mask], target.double()[mask]),
        [prediction],
        rel,
    )
    agree(lambda y: losses.masked_mse(y, target), lambda y: F.mse_loss(y, target.double()), [prediction], rel)
    standardized = F.layer_norm(target, target.shape[-1:], eps=0) * ((12 - 1) / 12) ** 0.5
    ours = losses.masked_mse(prediction, target, mask.long(), normalize_target=True)
    assert ours.item() == pytest.approx(F.mse_loss(prediction[mask], standardized[mask]).item(), rel=1e-5)  # ε = 10⁻⁶
