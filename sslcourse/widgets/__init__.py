"""Controls over figures: state → data → figure, so that every control can be driven without a browser.

    Panel           sliders and menus over a figure: compute(**state) -> data, draw(data) -> Figure
    Explorer        maps of images to point at: a dot, its image, its nearest neighbours
    Prediction      a committed guess before the measurement, answered after it
    Sketch          the same for a curve or bars: drawn by hand, compared with what was measured
    decide          the option that came out ahead, or that none did
    tally           all predictions of a lab beside their outcomes
    Puzzle          a jigsaw to solve by clicking, and a network's answer to it
    TripletCircle   a triplet on the unit circle to drag: loss, gradients, margin
    Matches         two pictures: click a patch of one, see the most similar patch of the other
    Watch           a network's loss and a look at it, while it trains; a player over the looks afterwards
    watch_neighbors the Watch over loss, map and nearest neighbors of a few hundred images
    TypingBox       a line to type over a panel: fill in the blank, attention on your own sentence
"""

from .decide import decide
from .explorer import Explorer
from .matches import Matches
from .neighbors import watch_neighbors
from .panel import Panel
from .prediction import Prediction, tally
from .puzzle import Puzzle
from .sketch import Sketch
from .triplet_circle import TripletCircle
from .typing_box import TypingBox
from .watch import Seen, Watch

__all__ = [
    "Explorer", "Matches", "Panel", "Prediction", "Puzzle", "Seen", "Sketch", "TripletCircle", "TypingBox", "Watch", "decide",
    "tally", "watch_neighbors",
]
