"""One function per source layout: from unpacked files to the columns of each split.

    reader(parts) -> {split: {column: tensor or list of strings}}

`parts` maps a part's name (a package, or a file of a source) to the folder or file it was unpacked to. A column has
one entry per row, except those whose name ends in "classes" or "_names", which name what the numbers in another
column stand for. ValueError when the files are not laid out as the source lays them out.
"""

from .cifar import cifar_pickles, cifar_png
from .emoji import emoji
from .gutenberg import gutenberg
from .imdb import imdb
from .mnist import mnist_idx

__all__ = ["cifar_pickles", "cifar_png", "emoji", "gutenberg", "imdb", "mnist_idx"]
