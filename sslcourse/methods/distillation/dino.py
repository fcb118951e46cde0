"""DINO, self-distillation with no labels (Caron et al., 2021, arXiv:2104.14294)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy
from .crops import crop_outputs


class DINO(nn.Module):
    """DINO (Caron et al., 2021, arXiv:2104.14294), section 3.1, around any encoder.

        student   s = head(encoder(v)), every view v                           trained
        teacher   t = teacher_head(teacher_encoder(v)), the global views       never trained
        loss      the mean of H(softmax((t − c) / τ_t), softmax(s / τ_s)) over pairs of different views, equation (3)
        center    c ← ρ c + (1 − ρ) · mean of t, after every batch             equation (4)
        teacher   θ_t ← m θ_t + (1 − m) θ_s, after every step                  m (the paper's λ) up to 1 along a cosine
        predicts   a teacher's answer to another view
        from       views, large and small
        collapse   the teacher is centered and sharpened
        parts      teacher, prototypes

    encoder          images -> (N, encoder.num_features), of whatever size a view has
    views            images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    output_dim       K; hidden_dim, bottleneck_dim and batch_norm are those of `models.DINOProjectionHead`
    teacher_temp     τ_t; at the student's temperature or above nothing is sharpened
    centering        False: c stays 0
    momentum         m at the start, in [0, 1]: 0 copies the student, 1 keeps the teacher as it was born
    final_momentum   m at the end; None: it stays
    stop_gradient    False: the student's own outputs are the targets, and the gradient goes through them too
    which            whose features `encode` gives: "teacher", as in the paper, or "student"

    BatchNorm: each network normalises with its own batch, and keeps running means of the global views alone. The teacher
    keeps its own and is not given the student's, since its weights are others.

    After each loss `targets` holds the teacher's probabilities, (T · N, K), and `diagnostics()` says what became of them.
    Raises ValueError for numbers out of their range.

    >>> method = DINO(models.small_resnet(), output_dim=64)
    >>> loss = method.loss(torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8))
    >>> sorted(method.diagnostics())
    ['KL', 'entropy', 'entropy of the mean']
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        output_dim: int = 512, hidden_dim: int = 256, bottleneck_dim: int = 64, batch_norm: bool = False,
        teacher_temp: float = 0.04, student_temp: float = 0.1, center_momentum: float = 0.9, centering: bool = True,
        momentum: float = 0.99, final_momentum: float | None = 1.0, stop_gradient: bool = True, which: str = "teacher",
    ):
        super().__init__()
        expect.integer(n_global, "n_global", at_least=1)
        check_momentum(momentum, final_momentum)
        expect.one_of(which, "which", ("teacher", "student"))
        self.encoder = encoder
        self.head = models.DINOProjectionHead(encoder.num_features, hidden_dim, bottleneck_dim, output_dim, batch_norm)
        self.teacher_encoder, self.teacher_head = slow_copy(self.encoder), slow_copy(self.head)
        self.criterion = losses.DINOLoss(output_dim, teacher_temp, student_temp, center_momentum, centering, stop_gradient)
        self.views = views or augment.dino_views()
        self.n_global, self.stop_gradient, self.which = n_global, stop_gradient, which
        self.momentum, self.final_momentum = momentum, final_momentum
        self.targets: Tensor | None = None      # (T · N, K), of the last loss; not part of the state dict
        self._last: Tensor | None = None

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        views = self.views(batch if isinstance(batch, Tensor) else batch[0])
        student_out = self._student(views)
        teacher_out = self._teacher(views[: self.n_global]) if self.stop_gradient else student_out[: self.n_global]
        with torch.no_grad():
            self.targets = self.criterion.targets(torch.stack(teacher_out).float()).flatten(0, 1)
        loss = self.criterion(teacher_out=teacher_out, student_out=student_out)
        self._last = loss.detach()
        return loss

    def diagnostics(self) -> dict[str, float]:
        """Of the last loss, in nats: the targets' entropy, the entropy of their mean, and KL(P_t ‖ P_s).

        KL is the loss minus the entropy, the mean over the same pairs (the paper's equation (5) and figure 7). Where it is
        0 the student has nothing left to learn from the teacher. ValueError: no loss was computed yet.
        """
        expect.that(self.targets is not None, "diagnostics", expect.Words("no loss so far"), "loss(batch) before it")
        own, mean = losses.output_entropies(self.targets)
        return {"entropy": own, "entropy of the mean": mean, "KL": float(self._last) - own}

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m, copy_buffers=False)
        follow(self.teacher_head, self.head, m, copy_buffers=False)

    def encode(self, images: Tensor) -> Tensor:
        """The features of the network named by `which`, (N, D)."""
        return (self.teacher_encoder if self.which == "teacher" else self.encoder)(images)

    def _student(self, views: list[Tensor]) -> list[Tensor]:
        """The student's logits for every view, (N, K) each."""
        return crop_outputs(nn.Sequential(self.encoder, self.head), views, self.n_global)

    @torch.no_grad()
    def _teacher(self, views: list[Tensor]) -> list[Tensor]:
        """The teacher's logits for the global views, (N, K) each."""
        return crop_outputs(nn.Sequential(self.teacher_encoder, self.teacher_head), views, self.n_global)
