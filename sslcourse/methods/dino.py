"""DINO, self-distillation with no labels: the method, and its Algorithm 1 in three functions (Caron et al., 2021)."""

from __future__ import annotations

import contextlib
import copy
import itertools
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from .. import augment, expect, losses, models


def dino_cross_entropy(
    teacher_out: Tensor, student_out: Tensor, center: Tensor, teacher_temp: float = 0.04, student_temp: float = 0.1
) -> Tensor:
    """H(t, s): how surprised the student is by what the teacher says of the same images. (N, K), (N, K), (K,) -> scalar.

        P_t = softmax((t − c) / τ_t)   a constant: no gradient        P_s = softmax(s / τ_s)
        H   = −Σ_k P_t,k log P_s,k     the mean over the N images

    Caron et al., "Emerging properties in self-supervised vision transformers", ICCV 2021 (arXiv:2104.14294), Algorithm 1
    and equations (1) and (2). `losses.DINOLoss` does this for all views at once. Raises ValueError for other shapes and
    temperatures ≤ 0.

    >>> zeros = torch.zeros(2, 4)
    >>> round(float(dino_cross_entropy(zeros, zeros, torch.zeros(4))), 4)       # ln 4
    1.3863
    """
    expect.tensor(teacher_out, "teacher_out", ("N", "K"))
    expect.tensor(student_out, "student_out", tuple(teacher_out.shape))
    expect.tensor(center, "center", (teacher_out.shape[1],))
    expect.positive(teacher_temp, "teacher_temp")
    expect.positive(student_temp, "student_temp")
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


def multi_crop_loss(p: Tensor, log_q: Tensor) -> Tensor:
    """The mean cross-entropy over every pair of different views: (T, N, K), (V, N, K) -> scalar.

    p are the teacher's probabilities for its T global views, log_q the student's log-probabilities for all V views, the
    same T first. So entry i of one and of the other are one view, and that pair is left out (arXiv:2104.14294, equation
    (3)): T V − T pairs, and the mean over them and over the images. Raises ValueError for other shapes, fewer student
    views than teacher views, and where no pair is left.

    >>> p = torch.full((2, 1, 4), 0.25)
    >>> round(float(multi_crop_loss(p, p.log())), 4)
    1.3863
    """
    expect.tensor(p, "p", ("T", "N", "K"))
    expect.tensor(log_q, "log_q", ("V", *p.shape[1:]))
    expect.that(len(log_q) >= max(len(p), 2), "log_q", log_q, "every view that the teacher sees, and two or more in all")
    total, pairs = 0.0, 0
    for i, j in itertools.product(range(len(p)), range(len(log_q))):
        if i != j:
            total = total - (p[i] * log_q[j]).sum(dim=1).mean()
            pairs += 1
    return total / pairs


def update_center(center: Tensor, teacher_out: Tensor, momentum: float = 0.9) -> Tensor:
    """The centre after a batch, c ← m c + (1 − m) · mean of the teacher's logits: (K,), (T, N, K) -> (K,), a new tensor.

    The mean runs over the views and over the images (arXiv:2104.14294, equation (4)). Raises ValueError for other shapes
    and a momentum outside [0, 1].

    >>> update_center(torch.zeros(2), torch.tensor([[[1.0, 0.0]], [[3.0, 0.0]]]), momentum=0.5)
    tensor([1., 0.])
    """
    expect.tensor(center, "center", ("K",))
    expect.tensor(teacher_out, "teacher_out", ("T", "N", len(center)))
    expect.number(momentum, "momentum", at_least=0, at_most=1)
    return momentum * center + (1 - momentum) * teacher_out.detach().mean(dim=(0, 1))


def output_entropies(p: Tensor) -> tuple[float, float]:
    """Entropies of distributions over K outputs, in nats: of a row, on average, and of the rows' mean. (N, K) -> two.

    Both 0: all say one and the same output. Both ln K: all say everything. In between, the second minus the first is how
    much the output tells about the image (their mutual information): 0 wherever all rows are alike.

    >>> [round(h, 4) for h in output_entropies(torch.eye(4))]       # each its own output: 0, and ln 4
    [0.0, 1.3863]
    """
    expect.tensor(p, "p", ("N", "K"))
    return float(torch.special.entr(p).sum(dim=1).mean()), float(torch.special.entr(p.mean(dim=0)).sum())


class DINO(nn.Module):
    """DINO (Caron et al., 2021, arXiv:2104.14294), section 3.1, around any encoder.

        student   s = head(encoder(v)), every view v                           trained
        teacher   t = teacher_head(teacher_encoder(v)), the global views       never trained
        loss      the mean of H(softmax((t − c) / τ_t), softmax(s / τ_s)) over pairs of different views, equation (3)
        centre    c ← m c + (1 − m) · mean of t, after every batch             equation (4)
        teacher   θ_t ← λ θ_t + (1 − λ) θ_s, after every step                  λ up to 1 along a cosine

    encoder          images -> (N, encoder.num_features), of whatever size a view has
    views            images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    output_dim       K; hidden_dim, bottleneck_dim and batch_norm are those of `models.DINOProjectionHead`
    teacher_temp     τ_t; at the student's temperature or above nothing is sharpened
    centering        False: c stays 0
    momentum         λ at the start, in [0, 1]: 0 copies the student, 1 keeps the teacher as it was born
    final_momentum   λ at the end; None: it stays
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
        expect.number(momentum, "momentum", at_least=0, at_most=1)
        if final_momentum is not None:
            expect.number(final_momentum, "final_momentum", at_least=0, at_most=1)
        expect.one_of(which, "which", ("teacher", "student"))
        self.encoder = encoder
        self.head = models.DINOProjectionHead(encoder.num_features, hidden_dim, bottleneck_dim, output_dim, batch_norm)
        self.teacher_encoder, self.teacher_head = copy.deepcopy(self.encoder), copy.deepcopy(self.head)
        for part in (self.teacher_encoder, self.teacher_head):
            models.deactivate_requires_grad(part)
        self.criterion = losses.DINOLoss(output_dim, teacher_temp, student_temp, center_momentum, centering)
        self.views = views or augment.dino_views()
        self.n_global, self.stop_gradient, self.which = n_global, stop_gradient, which
        self.momentum = momentum
        self.final_momentum = momentum if final_momentum is None else final_momentum
        self.targets: Tensor | None = None      # (T · N, K), of the last loss; not part of the state dict
        self._last: Tensor | None = None

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        views = self.views(batch if isinstance(batch, Tensor) else batch[0])
        student_out = self._student(views)
        if self.stop_gradient:
            with torch.no_grad():
                teacher_out = _by_size(lambda v: self.teacher_head(self.teacher_encoder(v)), views[: self.n_global])
            self.targets = self._distributions(teacher_out)
            loss = self.criterion(teacher_out=teacher_out, student_out=student_out)
        else:
            with torch.autocast(student_out[0].device.type, enabled=False):
                s = torch.stack(student_out).float()                                        # (V, N, K)
                t = s[: self.n_global]
                c = self.criterion.center if self.criterion.centering else 0.0
                p = torch.softmax((t - c) / self.criterion.teacher_temp, dim=-1)
                loss = multi_crop_loss(p, torch.log_softmax(s / self.criterion.student_temp, dim=-1))
                self.targets = p.detach().flatten(0, 1)
                self.criterion.move_center(t.detach())
        self._last = loss.detach()
        return loss

    def diagnostics(self) -> dict[str, float]:
        """Of the last loss, in nats: the targets' entropy, the entropy of their mean, and KL(P_t ‖ P_s).

        KL is the loss minus the entropy, the mean over the same pairs (the paper's equation (5) and figure 7). Where it is
        0 the student has nothing left to learn from the teacher. ValueError: no loss was computed yet.
        """
        expect.that(self.targets is not None, "diagnostics", expect.Words("no loss so far"), "loss(batch) before it")
        own, mean = output_entropies(self.targets)
        return {"entropy": own, "entropy of the mean": mean, "KL": float(self._last) - own}

    def momentum_at(self, progress: float) -> float:
        """λ after the share `progress` of the run: half a cosine from `momentum` to `final_momentum` (section 3.1)."""
        return models.cosine_schedule(round(progress * 10_000), 10_001, self.momentum, self.final_momentum)

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = self.momentum_at(progress)
        for student, teacher in ((self.encoder, self.teacher_encoder), (self.head, self.teacher_head)):
            own = [buffer.clone() for buffer in teacher.buffers()]
            models.update_momentum(student, teacher, m)
            for buffer, value in zip(teacher.buffers(), own):
                buffer.copy_(value)

    def encode(self, images: Tensor) -> Tensor:
        """The features of the network named by `which`, (N, D)."""
        return (self.teacher_encoder if self.which == "teacher" else self.encoder)(images)

    def _student(self, views: list[Tensor]) -> list[Tensor]:
        """The student's logits for every view, (N, K) each; the local ones leave BatchNorm's running means alone."""
        def look(v: Tensor) -> Tensor:
            return self.head(self.encoder(v))

        out = _by_size(look, views[: self.n_global])
        with _running_means_held(self):
            return out + _by_size(look, views[self.n_global :])

    @torch.no_grad()
    def _distributions(self, teacher_out: list[Tensor]) -> Tensor:
        return self.criterion.targets(torch.stack(teacher_out).float()).flatten(0, 1)


def _by_size(network: Callable[[Tensor], Tensor], views: list[Tensor]) -> list[Tensor]:
    """The network's outputs, view by view, in one pass for neighbours of one size."""
    out: list[Tensor] = []
    for _, group in itertools.groupby(views, key=lambda view: view.shape):
        same = list(group)
        out += network(torch.cat(same)).chunk(len(same))
    return out


@contextlib.contextmanager
def _running_means_held(module: nn.Module) -> Iterator[None]:
    """BatchNorm normalises by the batch inside the block, as in training, and its running means do not move."""
    norms = [part for part in module.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
    before = [norm.momentum for norm in norms]
    try:
        for norm in norms:
            norm.momentum = 0.0
        yield
    finally:
        for norm, momentum in zip(norms, before):
            norm.momentum = momentum
