"""Lab 20's numbers: kept on file, looked up, and put into sentences that they choose."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .. import results
from ..results.rules import scaling
from ..results.rules.scaling import LAB, METRIC, PAGES, Runs, budget_of, in_words, name_of

LONGER = ", a cosine {} times as long"


def have(C: float, N: int, seed: int, times: int = 1) -> bool:
    """Whether this run of the course's measuring has such a number already; never so for a student."""
    return results.recorded(lab=LAB, method=name_of(N), protocol=_protocol(C, times), metric=METRIC, seed=seed)


def keep(C: float, N: int, D: int, seed: int, bits: Tensor, times: int = 1) -> float:
    """Keep the mean of the pages' bits per character, (pages,); it comes back."""
    loss = float(bits.mean())
    results.record(lab=LAB, method=name_of(N), data="gutenberg", protocol=_protocol(C, times), metric=METRIC, value=loss,
                   seed=seed, size=D)
    return loss


def keep_error(C: float, bits: Sequence[Tensor], seed: int) -> None:
    """Keep how far the choice of pages moves the difference of two sizes: of the first and each other, the largest."""
    errors = [float((other - bits[0]).std() / math.sqrt(len(other))) for other in bits[1:]]
    results.record(lab=LAB, method="difference of two sizes", data="gutenberg", protocol=budget_of(C), metric=PAGES,
                   value=max(errors), seed=seed)


def known(runs: Sequence[tuple]) -> tuple[Runs, bool]:
    """The course's runs, and True; this run's own, and False, as long as the course has none on file.

    runs   (C, N, D, loss, seed) of each; under ``python -m sslcourse results`` what it has measured so far counts too
    """
    for rows in (results.live(list, results.mine)(), results.committed()):
        try:
            return scaling.runs_in(rows), True
        except results.NotMeasured:
            continue
    return Runs(*(torch.tensor(column, dtype=torch.float64) for column in zip(*runs))), False


ENDS, PLANNED = "the run whose rate ends with the budget", "the run that was planned for longer"


def sizes_compared(runs: Runs, pages: dict[tuple, Tensor], C: float) -> dict[str, list[float]]:
    """{size: minus its bits, a number a seed} at one budget; of one seed, a number for each unread page."""
    at = runs.C == C
    seeds = [runs.seed[at & (runs.N == N)] for N in runs.N[at].unique()]
    if all(torch.equal(found.sort().values, seeds[0].sort().values) and len(found) > 1 for found in seeds):
        of_seeds = {N: runs.loss[at & (runs.N == N)][found.argsort()] for N, found in zip(runs.N[at].unique(), seeds)}
        return {size(N): (-loss).tolist() for N, loss in of_seeds.items()}
    return {size(N): (-bits).tolist() for (c, N, seed), bits in pages.items() if (c, seed) == (C, 0)}


def size(N: float) -> str:
    """A size as an option of a prediction."""
    return f"{rounded(float(N))} weights"


def cosines() -> dict[str, list[float]]:
    """{ENDS: minus the course's bits, a number a seed, PLANNED: the same}; {} where fewer than two seeds are on file."""
    rows = results.select(results.live(results.committed, results.mine)(), lab=LAB, metric=METRIC)
    longer = [row for row in rows if "a cosine" in row.protocol]
    plain = {(row.method, row.protocol, row.seed): row.value for row in rows}
    pairs = [(plain.get((row.method, row.protocol.split(",")[0], row.seed)), row.value) for row in longer]
    pairs = [pair for pair in pairs if pair[0] is not None]
    return {name: [-pair[i] for pair in pairs] for i, name in enumerate((ENDS, PLANNED))} if len(pairs) > 1 else {}


def compared(ends: Tensor | None, planned: Tensor | None) -> dict[str, list[float]]:
    """The two schedules, to be handed to `widgets.decide`: the course's seeds, or the pages of this run's two networks."""
    return cosines() or {ENDS: (-ends).tolist(), PLANNED: (-planned).tolist()}


def say_cosine(scores: dict[str, list[float]]) -> str:
    """Both numbers, and how many of what they are the mean of."""
    means = {name: -sum(values) / len(values) for name, values in scores.items()}
    what = "seeds" if cosines() else "unread pages"
    return (f"{means[ENDS]:.3f} bits where the rate ends with the budget, {means[PLANNED]:.3f} where it was planned for "
            f"longer ({len(scores[ENDS])} {what}).")


def say_rule(ratios: dict[int, float]) -> str:
    """How far the counted operations are from 6 N a token, for the sizes that were counted: {N: counted over 6 N}."""
    (small, most), (large, least) = (min(ratios.items()), max(ratios.items()))
    far = max(abs(ratio - 1) for ratio in ratios.values())
    if far < 0.05:
        return f"From {small:,} to {large:,} weights the rule is within {far:.0%} of the count."
    return (f"With {small:,} weights a token costs {most:.2f} times what the rule says, with {large:,} weights {least:.2f} "
            "times. " + ("The rule gets better as the network grows." if abs(least - 1) < abs(most - 1) else
               "Here the rule does not get better as the network grows."))


def say_valleys(runs: Runs, optima: dict[float, tuple[float, float]], on_file: bool) -> str:
    """Where the floors are, and which of them lie inside of the sizes that were trained."""
    said = []
    for C, (N, loss) in optima.items():
        sizes = runs.N[runs.C == C]
        where = in_words(C)
        if math.isnan(N):
            said.append(f"{where}: no valley, the parabola has no lowest point")
        elif sizes.min() <= N <= sizes.max():
            said.append(f"{where}: {rounded(N)} weights, {loss:.2f} bits")
        else:
            said.append(f"{where}: outside of the sizes that were trained, so unknown")
    source = "The course's runs" if on_file else "This run alone (the course's numbers are not on file yet)"
    return f"{source}. The floors: " + "; ".join(said) + "."


def rounded(number: float) -> str:
    """Two digits are known, not more.

    >>> rounded(31616), rounded(1234567), rounded(9.8e12)
    ('32,000', '1.2 million', '9.8 trillion')
    """
    for size, name in ((1e12, "trillion"), (1e9, "billion"), (1e6, "million")):
        if number >= size:
            return f"{float(f'{number / size:.2g}'):,g} {name}"
    return f"{float(f'{number:.2g}'):,.0f}"


def say_exponents(exponents: Tensor) -> str:
    """Mean and interval of a and b, (S, 2), and on which side of one half they lie."""
    found = exponents[~exponents.isnan().any(dim=1)]
    if len(found) == 0:
        return "No seed has a valley at every budget: there are no exponents to speak of."
    said, sides = [], []
    for name, column in zip("ab", found.T.tolist()):
        mean, half = interval(column)
        over = f" ({mean - half:.2f} to {mean + half:.2f})" if len(column) > 1 else " (one seed)"
        said.append(f"{name} = {mean:.2f}{over}")
        sides.append("both" if len(column) < 2 or abs(mean - 0.5) <= half else "above" if mean > 0.5 else "below")
    text = f"N_opt grows as C^a and D_opt as C^b: {', '.join(said)}, from {len(found)} seed{'s' * (len(found) != 1)}."
    if sides == ["both", "both"]:
        return text + " One half for each is not ruled out: here, too, both may grow alike."
    if sides[0] == "above" or sides[1] == "below":
        return text + " Here more of the compute went into the size than into the data."
    return text + " Here more of the compute went into the data than into the size."


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The mean, and half of the 95% interval by Student's t; (mean, 0) of one number."""
    from ..results.tables import mean_interval

    return mean_interval(list(values))


def _protocol(C: float, times: int) -> str:
    return budget_of(C) + (LONGER.format(times) if times > 1 else "")
