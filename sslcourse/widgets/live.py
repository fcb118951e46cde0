"""The panel that a kernel has to draw: ipywidgets over one figure, for controls with too many states to keep."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

from . import waiting

if TYPE_CHECKING:
    from .panel import Panel


class View:
    """The ipywidgets of one panel: a control each, the figure with the state that it has, and what went wrong.

    While the kernel runs another cell a moved control and the figure differ, so the figure carries its state in words; in the
    browser it is pale until the answer is there, and a line says that the kernel is busy (waiting.js).
    """

    def __init__(self, panel: Panel):
        import ipywidgets

        self._panel, panel._view = panel, self
        self._figure = ipywidgets.HTML(self._page())
        self._said = ipywidgets.HTML(layout={"display": "none"})
        self._controls = {name: self._control(name) for name in panel.controls}
        for name, control in self._controls.items():
            control.observe(lambda change, name=name: self._moved(name, change["new"]), names="value")
        self._waiting = waiting.waiting(self._asked())
        self.box = ipywidgets.VBox([*self._controls.values(), self._figure, self._said, self._waiting])
        self._answered()

    def _asked(self) -> list:
        """What a reader moves or types in."""
        return list(self._controls.values())

    def _answered(self) -> None:
        """Tell the browser that every move so far has been dealt with."""
        self._waiting.shows = self._panel.words(self._panel.state)
        self._waiting.answered = waiting.positions(self._asked())

    def _control(self, name: str):
        import ipywidgets

        panel, positions, numeric = self._panel, self._panel.controls[name], self._panel.numeric(name)
        words = ipywidgets.ToggleButtons if len(positions) <= 5 else ipywidgets.Dropdown
        kind = ipywidgets.SelectionSlider if numeric else words
        style = {"description_width": "initial"}
        if kind is ipywidgets.ToggleButtons:
            style["button_width"] = "max-content"  # words are shown whole, however long
        return kind(
            options=[(panel.word(name, value), value) for value in positions], value=panel.state[name], style=style,
            description=panel.label(name), layout={"width": "max-content" if not numeric else "440px"},
        )

    def _page(self) -> str:
        panel = self._panel
        return f"{panel.html()}<div>The figure shows: {html.escape(panel.words(panel.state))}</div>"

    def bundle(self) -> dict:
        """What the cell shows: the controls where a kernel is, the present figure and its text where none is."""
        return {**self.box._repr_mimebundle_(), "text/html": self._panel.html(), "text/plain": self._panel.alt}

    def _moved(self, name: str, value: Any) -> None:
        if self._panel.state[name] == value:
            return  # `follow` has put it there
        try:
            self._panel.set(**{name: value})
        except Exception as error:  # in a kernel it would go to a log that nobody reads
            self.say(str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}")
        self._answered()

    def follow(self, panel: Panel) -> None:
        """Show the figure of the panel's state, with the controls there; where it can't be drawn, nothing moves."""
        page = self._page()
        for name, control in self._controls.items():
            control.value = panel.state[name]
        self._figure.value = page
        self.say("")
        self._answered()

    def say(self, words: str) -> None:
        """Show `words` at the figure; nothing for ""."""
        self._said.value = f"<b>{html.escape(words)}</b>" if words else ""
        self._said.layout.display = None if words else "none"
