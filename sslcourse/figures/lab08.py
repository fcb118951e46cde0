"""Lab 08, rotation: the quiz, what cannot be decided, a probe after every block, what counts, few labels, two networks."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from .. import plots, results, runtime, widgets

LAB = "08_rotation"
BLOCKS = range(1, 5)


def quiz(images: Tensor, quarter_turns: Sequence[int]) -> widgets.Panel:
    """Photographs (N, C, S, S), each turned as often as `quarter_turns` says, and upright."""

    def hang_up(shown: str) -> Tensor:
        turns = quarter_turns if shown == "as they were turned" else [0] * len(images)
        return torch.stack([torch.rot90(image, k, dims=(1, 2)) for image, k in zip(images, turns)])

    return widgets.Panel(
        {"shown": ["as they were turned", "upright"]}, hang_up, lambda turned: plots.image_grid(turned, columns=6, cell=1.2),
        alt=lambda turned, shown: f"{len(images)} photographs of CIFAR-10, {shown}.",
        start={"shown": "as they were turned"}, labels={"shown": ""},
    )


def all_copies(copies: Tensor, labels: Tensor) -> None:
    """A row of pictures for each label."""
    rows = {f"label {k}": copies[labels == k] for k in labels.unique().tolist()}
    plots.show(plots.image_rows(rows), alt=f"The same photographs in {len(rows)} rows, one for each label: as they are, "
                                           "and after one, two and three quarter turns.")


def training(loss: Sequence[float], right: Tensor, labels: Tensor) -> None:
    """The loss against the step, and the share of copies that are right, by angle."""
    figure, (left, middle) = plots.new_figure(1, 2, width=9.4, height=3.2)
    smooth = torch.tensor(loss).unfold(0, min(20, len(loss)), 1).mean(dim=1)
    plots.lines(left, {"mean of 20 steps": (range(len(smooth)), smooth)}, x="step", y="cross-entropy", title="Training")
    left.axhline(math.log(4), color=plots.MUTED, linewidth=1, linestyle=":")
    left.annotate("guessing, ln 4", (len(smooth), math.log(4)), fontsize=9, color=plots.MUTED, ha="right", va="top")
    by_angle = {f"{90 * k}°": float(right[labels == k].float().mean()) for k in range(4)}
    plots.bars(middle, by_angle, x="share that is right (dotted: guessing)", title="New photographs", format=".0%")
    middle.set_xlim(0, 1)
    middle.axvline(0.25, color=plots.MUTED, linewidth=1, linestyle=":")
    plots.show(figure, alt=(
        f"Left, the loss against the step, from about {smooth[0]:.2f} to {smooth[-1]:.2f}. Right, the share of copies "
        f"whose angle is right: {', '.join(f'{name} {share:.0%}' for name, share in by_angle.items())}."
    ))


def ends(images: Tensor, labels: Tensor, classes: Sequence[str], bits: Tensor, count: int = 12) -> None:
    """The photographs on which the network is most and least decided, each with its class."""
    order = bits.argsort()
    for name, index in {"most decided": order[:count], "least decided": order.flip(0)[:count]}.items():
        names = [classes[label] for label in labels[index]]
        figure = plots.image_grid(images[index], names, columns=count)
        plots.show(figure, alt=f"The photographs on whose rotation the network is {name}: {', '.join(names)}.")


def by_class(bits: Mapping[str, float], right: Mapping[str, float]) -> None:
    """Each class's mean entropy, the largest first, and the share of its copies that is right."""
    ranked = sorted(bits, key=lambda name: -bits[name])
    figure, (left, right_axis) = plots.new_figure(1, 2, width=9.4, height=3.8)
    plots.bars(left, {name: bits[name] for name in ranked}, x="bits, of 2", title="How undecided", format=".2f")
    plots.bars(right_axis, {name: right[name] for name in ranked}, x="share of copies (dotted: guessing)",
               title="How often right", format=".0%")
    right_axis.axvline(0.25, color=plots.MUTED, linewidth=1, linestyle=":")
    plots.show(figure, alt="Ten classes by the mean entropy of the network's answers: " + ", ".join(
        f"{name} {bits[name]:.2f} bits and {right[name]:.0%} right" for name in ranked) + ".")


def turning(turned: Mapping[str, Tensor], answers: Mapping[str, Tensor], degrees: Sequence[int]) -> widgets.Panel:
    """A photograph at each of `degrees`, {name: (R, C, S, S)}, and the network's four probabilities there, {name: (R, 4)}."""

    def draw(asked: tuple[str, int]):
        photograph, at = asked
        figure, (picture, axis) = plots.new_figure(1, 2, width=9.4, height=3.2, width_ratios=[0.42, 1])
        picture.imshow(turned[photograph][degrees.index(at)].permute(1, 2, 0).numpy())
        picture.axis("off")
        picture.set_title(f"turned by {at}°")
        plots.lines(axis, {f"{90 * k}°": (degrees, answers[photograph][:, k]) for k in range(4)},
                    x="turned by, in degrees", y="probability", title="The network says")
        axis.axvline(at, color=plots.INK, linewidth=1.2)
        axis.set(ylim=(-0.03, 1.03), xticks=range(0, 361, 90))
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return figure

    return widgets.Panel(
        {"photograph": list(turned), "at": list(degrees)}, lambda photograph, at: (photograph, at), draw,
        start={"photograph": next(iter(turned)), "at": degrees[min(2, len(degrees) - 1)]},
        labels={"photograph": "", "at": "turned by, in degrees"},
        alt=lambda asked, photograph, at: (
            f"A photograph ({photograph}) turned by {at}°, and the four probabilities over a whole turn; here the network "
            f"says {90 * int(answers[photograph][degrees.index(at)].argmax())}°."),
    )


def depth(measured: Mapping[str, Mapping[str, Sequence[float]]], names: Sequence[str]) -> widgets.Panel:
    """Probe accuracy after blocks 1 to 4, {network: {pooling: [4]}}; what is missing there comes from the course's file."""
    poolings = list(next(iter(measured.values())))

    def curves(pooling: str) -> dict[str, Sequence[float]]:
        found = {name: measured[name][pooling] if name in measured else on_file(name, pooling) for name in names}
        return {name: curve for name, curve in found.items() if curve}

    def draw(found: dict[str, Sequence[float]]):
        figure, axis = plots.new_figure(width=8.2, height=3.8)
        plots.lines(axis, {name: (BLOCKS, curve) for name, curve in found.items()}, x="after block",
                    y="accuracy of a linear probe", marker="o", title="A probe after every block")
        axis.set_xticks(BLOCKS)
        plots.percent(axis.yaxis)
        axis.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        return figure

    return widgets.Panel(
        {"pooling": poolings}, curves, draw, start={"pooling": poolings[0]}, labels={"pooling": "a map becomes"},
        alt=lambda found, pooling: f"Probe accuracy after blocks 1 to 4, {pooling}: " + "; ".join(
            f"{name} {', '.join(f'{score:.0%}' for score in curve)}" for name, curve in found.items()) + ".",
    )


def on_file(name: str, pooling: str) -> list[float] | None:
    """The course's four numbers for a network that this run did not train; None if there are none yet."""
    try:
        return [results.value(lab=LAB, method=name, protocol=f"linear probe, block {b}, {pooling}") for b in BLOCKS]
    except results.NotMeasured:
        return None


def look(photographs: Tensor, heat: Mapping[str, Mapping[str, Tensor]]) -> widgets.Panel:
    """Photographs (N, C, S, S), uint8, lit where they count: {way: {network: (N, h, w)}}."""
    pictures = photographs.float() / 255

    def lit(way: str) -> dict[str, Tensor]:
        found = {}
        for name, counts in heat[way].items():
            share = torch.nn.functional.interpolate(counts[:, None].float(), size=pictures.shape[2:], mode="bilinear")
            share = share / share.amax(dim=(2, 3), keepdim=True).clamp_min(1e-9)
            found[name] = pictures * (0.2 + 0.8 * share.sqrt())  # the rest is in the dark
        return found

    return widgets.Panel(
        {"way": list(heat)}, lit, lambda found: plots.image_rows({"photograph": pictures, **found}, cell=0.92),
        start={"way": list(heat)[-1]}, labels={"way": ""},
        alt=lambda found, way: (
            f"Photographs, and below them the same, lit where they count for {' and for '.join(found)} ({way})."),
    )


def few_labels(few: Mapping[str, Mapping[int, float]], ceiling: float, n_all: int) -> None:
    """Accuracy against the number of labels, {arm: {labels: accuracy}}, below the network trained on all `n_all` of them."""
    figure, axis = plots.new_figure(width=7.4, height=3.8)
    plots.lines(axis, {arm: (list(curve), list(curve.values())) for arm, curve in few.items()}, x="labels in all",
                y="accuracy on new photographs", title="Few labels", log_x=True, marker="o")
    counts = sorted({n for curve in few.values() for n in curve})
    axis.set_xticks(counts, [f"{n:,}" for n in counts], minor=False)
    axis.minorticks_off()
    plots.percent(axis.yaxis)
    axis.axhline(ceiling, color=plots.MUTED, linewidth=1, linestyle=":")
    axis.annotate(f"supervised, all {n_all:,} labels: {ceiling:.0%}", (counts[0], ceiling), fontsize=9, va="bottom",
                  color=plots.MUTED)
    plots.show(figure, alt="Accuracy against the number of labels: " + "; ".join(
        f"{arm} " + ", ".join(f"{score:.0%} with {n:,}" for n, score in curve.items()) for arm, curve in few.items()) + ".")


def by_network(scores: Mapping[str, Mapping[str, float]], tasks: Sequence[str], protocol: str) -> dict[str, dict[str, float]]:
    """{network: {task: accuracy}}: of this run, {name: {protocol: accuracy}}, and otherwise of the course's file."""
    wanted = {network: {name: name + suffix for name in (*tasks, "random network")}
              for network, suffix in (("ResNet", ""), ("ViT", ", ViT"))}
    every = [full for part in wanted.values() for full in part.values()]
    rows = results.select(results.committed(runtime.machine()), lab=LAB, method=every, protocol=protocol)
    found = {row.method: row.value for row in rows} | {name: score[protocol] for name, score in scores.items()}
    bars = {network: {name: found[full] for name, full in part.items() if full in found} for network, part in wanted.items()}
    return {network: part for network, part in bars.items() if part}


def side_by_side(scores: Mapping[str, Mapping[str, float]], tasks: Sequence[str]) -> widgets.Panel:
    """Bars for each task and for no training, in both networks."""

    def draw(bars: dict[str, dict[str, float]]):
        figure, axis = plots.new_figure(width=7.6, height=1.2 + 0.36 * sum(map(len, bars.values())))
        plots.bars(axis, bars, x="accuracy", title="Same photographs, same steps", format=".1%", chance=0.1)
        axis.legend(loc="center left", bbox_to_anchor=(1.02, 0.5))
        return figure

    return widgets.Panel(
        {"protocol": ["kNN", "linear probe"]}, lambda protocol: by_network(scores, tasks, protocol), draw,
        start={"protocol": "linear probe"}, labels={"protocol": ""},
        alt=lambda bars, protocol: f"Accuracy by {protocol}: " + "; ".join(
            f"{network}: " + ", ".join(f"{name} {score:.0%}" for name, score in part.items())
            for network, part in bars.items()) + ".",
    )
