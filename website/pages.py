"""The pages that Sphinx reads: those written here, the labs, and what is derived from the numbers on file and the package."""

from __future__ import annotations

import inspect
import re
import shutil
from pathlib import Path

import nbformat

import sslcourse
from sslcourse import labs
from sslcourse.results import render
from sslcourse.slides import deck, export
from sslcourse.slides.last_slide import address

HERE = Path(__file__).parent
ROOT = HERE.parent
RUN = ROOT / "build" / "notebooks"  # the labs with their outputs, as website.run leaves them
SLIDES = ROOT / "build" / "slides"
PAPERS = {"handouts": "handout", "sheets": "exercises for pen and paper", "sheets/answers": "their answers"}
ROOMS = ("data", "augment", "models", "losses", "methods", "training", "evaluation", "recipes", "plots", "widgets", "results",
         "exercises", "slides", "runtime")


def gather(folder: Path) -> None:
    """Write every page into `folder`, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "labs").mkdir(parents=True)
    (folder / "package").mkdir()
    for page in sorted(HERE.glob("*.md")):
        text = render.render(page.read_text(encoding="utf-8")).replace("](../lectures/", "](lectures/")
        (folder / page.name).write_text(text, encoding="utf-8")
    for page in (ROOT / "lectures").rglob("*.md"):  # the syllabus, handouts, exercise sheets and their answers
        copy = folder / page.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(page.read_text(encoding="utf-8"), encoding="utf-8")
    shutil.copytree(ROOT / "labs" / "images", folder / "images")
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (folder / "contributing.md").write_text(contributing, encoding="utf-8")
    family = (ROOT / "FAMILY.md").read_text(encoding="utf-8")  # a file's name stands there, without its link
    (folder / "family.md").write_text(re.sub(r"\[([^\]]+\.py)\]\([^)]+\)", r"`\1`", family), encoding="utf-8")
    (folder / "data.md").write_text(data_page(), encoding="utf-8")
    for lab in labs.names():
        nbformat.write(lab_page(lab), folder / "labs" / f"{lab}.ipynb")
    (folder / "labs" / "index.md").write_text(lab_index(), encoding="utf-8")
    (folder / "lectures.md").write_text(lectures_page(), encoding="utf-8")
    for room in ROOMS:
        (folder / "package" / f"{room}.rst").write_text(room_page(room), encoding="utf-8")
    (folder / "package" / "index.md").write_text(package_index(), encoding="utf-8")


def lab_page(lab: str) -> nbformat.NotebookNode:
    """The lab's notebook with the outputs of its last run, where that run was of this very code; a word on how to open it."""
    notebook, ran = nbformat.read(labs.notebook(lab), as_version=4), RUN / f"{lab}.ipynb"
    shown = ran.is_file() and labs.code(ran) == labs.code(labs.notebook(lab))
    if shown:
        outputs = {cell.id: cell.get("outputs", []) for cell in nbformat.read(ran, as_version=4).cells}
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs = [output for output in outputs.get(cell.id, []) if output.output_type != "error"]
    for cell in notebook.cells:
        cell.metadata.pop("slideshow", None)
        cell.metadata["tags"] = []
    what = "as it looks after Run All" if shown else "before anybody ran it"
    word = f"*This page shows the lab {what}. To work on it: `make lab {lab[:2]}`{elsewhere(lab, address())}.*"
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(word))
    notebook.metadata.pop("widgets", None)
    return notebook


def elsewhere(lab: str, where: str) -> str:
    """Links that open the lab on Colab and Binder, where the course lies at GitHub; "" where it lies elsewhere."""
    at = re.fullmatch(r"https://github\.com/([\w.-]+/[\w.-]+)", where)
    if not at:
        return ""
    colab = f"https://colab.research.google.com/github/{at[1]}/blob/HEAD/labs/{lab}.ipynb"
    binder = f"https://mybinder.org/v2/gh/{at[1]}/HEAD?labpath=labs/{lab}.ipynb"
    return f"; or on [Colab]({colab}), after the lines that [Start](../start.md) has for it, or on [Binder]({binder})"


def lab_index() -> str:
    """The list of labs: title, question, minutes."""
    lines = ["# Labs", ""]
    for lab in labs.names():
        told = labs.header(labs.notebook(lab))
        lines += [f"**[{told['title']}]({lab}.ipynb)** · {told['minutes']} minutes  ", f"{told['question']}", ""]
    return "\n".join([*lines, *toctree(labs.names())])


def lectures_page() -> str:
    """Each lecture with its slides' titles, and a link to the deck where `make slides` has written it."""
    lines = ["# Lectures", "", "`make slides` writes each lecture as one HTML file that needs no network: arrow keys turn "
             "the pages, **S** opens the speaker's notes.", ""]
    for path in export.lectures():
        slides = deck.slides_of(nbformat.read(path, as_version=4))
        built = (SLIDES / f"{path.stem}.html").is_file()
        title = f"Lecture {path.stem[:2]} · {slides[0].title}"
        lines += [f"## {title}", "", f"{sum(map(deck.minutes, slides)):.0f} minutes, {len(slides)} slides."
                  + (f' <a href="slides/{path.stem}.html">Open the slides</a>' if built else ""), ""]
        papers = [f"[{what}](lectures/{folder}/{path.stem[:2]}.md)" for folder, what in PAPERS.items()
                  if (path.parent / folder / f"{path.stem[:2]}.md").is_file()]
        lines += [" · ".join(papers), "", *(f"{number}. {slide.title}" for number, slide in enumerate(slides[1:], 2)), ""]
    written = sorted(page.relative_to(ROOT).with_suffix("").as_posix() for page in (ROOT / "lectures").rglob("*.md"))
    return "\n".join([*lines, *toctree(written)])


def data_page() -> str:
    """The cards of the data sets on one page."""
    cards = [card.read_text(encoding="utf-8") for card in sorted((ROOT / "datasets" / "cards").glob("*.md"))]
    return "# Data sets\n\n" + "\n\n".join(re.sub(r"^#", "##", card, flags=re.M) for card in cards)


def package_index() -> str:
    """The rooms of the package, from the ground up."""
    return "\n".join(["# The package", "", "What the labs import, room by room. Every example below is run by the tests.", "",
                      *toctree(ROOMS, hidden=False)])


def room_page(room: str) -> str:
    """A room's own docstring, and every public name in it."""
    module = getattr(sslcourse, room)
    title = f"sslcourse.{room}"
    lines = [title, "=" * len(title), "", f".. automodule:: {title}", "   :no-index:", ""]
    for name in public(room):
        thing = getattr(module, name)
        kind, options = ("class", ["   :members:"]) if inspect.isclass(thing) else ("function", [])
        lines += ["", f".. auto{kind}:: {title}.{name}", *options, ""]
    return "\n".join(lines)


def public(room: str) -> list[str]:
    """The functions and classes that a room offers, in the order of its list, or of its file where it has none."""
    module = getattr(sslcourse, room)
    names = getattr(module, "__all__", None) or [
        name for name, thing in vars(module).items()
        if not name.startswith("_") and getattr(thing, "__module__", None) == module.__name__]
    return [name for name in names if inspect.isclass(getattr(module, name)) or inspect.isfunction(getattr(module, name))]


def toctree(pages, hidden: bool = True) -> list[str]:
    """A table of contents in MyST."""
    return ["", "```{toctree}", *([":hidden:"] if hidden else []), *pages, "```", ""]

