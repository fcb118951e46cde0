"""Lab 18's feature browser: which images fire a latent, what they have in common, and where in them it looks."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import plots, widgets
from ..data import ImageSet

TOP = 20            # images that give a latent its name
SHOWN = 10          # images in a row


def keywords(images: ImageSet) -> dict[str, Tensor]:
    """Words for each image, {word: (N,) True or False}: its class, and what its mean color says."""
    r, g, b = (images.images.float() / 255).mean(dim=(2, 3)).unbind(dim=1)
    light = (r + g + b) / 3
    found = {name: images.labels == c for c, name in enumerate(images.classes)}
    return found | {"dark": light < 0.33, "bright": light > 0.62, "blue": b - r > 0.08, "green": g - torch.max(r, b) > 0.02,
                    "reddish": r - b > 0.14}


def name_of(code: Tensor, words: dict[str, Tensor]) -> str:
    """The two words that are most over-represented among the images that fire a latent most, with their shares.

    code   (N,), the latent's value for each image
    """
    best = code.topk(TOP).indices
    lift = {word: float(is_so[best].float().mean() - is_so.float().mean()) for word, is_so in words.items()}
    most = sorted(lift, key=lift.get, reverse=True)[:2]
    shares = [f"{word} {float(words[word][best].float().mean()):.0%}" for word in most if lift[word] > 0.25]
    return ", ".join(shares) or "no word for it"


def shown_where(images: Tensor, where: Tensor) -> Tensor:
    """Images (N, 3, H, W) darkened where a latent does not look; `where` (N, h, w) is what each place adds."""
    weight = where.clamp(min=0)
    weight = weight / weight.amax(dim=(1, 2), keepdim=True).clamp(min=1e-9)
    weight = F.interpolate(weight[:, None], images.shape[2:], mode="bilinear", align_corners=False)
    return images.float() / 255 * (0.2 + 0.8 * weight)


def browser(
    shown: ImageSet, dictionaries: dict[str, tuple[Tensor, Callable[[Tensor, int], Tensor]]], ranks: Sequence[int],
) -> widgets.Panel:
    """A page for a latent: most and moderately firing images, where it looks, and how the classes share its firing.

    dictionaries   {name: (code of the shown images (N, K), (images, latent) -> what each place adds (n, h, w))}
    ranks          places in the order of how pure the top images are, from 1; the slider
    """
    words = keywords(shown)
    orders = {name: _by_purity(code, shown) for name, (code, _) in dictionaries.items()}

    def compute(dictionary: str, rank: int) -> dict:
        code, where = dictionaries[dictionary]
        latent = int(orders[dictionary][min(rank, len(orders[dictionary])) - 1])
        values = code[:, latent]
        firing = values.argsort(descending=True)[:int((values > 0).sum())]
        middle = firing[len(firing) // 2:][:SHOWN]
        best = firing[:SHOWN]
        images = [*shown.images[best].float() / 255, *shown_where(shown.images[best], where(shown.images[best], latent)),
                  *shown.images[middle].float() / 255]
        counts = torch.bincount(shown.labels[firing], minlength=len(shown.classes)).float()
        return {"latent": latent, "name": name_of(values, words), "images": images, "share": len(firing) / len(values),
                "classes": counts / counts.sum().clamp(min=1)}

    def draw(found: dict):
        figure, (left, right) = plots.new_figure(1, 2, width=10.4, height=3.1, width_ratios=[3.3, 1])
        middles = plots.mosaic(left, found["images"], columns=SHOWN)
        for row, name in enumerate(("fires most", "where", "fires\nmoderately")):
            if row * SHOWN < len(middles):
                left.annotate(name, (0, middles[row * SHOWN][1]), xytext=(-6, 0), textcoords="offset points", ha="right",
                              va="center", fontsize=9.5)
        left.set_title(f"Latent {found['latent']}: {found['name']}; fires for {found['share']:.1%} of the images")
        right.barh(shown.classes, found["classes"].tolist(), color=plots.COLOURS[0])
        right.invert_yaxis()
        right.axvline(1 / len(shown.classes), color=plots.MUTED, linestyle=":", linewidth=1)
        right.set(xlim=(0, 1), title="Whom it fires for")
        right.tick_params(axis="y", length=0, labelsize=9)
        right.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
        return figure

    def alt(found: dict, dictionary: str, rank: int) -> str:
        most = int(found["classes"].argmax())
        return (f"{dictionary}, latent {found['latent']}, number {rank} by purity: {found['name']}. It fires for "
                f"{found['share']:.1%} of the images, {found['classes'][most]:.0%} of them {shown.classes[most]}. Images "
                "that fire it most, the same darkened where it does not look, and images that fire it moderately.")

    return widgets.Panel(
        {"dictionary": list(dictionaries), "rank": list(ranks)}, compute, draw, alt, start={"rank": ranks[0]},
        labels={"dictionary": "", "rank": "place by purity"},
    )


def _by_purity(code: Tensor, shown: ImageSet) -> Tensor:
    """The latents that fire for TOP images or more, the one whose top images are most of one class first."""
    alive = ((code > 0).sum(dim=0) >= TOP).nonzero().flatten()
    top = shown.labels[code[:, alive].topk(TOP, dim=0).indices]                             # (TOP, alive)
    pure = F.one_hot(top, len(shown.classes)).sum(dim=0).amax(dim=1)
    return alive[pure.argsort(descending=True, stable=True)]
