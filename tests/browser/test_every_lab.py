"""Every lab as a student meets it: all cells run, each control moved, an exercise answered wrongly and then rightly.

Training is cut to a rehearsal (SSLCOURSE_REHEARSAL): whether the numbers are right is for the notebooks' own test, which
runs them in full. A lab with a file of its own, test_labNN.py, is driven there. Screenshots land in tests/screenshots.
"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from sslcourse.exercises import catalogue
from tests.browser.jupyter import CHROMIUM, ROOT, Lab, browser_page, course_server
from tests.browser.typed import TYPED

pytestmark = pytest.mark.browser

RUN_ALL = 600  # seconds: a rehearsal takes less than a minute on a quiet machine
SHARE = "0.03"
OWN = {path.stem.removeprefix("test_lab") for path in Path(__file__).parent.glob("test_lab[0-9][0-9].py")}
LABS = [path.stem for path in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")) if path.stem[:2] not in OWN]


@pytest.fixture(scope="module", params=LABS)
def lab(request, tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no lab was driven in a browser (Debian: apt-get install chromium)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSLCOURSE_REHEARSAL", SHARE)
        server = course_server(request.param[:2], tmp_path_factory.mktemp("student"))
        with server as address, browser_page() as page:
            lab = Lab(page, address)
            lab.name = request.param
            lab.run_all(RUN_ALL)
            yield lab


def test_run_all_reaches_the_end_without_an_error(lab):
    assert lab.errors() == []
    lab.screenshot(f"{lab.name}-after-run-all")


def test_untouched_stubs_are_said_to_be_so(lab):
    ours = [exercise.name for exercise in catalogue.every() if exercise.lab == lab.name]
    assert len(ours) >= 2
    for name in ours:
        assert f"Not attempted · {name}" in lab.cell(f"exercises.{name}.check").inner_text()


def test_every_figure_has_an_alternative_text(lab):
    texts = lab.page.locator(".jp-OutputArea-output img").evaluate_all("images => images.map(image => image.alt)")
    assert len(texts) >= 3 and all(len(text) >= 20 for text in texts), texts


def test_every_control_changes_its_figure(lab):
    # by what is shown, not by the source: the editor keeps only the lines in view in the page
    panels = lab.page.locator(".jp-CodeCell").filter(has=lab.page.locator(".widget-html img")).all()
    notebook = (ROOT / "labs" / f"{lab.name}.ipynb").read_text(encoding="utf-8")
    assert len(panels) == notebook.count("widgets.Panel(")
    assert panels, "a lab carries its idea with a widget"
    for i, cell in enumerate(panels):
        cell.scroll_into_view_if_needed()
        sliders = cell.get_by_role("slider").all()
        switches = cell.locator(".widget-toggle-buttons, .jupyter-widget-toggle-buttons").all()
        menus = cell.locator("select").all()
        assert sliders or switches or menus, "a panel without a control"
        for slider in sliders:
            _changes(cell, lambda slider=slider: _step(lab, slider))
        for switch in switches:
            _changes(cell, switch.locator("button:not(.mod-active)").first.click)
        for menu in menus:
            _changes(cell, lambda menu=menu: menu.select_option(index=(menu.evaluate("m => m.selectedIndex") + 1) % 2))
        lab.screenshot(f"{lab.name}-panel-{i + 1}", cell)
    assert lab.errors() == []


def test_a_wrong_answer_gets_its_hint_and_a_right_one_passes(lab):
    typed = TYPED[lab.name[:2]]
    cell = lab.cell(f"exercises.{typed.exercise}.check")
    lab.write_and_run(cell, typed.wrong)
    cell.get_by_text(typed.hint).first.wait_for(timeout=30_000)
    assert f"Not yet · {typed.exercise}" in cell.inner_text()
    lab.screenshot(f"{lab.name}-not-yet", cell)
    lab.write_and_run(cell, typed.right)
    cell.get_by_text("Passed").first.wait_for(timeout=30_000)
    assert f"Passed · {typed.exercise}" in cell.inner_text()


def test_a_prediction_can_be_made(lab):
    cell = lab.cell("= widgets.Prediction(")
    cell.scroll_into_view_if_needed()
    cell.locator("input[type=radio], button").first.click()
    cell.get_by_text("Committed:").first.wait_for(timeout=20_000)


def test_no_request_left_this_machine(lab):
    assert lab.strangers == []


def _step(lab: Lab, slider: Locator) -> None:
    slider.focus()
    at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
    lab.page.keyboard.press("ArrowLeft" if at_end else "ArrowRight")


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
