"""iBOT: its two losses by plain loops, centers of their own, and the collapse that they prevent."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import crops
from tests.methods.small import images as shapes

K, SIZE, PATCHES = 12, 16, 16


def images(n=6, seed=0):
    return torch.randint(256, (n, 3, SIZE, SIZE), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def three_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8]]


def small(seed=0, **settings):
    with runtime.seeded(seed):
        encoder = models.VisionTransformer(SIZE, 4, width=16, depth=2, heads=2, mask_token=True)
        return methods.IBOT(encoder, **{"views": three_views, "output_dim": K, "hidden_dim": 10, "bottleneck_dim": 6,
                                         **settings})


def test_both_losses_are_the_paper_s_by_plain_loops_also_with_centers():
    method, batch = small(mim_weight=0.7), images()
    hidden = torch.zeros(12, PATCHES, dtype=torch.bool)
    hidden[0, :3] = hidden[5, 4] = hidden[9, 8:14] = True
    method.draw_mask = lambda n, length, device=None: hidden
    with torch.no_grad():
        for p in method.encoder.parameters():
            p.add_(0.05 * torch.randn(p.shape, generator=torch.Generator().manual_seed(1)))
    centers = [[0.0] * K, [0.0] * K]                                # of the class tokens, and of the hidden patches
    for _ in range(2):
        loss = method.loss(batch).item()
        with torch.no_grad():
            large = torch.cat(three_views(batch)[:2])
            student, teacher = method.encoder.tokens(large, mask=hidden), method.teacher_encoder.tokens(large)
            s, t = method.heads["class"](student), method.teacher_heads["class"](teacher)           # (12, 1 + L, K)
            small_view = method.heads["class"](method.encoder(three_views(batch)[2]))
        t_class = [*t[:, 0].chunk(2)]
        cls = oracles.dino(t_class, [*s[:, 0].chunk(2), small_view], centers[0], 0.04, 0.1)
        mim = oracles.ibot(t[:, 1:][hidden], s[:, 1:][hidden], hidden, centers[1], 0.04, 0.1)
        assert loss == pytest.approx(cls + 0.7 * mim, rel=1e-4)
        centers = [oracles.moved_center(centers[0], t_class, 0.9), oracles.moved_center(centers[1], [t[:, 1:][hidden]], 0.9)]
    assert method.criterion.center.tolist() == pytest.approx(centers[0], rel=1e-4, abs=1e-6)
    assert method.patch_criterion.center.tolist() == pytest.approx(centers[1], rel=1e-4, abs=1e-6)


def test_it_is_dinov2_without_what_came_later():
    method = small()
    assert list(method.heads) == ["class"] and method.koleo_weight == 0 and method.criterion.centering is True
    method.loss(images())
    assert set(method.parts) == {"DINO", "iBOT"}


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_without_centers_all_images_get_one_output(seed):
    """The same run twice; in the second nothing is subtracted, and one of the K outputs takes all of what is said."""
    def entropy_of_the_mean(**settings):
        method = small(seed, views=crops(), momentum=0.9, final_momentum=None, **settings)
        training.train(method, shapes(64), steps=60, batch_size=32, lr=3e-3, seed=seed, bfloat16=False)
        method.loss(shapes(64).to(method.targets.device))
        return method.diagnostics()["entropy of the mean"]           # nats: 0 for one output, ln K for all of them

    kept, collapsed = entropy_of_the_mean(), entropy_of_the_mean(centering=False)
    assert collapsed < 0.1 < 1 < kept, f"with centers {kept:.3f} nats, without {collapsed:.3f}"
