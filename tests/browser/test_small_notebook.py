"""A notebook on a student's screen: controls and guesses while the kernel is busy, after F5, in a copy that came by mail."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.jupyter import CHROMIUM
from tests.browser.small import PANEL, choose, notebook, run, save, stranger

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]

QUESTION = 'guess = widgets.Prediction("Which is it?", ["this", "that", "they tie"])\nguess'
ANSWER = 'guess.answer("that", "It was so.")'
PROGRESS = 'for _ in runtime.progress(range(5), desc="features", unit="batch"):\n    time.sleep(0.2)'
BUSY = "time.sleep(45)"

# The milliseconds from a moved slider to the new figure on the screen, for each position.
MILLISECONDS = """async () => {
  const image = document.querySelector(".ssl-panel > img"), slider = document.querySelector(".ssl-panel input"), all = [];
  for (const place of [0, 1, 2, 3, 4, 0, 2, 4]) {
    const start = performance.now();
    slider.value = place;
    slider.dispatchEvent(new Event("input"));
    await image.decode();
    await new Promise(requestAnimationFrame);
    all.push(performance.now() - start);
  }
  return all.sort((a, b) => a - b);
}"""


def test_a_day_of_a_notebook(tmp_path):
    with notebook(tmp_path, [PANEL, QUESTION, ANSWER, PROGRESS, "widgets.tally()", BUSY]) as (lab, path):
        page, figure, slider = lab.page, lab.page.locator(".ssl-panel > img"), lab.page.get_by_role("slider")
        assert page.locator("#jp-left-stack").is_hidden(), "the sidebar is shut, so that code has the width"
        run(lab, 5)
        assert lab.errors() == []
        expect(page.locator(".jp-OutputArea-output", has_text="features: 5 batches")).to_be_visible()
        page.locator(".jp-CodeCell .cm-content").nth(5).click()
        page.keyboard.press("ControlOrMeta+Enter")
        page.get_by_text("Python 3 (ipykernel) | Busy").first.wait_for()

        # the kernel is busy: a control answers, the keys that are meant for it are not JupyterLab's
        print("milliseconds:", [round(ms) for ms in page.evaluate(MILLISECONDS)])
        slider.focus()
        page.keyboard.press("Home")
        expect(figure).to_have_attribute("alt", re.compile("line at 1, drawn in blue"))
        for key in ("ArrowRight", "j", "d", "d", "x"):
            page.keyboard.press(key)
        expect(figure).to_have_attribute("alt", re.compile("line at 2"))
        assert page.locator(".jp-CodeCell").count() == 6
        page.get_by_role("button", name="red").click()
        expect(figure).to_have_attribute("alt", re.compile("line at 2, drawn in red"))

        # a guess after Run All opens the answer, and is counted
        answer = page.locator(".ssl-guess:not(.ssl-tally) details")
        assert not answer.get_by_text("It was so").is_visible()
        page.locator(".ssl-guess").first.get_by_label("this").check()
        expect(page.get_by_text("Committed: this")).to_be_visible()
        expect(answer.get_by_text("You predicted “this”; measured: that.")).to_be_visible()
        expect(page.locator(".ssl-tally")).to_contain_text("1 of 1 predicted; 0 of them came out so.")
        page.locator(".ssl-guess").nth(1).get_by_label("that").check()
        expect(answer.get_by_text("You predicted “that”, and so it is.")).to_be_visible()
        lab.screenshot("small-busy")

        # F5, and no kernel any more
        save(lab)
        page.reload()
        figure.wait_for(timeout=60_000)
        assert page.get_by_text("Error displaying").count() == 0 and lab.errors() == []
        expect(answer.get_by_text("You predicted “that”")).to_be_visible()
        slider.focus()
        page.keyboard.press("End")
        expect(figure).to_have_attribute("alt", re.compile("line at 8"))

        # by mail: no script runs, every figure is there with its text
        page.goto(re.sub(r"small\.ipynb.*", stranger(path).name, page.url))
        mailed = page.locator(".jp-NotebookPanel", has_text="# from a friend")
        panel = mailed.locator(".ssl-panel")
        panel.wait_for(timeout=60_000)
        assert panel.locator(".ssl-controls").is_hidden() and panel.locator("> img").is_visible()
        panel.locator("summary").click()
        assert len(set(panel.locator("img").evaluate_all("all => all.map(image => image.alt)"))) == 10
        assert mailed.locator(".ssl-verdict").is_hidden() and mailed.get_by_text("Choose").count() == 0
        mailed.locator(".ssl-guess:not(.ssl-tally) summary").click()
        expect(mailed.get_by_text("Measured: that.")).to_be_visible()
        lab.screenshot("small-mailed")
        page.set_viewport_size({"width": 900, "height": 800})
        panel.locator("> img").scroll_into_view_if_needed()
        lab.screenshot("small-900")
        assert lab.strangers == []


LIVE = PANEL.replace('nothing else.")', 'nothing else.", live=True)')
UNTIL = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.1)"


def test_a_panel_of_the_kernel_is_pale_while_the_kernel_is_busy_and_ends_where_the_hand_is(tmp_path):
    with notebook(tmp_path, [LIVE, UNTIL]) as (lab, path):
        page, figure = lab.page, lab.page.locator(".widget-html").first
        run(lab, 1)
        slider, shown = page.get_by_role("slider", name="k"), page.get_by_text("The figure shows: k 3, colour blue")
        expect(shown).to_be_visible()
        expect(slider).to_be_visible()
        assert axe.findings(page, *axe.OURS) == []
        page.locator(".jp-CodeCell .cm-content").nth(1).click()
        page.keyboard.press("ControlOrMeta+Enter")
        page.get_by_text("Python 3 (ipykernel) | Busy").first.wait_for()
        slider.focus()
        for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "ArrowLeft", "ArrowLeft", "ArrowRight", "ArrowRight"):
            page.keyboard.press(key)
        page.get_by_role("button", name="red").click()
        expect(figure).to_have_css("opacity", "0.35")
        expect(page.get_by_text("The kernel is busy. The figure still shows k 3, colour blue")).to_be_visible()
        lab.screenshot("small-live-busy")
        path.with_name("go").touch()
        expect(page.get_by_text("The figure shows: k 5, colour red")).to_be_visible(timeout=30_000)
        expect(figure).to_have_css("opacity", "1")
        expect(page.get_by_text("The kernel is busy")).to_have_count(0)
        for key in ("ArrowLeft", "ArrowRight") * 10:  # faster than it can be drawn
            page.keyboard.press(key) if slider.evaluate("one => one === document.activeElement") else slider.press(key)
        expect(page.get_by_text("The figure shows: k 5, colour red")).to_be_visible(timeout=30_000)
        expect(figure).to_have_css("opacity", "1")
        assert lab.errors() == []


TRAINING = """from sslcourse import data, methods, models, training
shapes = data.shapes(200, seed=0)
method = methods.Rotation(models.ResNet(8, (1, 1)))
history = training.train(method, shapes, steps=100_000, batch_size=8, desc="rotation")"""


def test_interrupt_stops_the_cell_and_those_that_wait(tmp_path):
    with notebook(tmp_path, [TRAINING, 'print("it " + "went on")']) as (lab, _):
        for i in range(2):
            lab.page.locator(".jp-CodeCell .cm-content").nth(i).click()
            lab.page.keyboard.press("ControlOrMeta+Enter")
        lab.page.locator(".jp-OutputArea-output", has_text="rotation").first.wait_for(timeout=90_000)
        choose(lab.page, "Kernel", "Interrupt Kernel")
        said = lab.page.get_by_text(re.compile(r"rotation: stopped after \d+ of 100,000 steps. The network can"))
        expect(said).to_be_visible(timeout=30_000)
        lab.page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=30_000)
        assert lab.page.get_by_text("it went on").count() == 0
        lab.screenshot("small-interrupted")


WARNING = 'import sys\nprint("a word of warning", file=sys.stderr)'


def test_a_cell_that_fails_ends_the_run_and_is_told_from_a_warning(tmp_path):
    with notebook(tmp_path, [WARNING, 'raise ValueError("no")', "1 + 1"]) as (lab, _):
        lab.run_all(120)
        assert len(lab.errors()) == 1 and "ValueError: no" in lab.errors()[0]


EXPLORER = """import torch
from sslcourse import data, widgets
shapes = data.shapes(300, seed=0)
pixels = shapes.images.float().flatten(1)
maps = {"one": pixels[:, :2] + torch.randn(300, 2), "two": torch.randn(300, 2), "three": torch.randn(300, 2)}
widgets.Explorer(shapes.images, shapes.labels, shapes.classes, maps=maps, features=pixels)
"""


def test_the_explorer_fits_the_page_and_shows_the_classes_that_are_asked_for(tmp_path):
    with notebook(tmp_path, [EXPLORER]) as (lab, path):
        page, explorer = lab.page, lab.page.locator(".ssl-explorer")
        run(lab, 1)
        canvas, heading = explorer.locator("canvas.map"), explorer.locator(".side h4")
        canvas.wait_for()
        chips = explorer.locator(".legend button")
        wanted = chips.first.inner_text().strip()
        chips.first.click()
        expect(chips.first).to_have_attribute("aria-pressed", "true")
        for place in (60, 200, 330):
            canvas.hover(position={"x": place, "y": place})
            assert heading.inner_text().endswith(f"class {wanted}"), "only its dots can be pointed at"
        explorer.get_by_role("button", name="two").click()
        expect(canvas).to_have_attribute("aria-label", re.compile("^two map"), timeout=10_000)
        for width in (1280, 900, 640):
            page.set_viewport_size({"width": width, "height": 900})
            page.wait_for_timeout(500)
            whole, drawn, side = (part.bounding_box() for part in (explorer, canvas, explorer.locator(".side")))
            assert drawn["x"] + drawn["width"] <= whole["x"] + whole["width"] + 1 <= width
            assert (side["y"] < drawn["y"]) == (whole["width"] >= 700), "beside the map from 700 pixels on"
            lab.screenshot(f"small-explorer-{width}")
        assert lab.errors() == []
