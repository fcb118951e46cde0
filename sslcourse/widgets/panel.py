"""Sliders and menus over one figure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from .. import expect, plots, runtime
from . import standalone
from .live import View as _View

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BUDGET = 8.0  # seconds of this thread's work that drawing all states may cost


class Panel:
    """A figure with a control for each name in `controls`; moving one shows the figure of the new state.

    All states are drawn when the panel is first shown, and travel with the cell's output: a control then answers at once,
    also while the kernel is busy, gone, or was never there. Where that would be more than 80 states, or seconds of work, the
    kernel computes and draws each state when a control asks for it.

        panel = Panel({"k": [1, 5, 20]}, compute=lambda k: ..., draw=lambda data: figure, alt=lambda data, k: "…")
        panel                # in a notebook: the sliders and the figure
        panel.set(k=20)      # what moving the slider does, from code
        panel.data           # what compute returned for the present state

    controls   {name: positions in order}: numbers become a slider, words become a menu
    compute    (**state) -> data: the slow part, run once for each state and remembered
    draw       (data) -> Figure
    alt        (data, **state) -> str: what the figure shows, for those who can't see it
    start      the state to begin with; the middle position of each control where it is silent
    labels     {name: the words beside the control}
    play       the name of a slider that gets a button to play it from left to right, as the steps of a training
    live       True: the kernel draws each state when it is asked for; False: all are drawn; None: as the cost says

    Where the kernel draws and `compute` or `draw` raises an error, the panel says it, and the control goes back to where the
    figure is.
    """

    def __init__(
        self, controls: dict[str, Sequence], compute: Callable[..., Any], draw: Callable[[Any], Figure],
        alt: Callable[..., str], *, start: dict[str, Any] | None = None, labels: dict[str, str] | None = None,
        live: bool | None = None, play: str = "",
    ):
        expect.that(bool(controls), "controls", controls, "one control or more")
        for name, positions in controls.items():
            expect.that(len(positions) > 0, f"controls[{name!r}]", positions, "one position or more")
        self.controls = {name: list(positions) for name, positions in controls.items()}
        self._compute, self._draw, self._alt = compute, draw, alt
        self._labels = labels or {}
        self.live, self.play = live, play
        if play:
            expect.one_of(play, "play", [name for name in self.controls if self.numeric(name)])
        self._known: dict[tuple, Any] = {}
        self._pictures: dict[str, standalone.Picture] = {}
        self.state = {name: positions[len(positions) // 2] for name, positions in self.controls.items()}
        self._view = self._output = None
        if start:
            self.set(**start)

    def set(self, **state: Any) -> None:
        """Move the named controls, as a hand on the slider does. If the figure of a panel in view fails, they stay."""
        for name, value in state.items():
            expect.one_of(name, "control", self.controls)
            expect.one_of(value, name, self.controls[name])
        before, self.state = self.state, {**self.state, **state}
        if self._output is not None:
            self._output.update(self._bundle(), raw=True)
        if self._view is None:
            return
        try:
            self._view.follow(self)
        except Exception:
            self.state = before
            self._view.follow(self)
            raise

    @property
    def data(self) -> Any:
        """What `compute` returned for the present state."""
        key = tuple(self.state.values())
        if key not in self._known:
            self._known[key] = self._compute(**self.state)
        return self._known[key]

    @property
    def figure(self) -> Figure:
        """The figure of the present state, drawn again."""
        return self._draw(self.data)

    @property
    def alt(self) -> str:
        """The alternative text of the present state."""
        return self._alt(self.data, **self.state)

    def states(self) -> list[dict[str, Any]]:
        """Every state that the controls can reach."""
        found: list[dict[str, Any]] = [{}]
        for name, positions in self.controls.items():
            found = [{**state, name: value} for state in found for value in positions]
        return found

    def precompute(self, desc: str = "") -> Panel:
        """Compute every state now, behind a progress bar, so that no later move of a control waits."""
        now = self.state
        for state in runtime.progress(self.states(), desc=desc, unit="position"):
            self.state = state
            self.data
        self.state = now
        return self

    def html(self) -> str:
        """The present figure as an ``<img>`` with its text."""
        return plots.to_html(self.figure, self.alt, colours=standalone.COLOURS)

    def numeric(self, name: str) -> bool:
        """Whether the control's positions are numbers, so that it is a slider."""
        return all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in self.controls[name])

    def label(self, name: str) -> str:
        """The words beside the control."""
        return self._labels.get(name, name)

    def word(self, name: str, value: Any) -> str:
        """A position of the control, in words."""
        return f"{value:g}" if self.numeric(name) else str(value)

    def words(self, state: dict[str, Any]) -> str:
        """A state in words: "k 20, colour red"."""
        return ", ".join(f"{self.label(name)} {self.word(name, value)}".strip() for name, value in state.items())

    def drawn(self, seconds: float | None = None) -> Iterator[tuple[dict[str, Any], Figure, str]]:
        """Every state with its figure and text, behind a progress bar; fewer, where all would cost more than `seconds`."""
        now, states, start = self.state, self.states(), time.thread_time()
        try:
            bar = runtime.progress(states, desc="drawing every position", unit="figure", told=False)
            for done, state in enumerate(bar, 1):
                self.state = state
                yield state, self.figure, self.alt
                spent = time.thread_time() - start
                if seconds is not None and (done == 2 and spent / 2 * len(states) > seconds or spent > 2 * seconds):
                    return
        finally:
            self.state = now

    def _bundle(self) -> dict[str, str]:
        page = standalone.panel_html(self, alone=not runtime.exporting())
        return {"text/html": page, "text/plain": self.alt}

    def _every_state_travels(self) -> bool:
        """Whether all states are drawn, so that the page can hold them; they are drawn here, as far as the budget goes."""
        if self.live is None:
            return len(self.states()) <= standalone.MOST_STATES and standalone.draw(self, BUDGET)
        return not self.live

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if runtime.exporting():
            display(self._bundle(), raw=True)
        elif runtime.quiet():
            plots.show(self.figure, self.alt)  # nobody is there to move anything
        elif self._view is None and self._every_state_travels():
            shown_before = self._output is not None  # one name for all the cells that show this panel: `set` reaches each
            self._output = display(
                self._bundle(), raw=True, display_id=self._output.display_id if shown_before else True)
            plots.say_if_stopped()
        else:
            if self._view is None:  # one for all the cells that show this panel: they then agree
                self._make_view()
            display(self._view.bundle(), raw=True)
            plots.say_if_stopped()

    def _make_view(self) -> None:
        _View(self)
