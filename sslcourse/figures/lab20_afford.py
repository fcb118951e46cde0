"""Lab 20: what a machine and a time can afford. The panel's figures are all in the page, so it needs no kernel."""

from __future__ import annotations

from .. import plots, results, widgets
from .lab20_measured import rounded

ACCELERATOR = 1e14          # operations a second at work: the round number of lecture 07
A_WEIGHT = 20               # tokens for each, about, in Hoffmann et al. (2022), Table 3
MACHINES = {"one accelerator": 1, "eight": 8, "a thousand": 1_000, "twenty thousand": 20_000}
TIMES = {"a minute": 60.0, "an hour": 3600.0, "a day": 86_400.0, "a week": 604_800.0, "three months": 7_889_400.0}


def split(C: float) -> tuple[float, float]:
    """(N, D) of a budget by C = 6 N D and twenty tokens a weight.

    >>> N, D = split(1.2e20)
    >>> round(N), round(D)
    (1000000000, 20000000000)
    """
    N = (C / (6 * A_WEIGHT)) ** 0.5
    return N, A_WEIGHT * N


def afford(rate: float) -> widgets.Panel:
    """Machine and time chosen: their compute, and the model that it pays for, beside models that are known.

    rate   operations a second of this machine, as it was measured
    """
    rates = {"this machine": rate} | {name: n * ACCELERATOR for name, n in MACHINES.items()}
    marks = {row["model"]: (6 * row["parameters"] * row["tokens"], row["parameters"])
             for row in results.cited("chinchilla-models")}

    def compute(machine: str, time: str) -> tuple[float, float, float]:
        C = rates[machine] * TIMES[time]
        return C, *split(C)

    def draw(found: tuple[float, float, float]):
        C, N, D = found
        figure, axis = plots.new_figure(width=8.6, height=4.2)
        across = [10.0**power for power in range(9, 28)]
        axis.plot(across, [split(c)[0] for c in across], color=plots.MUTED, linestyle="--", linewidth=1.2)
        for (name, (c, n)), shift, side in zip(marks.items(), ((-9, -4), (0, 9), (10, -12)), ("right", "center", "left")):
            axis.plot(c, n, "s", color=plots.COLOURS[4], markersize=7)
            axis.annotate(name, (c, n), xytext=shift, textcoords="offset points", ha=side)
        axis.plot([C, C], [1e3, N], color=plots.COLOURS[1], linestyle=":")
        axis.plot(C, N, "o", color=plots.COLOURS[1], markersize=13)
        axis.set(xscale="log", yscale="log", xlim=(1e9, 1e27), ylim=(1e3, 1e13), xlabel="compute, C", ylabel="weights, N",
                 title=f"{rounded(N)} weights, {rounded(D)} tokens")
        axis.grid(True)
        return figure

    def alt(found: tuple[float, float, float], machine: str, time: str) -> str:
        C, N, D = found
        return (f"{machine}, for {time}: {C:.1e} operations. With twenty tokens a weight they pay for {rounded(N)} weights "
                f"and {rounded(D)} tokens. GPT-3, Gopher and Chinchilla took from "
                f"{min(c for c, _ in marks.values()):.0e} operations on.")

    return widgets.Panel({"machine": list(rates), "time": list(TIMES)}, compute, draw, alt,
                         start={"machine": "this machine", "time": "a day"}, labels={"machine": "machine", "time": "for"})
