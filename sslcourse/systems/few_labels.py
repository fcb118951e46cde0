"""The arms of SimCLRv2's Table 3 (arXiv:2006.10029): a classifier from few labels and many images, each in its own way.

Every arm has the same steps. Those that learn from labels and images at once use them all for that; those that see images
first take three quarters for it and one for the labels; SimCLRv2 takes a half, a quarter, and a quarter for the student.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from .. import augment, methods, models
from .task import Task

SIZE = 24                                   # of the views of the contrastive arms, as in the recipes


class Encoding(nn.Module):
    """`method.encode` as an encoder, where what is fine-tuned is not simply `method.encoder`."""

    def __init__(self, method: nn.Module):
        super().__init__()
        self.method = method

    def forward(self, images: Tensor) -> Tensor:
        return self.method.encode(images)


def at_once(kind: str, **settings: object) -> Callable[[Task], nn.Module]:
    """An arm that learns from labels and images at once, with one network."""
    def run(task: Task) -> nn.Module:
        method = getattr(methods, kind)(task.classifier(), task.images, task.labels, **settings)
        return task.train(method, task.pool)

    return run


def images_first(make: Callable[[nn.Module, Task], nn.Module], width: int = 32, *, numbered: bool = False,
                 whole: bool = False) -> Callable[[Task], nn.Module]:
    """An arm that sees the images first, and is then fine-tuned on the labels."""
    def run(task: Task) -> nn.Module:
        data = (task.pool, torch.arange(len(task.pool))) if numbered else task.pool
        method = task.train(make(task.network(width), task), data, share=0.75, part="images")
        return task.fine_tune(Encoding(method) if whole else method.encoder, share=0.25)

    return run


def distilled(width: int, student: int) -> Callable[[Task], nn.Module]:
    """SimCLRv2: images, then labels, then a student of the fine-tuned network."""
    def run(task: Task) -> nn.Module:
        method = task.train(simclr(task.network(width), task), task.pool, share=0.5, part="images")
        teacher = task.fine_tune(method.encoder, share=0.25)
        pupil = methods.Distilled(task.classifier(student), teacher=teacher)
        return task.train(pupil, task.pool, share=0.25, part="distilled")

    return run


def simclr(encoder: nn.Module, task: Task) -> nn.Module:
    views = augment.simclr_views(SIZE, scale=(0.2, 1.0))
    return methods.SimCLR(encoder, views=views, temperature=0.15, head_layers=3)


def byol(encoder: nn.Module, task: Task) -> nn.Module:
    return methods.BYOL(encoder, views=augment.simclr_views(SIZE, scale=(0.2, 1.0)))


def inst_disc(encoder: nn.Module, task: Task) -> nn.Module:
    return methods.InstDisc(encoder, len(task.pool), views=augment.simclr_views(SIZE, scale=(0.2, 1.0), n_views=1))


def big_bigan(encoder: nn.Module, task: Task) -> nn.Module:
    judge = models.ConvEncoder(128, 3, 32, width=32, batch_norm=False)
    return methods.BigBiGAN(encoder, models.ConvDecoder(64, 3, 32, width=32), judge)


def meta_pseudo_labels(task: Task) -> nn.Module:
    return task.train(methods.MPL(task.classifier(), task.classifier(), task.images, task.labels), task.pool)


FEW_LABELS: dict[str, Callable[[Task], nn.Module]] = {  # named as in the table
    "Supervised baseline": lambda task: task.fine_tune(task.network(), part="whole"),
    "Pseudo-label": at_once("PseudoLabel"),
    "VAT + entropy min.": at_once("VAT"),
    "Mean teacher": at_once("MeanTeacher"),
    "UDA": at_once("UDA"),
    "FixMatch": at_once("FixMatch"),
    "S4L": at_once("S4L"),
    "MPL": meta_pseudo_labels,
    "CowMix": at_once("CowMix"),
    "InstDisc": images_first(inst_disc, numbered=True),
    "BigBiGAN": images_first(big_bigan),
    "PIRL": images_first(lambda encoder, task: methods.PIRL(encoder, len(task.pool)), numbered=True),
    "CPC v2": images_first(lambda encoder, task: methods.CPC(encoder), whole=True),
    "SimCLR": images_first(simclr),
    "SimCLR (2×)": images_first(simclr, 64),
    "SimCLR (4×)": images_first(simclr, 128),
    "BYOL": images_first(byol),
    "BYOL (2×)": images_first(byol, 64),
    "SimCLRv2 distilled": distilled(64, 32),
    "SimCLRv2 self-distilled": distilled(64, 64),
}
