"""One triplet on the unit circle, to drag: its loss, where its gradient pulls, and where the negative is hard."""

from __future__ import annotations

import functools
import math
from pathlib import Path

from .. import expect

POINTS = ("anchor", "positive", "negative")


class TripletCircle:
    """An anchor, a positive and a negative on the circle, the margin's ring, and the arrows of gradient descent.

        circle = TripletCircle(margin=0.5)
        circle                              # in a notebook: drag the points, or Tab and arrow keys
        circle.set(negative=100)            # what dragging the negative does, from code
        circle.loss, circle.region, circle.gradients
        circle.descend(10)                  # ten steps of gradient descent, as its button makes

    anchor, positive, negative   where each lies, in degrees, anticlockwise from the right
    margin                       α in L = [‖a − p‖² − ‖a − n‖² + α]₊, in (0, 4]
    """

    def __init__(self, *, anchor: float = 90.0, positive: float = 25.0, negative: float = 140.0, margin: float = 0.5):
        self.margin, self.angles = 0.5, dict.fromkeys(POINTS, 0.0)
        self._view = None
        self.set(anchor=anchor, positive=positive, negative=negative, margin=margin)
        self._start = dict(self.angles)

    def set(self, *, margin: float | None = None, **angles: float) -> None:
        """Move the named points to these angles, and the margin, as a hand does."""
        for name, degrees in angles.items():
            expect.one_of(name, "point", POINTS)
            expect.number(degrees, name)
        if margin is not None:
            expect.positive(margin, "margin")
            expect.number(margin, "margin", at_most=4)
            self.margin = float(margin)
        self.angles = {**self.angles, **{name: float(degrees) % 360 for name, degrees in angles.items()}}
        if self._view is not None:
            with self._view.hold_sync():
                self._view.angles, self._view.margin = [self.angles[name] for name in POINTS], self.margin

    @property
    def distances(self) -> tuple[float, float]:
        """‖a − p‖² and ‖a − n‖², each from 0 to 4."""
        a, p, n = (math.radians(self.angles[name]) for name in POINTS)
        return 2 - 2 * math.cos(a - p), 2 - 2 * math.cos(a - n)

    @property
    def loss(self) -> float:
        """L of this one triplet."""
        to_positive, to_negative = self.distances
        return max(0.0, to_positive - to_negative + self.margin)

    @property
    def region(self) -> str:
        """ "hard": the negative is as near as the positive or nearer; "semi-hard": farther, within the margin; "easy". """
        to_positive, to_negative = self.distances
        if to_negative <= to_positive:
            return "hard"
        return "semi-hard" if to_negative < to_positive + self.margin else "easy"

    @property
    def gradients(self) -> dict[str, float]:
        """∂L/∂angle of each point, per radian: descent turns a point the other way. All 0 where the triplet is easy."""
        a, p, n = (math.radians(self.angles[name]) for name in POINTS)
        if self.loss == 0:
            return dict.fromkeys(POINTS, 0.0)
        pull, push = 2 * math.sin(p - a), 2 * math.sin(n - a)
        return {"anchor": push - pull, "positive": pull, "negative": -push}

    @property
    def limits(self) -> tuple[float, float]:
        """Degrees from the anchor, on either side, up to which a negative is hard, and up to which it is semi-hard."""
        to_positive = self.distances[0]
        edge = 1 - (to_positive + self.margin) / 2
        return math.degrees(math.acos(1 - to_positive / 2)), math.degrees(math.acos(max(-1.0, edge)))

    def descend(self, steps: int = 1, lr: float = 0.1) -> None:
        """Follow the arrows: each step moves every point by −lr times its gradient, along the circle."""
        expect.integer(steps, "steps", at_least=1)
        expect.positive(lr, "lr")
        for _ in range(steps):
            moves = self.gradients
            self.set(**{name: self.angles[name] - math.degrees(lr * moves[name]) for name in POINTS})

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self._view is None:  # one for all the cells that show it: they then agree
            self._view = self._made()
        widget, _ = self._view._repr_mimebundle_()
        display({**widget, **self._still()}, raw=True)

    def _still(self) -> dict[str, str]:
        """What there is to see where no widget can be, in a copy that came by mail."""
        points = ", ".join(f"{name} at {self.angles[name]:.0f}°" for name in POINTS)
        text = f"A triplet on the unit circle: {points}. Margin {self.margin:g}, loss {self.loss:.2f}: it is {self.region}."
        return {"text/html": f"<p>{text}</p>", "text/plain": text}

    def _made(self):
        view = _widget_class()(
            angles=[self.angles[name] for name in POINTS], margin=self.margin, start=[self._start[name] for name in POINTS],
        )
        view.observe(self._moved, names=["angles", "margin"])
        return view

    def _moved(self, change: dict) -> None:
        if change["name"] == "margin":
            self.margin = change["new"]
        else:
            self.angles = dict(zip(POINTS, change["new"]))


@functools.cache
def _widget_class() -> type:
    """The browser's side, made when it is first needed: importing this room must not load the widget libraries."""
    import anywidget
    import traitlets

    here = Path(__file__).parent

    class TripletCircleView(anywidget.AnyWidget):
        _esm = here / "triplet_circle.js"
        _css = here / "triplet_circle.css"
        angles = traitlets.List().tag(sync=True)  # of anchor, positive and negative, in degrees
        start = traitlets.List().tag(sync=True)  # where "Start again" puts them
        margin = traitlets.Float().tag(sync=True)

    return TripletCircleView
