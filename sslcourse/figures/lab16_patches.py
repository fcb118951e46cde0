"""Lab 16's patches: their features, in colors, matched from picture to picture, and found again in a mirror."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import plots, runtime, widgets
from .lab15 import paired

GRID = 8    # patches in a row of a picture


def patches(network: nn.Module | None, images: Tensor, grid: int = GRID, batch: int = 256) -> Tensor:
    """Features of `grid` × `grid` patches, (N, grid, grid, D), on the CPU; images (N, 3, H, W), uint8 or float in [0, 1].

    A ViT is shown the images at the size that gives it so many patches. With None for a network: the patches' own pixels.
    """
    x = images.float() / (255 if images.dtype == torch.uint8 else 1)
    if network is None:
        x = F.interpolate(x, size=4 * grid, mode="bilinear", antialias=True)
        return F.unfold(x, 4, stride=4).transpose(1, 2).unflatten(1, (grid, grid))
    size, found = network.patch_size * grid, []
    network.to(runtime.device()).eval()
    with torch.no_grad():
        for part in x.split(batch):
            part = F.interpolate(part, size=size, mode="bilinear", antialias=True).to(runtime.device())
            found.append(network.tokens(part)[:, 1:].float().cpu())
    return torch.cat(found).unflatten(1, (grid, grid))


def cosines(left: Tensor, right: Tensor) -> Tensor:
    """Of every patch on the left with every patch on the right, (h, w, D) and (h', w', D) -> (h, w, h', w')."""
    return torch.einsum("abd,cde->abce", F.normalize(left, dim=2), F.normalize(right, dim=2).transpose(1, 2))


def correspondence(
    networks: Mapping[str, nn.Module | None], pairs: Mapping[str, Sequence[Tensor]], others: Tensor,
) -> widgets.Matches:
    """Click a patch, see its match, by each network, for each pair of images (3, H, W).

    others   (N, 3, H, W), photographs whose mean at each place is taken off
    """
    of = {}
    for network, net in networks.items():
        place = patches(net, others).mean(dim=0)                                            # (h, w, D)
        of[network] = {name: cosines(*(patches(net, torch.stack(list(both))) - place)) for name, both in pairs.items()}
    return widgets.Matches({name: tuple(both) for name, both in pairs.items()}, of)


def found_again(left: Tensor, right: Tensor) -> Tensor:
    """Of each image, the share of patches whose most similar patch on the right is the one in the same place: (N,).

    What all the images have at a place, their mean there, is taken off first: a ViT tells every patch its place, and would
    find that again.

    left, right   (N, h, w, D), two sets of patches of the same images, place by place
    """
    left, right = (F.normalize((side - side.mean(dim=0)).flatten(1, 2).float(), dim=2) for side in (left, right))
    nearest = (left @ right.transpose(1, 2)).argmax(dim=2)                                  # (N, L)
    return (nearest == torch.arange(nearest.shape[1])).float().mean(dim=1)


def paired_words(shares: Mapping[str, Tensor], against: str) -> None:
    """Each network's share of patches found again against one of them, on the same images, said by the interval."""
    for name, each in shares.items():
        if name != against:
            mean, half = paired(each, shares[against])
            word = "ahead" if mean > half else "behind" if mean < -half else "no difference that this can see"
            print(f"{name} against {against}: {100 * mean:+.1f} ± {100 * half:.1f} points, {word}.")


def colors(
    networks: Mapping[str, nn.Module | None], photographs: Tensor, paint: Callable[[Tensor], Tensor], others: Tensor,
) -> widgets.Panel:
    """Photographs (N, 3, H, W) and, below, their patches as `paint` colors them, by the chosen network.

    others   (M, 3, H, W), photographs whose mean at each place can be taken off first
    """
    def compute(network: str, place: str, grid: int) -> Tensor:
        found = patches(networks[network], photographs, grid)                               # (N, grid, grid, D)
        if place == "taken off":
            found = found - patches(networks[network], others, grid).mean(dim=0)
        return F.interpolate(paint(found).permute(0, 3, 1, 2), size=96, mode="nearest").clamp(0, 1)

    def draw(painted: Tensor):
        return plots.image_rows({"photograph": photographs, "its patches": painted}, cell=1.05)

    def alt(painted: Tensor, network: str, place: str, grid: int) -> str:
        lit = float((painted.amax(dim=1) > 0).float().mean())
        return (f"{len(photographs)} photographs and their {grid} × {grid} patches by {network}, colored by the three main "
                f"directions of the figure's patches, what a place has anyway {place}; what was taken for ground, "
                f"{1 - lit:.0%}, is black.")

    return widgets.Panel(
        {"network": list(networks), "place": ["taken off", "left in"], "grid": [4, 8, 12]}, compute, draw, alt,
        start={"network": list(networks)[0], "place": "taken off", "grid": 8},
        labels={"network": "", "place": "what a place has anyway", "grid": "patches in a row"},
    )


def watch(look: Callable, photographs: Tensor, paint: Callable[[Tensor], Tensor]) -> widgets.Watch:
    """The loss so far, and some photographs' patches in colors, while a network trains on.

    look   method -> (accuracy of a vote, the patches' features (N, h, w, D))
    """
    def draw(seen: widgets.Seen):
        vote, features = seen.kept
        painted = F.interpolate(paint(features).permute(0, 3, 1, 2), size=64, mode="nearest").clamp(0, 1)
        figure, (left, right) = plots.new_figure(1, 2, width=10.2, height=3.0, width_ratios=[0.8, 2.2])
        left.plot(range(1, len(seen.loss) + 1), seen.loss, color=plots.COLOURS[0], linewidth=1.2, marker=".")
        left.set(xlabel="step", title="Loss of each step")
        left.grid(True)
        plots.mosaic(right, [*photographs, *painted], columns=len(photographs))
        right.set_title(f"Step {seen.step}: a vote by the class token gets {vote:.1%}", loc="center")
        return figure

    return widgets.Watch(look, draw, alt=lambda seen: (
        f"After {seen.step} more steps: a kNN vote by the class token gets {seen.kept[0]:.1%}. The loss, and "
        f"{len(photographs)} photographs above their patches in colors."))
