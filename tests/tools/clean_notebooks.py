"""Take out of notebooks what a run leaves in them: outputs, execution counts, metadata of the editor.

    python -m tests.tools.clean_notebooks [NOTEBOOK…]     (default: every notebook of the course)

Outputs stay in cells tagged nbval-check-output: they are what the tests compare with. So run a notebook first, then clean.
"""

from __future__ import annotations

import sys
from pathlib import Path

import nbformat

from sslcourse.slides.deck import slide_type, tags

ROOT = Path(__file__).resolve().parents[2]


def clean(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """`notebook`, changed in place: only sources, tags and checked outputs are left; a lecture is folded."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        **{key: notebook.metadata[key] for key in ("sslcourse",) if key in notebook.metadata},
    }
    lecture = any(slide_type(cell) == "notes" for cell in notebook.cells)
    for cell in notebook.cells:
        cell.metadata = {key: cell.metadata[key] for key in ("tags", "slideshow") if cell.metadata.get(key)}
        if lecture and folded(cell):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if cell.cell_type == "code":
            checked = "nbval-check-output" in cell.metadata.get("tags", [])
            cell.execution_count = 1 if checked else None  # without a count nbval takes the cell for one never run
            cell.outputs = [output for output in cell.outputs if output.output_type == "stream"] if checked else []
    return notebook


def folded(cell: nbformat.NotebookNode) -> bool:
    """Whether JupyterLab folds this cell of a lecture: a room that looks on sees neither a drawing's code nor the notes."""
    return slide_type(cell) == "notes" if cell.cell_type == "markdown" else "show-code" not in tags(cell)


def main(argv: list[str]) -> int:
    paths = [Path(name) for name in argv] or sorted([*ROOT.glob("labs/*.ipynb"), *ROOT.glob("lectures/*.ipynb")])
    for path in paths:
        before = path.read_text(encoding="utf-8")
        after = nbformat.writes(clean(nbformat.reads(before, as_version=4))) + "\n"
        if after != before:
            path.write_text(after, encoding="utf-8", newline="\n")
            print(f"cleaned {path.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
