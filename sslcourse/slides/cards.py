"""The card of a claim: what the lecture says, what the course measured, and the verdict."""

from __future__ import annotations

import html

from .. import expect, labs, results, runtime
from ..results.verdicts import DEPENDS, FAILS, HOLDS

_LOOKS = {HOLDS: ("holds", "✓"), FAILS: ("fails", "✗"), DEPENDS: ("depends", "◐")}
_PART = "border-left:4px solid #d9dee5;padding:6px 14px;margin:6px 0"  # for JupyterLab; the slides' own style overrules it


def claim_card(id: str, *, paper: str = "", measured: str = "") -> None:
    """Show the claim called `id`: the paper's words or ours for it, our numbers, the verdict derived from them, the lab.

    paper      more of what the paper found, one sentence
    measured   a sentence over the verdict's numbers, such as "SimCLR leads by {SimCLR lead:points}.": a share's difference
               in percentage points, "+points" with its sign. Without one the contrasts speak, each setting's weakest; of
               many settings the lowest and the highest

    Where nothing is on file the card has the paper's half alone: a slide promises nothing. Raises ValueError for an
    unknown claim, and for numbers that have neither contrasts nor a sentence.
    """
    from IPython.display import display

    expect.one_of(id, "id", results.CLAIMS)
    text = "\n".join(filter(None, _sentences(id, paper, measured)))
    display({"text/html": card_html(id, paper=paper, measured=measured), "text/plain": text}, raw=True)


def card_html(id: str, *, paper: str = "", measured: str = "") -> str:
    """The card as HTML."""
    said, ours, verdict = _sentences(id, paper, measured)
    look, sign = _LOOKS.get(results.verdict(id).verdict, ("open", "?"))
    there = [lab for lab in results.CLAIMS[id].labs if lab in labs.names()]
    # A deck that is carried about has no notebooks beside it: only in JupyterLab is there something to open.
    links = ", ".join(f"lab {lab[:2]}" if runtime.exporting() else
                      f'<a href="../labs/{lab}.ipynb" target="_blank" rel="noopener">lab {lab[:2]}</a>' for lab in there)
    paper_half = (
        f'<div class="paper" style="{_PART}"><h3>The paper says</h3><p>{html.escape(said)}</p>'
        f'<p class="source">{html.escape(results.CLAIMS[id].source)}</p></div>'
    )
    if not ours:
        return f'<div class="ssl-claim alone">{paper_half}</div>'
    return (
        f'<div class="ssl-claim">{paper_half}'
        f'<div class="ours" style="{_PART}"><h3>We measured</h3><p>{html.escape(ours)}</p><p class="source">{links}</p></div>'
        f'<div class="said {look}" style="{_PART}"><b>{sign} {html.escape(verdict)}</b></div></div>'
    )


class _Number(float):
    """A float that can also be written as percentage points: format(0.163, "points") is "16.3 points"."""

    def __format__(self, spec: str) -> str:
        sign, points, _ = spec.partition("points")
        return f"{100 * self:{sign}.1f} points" if points else super().__format__(spec)


def _sentences(id: str, paper: str, measured: str) -> tuple[str, str, str]:
    """The paper's sentence, ours and the verdict; the last two empty where nothing is on file."""
    claim, verdict = results.CLAIMS[id], results.verdict(id)
    said = f"{claim.statement} {paper}".strip()
    if not verdict.numbers:
        return said, "", ""
    expect.that(measured or verdict.settings, "measured", measured, f"a sentence over {', '.join(verdict.numbers)}")
    if not measured:
        return said, _contrasts(verdict), verdict.short
    return said, measured.format(**{name: _Number(number) for name, number in verdict.numbers.items()}), verdict.short


def _contrasts(verdict: results.Ruling) -> str:
    """Each setting's weakest contrast with its interval; of more than two settings, the lowest and the highest."""
    weakest = sorted((verdict.weakest(setting) for setting in verdict.settings), key=lambda effect: effect.contrast.mean)
    if len(weakest) <= 2:
        told = "; ".join(map(str, weakest))
        return f"{told[:1].upper()}{told[1:]}."
    return f"{len(weakest)} settings, from the lowest to the highest: {weakest[0]}; {weakest[-1]}."
