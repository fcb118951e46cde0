"""Lab 19: columns of the bench's table as tensors, methods in rows and seeds beside each other."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from ..results import cells

NETWORKS = ("ResNet", "ViT")
RULERS = ("kNN", "linear probe", "few-shot")
TASKS = {"cifar10": "CIFAR-10", "fashion_mnist": "Fashion-MNIST", "emoji": "emoji", "shapes": "shapes",
         "changes": "what was done"}
Place = tuple[str, str, str, str]  # network, task, ruler, budget


def place(network: str = "ResNet", task: str = "cifar10", ruler: str = "linear probe", budget: str = "short") -> Place:
    """One column of the table."""
    return network, task, ruler, budget


def column(where: Place) -> dict[str, dict[int, float]]:
    """{method: {seed: number}} as it is on file."""
    network, task, ruler, budget = where
    return cells.scores(cells.rows(), task, ruler, network, budget)


def beside(*places: Place, among: Iterable[str] = ()) -> tuple[list[str], list[Tensor]]:
    """The methods that all these columns have, and a tensor (M, S) for each column, of the seeds that all have.

    among   only these methods
    """
    found = [column(where) for where in places]
    methods = [m for m in found[0] if all(m in other for other in found) and m not in ("raw pixels", "patch dictionary")]
    methods = [m for m in methods if m in among] if among else methods
    seeds = sorted(set.intersection(*(set(other[m]) for other in found for m in methods))) if methods else []
    return methods, [torch.tensor([[other[m][s] for s in seeds] for m in methods], dtype=torch.float64) for other in found]


def pairs() -> dict[str, tuple[list[str], Tensor, Tensor]]:
    """The comparisons of section 3: {in words: (methods, a, b)}, those of which four methods or more are on file.

    The first is a network with itself, one seed against the next: what chance alone does to an order.
    """
    base = place()
    wanted = {
        "ResNet and ViT": (base, place("ViT")),
        "probe and kNN vote": (base, place(ruler="kNN")),
        "probe and few-shot": (base, place(ruler="few-shot")),
        **{f"CIFAR-10 and {TASKS[task]}": (base, place(task=task)) for task in list(TASKS)[1:]},
        "frozen and fine-tuned": (base, place(ruler="fine-tuned")),
        "short and long budget": (base, place(budget="long")),
    }
    found = {}
    methods, (a,) = beside(base)
    if len(methods) >= 4 and a.shape[1] >= 2:
        half = a.shape[1] - 1
        found["a seed and the next"] = (methods, a[:, :half], a[:, 1:])
    for name, places in wanted.items():
        methods, (a, b) = beside(*places)
        if len(methods) >= 4 and a.shape[1] >= 1:
            found[name] = (methods, a, b)
    return found
