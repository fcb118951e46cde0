"""Controls over figures: state → data → figure, so that every control can be driven without a browser.

    Panel        sliders and menus over a figure: compute(**state) -> data, draw(data) -> Figure
    Explorer     maps of images to point at: a dot, its image, its nearest neighbours
    Prediction   a committed guess before the measurement, answered after it
"""

from .explorer import Explorer
from .panel import Panel
from .prediction import Prediction

__all__ = ["Explorer", "Panel", "Prediction"]
