"""MPL, meta pseudo-labels: a teacher that learns from how its student does (Pham et al., 2021, arXiv:2003.10580)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ... import augment, expect, losses
from ..running_means import running_means_held
from .labelled import Labelled


class MPL(nn.Module):
    """Meta pseudo-labels (Pham et al., 2021, arXiv:2003.10580), section 2 and appendix A: two networks that both learn.

        labels     ŷ_u drawn from softmax(T(u))                                              the teacher T's, hard
        student    CE(ŷ_u, S(u)), on nothing else; θ_S' = θ_S − η ∇CE(ŷ_u, S(u)) is its next step, tried out
        feedback   h = η · ∇CE(y_l, S(x_l); θ_S')ᵀ ∇CE(ŷ_u, S(u); θ_S): did ŷ_u help with the true labels?     equation (12)
        loss       CE(ŷ_u, S(u))  +  h · CE(ŷ_u, T(u))  +  CE(y_l, T(x_l))  +  λ · uda_loss(T(weak(u)), T(strong(u)))
        predicts   labels that a teacher drew; and, for the teacher, which of them help its student
        from       strong views, and the student's answers to the labelled images
        collapse   the labels hold the teacher's classes in place
        parts      a teacher that learns, labels

    h is a constant: the first part moves S alone, the others T alone, so one optimizer serves both.

    student, tutor   two `Classifier`s, or any images -> logits (N, K) with ``encode``: S and T
    images, labels   the labelled images (uint8 or float) and their classes
    weak, strong     images -> float images, by default `augment.weak_views` and `augment.strong_views`
    step             η > 0: how far the student is moved to try the labels out
    weight           λ ≥ 0 of the teacher's own UDA loss; temperature and threshold are `uda_loss`'s
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images; ``feedback`` keeps the last h. Called, and by `encode`, it answers with the
    student. Left out: the moving average that the authors' code subtracts from h, and fine-tuning the student on the labels
    at the end. Raises ValueError for numbers out of range, and one network given twice.

    >>> from sslcourse.methods import Classifier
    >>> def network():
    ...     return Classifier(nn.Flatten(), 2, num_features=12)
    >>> method = MPL(network(), network(), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> method.loss(torch.rand(16, 3, 2, 2)).ndim, isinstance(method.feedback, float)
    (0, True)
    """

    def __init__(
        self, student: nn.Module, tutor: nn.Module, images: Tensor, labels: Tensor, *,
        weak: Callable[[Tensor], Tensor] | None = None, strong: Callable[[Tensor], Tensor] | None = None, step: float = 0.1,
        weight: float = 1.0, temperature: float = 0.4, threshold: float = 0.8, labelled_batch: int = 64,
    ):
        super().__init__()
        for network, name in ((student, "student"), (tutor, "tutor")):
            expect.that(isinstance(network, nn.Module), name, network, "an nn.Module")
        expect.that(tutor is not student, "tutor", expect.Words("the student itself"), "a network of its own")
        expect.positive(step, "step")
        expect.number(weight, "weight", at_least=0)
        expect.positive(temperature, "temperature")
        expect.number(threshold, "threshold", at_least=0, at_most=1)
        self.S, self.T = student, tutor
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.weak, self.strong = weak, strong
        self.step, self.weight, self.temperature, self.threshold = float(step), float(weight), temperature, threshold
        self.feedback = 0.0                                          # h of the last batch

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, y = self.labelled.draw()
        size = tuple(unlabelled.shape[2:])
        weak, strong = self.weak or augment.weak_views(size), self.strong or augment.strong_views(size)
        x, u, u_weak = weak(images), strong(unlabelled), weak(unlabelled)
        t_x, t_u, t_weak = self.T(torch.cat([x, u, u_weak])).float().split([len(x), len(u), len(u)])
        drawn = torch.multinomial(t_u.detach().softmax(dim=1), 1).squeeze(1)                # ŷ_u, (N,)
        of_student = F.cross_entropy(self.S(u).float(), drawn)
        h = self.help(x, y, u, drawn)
        self.feedback = float(h)
        of_tutor = h * F.cross_entropy(t_u, drawn) + F.cross_entropy(t_x, y)
        return of_student + of_tutor + self.weight * losses.uda_loss(t_weak, t_u, self.temperature, self.threshold)

    def help(self, x: Tensor, y: Tensor, u: Tensor, drawn: Tensor) -> Tensor:
        """h, a scalar without gradient: by how much a step of the student on (u, drawn) lowers its loss on (x, y), nearly."""
        weights = {name: p for name, p in self.S.named_parameters() if p.requires_grad}
        precise = torch.autocast(u.device.type, enabled=False)
        with running_means_held(self.S), torch.enable_grad(), precise:
            before = torch.autograd.grad(F.cross_entropy(self.S(u), drawn), list(weights.values()), allow_unused=True)
            before = [torch.zeros_like(p) if g is None else g for p, g in zip(weights.values(), before)]
            moved = {name: (p - self.step * g).detach().requires_grad_() for (name, p), g in zip(weights.items(), before)}
            after = torch.autograd.grad(F.cross_entropy(functional_call(self.S, moved, (x,)), y), list(moved.values()),
                                        allow_unused=True)
        return self.step * sum((a * b).sum() for a, b in zip(after, before) if a is not None)

    def forward(self, images: Tensor) -> Tensor:
        """The student's logits, (N, K)."""
        return self.S(images)

    def encode(self, images: Tensor) -> Tensor:
        """The student's representation, (N, D)."""
        return self.S.encode(images)
