"""sslcourse: the answer key of an interactive course on self-supervised representation learning.

Rooms, from the ground up (each imports only from those before it):

    asked        what is asked about numbers, read at once or all together
    expect       checks on arguments, one wording for all
    progress_line   one quiet line a cell: what runs, how far, how long still
    threads      how many, and how they wait, beside other programs
    runtime      device, seeds, mixed precision, progress bars, sizes for this machine
    processes    ranks, and rows gathered from all processes, where a run has several
    labs         the labs as files: names, notebooks, what each asks and needs
    data         real data sets, pinned and checked; `shapes`, generated and always there
    augment      batched random views of images
    models       encoders, decoders, heads
    losses       one file per loss
    methods      one file per method
    training     one plain loop
    evaluation   features, kNN, linear probe and other measures
    giants       public networks beside our own, through timm, for whoever is on line
    recipes      networks that take longer to train than a lab may: how each is made, and its weights
    race         who learns the best features in two minutes: rules, entries, the board
    plots        figures with alt text, in one style
    widgets      controls: state → data → figure
    results      what was measured, on file; the claims and their verdicts
    systems      the lecture's two tables: every system at equal training
    bench        every image method in the same two networks at equal operations, scored on the same tasks
    figures      the drawings and panels of each lab
    exercises    check · hint · solution
    slides       lectures: cards, references, and the one HTML file that each is written to
    classroom    a student's own copies; what is handed out, and what comes back

On top of them all stands the command line: `commands`, a file for each verb of ``python -m sslcourse``.

A room is imported when it is first used, so that ``import sslcourse`` costs next to nothing.
"""

import importlib

__version__ = "0.1.0"

ROOMS = (
    "asked", "expect", "progress_line", "threads", "runtime", "processes", "labs", "data", "augment", "models", "losses",
    "methods", "training", "evaluation", "giants", "recipes", "race", "plots", "widgets", "results", "systems", "bench",
    "figures", "exercises", "slides", "classroom",
)

__all__ = [*ROOMS, "__version__"]


def __getattr__(name: str):
    if name in ROOMS:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
