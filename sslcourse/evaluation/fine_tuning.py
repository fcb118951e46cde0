"""Fine-tuning: a linear head on an encoder, and as much of the encoder trained with it as is asked for.

Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural networks?", NeurIPS 2014 (arXiv:1411.1792).
"""

from __future__ import annotations

import copy
import numbers
from collections.abc import Callable, Iterator, Sequence
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from .. import expect, runtime
from ..training import History, train
from .features import _check_inputs, as_input, embed, evaluating, extract_features


class FineTunedClassifier(nn.Module):
    """An encoder with a linear head: what `fine_tune` returns. Called with float images it gives logits (N, K).

    ``encoder``, ``head``, ``classes_`` (the labels, in the order of the logits), ``history`` (of the training).

    >>> head = nn.Linear(1, 2)
    >>> _ = nn.init.zeros_(head.bias), head.weight.data.copy_(torch.tensor([[-1.0], [1.0]]))
    >>> classifier = FineTunedClassifier(nn.Flatten(), head, torch.tensor([3, 7]))
    >>> classifier.predict(torch.tensor([-5.0, 5.0])[:, None, None, None]).tolist()
    [3, 7]
    """

    def __init__(
        self, encoder: nn.Module, head: nn.Linear, classes: Tensor, *,
        frozen: Sequence[nn.Module] = (), augment: Callable[[Tensor], Tensor] | None = None,
    ):
        super().__init__()
        self.encoder, self.head = encoder, head
        self.classes_ = classes.cpu().numpy()
        self.history: History | None = None
        self._frozen, self._augment = tuple(frozen), augment

    def forward(self, images: Tensor) -> Tensor:
        return self.head(embed(self.encoder, images))

    def loss(self, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Mean cross-entropy of (images (N, C, H, W), columns of the logits (N,))."""
        images, columns = batch
        images = as_input(images)
        logits = self(images if self._augment is None else self._augment(images))
        return nn.functional.cross_entropy(logits.float(), columns)

    def train(self, mode: bool = True) -> FineTunedClassifier:
        """Training mode, except for what is frozen: its BatchNorm statistics stay, and its dropout stays off."""
        super().train(mode)
        for part in self._frozen:
            part.eval()
        return self

    def predict_proba(self, images: Tensor) -> np.ndarray:
        """Probabilities (N, K) of uint8 or float images, columns as ``classes_``; modes stay as they are."""
        return extract_features(self, images).double().softmax(dim=1).numpy()

    def predict(self, images: Tensor) -> np.ndarray:
        """The most probable class, (N,)."""
        return self.classes_[self.predict_proba(images).argmax(axis=1)]

    def score(self, images: Tensor, labels: Tensor) -> float:
        """Accuracy on `images`."""
        expect.labels(labels, n=len(images))
        return float((self.predict(images) == labels.cpu().numpy()).mean())


def fine_tune(
    encoder: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    trainable: Literal["all", "head"] | int = "all",
    augment: Callable[[Tensor], Tensor] | None = None,
    inplace: bool = False,
    epochs: float | None = 10,
    batch_size: int = 128,
    seed: int = 0,
    **run: object,
) -> FineTunedClassifier:
    """Train a linear head on `encoder`, and the encoder with it, on labelled images; the encoder given stays as it was.

    encoder      a module that maps float images (N, C, H, W) to (N, D), as in `extract_features`
    images       (N, C, H, W), uint8 or floating point, or token ids (N, T), int64; labels (N,) of any integers
    trainable    "all"; "head", a linear probe by gradient descent; or n, the head and the encoder's last n blocks. What
                 is frozen keeps its BatchNorm statistics as well.
    augment      float images -> float images, for training alone
    inplace      train the encoder itself rather than a copy (its ``requires_grad`` then says what was frozen)
    epochs       or None, with `steps` or `seconds` in `run`; a batch never exceeds the number of images
    run          whatever else `training.train` takes: lr, weight_decay, optimizer, warmup, clip, bfloat16, evaluate …

    The same seed gives the same classifier on one machine. Interrupting leaves a usable classifier, trained that far.
    ValueError: wrong shapes or options, one class only, more blocks than there are. training.Diverged: the loss is NaN.

    >>> dark, light = torch.zeros(8, 1, 2, 2), torch.ones(8, 1, 2, 2)
    >>> images, labels = torch.cat([dark, light]), torch.tensor([0] * 8 + [1] * 8)
    >>> fine_tune(nn.Flatten(), images, labels, epochs=50, lr=0.1, weight_decay=0.0).score(images, labels)
    1.0
    """
    expect.that(isinstance(encoder, nn.Module), "encoder", encoder, "an nn.Module")
    _check_inputs(images)
    expect.labels(labels, n=len(images))
    expect.integer(batch_size, "batch_size", at_least=1)
    expect.integer(seed, "seed", at_least=0, at_most=2**31)
    classes, columns = labels.unique(return_inverse=True)
    expect.that(len(classes) > 1, "labels", f"{len(classes)} class", "two classes or more")

    encoder = (encoder if inplace else copy.deepcopy(encoder)).to(runtime.device())
    frozen = _freeze(encoder, trainable)
    with runtime.seeded(seed):
        head = nn.Linear(_width(encoder, images[:2].to(runtime.device())), len(classes))
    classifier = FineTunedClassifier(encoder, head, classes, frozen=frozen, augment=augment)
    batch_size = min(batch_size, len(images))
    classifier.history = train(
        classifier, (images, columns), epochs=epochs, batch_size=batch_size, seed=seed, desc="fine-tuning", **run
    )
    return classifier.eval()


def _width(encoder: nn.Module, images: Tensor) -> int:
    with evaluating(encoder), torch.no_grad():
        return embed(encoder, as_input(images)).shape[1]


def _freeze(encoder: nn.Module, trainable: str | int) -> list[nn.Module]:
    """Let only what is to be trained want a gradient; the modules of which nothing is trained."""
    blocks = list(_blocks(encoder))
    if trainable == "all":
        last = [encoder]
    elif trainable == "head":
        last = []
    else:
        is_whole = isinstance(trainable, numbers.Integral) and not isinstance(trainable, bool)
        is_count = is_whole and 1 <= trainable <= len(blocks)
        expect.that(is_count, "trainable", trainable, f'"all", "head", or a number of blocks in [1, {len(blocks)}]')
        last = blocks[-trainable:]
    encoder.requires_grad_(False)
    for block in last:
        block.requires_grad_(True)
    warm = {part for block in last for part in block.modules()}
    return [part for part in encoder.modules() if warm.isdisjoint(part.modules())]


def _blocks(module: nn.Module) -> Iterator[nn.Module]:
    """An encoder's children that have weights, in order; lists and sequences of modules count as what they hold."""
    for child in module.children():
        if isinstance(child, nn.Sequential | nn.ModuleList):
            yield from _blocks(child)
        elif any(True for _ in child.parameters()):
            yield child
