"""The triplet loss's method: against plain loops, autograd and PyTorch's own loss; and what the margin does in a collapse."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from sslcourse import losses, methods, models, runtime, training


@pytest.fixture
def triplets():
    return torch.randn(3, 20, 5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def embeddings(n=12, d=4, classes=4, seed=0):
    generator = torch.Generator().manual_seed(seed)
    f = nn.functional.normalize(torch.randn(n, d, generator=generator, dtype=torch.float64), dim=1)
    return f, torch.arange(n) % classes


def squared_distances(f):
    return (f[:, None] - f[None]).square().sum(dim=2)


def test_the_loss_is_a_plain_loop_s(triplets):
    wanted = [max(0.0, ((a - p) ** 2).sum().item() - ((a - n) ** 2).sum().item() + 0.4) for a, p, n in zip(*triplets)]
    assert methods.triplet_loss(*triplets, margin=0.4).item() == pytest.approx(sum(wanted) / 20)


def test_the_loss_is_pytorch_s_with_squared_distances(triplets):
    theirs = nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).square().sum(dim=-1), margin=0.7)
    assert methods.triplet_loss(*triplets, margin=0.7).item() == pytest.approx(theirs(*triplets).item())


def test_the_loss_has_the_right_gradient(triplets):
    leaves = [x.clone().requires_grad_() for x in triplets]
    assert torch.autograd.gradcheck(lambda *x: methods.triplet_loss(*x, margin=1.0), leaves)


@pytest.mark.parametrize("margin", [0.1, 0.2, 1.0])
def test_in_one_point_the_loss_is_the_margin_and_the_gradient_nought(margin):
    point = [torch.full((6, 3), 0.5, requires_grad=True) for _ in range(3)]
    loss = methods.triplet_loss(*point, margin=margin)
    loss.backward()
    assert loss.item() == pytest.approx(margin) and all(not x.grad.any() for x in point)


def test_the_mask_is_a_triple_loop_s():
    f, y = embeddings()
    d = squared_distances(f)
    mask = methods.semihard_mask(d, y, 0.5)
    for a, p, n in itertools.product(range(12), repeat=3):
        wanted = a != p and y[a] == y[p] and y[a] != y[n] and d[a, p] < d[a, n] < d[a, p] + 0.5
        assert mask[a, p, n] == bool(wanted)


@pytest.mark.parametrize("margin, seed", list(itertools.product((0.2, 1.0), range(3))))
def test_mask_and_loss_together_are_the_packages_mining_and_loss(margin, seed):
    f, y = embeddings(seed=seed)
    a, p, n = methods.semihard_mask(squared_distances(f), y, margin).nonzero(as_tuple=True)
    mined = losses.mine_triplets(f, y, margin, "semihard")
    assert set(zip(a.tolist(), p.tolist(), n.tolist())) == set(zip(*(x.tolist() for x in mined)))
    ours, theirs = methods.triplet_loss(f[a], f[p], f[n], margin), losses.triplet_margin(f, y, margin, "semihard")
    assert ours.item() == pytest.approx(theirs.item())
    assert 0 < ours < margin  # by definition: that is why a semi-hard loss says little


def test_rows_of_pictures_are_the_same_batch_as_pictures_with_labels():
    rows = torch.randint(0, 256, (4, 3, 3, 16, 16), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    method = methods.Triplet(models.small_resnet(), criterion=losses.TripletMarginLoss(0.5, "all")).eval()
    labels = torch.tensor([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    together = method.loss(rows)
    assert together.item() == pytest.approx(method.loss((rows.flatten(0, 1), labels)).item())
    by_hand = losses.triplet_margin(method.encode(rows.flatten(0, 1) / 255), labels, 0.5, "all")
    assert together.item() == pytest.approx(by_hand.item())


def test_embeddings_have_length_one_and_views_are_applied():
    seen = []
    method = methods.Triplet(models.small_resnet(), embedding_dim=7,
                             views=lambda x: seen.append(x.shape) or x.float() / 255)
    images = torch.randint(0, 256, (6, 2, 3, 16, 16), dtype=torch.uint8)
    method.loss(images)
    f = method.encode(images[:, 0] / 255)
    assert f.shape == (6, 7) and torch.allclose(f.norm(dim=1), torch.ones(6))
    assert seen == [(12, 3, 16, 16)]


def test_the_criterion_may_be_any_function():
    method = methods.Triplet(models.small_resnet(), criterion=lambda f, y: (f.square().sum() + y.sum()))
    assert method.loss(torch.zeros(3, 2, 3, 16, 16, dtype=torch.uint8)).item() == pytest.approx(6 + 6, abs=1e-4)


def test_it_learns_to_tell_identities_apart():
    with runtime.seeded(0):
        colours = torch.rand(16, 1, 3, 1, 1)
        rows = ((colours + 0.05 * torch.randn(16, 4, 3, 16, 16)).clamp(0, 1) * 255).to(torch.uint8)
        method = methods.Triplet(models.small_resnet())
    criterion = losses.TripletMarginLoss(0.2, "hard")
    labels = torch.arange(16).repeat_interleave(4)

    def violation():
        method.eval()
        with torch.no_grad():
            return criterion(method.encode(rows.flatten(0, 1) / 255), labels).item()

    training.train(method, rows, steps=30, batch_size=16, lr=2e-3)
    assert violation() < 0.1


D, Y = torch.ones(4, 4) - torch.eye(4), torch.tensor([0, 0, 1, 1])


@pytest.mark.parametrize("misuse, argument", [
    (lambda: methods.triplet_loss(torch.zeros(3), torch.zeros(3), torch.zeros(3)), "anchor"),
    (lambda: methods.triplet_loss(torch.zeros(3, 2), torch.zeros(3, 3), torch.zeros(3, 2)), "positive"),
    (lambda: methods.triplet_loss(torch.zeros(3, 2), torch.zeros(3, 2), torch.zeros(2, 2)), "negative"),
    (lambda: methods.triplet_loss(*torch.full((3, 2, 2), torch.nan)), "anchor"),
    (lambda: methods.triplet_loss(*torch.zeros(3, 2, 2), margin=0), "margin"),
    (lambda: methods.semihard_mask(D[:3], Y), "distances"),
    (lambda: methods.semihard_mask(D * torch.inf, Y), "distances"),
    (lambda: methods.semihard_mask(D, Y[:3]), "labels"),
    (lambda: methods.semihard_mask(D, Y.float()), "labels"),
    (lambda: methods.semihard_mask(D, Y, -1), "margin"),
    (lambda: methods.Triplet(models.small_resnet(), embedding_dim=1), "embedding_dim"),
    (lambda: methods.Triplet(models.small_resnet()).loss(torch.zeros(4, 3, 16, 16)), "batch"),
    (lambda: methods.Triplet(models.small_resnet()).loss((torch.zeros(4, 3, 16, 16), Y[:3])), "labels"),
])
def test_what_does_not_fit_is_refused(misuse, argument):
    with pytest.raises(ValueError, match=rf"^{argument}: got .*, wanted "):
        misuse()
