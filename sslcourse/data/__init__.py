"""Real data sets, pinned and checked, and `shapes`, generated and always there.

    load(name, split, size, seed)   a data set as an ImageSet, a TextSet or a PairSet; fetched on first use
    names()                         what there is to load
    shapes(n, size, seed, ...)      images whose factors of variation are known; needs no download
    clouds(kind, n, seed)           points of known shape, to hold a map against; CLOUDS names the kinds
    passages, hold_out_books        from books to examples
    NoSource                        raised when a data set is not cached and no source is in reach

What each set is, where it comes from and what is wrong with it stands on its card in datasets/cards/.
"""

from .books import hold_out_books, passages
from .clouds import KINDS as CLOUDS
from .clouds import Cloud, clouds
from .errors import NoSource
from .loading import load, names
from .sets import ImageSet, PairSet, TextSet
from .shapes import ShapeSet, shapes

__all__ = [
    "CLOUDS", "Cloud", "ImageSet", "NoSource", "PairSet", "ShapeSet", "TextSet",
    "clouds", "hold_out_books", "load", "names", "passages", "shapes",
]
