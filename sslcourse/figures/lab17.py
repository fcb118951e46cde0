"""Lab 17's drawings: pictures and their words, a table of pairs, what a phrase finds, recall, shots, cues and mistakes."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .. import evaluation, plots, widgets
from ..plots.bars import percent
from .giants import giants
from .lab17_baseline import better, cues, found, goal, kernel_ridge, recorded, ridge, together, worst_of

__all__ = [
    "alt_of_phrases", "better", "by_cue", "cues", "found", "giants", "goal", "kernel_ridge", "mistakes", "pairs", "phrases",
    "prompts", "recall", "recorded", "ridge", "shots", "table", "together", "type_a_phrase", "watch", "worst_of",
]


def pairs(pictures: Tensor, texts: Sequence[str], designers: Sequence[str]) -> widgets.Panel:
    """A concept, chosen from a menu: its picture by each designer, (N, K, 3, H, W), and its words."""
    names = {text.split(";")[0]: n for n, text in enumerate(texts)}

    def draw(n: int):
        figure = plots.image_grid(pictures[n], list(designers), columns=len(designers), cell=1.5)
        name, _, words = texts[n].partition(";")
        figure.set_figheight(2.5)
        figure.suptitle("\n".join(textwrap.wrap(f"{name}: {words.strip()}", 58)[:2]), fontsize=9)  # the figure's width
        return figure

    return widgets.Panel(
        {"concept": list(names)}, lambda concept: names[concept], draw, labels={"concept": ""},
        alt=lambda n, concept: (
            f"{concept}, drawn by {', '.join(designers)}. Its words: {texts[n].partition(';')[2].strip()}."),
    )


def table(pictures: Tensor, names: Sequence[str], similarity: Tensor) -> None:
    """Cosines of some pictures (rows) with some texts (columns); a frame around each picture's own text."""
    count = len(names)
    figure, axis = plots.new_figure(width=7.0, height=5.2)
    axis.imshow(similarity, cmap="RdBu_r", vmin=-1, vmax=1)
    for i, row in enumerate(similarity.tolist()):
        axis.imshow(pictures[i].permute(1, 2, 0), extent=(-1.45, -0.55, i + 0.45, i - 0.45))
        for j, value in enumerate(row):
            axis.text(j, i, f"{value:.2f}", ha="center", va="center", fontsize=9.5,
                      color="white" if abs(value) > 0.6 else plots.INK, fontweight="bold" if i == j else "normal")
        axis.plot([i - 0.47, i + 0.47, i + 0.47, i - 0.47, i - 0.47], [i - 0.47, i - 0.47, i + 0.47, i + 0.47, i - 0.47],
                  color="black", linewidth=2.5)
    axis.set(xlim=(-1.5, count - 0.5), ylim=(count - 0.5, -0.5), yticks=[])
    axis.set_xticks(range(count), names, rotation=35, ha="right", fontsize=9)
    own = similarity.diagonal()
    right = int((similarity.argmax(dim=1) == torch.arange(count)).sum())
    plots.show(figure, alt=(
        f"A table of cosines, {count} pictures beside {count} texts. A frame marks each picture's own text; their mean is "
        f"{float(own.mean()):.2f}. For {right} of the pictures the own text is the most similar."))


def phrases(found: dict[str, Sequence[int]], pictures: Tensor, title: str = ""):
    """For each phrase the pictures that it finds, the most similar first."""
    figure = plots.image_rows({phrase: pictures[list(places)] for phrase, places in found.items()}, cell=0.72)
    if title:
        figure.set_figheight(figure.get_figheight() + 0.4)
        figure.suptitle(title, fontsize=11, fontweight="bold", y=0.995)
        for axis in figure.axes:
            box = axis.get_position()
            axis.set_position((box.x0, box.y0, box.width, box.height * 0.92))
    return figure


def alt_of_phrases(found: dict[str, Sequence[int]], names: Sequence[str], title: str = "") -> str:
    """What `phrases` shows, in words."""
    return f"{title}. " * bool(title) + " ".join(
        f"“{phrase}” finds {', '.join(names[k] for k in list(places)[:4])}." for phrase, places in found.items())


def watch(look: Callable, pictures: Tensor, names: Sequence[str]) -> widgets.Watch:
    """What each phrase finds while a network trains; look: method -> (recall@10, {phrase: places of the pictures})."""
    def title(seen: widgets.Seen) -> str:
        return f"{seen.run}, step {seen.step}: recall@10 {seen.kept[0]:.0%}"

    return widgets.Watch(
        look, draw=lambda seen: phrases(seen.kept[1], pictures, title(seen)),
        alt=lambda seen: alt_of_phrases(seen.kept[1], names, title(seen)))


def recall(scores: dict[str, dict[int, float]], gallery: int, title: str = "") -> None:
    """Bars: for each method recall@1 and recall@10 among `gallery` texts, with chance in the label."""
    figure, axes = plots.new_figure(1, 2, width=9.4, height=1.1 + 0.42 * len(scores))
    for axis, k in zip(axes, (1, 10)):
        plots.bars(axis, {name: at[k] for name, at in scores.items()}, x=f"recall@{k}", format=".1%", chance=k / gallery)
    axes[1].set_yticklabels([])
    figure.suptitle(title or f"The right one of {gallery} texts", fontsize=11.5, fontweight="bold")
    plots.show(figure, alt=f"How often a picture finds its text among {gallery}: " + "; ".join(
        f"{name}, {at[1]:.1%} first and {at[10]:.1%} among ten" for name, at in scores.items()) + ".")


def shots(curves: dict[str, dict[int, Sequence[float]]], zero: float, everything: dict[str, float]) -> None:
    """Accuracy against labelled images per class: a dot for each draw, a line through the means, zero-shot dotted."""
    figure, axis = plots.new_figure(width=7.4, height=3.6)
    for colour, (name, of_shots) in zip(plots.COLOURS, curves.items()):
        counts = list(of_shots)
        axis.plot(counts, [sum(v) / len(v) for v in of_shots.values()], color=colour, label=name)
        for count, values in of_shots.items():
            axis.plot([count] * len(values), values, "o", color=colour, markersize=3.5, alpha=0.7)
        axis.axhline(everything[name], color=colour, linewidth=1, linestyle="--")
        axis.annotate("all labels", (counts[0], everything[name]), fontsize=8.5, color=colour, va="bottom")
    axis.axhline(zero, color=plots.INK, linewidth=1.6, linestyle=":")
    axis.annotate(f" zero-shot,\n {zero:.1%}", (1.0, zero), xycoords=("axes fraction", "data"), fontsize=9.5, va="center")
    axis.set_xscale("log")
    axis.set_xticks(counts, [str(count) for count in counts])
    axis.minorticks_off()
    axis.set(xlabel="labelled images per class", ylabel="accuracy", title="Prompts against labels")
    percent(axis.yaxis)
    axis.legend(loc="lower right")
    plots.show(figure, alt=f"Zero-shot has {zero:.1%}. " + " ".join(
        f"{name}: " + ", ".join(f"{count} per class {sum(v) / len(v):.1%}" for count, v in of_shots.items())
        + f"; all labels {everything[name]:.1%}." for name, of_shots in curves.items()))


def prompts(accuracy: dict[str, float], chance: float) -> None:
    """Zero-shot accuracy by how the classes were named."""
    figure, axis = plots.new_figure(width=7.4, height=0.9 + 0.4 * len(accuracy))
    plots.bars(axis, accuracy, x="accuracy on concepts never seen; guessing: always the largest category",
               title="Categories by prompt", format=".1%", chance=chance)
    plots.show(figure, alt="Zero-shot accuracy: " + ", ".join(
        f"{name} {value:.1%}" for name, value in accuracy.items()) + ".")


def by_cue(examples: dict[str, Tensor], at_10: dict[str, float]) -> None:
    """What is left of some pictures when a cue is taken away, and recall@10 with what is left."""
    figure = plots.image_rows({f"{name}, {at_10[name]:.0%}": images for name, images in examples.items()}, cell=0.75)
    plots.show(figure, alt="Pictures with a cue taken away, and recall@10 with what is left: " + ", ".join(
        f"{name} {at_10[name]:.0%}" for name in examples) + ".")


def mistakes(pictures: Tensor, names: Sequence[str], similarity: Tensor, count: int = 8) -> None:
    """The pictures whose own text stands furthest down: what they are, and which text the network prefers."""
    rank = (similarity > similarity.diagonal()[:, None]).sum(dim=1)
    worst = rank.topk(count).indices.tolist()
    said = [names[similarity[i].argmax()] for i in worst]
    titles = [f"{names[i][:16]}\nis no. {int(rank[i]) + 1}\n→ {text[:16]}" for i, text in zip(worst, said)]
    figure = plots.image_grid(pictures[worst], titles, columns=count, cell=1.15)
    figure.set_figheight(2.1)
    plots.show(figure, alt="The pictures whose own text is found last, and what the network says: " + "; ".join(
        f"{names[i]}, taken for {text}" for i, text in zip(worst, said)) + ".")


def type_a_phrase(
    text: str, encode: Callable[[str], Tensor], galleries: dict[str, tuple[Tensor, Tensor, Sequence[str]]], count: int = 10
) -> widgets.TypingBox:
    """Type a phrase: the pictures nearest to it. galleries: {name: (pictures, their embeddings, their names)}.

    encode   phrase -> its embedding (1, D); a phrase without a known word is zeros, and is refused
    """
    def nearest(phrase: str, among: str):
        z = encode(phrase)
        if not bool(z.abs().sum() > 0):
            raise ValueError("None of these words stood in a training text: try others.")
        return among, phrase, evaluation.nearest_rows(z, galleries[among][1], count)[1][0].tolist()

    def draw(state):
        among, _, places = state
        pictures, _, names = galleries[among]
        figure = plots.image_grid(pictures[places], [names[k][:14] for k in places], columns=count, cell=0.95)
        figure.set_figheight(1.7)
        return figure

    return widgets.TypingBox(
        text, {"among": list(galleries)}, nearest, draw, labels={"among": "among"}, prompt="a phrase", limit=80,
        alt=lambda state, among: (
            f"“{state[1]}” finds, {among}: " + ", ".join(galleries[among][2][k] for k in state[2]) + "."),
    )
