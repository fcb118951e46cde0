"""Color as a choice among bins: the grid of colors, a color as a distribution over it, and the way back.

The classes of Zhang, Isola & Efros (2016, arXiv:1603.08511), section 2; Larsson et al. (2016, arXiv:1603.06668) predict
distributions too, one for each axis of their color space.
"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import expect
from .color_space import rgb_to_lab


def ab_bins(step: float = 10.0) -> Tensor:
    """The points of a grid on the a*b* plane that a screen can show at some lightness: (Q, 2), `step` apart.

    A point belongs if some sRGB color has it as its nearest. Rows are in order of a*, then b*. With a step
    of 10, Zhang et al. keep Q = 313 points; this stricter rule keeps 261. ValueError for a step of 0 or less, or above
    100.

        >>> bins = ab_bins(10)
        >>> bins.shape, bins[0].tolist()
        (torch.Size([261, 2]), [-90.0, 80.0])
    """
    expect.positive(step, "step")
    expect.number(step, "step", at_most=100)
    # Dimming a color moves it towards gray, so the brightest ones, with a channel at its maximum, reach everywhere.
    level = torch.linspace(0, 1, 256, dtype=torch.float64)
    other, another = torch.meshgrid(level, level, indexing="ij")
    full = torch.ones_like(other)
    faces = [(full, other, another), (other, full, another), (other, another, full)]
    colors = torch.stack([torch.stack(face) for face in faces])                            # (3 faces, 3, 256, 256)
    ab = rgb_to_lab(colors)[:, 1:].permute(0, 2, 3, 1).reshape(-1, 2)
    grid = (ab / step).round() + 0.0  # + 0.0: there is no −0
    return (grid.unique(dim=0) * step).float()


def _check_encode_ab(ab, bins, k, sigma):
    expect.tensor(ab, "ab", ("N", 2), finite=True)
    expect.tensor(bins, "bins", ("Q", 2), finite=True)
    expect.integer(k, "k", at_least=1, at_most=len(bins))
    expect.positive(sigma, "sigma")


@expect.checked(_check_encode_ab)
def encode_ab(ab: Tensor, bins: Tensor, k: int = 5, sigma: float = 5.0) -> Tensor:
    """Colors (N, 2) as distributions over bins (Q, 2): (N, Q), each row sums to 1 (Zhang et al., section 2.2).

    The `k` nearest bins share a color, in proportion to exp(−d² / 2σ²) of its distance d to each; all others get 0.
    With k = 1 it is one-hot, the nearest bin. ValueError for other shapes, NaN, k outside 1…Q, or sigma ≤ 0.

        >>> import torch
        >>> bins = torch.tensor([[0.0, 0.0], [10.0, 0.0], [20.0, 0.0]])
        >>> encode_ab(torch.tensor([[1.0, 0.0]]), bins, k=2).round(decimals=2)
        tensor([[0.8300, 0.1700, 0.0000]])
    """
    distances_sq = (ab[:, None] - bins).square().sum(dim=2)                                 # (N, Q)
    near, index = distances_sq.topk(k, dim=1, largest=False)                                # (N, k)
    shares = torch.softmax(-near / (2 * sigma**2), dim=1)
    return torch.zeros_like(distances_sq).scatter(1, index, shares)


def _check_annealed_mean(logits, bins, temperature):
    expect.tensor(bins, "bins", ("Q", 2), finite=True)
    expect.tensor(logits, "logits", ("N", len(bins)), finite=True)
    expect.positive(temperature, "temperature")


@expect.checked(_check_annealed_mean)
def annealed_mean(logits: Tensor, bins: Tensor, temperature: float = 0.38) -> Tensor:
    """One color (N, 2) for each row of logits (N, Q) over bins (Q, 2): the mean of softmax(logits / temperature).

    Zhang et al., equation (5): T = 1 is the mean of the distribution, T near 0 its most likely bin, and 0.38 what they
    chose by eye. ValueError for other shapes, NaN, or a temperature ≤ 0.

        >>> import torch
        >>> logits, bins = torch.tensor([[2.0, 1.0]]), torch.tensor([[0.0, 0.0], [10.0, 20.0]])
        >>> annealed_mean(logits, bins, 1.0).round(decimals=2), annealed_mean(logits, bins, 0.1).round(decimals=2)
        (tensor([[2.6900, 5.3800]]), tensor([[0., 0.]]))
    """
    return torch.softmax(logits / temperature, dim=1) @ bins


def _check_rebalancing_weights(p, lam):
    expect.tensor(p, "p", ("Q",), finite=True)
    expect.that(bool((p >= 0).all()) and abs(float(p.sum()) - 1) < 1e-3, "p", p, "shares ≥ 0 that sum to 1")
    expect.number(lam, "lam", at_least=0, at_most=1)
    expect.that(lam > 0 or bool((p > 0).all()), "lam", lam, "a number > 0, since some bins are empty")


@expect.checked(_check_rebalancing_weights)
def rebalancing_weights(p: Tensor, lam: float = 0.5) -> Tensor:
    """How much a pixel of each bin should count, (Q,): rare colors more, 1 on average over the pixels.

    p     (Q,), how often each bin occurs: shares that sum to 1
    lam   λ, how far p is first mixed with the uniform distribution: 0 weighs by 1/p, 1 weighs all bins alike

    Zhang et al., equation (4): w ∝ 1 / ((1 − λ) p + λ / Q), scaled so that Σ p w = 1. (Before that they smooth p over
    the a*b* plane, which is left to the caller here.) ValueError for another shape, a negative share, shares that do
    not sum to 1, λ outside [0, 1], or λ = 0 with an empty bin.

        >>> import torch
        >>> rebalancing_weights(torch.tensor([0.9, 0.1]), lam=0.5)
        tensor([0.8824, 2.0588])
    """
    weights = 1 / ((1 - lam) * p + lam / len(p))
    return weights / (p * weights).sum()


def _check_colorization_loss(out, ab, bins, weights):
    expect.tensor(bins, "bins", ("Q", 2), finite=True)
    expect.tensor(out, "out", ("N", len(bins), "P"))
    expect.tensor(ab, "ab", (len(out), 2, out.shape[2]), finite=True)
    if weights is not None:
        expect.tensor(weights, "weights", (len(bins),), finite=True)


@expect.checked(_check_colorization_loss)
def colorization_loss(out: Tensor, ab: Tensor, bins: Tensor, weights: Tensor | None = None) -> Tensor:
    """Cross-entropy of P pixels of each image to the soft bins of their true colors, a scalar (Zhang et al., equation (2)).

        −mean over pixels of w(q*) Σ_q encode_ab(ab)_q log softmax(out)_q,   q* the bin nearest to the pixel's ab

    out       (N, Q, P), logits
    ab        (N, 2, P), the true colors at the same places
    bins      (Q, 2)
    weights   (Q,) what a pixel of each bin counts, such as `rebalancing_weights`; None: every pixel alike

    ValueError for other shapes, or NaN in ab, bins or weights.

        >>> import torch
        >>> bins = torch.tensor([[-50.0, 0.0], [0.0, 0.0], [50.0, 0.0], [0.0, 50.0], [0.0, -50.0]])
        >>> out, ab = torch.zeros(1, 5, 3), torch.tensor([[[0.0, 50.0, 1.0], [0.0, 0.0, 2.0]]])
        >>> colorization_loss(out, ab, bins), torch.log(torch.tensor(5.0))
        (tensor(1.6094), tensor(1.6094))
    """
    logits = out.transpose(1, 2).flatten(0, 1)                      # (N·P, Q), a pixel per row
    colors = ab.transpose(1, 2).flatten(0, 1)                       # (N·P, 2), in the same order
    target = encode_ab(colors, bins)                                # (N·P, Q), each row sums to 1
    log_p = torch.log_softmax(logits, dim=1)
    surprise = -(target * log_p).sum(dim=1)                         # (N·P,)
    if weights is not None:
        nearest = target.argmax(dim=1)
        surprise = weights[nearest] * surprise
    return surprise.mean()
