"""The arms of DINOv2's Table 4 (arXiv:2304.07193), and what came since: features of a small ViT that no label has touched.

Each arm gives a function from float images to features. The weakly supervised ones learn from emoji and their keywords, the
others from CIFAR-10's images; all have the same steps, those in several parts a share for each.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import augment, data, methods, models, runtime
from .task import Task

Features = Callable[[Tensor], Tensor]
WORDS = 8  # of a picture's keywords


def vit(task: Task, **settings: object) -> nn.Module:
    """The ViT of all arms but EsViT's."""
    with runtime.seeded(task.seed):
        return models.VisionTransformer(32, 4, 128, 4, 4, **settings)


def on_images(make: Callable[[nn.Module], nn.Module], *, lr: float = 1e-3, **settings: object) -> Callable[[Task], Features]:
    """An arm that learns from images alone."""
    def run(task: Task) -> Features:
        return task.train(make(vit(task, **settings)), task.pool, lr=lr).encode

    return run


def esvit(task: Task) -> Features:
    with runtime.seeded(task.seed):
        encoder = models.HierarchicalViT(2, 32, (2, 2, 2))
    return task.train(methods.EsViT(encoder, views=crops()), task.pool, lr=1e-3).encode


def crops() -> augment.MultiView:
    return augment.dino_views(n_local_views=4)


@functools.cache
def emoji() -> tuple[Tensor, Tensor, int]:
    """Pictures (P, 3, 3, 32, 32) of P concepts by three designers, their words (P, 8), and how many words there are."""
    pairs = data.load("emoji")
    order = pairs.concepts.argsort(stable=True)
    rows = order.view(-1, len(pairs.designer_names))                        # (P, 3): each concept's pictures
    texts = [" ".join(pairs.keywords[int(row[0])]) or pairs.texts[int(row[0])] for row in rows]
    vocabulary = methods.Vocabulary(texts)
    small = F.interpolate(pairs.images.float(), size=32, mode="area").round().to(torch.uint8)
    return small[rows], vocabulary.rows(texts, WORDS), len(vocabulary)


def clip(task: Task, encoder: nn.Module, kind: str = "softmax", *, share: float = 1.0, part: str = "clip") -> nn.Module:
    """An image encoder that has learned from pictures and words; in mind of the few pairs, with views."""
    pictures, words, count = emoji()
    with runtime.seeded(task.seed):
        method = methods.CLIP(encoder, models.BagOfWords(count, 128), kind=kind, views=augment.strong_views(32))
    return task.train(method, (pictures, words), share=share, part=part, lr=1e-3).image_encoder


def swag(task: Task) -> Features:
    pictures, words, count = emoji()
    with runtime.seeded(task.seed):
        method = methods.SWAG(vit(task), count, views=augment.strong_views(32))
    flat = pictures.flatten(0, 1), words.repeat_interleave(pictures.shape[1], dim=0)
    return task.train(method, flat, lr=1e-3).encode


def eva_clip(task: Task) -> Features:
    teacher = clip(task, vit(task), share=1 / 3, part="teacher")
    with runtime.seeded(task.seed):
        method = methods.EVA(vit(task, mask_token=True), teacher)
    eva = task.train(method, task.pool, share=1 / 3, part="eva", lr=1e-3)
    return clip(task, eva.encoder, share=1 / 3, part="clip")


FROZEN: dict[str, Callable[[Task], Features]] = {  # named as in the table; below the line what it could not know
    "CLIP": lambda task: clip(task, vit(task)),
    "SWAG": swag,
    "EVA-CLIP": eva_clip,
    "MAE": on_images(methods.MAE),
    "DINO": on_images(lambda encoder: methods.DINO(encoder, views=crops())),
    "SwAV": on_images(lambda encoder: methods.SwAV(encoder, views=crops())),
    "MSN": on_images(lambda encoder: methods.MSN(encoder, views=crops())),
    "EsViT": esvit,
    "Mugs": on_images(lambda encoder: methods.Mugs(encoder, views=crops())),
    "iBOT": on_images(lambda encoder: methods.IBOT(encoder, views=crops()), mask_token=True),
    "DINOv2": on_images(lambda encoder: methods.DINOv2(encoder, views=crops()), mask_token=True),
    "SigLIP": lambda task: clip(task, vit(task), "sigmoid"),
    "LeJEPA": on_images(lambda encoder: methods.LeJEPA(encoder, views=crops())),
    "I-JEPA": on_images(methods.IJEPA),
    "SimMIM": on_images(methods.SimMIM, mask_token=True),
    "NNCLR": on_images(methods.NNCLR),
    "untrained": lambda task: vit(task).eval(),
}
