"""Questions at the end of a lab, to answer from memory: every option says why it is right or wrong."""

from __future__ import annotations

import hashlib
import html
import tomllib
from dataclasses import dataclass
from pathlib import Path

from .. import expect, widgets
from .panel import BOX, QUIET, SIGNS

AGAIN = 2           # labs later, a lab's first questions are asked once more
AGAIN_COUNT = 2
_HERE = Path(__file__).parent
_OPTION = "margin:3px 0 3px 1.2em;max-width:52em"


@dataclass(frozen=True)
class Option:
    """One answer to choose, whether it is right, and why."""

    text: str
    right: bool
    because: str


@dataclass(frozen=True)
class Question:
    """A question and its options, in an order that does not tell which one is right."""

    ask: str
    options: tuple[Option, ...]
    lab: str

    def html(self, number: int, whence: str) -> str:
        options = "".join(
            f'<details style="{_OPTION}"><summary>{html.escape(option.text)}</summary>'
            f'<p style="{QUIET}">{SIGNS["passed"] if option.right else SIGNS["not yet"]} '
            f'<b>{"Right." if option.right else "No."}</b> {html.escape(option.because)}</p></details>'
            for option in self.options
        )
        return f'<p style="margin:12px 0 2px"><b>{number} · {html.escape(self.ask)}</b>{whence}</p>{options}'


class Recall:
    """The questions of one cell. Nothing is counted or sent; no kernel is needed to open an option.

    It is plain HTML (``<details>``), so it works while the kernel is busy, in a notebook opened the next day, and in one
    that came by mail. Below it stands what was predicted in this notebook, and how it came out.
    """

    def __init__(self, questions: list[Question], lab: str):
        self.questions, self.lab = questions, lab

    def _repr_html_(self) -> str:
        body = "".join(
            question.html(number, "" if question.lab == self.lab else
                          f' <span style="{QUIET}">(from lab {question.lab[:2]})</span>')
            for number, question in enumerate(self.questions, 1)
        )
        head = ('<p style="margin:0"><b>Recall.</b> Answer each from memory first, then open the option that you chose. '
                "The others are worth opening too: each says what is wrong with it.</p>")
        predicted = widgets.tally()
        below = predicted._repr_html_() if predicted.predictions else ""
        return f'<div style="{BOX}" role="group" aria-label="Recall">{head}{body}</div>{below}'

    def __repr__(self) -> str:
        lines = ["Recall. Answer from memory; the notebook shows why each option is right or wrong."]
        for number, question in enumerate(self.questions, 1):
            lines += [f"{number}. {question.ask}", *(f"   - {option.text}" for option in question.options)]
        return "\n".join(lines)


def recall(lab: str) -> Recall:
    """The questions of `lab` ("12_without_negatives"), and two of those that were asked two labs before.

    They stand in labNN/recall.toml beside this file. ValueError for a lab that has none.
    """
    own = of_lab(lab)
    expect.that(bool(own), "lab", lab, "the name of a lab with questions, such as 12_without_negatives")
    before = of_lab(f"{int(lab[:2]) - AGAIN:02}")[:AGAIN_COUNT]
    return Recall(own + before, lab)


def of_lab(lab: str) -> list[Question]:
    """What is on file for the lab whose name begins with this number; an empty list where nothing is."""
    file = _HERE / f"lab{lab[:2]}" / "recall.toml"
    if not lab[:2].isdigit() or not file.is_file():
        return []
    return [
        Question(entry["ask"], _mixed([
            Option(entry["right"], True, entry["because"]),
            *(Option(wrong["say"], False, wrong["because"]) for wrong in entry["wrong"]),
        ]), entry.get("lab", lab))
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["question"]
    ]


def _mixed(options: list[Option]) -> tuple[Option, ...]:
    """An order that is the same each time and depends on nothing but the words."""
    return tuple(sorted(options, key=lambda option: hashlib.sha256(option.text.encode()).digest()))
