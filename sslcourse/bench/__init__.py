"""The bench: every image method in the same two networks, at equal operations, scored on the same five tasks.

    entrants   the methods, the networks, and what is scored of them
    tasks      five questions about four sets of images
    scores     one protocol for all
    flops      what a step of training costs
    grid       the cells, their order, measuring them: ``python -m sslcourse bench``

A cell is a method, a network, a data set, a budget of operations and a seed. What was measured stands in labs/results/bench
(`results.cells`), and lab 19 asks it who wins where.
"""

from ..results.cells import Cell
from .entrants import ENCODERS, ENTRANTS, MAIN, Backbone, Entrant, Given
from .flops import flops_per_step
from .grid import BUDGETS, DATA, ROUNDS, cells, cost, measure, run, todo
from .scores import score
from .tasks import TASKS, task

__all__ = [
    "BUDGETS", "Backbone", "Cell", "DATA", "ENCODERS", "ENTRANTS", "Entrant", "Given", "MAIN", "ROUNDS", "TASKS", "cells",
    "cost", "flops_per_step", "measure", "run", "score", "task", "todo",
]
