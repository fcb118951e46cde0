"""Whatever the method, a learning rate that is far too high ends in `Diverged`: the step, and the true cause."""

from __future__ import annotations

import inspect

import pytest
import torch
from torch import nn

from sslcourse import methods, models, training

IMAGES = torch.randint(0, 256, (16, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
GRAY, LABELS = IMAGES[:, :1, :16, :16].contiguous(), torch.arange(16) % 4
TOKENS = torch.randint(3, 50, (16, 12), generator=torch.Generator().manual_seed(1))


def net() -> nn.Module:
    return models.ResNet(4, (1, 1))


def vit() -> nn.Module:
    return models.VisionTransformer(32, 8, width=16, depth=1, heads=2)


def words(causal: bool) -> nn.Module:
    return models.TextTransformer(50, max_length=12, width=16, depth=1, heads=2, causal=causal)


def classifier() -> nn.Module:
    return methods.Classifier(net(), 4)


def halves(latent_dim: int = 8, to_decode: int = 8) -> tuple[nn.Module, nn.Module]:
    return models.ConvEncoder(latent_dim, 1, 16, width=4, depth=2), models.ConvDecoder(to_decode, 1, 16, width=4, depth=2)


#: name -> (a new method, its data)
METHODS = {
    **{name: (lambda name=name: getattr(methods, name)(net()), IMAGES)
       for name in ("SimCLR", "BYOL", "SimSiam", "BarlowTwins", "VICReg", "Rotation", "ColorRegression")},
    "MoCo": (lambda: methods.MoCo(net(), queue_size=32), IMAGES),
    "DINO": (lambda: methods.DINO(net(), output_dim=16), IMAGES),
    "MAE": (lambda: methods.MAE(vit(), decoder_width=16), IMAGES),
    "Triplet": (lambda: methods.Triplet(net(), embedding_dim=8), (IMAGES, LABELS)),
    "Jigsaw": (lambda: methods.Jigsaw(net(), methods.greedy_permutations(9, 4)), IMAGES),
    "Colorization": (lambda: methods.Colorization(net(), methods.ab_bins(30.0)), IMAGES),
    "Supervised": (lambda: methods.Supervised(net(), 4), (IMAGES, LABELS)),
    "Distilled": (lambda: methods.Distilled(classifier(), teacher=classifier()), IMAGES),
    **{name: (lambda name=name: getattr(methods, name)(classifier(), IMAGES, LABELS, labelled_batch=4), IMAGES)
       for name in ("FixMatch", "MeanTeacher", "PseudoLabel")},
    "Autoencoder": (lambda: methods.Autoencoder(*halves()), GRAY),
    "AdversarialAutoencoder": (lambda: methods.AdversarialAutoencoder(*halves()), GRAY),
    "VAE": (lambda: methods.VAE(*halves(16)), GRAY),
    "ContractiveAutoencoder": (lambda: methods.ContractiveAutoencoder(
        models.MLPEncoder(4, 1, 16, hidden_dims=(8,)), models.MLPDecoder(4, 1, 16, hidden_dims=(8,))), GRAY),
    "CausalLM": (lambda: methods.CausalLM(words(True)), TOKENS),
    "MaskedLM": (lambda: methods.MaskedLM(words(False)), TOKENS),
}


@pytest.mark.parametrize("name", METHODS)
def test_a_learning_rate_that_is_far_too_high_is_said_to_be(name):
    make, rows = METHODS[name]
    torch.manual_seed(0)
    with pytest.raises(training.Diverged, match=r"^Step [1-9]\d*: .*have grown without bounds.*learning rate \(1e\+12"):
        training.train(make(), rows, steps=40, batch_size=8, lr=1e12, warmup=0.0, optimizer="sgd", bfloat16=False)


def test_every_method_stands_in_the_table():
    trained = {name for name in methods.__all__
               if inspect.isclass(getattr(methods, name)) and hasattr(getattr(methods, name), "loss")}
    missing = sorted(trained - set(METHODS))
    assert not missing, f"{', '.join(missing)}: no row in METHODS of tests/training/test_diverged.py"
