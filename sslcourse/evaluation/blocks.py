"""What a training has done to a network, block by block: how far the weights moved, and how much a block says the same.

Definition: ‖θ_b' − θ_b‖ / ‖θ_b‖ for the convolution weights θ_b of block b; and linear CKA (Kornblith et al., 2019,
arXiv:1905.00414) between the block's outputs before and after.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .. import expect, models
from ..methods import resnet_blocks
from .features import evaluating, extract_features
from .geometry import linear_cka


def _check_encoder(encoder):
    expect.that(isinstance(encoder, models.ResNet), "encoder", encoder, "a models.ResNet")


@expect.checked(_check_encoder)
def block_features(encoder: models.ResNet, images: Tensor) -> list[Tensor]:
    """What each block of a ResNet says of the images, the mean of its map over its places: [(N, C_b), …].

        encoder   its blocks are those of `methods.resnet_blocks`; of the stem it is the map after the ReLU
        images    (N, C, H, W), as in `extract_features`

    The encoder is left as it was. ValueError: not a `models.ResNet`, what is no batch of images.

    >>> [tuple(part.shape) for part in block_features(models.ResNet(8, (1, 1)), torch.rand(5, 3, 16, 16))]
    [(5, 8), (5, 8), (5, 16)]
    """
    widths = []

    def means(x: Tensor) -> Tensor:
        stem = encoder.maxpool(encoder.relu(encoder.bn1(encoder.conv1(x))))
        maps = [stem, *encoder.feature_maps(x)]
        widths[:] = [part.shape[1] for part in maps]
        return torch.cat([part.mean(dim=(2, 3)) for part in maps], dim=1)

    with evaluating(encoder):
        found = extract_features(means, images, device=encoder.conv1.weight.device)
    return list(found.split(widths, dim=1))


def _check(before, after):
    for net, name in ((before, "before"), (after, "after")):
        expect.that(isinstance(net, models.ResNet), name, net, "a models.ResNet")
    shapes = [{name: tuple(p.shape) for name, p in net.named_parameters()} for net in (before, after)]
    expect.that(shapes[0] == shapes[1], "after", expect.Words("another architecture"), "the architecture of before")


@expect.checked(_check)
def block_changes(before: models.ResNet, after: models.ResNet, images: Tensor) -> tuple[Tensor, Tensor]:
    """How far the weights of each block moved in a training, and how much the block still says the same.

        before, after  a ResNet before its training and after it, on one device; both stay as they are
        images         (N, C, H, W), on which their outputs are compared; N well above the number of channels
        returns        moved (B,): ‖θ_b' − θ_b‖ / ‖θ_b‖, where θ_b are the convolution weights of block b, all in one row;
                       same (B,): linear CKA between the block's `block_features`; 1 is the same but for rotation and scale

    ValueError: other modules, two architectures, what is no batch of images.

    >>> before, images = models.ResNet(4, (1, 1)), torch.rand(20, 3, 8, 8)
    >>> after = models.ResNet(4, (1, 1))
    >>> after.load_state_dict({name: 3 * value for name, value in before.state_dict().items()})
    <All keys matched successfully>
    >>> moved, same = block_changes(before, after, images)
    >>> [round(value, 4) for value in moved.tolist()]
    [2.0, 2.0, 2.0]
    """
    moved, same = [], []
    said = zip(block_features(before, images), block_features(after, images))
    for names, (x, y) in zip(resnet_blocks(before), said):
        old, new = (
            torch.cat([weight.detach().flatten() for name in names
                       for weight in net.get_submodule(name).parameters() if weight.ndim > 1])
            for net in (before, after)
        )
        moved.append((new - old).norm() / old.norm())
        same.append(linear_cka(x, y))
    return torch.stack(moved), torch.tensor(same)
