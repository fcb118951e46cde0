"""Every system of the lecture's two tables, measured at equal training: ``python -m sslcourse results systems``.

    task         what an arm is given: images, a few labels, a budget of steps, a seed, a folder to go on from
    few_labels   the arms of SimCLRv2's Table 3: each gives a classifier of CIFAR-10 from 500 or 5,000 labels
    frozen       the arms of DINOv2's Table 4: each gives features, which a kNN vote and a linear probe are taken on
    grid         the grid of arms, label counts and seeds: what is on file is not measured again
    in_turn      cells one after another, with an estimate of how long is left; the bench uses it too
"""

from .few_labels import FEW_LABELS
from .frozen import FROZEN
from .grid import TABLES, measure, todo
from .task import Task, schedule

__all__ = ["FEW_LABELS", "FROZEN", "TABLES", "Task", "measure", "schedule", "todo"]
