"""A line to type, controls, and the figure of what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import expect
from .panel import Panel, _View


class TypingBox(Panel):
    """A `Panel` whose figure depends on a line of text as well: type it, press Enter, and it is computed and drawn again.

        box = TypingBox("Once upon a ___", {"model": ["BERT", "GPT"]}, compute=lambda text, model: ..., draw=..., alt=...)
        box                         # in a notebook: the line, the controls and the figure
        box.type("A cup of ___")    # what typing and Enter do, from code
        box.text, box.message       # the line that the figure is of; why the last one was refused, or ""

    text        the line to begin with
    controls    as in `Panel`; one or more
    compute     (text, **state) -> data, remembered for each line and state. A ValueError refuses the line: its words are
                shown, and the figure stays as it was
    draw, alt   as in `Panel`
    prompt      the words beside the line; `limit`, the most characters that are taken
    """

    def __init__(
        self, text: str, controls: dict[str, Sequence], compute: Callable[..., Any], draw: Callable[[Any], Any],
        alt: Callable[..., str], *, start: dict[str, Any] | None = None, labels: dict[str, str] | None = None,
        prompt: str = "", limit: int = 300,
    ):
        expect.that(isinstance(text, str) and bool(text.strip()), "text", text, "a line of text")
        expect.integer(limit, "limit", at_least=1)
        self.text, self.prompt, self.limit, self.message = text, prompt, limit, ""
        super().__init__(
            controls, lambda **state: compute(self.text, **state), draw, alt, start=start, labels=labels, live=True,
        )

    def type(self, text: str) -> None:
        """Take `text` for the line, as Enter does; one that `compute` refuses leaves everything as it was, and a message."""
        expect.that(isinstance(text, str), "text", text, "a line of text")
        before, self.text, self.message = self.text, text.strip(), ""
        self._pictures.clear()
        try:
            expect.that(bool(self.text), "text", expect.Words("nothing"), "a word or two")
            came = expect.Words(f"{len(self.text)} characters")
            expect.that(len(self.text) <= self.limit, "text", came, f"at most {self.limit}")
            self.data
        except ValueError as error:
            self.text, self.message = before, str(error)
        if self._view is not None:
            self._view.follow(self)

    @property
    def data(self) -> Any:
        """What `compute` returned for the present line and state."""
        key = (self.text, *self.state.values())
        if key not in self._known:
            self._known[key] = self._compute(**self.state)
        return self._known[key]

    def _make_view(self) -> None:
        _TypingView(self)


class _TypingView(_View):
    """The line and its button over the controls and the figure."""

    def __init__(self, panel: TypingBox):
        import ipywidgets

        self._line = ipywidgets.Text(
            value=panel.text, description=panel.prompt, continuous_update=False, style={"description_width": "initial"},
            layout={"width": "640px"},
        )
        super().__init__(panel)
        self._line.observe(lambda change: self._typed(), names="value")
        button = ipywidgets.Button(description="Show", layout={"width": "max-content"})
        button.on_click(lambda _: self._typed())
        self.box = ipywidgets.VBox(
            [ipywidgets.HBox([self._line, button]), self._said, *self._controls.values(), self._figure, self._waiting]
        )

    def _asked(self) -> list:
        return [*super()._asked(), self._line]

    def _typed(self) -> None:
        if self._line.value.strip() != self._panel.text:
            self._panel.type(self._line.value)
        self._answered()  # a refused line too

    def follow(self, panel: TypingBox) -> None:
        """Show the line's figure, or why a line was refused."""
        super().follow(panel)
        self.say(panel.message)
        if not panel.message:
            self._line.value = panel.text
