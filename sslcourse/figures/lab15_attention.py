"""Lab 15, section 6: where a class token looks, and whether that is on the figure."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import plots, results, runtime, widgets

LAB = "15_dino"


def looks(vit: nn.Module, images: Tensor, size: int = 32) -> Tensor:
    """The last block's attention for images (N, C, H, W), uint8, shown at `size` pixels: (N, heads, 1 + L, 1 + L)."""
    x = F.interpolate(images.float() / 255, size=size, mode="bilinear", antialias=True).to(runtime.device())
    with torch.no_grad():
        return vit.to(runtime.device()).eval().attention_maps(x, layer=-1).cpu()


def maps(attention: Tensor) -> Tensor:
    """The class token's attention to the patches, as pictures that sum to 1: (N, heads, s, s)."""
    row = attention[:, :, 0, 1:]
    side = round(row.shape[2] ** 0.5)
    return (row / row.sum(dim=2, keepdim=True)).unflatten(2, (side, side))


def attention(networks: dict[str, nn.Module], photographs: dict[str, Tensor]) -> widgets.Panel:
    """A photograph, and what each head of the chosen network lights up in it."""
    def compute(photograph: str, network: str, pixels: int) -> tuple[Tensor, Tensor]:
        image = photographs[photograph][None]
        return image.float() / 255, maps(looks(networks[network], image, pixels))[0]

    def draw(found: tuple[Tensor, Tensor]):
        image, lit = found
        rows = torch.cat([lit, lit.mean(dim=0, keepdim=True)])[:, None]                     # (heads + 1, 1, s, s)
        heat = F.interpolate(rows, size=96, mode="bilinear", align_corners=False)
        big = F.interpolate(image, size=96, mode="nearest")
        titles = ["photograph", *(f"head {h + 1}" for h in range(len(lit))), "mean of the heads"]
        shown = torch.cat([big, big * (0.15 + 0.85 * heat / heat.amax(dim=(2, 3), keepdim=True))])
        return plots.image_grid(shown, titles, columns=len(titles), cell=1.65)

    return widgets.Panel(
        {"photograph": list(photographs), "network": list(networks), "pixels": [32, 64]}, compute, draw,
        start={"network": list(networks)[0], "pixels": 64},
        labels={"photograph": "", "network": "", "pixels": "shown at, in pixels"},
        alt=lambda found, photograph, network, pixels: (
            f"A photograph ({photograph}) at {pixels} pixels and, lit up, where the class token of each head looks "
            f"({network}). The brightest patch has {float(found[1].mean(0).max()):.1%} of the attention, an even share is "
            f"{1 / found[1][0].numel():.1%}."))


def drawings(emoji: Tensor, count: int = 512) -> tuple[Tensor, Tensor]:
    """Some emoji, and where their figure is: images (N, C, H, W), and (N, H, W) bool, True where it is not white."""
    chosen = emoji[torch.randperm(len(emoji), generator=torch.Generator().manual_seed(0))[:count]]
    return chosen, chosen.amin(dim=1) < 240


def focus(found: dict[str, Tensor], figure: Tensor) -> dict[str, list[float]]:
    """Attention on the figure over the share of the picture that it covers: for each head, and last for their mean.

    found    name -> the last block's attention to the drawings, (N, heads, 1 + L, 1 + L)
    figure   (N, H, W) bool
    """
    ratios = {}
    for name, each in found.items():
        lit = maps(each)
        share = F.avg_pool2d(figure.float(), figure.shape[1] // lit.shape[2])               # (N, s, s)
        ratio = (lit * share[:, None]).sum(dim=(2, 3)) / share.mean(dim=(1, 2))[:, None]    # (N, heads)
        ratios[name] = [*ratio.mean(dim=0).tolist(), float(ratio.mean())]
        results.record(lab=LAB, method=f"{name}, ViT", data="emoji", protocol="class token's attention",
                       metric="on the figure / area", value=ratios[name][-1], size=len(lit))
    drawn, axis = plots.new_figure(width=7.8, height=3.4)
    heads = [f"head {h + 1}" for h in range(lit.shape[1])] + ["mean"]
    plots.bars(axis, {name: dict(zip(heads, values)) for name, values in ratios.items()},
               x="attention on the figure / its area", format=".2f", title="")
    axis.axvline(1, color=plots.MUTED, linewidth=1, linestyle=":")
    plots.show(drawn, alt="Attention on the figure over its area, mean of the heads: " + ", ".join(
        f"{name} {values[-1]:.2f}" for name, values in ratios.items()) + "; 1 is a blind network's.")
    return ratios


def focus_words(ratios: dict[str, list[float]], least: float = 0.05) -> None:
    """Whether each trained network's maps lean towards the figure, beside an untrained one's; said by the numbers."""
    blind = ratios["untrained"][-1]
    for name, values in ratios.items():
        if name != "untrained":
            print(f"{name}: {values[-1]:.2f} times its share of the area, an untrained network {blind:.2f}:",
                  "these maps lean towards the figure." if values[-1] - blind > least else "these maps are blind.")


def covered(overlaps: dict[str, Tensor]) -> None:
    """The overlap of the looked-at patches with the figure, best head and mean of the heads; recorded and told.

    overlaps   name -> (N, heads)
    """
    best = {name: float(each.mean(dim=0).max()) for name, each in overlaps.items()}
    mean = {name: float(each.mean()) for name, each in overlaps.items()}
    figure, axis = plots.new_figure(width=7.8, height=2.6)
    plots.bars(axis, {name: {"best head": best[name], "mean of the heads": mean[name]} for name in overlaps},
               x="overlap over union, 60% of the attention", format=".1%")
    plots.show(figure, alt="Overlap over union: " + ", ".join(
        f"{name} {best[name]:.1%} with its best head, {mean[name]:.1%} on average" for name in overlaps) + ".")
    for name in overlaps:
        for which, value in (("best head", best[name]), ("mean of the heads", mean[name])):
            results.record(lab=LAB, method=f"{name}, ViT", data="emoji", protocol=f"class token's attention, {which}",
                           metric="Jaccard, 60%", value=value, size=len(overlaps[name]))
    blind = overlaps["untrained"]
    for name, each in overlaps.items():
        if name != "untrained":
            pairs = (each.mean(dim=1) - blind.mean(dim=1)).double()                         # the same drawings
            lead, half = 100 * float(pairs.mean()), 196 * float(pairs.std()) / len(pairs) ** 0.5
            print(f"{name} against an untrained network, on the same drawings: {lead:+.1f} ± {half:.1f} points,",
                  "ahead." if lead > half else "behind." if lead < -half else "no difference that this can see.")
