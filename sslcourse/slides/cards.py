"""The card of a claim: what the lecture says, what the course measured, and the verdict."""

from __future__ import annotations

import html

from .. import expect, labs, results, runtime
from ..results.verdicts import FAILS, HOLDS

_LOOKS = {HOLDS: ("holds", "✓"), FAILS: ("fails", "✗")}
_PART = "border-left:4px solid #d9dee5;padding:6px 14px;margin:6px 0"  # for JupyterLab; the slides' own style overrules it


def claim_card(id: str, *, paper: str = "", measured: str = "") -> None:
    """Show the claim called `id`: the paper's words or ours for it, our numbers, the verdict derived from them, the lab.

    paper      more of what the paper found, one sentence
    measured   a sentence over the verdict's numbers, such as "SimCLR leads by {SimCLR lead:.0%}."; they are listed where
               it is left out, and where nothing is on file the card says that
    """
    from IPython.display import display

    expect.one_of(id, "id", results.CLAIMS)
    text = "\n".join(filter(None, _sentences(id, paper, measured)))
    display({"text/html": card_html(id, paper=paper, measured=measured), "text/plain": text}, raw=True)


def card_html(id: str, *, paper: str = "", measured: str = "") -> str:
    """The card as HTML."""
    said, ours, verdict = _sentences(id, paper, measured)
    look, sign = _LOOKS.get(results.verdict(id), ("open", "?"))
    up = "../.." if runtime.exporting() else ".."  # from build/slides/, or from lectures/
    there = labs.names()
    links = ", ".join(
        f'<a href="{up}/labs/{lab}.ipynb">lab {lab[:2]}</a>' if lab in there else f"lab {lab[:2]} (to come)"
        for lab in results.CLAIMS[id].labs
    )
    return (
        '<div class="ssl-claim">'
        f'<div class="paper" style="{_PART}"><h3>The paper says</h3><p>{html.escape(said)}</p>'
        f'<p class="source">{html.escape(results.CLAIMS[id].source)}</p></div>'
        f'<div class="ours" style="{_PART}"><h3>We measured</h3><p>{html.escape(ours)}</p><p class="source">{links}</p></div>'
        f'<div class="said {look}" style="{_PART}"><b>{sign} {html.escape(verdict)}</b></div></div>'
    )


def _sentences(id: str, paper: str, measured: str) -> tuple[str, str, str]:
    claim, verdict = results.CLAIMS[id], results.verdict(id)
    said = f"{claim.statement} {paper}".strip()
    if not verdict.numbers:
        return said, "Nothing is on file yet; the lab measures it.", str(verdict)
    if measured:
        return said, measured.format(**verdict.numbers), str(verdict)
    listed = "; ".join(f"{name.replace('_', ' ')}: {number:.3g}" for name, number in verdict.numbers.items())
    return said, f"{listed}.", str(verdict)
