"""VAT: say the same one step in the direction that changes your mind most (Miyato et al., 2017, arXiv:1704.03976)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses
from ..running_means import running_means_held
from .labelled import Labelled


def _check_direction(images, xi, iterations):
    expect.images(images)
    expect.that(images.is_floating_point(), "images", images, "floating point, in [0, 1]")
    expect.positive(xi, "xi")
    expect.integer(iterations, "iterations", at_least=1)


@expect.checked(_check_direction)
def adversarial_direction(network: nn.Module, images: Tensor, xi: float = 0.1, iterations: int = 1) -> Tensor:
    """The direction in which a small step changes most what the network says of each image: (N, C, H, W), of length 1 each.

        d ← a random direction;  then, `iterations` times,  d ← normalize(∇_r D[p(·|x), p(·|x + r)] at r = ξ d)

    Miyato et al. (2017, arXiv:1704.03976), equations (9) to (12): power iteration with the Hessian of D, which is the KL
    divergence, so d turns towards its first eigenvector. No gradient goes to the network or to the images.

    network      float images (N, C, H, W) -> logits (N, K); a BatchNorm's running means stay as they are
    images       (N, C, H, W), float
    xi           ξ > 0, a small length
    iterations   of the power method, at least 1

    Raises ValueError for images that are not float, ξ ≤ 0, fewer than one iteration.

    >>> network = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    >>> adversarial_direction(network, torch.rand(5, 3, 2, 2)).flatten(1).norm(dim=1).round(decimals=4)
    tensor([1., 1., 1., 1., 1.])
    """
    images = images.detach()
    precise = torch.autocast(images.device.type, enabled=False)         # bfloat16 cannot tell what so small a step changes
    with running_means_held(network), precise, torch.enable_grad():
        said = network(images).detach()
        d = _unit(torch.randn_like(images))
        for _ in range(iterations):
            r = (xi * d).requires_grad_()
            (slope,) = torch.autograd.grad(losses.kl_consistency(said, network(images + r)), r)
            d = _unit(slope.detach())
    return d


class VAT(nn.Module):
    """VAT + EntMin (Miyato et al., 2017, arXiv:1704.03976), sections 3 and 4.

        loss       mean_labelled CE(network(x), y)  +  λ LDS  +  λ_H · mean H(p(·|u))                equations (8), (14)
        LDS        mean of KL(p(·|u) ‖ p(·|u + ε d)), d = `adversarial_direction`, the first a constant   equation (5)
        predicts   what the network says of an image itself
        from       labels, and the image moved where that changes most
        collapse   labels hold every class in place
        parts      labels

    network     a `Classifier`, or any images -> logits (N, K) with ``encode``
    images, labels   the labelled images (uint8 or float) and their classes
    views       images -> float images; by default a mild crop and a mirror
    epsilon     ε > 0, the length of the step, in pixels of [0, 1]
    xi          ξ > 0, and iterations of the power method, both of `adversarial_direction`
    weight      λ ≥ 0; 1 in the paper
    entropy_weight   λ_H ≥ 0; 0 is VAT alone
    labelled_batch   labelled images a step, drawn from torch's global generator

    `loss` takes a batch of unlabelled images; the labelled ones are smoothed too. Left out: ε chosen by a validation set.
    Raises ValueError for numbers out of range.

    >>> from sslcourse.methods import Classifier
    >>> method = VAT(Classifier(nn.Flatten(), 2, num_features=12), torch.rand(8, 3, 2, 2), torch.arange(8) % 2)
    >>> method.loss(torch.rand(16, 3, 2, 2)).ndim
    0
    """

    def __init__(
        self, network: nn.Module, images: Tensor, labels: Tensor, *, views: Callable[[Tensor], Tensor] | None = None,
        epsilon: float = 2.0, xi: float = 0.1, iterations: int = 1, weight: float = 1.0, entropy_weight: float = 0.1,
        labelled_batch: int = 64,
    ):
        super().__init__()
        expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
        expect.positive(epsilon, "epsilon")
        expect.positive(xi, "xi")
        expect.integer(iterations, "iterations", at_least=1)
        expect.number(weight, "weight", at_least=0)
        expect.number(entropy_weight, "entropy_weight", at_least=0)
        self.network = network
        self.labelled = Labelled(images, labels, batch_size=labelled_batch)
        self.views, self.epsilon, self.xi, self.iterations = views, float(epsilon), float(xi), iterations
        self.weight, self.entropy_weight = float(weight), float(entropy_weight)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of unlabelled images (N, C, H, W), or of (images, …): its labels are not looked at."""
        unlabelled = batch if isinstance(batch, Tensor) else batch[0]
        images, labels = self.labelled.draw()
        views = self.views or augment.weak_views(tuple(unlabelled.shape[2:]))
        x = torch.cat([views(images), views(unlabelled)])
        logits = self.network(x).float()
        loss = F.cross_entropy(logits[: len(labels)], labels)
        if self.weight:
            loss = loss + self.weight * self.smoothness(x, logits)
        return loss + self.entropy_weight * losses.entropy(logits[len(labels):])

    def smoothness(self, x: Tensor, logits: Tensor) -> Tensor:
        """LDS of images x (N, C, H, W), of which the network says `logits` (N, K): how much ε in the worst direction does."""
        d = adversarial_direction(self.network, x, self.xi, self.iterations)
        with running_means_held(self.network):
            return losses.kl_consistency(logits, self.network(x + self.epsilon * d))

    def forward(self, images: Tensor) -> Tensor:
        """Logits, (N, K)."""
        return self.network(images)

    def encode(self, images: Tensor) -> Tensor:
        """The network's representation, (N, D)."""
        return self.network.encode(images)


def _unit(d: Tensor) -> Tensor:
    return F.normalize(d.flatten(1), dim=1).view_as(d)
