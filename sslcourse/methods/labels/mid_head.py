"""Fine-tuning from the middle of the projection head (SimCLRv2, Chen et al., 2020, arXiv:2006.10029, section 2)."""

from __future__ import annotations

from torch import nn

from ... import expect


def _check_middle_of_head(method, layers):
    parts = getattr(getattr(method, "head", None), "layers", None)
    expect.that(isinstance(parts, nn.Sequential), "method", method, "a method with head.layers, an nn.Sequential")
    hidden = sum(isinstance(part, nn.ReLU) for part in parts)
    expect.integer(layers, "layers", at_least=0, at_most=hidden)


@expect.checked(_check_middle_of_head)
def middle_of_head(method: nn.Module, layers: int = 1) -> nn.Sequential:
    """The encoder together with the first `layers` layers of its projection head, as one encoder to be fine-tuned.

    SimCLR throws the whole head away before fine-tuning. SimCLRv2 makes the head deeper and keeps its first layer: what
    is fine-tuned is images -> encoder -> linear, BatchNorm, ReLU. A layer counts from its linear map to its ReLU.

    method    has an ``encoder`` and a ``head`` whose ``layers`` are an nn.Sequential, as `methods.SimCLR` has
    layers    0 for the encoder alone, as in SimCLR, up to the hidden layers there are. The last linear map has no ReLU
              after it, and is never kept
    returns   an nn.Sequential that shares its weights with `method`; its width is ``num_features``

    Raises ValueError for a method without such a head, and for a number of layers that it does not have.

        >>> import torch
        >>> from sslcourse.methods import SimCLR
        >>> from sslcourse.models import ResNet
        >>> simclr = SimCLR(ResNet(8, (1, 1)), hidden_dim=24, head_layers=3)
        >>> middle_of_head(simclr)(torch.rand(4, 3, 16, 16)).shape
        torch.Size([4, 24])
    """
    parts = method.head.layers
    ends = [place + 1 for place, part in enumerate(parts) if isinstance(part, nn.ReLU)]
    kept = parts[: ends[layers - 1]] if layers else parts[:0]
    encoder = nn.Sequential(method.encoder, *kept)
    linear = [part for part in kept if isinstance(part, nn.Linear)]
    encoder.num_features = linear[-1].out_features if linear else method.encoder.num_features
    return encoder
