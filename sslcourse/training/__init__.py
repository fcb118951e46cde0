"""One plain loop for every method, and what it needs around it.

    train(method, data, ...) -> History   the loop
    warmup_cosine(progress)               the learning rate's course
    moments_of_shares(shares)             BatchNorm's mean and variance, of rows that lie in several processes
    History                               loss, learning rate and evaluations as they came
    Interrupted                           raised when Interrupt ended a run early; the network is usable, `.history` is kept
    stopped()                             a sentence for each training that was stopped and not run again
    Diverged                              raised when the loss or a gradient is no longer a number
"""

from .history import History
from .interrupt import Interrupted, stopped
from .loop import train
from .schedule import warmup_cosine
from .sync_batchnorm import moments_of_shares
from .watch import Diverged

__all__ = ["Diverged", "History", "Interrupted", "moments_of_shares", "stopped", "train", "warmup_cosine"]
