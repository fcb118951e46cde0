"""MSN: its loss by a plain loop, what the student is given, and the collapse that me-max prevents."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import losses, methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import crops, images, vit

K = 8


def three_views(batch):
    x = batch.float() / 255
    return [x, x.flip(3), x[:, :, :8, :8]]


def small(seed=0, **settings):
    with runtime.seeded(seed):
        return methods.MSN(vit(), **{"views": three_views, "n_prototypes": K, "output_dim": 8, **settings})


def test_the_loss_is_the_paper_s_by_a_plain_loop(monkeypatch):
    method, batch = small(temperature=0.2, target_temperature=0.1, regularization_weight=0.7).eval(), images(6)
    keep = torch.tensor([[0, 3, 9, 12]] * 6)
    monkeypatch.setattr(models, "random_token_mask", lambda size, ratio, device=None: (keep, None))
    whole, masked, little = three_views(batch)
    with torch.no_grad():
        method.head.layers[0].weight.add_(0.1)                                  # student and teacher are two networks
        z = [method.head(h) for h in (method.encoder.forward_features(masked, keep), method.encoder(little))]
        z_target = method.teacher_head(method.teacher_encoder(whole))
    prototypes = method.prototypes.tolist()
    cosines = [[[oracles.cosine(row, q) for q in prototypes] for row in view.tolist()] for view in (*z, z_target)]
    assert method.loss(batch).item() == pytest.approx(oracles.msn(cosines[:2], cosines[2], 0.2, 0.1, 3, 0.7), rel=1e-4)


def test_the_student_never_gets_the_patches_that_are_dropped():
    method, given = small(mask_ratio=0.75), []
    tokens = method.encoder.tokens
    method.encoder.tokens = lambda x, idx_keep=None, mask=None: given.append(idx_keep) or tokens(x, idx_keep, mask)
    method.loss(images(5))
    assert given[0].shape == (5, 4) and given[1] is None                        # 4 of 16 patches; the small view whole


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_without_me_max_all_images_get_one_prototype(seed):
    """The same run twice; in the second neither the mean's entropy nor Sinkhorn-Knopp asks for all prototypes."""
    def used(**settings):
        method = small(seed, views=crops(), momentum=0.9, **settings)
        training.train(method, images(64), steps=150, batch_size=64, lr=1e-2, seed=seed, bfloat16=False)
        method.eval().loss(images(64).to(method.prototypes.device))
        return math.exp(losses.output_entropies(method.targets)[1])            # e to the entropy of the prototypes' shares

    shared, alone = used(), used(regularization_weight=0.0, iterations=0)
    assert alone < 2 and shared > K / 2, f"of {K} prototypes {shared:.1f} are in use, {alone:.1f} without me-max"
