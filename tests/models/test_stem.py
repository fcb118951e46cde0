"""The stem of convolutions: places stay places, and what is hidden from a ViT is hidden from its stem."""

from __future__ import annotations

import pytest
import torch

from sslcourse import models
from sslcourse.models.stem import blanked


def vit(**settings):
    torch.manual_seed(0)
    return models.VisionTransformer(16, 4, 16, 2, 4, mask_token=True, stem="conv", **settings).eval()


def scrambled(images, hidden):
    """The images with noise where `hidden` (N, L) is True."""
    patches = models.patchify(images, 4)
    return models.unpatchify(torch.where(hidden[..., None], torch.rand_like(patches), patches), 4)


@pytest.mark.parametrize("patch", (2, 4, 8))
def test_a_token_is_made_of_its_own_place(patch):
    """A pixel in the middle of patch i moves token i, and no token that is two or more patches away."""
    torch.manual_seed(0)
    stem, image = models.ConvStem(patch, 8).eval(), torch.rand(1, 3, 4 * patch, 4 * patch)
    other = image.clone()
    other[..., patch + patch // 2, 2 * patch + patch // 2] += 5
    moved = (stem(image) - stem(other))[0].abs().sum(dim=1).view(4, 4) > 1e-6
    assert moved[1, 2] and not moved[3].any() and not moved[:, 0].any()


def test_blanked_patches_are_0_and_the_others_as_they_were():
    images = torch.rand(2, 3, 8, 12)
    hidden = torch.rand(2, 6, generator=torch.Generator().manual_seed(0)) < 0.5
    patches = models.patchify(blanked(images, hidden, 4), 4)
    assert not patches[hidden].any() and torch.equal(patches[~hidden], models.patchify(images, 4)[~hidden])


def test_what_a_hidden_patch_shows_changes_nothing():
    net, images = vit(), torch.rand(2, 3, 16, 16)
    hidden = torch.zeros(2, 16, dtype=torch.bool)
    hidden[0, 5] = hidden[1, 9] = True
    torch.testing.assert_close(net.tokens(scrambled(images, hidden), mask=hidden), net.tokens(images, mask=hidden))
    assert not torch.allclose(net.tokens(images, mask=hidden), net.tokens(images))
    kept = (~hidden).nonzero()[:, 1].view(2, 15)
    torch.testing.assert_close(net.tokens(scrambled(images, hidden), kept), net.tokens(images, kept))
    assert net.tokens(images, kept).shape == (2, 16, 16)


def test_any_whole_number_of_patches_and_a_gradient_for_every_weight():
    net = vit(registers=2).train()
    tokens = net.tokens(torch.rand(2, 3, 8, 24), mask=torch.eye(2, 12, dtype=torch.bool))
    assert tokens.shape == (2, 13, 16)
    tokens.square().sum().backward()
    assert all(p.grad is not None and p.grad.any() for name, p in net.named_parameters() if name != "head")
