"""From a notebook's cells to slides, by their metadata.

A cell's *slide type* (the menu of JupyterLab's property inspector) says where it goes: "slide" begins a slide, "subslide" one
below it, "fragment" waits for a key, "notes" is for the speaker, "skip" runs and is not shown. A cell without a type, or with
"-", continues the slide.

*Tags* say how it looks. On the cell that begins a slide: title, question, answer, wide-left, wide-right. On any cell: left or
right (a column), steps (each item of a list waits for a key), show-code (the code is on the slide too), cut (left out of a
short lecture: the cell, or the whole slide where it begins one; its code runs all the same).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat import NotebookNode

from .. import expect

TYPES = ("slide", "subslide", "fragment", "notes", "skip", "-", "")
LOOKS = ("title", "question", "answer", "wide-left", "wide-right")
CUT = "cut"
TAGS = (*LOOKS, "left", "right", "steps", "show-code", CUT)


@dataclass
class Slide:
    """One slide: its title, its cells in order, its speaker notes, and the tags of the cell that begins it."""

    id: str
    title: str
    below: bool
    looks: list[str]
    cells: list[NotebookNode] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def slide_type(cell: NotebookNode) -> str:
    """The cell's slide type; "" where its metadata has none."""
    return cell.metadata.get("slideshow", {}).get("slide_type", "")


def tags(cell: NotebookNode) -> list[str]:
    """The cell's tags."""
    return list(cell.metadata.get("tags", []))


def slides_of(notebook: NotebookNode, *, short: bool = False) -> list[Slide]:
    """The notebook's slides; with `short`, without what is tagged to be cut.

    An unknown type, a slide without a title or a cell before the first slide is a ValueError.
    """
    found: list[Slide] = []
    dropped: list[str] = []                 # the slides that are cut
    for cell in notebook.cells:
        kind = slide_type(cell)
        expect.one_of(kind, f"slide type of cell {cell.id}", TYPES)
        if kind == "skip":
            continue
        if kind in ("slide", "subslide"):
            heading = re.match(r"\s*#{1,2} +(.+)", cell.source) if cell.cell_type == "markdown" else None
            expect.that(heading is not None, f"cell {cell.id}", cell.source[:40], "a heading in the first line of a slide")
            looks = [tag for tag in tags(cell) if tag in LOOKS]
            found.append(Slide(cell.id, heading.group(1).strip(), kind == "subslide", looks))
            dropped += [cell.id] * (short and CUT in tags(cell))
        expect.that(bool(found), f"cell {cell.id}", f"slide type {kind!r}", "a slide before it, or slide type skip")
        if short and CUT in tags(cell):
            continue
        if kind == "notes":
            found[-1].notes.append(cell.source)
        else:
            found[-1].cells.append(cell)
    found = [slide for slide in found if slide.id not in dropped]
    expect.that(bool(found), "notebook", "no cell of slide type slide", "one slide or more")
    return found


def only(slides: list[Slide], names: Sequence[str]) -> list[Slide]:
    """Those of the slides whose id or title has one of `names` in it, in order; all of them for no name."""
    wanted = [name.lower() for name in names]
    return [slide for slide in slides
            if not wanted or any(name in slide.id.lower() or name in slide.title.lower() for name in wanted)]


def minutes(slide: Slide) -> float:
    """What the slide's notes say it takes: ``**Minutes:** 3``; 0 where they do not say."""
    said = re.search(r"\*\*Minutes:\*\* *([\d.]+)", "\n".join(slide.notes))
    return float(said.group(1)) if said else 0.0
