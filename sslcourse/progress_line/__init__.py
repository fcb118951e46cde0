"""One quiet line that says what runs, how far it is and how long it still takes.

In a notebook all the bars of a cell, one after the other or one inside the other, share one line of HTML, which is updated
in place. When the cell ends the line becomes a sentence ("training: 320 steps, loss 1.24, 34 s"), so that a saved notebook
holds text and nothing that has to be alive. What takes less than half a second shows nothing at all.
"""

from .bar import Bar
from .line import Line
from .notebook import line_of_this_cell

__all__ = ["Bar", "Line", "line_of_this_cell"]
