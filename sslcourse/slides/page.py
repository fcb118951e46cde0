"""The page of a lecture: its slides as reveal.js reads them, and everything it needs inside it."""

from __future__ import annotations

import base64
import html
import re
from importlib import metadata
from itertools import groupby
from pathlib import Path

from .deck import LOOKS, Slide, minutes, slide_type, tags
from .markup import cell_html, code_style, markdown

SOURCE = "after V. Zaigrajew and T. Kwieciński, “Introduction to Representation Learning”, 2025"
_HERE = Path(__file__).parent
_HEADING = re.compile(r"\s*<h2.*?</h2>", re.S)


def page(title: str, slides: list[Slide], *, footer: str = "", language: str = "en-GB") -> str:
    """The whole HTML file of a lecture called `title`; nothing in it points to another file.

    footer     stands in the middle of each slide's last line, in place of the source
    language   of the text, as BCP 47 has it ("de", "pt-BR"): screen readers and hyphenation go by it
    """
    stacks: list[list[str]] = []
    for number, slide in enumerate(slides, start=1):
        section = section_html(slide, title, f"{number} / {len(slides)}", footer or SOURCE)
        if slide.below and stacks:
            stacks[-1].append(section)
        else:
            stacks.append([section])
    body = "\n".join(stack[0] if len(stack) == 1 else f"<section>{''.join(stack)}</section>" for stack in stacks)
    from ..widgets import standalone

    style = "\n".join([_on_screen(revealjs("dist/reveal.css")), fonts(), code_style(), standalone.style(), own("slides.css")])
    scripts = [revealjs("dist/reveal.js"), revealjs("plugin/notes/notes.js"), standalone.script(), own("slides.js")]
    return (
        f'<!doctype html>\n<html lang="{html.escape(language)}">\n<head>\n'
        f'<meta charset="utf-8">\n<title>{html.escape(title)}</title>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<link rel="icon" href="data:,">\n'
        f"<style>\n{style}\n</style>\n</head>\n<body>\n"
        f'<div class="reveal"><div class="slides">\n{body}\n</div></div>\n'
        + "\n".join(f"<script>\n{_inside_script(script)}\n</script>" for script in scripts)
        + "\n</body>\n</html>\n"
    )


def section_html(slide: Slide, lecture: str, number: str, footer: str = SOURCE) -> str:
    """One slide: its cells in one or two columns, a footer, and the speaker's notes."""
    above, below, columns = [], [], {"left": [], "right": []}
    for group, cells in groupby(slide.cells, key=_column):
        text = "".join(map(_placed, cells))
        if not text:
            continue
        if group:
            columns[group].append(text)
        else:
            (below if any(columns.values()) else above).append(text)
    top = "".join(above)
    heading = _HEADING.match(top)  # it keeps its place; what follows is centred in the room that is left
    head, body = (heading[0], top[heading.end():]) if heading and "title" not in slide.looks else ("", top)
    if any(columns.values()):
        sides = "".join(f'<div class="column {side}">{"".join(parts)}</div>' for side, parts in columns.items())
        body += f'<div class="columns">{sides}</div>'
    body += f'<div class="below">{"".join(below)}</div>' if below else ""
    notes = markdown(asked_first("\n\n".join(slide.notes))) if slide.notes else ""
    timing = f' data-timing="{60 * minutes(slide):.0f}"' if minutes(slide) else ""  # for the clock of the speaker's view
    looks = " ".join(look for look in LOOKS if look in slide.looks)
    return (
        f'<section id="{slide.id}" class="{looks}"{timing}><div class="frame">{head}<div class="body">{body}</div>'
        f'<footer><span>{html.escape(lecture)}</span><span class="credit">{html.escape(footer)}</span>'
        f"<span>{number}</span></footer></div>"
        f'<aside class="notes">{notes}</aside></section>\n'
    )


def asked_first(notes: str) -> str:
    """The notes with **Ask:** before **Say:**: on a small screen it must not lie below the fold."""
    parts = re.split(r"\n\n(?=\*\*\w+:\*\*)", notes)
    return "\n\n".join(sorted(parts, key=lambda part: not part.startswith(("**Minutes:", "**Ask:"))))


def _column(cell) -> str:
    return next((side for side in ("left", "right") if side in tags(cell)), "")


def _placed(cell) -> str:
    text = cell_html(cell)
    return f'<div class="fragment">{text}</div>' if text and slide_type(cell) == "fragment" else text


def own(name: str) -> str:
    """A file that lies beside this module."""
    return (_HERE / name).read_text(encoding="utf-8")


def revealjs(name: str) -> str:
    """A file of reveal.js, as sphinx-revealjs brings it; without that package a FileNotFoundError that says what to do."""
    return _reveal_file(name).read_text(encoding="utf-8")


def _on_screen(css: str) -> str:
    """reveal.js's CSS without its own for a page that is printed plainly, which has no columns: slides.css has ours."""
    return css.replace("@media print{html:not(.print-pdf)", "@media not all{html:not(.print-pdf)")


def fonts() -> str:
    """The typeface of the slides, inside the CSS."""
    faces = []
    for name, weight, style in (("regular", 400, "normal"), ("italic", 400, "italic"), ("semibold", 600, "normal")):
        woff = _reveal_file(f"dist/theme/fonts/source-sans-pro/source-sans-pro-{name}.woff").read_bytes()
        faces.append(
            f"@font-face {{ font-family: 'Source Sans Pro'; font-weight: {weight}; font-style: {style}; "
            f"src: url(data:font/woff;base64,{base64.b64encode(woff).decode('ascii')}) format('woff'); }}"
        )
    return "\n".join(faces)


def _reveal_file(name: str) -> Path:
    try:
        return Path(metadata.distribution("sphinx-revealjs").locate_file(f"sphinx_revealjs/_static/revealjs/{name}"))
    except metadata.PackageNotFoundError:
        raise FileNotFoundError("reveal.js is not installed here: make slides brings it, and so does pip install "
                                "--constraint requirements.lock --editable '.[slides]'") from None


def _inside_script(text: str) -> str:
    """`text` so that nothing in it ends the script element that it stands in."""
    return text.replace("</script", "<\\/script").replace("<!--", "<\\!--")
