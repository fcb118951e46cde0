"""How patches are painted, step by step: what the mistakes of `figure_colors` are made of."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods


def first_score(patches: Tensor, middle: bool = True) -> Tensor:
    mean, direction, _ = methods.pca(patches.flatten(0, 2), 1)
    return (patches - mean) @ direction[0] if middle else patches @ direction[0]


def border(score: Tensor) -> Tensor:
    rim = torch.ones_like(score, dtype=torch.bool)
    rim[:, 1:-1, 1:-1] = False
    return rim


def less_there(score: Tensor, asked: Tensor) -> Tensor:
    return score > 0 if asked.mean() < 0 else score < 0


def figure_of(patches: Tensor) -> Tensor:
    score = first_score(patches)
    return less_there(score, score[border(score)])


def scores_of(rows: Tensor, by: Tensor | None = None, first: int = 0) -> Tensor:
    """The rows' scores along the three main directions of `by`, from the direction `first` on."""
    mean, directions, _ = methods.pca(rows if by is None else by, 3 + first)
    return (rows - mean) @ directions[first:].T


def painted(patches: Tensor, figure: Tensor, colors: Tensor) -> Tensor:
    out = patches.new_zeros(*figure.shape, 3)
    out[figure] = colors
    return out


def colored(patches: Tensor, figure: Tensor) -> Tensor:
    return painted(patches, figure, stretched(scores_of(patches[figure])))


def stretched(scores: Tensor) -> Tensor:
    low, high = scores.amin(dim=0), scores.amax(dim=0)
    return (scores - low) / (high - low)
