"""EsViT: both losses by plain loops, regions that are matched by what they look like, and the collapse without centers."""

from __future__ import annotations

import pytest
import torch

from sslcourse import losses, methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import crops, images

K = 7


def three_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8]]


def small(seed=0, **settings):
    with runtime.seeded(seed):
        encoder = models.HierarchicalViT(2, 8, (2, 1), heads=2)
        method = methods.EsViT(encoder, **{"views": three_views, "output_dim": K, "hidden_dim": 10, "bottleneck_dim": 6,
                                           **settings})
        with torch.no_grad():
            for p in method.encoder.parameters():
                p.add_(0.05 * torch.randn_like(p))
    return method


def test_both_losses_are_the_paper_s_by_plain_loops_also_with_centers():
    method, batch = small(region_weight=0.7), images(3)
    centers = [[0.0] * K, [0.0] * K]
    for _ in range(2):
        loss = method.loss(batch).item()
        with torch.no_grad():
            z = [method.encoder.tokens(view) for view in three_views(batch)]
            t = [method.teacher_encoder.tokens(view) for view in three_views(batch)[:2]]
            views = [[heads["views"](v.mean(1)) for v in tokens] for heads, tokens in
                     ((method.heads, z), (method.teacher_heads, t))]
            regions = [[heads["regions"](v) for v in tokens] for heads, tokens in
                       ((method.heads, z), (method.teacher_heads, t))]
        of_views = oracles.dino(views[1], views[0], centers[0], 0.04, 0.1)
        pairs = []
        for i in range(2):
            for j in range(3):
                if i != j:
                    q = (regions[0][j] / 0.1).log_softmax(2)
                    p = [[oracles.softmax([(x - c) / 0.04 for x, c in zip(row, centers[1])]) for row in image]
                         for image in regions[1][i].tolist()]
                    pairs.append(oracles.region_loss(p, q, t[i], z[j]))
        assert loss == pytest.approx(of_views + 0.7 * oracles.mean(pairs), rel=1e-4)
        centers = [oracles.moved_center(centers[0], views[1], 0.9),
                   oracles.moved_center(centers[1], [v.flatten(0, 1) for v in regions[1]], 0.9)]
    assert method.region_criterion.center.tolist() == pytest.approx(centers[1], rel=1e-3, abs=1e-6)


def test_regions_are_matched_wherever_they_moved():
    """The teacher's regions in another order: nothing changes for the student."""
    p = torch.rand(2, 5, K).softmax(dim=2)
    features, log_q = torch.randn(2, 5, 4), torch.rand(2, 5, K).log_softmax(dim=2)
    order = torch.tensor([3, 0, 4, 1, 2])
    same = losses.region_loss(p, log_q, features, features)
    torch.testing.assert_close(losses.region_loss(p[:, order], log_q, features[:, order], features), same)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_without_centers_all_images_get_one_output(seed):
    def entropy_of_the_mean(**settings):
        method = small(seed, views=crops(), momentum=0.9, final_momentum=None, **settings)
        training.train(method, images(64), steps=60, batch_size=32, lr=3e-3, seed=seed, bfloat16=False)
        method.loss(images(64).to(method.targets.device))
        mean = method.targets.mean(dim=0)
        return torch.special.entr(mean).sum().item()

    kept, collapsed = entropy_of_the_mean(), entropy_of_the_mean(centering=False)
    assert collapsed < 0.2 < 0.8 < kept, f"with centers {kept:.3f} nats, without {collapsed:.3f}"
