"""Watch a network learn: its loss and what it makes of a few images, while it trains; a player over the same afterwards."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .. import expect, plots, runtime
from . import standalone
from .panel import Panel

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SHARE = 0.05  # of the training's time that looking and drawing may cost while it runs


@dataclass(frozen=True)
class Seen:
    """One look at a network that trains.

    run      the training's name
    step     how many steps were done
    loss     the loss of each of them
    kept     what `look` returned
    """

    run: str
    step: int
    loss: list[float] = field(repr=False)
    kept: Any = field(repr=False)


class Watch:
    """Given to `training.train` as `evaluate`, it looks at the network every so many steps, and shows what it saw.

        watch = Watch(look=lambda method: embed(method, images), draw=loss_and_map, alt=lambda seen: "…")
        training.train(method, data, steps=360, evaluate=watch, every=36, desc="semi-hard")
        watch.player("step")        # a Panel that plays the looks of all the runs it was given to

    look   (method) -> what to keep of the network as it is now; the first look is before the first step
    draw   (Seen) -> Figure
    alt    (Seen) -> str: what the figure shows, for those who can't see it

    Every look is kept. While the training runs, the first one is drawn, and another one where all looks and drawings cost no
    more than a twentieth of the time with it, so that a quick training shows fewer of them; where nobody watches, none.
    """

    def __init__(self, look: Callable[[Any], Any], draw: Callable[[Seen], Figure], alt: Callable[[Seen], str]):
        self._look, self._draw, self._alt = look, draw, alt
        self.runs: dict[str, dict[int, Seen]] = {}
        self.spent = self.drawing = 0.0  # seconds: of all looks and drawings of the present run, and of its last drawing
        self._place, self._loss, self._run, self._began = None, [], "", 0.0

    def begin(self, method: Any, history: Any, desc: str) -> None:
        """A run named `desc` begins; one of the same name that was seen before is forgotten."""
        self._show("", "")  # one figure at a time
        self._place, self._loss, self._run = None, history.loss, desc
        self.runs[desc], self.spent, self.drawing, self._began = {}, 0.0, 0.0, time.perf_counter()
        self(method, len(history.loss))

    def __call__(self, method: Any, step: int) -> dict[str, float]:
        """Look at `method` after `step` steps, keep it, and show it."""
        expect.that(bool(self._run), "watch", self, "given to training.train, which tells it that a run begins")
        start = time.perf_counter()
        seen = Seen(self._run, step, self._loss[:step], self._look(method))
        self.runs[self._run][step] = seen
        looked = time.perf_counter()
        self.spent += looked - start
        first, affordable = self._place is None, self.spent + self.drawing <= SHARE * (looked - self._began)
        if not runtime.quiet() and not runtime.exporting() and (first or affordable):
            self._show(plots.to_html(self._draw(seen), self._alt(seen), colours=256), self._alt(seen))
            self.drawing = time.perf_counter() - looked
            self.spent += self.drawing
        return {}

    def player(self, label: str = "step") -> Panel:
        """A panel with a button that plays the looks from the first to the last, for each run that was watched."""
        expect.that(bool(self.runs), "watch", self, "given to a training first")
        self._show("", "")  # it takes the place of the figure that was drawn during the run
        runs = {name: list(looks.values()) for name, looks in self.runs.items()}
        longest = max(runs.values(), key=len)
        last = {"run": list(runs)[0], "step": longest[-1].step}

        def found(step: int, run: str = list(runs)[0]) -> Seen:
            return max((seen for seen in runs[run] if seen.step <= step), key=lambda seen: seen.step, default=runs[run][0])

        controls = {"run": list(runs)} if len(runs) > 1 else {}
        controls["step"] = [seen.step for seen in longest]
        few = math.prod(map(len, controls.values())) <= standalone.MOST_STATES
        return Panel(
            controls, found, self._draw, start={name: last[name] for name in controls}, play="step",
            labels={"run": "", "step": label}, alt=lambda seen, **_: self._alt(seen),
            live=False if few else None,  # all drawn now: without its button it would be no player
        )

    def _show(self, page: str, text: str) -> None:
        """Put a figure where this run's figures stand."""
        from IPython.display import display

        if self._place is not None:
            self._place.update({"text/html": page, "text/plain": text}, raw=True)
        elif page:
            self._place = display({"text/html": page, "text/plain": text}, raw=True, display_id=True)
