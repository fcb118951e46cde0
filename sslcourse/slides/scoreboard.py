"""The scoreboard: each of the lecture's claims, where it is measured, its contrasts as intervals, and the verdict."""

from __future__ import annotations

import html
import math

from .. import expect, labs, results
from ..results.verdicts import DEPENDS, FAILS, HOLDS, Ruling

WIDTH, ROW, LEFT = 220, 10, 4
COLORS = {HOLDS: "#1f7a3d", FAILS: "#b3261e", DEPENDS: "#8a5a00"}
OPEN = "#6b7280"
_CELL = "padding:5px 12px;border-bottom:1px solid #e6e8eb;text-align:left;vertical-align:middle"


def scoreboard(first: int = 1, last: int = 14) -> None:
    """Show claims `first` to `last`, counted from 1, as a table; each picture's text is in it for those who do not see it.

    A bar is a setting's weakest contrast, its 95% interval, and a dot its mean, on a scale of the claim's own. The line in
    the middle is the margin: what lies to its right is as the claim has it.
    Raises ValueError for numbers that are no claims'.
    """
    from IPython.display import display

    most = len(results.CLAIMS)
    expect.that(1 <= first <= last <= most, "first, last", (first, last), f"1 ≤ first ≤ last ≤ {most}")
    shown = list(enumerate(results.CLAIMS.values(), start=1))[first - 1:last]
    found = [(n, claim, results.verdict(claim.id)) for n, claim in shown]
    display({"text/html": scoreboard_html(found), "text/plain": "\n".join(
        f"{n}. {claim.statement} {ruling}" for n, claim, ruling in found)}, raw=True)


def scoreboard_html(found: list[tuple[int, results.Claim, Ruling]]) -> str:
    """The table as HTML: number, claim, lab, picture, verdict."""
    head = "".join(f'<th scope="col" style="{_CELL};background:none;color:#22252b">{name}</th>'
                   for name in ("", "claim", "lab", "falls short · exceeds", "verdict"))
    there = labs.names()
    rows = "".join(
        f'<tr><td style="{_CELL}">{n}</td><td style="{_CELL}">{html.escape(claim.statement)}</td>'
        f'<td style="{_CELL};white-space:nowrap">{", ".join(lab[:2] for lab in claim.labs if lab in there) or "–"}</td>'
        f'<td style="{_CELL}">{forest(ruling)}</td>'
        f'<td style="{_CELL};font-weight:600;color:{COLORS.get(ruling.verdict, OPEN)}">{html.escape(ruling.short)}</td></tr>'
        for n, claim, ruling in found)
    look = "font-size:20px;line-height:1.25;border-collapse:collapse;width:100%"
    return f'<table class="ssl-scores" style="{look}"><tr>{head}</tr>{rows}</table>'


def forest(ruling: Ruling) -> str:
    """A claim's settings as a small SVG: a bar each, its weakest contrast, left of the line where it misses the margin."""
    effects = [ruling.weakest(setting) for setting in ruling.settings]
    if not effects:
        return ""
    ends = [_oriented(effect) for effect in effects]
    reach = max(abs(mean) for _, mean, _ in ends) or 1.0
    bars, height = [], ROW * len(ends) + 4
    for i, (effect, (low, mean, high)) in enumerate(zip(effects, ends)):
        y, color = ROW * i + ROW / 2 + 2, COLORS.get(effect.verdict, OPEN)
        x = [_place(value, reach) for value in (low, mean, high)]
        bars.append(f'<line x1="{x[0]:.1f}" x2="{x[2]:.1f}" y1="{y}" y2="{y}" stroke="{color}" stroke-width="3"/>'
                    f'<circle cx="{x[1]:.1f}" cy="{y}" r="4" fill="{color}"/>')
    label = html.escape("; ".join(map(str, effects)), quote=True)
    middle = f'<line x1="{WIDTH / 2}" x2="{WIDTH / 2}" y1="0" y2="{height}" stroke="#9aa1ab"/>'
    return (f'<svg role="img" aria-label="{label}" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}">'
            f'<title>{label}</title>{middle}{"".join(bars)}</svg>')


def _oriented(effect) -> tuple[float, float, float]:
    """Low, mean and high as distances from the margin, positive where they are as the claim has it."""
    contrast = effect.contrast
    ends = [end - contrast.margin for end in (effect.low, contrast.mean, effect.high)]
    return tuple(-end for end in reversed(ends)) if contrast.below else tuple(ends)


def _place(value: float, reach: float) -> float:
    """Where a distance is drawn: the farthest mean at two thirds of a half, what goes beyond the picture at its edge."""
    if math.isinf(value):
        return WIDTH - LEFT if value > 0 else LEFT
    return min(WIDTH - LEFT, max(LEFT, WIDTH / 2 * (1 + value / reach * 2 / 3)))
