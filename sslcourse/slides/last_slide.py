"""The last slide of a lecture: licence, credit, version, and where the course is, to be read or photographed."""

from __future__ import annotations

import html
import os
import re
import subprocess
from collections.abc import Sequence
from urllib.parse import urlsplit

from .. import __version__, expect, labs
from ..data import catalogue
from .pictures import credited

LICENCE = ("Text and figures: sslcourse by the sslcourse authors, CC BY 4.0 (creativecommons.org/licenses/by/4.0). "
           "Code: MIT. You may share and change both, with credit.")
AFTER = ("“Introduction to Representation Learning”, a lecture by Vladimir Zaigrajew and Tymoteusz Kwieciński, "
         "Warsaw University of Technology, 26 February 2025.")


def closing(*datasets: str, photographs: Sequence[str] = ()) -> None:
    """Show the licence, the credits of these data sets and photographs, the version, and the course's address as a QR code.

    The address is SSLCOURSE_ADDRESS, or else where this copy was cloned from; without either, none is shown. Raises
    ValueError for a data set that the catalogue does not have, and for a photograph that the course does not have.
    """
    from IPython.display import display

    for name in datasets:
        expect.one_of(name, "datasets", catalogue.names())
    where = address()
    lines = {"Licence": LICENCE, "After": AFTER, "Data": " ".join(map(_cited, datasets)),
             "Photographs": credited(photographs) if photographs else "",
             "Version": " ".join(filter(None, [__version__, _git("log", "-1", "--format=%h, %cs")])), "Address": where}
    lines = {name: text for name, text in lines.items() if text}
    rows = "".join(f"<dt>{name}</dt><dd>{_italic(html.escape(text, quote=False))}</dd>" for name, text in lines.items())
    code = f'<div class="code-to-scan">{_qr(where)}</div>' if where else ""
    display({"text/html": f'<div class="ssl-closing"><dl>{rows}</dl>{code}</div>',
             "text/plain": "\n".join(f"{name}: {text}" for name, text in lines.items())}, raw=True)


def address() -> str:
    """Where the course is on the web; "" where nobody said and git does not know.

    A name or a password that stands in the address that git was given is left out.
    """
    said = os.environ.get("SSLCOURSE_ADDRESS") or _git("remote", "get-url", "origin")
    if over_ssh := re.fullmatch(r"(?:ssh://)?git@([\w.-]+)[:/](.+)", said):
        said = f"https://{over_ssh[1]}/{over_ssh[2]}"
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}".removesuffix(".git").rstrip("/")


def _git(*words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=labs.root(), capture_output=True, text=True)
    except FileNotFoundError:  # no git, or no course around the package
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _cited(name: str) -> str:
    """How the data set wants to be cited, from its card."""
    card = (labs.root() / "datasets" / "cards" / f"{name}.md").read_text(encoding="utf-8")
    found = re.search(r"\*\*Cite\.\*\* *(.+?)(?:\n\n|$)", card, re.S)
    return " ".join(found[1].split()) if found else ""


def _italic(text: str) -> str:
    return re.sub(r"\*([^*]+)\*", r"<i>\1</i>", text)


def _qr(where: str) -> str:
    import segno

    return segno.make(where, error="m", micro=False).svg_inline(scale=8, border=4, title=f"QR code of {where}", omitsize=True)
