"""The loss of a model that reads a text from left to right (Radford et al., 2018; Brown et al., 2020, arXiv:2005.14165)."""

from __future__ import annotations

from torch import Tensor
from torch.nn import functional as F

from .. import expect
from . import inputs


def _check(logits, tokens):
    inputs.floats(logits, "logits", ("N", "T", "V"))
    expect.tensor(tokens, "tokens", tuple(logits.shape[:2]))
    expect.that(tokens.shape[1] >= 2, "tokens", tokens, "rows of two tokens or more")
    expect.labels(tokens.flatten(), "tokens", num_classes=logits.shape[2])


@expect.checked(_check)
@inputs.full_precision
def next_token_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """How surprising each token is to a model that has read the tokens before it: mean cross-entropy, in nats.

        loss = −mean over rows and places t ≥ 1 of log softmax(logits_{t−1})[token_t]

    logits   (N, T, V), the model's output at each place: what it expects at the *next* one
    tokens   (N, T), integers. The first token has nothing before it, so T − 1 tokens of each row are predicted

    Radford et al. (2018), equation 1, as a mean. Raises ValueError for other shapes, logits that are not finite, rows of one
    token, tokens outside [0, V).

    >>> import torch
    >>> logits = torch.zeros(1, 3, 4)
    >>> logits[0, 0, 2] = logits[0, 1, 1] = 100.0           # sure of 2, then of 1
    >>> next_token_loss(logits, torch.tensor([[3, 2, 1]]))
    tensor(0.)
    """
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten().long())
