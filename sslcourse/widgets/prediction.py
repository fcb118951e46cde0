"""A guess before the measurement. It is never marked: it is there so that the measurement can surprise.

The guess is kept in the browser, under the question's own words, so that it can be made while the kernel is busy and is still
there after a restart. Question and answer are plain HTML; where no script may run, the answer is folded and opens by hand.
"""

from __future__ import annotations

import hashlib
import html
import json
from collections.abc import Sequence
from pathlib import Path

from .. import expect, runtime

CARD = (
    "border-left:4px solid var(--jp-brand-color1,#1976d2);padding:8px 14px;margin:4px 0;border-radius:4px;"
    "background:var(--jp-layout-color2,#f3f4f6);color:var(--jp-ui-font-color1,#22252b);max-width:46em;line-height:1.5"
)
# What a lab prints is broken between words: JupyterLab breaks it anywhere.
WORDS = "<style>.jp-OutputArea-output.jp-RenderedText pre { word-break: normal; overflow-wrap: anywhere; }</style>"
_asked: dict[str, Prediction] = {}  # by their questions, in the order of the notebook


class Prediction:
    """A question with options to choose from, answered later in the notebook by what was measured.

        guess = Prediction("Which map keeps more neighbours?", ["PCA", "t-SNE", "they tie"])
        guess                     # in a notebook: the question and its options
        guess.commit("PCA")       # a guess from code; a click on an option stays in the browser
        guess.answer("t-SNE", "It kept 61% of each dot's neighbours, PCA 21%.")     # shows the guess beside the outcome

    Nothing waits for a guess: Run All goes past it. The answer is folded until a guess is made, at the question or at the
    answer itself, and opens then.
    """

    def __init__(self, question: str, options: Sequence[str]):
        expect.that(bool(question.strip()), "question", question, "a question")
        different = len(set(options)) == len(options)
        expect.that(len(options) >= 2 and different, "options", options, "two or more different options")
        self.question, self.options = question, list(options)
        self.guess: str | None = None
        self.outcome: str | None = None
        self._shown = None  # the answer's place in the notebook, and its reason
        self._because = ""
        _asked[question] = self

    def commit(self, option: str) -> None:
        """Make the guess; it can be changed until the answer is looked at, and after it too."""
        expect.one_of(option, "option", self.options)
        self.guess = option
        if self._shown is not None:
            self._shown.update(self._answer(), raw=True)

    def verdict(self, outcome: str, guess: str | None = None) -> str:
        """One sentence that sets the guess (or another one) beside the measured `outcome`."""
        expect.one_of(outcome, "outcome", self.options)
        guess = guess or self.guess
        if guess is None:
            return f"You made no guess. Measured: {outcome}."
        if guess == outcome:
            return f"You predicted “{guess}”, and so it is."
        return f"You predicted “{guess}”; measured: {outcome}."

    def answer(self, outcome: str, because: str = "") -> None:
        """Show the guess beside what was measured, and `because`, why it came out so; folded until there is a guess."""
        from IPython.display import display

        expect.one_of(outcome, "outcome", self.options)
        self.outcome, self._because = outcome, because
        self._shown = display(self._answer(), raw=True, display_id=True)

    @property
    def key(self) -> str:
        """The question's name in the browser."""
        return hashlib.sha256(self.question.encode()).hexdigest()[:12]

    def html(self) -> str:
        """The question and its options, to be answered by a show of hands: what a slide has in place of buttons."""
        options = "".join(f"<li>{html.escape(option)}</li>" for option in self.options)
        return f'<div class="ssl-question"><p>{html.escape(self.question)}</p><ol type="A">{options}</ol></div>'

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if runtime.exporting():
            display({"text/html": self.html(), "text/plain": self.question}, raw=True)
            return
        body = (f"{WORDS}<b>Predict.</b> {html.escape(self.question)}{self._radios('question')}"
                '<i class="ssl-said" role="status"></i>')
        display({"text/html": self._card(body), "text/plain": "\n".join([self.question, *self.options])}, raw=True)

    def _answer(self) -> dict[str, str]:
        text = self.verdict(self.outcome)
        plain = f"Measured: {self.outcome}."
        why = f"<br>{html.escape(self._because)}" if self._because else ""
        known = self.guess is not None
        body = (
            f'{html.escape(self.question)}{self._radios("answer")}<i class="ssl-said" role="status"></i>'
            f'<details{" open" if known else ""}><summary>What was measured</summary>'
            f'<div><b class="ssl-verdict">{html.escape(text if known else plain)}</b>{why}</div></details>'
        )
        verdicts = {option: self.verdict(self.outcome, option) for option in self.options}
        page = self._card(body, plain=plain, verdicts=verdicts)
        return {"text/html": page, "text/plain": f"{text} {self._because}".strip()}

    def _radios(self, where: str) -> str:
        """The options as radio buttons, dead until the script wakes them."""
        options = "".join(
            f'<label style="display:block;margin:2px 0"><input type="radio" name="{where}-{self.key}" disabled '
            f'value="{html.escape(option, quote=True)}"{" checked" if option == self.guess else ""}> '
            f"{html.escape(option)}</label>"
            for option in self.options
        )
        hidden = ";display:none" if where == "answer" else ""  # a choice that can't be made is not shown
        group = f'role="radiogroup" aria-label="{html.escape(self.question, quote=True)}"'
        style = f'data-lm-suppress-shortcuts="true" style="margin:6px 0{hidden}"'
        return f'<div class="ssl-options" {group} {style}>{options}</div>'

    def _card(self, body: str, **held: object) -> str:
        guess = f' data-guess="{html.escape(self.guess, quote=True)}"' if self.guess is not None else ""
        return card(body, {"options": self.options, **held}, f'class="ssl-guess" data-key="{self.key}"{guess}')


def card(body: str, held: object, attributes: str) -> str:
    """A card with what its script needs to know, and the script."""
    data = json.dumps(held, ensure_ascii=False).replace("</", "<\\/")
    script = Path(__file__).with_name("prediction.js").read_text(encoding="utf-8")
    return (f'<div {attributes} style="{CARD}">{body}<script type="application/json">{data}</script>'
            f"<script>{script}</script></div>")


class Tally:
    """Every prediction of this notebook that was answered so far, the guess beside the outcome."""

    def __init__(self, predictions: Sequence[Prediction]):
        self.predictions = list(predictions)

    def __repr__(self) -> str:
        lines = [f"{one.question} {one.verdict(one.outcome)}" for one in self.predictions]
        return "\n".join(lines) or "No prediction was answered yet."

    def _repr_html_(self) -> str:
        if not self.predictions:
            return f"<p>{self!r}</p>"
        lines = "".join(
            f"<li>{html.escape(one.question)}<br><span>measured: {html.escape(one.outcome)}</span></li>"
            for one in self.predictions
        )
        held = [{"key": one.key, "options": one.options, "outcome": one.outcome} for one in self.predictions]
        body = ('<b>What you predicted.</b> <span class="ssl-said" role="status"></span>'
                f'<details><summary>One by one</summary><ol style="margin:6px 0">{lines}</ol></details>')
        return card(body, held, 'class="ssl-guess ssl-tally"')


def tally() -> Tally:
    """The predictions of this notebook that were answered, for a lab's last page: how many were made, how many came true."""
    return Tally([one for one in _asked.values() if one.outcome is not None])
