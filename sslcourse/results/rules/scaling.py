"""The claim about compute, and how size and data share it: lab 20."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from ... import evaluation
from ..deciding import Contrast, decide
from ..lookup import NotMeasured, select
from ..row import Row
from ..verdicts import Ruling

LAB, METRIC, PAGES = "20_scaling", "bits per character", "bits per character, standard error over pages"
BUDGETS, SIZES = 4, 5  # of the grid: fewer are not the experiment
WORSE = 0.02           # bits per character, about one in a hundred
GROWS = 0.25           # a hundred times the compute: more than three times as much of it


class Runs(NamedTuple):
    """A number for each run, (R,) float64: budget, weights, tokens read, bits per character, seed."""

    C: Tensor
    N: Tensor
    D: Tensor
    loss: Tensor
    seed: Tensor


def name_of(N: int) -> str:
    """A network's name on file."""
    return f"GPT with {N:,} weights"


def budget_of(C: float) -> str:
    """A budget's name on file."""
    return f"{C:.1e} FLOPs"


def runs_in(rows: Sequence[Row]) -> Runs:
    """The isoFLOP runs among these rows; raises NotMeasured where there is none."""
    found = [(float(row.protocol.split()[0]), float(row.method.split()[2].replace(",", "")), float(row.size), row.value,
              float(row.seed))
             for row in select(rows, lab=LAB, metric=METRIC) if row.protocol == budget_of(float(row.protocol.split()[0]))]
    if not found:
        raise NotMeasured("isoFLOP runs")
    return Runs(*(torch.tensor(column, dtype=torch.float64) for column in zip(*found)))


def in_words(C: float) -> str:
    """A budget as a reader says it.

    >>> in_words(6e10), in_words(1.6e12)
    ('60 billion operations', '1,600 billion operations')
    """
    return f"{C / 1e9:,.0f} billion operations"


def compute_optimal(rows: Sequence[Row]) -> Ruling:
    """At each budget the balanced size against the smallest and the largest; over all budgets, how both of them grow.

    Balanced is the size that was best for the *other* seeds. Both extremes are asked to be worse by 0.02 bits per character,
    and N_opt ∝ C^a and D_opt ∝ C^b to have a and b above 0.25. A seed without a valley has no exponents: they count as 0.
    """
    runs = runs_in(rows)
    contrasts = []
    budgets = runs.C.unique().tolist()
    if len(budgets) < BUDGETS:
        raise NotMeasured(f"{BUDGETS} budgets")
    whole = torch.zeros_like(runs.C, dtype=torch.bool)
    for C in budgets:
        N, loss, seeds = _grid(runs, C)
        noise = [row.value for row in select(rows, lab=LAB, metric=PAGES, protocol=budget_of(C))]
        if len(N) < SIZES or not noise:
            raise NotMeasured(f"{SIZES} sizes at {budget_of(C)}")
        whole |= (runs.C == C) & torch.isin(runs.seed, seeds)
        balanced = torch.stack([loss[i, _others(loss, i).mean(dim=0).argmin()] for i in range(len(seeds))])
        for what, at in (("too small over balanced", 0), ("too large over balanced", -1)):
            effects = tuple((loss[:, at] - balanced).tolist())
            contrasts.append(Contrast(f"the valley at {in_words(C)}", what, effects, WORSE, unit="",
                                      noise=sum(noise) / len(noise)))
    slopes = evaluation.scaling_exponents(*(column[whole] for column in runs)).nan_to_num(0.0)
    contrasts += [Contrast("the growth over all budgets", what, tuple(slopes[:, i].tolist()), GROWS, unit="")
                  for i, what in enumerate(("exponent of the size", "exponent of the data"))]
    return decide(contrasts, on="what is asked")


def _grid(runs: Runs, C: float) -> tuple[Tensor, Tensor, Tensor]:
    """Sizes (S,), losses (seeds, S) and seeds of a budget: of the seeds that have every size."""
    at = runs.C == C
    N, table = runs.N[at].unique(), {}
    for size, loss, seed in zip(runs.N[at].tolist(), runs.loss[at].tolist(), runs.seed[at].tolist()):
        table.setdefault(seed, {})[size] = loss
    seeds = [seed for seed in sorted(table) if len(table[seed]) == len(N)]
    if not seeds:
        raise NotMeasured(f"a seed with every size at {budget_of(C)}")
    loss = torch.tensor([[table[seed][size] for size in N.tolist()] for seed in seeds], dtype=torch.float64)
    return N, loss, torch.tensor(seeds, dtype=torch.float64)


def _others(loss: Tensor, i: int) -> Tensor:
    """The losses of all other seeds; of this one where it is alone."""
    return torch.cat([loss[:i], loss[i + 1:]]) if len(loss) > 1 else loss
