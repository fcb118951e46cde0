"""What a classifier says of an image and of a changed image are to be one: UDA's loss, and the divergence of VAT."""

from __future__ import annotations

from torch import Tensor

from .. import expect
from . import inputs


def _check_kl(target_logits, logits):
    inputs.pair(target_logits, logits, ("target_logits", "logits"), ("N", "K"))


@expect.checked(_check_kl)
@inputs.full_precision
def kl_consistency(target_logits: Tensor, logits: Tensor) -> Tensor:
    """KL(p ‖ q) in nats, the mean over the rows, with p = softmax(target_logits) a constant and q = softmax(logits).

    Miyato et al. (2017, arXiv:1704.03976), equation (5): the D of VAT.

    target_logits, logits   (N, K); no gradient goes to the first

    Raises ValueError for another rank, shapes that differ, numbers that are not finite.

    >>> import torch
    >>> logits = torch.tensor([[2.0, 0.0]])
    >>> kl_consistency(logits, logits).item(), round(kl_consistency(logits, -logits).item(), 4)
    (0.0, 1.5232)
    """
    log_p, log_q = target_logits.detach().log_softmax(dim=1), logits.log_softmax(dim=1)
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()


@expect.checked(lambda logits: inputs.floats(logits, "logits", ("N", "K")))
@inputs.full_precision
def entropy(logits: Tensor) -> Tensor:
    """H(softmax(logits)) in nats, the mean over the rows: how undecided a classifier is.

    Made small on images without labels it is entropy minimization, Grandvalet & Bengio (2004), equation (6); beside VAT in
    Miyato et al. (arXiv:1704.03976), equation (14).

    logits   (N, K)

    Raises ValueError for another rank and numbers that are not finite.

    >>> import torch
    >>> round(entropy(torch.zeros(3, 4)).item(), 4)         # ln 4
    1.3863
    """
    log_p = logits.log_softmax(dim=1)
    return -(log_p.exp() * log_p).sum(dim=1).mean()


def _check_uda(weak_logits, strong_logits, temperature, threshold):
    inputs.pair(weak_logits, strong_logits, ("weak_logits", "strong_logits"), ("N", "K"))
    expect.positive(temperature, "temperature")
    expect.number(threshold, "threshold", at_least=0, at_most=1)


@expect.checked(_check_uda)
@inputs.full_precision
def uda_loss(weak_logits: Tensor, strong_logits: Tensor, temperature: float = 0.4, threshold: float = 0.8) -> Tensor:
    """UDA's unlabelled loss: a mean over all N images, of which only those count of whose weak view the network is sure.

        ℓ = (1/N) Σ_i 1[max_y p_i(y) > β] · KL(p_i^sharp ‖ q_i),      p_i = softmax(weak_i), q_i = softmax(strong_i)
        p_i^sharp = softmax(weak_i / τ)                                a constant

    Xie et al. (2020, arXiv:1904.12848), equation (1) and section 3.2 ("Confidence-based masking", "Sharpening predictions").

    weak_logits, strong_logits   (N, K), of an image as it is and of its augmented one; no gradient goes to the first
    temperature                  τ > 0; below 1 it sharpens
    threshold                    β in [0, 1]

    Raises ValueError for another rank, shapes that differ, numbers that are not finite, τ ≤ 0, β outside [0, 1].

    >>> import torch
    >>> weak = torch.tensor([[9.0, 0.0], [0.1, 0.0]])                 # sure of class 0; not sure
    >>> round(uda_loss(weak, torch.zeros(2, 2)).item(), 4)            # half of ln 2
    0.3466
    """
    weak = weak_logits.detach()
    sure = weak.softmax(dim=1).amax(dim=1) > threshold                                                  # (N,)
    log_p, log_q = (weak / temperature).log_softmax(dim=1), strong_logits.log_softmax(dim=1)            # (N, K)
    return ((log_p.exp() * (log_p - log_q)).sum(dim=1) * sure).mean()
