"""Lab 16: the lecture's Table 4 (Oquab et al., 2023), every row of it, to look at from several sides."""

from __future__ import annotations

from .. import plots, results, widgets

SORTED_BY = {"as in the paper": None, "kNN": "knn", "linear probe": "linear", "the gap between them": "gap"}


def rows() -> list[dict]:
    """The cited rows, each with its gap, linear − kNN, or None where the paper has no kNN."""
    return [row | {"gap": None if row["knn"] is None else row["linear"] - row["knn"],
                   "name": f"{row['method']} {row['architecture']}"} for row in results.cited("dinov2-table4")]


def table4() -> widgets.Panel:
    """Each system a line, a ring for kNN and a dot for the linear probe, colored by its supervision or by its data."""
    every = rows()

    def compute(colored: str, sorted_by: str) -> tuple[list[dict], str]:
        key = SORTED_BY[sorted_by]
        chosen = every if key is None else sorted(every, key=lambda row: -1e9 if row[key] is None else row[key], reverse=True)
        return chosen, {"supervision": "group", "data": "data"}[colored]

    def draw(found: tuple[list[dict], str]):
        chosen, by = found
        kinds = list(dict.fromkeys(row[by] for row in every))
        colour = dict(zip(kinds, plots.COLOURS))
        beside = {"textcoords": "offset points", "va": "center", "fontsize": 10}
        figure, axis = plots.new_figure(width=9.6, height=6.2)
        for y, row in enumerate(chosen):
            ink = colour[row[by]]
            if row["knn"] is not None:
                axis.plot([row["knn"], row["linear"]], [y, y], color=ink, linewidth=2, alpha=0.6)
                axis.plot(row["knn"], y, "o", markerfacecolor="white", color=ink, markersize=8, markeredgewidth=1.8)
                axis.annotate(f"{row['knn']:.1f}", (row["knn"], y), (-8, 0), ha="right", **beside)
            axis.plot(row["linear"], y, "o", color=ink, markersize=8)
            axis.annotate(f"{row['linear']:.1f}", (row["linear"], y), (8, 0), **beside)
            axis.annotate(row["data"], (1.0, y), (4, 0), xycoords=("axes fraction", "data"), **beside)
        axis.set_yticks(range(len(chosen)), [row["name"] for row in chosen], fontsize=10.5)
        axis.tick_params(axis="y", length=0, labelcolor=plots.INK)
        axis.set(xlim=(44, 91), ylim=(len(chosen) - 0.4, -0.6), xlabel="ImageNet accuracy, %:   ○ kNN   ● linear probe")
        axis.grid(axis="x")
        if by == "group":  # what data it was stands beside each row
            for kind in kinds:
                axis.plot([], [], "o", color=colour[kind], label=kind)
            axis.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=2, fontsize=10)
        return figure

    def alt(found: tuple[list[dict], str], colored: str, sorted_by: str) -> str:
        told = "; ".join(f"{row['name']}, {row['data']}, kNN {'–' if row['knn'] is None else row['knn']}, linear "
                         f"{row['linear']}" for row in found[0])
        return f"Table 4 of the DINOv2 paper, colored by {colored}, sorted by {sorted_by}. {told}."

    return widgets.Panel({"colored": ["supervision", "data"], "sorted_by": list(SORTED_BY)}, compute, draw, alt,
                         start={"colored": "supervision", "sorted_by": "as in the paper"},
                         labels={"colored": "color", "sorted_by": "order"})
