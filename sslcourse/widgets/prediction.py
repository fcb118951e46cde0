"""A guess before the measurement. It is never marked: it is there so that the measurement can surprise."""

from __future__ import annotations

import html
from collections.abc import Sequence

from .. import expect, runtime

_CARD = (
    "border-left:4px solid var(--jp-brand-color1,#1976d2);padding:8px 14px;margin:4px 0;border-radius:4px;"
    "background:var(--jp-layout-color2,#f3f4f6);color:var(--jp-ui-font-color1,#22252b);max-width:46em;line-height:1.5"
)


class Prediction:
    """A question with options to choose from, answered later in the notebook by what was measured.

        guess = Prediction("Which map keeps more neighbours?", ["PCA", "t-SNE", "they tie"])
        guess                     # in a notebook: the question and its options
        guess.commit("PCA")       # what a click on an option does, from code
        guess.answer("t-SNE", "It kept 61% of each dot's neighbours, PCA 21%.")     # shows the guess beside the outcome

    Nothing waits for a guess: Run All goes past it, and `answer` then says that none was made.
    """

    def __init__(self, question: str, options: Sequence[str]):
        expect.that(bool(question.strip()), "question", question, "a question")
        different = len(set(options)) == len(options)
        expect.that(len(options) >= 2 and different, "options", options, "two or more different options")
        self.question, self.options = question, list(options)
        self.guess: str | None = None

    def commit(self, option: str) -> None:
        """Make the guess; it can be changed until the answer is looked at, and after it too."""
        expect.one_of(option, "option", self.options)
        self.guess = option

    def verdict(self, outcome: str) -> str:
        """One sentence that sets the guess beside the measured `outcome`."""
        expect.one_of(outcome, "outcome", self.options)
        if self.guess is None:
            return f"You made no guess. Measured: {outcome}."
        if self.guess == outcome:
            return f"You predicted “{self.guess}”, and so it is."
        return f"You predicted “{self.guess}”; measured: {outcome}."

    def answer(self, outcome: str, because: str = "") -> None:
        """Show the guess beside what was measured, and `because`, why it came out so."""
        from IPython.display import display

        text = self.verdict(outcome)
        why = f"<br>{html.escape(because)}" if because else ""
        card = f'<div style="{_CARD}"><b>{html.escape(text)}</b>{why}</div>'
        display({"text/html": card, "text/plain": f"{text} {because}".strip()}, raw=True)

    def html(self) -> str:
        """The question and its options, to be answered by a show of hands: what a slide has in place of buttons."""
        options = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        return f'<div class="ssl-question"><p>{html.escape(self.question)}</p><ol type="A">{options}</ol></div>'

    def _ipython_display_(self) -> None:
        import ipywidgets
        from IPython.display import display

        if runtime.exporting():
            display({"text/html": self.html(), "text/plain": self.question}, raw=True)
            return
        said = ipywidgets.HTML("<i>Choose one before you go on. Nobody marks it.</i>")
        buttons = ipywidgets.RadioButtons(
            options=self.options, value=self.guess, description="", layout={"width": "max-content"},
        )

        def chosen(change: dict) -> None:
            self.commit(change["new"])
            said.value = f"Committed: <b>{html.escape(self.guess)}</b>. The measurement comes further down."

        buttons.observe(chosen, names="value")
        question = ipywidgets.HTML(f'<div style="{_CARD}"><b>Predict.</b> {html.escape(self.question)}</div>')
        display(ipywidgets.VBox([question, buttons, said]))
