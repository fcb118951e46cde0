"""One plain loop for every method, and what it needs around it.

    train(method, data, ...) -> History   the loop
    warmup_cosine(progress)               the learning rate's course
    History                               loss, learning rate and evaluations as they came
    Diverged                              raised when the loss or a gradient is no longer a number
"""

from .history import History
from .loop import train
from .schedule import warmup_cosine
from .watch import Diverged

__all__ = ["Diverged", "History", "train", "warmup_cosine"]
