"""Lab 10, section 9: photographs changed in ways that can be told, and what h and z still know of it."""

from __future__ import annotations

import torch
from torch import Tensor

from .. import augment, plots, results
from ..data import ImageSet

LAB = "10_simclr"


def changed(part: ImageSet, seed: int) -> dict[str, tuple[Tensor, Tensor]]:
    """{question: (images changed in one of several ways, which way)} for the photographs of `part`."""
    images = part.images.float() / 255
    k = torch.randint(4, (len(images),), generator=torch.Generator().manual_seed(seed))
    corners = torch.stack([k // 2 * 12, k % 2 * 12, torch.full_like(k, 20), torch.full_like(k, 20)])
    turned = torch.stack([torch.rot90(image, int(turns), dims=(1, 2)) for image, turns in zip(images, k)])
    grey = torch.where((k % 2 == 0)[:, None, None, None], augment.rgb_to_grayscale(images, 3), images)
    return {
        "class": (images, part.labels),
        "which part": (augment.resized_crop(images, corners, 24), k),
        "rotation": (turned, k),
        "hue": (augment.adjust_hue(images, torch.tensor([0, 0.25, 0.5, -0.25])[k]), k),
        "grey or not": (grey, k % 2),
    }


def recorded(name: str, question: str, score: float) -> float:
    """Keep what a linear probe read from `name`; the score comes back."""
    results.record(lab=LAB, method=f"SimCLR, {name}", data="cifar10", protocol=f"linear probe: {question}", metric="accuracy",
                   value=score, seed=0, size=2000)
    return score


def head(knows: dict[str, dict[str, float]], asked: dict[str, int]) -> None:
    """What a linear probe reads from each representation, question by question."""
    figure, axis = plots.new_figure(width=7.6, height=4.7)
    plots.bars(axis, {f"{question}\n(guessing {1 / answers:.0%})": {name: known[question] for name, known in knows.items()}
                      for question, answers in asked.items()}, x="accuracy of a linear probe", format=".1%")
    axis.set_xlim(0, 1.1)
    plots.show(figure, alt="What a linear probe reads from " + ", ".join(knows) + ": " + "; ".join(
        f"{question} " + ", ".join(f"{name} {known[question]:.0%}" for name, known in knows.items())
        for question in asked) + ".")
    results.say(
        "By the course's protocol, with all labels: kNN {h:.1%} from h and {z:.1%} from z, linear probe {hp:.1%} and "
        "{zp:.1%}.",
        **{key: {"lab": LAB, "method": method, "protocol": protocol, "metric": "accuracy"}
           for key, method, protocol in (("h", "SimCLR", "kNN"), ("z", "SimCLR, z", "kNN"),
                                         ("hp", "SimCLR", "linear probe"), ("zp", "SimCLR, z", "linear probe"))})
