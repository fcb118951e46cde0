"""Lab 13's numbers: bits while a GPT reads, two losses, hidden tokens found, and what the pretext has brought downstream."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from .. import plots, results
from .lab13_tokens import spelled
from .leads import by_seed, lead


def smoothed(loss: Sequence[float], window: int = 20) -> Tensor:
    """The mean of each `window` losses in a row; of all that there are, where they are fewer."""
    return torch.tensor(loss).unfold(0, min(window, len(loss)), 1).mean(dim=1)


def expected(table, before: str, most: int = 4) -> None:
    """The likeliest next characters after `before`, by counting."""
    likely = sorted(table.next_character(before).items(), key=lambda item: -item[1])[:most]
    said = ", ".join(f"“{spelled(character)}” ({p:.0%})" for character, p in likely)
    print(f"After “{before}”, the {table.order}-gram expects {said}")


def seven(lab: str) -> None:
    """Whether a seventh character helps the counting, by the numbers on file."""
    found = []
    for order in (6, 7):
        rows = results.select(results.committed(), lab=lab, method=f"{order}-gram of characters")
        found += [row.value for row in rows if row.metric == "bits per character"][:1]
    if len(found) == 2:
        end = "it no longer helps" if found[1] >= found[0] else "it still helps a little"
        print(f"On file: {found[0]:.2f} bits with the 6-gram, {found[1]:.2f} with the 7-gram, so {end}.")


def bits_and_time(history, bits: dict[str, float], nats_per_bit: float, counting: Sequence[str]) -> None:
    """Left, bits per character while the GPT reads, with some of the `counting` as lines; right, on unread pages.

    nats_per_bit   what the loss, in nats per token, is to be divided by
    """
    curve = smoothed(history.loss) / nats_per_bit
    seconds = [history.seconds * (i + 1) / history.steps for i in range(len(curve))]
    figure, (left, right) = plots.new_figure(1, 2, width=9.6, height=3.5)
    plots.lines(left, {"GPT": (seconds, curve)}, x="seconds of training", y="bits per character", title="While it reads")
    for name in counting:
        left.axhline(bits[name], color=plots.MUTED, linewidth=1, linestyle=":")
        left.annotate(name, (seconds[-1], bits[name]), fontsize=9, color=plots.MUTED, ha="right", va="bottom")
    plots.bars(right, bits, x="bits per character", title="Unread pages (less is better)", format=".2f")
    plots.show(figure, alt=(
        f"Left, the GPT's bits per character against the seconds of its training, ending near {curve[-1]:.2f}, with "
        f"{', '.join(counting)} as dotted lines. Right, bits per character on unread pages: "
        + ", ".join(f"{name} {value:.2f}" for name, value in bits.items()) + "."
    ))


def two_losses(losses: dict[str, Sequence[float]], stream: Tensor) -> None:
    """Both pretext losses, as far as the shorter run goes; dotted, what the frequencies of the tokens alone would cost."""
    steps = min(map(len, losses.values()))
    curves = {name: smoothed(loss[:steps]) for name, loss in losses.items()}
    alone = float(torch.special.entr(stream.bincount() / len(stream)).sum())
    figure, axis = plots.new_figure(width=7.6, height=3.2)
    plots.lines(axis, {name: (range(len(curve)), curve) for name, curve in curves.items()}, x="step",
                y="nats per token asked", title="Two pretext tasks, one network")
    axis.axhline(alone, color=plots.MUTED, linewidth=1, linestyle=":")
    axis.annotate("frequencies alone", (len(next(iter(curves.values()))), alone), fontsize=9, color=plots.MUTED, ha="right",
                  va="bottom")
    plots.show(figure, alt="The two losses against the step: " + ", ".join(
        f"{name} from {curve[0]:.2f} to {curve[-1]:.2f}" for name, curve in curves.items())
        + f"; a dotted line at {alone:.2f}, for frequencies alone.")


def found_hidden(hits: dict[str, Tensor], commonest: float) -> None:
    """A bar for each model: the share of hidden tokens that its first guess finds."""
    shares = {name: float(hit.float().mean()) for name, hit in hits.items()}
    figure, axis = plots.new_figure(width=7.6, height=2.5)
    plots.bars(axis, shares, x="hidden tokens found (guessing: always the commonest)", format=".1%", chance=commonest)
    plots.show(figure, alt="The share of hidden tokens that each model's first guess finds: " + ", ".join(
        f"{name} {share:.1%}" for name, share in shares.items()) + f"; the commonest token alone {commonest:.1%}.")


def downstream(lab: str, tasks: dict[str, str], networks: Sequence[str], ways: Sequence[str]) -> None:
    """For each task what is on file: the pretext's gain in each network, and the best network beside TF-IDF."""
    results.say("\n\n".join(_of_task(lab, task, said, networks, ways) for task, said in tasks.items()))


def _of_task(lab: str, task: str, said: str, networks: Sequence[str], ways: Sequence[str]) -> str:
    counted = by_seed(lab, "TF-IDF", "TF-IDF", data=task)
    arms = {(network, way): by_seed(lab, network, way, data=task) for network in networks for way in ways}
    gains = [f"{network} {lead(arms[network, 'fine-tuned'], arms[network, 'from scratch'])}" for network in networks]
    text = f"**{said}.** Fine-tuned minus from scratch, which is the pretext's gain: {'; '.join(gains)}."
    known = {arm: list(values.values()) for arm, values in arms.items() if values}
    if not counted or not known:
        return text + " Beside TF-IDF: not measured yet on this kind of machine."
    best = max(known, key=lambda arm: sum(known[arm]) / len(known[arm]))
    return text + (f" The best network, {best[0]} {best[1]}, has {sum(known[best]) / len(known[best]):.1%}, TF-IDF "
                   f"{sum(counted.values()) / len(counted):.1%}: "
                   f"{lead(arms[best], counted, 'it is ahead', 'it is behind')}.")
