"""A race: who learns the best features of CIFAR-10, without a label, in so many seconds on this computer?

The rules:

    An entry is one file with one function, ``learn(images, seconds, seed)``. It gets the 50,000 training images, uint8
    (50000, 3, 32, 32), and no labels; it returns an encoder: a module, a method of the course, or any callable from float
    images (B, 3, 32, 32) in [0, 1] to features (B, D).
    The clock counts `learn` alone. Who takes longer than `seconds` and a fiftieth more is shown, and out of the race.
    Features are taken once, timed apart, and nothing else is done to them: a kNN vote and a linear probe, both with all
    50,000 labels, scored on all 10,000 test images.
    Three seeds; their mean kNN is the place. The threads are those that the machine has free.

    run      let one entry race, seed by seed
    load     the entry that a file holds
    Board    the entries that have raced, on file
    ENTRIES  the course's own, files in entries/: read one, copy it, beat it

``python -m sslcourse race my_method.py`` does all of it.
"""

from .board import Board
from .entry import ENTRIES, Entry, load
from .run import Lap, run

__all__ = ["ENTRIES", "Board", "Entry", "Lap", "load", "run"]
