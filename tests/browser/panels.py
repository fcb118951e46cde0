"""The controls of a notebook that is open in JupyterLab: each moved once, each seen to change its figure."""

from __future__ import annotations

import importlib
import inspect
import re
import time
from pathlib import Path

from playwright.sync_api import Locator, expect

from tests.browser.jupyter import Lab


def move_every_control(lab: Lab, notebook: Path) -> None:
    """Move each slider, switch and menu of every panel in the notebook, and type into each box; a screenshot of each panel.

    Raises AssertionError where a panel is missing or has no control, and where a control changes nothing.
    """
    # by what is shown, not by the source: the editor keeps only the lines in view in the page
    shown = lab.page.locator(".jp-CodeCell").filter(has=lab.page.locator(".ssl-panel, .widget-html img"))
    assert panels_in(notebook), "a notebook carries its idea with a control"
    expect(shown).to_have_count(panels_in(notebook), timeout=300_000)  # the last is drawn a little after its cell is done
    for i, cell in enumerate(shown.all()):
        cell.scroll_into_view_if_needed()
        sliders = cell.get_by_role("slider").all()
        switches = cell.locator(".ssl-choice, .widget-toggle-buttons, .jupyter-widget-toggle-buttons").all()
        menus = cell.locator("select").all()
        assert sliders or switches or menus, "a panel without a control"
        for slider in sliders:
            if _at_end(slider):  # it was opened there because there is most to see: the other controls find it there again
                for key in ("ArrowLeft", "ArrowRight"):
                    _changes(cell, lambda slider=slider, key=key: _press(lab, slider, key))
            else:
                _changes(cell, lambda slider=slider: _press(lab, slider, "ArrowRight"))
        for switch in switches:
            _changes(cell, switch.locator("button:not(.mod-active):not([aria-pressed=true])").first.click)
        for menu in menus:
            _changes(cell, lambda menu=menu: menu.select_option(index=(menu.evaluate("m => m.selectedIndex") + 1) % 2))
        for line in cell.locator(".widget-text input").all():
            _changes(cell, lambda line=line: _type(line, line.input_value() + " heart"))  # a word that every text knows
        lab.screenshot(f"{notebook.stem}-panel-{i + 1}", cell)
    assert lab.errors() == []


def panels_in(notebook: Path) -> int:
    """How many panels the notebook shows: those it makes itself, and those that its drawings in sslcourse/figures return."""
    source = notebook.read_text(encoding="utf-8")
    drawings = importlib.import_module(f"sslcourse.figures.lab{notebook.stem[:2]}") if "sslcourse.figures" in source else None
    panels = [name for name, made in vars(drawings).items() if inspect.isfunction(made) and re.search(
        r"Panel|TypingBox", str(inspect.signature(made).return_annotation))] if drawings else []
    made = ("widgets.Panel(", "widgets.TypingBox(", ".player(", *(f"figures.{name}(" for name in panels))
    return sum(map(source.count, made))


def _at_end(slider: Locator) -> bool:
    """Of a slider of the browser's own, or of ipywidgets'."""
    return slider.evaluate("s => s.max ? s.value === s.max : s.ariaValueNow === s.ariaValueMax")


def _press(lab: Lab, slider: Locator, key: str) -> None:
    slider.focus()
    lab.page.keyboard.press(key)


def _type(line: Locator, text: str) -> None:
    line.fill(text)
    line.press("Enter")


def _changes(cell: Locator, move, seconds: float = 90) -> None:
    """Make the move, and wait until the cell's first figure is another one."""
    figure = cell.locator(".jp-OutputArea-output img").first
    before = figure.get_attribute("src")
    move()
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if figure.get_attribute("src") != before:
            return
        cell.page.wait_for_timeout(200)
    raise AssertionError(f"the control changed nothing within {seconds} s: {figure.get_attribute('alt')}")
