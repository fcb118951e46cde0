"""Lab 18's steering: a latent is switched off, or turned up, and a probe is asked again."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .. import plots, widgets
from ..data import ImageSet

SHOWN = 8


def steering(
    shown: ImageSet, before: Tensor, steered: Callable[[str, float], Tensor], latents: dict[str, int], gains: Sequence[float],
) -> widgets.Panel:
    """Predictions before and after a latent is multiplied by a gain; images whose prediction changes.

    before    (N,), the predictions as they are
    steered   (class, gain) -> (N,), the predictions with the class's latent at `gain` times its value
    latents   {class: its latent}
    """
    n = len(shown.classes)

    def compute(target: str, gain: float) -> dict:
        after = steered(target, gain)
        changed = (after != before).nonzero().flatten()
        return {"target": target, "gain": gain, "after": after, "changed": changed,
                "counts": [torch.bincount(p, minlength=n) for p in (before, after)]}

    def draw(found: dict):
        figure, (left, right) = plots.new_figure(1, 2, width=10.4, height=3.6, width_ratios=[1, 2])
        moved = (found["counts"][1] - found["counts"][0]).tolist()
        colors = [plots.COLOURS[2] if name == found["target"] else plots.COLOURS[0] for name in shown.classes]
        left.barh(shown.classes, moved, color=colors)
        left.axvline(0, color=plots.INK, linewidth=0.8)
        left.invert_yaxis()
        left.set(xlabel="predictions more or fewer", title=f"Latent {latents[found['target']]}, for “{found['target']}”")
        left.tick_params(axis="y", length=0)
        examples = found["changed"][:SHOWN]
        if len(examples):
            titles = [f"{shown.classes[before[i]]} →\n{shown.classes[found['after'][i]]}" for i in examples.tolist()]
            middles = plots.mosaic(right, shown.images[examples], columns=4, titles=[" "] * len(examples))
            for (x, y), title in zip(middles, titles):
                right.annotate(title, (x, y - 50), ha="center", va="bottom", fontsize=8)
        else:
            right.axis("off")
        right.set_title(f"{len(found['changed'])} of {len(before):,} predictions change", pad=16)
        return figure

    def alt(found: dict, target: str, gain: float) -> str:
        lost, own = found["counts"][0] - found["counts"][1], shown.classes.index(target)
        return (f"The latent for {target} at {gain:g} times its value: {len(found['changed'])} predictions change; {target} "
                f"goes from {int(found['counts'][0][own])} to {int(found['counts'][1][own])} predictions. The class that "
                f"gains most is {shown.classes[int((-lost).argmax())]}. Right, images whose prediction changed.")

    return widgets.Panel(
        {"target": list(latents), "gain": list(gains)}, compute, draw, alt, start={"gain": gains[0]},
        labels={"target": "the latent for", "gain": "times"},
    )
