"""A panel as plain HTML: every state's figure is in the page, and a few lines of script show the right one.

One component for a lab, a slide and a web page. It asks no kernel, so it answers at once: while another cell runs, after a
restart, in a notebook opened the next day or sent by mail. Where scripts are not allowed (a notebook that JupyterLab does not
trust, GitHub) the present figure stands there, and the others lie folded under it, each with its text.
"""

from __future__ import annotations

import base64
import html
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .. import expect, plots

if TYPE_CHECKING:
    from .panel import Panel

MOST_STATES = 80  # each is a figure in the file
COLOURS = 256     # in each of them
_HERE = Path(__file__).parent


def script() -> str:
    """The JavaScript that every page with a panel in it needs, once."""
    return (_HERE / "standalone.js").read_text(encoding="utf-8")


def style() -> str:
    """The CSS that goes with it."""
    return (_HERE / "standalone.css").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Picture:
    """One state's figure as the page holds it."""

    png: bytes
    width: int  # in CSS pixels
    alt: str
    measures: str = ""  # how legible it is, as attributes of its <img>


def draw(panel: Panel, seconds: float | None = None) -> bool:
    """Draw the states that were not drawn yet, and keep them; False where it would cost more than `seconds`."""
    wanted = len(panel.states())
    if len(panel._pictures) < wanted:
        for state, figure, alt in panel.drawn(seconds):
            png = plots.to_png(figure, colours=COLOURS)
            panel._pictures[key(panel, state)] = Picture(
                png, round(figure.get_figwidth() * 96), alt, plots.measures(figure))
    return len(panel._pictures) == wanted


def panel_html(panel: Panel, *, alone: bool = True) -> str:
    """`panel` with all its figures and their texts, controls above, the present state shown.

    Equal figures are stored once. With `alone`, script and style come along, as a cell's output needs them; a page of many
    panels puts them in once. Raises ValueError when the controls reach more than MOST_STATES states.
    """
    states = panel.states()
    came = expect.Words(f"{len(states)} states")
    expect.that(len(states) <= MOST_STATES, "controls", came, f"{MOST_STATES} or fewer: each is a figure in the file")
    draw(panel)
    held: dict[bytes, list[dict]] = {}  # {picture: the states that it belongs to}
    for state in states:
        held.setdefault(panel._pictures[key(panel, state)].png, []).append(state)
    numbers = {png: number for number, png in enumerate(held)}
    shown = {name: (numbers[picture.png], picture.alt) for name, picture in panel._pictures.items()}
    now = panel._pictures[key(panel, panel.state)]
    others = "".join(
        f"<figure><figcaption>{html.escape('; '.join(map(panel.words, belong)))}</figcaption>"
        f"{_image(numbers[png], panel._pictures[key(panel, belong[0])])}</figure>"
        for png, belong in held.items() if png != now.png
    )
    summary = "<summary>All positions of the controls (they move once this notebook is trusted)</summary>"
    fold = f"<details>{summary}{others}</details>" if others else ""
    data = json.dumps(shown, ensure_ascii=False).replace("</", "<\\/")
    controls = "".join(control(panel, name) for name in panel.controls)
    return (
        f'<div class="ssl-panel">{f"<style>{style()}</style>" if alone else ""}'
        f'<div class="ssl-controls" data-lm-suppress-shortcuts="true" style="display:none">{controls}</div>'
        f'{_image(numbers[now.png], now)}{fold}'
        f'<script type="application/json">{data}</script>{f"<script>{script()}</script>" if alone else ""}</div>'
    )


def key(panel: Panel, state: dict) -> str:
    """A state as the page names it: the places of its positions, "2,0"."""
    return ",".join(str(panel.controls[name].index(value)) for name, value in state.items())


def _image(number: int, picture: Picture) -> str:
    source = "data:image/png;base64," + base64.b64encode(picture.png).decode("ascii")
    return (f'<img alt="{html.escape(picture.alt, quote=True)}" src="{source}" data-picture="{number}" '
            f'width="{picture.width}" {picture.measures} style="max-width:100%">')


def control(panel: Panel, name: str) -> str:
    """One control: a slider for numbers, a row of buttons for words."""
    positions, label = panel.controls[name], panel.label(name)
    at = positions.index(panel.state[name])
    words = [html.escape(panel.word(name, value), quote=True) for value in positions]
    said = html.escape(label or name, quote=True)
    caption = f"<span>{html.escape(label)}</span>" if label else ""
    if panel.numeric(name):
        listed = html.escape(json.dumps([panel.word(name, value) for value in positions]), quote=True)
        play = f'<button type="button" class="ssl-play" aria-pressed="false" aria-label="Play {said}">▶</button>'
        return (
            f'<div class="ssl-slider">{play if name == panel.play else ""}<label class="ssl-slider">{caption}'
            f'<input type="range" min="0" max="{len(positions) - 1}" value="{at}" '
            f'data-words="{listed}" aria-label="{said}" aria-valuetext="{words[at]}">'
            f"<output>{words[at]}</output></label></div>"
        )
    buttons = "".join(
        f'<button type="button" aria-pressed="{"true" if i == at else "false"}">{word}</button>'
        for i, word in enumerate(words)
    )
    return f'<div class="ssl-choice" role="group" aria-label="{said}">{caption}{buttons}</div>'
