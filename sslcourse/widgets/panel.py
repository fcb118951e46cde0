"""Sliders and menus over one figure."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from .. import expect, plots, runtime

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class Panel:
    """A figure with a control for each name in `controls`; moving one computes, draws and shows again.

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

    Where `compute` or `draw` raises an error, the panel says it, and the control goes back to where the figure is.
    """

    def __init__(
        self, controls: dict[str, Sequence], compute: Callable[..., Any], draw: Callable[[Any], Figure],
        alt: Callable[..., str], *, start: dict[str, Any] | None = None, labels: dict[str, str] | None = None,
    ):
        expect.that(bool(controls), "controls", controls, "one control or more")
        for name, positions in controls.items():
            expect.that(len(positions) > 0, f"controls[{name!r}]", positions, "one position or more")
        self.controls = {name: list(positions) for name, positions in controls.items()}
        self._compute, self._draw, self._alt = compute, draw, alt
        self._labels = labels or {}
        self._known: dict[tuple, Any] = {}
        self.state = {name: positions[len(positions) // 2] for name, positions in self.controls.items()}
        self._view = None
        if start:
            self.set(**start)

    def set(self, **state: Any) -> None:
        """Move the named controls, as a hand on the slider does. If the figure of a panel in view fails, they stay."""
        for name, value in state.items():
            expect.one_of(name, "control", self.controls)
            expect.one_of(value, name, self.controls[name])
        before, self.state = self.state, {**self.state, **state}
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
        return plots.to_html(self.figure, self.alt)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if runtime.exporting():
            from .standalone import panel_html

            display({"text/html": panel_html(self), "text/plain": self.alt}, raw=True)
            return
        if self._view is None:  # one for all the cells that show this panel: they then agree
            _View(self)
        display(self._view.box)


class _View:
    """The ipywidgets of one panel: a control each, the figure under them, and what went wrong, if something did."""

    def __init__(self, panel: Panel):
        import ipywidgets

        self._panel, panel._view = panel, self
        self._figure = ipywidgets.HTML(panel.html())
        self._said = ipywidgets.HTML(layout={"display": "none"})
        self._controls = {name: self._control(name) for name in panel.controls}
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        self.box = ipywidgets.VBox([*self._controls.values(), self._figure, self._said])

    def _control(self, name: str):
        import ipywidgets

        positions, label = self._panel.controls[name], self._panel._labels.get(name, name)
        numeric = all(isinstance(value, (int, float)) for value in positions)
        few = len(positions) <= 5
        words = ipywidgets.ToggleButtons if few else ipywidgets.Dropdown
        kind = ipywidgets.SelectionSlider if numeric else words
        options = [(f"{value:g}" if numeric else str(value), value) for value in positions]
        style = {"description_width": "initial"}
        if kind is ipywidgets.ToggleButtons:
            style["button_width"] = "max-content"  # words are shown whole, however long
        return kind(
            options=options, value=self._panel.state[name], description=label, style=style,
            layout={"width": "max-content" if not numeric else "440px"},
        )

    def _moved(self, name: str, value: Any) -> None:
        if self._panel.state[name] == value:
            return  # `follow` has put it there
        try:
            self._panel.set(**{name: value})
        except Exception as error:  # in a kernel it would go to a log that nobody reads
            self.say(str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}")

    def follow(self, panel: Panel) -> None:
        """Show the figure of the panel's state, with the controls there; where it can't be drawn, nothing moves."""
        page = panel.html()
        for name, control in self._controls.items():
            control.value = panel.state[name]
        self._figure.value = page
        self.say("")

    def say(self, words: str) -> None:
        """Show `words` at the figure; nothing for ""."""
        self._said.value = f"<b>{html.escape(words)}</b>" if words else ""
        self._said.layout.display = None if words else "none"
