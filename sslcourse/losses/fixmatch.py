"""FixMatch's unlabelled loss: what a weak view is sure of is a strong one's target (Sohn et al., 2020, arXiv:2001.07685)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(weak_logits, strong_logits, threshold):
    inputs.pair(weak_logits, strong_logits, ("weak_logits", "strong_logits"), ("N", "K"))
    expect.number(threshold, "threshold", at_least=0, at_most=1)


@expect.checked(_check)
@inputs.full_precision
def fixmatch_loss(weak_logits: Tensor, strong_logits: Tensor, threshold: float = 0.95) -> Tensor:
    """The unlabelled loss of FixMatch, equation (4): a mean over all N images, of which only the sure ones count.

        q_i = softmax(weak_i),   ŷ_i = argmax q_i,   ℓ = (1/N) Σ_i 1[max q_i ≥ threshold] · CE(strong_i, ŷ_i)

    weak_logits, strong_logits   (N, K), of a weak and a strong view of the same images; no gradient goes to the weak
    threshold                    in [0, 1], on a probability

    Raises ValueError for another rank, shapes that differ, logits that are not finite, a threshold outside [0, 1].

    >>> import torch
    >>> weak = torch.tensor([[9.0, 0.0], [0.1, 0.0]])                 # sure of class 0; not sure
    >>> round(float(fixmatch_loss(weak, torch.zeros(2, 2))), 4)       # half of ln 2
    0.3466
    """
    confidence, believed = weak_logits.detach().softmax(dim=1).max(dim=1)                # (N,), (N,)
    sure = confidence >= threshold
    return (F.cross_entropy(strong_logits, believed, reduction="none") * sure).mean()
