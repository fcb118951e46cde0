"""A guess that is drawn: a curve or bars, by mouse or by keyboard, compared with what was measured."""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path

from .. import expect, plots, runtime
from .prediction import CARD


class Sketch:
    """A question that is answered by a drawing: one height for each of some positions.

        guess = Sketch("How does the loss go on?", at=[0, 50, 100], x="step", y="loss", low=0, high=6)
        guess                       # in a notebook: points to drag, or to move with the arrow keys
        guess.commit([6, 3, 1])     # a drawing from code; a drawing by hand stays in the browser
        guess.answer([5.9, 2.1, 1.9], "Most of it is over early.")      # both curves, and how far apart they are

    at          positions in order: numbers make a curve, words make bars
    x, y        what is counted across, and upwards
    low, high   the ends of the scale upwards

    Nothing waits for it, and the answer is folded until something was drawn, as with `Prediction`. Raises ValueError for
    fewer than two positions, an empty scale, and drawings of another length or with numbers that are none.
    """

    def __init__(self, question: str, at: Sequence[float] | Sequence[str], *, x: str, y: str, low: float, high: float):
        expect.that(bool(question.strip()), "question", question, "a question")
        expect.that(len(at) >= 2, "at", at, "two positions or more")
        expect.that(low < high, "low, high", (low, high), "a scale that goes up")
        self.question, self.at, self.x, self.y, self.low, self.high = question, list(at), x, y, float(low), float(high)
        self.guess: list[float] | None = None
        self.measured: list[float] | None = None
        self._because, self._shown = "", None

    @property
    def bars(self) -> bool:
        """Whether the positions are words."""
        return any(isinstance(one, str) for one in self.at)

    def commit(self, values: Sequence[float]) -> None:
        """Make the drawing, a height for each position; heights beyond the scale are brought to its end."""
        self.guess = [min(self.high, max(self.low, value)) for value in self._heights(values, "values")]
        if self._shown is not None:
            self._shown.update(self._answer(), raw=True)

    def answer(self, measured: Sequence[float], because: str = "") -> None:
        """Show what was `measured` beside the drawing, and `because`; folded until something was drawn."""
        from IPython.display import display

        self.measured, self._because = self._heights(measured, "measured"), because
        self._shown = display(self._answer(), raw=True, display_id=True)

    def distance(self) -> float:
        """How far the drawing is from what was measured, on average over the positions."""
        return sum(abs(a - b) for a, b in zip(self.guess, self.measured)) / len(self.at)

    def _heights(self, values: Sequence[float], name: str) -> list[float]:
        values = [float(value) for value in values]
        fits = len(values) == len(self.at) and all(value == value and abs(value) != float("inf") for value in values)
        expect.that(fits, name, values, f"{len(self.at)} numbers, one for each position")
        return values

    def told(self) -> str:
        """What was measured, in words."""
        return "Measured: " + ", ".join(f"{value:.2g} at {at}" for at, value in zip(self.at, self.measured)) + "."

    def _ipython_display_(self) -> None:
        from IPython.display import display

        plain = f"{self.question} ({self.y} at {', '.join(map(str, self.at))})"
        if runtime.exporting():
            display({"text/html": f'<div class="ssl-question"><p>{html.escape(self.question)}</p></div>',
                     "text/plain": plain}, raw=True)
            return
        body = (f"<b>Draw it.</b> {html.escape(self.question)}"
                '<div class="ssl-pad" data-lm-suppress-shortcuts="true" style="margin:8px 0"></div>'
                '<button type="button" hidden>This is my guess</button> <i class="ssl-said" role="status"></i>')
        display({"text/html": self._card(body), "text/plain": plain}, raw=True)

    def _answer(self) -> dict[str, str]:
        known = self.guess is not None
        verdict = f"On average your drawing is {self.distance():.2g} away. " if known else ""
        body = (
            f'{html.escape(self.question)} <i class="ssl-said" role="status"></i>'
            f'<details{" open" if known else ""}><summary>What was measured</summary>'
            f'<div class="ssl-both" style="margin:8px 0">{self._figure()}</div>'
            f'<b class="ssl-verdict">{html.escape(verdict)}</b> {html.escape(self._because)}</details>')
        page = self._card(body, measured=self.measured, told=self.told())
        return {"text/html": page, "text/plain": f"{verdict}{self.told()} {self._because}".strip()}

    def _figure(self) -> str:
        """What was measured, as a picture for where no script runs."""
        figure, axis = plots.new_figure(width=5.4, height=2.4)
        if self.bars:
            axis.bar(range(len(self.at)), self.measured, color=plots.COLOURS[2])
            axis.set_xticks(range(len(self.at)), self.at)
        else:
            axis.plot(self.at, self.measured, color=plots.COLOURS[2])
        axis.set(xlabel=self.x, ylabel=self.y, ylim=(self.low, self.high))
        axis.grid(True, axis="y")
        return plots.to_html(figure, f"{self.question} {self.told()}", colours=64)

    def _card(self, body: str, **held: object) -> str:
        numbers = [] if self.bars else [(one - self.at[0]) / (self.at[-1] - self.at[0]) for one in self.at]
        held = {"at": [str(one) for one in self.at], "across": numbers, "bars": self.bars, "low": self.low, "high": self.high,
                "x": self.x, "y": self.y, **held}
        data = json.dumps(held, ensure_ascii=False).replace("</", "<\\/")
        key = hashlib.sha256(self.question.encode()).hexdigest()[:12]
        guess = f" data-guess='{json.dumps(self.guess)}'" if self.guess is not None else ""
        script = Path(__file__).with_name("sketch.js").read_text(encoding="utf-8")
        return (f'<div class="ssl-sketch" data-key="{key}"{guess} style="{CARD}">{body}'
                f'<script type="application/json">{data}</script><script>{script}</script></div>')
