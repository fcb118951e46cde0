"""A panel as plain HTML: every state's figure is in the page, and a few lines of script show the right one.

For slides, where there is no kernel behind a control. standalone.js moves the controls, standalone.css dresses them; whoever
writes the page puts both into it once.
"""

from __future__ import annotations

import base64
import html
import io
import json
from pathlib import Path
from typing import TYPE_CHECKING

from .. import expect, plots

if TYPE_CHECKING:
    from .panel import Panel

MOST_STATES = 80  # each is a figure in the file
_HERE = Path(__file__).parent


def script() -> str:
    """The JavaScript that every page with a panel in it needs, once."""
    return (_HERE / "standalone.js").read_text(encoding="utf-8")


def style() -> str:
    """The CSS that goes with it."""
    return (_HERE / "standalone.css").read_text(encoding="utf-8")


def panel_html(panel: Panel) -> str:
    """`panel` with all its figures and their texts, controls above, the present state shown.

    Equal figures are stored once. Raises ValueError when the controls reach more than MOST_STATES states.
    """
    states = panel.states()
    came = expect.Words(f"{len(states)} states")
    expect.that(len(states) <= MOST_STATES, "controls", came, f"{MOST_STATES} or fewer: each is a figure in the slides' file")
    now, pictures, shown = panel.state, {}, {}
    for state in states:
        panel.state = state
        png = small_png(plots.to_png(panel.figure))
        where = pictures.setdefault(png, len(pictures))
        key = ",".join(str(panel.controls[name].index(value)) for name, value in state.items())
        shown[key] = [where, panel.alt]
    panel.state = now
    start = ",".join(str(panel.controls[name].index(value)) for name, value in now.items())
    sources = ["data:image/png;base64," + base64.b64encode(png).decode("ascii") for png in pictures]
    first, alt = shown[start]
    data = json.dumps({"pictures": sources, "states": shown}, ensure_ascii=False).replace("</", "<\\/")
    controls = "".join(_control(panel, name) for name in panel.controls)
    return (
        f'<div class="ssl-panel"><div class="ssl-controls">{controls}</div>'
        f'<img alt="{html.escape(alt, quote=True)}" src="{sources[first]}">'
        f'<script type="application/json">{data}</script></div>'
    )


def small_png(png: bytes) -> bytes:
    """The same picture in 256 colours where that makes it smaller, as it does for plots."""
    from PIL import Image

    out = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(out, format="PNG", optimize=True)
    return min(png, out.getvalue(), key=len)


def _control(panel: Panel, name: str) -> str:
    positions, label = panel.controls[name], panel._labels.get(name, name)
    at = positions.index(panel.state[name])
    numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in positions)
    words = [html.escape(f"{value:g}" if numeric else str(value), quote=True) for value in positions]
    caption = f"<span>{html.escape(label)}</span>" if label else ""
    if numeric:
        listed = html.escape(json.dumps([f"{value:g}" for value in positions]), quote=True)
        return (
            f'<label class="ssl-slider">{caption}<input type="range" min="0" max="{len(positions) - 1}" value="{at}" '
            f'data-words="{listed}" aria-label="{html.escape(label or name, quote=True)}" aria-valuetext="{words[at]}">'
            f"<output>{words[at]}</output></label>"
        )
    buttons = "".join(
        f'<button type="button" aria-pressed="{"true" if i == at else "false"}">{word}</button>'
        for i, word in enumerate(words)
    )
    said = html.escape(label or name, quote=True)
    return f'<div class="ssl-choice" role="group" aria-label="{said}">{caption}{buttons}</div>'
