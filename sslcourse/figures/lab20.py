"""Lab 20's drawings: what a step costs, schedules, valleys, exponents, and what several processes agree on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .. import plots, results
from ..plots.bars import percent
from ..results.rules.scaling import Runs, in_words
from .lab20_afford import afford
from .lab20_measured import (
    ENDS,
    PLANNED,
    compared,
    have,
    interval,
    keep,
    keep_error,
    known,
    rounded,
    say_cosine,
    say_exponents,
    say_rule,
    say_valleys,
    size,
    sizes_compared,
)
from .lab20_processes import digits, gradients, same, torchrun

__all__ = [
    "ENDS", "PLANNED", "afford", "compared", "cost", "digits", "exponents", "gradients", "have", "keep", "keep_error",
    "known", "rounded", "same", "say_cosine", "say_exponents", "say_rule", "say_valleys", "schedules", "size",
    "sizes_compared", "torchrun", "valleys",
]


def cost(ratios: dict[int, float]) -> None:
    """Counted operations a token over 6 N, for each number of weights."""
    figure, axis = plots.new_figure(width=7.4, height=3.1)
    axis.plot(list(ratios), list(ratios.values()), "o-", color=plots.COLOURS[0])
    axis.axhline(1, color=plots.MUTED, linestyle=":")
    axis.annotate("the rule, 6 N a token", (max(ratios), 1), xytext=(0, -14), textcoords="offset points", ha="right",
                  color=plots.MUTED)
    axis.set_xscale("log")
    axis.set_ylim(bottom=0)
    axis.set(xlabel="weights, N", ylabel="counted / 6 N", title="What a token costs in training, counted")
    axis.grid(True)
    plots.show(figure, alt="Counted operations a token over six times the weights: " + ", ".join(
        f"{ratio:.2f} with {N:,} weights" for N, ratio in ratios.items()) + ". The rule is 1.")


def schedules(schedule: Callable[[float, float], float], times: int = 4, warmup: float = 0.05) -> None:
    """The learning rate over a budget: a cosine that ends with it, and one that was planned for several times as long."""
    across = [i / 200 for i in range(201)]
    curves = {"the cosine ends with the budget": (across, [schedule(x, warmup) for x in across]),
              f"planned for {times} budgets, stopped after one":
              (across, [schedule(x / times, warmup / times) for x in across])}
    figure, axis = plots.new_figure(width=7.4, height=3.0)
    plots.lines(axis, curves, x="share of the budget that is spent", y="share of the full rate", title="Two schedules")
    percent(axis.xaxis)
    percent(axis.yaxis)
    axis.set_ylim(-0.03, 1.08)
    axis.legend(loc="lower left")
    plots.show(figure, alt=f"The learning rate over the budget, after a short warm-up. One schedule is down to "
               f"{schedule(1.0, warmup):.0%} at its end, the one for {times} budgets still at "
               f"{schedule(1 / times, warmup / times):.0%}.")


def valleys(runs: Runs, optima: dict[float, tuple[float, float]], own: Sequence[tuple] = ()) -> None:
    """An isoFLOP curve for each budget: a dot for each run, the parabola, its lowest point; rings around this run's own.

    optima   {C: (N_opt, loss)}, NaN where a parabola has no lowest point
    own      (C, N, D, loss, seed) of this session's runs
    """
    figure, axis = plots.new_figure(width=8.2, height=4.8)
    said = []
    for (C, (N_opt, lowest)), color in zip(optima.items(), plots.COLOURS):
        at = runs.C == C
        N, loss = runs.N[at], runs.loss[at]
        axis.plot(N.tolist(), loss.tolist(), "o", color=color, markersize=4, alpha=0.6)
        axis.plot(*_parabola(N, loss), color=color, label=in_words(C))
        if N.min() <= N_opt <= N.max():
            axis.plot(N_opt, lowest, "*", color=color, markersize=15, markeredgecolor=plots.INK)
        means = ", ".join(f"{float(loss[N == n].mean()):.2f} with {n:,.0f}" for n in N.unique().tolist())
        said.append(f"{in_words(C)}: {means} weights, lowest near {rounded(N_opt)}" if not math.isnan(N_opt) else
                    f"{in_words(C)}: {means} weights, no valley")
    if own:
        axis.plot([run[1] for run in own], [run[3] for run in own], "o", markersize=11, markerfacecolor="none",
                  color=plots.INK, label="this run")
    axis.set_xscale("log")
    axis.set(xlabel="weights, N", ylabel="bits per character, unread pages", title="One budget, several sizes")
    axis.grid(True)
    axis.legend(fontsize=9)
    plots.show(figure, alt="Bits per character over the number of weights, a curve for each budget. " + "; ".join(said) + ".")


def exponents(runs: Runs, optimum: Callable[[Tensor, Tensor], tuple[Tensor, Tensor]], found: Tensor) -> None:
    """Left and middle: the best size and the best amount of data over compute. Right: a and b beside the papers'."""
    budgets = runs.C.unique()
    figure, axes = plots.new_figure(1, 3, width=11.0, height=3.7, width_ratios=[1, 1, 1.25])
    for axis, name, values, color in zip(axes, ("size, N_opt", "characters, D_opt"), (runs.N, runs.D), plots.COLOURS):
        best = torch.stack([optimum(values[runs.C == C], runs.loss[runs.C == C])[0] for C in budgets])
        if bool(best.isnan().all()):  # nothing to draw, which a logarithmic axis would not bear
            axis.set(title=f"{name}: no valley", xticks=[], yticks=[])
            continue
        axis.plot(budgets.tolist(), best.tolist(), "o", color=color, markersize=8)
        axis.plot(budgets.tolist(), _power_law(budgets, best), color=color)
        axis.set(xscale="log", yscale="log", xlabel="compute, FLOPs", title=name)
        axis.grid(True)
    rows = {"here": tuple(interval([x for x in column if not math.isnan(x)] or [math.nan]) for column in found.T.tolist())}
    rows |= {f"Hoffmann et al., {row['approach'][0]}": ((row["a"], 0.0), (row["b"], 0.0))
             for row in results.cited("chinchilla-exponents")}
    kaplan, = results.cited("kaplan-exponents")
    rows["Kaplan et al."] = (kaplan["a"], 0.0), (kaplan["b"], 0.0)
    last = axes[2]
    for y, pair in enumerate(rows.values()):
        for (mean, half), color, marker in zip(pair, plots.COLOURS, "os"):
            last.errorbar(mean, y, xerr=half, fmt=marker, color=color, markersize=8, capsize=4)
    for name, color, marker in zip(("a, of the size", "b, of the data"), plots.COLOURS, "os"):
        last.plot([], [], marker, color=color, label=name)
    last.axvline(0.5, color=plots.MUTED, linestyle=":")
    last.set_yticks(range(len(rows)), rows)
    last.set(xlim=(0, 1), ylim=(len(rows) - 0.5, -0.5), title="exponents")
    last.tick_params(axis="y", length=0)
    figure.legend(loc="outside lower right", ncols=2)
    plots.show(figure, alt="The best size and the best number of characters over compute, and the exponents: " + "; ".join(
        f"{name}: a = {a[0]:.2f}, b = {b[0]:.2f}" for name, (a, b) in rows.items()) + ".")


def _parabola(N: Tensor, loss: Tensor) -> tuple[list[float], list[float]]:
    """The least-squares parabola in log N, over the sizes that were trained."""
    import numpy as np

    fitted = np.polynomial.Polynomial.fit(N.log().numpy(), loss.numpy(), 2)
    across = np.linspace(*fitted.domain, 80)
    return np.exp(across).tolist(), fitted(across).tolist()


def _power_law(C: Tensor, best: Tensor) -> list[float]:
    """A straight line through the logarithms."""
    import numpy as np

    x, y = C.log().numpy(), best.log().numpy()
    if np.isnan(y).any():
        return [math.nan] * len(x)
    return np.exp(np.polyval(np.polyfit(x, y, 1), x)).tolist()
