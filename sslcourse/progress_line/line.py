"""The line that the bars of one cell share: where it is shown, and what it says."""

from __future__ import annotations

import html
import time

from .bar import Bar, duration

PATIENCE = 0.5  # seconds before a line appears
PERIOD = 0.2    # seconds between two updates of it: some milliseconds of work in a second
_TEXT = "font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-content-font-color2,#5c626b)"
_TROUGH = ("display:inline-block;vertical-align:middle;width:11em;height:6px;margin-right:.8em;border-radius:3px;"
           "overflow:hidden;background:rgba(128,128,128,.25)")


class Line:
    """The line of one cell: its bars, the innermost last, and what is over."""

    def __init__(self, show, start: float | None = None):
        self._show = show  # show(html, text): puts the line there, or puts it anew
        self.bars: list[Bar] = []
        self.past: list[Bar] = []
        self.start = time.perf_counter() if start is None else start
        self._last, self.shown = 0.0, False

    def open(self, bar: Bar) -> None:
        self.bars.append(bar)

    def close(self, bar: Bar) -> None:
        if bar in self.bars:
            del self.bars[self.bars.index(bar):]  # and those inside it that were left open
            if not self.bars:  # what ran inside another bar is told by that one
                self.past.append(bar)

    def refresh(self) -> None:
        """Show how far the work is, unless it began or was shown a moment ago."""
        now = time.perf_counter()
        if self.bars and now - self.start >= PATIENCE and now - self._last >= PERIOD:
            self._last, self.shown = now, True
            self._show(*_running(self.bars))

    def finish(self) -> None:
        """The cell is over: say in a sentence what was done, if anything was ever shown."""
        done = [bar for bar in (*self.past, *self.bars[:1]) if bar.told]
        self.bars, self.past = [], []
        if self.shown:
            text = _sentence(done, time.perf_counter() - self.start) if done else ""
            self._show(f'<div style="{_TEXT}">{html.escape(text)}</div>' if done else "", text)


def _running(bars: list[Bar]) -> tuple[str, str]:
    """The line while work is under way: outer bars by their count, the innermost in full."""
    bar = bars[-1]
    parts = [outer.place() for outer in bars[:-1]]
    parts += [bar.desc, bar.count(), bar.postfix]
    if (left := bar.left()) is not None:
        parts.append(f"{duration(left)} left")
    text, share = " · ".join(filter(None, parts)), bar.share
    trough = ""
    if share is not None:
        fill = f'<span style="display:block;height:100%;width:{share:.1%};background:var(--jp-brand-color1,#1f6fb8)"></span>'
        label = html.escape(bar.desc or "progress", quote=True)
        value = f'aria-label="{label}" aria-valuenow="{100 * share:.0f}"'
        trough = f'<span role="progressbar" {value} style="{_TROUGH}">{fill}</span>'
    return f'<div style="{_TEXT}">{trough}{html.escape(text)}</div>', text


def _sentence(bars: list[Bar], seconds: float) -> str:
    """What a cell's bars have done: the one bar in full, several by their names."""
    names = list({bar.desc: bar for bar in bars if bar.desc})
    cut = [bar for bar in {bar.desc: bar for bar in bars}.values() if not bar.over()]  # a second try may have come to its end
    if cut:
        said = [f"{cut[0].desc}: " if cut[0].desc else "", f"stopped after {cut[0].count()}"]
    elif len(bars) == 1:
        said = [f"{names[0]}: " if names else "", bars[0].count(), f", {bars[0].postfix}" if bars[0].postfix else ""]
    else:
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        said = [", ".join(names[:3]) or f"{len(bars)} pieces of work", more]
    return "".join([*said, f", {duration(seconds)}"])
