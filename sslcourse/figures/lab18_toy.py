"""Lab 18's drawings of absorption, where the true directions are known, and of splitting, where they are not."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from .. import plots, widgets
from ..data import ImageSet

SHOWN = 12


def match(true: Tensor, learned: Tensor) -> Tensor:
    """For each true direction the learned atom that is nearest to it, no atom twice: (T,), by the best assignment."""
    from scipy.optimize import linear_sum_assignment

    cosines = F.normalize(true, dim=1) @ F.normalize(learned, dim=1).T
    rows, columns = linear_sum_assignment(-cosines.detach().numpy())
    return torch.tensor(columns)[torch.tensor(rows).argsort()]


def toy_atoms(true: Tensor, names: Sequence[str], learned: dict[str, Tensor]) -> None:
    """The cosine of each learned atom with each true direction: an identity where the dictionary is right."""
    figure, axes = plots.new_figure(1, len(learned), width=4.6 * len(learned), height=3.9)
    said = []
    for axis, (kind, atoms) in zip(axes, learned.items()):
        cosines = (F.normalize(atoms[match(true, atoms)], dim=1) @ F.normalize(true, dim=1).T).detach()
        picture = axis.imshow(cosines.numpy(), vmin=-1, vmax=1, cmap="RdBu_r")
        axis.set_xticks(range(len(names)), names, rotation=90, fontsize=8.5)
        axis.set_yticks(range(len(names)), [f"atom for {name}" for name in names], fontsize=8.5)
        axis.set_title(kind)
        own = cosines.diagonal()
        wrong = (cosines - torch.diag(own)).abs().max()
        said.append(f"{kind}: cosines with the right direction from {float(own.min()):.2f} to {float(own.max()):.2f}, the "
                    f"largest with another {float(wrong):.2f}")
    figure.colorbar(picture, ax=axes, shrink=0.8, label="cosine with the true direction")
    plots.show(figure, alt="Learned atoms against true directions. " + "; ".join(said) + ".")


def split(
    shown: ImageSet, small: tuple[Tensor, Tensor], large: tuple[Tensor, Tensor], parents: Sequence[int],
) -> widgets.Panel:
    """A latent of a small dictionary, and the latents of a large one that lie nearest to it: their top images, a row each.

    small, large   (code of the shown images (N, K), atoms (K, D))
    parents        latents of the small dictionary; the menu
    """
    alive = ((large[0] > 0).sum(dim=0) >= SHOWN).nonzero().flatten()
    cosines = F.normalize(small[1], dim=1) @ F.normalize(large[1][alive], dim=1).T

    def classes(images: Tensor) -> str:
        counts = torch.bincount(shown.labels[images], minlength=len(shown.classes))
        best = int(counts.argmax())
        return f"{shown.classes[best]} {counts[best] / counts.sum():.0%}"

    def compute(parent: int) -> dict:
        rows = {}
        top = small[0][:, parent].topk(SHOWN).indices
        rate = float((small[0][:, parent] > 0).float().mean())
        rows[f"{small[0].shape[1]} latents: {classes(top)}\nfires for {rate:.1%}"] = top
        for place in cosines[parent].topk(4).indices:
            child = int(alive[place])
            top, rate = large[0][:, child].topk(SHOWN).indices, float((large[0][:, child] > 0).float().mean())
            name = f"{large[0].shape[1]:,} latents: {classes(top)}\nfires for {rate:.1%}, cosine {cosines[parent, place]:.2f}"
            rows[name] = top
        return rows

    def draw(rows: dict):
        figure, axis = plots.new_figure(width=10.4, height=4.4)
        images = torch.cat([shown.images[top] for top in rows.values()])
        middles = plots.mosaic(axis, images, columns=SHOWN)
        for i, name in enumerate(rows):
            axis.annotate(name, (0, middles[i * SHOWN][1]), xytext=(-6, 0), textcoords="offset points", ha="right",
                          va="center", fontsize=9, fontweight="normal" if i else "bold")
        return figure

    return widgets.Panel(
        {"parent": [f"latent {parent}" for parent in parents]}, lambda parent: compute(int(parent.split()[1])), draw,
        lambda rows, parent: f"Top images of {parent} of the small dictionary, and below it of its four nearest in the large "
        "one: " + "; ".join(name.replace("\n", ", ") for name in rows) + ".",
        start={"parent": f"latent {parents[0]}"}, labels={"parent": ""},
    )
