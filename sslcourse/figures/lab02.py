"""The drawings and panels of lab 02, autoencoders."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from .. import plots, runtime, widgets
from ..methods import gaussian_noise, masking_noise, salt_and_pepper_noise, squared_error

Copies = dict[str, Callable[[Tensor], Tensor]]          # images -> images, by name


def angles(evaluations: Sequence[dict], k: int, least: float) -> None:
    """Principal angles to PCA's subspace, and the error, over the steps of a training; `least` is PCA's error."""
    steps = [found["step"] for found in evaluations]
    by_angle = {f"angle {i + 1}": (steps, [found[f"angle {i + 1}"] for found in evaluations]) for i in range(k)}
    errors = [found["error"] for found in evaluations]
    figure, (left, right) = plots.new_figure(1, 2, width=9.4, height=3.4)
    plots.lines(left, by_angle, x="step", y="degrees", title="Principal angles to PCA's subspace")
    plots.lines(right, {"linear autoencoder": (steps, errors)}, x="step", y="squared error per image",
                title="How well it copies")
    right.axhline(least, color=plots.INK, linewidth=1.2, linestyle=":", label="PCA: the least there is")
    right.legend()
    plots.show(figure, alt=(
        f"Left, {k} principal angles over the steps; the largest ends at {evaluations[-1][f'angle {k}']:.1f} degrees. Right, "
        f"the squared error falls to {errors[-1]:.2f}; PCA's is {least:.2f}."))


def directions(rows: dict[str, Tensor], nearest: float) -> None:
    """Columns of (784, k) matrices as images, a row for each matrix; `nearest` is the mean cosine of the first two."""
    def images(columns: Tensor) -> Tensor:
        pictures = columns.T.reshape(-1, 1, 28, 28)
        return 0.5 + 0.5 * pictures / pictures.abs().amax((1, 2, 3), keepdim=True)      # gray is 0

    plots.show(plots.image_rows({name: images(columns) for name, columns in rows.items()}, cell=1.0), alt=(
        "Directions as images. PCA's and the autoencoder's look different: a PCA direction has, on average, a cosine of "
        f"{nearest:.2f} with the nearest of the autoencoder's. Mixed anew, these look like PCA's."))


def copies(photographs: Tensor, copy: Copies, errors: dict[str, float], mean_error: float) -> None:
    """Photographs above their copies through a code; `errors` and `mean_error` were measured on many more."""
    rows = {"photograph": photographs} | {f"{name} ({errors[name]:.0f})": of(photographs) for name, of in copy.items()}
    plots.show(plots.image_rows(rows, cell=0.95), alt=(
        "Test photographs above their copies. Squared error per image, on average: "
        + ", ".join(f"{name} {errors[name]:.0f}" for name in copy) + f"; the mean photograph has {mean_error:.0f}."))


def over_noise(shares: Sequence[float], errors: dict[str, Sequence[float]]) -> None:
    """Error to the clean image over the share of pixels that were masked."""
    figure, axis = plots.new_figure(width=6.6, height=3.6)
    plots.lines(axis, {name: (shares, values) for name, values in errors.items()}, x="share of pixels masked",
                y="squared error to the clean image", title="How much is given back", marker="o")
    plots.percent(axis.xaxis)
    at_half = {name: values[list(shares).index(0.5)] for name, values in errors.items()}
    plots.show(figure, alt="Error against the share of masked pixels. With half masked: "
               + ", ".join(f"{name} {off:.0f}" for name, off in at_half.items()) + ".")


def noise(photographs: Tensor, copy: Copies) -> widgets.Panel:
    """Any noise, any amount (of Gaussian noise the standard deviation), and what each of the networks makes of it."""
    kinds = {"masking": masking_noise, "salt and pepper": salt_and_pepper_noise, "Gaussian": gaussian_noise}

    def compute(noise: str, amount: float) -> dict[str, tuple[Tensor, float]]:
        with runtime.seeded(1):
            x = kinds[noise](photographs, amount)
        found = {"what they see": x} | {name: of(x) for name, of in copy.items()}
        return {name: (y, float(squared_error(y, photographs).mean())) for name, y in found.items()}

    def draw(found: dict):
        rows = {f"{name} ({off:.0f})": pictures for name, (pictures, off) in found.items()}
        return plots.image_rows({"photograph": photographs} | rows, cell=0.95)

    return widgets.Panel(
        {"noise": list(kinds), "amount": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}, compute, draw,
        start={"noise": next(iter(kinds)), "amount": 0.5}, labels={"noise": "", "amount": "share, or standard deviation"},
        alt=lambda found, noise, amount: (
            f"Photographs with {noise} noise of {amount:g}, and what the networks make of them. Error: "
            + ", ".join(f"{name} {off:.0f}" for name, (_, off) in found.items()) + "."),
    )


def off_by(estimates: Tensor, exact: Tensor, draws: int) -> float:
    """The relative error of the mean of `draws` estimates: estimates (draws, N), exact (N,)."""
    return float(((estimates[:draws].mean(0) - exact) / exact).square().mean().sqrt())


def draws(estimates: Tensor, exact: Tensor) -> widgets.Panel:
    """The mean of 1, 4, 16, … estimates of ‖J‖² beside the exact value: estimates (draws, N), exact (N,)."""
    ends = [0, 1.4 * float(exact.max())]

    def draw(draws: int):
        figure, axis = plots.new_figure(width=4.6, height=4.4)
        axis.plot(ends, ends, color=plots.MUTED, linewidth=1.2, linestyle=":")
        axis.scatter(exact, estimates[:draws].mean(0), color=plots.COLOURS[0], s=28)
        axis.set(xlim=ends, ylim=ends, xlabel="exact, all rows of J", ylabel="mean of the estimates",
                 title=f"‖J‖² of {len(exact)} images, off by {off_by(estimates, exact, draws):.0%}")
        return figure

    return widgets.Panel(
        {"draws": [4**i for i in range(6) if 4**i <= len(estimates)]}, lambda draws: draws, draw, start={"draws": 1},
        labels={"draws": "draws of v"}, alt=lambda _, draws: (
            f"Estimate against exact ‖J‖², {len(exact)} images, {draws} draws each: off by "
            f"{off_by(estimates, exact, draws):.0%}."))


def movement(moved: dict[str, dict[str, float]]) -> None:
    """How far codes go when the photograph changes: {change: {network: share}}."""
    figure, axis = plots.new_figure(width=8.4, height=5.0)
    plots.bars(axis, moved, x="how far a code moves, as a share of the distance between two photographs' codes")
    plots.percent(axis.xaxis)
    plots.show(figure, alt="How far codes move. " + " ".join(
        f"{change}: " + ", ".join(f"{name} {far:.0%}" for name, far in by.items()) + "." for change, by in moved.items()))


def neighbours(queries, bank, nearest: dict[str, Tensor]) -> widgets.Panel:
    """A photograph and its nearest in several spaces: {space: rows of `bank`, (queries, k)}; its own class is in bold."""
    def draw(photograph: int):
        wanted, first = int(queries.labels[photograph]), queries.images[photograph][None]
        rows = {name: of[photograph] for name, of in nearest.items()}
        labels = {name: [wanted, *bank.labels[row].tolist()] for name, row in rows.items()}
        return plots.image_rows(
            {name: torch.cat([first, bank.images[row]]) for name, row in rows.items()}, cell=0.98,
            titles={name: [queries.classes[label] for label in row] for name, row in labels.items()},
            marked={name: [label == wanted for label in row] for name, row in labels.items()})

    def alt(_, photograph: int) -> str:
        wanted = queries.labels[photograph]
        hits = {name: int((bank.labels[of[photograph]] == wanted).sum()) for name, of in nearest.items()}
        return (f"A test photograph ({queries.classes[wanted]}) and its nearest in {len(nearest)} spaces; of its class: "
                + ", ".join(f"{name} {n}" for name, n in hits.items()) + ".")

    return widgets.Panel({"photograph": list(range(len(queries)))}, lambda photograph: photograph, draw, alt,
                         start={"photograph": min(3, len(queries) - 1)})


def copies_and_scores(errors: dict[str, float], score: dict[str, dict[str, float]]) -> None:
    """Accuracy by each protocol over the error of a copy: score is {representation: {protocol: accuracy}}."""
    figure, axes = plots.new_figure(1, 2, width=9.2, height=3.6, sharex=True)
    for axis, protocol in zip(axes, score["raw pixels"]):
        for (name, off), colour in zip(errors.items(), plots.COLOURS):
            axis.scatter(off, score[name][protocol], color=colour, s=80, label=name)
        axis.axhline(score["raw pixels"][protocol], color=plots.MUTED, linewidth=1.2, linestyle=":", label="raw pixels")
        axis.set(xlabel="squared error of a copy", ylabel="test accuracy", title=protocol)
        plots.percent(axis.yaxis)
        axis.margins(0.15)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=5)
    plots.show(figure, alt="Accuracy against the squared error of a copy. " + " ".join(
        f"{name}: error {off:.0f}, " + ", ".join(f"{p} {a:.1%}" for p, a in score[name].items()) + "."
        for name, off in errors.items()))
    for protocol in score["raw pixels"]:
        print(steadily(errors, {name: score[name][protocol] for name in errors}, protocol))


def steadily(errors: dict[str, float], accuracy: dict[str, float], protocol: str) -> str:
    """Whether accuracy falls from the best copy to the worst, in a sentence."""
    order = sorted(errors, key=errors.get)
    falls = all(accuracy[a] > accuracy[b] for a, b in zip(order, order[1:]))
    best = max(accuracy, key=accuracy.get)
    if falls:
        return f"{protocol}: yes, accuracy falls steadily from the best copy ({order[0]}) to the worst ({order[-1]})."
    return f"{protocol}: no. The best copy is made by {order[0]}, the highest accuracy is {best}'s."


def compared(accuracy: dict[str, float], names: Sequence[str], *, sees: float = 0.01) -> list[str]:
    """A sentence for each of `names`: above or below its controls, or no difference (less than `sees`) to be seen."""
    others = ["autoencoder", "untrained encoder", "PCA, 128-D", "raw pixels"]

    def beside(name: str, other: str) -> str:
        lead = accuracy[name] - accuracy[other]
        if abs(lead) < sees:
            return f"no difference to {other} that this can see ({100 * lead:+.1f} points)"
        return f"{abs(100 * lead):.1f} points {'above' if lead > 0 else 'below'} {other}"

    return [f"{name}: " + ", ".join(beside(name, other) for other in others if other != name) + "." for name in names]
