"""Views of several sizes through one network (multi-crop, Caron et al., 2020, arXiv:2006.09882, section 3.3)."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ... import expect
from ..running_means import running_means_held


def _check(network, views, n_global):
    expect.that(isinstance(network, nn.Module), "network", network, "an nn.Module")
    is_list = isinstance(views, (list, tuple)) and len(views) > 0
    expect.that(is_list, "views", views, "a list of tensors of images, the global views first")
    for i, view in enumerate(views):
        expect.tensor(view, f"views[{i}]", (len(views[0]), "C", "H", "W"))
    expect.integer(n_global, "n_global", at_least=1)


@expect.checked(_check)
def crop_outputs(network: nn.Module, views: Sequence[Tensor], n_global: int = 2) -> list[Tensor]:
    """What a network says of every view, in one pass for neighbors of one size (Caron et al., 2021, arXiv:2104.14294, 3.1).

    BatchNorm normalizes each pass by its own batch, and only the global views move its running means: at test time the
    network sees whole images, and no small pieces.

        network    images -> (N, K), of whatever size a view has
        views      V tensors (N, C, H, W), the global ones first
        n_global   how many are global
        returns    V outputs (N, K), in the order of the views

    Raises ValueError for no view, views of another number of images, n_global below 1.

    >>> views = [torch.rand(2, 3, 8, 8), torch.rand(2, 3, 8, 8), torch.rand(2, 3, 4, 4)]
    >>> [tuple(out.shape) for out in crop_outputs(nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten()), views)]
    [(2, 3), (2, 3), (2, 3)]
    """
    out = _by_size(network, views[:n_global])
    with running_means_held(network):
        return out + _by_size(network, views[n_global:])


def _by_size(network: nn.Module, views: Sequence[Tensor]) -> list[Tensor]:
    out: list[Tensor] = []
    for _, group in itertools.groupby(views, key=lambda view: view.shape):
        same = list(group)
        out += network(torch.cat(same)).chunk(len(same))
    return out
