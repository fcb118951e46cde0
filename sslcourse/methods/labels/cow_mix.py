"""CowMix: two images mixed by a mask like a cow's coat are to be told as such (French et al., 2020, arXiv:2003.12022)."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect
from ..teacher import check_momentum, follow, slow_copy
from .labelled import Labelled


def _check_cow_mask(size, share, sigma, device):
    is_shape = isinstance(size, (tuple, list)) and len(size) == 3
    expect.that(is_shape, "size", size, "(N, H, W)")
    for number in size:
        expect.integer(number, "size", at_least=1)
    for value, name, most in ((share, "share", 1.0), (sigma, "sigma", math.inf)):
        in_order = isinstance(value, (tuple, list)) and len(value) == 2 and 0 < value[0] <= value[1] <= most
        expect.that(in_order, name, value, "(least, largest), two numbers above 0" + (", at most 1" if most == 1 else ""))


@expect.checked(_check_cow_mask)
def cow_mask(
    size: tuple[int, int, int], share: tuple[float, float] = (0.2, 0.8), sigma: tuple[float, float] = (4.0, 16.0),
    device: torch.device | str | None = None,
) -> Tensor:
    """Masks with the spots of a cow: (N, H, W), 1.0 on about the drawn share of an image's pixels, else 0.0.

        1 where G_σ * noise ≤ mean + √2 erf⁻¹(2 p − 1) · deviation       French et al. (2020, arXiv:2003.12022), section 3.1

    size     (N, H, W)
    share    the least and the largest p, drawn evenly for each mask
    sigma    the least and the largest width σ of the Gauss filter, in pixels, drawn evenly on a logarithmic scale
    device   where the masks are to lie

    Raises ValueError for sizes below 1, a range that is no pair in order, above 0 (and for `share` at most 1).

    >>> mask = cow_mask((8, 16, 16), share=(0.5, 0.5), sigma=(1.0, 1.0))
    >>> mask.shape, sorted(set(mask.flatten().tolist())), bool((mask.mean() - 0.5).abs() < 0.1)
    (torch.Size([8, 16, 16]), [0.0, 1.0], True)
    """
    N, H, W = size
    p = share[0] + (share[1] - share[0]) * torch.rand(N, 1, 1, device=device)
    low, high = math.log(sigma[0]), math.log(sigma[1])
    s = torch.exp(low + (high - low) * torch.rand(N, 1, 1, device=device))

    def gauss(length):
        place = torch.arange(length, device=device)
        return torch.exp(-((place[:, None] - place) ** 2) / (2 * s**2))             # (N, length, length)

    smooth = gauss(H) @ torch.randn(N, H, W, device=device) @ gauss(W)              # (N, H, W), up to a factor
    deviation, mean = torch.std_mean(smooth, dim=(1, 2), keepdim=True, correction=0)
    return (smooth <= mean + math.sqrt(2) * torch.erfinv(2 * p - 1).clamp(-9, 9) * deviation).float()


class CowMix(nn.Module):
    """CowMix (French et al., 2020, arXiv:2003.12022), section 3.2: mean teacher, asked about two images at once.

        mixed      u_ab = m u_a + (1 − m) u_b, with m = `cow_mask`, and b the next image of the batch
        target     q_ab = m̄ q_a + (1 − m̄) q_b, with q = softmax(teacher(u)) and m̄ the share of m          no gradient
        loss       mean_labelled CE(student(x), y)  +  w · κ · mean ‖softmax(student(u_ab)) − q_ab‖²
        κ          the share of the mixed pairs whose confidence, m̄ max q_a + (1 − m̄) max q_b, is above `threshold`
        teacher    θ̄ ← m θ̄ + (1 − m) θ, after every step
        predicts   a teacher's two answers, by the share that each image has of the mixture
        from       labels, and two images mixed by a mask
        collapse   labels hold every class in place
        parts      teacher, labels, masks

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``: the student
    images, labels   the labelled images (uint8 or float) and their classes
    views       images -> float images; by default a mild crop and a mirror
    share, sigma     of `cow_mask`; sigma by default an eighth to half of the height, as in the paper for 32 pixels
    threshold   in [0, 1); the authors' code has 0.97
    weight      w ≥ 0
    momentum    m of the teacher, in [0, 1]
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images. Called, and by `encode`, it answers with the teacher. Left out: the paper's
    other use of the mask, which erases. Raises ValueError for numbers out of range.

    >>> from sslcourse.methods import Classifier
    >>> method = CowMix(Classifier(nn.Flatten(), 2, num_features=12), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> method.loss(torch.rand(16, 3, 2, 2)).ndim, 0 <= method.sure <= 1
    (0, True)
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, views: Callable[[Tensor], Tensor] | None = None,
        share: tuple[float, float] = (0.2, 0.8), sigma: tuple[float, float] | None = None, threshold: float = 0.97,
        weight: float = 30.0, momentum: float = 0.97, labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        expect.number(threshold, "threshold", at_least=0, at_most=1)
        expect.number(weight, "weight", at_least=0)
        check_momentum(momentum)
        self.student, self.teacher = network, slow_copy(network)
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.views, self.share, self.sigma = views, share, sigma
        self.threshold, self.weight, self.momentum = threshold, float(weight), momentum
        self.sure = 0.0                                             # κ of the last batch

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        height, width = unlabelled.shape[2:]
        views = self.views or augment.weak_views((height, width))
        x, u = views(images), views(unlabelled)
        mask = cow_mask((len(u), height, width), self.share, self.sigma or (height / 8, height / 2), u.device)
        share = mask.mean(dim=(1, 2))[:, None]                                          # m̄, (N, 1)
        mixed = mask[:, None] * u + (1 - mask[:, None]) * u.roll(-1, dims=0)
        with torch.no_grad():
            q = self.teacher(u).float().softmax(dim=1)                                  # (N, K)
            target = share * q + (1 - share) * q.roll(-1, dims=0)
            best = q.amax(dim=1, keepdim=True)
            sure = (share * best + (1 - share) * best.roll(-1, dims=0) > self.threshold).float().mean()     # κ
        self.sure = float(sure)
        logits = self.student(torch.cat([x, mixed])).float()
        error = (logits[len(labels):].softmax(dim=1) - target).square().sum(dim=1).mean()
        return F.cross_entropy(logits[: len(labels)], labels) + self.weight * sure * error

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student."""
        follow(self.teacher, self.student, self.momentum)

    def forward(self, images: Tensor) -> Tensor:
        """The teacher's logits, (N, K)."""
        return self.teacher(images)

    def encode(self, images: Tensor) -> Tensor:
        """The teacher's representation, (N, D)."""
        return self.teacher.encode(images)
