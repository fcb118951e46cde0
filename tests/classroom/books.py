"""Small notebooks, written as a list of cells: {id: source}; a source that begins with "# %% md" is text."""

from __future__ import annotations

import nbformat

TEXT = "# %% md\n"


def book(cells: dict[str, str], **metadata) -> nbformat.NotebookNode:
    """A notebook of these cells, in this order."""
    made = []
    for name, source in cells.items():
        new = nbformat.v4.new_markdown_cell if source.startswith(TEXT) else nbformat.v4.new_code_cell
        made.append(new(source.removeprefix(TEXT)))
        made[-1]["id"] = name
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel, "sslcourse": metadata})


def sources(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """{id: source} of a notebook's cells."""
    return {cell.id: cell.source for cell in notebook.cells}
