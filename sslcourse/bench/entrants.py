"""Who is compared: every image method of labs 02 to 18, around the same two networks, in settings that were chosen once.

An entrant gets an encoder and what the bench has for it, and returns a method to be trained. Two networks of about the
same cost, 73 and 84 million operations for an image forward and backward, give features of the same length, 128.
Left out: the contractive autoencoder, which wants no BatchNorm, and second derivatives that attention lacks on a CPU.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .. import augment, methods, models

SIZE = 24  # of large views, as in the recipes; a small one has half of it
ENCODERS: dict[str, Callable[..., nn.Module]] = {
    "ResNet": lambda **_: models.ResNet(32, (1, 1, 1), stem="half"),
    "ViT": lambda **settings: models.VisionTransformer(32, 4, 64, 4, 4, **settings),
}
NO_ENCODER = "no encoder"
LR = {"ResNet": 3e-3, "ViT": 1e-3}


@dataclass(frozen=True)
class Given:
    """What the bench has for a method besides its encoder.

    n_images   how many images there are, for a memory of each
    classes    how many classes they have, for those who may see labels
    steps      how long the run is to be: a teacher remembers a tenth of it
    """

    n_images: int
    classes: int
    steps: int

    @property
    def momentum(self) -> float:
        """Of a teacher: the average of the last tenth of the run, of ten steps at least."""
        return 1 - 10 / max(100, self.steps)


@dataclass(frozen=True)
class Entrant:
    """A method of the bench.

    make       (encoder, Given) -> what trains; None where nothing does
    encoders   the names of the networks that it can be built around
    data       what its batches hold: "images", "images, labels", "images, numbers" (which ones of the set they are)
    settings   of the encoder: a token for what is masked
    labels     whether it sees the classes: then it is no self-supervised method

    >>> [name for name, entrant in ENTRANTS.items() if entrant.labels]
    ['supervised', 'triplets of classes']
    """

    make: Callable[[nn.Module, Given], nn.Module] | None
    encoders: tuple[str, ...] = ("ResNet", "ViT")
    data: str = "images"
    settings: tuple[str, ...] = ()

    @property
    def labels(self) -> bool:
        return self.data == "images, labels"


def pair() -> augment.MultiView:
    return augment.simclr_views(SIZE, scale=(0.2, 1.0))


def crops() -> augment.MultiView:
    return augment.dino_views(SIZE, SIZE // 2, n_local_views=4)


def one() -> augment.MultiView:
    return augment.simclr_views(SIZE, scale=(0.2, 1.0), n_views=1)


def decoder(codes: int) -> nn.Module:
    return models.ConvDecoder(codes, 3, 32, width=16)


def faint(images: Tensor) -> Tensor:
    """Some of the noise of lab 02."""
    return methods.gaussian_noise(images, 0.2)


def teaching(kind: type[nn.Module], **settings: object) -> Callable[[nn.Module, Given], nn.Module]:
    """A method on crops with a slow teacher."""
    return lambda e, given: kind(e, views=crops(), momentum=given.momentum, final_momentum=1.0, **settings)


def jigsaw(encoder: nn.Module, _: Given) -> nn.Module:
    return methods.Jigsaw(encoder, methods.greedy_permutations(9, 32), hidden_dim=256)


VIT = ("ViT",)
MASKED = ("mask_token",)
ENTRANTS: dict[str, Entrant] = {  # the best known ones first: an early stop leaves those
    "untrained": Entrant(None),
    "supervised": Entrant(lambda e, given: methods.Supervised(e, given.classes, views=augment.weak_views(SIZE)),
                          data="images, labels"),
    "SimCLR": Entrant(lambda e, _: methods.SimCLR(e, views=pair(), temperature=0.2)),
    "rotation": Entrant(lambda e, _: methods.Rotation(e, views=augment.weak_views(SIZE))),
    "autoencoder": Entrant(lambda e, _: methods.Autoencoder(e, decoder(e.num_features))),
    "BYOL": Entrant(lambda e, given: methods.BYOL(e, views=pair(), momentum=given.momentum)),
    "DINO": Entrant(teaching(methods.DINO)),
    "VICReg": Entrant(lambda e, _: methods.VICReg(e, views=pair())),
    "MAE": Entrant(lambda e, _: methods.MAE(e), VIT),
    "colorization": Entrant(lambda e, _: methods.Colorization(e, methods.ab_bins(10), hidden_dim=128, pixels=64),
                            ("ResNet",)),
    "jigsaw": Entrant(jigsaw),
    "raw pixels": Entrant(None, (NO_ENCODER,)),
    "patch dictionary": Entrant(None, (NO_ENCODER,)),
    "I-JEPA": Entrant(lambda e, given: methods.IJEPA(e, momentum=given.momentum), VIT),
    "denoising autoencoder": Entrant(lambda e, _: methods.Autoencoder(e, decoder(e.num_features), corrupt=faint)),
    "VAE": Entrant(lambda e, _: methods.VAE(e, decoder(e.num_features // 2))),
    "Barlow Twins": Entrant(lambda e, _: methods.BarlowTwins(e, views=pair())),
    "SimSiam": Entrant(lambda e, _: methods.SimSiam(e, views=pair())),
    "SwAV": Entrant(lambda e, _: methods.SwAV(e, views=crops())),
    "MoCo": Entrant(lambda e, given: methods.MoCo(e, views=pair(), momentum=given.momentum, queue_size=1024)),
    "NNCLR": Entrant(lambda e, _: methods.NNCLR(e, views=pair(), queue_size=1024)),
    "InstDisc": Entrant(lambda e, given: methods.InstDisc(e, given.n_images, views=one()), data="images, numbers"),
    "LeJEPA": Entrant(lambda e, _: methods.LeJEPA(e, views=crops())),
    "MSN": Entrant(teaching(methods.MSN), VIT),
    "iBOT": Entrant(teaching(methods.IBOT), VIT, settings=MASKED),
    "DINOv2": Entrant(teaching(methods.DINOv2), VIT, settings=MASKED),
    "SimMIM": Entrant(lambda e, _: methods.SimMIM(e), VIT, settings=MASKED),
    "triplets of classes": Entrant(lambda e, _: methods.Triplet(e, views=one_view), data="images, labels"),
    "adversarial autoencoder": Entrant(lambda e, _: methods.AdversarialAutoencoder(e, decoder(e.num_features))),
    "CPC": Entrant(lambda e, _: methods.CPC(e)),
    "PIRL": Entrant(lambda e, given: methods.PIRL(e, given.n_images, views=one_view, n_negatives=512),
                    data="images, numbers"),
    "Mugs": Entrant(teaching(methods.Mugs, queue_size=1024)),
}
#: Trained ten times as long as well: one or two of each family.
MAIN = ("supervised", "SimCLR", "rotation", "autoencoder", "BYOL", "DINO", "VICReg", "MAE", "colorization")


#: Who needs no network: (images, seed) -> a function from images to features.
WITHOUT: dict[str, Callable[[Tensor, int], Callable[[Tensor], Tensor]]] = {
    "raw pixels": lambda images, seed: lambda batch: batch.flatten(1),
    "patch dictionary": lambda images, seed: methods.KMeansFeatures(128, seed=seed).fit(images).encode,
}


def one_view(images: Tensor) -> Tensor:
    return one()(images)[0]


class Backbone(nn.Module):
    """What is scored: images (N, 3, H, W) -> features (N, 128), by the same rule for every method.

    A ResNet's are the mean of its last map; a ViT's, its class token beside the mean of its patches, so that neither those
    who train the one nor those who train the others are favoured. Where the paper keeps the teacher, it is the teacher's.
    """

    def __init__(self, method: nn.Module):
        super().__init__()
        self.prepare = _prepared(method)
        keeps_teacher = isinstance(method, methods.DINO | methods.DINOv2 | methods.MSN | methods.IJEPA | methods.Mugs)
        self.network = method.teacher_encoder if keeps_teacher else getattr(method, "encoder", method)
        self.requires_grad_(True)       # a teacher has none, and this one is to be fine-tuned

    def forward(self, images: Tensor) -> Tensor:
        images = self.prepare(images)
        if not isinstance(self.network, models.VisionTransformer):
            return self.network(images)
        tokens = self.network.tokens(images)
        return torch.cat([tokens[:, 0], tokens[:, 1:].mean(dim=1)], dim=1)


def _prepared(method: nn.Module) -> Callable[[Tensor], Tensor]:
    """How a method's network is used to getting its images."""
    if isinstance(method, methods.Colorization):
        return methods.grey_input
    if isinstance(method, methods.Jigsaw) and method.normalize:
        return lambda images: methods.normalize_tiles(images[:, None])[:, 0]
    return lambda images: images
