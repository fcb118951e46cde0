"""What each choice of SimCLR in two minutes is worth: one factor changed at a time, everything else as it stands.

Trained for STEPS steps on all 50,000 training images of CIFAR-10, without labels; kNN and linear probe then learn from 20,000
labelled images and are asked about all 10,000 test images. One thread, in processor seconds: a busy machine changes
no score, but its caches are shared, so seconds compare within one hour. What is on file (labs/results/ablation_simclr.json)
is not measured again.

    python -m tests.benchmarks.simclr_ablation                measure what is missing (hours), and print the table
    python -m tests.benchmarks.simclr_ablation --only lr      the rows of one factor
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import torch

from sslcourse import augment, data, evaluation, methods, models, runtime, training
from sslcourse.results.row import environment

FILE = Path(__file__).parents[2] / "labs" / "results" / "ablation_simclr.json"
STEPS, LABELS, SEEDS = 300, 20_000, 2

#: the settings that stand
CHOSEN = dict(
    encoder="whitened patches", kernel=4, eps=1e-2, components=48, centered=True, width=32, features=512, hidden=512,
    head_layers=2, temperature=0.15, crop=24, smallest=0.2, color=0.5, batch=256, optimizer="muon", lr=4e-3, momentum=0.95,
)
#: factor -> its other values: a value, or the settings that it stands for
OTHERS: dict[str, list] = {
    "encoder": ["small_resnet", "random patches"],
    "kernel": [{"kernel": 3, "components": 27}, 6],
    "eps": [1e-1, 1e-3],
    "components": [24],
    "centered": [False],
    "width": [64],
    "features": [128, 1024],
    "hidden": [256],
    "head_layers": [3],
    "temperature": [0.1, 0.2],
    "crop": [20, 28],
    "smallest": [0.1, 0.3],
    "color": [0.3],
    "batch": [128, 512],
    "lr": [2e-3, 8e-3],
    "optimizer": [{"optimizer": "adamw", "lr": 3e-3}, {"optimizer": "sgd", "lr": 0.1, "momentum": 0.9}],
}


def encoder(images: torch.Tensor, settings: dict) -> torch.nn.Module:
    """The encoder that `settings` name, its filters whitening `images`."""
    if settings["encoder"] == "small_resnet":
        return models.small_resnet()
    filters = models.whitening_filters(images, settings["kernel"], settings["eps"], settings["components"])
    if settings["encoder"] == "random patches":
        filters = torch.randn_like(filters) * filters.std()
    mean = images[:1_000].double().mean(dim=(0, 2, 3)) / 255 if settings["centered"] else None
    return models.PatchResNet(filters, settings["width"], mean=mean, features=settings["features"])


def measure(settings: dict, seed: int) -> dict:
    """Train once and score: CPU seconds of the training, kNN and probe in percent."""
    images = data.load("cifar10", split="train").images
    with runtime.seeded(seed):
        method = methods.SimCLR(
            encoder(images, settings), temperature=settings["temperature"], head_layers=settings["head_layers"],
            hidden_dim=settings["hidden"],
            views=augment.simclr_views(
                settings["crop"], scale=(settings["smallest"], 1.0), jitter_strength=settings["color"]
            ),
        )
    start = time.process_time()
    training.train(
        method, images, steps=STEPS, seed=seed, batch_size=settings["batch"], lr=settings["lr"],
        optimizer=settings["optimizer"], momentum=settings["momentum"],
    )
    seconds = time.process_time() - start
    labelled, test = data.load("cifar10", split="train", size=LABELS, seed=0), data.load("cifar10", split="test")
    Z, Z_test = (evaluation.extract_features(method, part.images) for part in (labelled, test))
    scores = {"kNN": evaluation.KNNClassifier(), "probe": evaluation.LinearProbe()}
    found = {name: 100 * c.fit(Z, labelled.labels).score(Z_test, test.labels) for name, c in scores.items()}
    return {"cpu_seconds": round(seconds, 1), **{name: round(float(value), 2) for name, value in found.items()}}


def trials() -> list[tuple[str, str, dict]]:
    """(factor, value in words, settings) of every row, the settings that stand first."""
    rows = [("as it stands", "", dict(CHOSEN))]
    for factor, values in OTHERS.items():
        for value in values:
            changed = value if isinstance(value, dict) else {factor: value}
            rows.append((factor, ", ".join(str(v) for v in changed.values()), {**CHOSEN, **changed}))
    return rows


def on_file() -> list[dict]:
    return json.loads(FILE.read_text(encoding="utf-8"))["rows"] if FILE.exists() else []


def keep(rows: list[dict]) -> None:
    """All rows to disk, one a line, or nothing."""
    lines = ",\n".join("  " + json.dumps(row) for row in rows)
    part = FILE.with_suffix(".part")
    part.write_text(f'{{"rows": [\n{lines}\n]}}\n', encoding="utf-8")
    os.replace(part, FILE)


def same(row: dict, settings: dict, seed: int) -> bool:
    return row["settings"] == settings and row["seed"] == seed and row["steps"] == STEPS


def table(rows: list[dict]) -> None:
    """Means over the seeds, and what each change costs or brings where the settings that stand are on file."""
    print(f"{'factor':<32}{'value':<20}{'steps':>6}{'seeds':>6}{'CPU s':>8}{'kNN':>7}{'probe':>7}{'Δ kNN':>8}{'Δ probe':>8}")
    groups: dict[str, list[dict]] = {}
    for row in sorted(rows, key=lambda row: row["settings"] != CHOSEN):
        groups.setdefault(json.dumps([row["settings"], row["steps"]], sort_keys=True), []).append(row)
    means = [[statistics.mean(row[name] for row in found) for name in ("cpu_seconds", "kNN", "probe")]
             for found in groups.values()]
    for found, (cpu, knn, probe) in zip(groups.values(), means):
        line = f"{found[0]['factor']:<32}{found[0]['value']:<20}{found[0]['steps']:>6}{len(found):>6}"
        line += f"{cpu:>8.0f}{knn:>7.1f}{probe:>7.1f}"
        if rows and next(iter(groups.values()))[0]["settings"] == CHOSEN:
            line += f"{knn - means[0][1]:>+8.1f}{probe - means[0][2]:>+8.1f}"
        print(line)


def add(factor: str, value: str, settings: dict, seed: int) -> None:
    """Measure one row and put it on file, unless it is there."""
    if any(same(row, settings, seed) for row in on_file()):
        return
    found, (device, versions) = measure(settings, seed), environment()
    about = {"factor": factor, "value": value, "steps": STEPS, "labels": LABELS, "seed": seed, **found}
    precision = "bfloat16" if runtime.bfloat16_pays() else "float32"
    keep([*on_file(), {**about, "settings": settings, "precision": precision, "device": device, "versions": versions}])
    print(f"{factor} {value}, seed {seed}: {found}", flush=True)


def main(only: str | None = None) -> None:
    """Measure what is not on file, a seed of all rows before the next seed, and print the table."""
    torch.set_num_threads(1)
    for seed in range(SEEDS):
        for factor, value, settings in trials():
            if only in (None, factor) or factor == "as it stands":
                add(factor, value, settings, seed)
    table(on_file())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", metavar="FACTOR", choices=list(OTHERS), help="measure the rows of this factor")
    main(parser.parse_args().only)
