"""Exercise `colorization_loss`: soft bins, logits and weights become the number that the network is trained by."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def loss_cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)
    own = torch.tensor([[0.0, 0.0], [12, 5], [-12, 9], [9, -13], [-7, -8], [20, 21], [-25, 18]])

    def pixels(n: int, p: int, bins: Tensor, scale: float = 2.0, dtype: torch.dtype = torch.float32) -> tuple:
        out = torch.randn(n, len(bins), p, generator=generator, dtype=torch.float64) * scale
        ab = torch.randn(n, 2, p, generator=generator, dtype=torch.float64) * 12
        return out.to(dtype), ab.to(dtype), bins.to(dtype)

    def some(q: int, dtype: torch.dtype = torch.float32) -> Tensor:
        return (torch.randn(q, generator=generator, dtype=torch.float64) * 0.8).exp().to(dtype)

    grid = methods.ab_bins(50)
    return {
        "a few pixels of three images": (*pixels(3, 4, own), some(7)),
        "every pixel alike": (*pixels(2, 6, own), None),
        "as many pixels as bins": (*pixels(5, 7, own), some(7)),
        "one pixel per image, another grid": (*pixels(6, 1, grid), some(len(grid))),
        "one image": (*pixels(1, 9, own), some(7)),
        "double precision": (*pixels(4, 3, own, dtype=torch.float64), some(7, torch.float64)),
        "a network that is very sure": (*pixels(3, 5, own, scale=150.0), some(7)),
    }


def _parts(out: Tensor, ab: Tensor, bins: Tensor, weights: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
    """The target, the logarithms of what the network says, and the weight of each pixel: (M, Q), (M, Q), (M,)."""
    target = methods.encode_ab(ab.transpose(1, 2).flatten(0, 1), bins)
    log_p = out.transpose(1, 2).flatten(0, 1).log_softmax(dim=1)
    weight = torch.ones_like(target[:, 0]) if weights is None else weights[target.argmax(dim=1)]
    return target, log_p, weight


@catches("Pixels and channels are mixed up. `reshape` keeps the order in memory, in which a channel's P pixels stand "
         "together: bring the channels to the end first, `transpose(1, 2)`, and flatten then.")
def reshaped_without_a_transpose(got, out, ab, bins, weights):
    N, Q, P = out.shape
    rows, turned = out.reshape(-1, Q), out.transpose(1, 2).flatten(0, 1)
    colors, right = ab.reshape(-1, 2), ab.transpose(1, 2).flatten(0, 1)
    if P == 1:
        return False
    found = []
    for z, c in ((rows, colors), (rows, right), (turned, colors)):
        target = methods.encode_ab(c, bins)
        weight = 1.0 if weights is None else weights[target.argmax(dim=1)]
        found.append(-(weight * (target * z.log_softmax(dim=1)).sum(dim=1)).mean())
    return any(close(got, loss) for loss in found)


@catches("All pixels count alike. A pixel counts by the weight of the bin nearest to its true colour, `weights[nearest]`.")
def weights_ignored(got, out, ab, bins, weights):
    target, log_p, _ = _parts(out, ab, bins, weights)
    return weights is not None and close(got, -(target * log_p).sum(dim=1).mean())


@catches("The mean is taken over the *weights*: divided by their sum, and not by the number of pixels. They are 1 on average "
         "over all photographs already; a batch that has many rare colours is meant to count for more.")
def divided_by_the_weights(got, out, ab, bins, weights):
    target, log_p, weight = _parts(out, ab, bins, weights)
    return weights is not None and close(got, -(weight * (target * log_p).sum(dim=1)).sum() / weight.sum())


@catches("Each *bin* of the target has its own weight here (so does `F.cross_entropy(…, weight=weights)`). Zhang et al. "
         "weigh the pixel as a whole, by the bin nearest to its colour.")
def bins_weighed_apart(got, out, ab, bins, weights):
    target, log_p, _ = _parts(out, ab, bins, weights)
    return weights is not None and close(got, -(weights * target * log_p).sum(dim=1).mean())


@catches("A pixel has the mean weight of its five bins here. Zhang et al. take the weight of the nearest bin alone: "
         "`weights[target.argmax(dim=1)]`.")
def weight_of_five_bins(got, out, ab, bins, weights):
    target, log_p, _ = _parts(out, ab, bins, weights)
    return weights is not None and close(got, -((target @ weights) * (target * log_p).sum(dim=1)).mean())


@catches("The weight is that of the bin that the network finds likeliest. It belongs to the true colour: a network could "
         "otherwise make its own errors count for little.")
def weight_of_the_answer(got, out, ab, bins, weights):
    target, log_p, _ = _parts(out, ab, bins, weights)
    return weights is not None and close(got, -(weights[log_p.argmax(dim=1)] * (target * log_p).sum(dim=1)).mean())


@catches("Only the nearest bin is the target here. A colour between bins belongs to five of them: `encode_ab(colors, bins)`.")
def hard_target(got, out, ab, bins, weights):
    target, log_p, weight = _parts(out, ab, bins, weights)
    return close(got, -(weight * log_p.gather(1, target.argmax(dim=1, keepdim=True))[:, 0]).mean())


@catches("The logarithm is missing: cross-entropy is −Σ target · log p.")
def no_logarithm(got, out, ab, bins, weights):
    target, log_p, weight = _parts(out, ab, bins, weights)
    with_p, with_z = (-(weight * (target * x).sum(dim=1)).mean() for x in (
        log_p.exp(), out.transpose(1, 2).flatten(0, 1)))
    return any(close(got, loss) for loss in (with_p, -with_p, with_z))


@catches("This is the sum over the pixels, or over those of an image. Wanted is the mean over all of them, so that the loss "
         "does not grow with the batch.")
def summed(got, out, ab, bins, weights):
    target, log_p, weight = _parts(out, ab, bins, weights)
    total = -(weight * (target * log_p).sum(dim=1)).sum()
    N, _, P = out.shape
    return any(close(got, loss) for loss in (total, total / N, total / P))


@catches("The target's own entropy is taken off: this is the divergence KL(target ‖ p). Its gradient is the same; wanted "
         "here is the cross-entropy.")
def divergence(got, out, ab, bins, weights):
    target, log_p, weight = _parts(out, ab, bins, weights)
    gap = torch.special.xlogy(target, target) - target * log_p
    return close(got, (weight * gap.sum(dim=1)).mean())


@catches("The softmax runs over the pixels. Each pixel has a distribution over the Q bins: rows are pixels, `dim=1`.")
def softmax_over_pixels(got, out, ab, bins, weights):
    target, _, weight = _parts(out, ab, bins, weights)
    down = [out.transpose(1, 2).flatten(0, 1).log_softmax(dim=0), out.log_softmax(dim=2).transpose(1, 2).flatten(0, 1)]
    return out.shape[2] > 1 and any(close(got, -(weight * (target * d).sum(dim=1)).mean()) for d in down)


@catches("The logarithm of a probability that is 0 in floating point is −∞, and 0 · ∞ is NaN. `torch.log_softmax` never "
         "computes the probability at all.")
def logarithm_of_zero(got, out, ab, bins, weights):
    return not bool(got.isfinite()) and bool((out.softmax(dim=1) == 0).any())


EXERCISE = Exercise(
    "colorization_loss", "06_colorization", "The loss, whole", minutes=20, difficulty=4, importance=5,
    reference=methods.colorization_loss, returns=("loss",), cases=loss_cases, trains_on=("out",), longer=True,
    used_in="in the training below",
    mistakes=(logarithm_of_zero, reshaped_without_a_transpose, weights_ignored, divided_by_the_weights, bins_weighed_apart,
              weight_of_five_bins, weight_of_the_answer, hard_target, no_logarithm, summed, divergence, softmax_over_pixels),
    hints=("It is a classification with soft answers. Which rows does it need: what stands in one, and how do logits "
           "and colours come into the same order?",
           "Two tables of one row per pixel, (N·P, Q) and (N·P, 2): channels to the end, then flatten. The target of each "
           "row is what you wrote first. Per row −Σ target · log softmax; times the weight of the row's likeliest target "
           "bin, if there are weights; then the mean.",
           "`target = encode_ab(ab.transpose(1, 2).flatten(0, 1), bins)`, `log_p = torch.log_softmax(out.transpose(1, 2)"
           ".flatten(0, 1), dim=1)`, `surprise = -(target * log_p).sum(dim=1)`, and `weights[target.argmax(dim=1)]`."),
)
