"""Lab 11's own Table 3 beside the paper's, what each step gains, and how students stand to their teachers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from .. import plots, results, runtime
from .leads import by_seed, lead

#: every arm in the table's order, and what kind of method it is
KIND = {
    "supervised": "supervised", "pseudo-label": "task-specific", "mean teacher": "task-specific", "FixMatch": "task-specific",
    "fine-tuned": "task-agnostic", "big, fine-tuned": "task-agnostic", "big, mid-head": "task-agnostic",
    "distilled": "both ways", "distilled, with labels": "both ways", "self-distilled": "both ways",
}
COLOURS = dict(zip(dict.fromkeys(KIND.values()), (plots.COLOURS[8], plots.COLOURS[1], plots.COLOURS[0], plots.COLOURS[2])))
PAPER = {"Supervised baseline": "ResNet-50", "FixMatch (w. RandAug)": "ResNet-50", "SimCLR": "ResNet-50 (4×)",
         "SimCLRv2 distilled": "ResNet-50", "SimCLRv2 self-distilled": "ResNet-152 (3×+SK)"}
STEPS = {"SimCLR's weights": ("fine-tuned", "supervised"), "twice as wide": ("big, fine-tuned", "fine-tuned"),
         "from mid-head": ("big, mid-head", "big, fine-tuned"), "distilled": ("distilled", "fine-tuned"),
         "self-distilled": ("self-distilled", "big, mid-head")}

Cells = dict[str, dict[str, list[float]]]   # {arm: {protocol: one accuracy in % for each seed}}


def collected(lab: str, scores: Mapping[tuple, float], protocols: Mapping[int, str]) -> Cells:
    """The numbers of the course's file, and those of this run where the file has none.

    scores      {(arm, number of labels, seed): accuracy} of this run
    protocols   {number of labels: what the file calls it}
    """
    filed = [(row.method, row.protocol, row.value) for row in results.select(results.committed(runtime.machine()), lab=lab)]
    mine = [(arm, protocols[n], score) for (arm, n, _), score in scores.items()]
    found: Cells = {}
    for source in (filed, mine):
        for arm, protocol in dict.fromkeys((arm, protocol) for arm, protocol, _ in source):
            if protocol in protocols.values() and protocol not in found.get(arm, {}):
                values = [100 * value for a, p, value in source if (a, p) == (arm, protocol)]
                found.setdefault(arm, {})[protocol] = values
    return {arm: found[arm] for arm in KIND if arm in found}


def beside_the_paper(lab: str, scores: Mapping[tuple, float], protocols: Mapping[int, str]) -> None:
    """Left our arms, one ring or dot a seed, right the paper's: a ring for 1% of the labels, a dot for 10%."""
    found, (few, many) = collected(lab, scores, protocols), protocols.values()
    ours = [(arm, KIND[arm], cells.get(few, []), cells.get(many, [])) for arm, cells in found.items()]
    cited = [row for row in results.cited("simclrv2-table3") if PAPER.get(row["method"]) == row["architecture"]
             or (row["method"], row["architecture"]) == ("SimCLR", "ResNet-50")]
    theirs = [(f"{row['method'].removeprefix('SimCLRv2 ')}\n{row['architecture']}",
               {"both": "both ways"}.get(row["group"], row["group"]),
               *([v for v in [row[share]] if v is not None] for share in ("top1_1", "top1_10"))) for row in cited]
    figure, (left, right) = plots.new_figure(1, 2, width=10.4, height=4.8)
    _dots(left, ours, "Ours: CIFAR-10, one ring or dot per seed")
    _dots(right, theirs, "The paper's: ImageNet, top-1")
    for kind, colour in COLOURS.items():
        right.scatter([], [], s=42, color=colour, label=kind)
    right.legend(loc="lower left", fontsize=10, handletextpad=0.2)
    plots.show(figure, alt=(
        f"Accuracy in %, with 1% and 10% of the labels. Ours: {_said(ours)}. The paper's: {_said(theirs)}."
    ))


def _dots(axis, rows: Sequence[tuple], title: str) -> None:
    for y, (_, kind, few, many) in enumerate(rows):
        for values, face, side in ((few, "white", -9), (many, COLOURS[kind], 9)):
            if values:
                axis.plot([min(values), max(values)], [y, y], color=COLOURS[kind], linewidth=2)
                axis.scatter(values, [y] * len(values), s=42, facecolor=face, edgecolor=COLOURS[kind], linewidth=1.8,
                             zorder=3)
                end, mean = min(values) if side < 0 else max(values), sum(values) / len(values)
                axis.annotate(f"{mean:.1f}", (end, y), (side, 0), textcoords="offset points", fontsize=10, va="center",
                              ha="right" if side < 0 else "left")
    axis.set_yticks(range(len(rows)), [row[0] for row in rows], fontsize=10.5)
    axis.tick_params(axis="y", length=0, labelcolor=plots.INK)
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.grid(axis="x")
    axis.margins(x=0.2)
    axis.set(title=title, xlabel="accuracy, %:   ○ 1% of the labels   ● 10%")


def _said(rows: Sequence[tuple]) -> str:
    told = [" and ".join(f"{sum(v) / len(v):.1f}" if v else "no number" for v in cells) for _, _, *cells in rows]
    return "; ".join(f"{name} {cells}".replace("\n", ", ") for (name, *_), cells in zip(rows, told))


def gains(lab: str, scores: Mapping[tuple, float], protocols: Mapping[int, str]) -> None:
    """Bars: the points that each step gains over the one before it, with few labels and with more."""
    found = collected(lab, scores, protocols)

    def gain(arm: str, base: str, protocol: str) -> float | None:
        cells = [found.get(name, {}).get(protocol) for name in (arm, base)]
        return None if None in cells else sum(cells[0]) / len(cells[0]) - sum(cells[1]) / len(cells[1])

    measured = {}
    for step, arms in STEPS.items():
        cells = {f"{n:,} labels": g for n, p in protocols.items() if (g := gain(*arms, p)) is not None}
        if cells:
            measured[f"{step}\nover “{arms[1]}”"] = cells
    if not measured:
        print("No step has both of its arms measured yet.")
        return
    figure, axis = plots.new_figure(width=8.4, height=1.2 + 0.75 * len(measured))
    plots.bars(axis, measured, x="points of accuracy gained", title="What each step gains", format="+.1f")
    axis.axvline(0, color=plots.INK, linewidth=1)
    for number in axis.texts:               # a loss has its number on the far side of its bar, clear of the zero line
        if number.get_text().strip().startswith("-"):
            number.set(ha="right", text=number.get_text().strip() + " ")
    axis.margins(x=0.2)
    plots.show(figure, alt="Points gained by each step: " + "; ".join(
        step.replace("\n", " ") + " " + ", ".join(f"{gain:+.1f} with {n}" for n, gain in cells.items())
        for step, cells in measured.items()) + ".")


def record_images_error(lab: str, hits: Mapping[tuple, Sequence[float]], protocols: Mapping[int, str]) -> None:
    """Keep how far the test images alone move a gain, and the difference of two: hits is {(arm, labels, seed): (N,)}."""
    few, many = sorted(protocols)
    for arm, n, seed in list(hits):
        asked = [(arm, few, seed), ("fine-tuned", few, seed), (arm, many, seed), ("fine-tuned", many, seed)]
        if arm in ("big, fine-tuned", "distilled") and n == few and all(key in hits for key in asked):
            ours, small, ours_more, small_more = (torch.tensor(hits[key], dtype=torch.double) for key in asked)
            gain, where = ours - small, {"lab": lab, "method": f"{arm} minus fine-tuned", "seed": seed, "size": few}
            results.record_images_error(gain, protocol=protocols[few], **where)
            results.record_images_error(gain - (ours_more - small_more), protocol="the gain with 500 over that with 5,000",
                                        **where)


def students(lab: str, protocols: Mapping[int, str]) -> None:
    """For each number of labels, on file: each student beside its teacher, and beside the small network fine-tuned."""
    said = []
    for n, protocol in protocols.items():
        arms = {arm: by_seed(lab, arm, protocol) for arm in ("distilled", "self-distilled", "big, mid-head", "fine-tuned")}
        if not any(arms.values()):
            said.append(f"**{n:,} labels.** No student is on file yet at this length of training.")
            continue
        words = {"above": "ahead", "below": "behind"}
        parts = [f"the small student beside its teacher {lead(arms['distilled'], arms['big, mid-head'], **words)}",
                 f"the student as big as its teacher {lead(arms['self-distilled'], arms['big, mid-head'], **words)}",
                 f"the small student beside the small network, fine-tuned as long "
                 f"{lead(arms['distilled'], arms['fine-tuned'], **words)}"]
        said.append(f"**{n:,} labels.** On file: " + "; ".join(parts) + ".")
    results.say("\n\n".join(said))
