"""The grid: which cells there are, in which order, and what one costs; measuring one; all of them in turn.

The order is by rounds, a budget and a seed each: within a round the best known methods come first, in both networks side by
side, so that wherever a run stops, the table is about balanced.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from torch import nn

from .. import data, expect, runtime, training
from ..results import cells as on_file
from ..results.cells import Cell
from ..results.row import environment
from ..systems.grid import fingerprint
from ..systems.in_turn import in_turn
from .entrants import ENCODERS, ENTRANTS, LR, MAIN, NO_ENCODER, WITHOUT, Backbone, Entrant, Given
from .flops import flops_per_step
from .scores import score

BUDGETS = {"short": 2e12, "long": 2e13}  # floating-point operations of training
ROUNDS = (("short", 0), ("short", 1), ("short", 2), ("long", 0), ("short", 3), ("long", 1), ("short", 4), ("long", 2))
BATCH = 128
#: Images to train on, by the name of the set: another one has its line here.
DATA: dict[str, Callable[[], data.ImageSet]] = {"cifar10": lambda: data.load("cifar10", "train")}


def cells(rounds: Iterable[tuple[str, int]] = ROUNDS, chosen: Sequence[str] = (), source: str = "cifar10") -> list[Cell]:
    """All cells of these rounds, in order; of `chosen` methods, where some are named. Raw pixels have no seed: one cell.

    Raises ValueError for a method or a data set that the bench has not.
    """
    for name in chosen:
        expect.one_of(name, "method", ENTRANTS)
    expect.one_of(source, "source", DATA)
    found = []
    for budget, seed in rounds:
        expect.one_of(budget, "budget", BUDGETS)
        for name in chosen or (ENTRANTS if budget == "short" else MAIN):
            for encoder in ENTRANTS[name].encoders:
                if name != "raw pixels" or seed == 0:                  # they are the same for every seed
                    found.append(Cell(source, budget, seed, name, encoder))
    return found


def todo(*args: object, **kwargs: object) -> list[Cell]:
    """The cells that are not on file; arguments as of `cells`."""
    seen = {cell.key for cell in on_file.read()}
    return [cell for cell in cells(*args, **kwargs) if cell.key not in seen]


def cost(cell: Cell) -> float:
    """Seconds of one quiet core, about: what scoring takes, and training at the speed of the network."""
    scoring, speed = {"ResNet": (14, 1.1e11), "ViT": (25, 4.5e10), NO_ENCODER: (60, 1.0)}[cell.encoder]
    return scoring + (0 if ENTRANTS[cell.method].make is None else BUDGETS[cell.budget] / speed)


def measure(todo: Iterable[Cell]) -> None:
    """Measure these cells, each put on file as soon as it is there. Several processes may do so at once."""
    in_turn(todo, _measured, cost)


def _measured(cell: Cell) -> str | None:
    """Measure one cell, unless another process has it; what is to be said of it."""
    home = runtime.home() / "bench"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(home / f"{cell.name}.lock", timeout=0):
            if any(other.key == cell.key for other in on_file.read()):
                return None
            done = run(cell, folder=home / cell.name)
            if runtime.rehearsal() == 1:
                on_file.keep(done)
            shutil.rmtree(home / cell.name, ignore_errors=True)
    except Timeout:
        return None
    except training.Diverged as error:
        return f"{cell.method}, {cell.encoder}: {error}"
    return (f"{cell.budget}, seed {cell.seed}, {cell.method}, {cell.encoder}: {done.steps} steps, {done.seconds:.0f} s, "
            + ", ".join(f"{name} {scores['linear probe']:.1%}" for name, scores in done.scores.items()))


def run(cell: Cell, *, entrant: Entrant | None = None, encoder: Callable[..., nn.Module] | None = None,
        flops: float | None = None, folder: Path | None = None) -> Cell:
    """The cell, measured: trained for its budget, then scored.

    entrant   of a method of your own; by default the one that the bench has under the cell's name
    encoder   what makes a network of your own; by default the bench's
    flops     another budget than the cell's
    folder    where an interrupted training finds its checkpoint again; None: it starts anew
    """
    start = time.perf_counter()
    entrant = entrant or ENTRANTS[cell.method]
    images = DATA[cell.data]()
    trained, network = {}, None
    if cell.encoder == NO_ENCODER:
        features = WITHOUT[cell.method](images.images, cell.seed)
    else:
        network, trained = _trained(cell, entrant, encoder or ENCODERS[cell.encoder], images, flops or BUDGETS[cell.budget],
                                    folder)
        features = network
    scores = score(features, cell.seed, network)
    device, versions = environment()
    return Cell(*cell.key, **trained, seconds=time.perf_counter() - start, scores=scores, device=device, versions=versions,
                fingerprint=fingerprint(Path(__file__).parent))


def _trained(cell: Cell, entrant: Entrant, encoder: Callable[..., nn.Module], images: data.ImageSet, flops: float,
             folder: Path | None) -> tuple[Backbone, dict[str, int]]:
    """The network to be scored, and what its training took."""
    settings = dict.fromkeys(entrant.settings, True)
    if entrant.make is None:
        with runtime.seeded(cell.seed):
            return Backbone(encoder(**settings)).eval(), {}
    batch = {"images": images.images, "images, labels": (images.images, images.labels),
             "images, numbers": (images.images, torch.arange(len(images)))}[entrant.data]

    def made(steps: int) -> nn.Module:
        with runtime.seeded(cell.seed):
            return entrant.make(encoder(**settings), Given(len(images), len(images.classes), steps))

    first = batch[:BATCH] if isinstance(batch, torch.Tensor) else tuple(column[:BATCH] for column in batch)
    per_step = flops_per_step(made(1), first)
    steps = max(1, round(flops / per_step))
    method = made(steps)
    training.train(method, batch, steps=steps, batch_size=BATCH, lr=LR.get(cell.encoder, LR["ResNet"]), clip=3.0,
                   seed=cell.seed, bfloat16=False, checkpoint=folder and folder / "training.safetensors",
                   desc=f"{cell.method}, {cell.encoder}")
    return Backbone(method.eval()), {"steps": steps, "images": steps * BATCH, "flops": per_step}

