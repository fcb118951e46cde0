"""Lab 03's plane: codes of two numbers with the bell from which one draws, on a map, and decoded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from .. import plots, runtime
from ..data import ImageSet
from ..plots.style import MARKERS


class Bell(NamedTuple):
    """A normal distribution in the plane: its mean (2,), and a root (2, 2) of its covariance."""

    mean: Tensor
    root: Tensor

    def at(self, e: Tensor) -> Tensor:
        """Points that follow this bell if e (N, 2) follows N(0, I)."""
        return self.mean + e @ self.root.T


PRIOR = Bell(torch.zeros(2), torch.eye(2))


def bell_of(Z: Tensor) -> Bell:
    """The bell with the mean and the covariance of Z (N, 2)."""
    return Bell(Z.mean(0), torch.linalg.cholesky(torch.cov(Z.T)))


@dataclass(frozen=True)
class Space:
    """A trained method, its codes of the test digits (N, 2), and the bell from which one draws to invent."""

    method: nn.Module
    Z: Tensor
    bell: Bell = PRIOR

    def decode(self, z: Tensor) -> Tensor:
        return decoded(self.method, z)


def decoded(method: nn.Module, z: Tensor) -> Tensor:
    """Codes (N, J) -> images (N, 1, 28, 28), on the CPU."""
    with torch.no_grad():
        return method.eval().decode(z.to(runtime.device())).cpu()


def tiles(axis, images: Tensor, columns: int, title: str = "") -> None:
    """A batch of gray images as one large one, `columns` to a row."""
    rows = images[:, 0].unflatten(0, (-1, columns))  # (rows, columns, 28, 28)
    axis.imshow(rows.transpose(1, 2).flatten(0, 1).flatten(1, 2), cmap="gray", vmin=0, vmax=1)
    axis.set_title(title)
    axis.axis("off")


def draw_map(axis, Z: Tensor, bell: Bell, test: ImageSet, title: str = "", shown: int = 2000) -> None:
    """Test digits at their codes; rings at one, two and three widths of a bell. Their classes stand in a `legend`."""
    plots.scatter(axis, Z[:shown], test.labels[:shown], test.classes, title=title, size=5, names="")
    turn = torch.linspace(0, 2 * torch.pi, 100)
    circle = torch.stack([turn.cos(), turn.sin()], dim=1)
    for widths in (1, 2, 3):
        axis.plot(*bell.at(widths * circle).T, color=plots.INK, linewidth=1.1, linestyle="--")


def capital(name: str) -> str:
    return name[0].upper() + name[1:]


def legend(figure, test: ImageSet) -> None:
    """Colour and shape of each class, below all: inside the maps the names would cover each other."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], linestyle="", color=color, marker=marker, label=name)
               for name, color, marker in zip(test.classes, plots.COLOURS, MARKERS)]
    figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=9, handletextpad=0.1)


def first_of_each(test: ImageSet) -> list[int]:
    """The row of the first test digit of each class."""
    return [int((test.labels == digit).nonzero()[0]) for digit in range(len(test.classes)) if (test.labels == digit).any()]
