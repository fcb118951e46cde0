"""Every method once more, small enough for a test: how to build it, and what a batch of it looks like.

`test_room.py` finds the methods by looking into `sslcourse.methods`, and asks here for each: SMALL[name] is

    make       channels -> the method, around a network for images of so many channels (text and vectors: not looked at)
    batch      N -> a batch for `loss`, of images with 3 channels or, gray=True, with 1
    encode     a batch for `encode`, by default `floats`
    lr         the rate at which thirty steps of AdamW are to bring its loss down
    falls      False for a game, whose sum need not fall; its own tests then say who wins
    warm       how many of them pass before it is looked at: MoCo fills its queue in them
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from sslcourse import augment, data, methods, models

SIZE, CLASSES, VOCABULARY = 16, 6, 40


def images(n: int, *, gray: bool = False) -> Tensor:
    """uint8 (n, 3, 16, 16), or (n, 1, 16, 16): the course's own shapes."""
    return _set(n)[0][:, :1] if gray else _set(n)[0]


def labels(n: int) -> Tensor:
    return _set(n)[1]


def floats(n: int, *, gray: bool = False) -> Tensor:
    return images(n, gray=gray).float() / 255


def tokens(n: int, *, gray: bool = False) -> Tensor:
    """(n, 12) token ids, in which each token says much about the next: 3, 4, 5, …, begun at a place of its own."""
    starts = torch.arange(n) * 7 % (VOCABULARY - 3)
    return 3 + (starts[:, None] + torch.arange(12)) % (VOCABULARY - 3)


def vectors(n: int, *, gray: bool = False) -> Tensor:
    """(n, 12) feature vectors, each the sum of two of twenty directions: what a dictionary is learned of."""
    draw = torch.Generator().manual_seed(100)                               # not 0: a network's weights may be drawn with it
    atoms = nn.functional.normalize(torch.randn(20, 12, generator=draw), dim=1)
    return 0.7 * (atoms[torch.randint(20, (n,), generator=draw)] + atoms[torch.randint(20, (n,), generator=draw)])


def _set(n: int) -> tuple[Tensor, Tensor]:
    found = data.shapes(n, size=SIZE, seed=0)
    return found.images, found.labels


@dataclass(frozen=True)
class Small:
    make: Callable[[int], nn.Module]
    batch: Callable[..., object] = images
    encode: Callable[..., Tensor] = floats
    lr: float = 3e-3
    warm: int = 0
    falls: bool = True


class Tiny(nn.Module):
    """The smallest encoder: means of a grid, and one linear map."""

    num_features = 12

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(3 * 16, 12)

    def forward(self, images: Tensor) -> Tensor:
        return self.map(nn.functional.adaptive_avg_pool2d(images, 4).flatten(1))


class TinyNorm(Tiny):
    """With a BatchNorm, whose buffers a teacher has to copy."""

    def __init__(self):
        super().__init__()
        self.norm = nn.BatchNorm1d(12)

    def forward(self, images: Tensor) -> Tensor:
        return self.norm(super().forward(images))


def given_views(images: Tensor) -> list[Tensor]:
    return [images.float() / 255, images.flip(3).float() / 255]


def projected(method: nn.Module, images: Tensor) -> list[Tensor]:
    return [method.head(method.encoder(view)) for view in given_views(images)]


def net(channels: int = 3) -> nn.Module:
    return models.ResNet(8, (1, 1), in_channels=channels)


def vit(channels: int = 3, **settings: object) -> nn.Module:
    return models.VisionTransformer(SIZE, 4, 16, 1, 2, in_channels=channels, **settings)


def halves(channels: int, latent: int, double: bool = False) -> tuple[nn.Module, nn.Module]:
    return models.MLPEncoder(latent * (1 + double), channels, SIZE), models.MLPDecoder(latent, channels, SIZE)


def classifier(channels: int = 3) -> nn.Module:
    return methods.Classifier(net(channels), CLASSES)


def few(channels: int) -> tuple[Tensor, Tensor]:
    """The labelled images of a semi-supervised method."""
    return images(12, gray=channels == 1), labels(12)


def with_labels(n: int, *, gray: bool = False) -> tuple[Tensor, Tensor]:
    return images(n, gray=gray), labels(n)


def numbered(n: int, *, gray: bool = False) -> tuple[Tensor, Tensor]:
    """Images, and which ones of the data set they are: what a method with a memory bank is given."""
    return images(n, gray=gray), torch.arange(n)


def captions(n: int, *, gray: bool = False) -> tuple[Tensor, Tensor]:
    """Images, and for each two words: what it shows, and a word of its own; the third place is empty."""
    numbers = torch.stack([1 + labels(n), 1 + CLASSES + torch.arange(n) % 24, torch.zeros(n).long()], dim=1)
    return images(n, gray=gray), numbers


def pair() -> augment.MultiView:
    return augment.simclr_views(SIZE)


def one_view() -> augment.MultiView:
    return augment.simclr_views(SIZE, n_views=1)


def crops() -> augment.MultiView:
    return augment.dino_views(SIZE, 8, n_local_views=2)


def text(causal: bool) -> models.TextTransformer:
    return models.TextTransformer(VOCABULARY, max_length=12, width=16, depth=1, heads=2, causal=causal)


SMALL = {
    "AdversarialAutoencoder": Small(lambda c: methods.AdversarialAutoencoder(*halves(c, 4))),
    "Autoencoder": Small(lambda c: methods.Autoencoder(*halves(c, 4))),
    "BYOL": Small(lambda c: methods.BYOL(net(c), views=pair(), output_dim=16)),
    "BarlowTwins": Small(lambda c: methods.BarlowTwins(net(c), views=pair(), output_dim=16)),
    "BigBiGAN": Small(lambda c: methods.BigBiGAN(net(c), models.MLPDecoder(4, c, SIZE), models.ConvEncoder(
        16, c, SIZE, width=8, depth=2, batch_norm=False), hidden_dim=16), falls=False),
    "CLIP": Small(lambda c: methods.CLIP(net(c), models.BagOfWords(VOCABULARY, 16), embedding_dim=16), captions),
    "CPC": Small(lambda c: methods.CPC(net(c), patch_size=8, stride=4, context_depth=1)),
    "CausalLM": Small(lambda c: methods.CausalLM(text(True)), tokens, tokens, lr=1e-2),
    "ColorRegression": Small(lambda c: methods.ColorRegression(net(c), hidden_dim=16), encode=images),
    "Colorization": Small(lambda c: methods.Colorization(net(c), methods.ab_bins(40), hidden_dim=16), encode=images),
    "ContractiveAutoencoder": Small(lambda c: methods.ContractiveAutoencoder(*halves(c, 4))),
    "CowMix": Small(lambda c: methods.CowMix(classifier(c), *few(c), labelled_batch=12, threshold=0.2, weight=1.0)),
    "DINO": Small(lambda c: methods.DINO(net(c), views=crops(), output_dim=32, hidden_dim=32, bottleneck_dim=16)),
    "DINOv2": Small(lambda c: methods.DINOv2(vit(c, mask_token=True), views=crops(), output_dim=32, hidden_dim=32,
                                             bottleneck_dim=16)),
    "Distilled": Small(lambda c: methods.Distilled(classifier(c), teacher=classifier(c))),
    "EVA": Small(lambda c: methods.EVA(vit(c, mask_token=True), vit(c))),
    "EsViT": Small(lambda c: methods.EsViT(models.HierarchicalViT(2, 8, (1, 1), in_channels=c), views=crops(), output_dim=32,
                                           hidden_dim=32, bottleneck_dim=16)),
    "FixMatch": Small(lambda c: methods.FixMatch(classifier(c), *few(c), labelled_batch=12, threshold=0.5)),
    "IBOT": Small(lambda c: methods.IBOT(vit(c, mask_token=True), views=crops(), output_dim=32, hidden_dim=32,
                                         bottleneck_dim=16)),
    "IJEPA": Small(lambda c: methods.IJEPA(vit(c), predictor_width=16, predictor_depth=1)),
    "InstDisc": Small(lambda c: methods.InstDisc(net(c), 24, views=one_view(), output_dim=16), numbered),
    "Jigsaw": Small(lambda c: methods.Jigsaw(net(c), methods.greedy_permutations(4, 4), grid=2, hidden_dim=32)),
    "LeJEPA": Small(lambda c: methods.LeJEPA(net(c), views=crops(), n_directions=32, output_dim=16)),
    "MAE": Small(lambda c: methods.MAE(vit(c), decoder_width=16, decoder_depth=1)),
    "MPL": Small(lambda c: methods.MPL(classifier(c), classifier(c), *few(c), labelled_batch=12)),
    "MSN": Small(lambda c: methods.MSN(vit(c), views=crops(), n_prototypes=6, output_dim=16)),
    "MaskedLM": Small(lambda c: methods.MaskedLM(text(False), share=0.3), tokens, tokens, lr=1e-2),
    "MeanTeacher": Small(lambda c: methods.MeanTeacher(classifier(c), *few(c), labelled_batch=12)),
    "MoCo": Small(lambda c: methods.MoCo(net(c), views=pair(), queue_size=48, output_dim=16), lr=1e-2, warm=2),
    "NNCLR": Small(lambda c: methods.NNCLR(net(c), views=pair(), queue_size=48, output_dim=16), lr=1e-2, warm=2),
    "Mugs": Small(lambda c: methods.Mugs(net(c), views=crops(), output_dim=32, hidden_dim=32, bottleneck_dim=16,
                                         queue_size=48, neighbors=3), warm=2),
    "PIRL": Small(lambda c: methods.PIRL(net(c), 30, grid=2, n_negatives=12, output_dim=16), numbered),
    "PseudoLabel": Small(lambda c: methods.PseudoLabel(classifier(c), *few(c), labelled_batch=12)),
    "Rotation": Small(lambda c: methods.Rotation(net(c))),
    "S4L": Small(lambda c: methods.S4L(classifier(c), *few(c), labelled_batch=6)),
    "SparseAutoencoder": Small(lambda c: methods.SparseAutoencoder(12, 24, k=3), vectors, vectors),
    "SimCLR": Small(lambda c: methods.SimCLR(net(c), views=pair(), output_dim=16)),
    "SimMIM": Small(lambda c: methods.SimMIM(vit(c, mask_token=True))),
    "SimSiam": Small(lambda c: methods.SimSiam(net(c), views=pair(), output_dim=16)),
    "Supervised": Small(lambda c: methods.Supervised(net(c), CLASSES), with_labels),
    "SWAG": Small(lambda c: methods.SWAG(net(c), VOCABULARY), captions),
    "SwAV": Small(lambda c: methods.SwAV(net(c), views=crops(), n_prototypes=6, output_dim=16)),
    "Triplet": Small(lambda c: methods.Triplet(net(c), embedding_dim=8), with_labels),
    "UDA": Small(lambda c: methods.UDA(classifier(c), *few(c), labelled_batch=12, threshold=0.3)),
    "VAE": Small(lambda c: methods.VAE(*halves(c, 4, double=True))),
    "VAT": Small(lambda c: methods.VAT(classifier(c), *few(c), labelled_batch=12)),
    "VICReg": Small(lambda c: methods.VICReg(net(c), views=pair(), output_dim=16)),
}
