"""Lab 11's drawings and panels: three steps, soft labels, what a student corrects, and how sure is sure enough."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from .. import plots, widgets
from .lab11_table import beside_the_paper, gains, record_images_error, students

__all__ = [
    "accepted", "beside_the_paper", "corrected", "gains", "labelled", "record_images_error", "soft_labels", "students",
    "three_steps", "thresholds", "views",
]

TAUS = [0.1, 0.25, 0.5, 1, 2, 4, 8]
THRESHOLDS = [0.0, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]


def three_steps() -> None:
    """Pretrain, fine-tune, distil: three networks, and what goes from one to the next."""
    figure, axis = plots.diagrams.canvas(10.4, 3.3)
    steps = (
        (0.2, "1 · pretrain", "all images,\nno labels", "contrastive loss", plots.COLOURS[0], 1.6, "big"),
        (3.8, "2 · fine-tune", "few images,\nwith labels", "cross-entropy", plots.COLOURS[1], 1.6, "big:\nteacher"),
        (7.4, "3 · distil", "all images,\nteacher's labels", "soft cross-entropy", plots.COLOURS[2], 1.0,
         "small:\nstudent"),
    )
    drawn = []
    for x, name, images, loss, colour, height, size in steps:
        plots.diagrams.words(axis, x, 3.1, name, size=14, bold=True, align="left")
        plots.diagrams.words(axis, x, 2.82, loss, size=11, align="left", colour=plots.MUTED)
        shape = plots.diagrams.network(axis, x + 0.3, 1.8 - height / 2, 1.6, height, size, colour=colour, to=0.6)
        below = plots.diagrams.box(axis, x, 0.1, 2.2, 0.62, colour=plots.COLOURS[8])
        plots.diagrams.words(axis, x + 1.1, 0.41, images, size=10.5)
        plots.diagrams.arrow(axis, below.top, shape.bottom)
        drawn.append(shape)
    for left, right, what in zip(drawn, drawn[1:], ("weights", "soft labels")):
        plots.diagrams.arrow(axis, left.right, right.left, what)
    plots.show(figure, alt=(
        "Three steps: a big network is pretrained on all images without labels; fine-tuned on few labelled images, it "
        "becomes the teacher; a small student learns from the teacher's soft labels on all images."
    ))


def labelled(own, n: int = 20) -> None:
    """The first labelled photographs, each with its class."""
    titles = [own.classes[label] for label in own.labels[:n]]
    plots.show(plots.image_grid(own.images[:n], titles, columns=10, cell=0.95),
               alt=f"{len(titles)} of the {len(own):,} labelled photographs: {', '.join(titles)}.")


def ambiguous(logits: Tensor, classes: Sequence[str], n: int = 5) -> dict[str, int]:
    """{"cat or dog?": place}: n photographs whose second class has about a third, and the one that is surest."""
    two = logits.softmax(dim=1).topk(2, dim=1)
    found: dict[str, int] = {}
    for i in (two.values[:, 1] - 0.35).abs().argsort().tolist():
        pair = " or ".join(classes[c] for c in sorted(two.indices[i].tolist())) + "?"
        found.setdefault(pair, i)
        if len(found) == n:
            break
    sure = int(two.values[:, 0].argmax())
    return found | {f"surely {classes[int(two.indices[sure, 0])]}": sure}


def soft_labels(train, logits: Tensor) -> widgets.Panel:
    """A photograph, and the teacher's probabilities for it at each temperature."""
    shown = ambiguous(logits, train.classes)

    def soft(photograph: str, tau: float):
        return shown[photograph], (logits[shown[photograph]] / tau).softmax(dim=0), tau

    def draw(answer):
        i, p, tau = answer
        figure, (picture, axis) = plots.new_figure(1, 2, width=8.6, height=3.5, width_ratios=[0.62, 1])
        picture.imshow(train.images[i].permute(1, 2, 0).numpy())
        picture.axis("off")
        picture.set_title(f"labelled {train.classes[train.labels[i]]}")
        bits = float(torch.special.entr(p).sum()) / math.log(2)
        plots.bars(axis, dict(zip(train.classes, p.tolist())), x="the teacher's probability",
                   title=f"τ = {tau:g}: {bits:.1f} bits open")
        axis.set_xlim(0, 1.12)
        return figure

    return widgets.Panel(
        {"photograph": list(shown), "tau": TAUS}, soft, draw, start={"photograph": next(iter(shown)), "tau": 1},
        labels={"photograph": "", "tau": "temperature τ"},
        alt=lambda answer, photograph, tau: (
            f"A photograph ({photograph}), and the teacher's probabilities at τ = {tau:g}: "
            + ", ".join(f"{train.classes[c]} {answer[1][c]:.0%}" for c in answer[1].topk(3).indices.tolist()) + "."
        ),
    )


def corrected(data, teacher_says: Tensor, student_says: Tensor, most: int = 12) -> None:
    """Photographs on which the teacher is wrong and its student right; how many of them there are, and of the contrary."""
    truth = data.labels[:len(teacher_says)]
    better = ((teacher_says != truth) & (student_says == truth)).nonzero().flatten()
    spoiled = int(((teacher_says == truth) & (student_says != truth)).sum())
    changes = [f"{data.classes[teacher_says[i]]} → {data.classes[truth[i]]}" for i in better[:most]]
    if changes:                             # after a rehearsal both may say one and the same class of everything
        plots.show(plots.image_grid(data.images[better[:most]], changes, columns=6, cell=1.6), alt=(
            f"{len(changes)} photographs on which the teacher is wrong and its student right: {', '.join(changes)}."
        ))
    print(f"Of {len(truth):,} photographs, the student corrects its teacher on {len(better):,}, and spoils {spoiled:,}.")


def views(rows: dict[str, Tensor]) -> None:
    """Photographs, and under them their views."""
    count = len(next(iter(rows.values())))
    plots.show(plots.image_rows(rows, cell=0.95), alt=f"{count} photographs in rows: {', '.join(rows)}.")


def accepted(p: Tensor, truth: Tensor, threshold: float) -> tuple[float, float | None]:
    """The share of images that reach the threshold, and how many of those are right; None where there is none."""
    confidence, answer = p.max(dim=1)
    sure = confidence >= threshold
    return float(sure.float().mean()), float((answer == truth)[sure].float().mean()) if bool(sure.any()) else None


def thresholds(data, believed: dict[str, Tensor]) -> widgets.Panel:
    """For each network: the share accepted and the share right against the threshold, and photographs on both sides of it.

    believed   {network: its probabilities for the first images of `data`, (N, K)}
    """
    truth = data.labels[:len(next(iter(believed.values())))]
    curves = {name: [accepted(p, truth, threshold) for threshold in THRESHOLDS] for name, p in believed.items()}

    def at(network: str, threshold: float):
        confidence, answer = believed[network].max(dim=1)
        rows = {"accepted": (confidence >= threshold).nonzero().flatten()[:6],
                "waiting": (confidence < threshold).nonzero().flatten()[:6]}
        return network, threshold, answer, rows

    def draw(state):
        network, threshold, answer, rows = state
        figure, axes = plots.new_figure(2, 7, width=11, height=3.7, width_ratios=[4.4] + [1.15] * 6)
        grid = axes[0, 0].get_gridspec()
        axes[0, 0].remove(), axes[1, 0].remove()
        axis = figure.add_subplot(grid[:, 0])
        known = [(t, right) for t, (_, right) in zip(THRESHOLDS, curves[network]) if right is not None]
        plots.lines(axis, {"accepted, of all": (THRESHOLDS, [share for share, _ in curves[network]]),
                           "right, of the accepted": ([t for t, _ in known], [right for _, right in known])},
                    x="threshold", y="share", marker="o")
        axis.axvline(threshold, color=plots.INK, linewidth=1.2)
        axis.set_ylim(0, 1.03)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
        axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, fontsize=9)
        for line, (name, index) in zip(axes, rows.items()):
            for place, picture in enumerate(line[1:]):
                picture.axis("off")
                if place < len(index):
                    i = int(index[place])
                    fine = bool(answer[i] == truth[i])
                    picture.imshow(data.images[i].permute(1, 2, 0).numpy())
                    picture.set_title(f"{data.classes[answer[i]]} {'✓' if fine else '✗'}", fontsize=8.5, pad=3,
                                      color=plots.INK if fine else plots.COLOURS[2])
            line[1].annotate(name, (0, 1.24), xycoords="axes fraction", fontsize=11, fontweight="bold", va="bottom")
        return figure

    def alt(state, network: str, threshold: float) -> str:
        share, right = curves[network][THRESHOLDS.index(threshold)]
        said = "none is accepted" if right is None else f"{share:.0%} are accepted, of which {right:.0%} are right"
        return f"{network}, threshold {threshold:g}: {said}; beside the curves, photographs that are accepted and that wait."

    start = "fine-tuned" if "fine-tuned" in believed else next(iter(believed))
    return widgets.Panel({"network": list(believed), "threshold": THRESHOLDS}, at, draw, alt,
                         start={"network": start, "threshold": 0.8}, labels={"network": ""})
