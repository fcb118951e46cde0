"""A small notebook in a copy of the course: controls, guesses and progress in JupyterLab without a lab's minutes."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from playwright.sync_api import Page

from tests.browser.jupyter import Lab, browser_page, course_server

PANEL = '''
import time
from sslcourse import plots, runtime, widgets

def draw(data):
    figure, axis = plots.new_figure(width=6, height=2)
    axis.plot([data[0]] * 3)
    axis.set_title(f"k = {data[0]}, {data[1]}")
    return figure

panel = widgets.Panel({"k": [1, 2, 3, 5, 8], "colour": ["red", "blue"]}, lambda **state: list(state.values()), draw,
                      lambda data, k, colour: f"A flat line at {k}, drawn in {colour}, and nothing else.")
panel
'''


@contextlib.contextmanager
def notebook(folder: Path, cells: list[str], width: int = 1280) -> Iterator[tuple[Lab, Path]]:
    """JupyterLab with a notebook of these cells, none of them run, and the notebook's file."""
    with course_server("01", folder) as address, browser_page(width=width) as page:
        path = folder / "course" / "my-labs" / "small.ipynb"
        book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
        nbformat.write(book, path)
        yield Lab(page, address.replace("01_pca_tsne_umap", "small")), path


def run(lab: Lab, cells: int) -> None:
    """Run the first cells, one after the other, and wait until they are done."""
    for i in range(cells):
        lab.page.locator(".jp-CodeCell .cm-content").nth(i).click()
        lab.page.keyboard.press("ControlOrMeta+Enter")
    last = lab.page.locator(".jp-CodeCell").nth(cells - 1).locator(".jp-InputPrompt")
    last.filter(has_text=re.compile(r"\[\d+\]")).wait_for(timeout=120_000)


def save(lab: Lab) -> None:
    """File ▸ Save, and wait until it is done."""
    lab.page.locator(".jp-CodeCell .cm-content").first.click()
    lab.page.keyboard.press("ControlOrMeta+s")
    lab.page.wait_for_timeout(2000)


def choose(page: Page, menu: str, *items: str) -> None:
    """Go through JupyterLab's menus."""
    page.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{menu}$")).click()
    for item in items[:-1]:
        page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{item}$")).hover()
    page.locator(".lm-Menu-itemLabel", has_text=re.compile(f"^{items[-1]}$")).click()


def stranger(path: Path) -> Path:
    """A copy that came by mail: JupyterLab has never seen it, so it does not trust it."""
    copy = path.with_name("mailed.ipynb")
    book = json.loads(path.read_text(encoding="utf-8"))
    for cell in book["cells"]:
        cell["source"] = ["# from a friend\n", *cell["source"]]
    copy.write_text(json.dumps(book), encoding="utf-8")
    return copy
