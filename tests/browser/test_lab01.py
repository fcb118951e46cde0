"""Lab 01 as a student meets it: JupyterLab started by the course's own command, in a real browser."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.sync_api import expect

from tests.browser import axe
from tests.browser.jupyter import CHROMIUM, Lab, browser_page, course_server
from tests.browser.keyboard import by_keyboard
from tests.browser.panels import move_every_control
from tests.browser.sight import cut_off, figures, opened
from tests.browser.small import choose, save, stranger

pytestmark = pytest.mark.browser

RUN_ALL = 900  # seconds: a busy machine may be several times slower than the 180 that the lab is allowed

WRONG = '''\
def pca(X, k):
    mean = X.mean(dim=0)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


pca = exercises.pca.check(pca)'''
RIGHT = WRONG.replace("svd(X,", "svd(X - mean,")


BUSY = """import pathlib, time
while not pathlib.Path('go').exists():
    time.sleep(0.1)"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no lab was driven in a browser (Debian: apt-get install chromium)")
    home = tmp_path_factory.mktemp("student")
    with course_server("01", home) as address, browser_page() as page:
        lab = Lab(page, address)
        lab.address, lab.path = address, home / "course" / "my-labs" / "01_pca_tsne_umap.ipynb"
        lab.run_all(RUN_ALL)
        yield lab


def test_run_all_reaches_the_end_without_an_error(lab):
    assert lab.errors() == []
    lab.screenshot("lab01-after-run-all")


def test_untouched_stubs_are_said_to_be_so(lab):
    names = "pca", "reconstruct", "perplexity", "joint_probabilities", "student_t", "tsne_gradient", "hunt_tsne_gradient"
    for name in names:
        assert f"Not attempted · {name}" in lab.cell(f"exercises.{name}.check").inner_text()


def test_every_figure_has_an_alternative_text(lab):
    texts = lab.page.locator(".jp-OutputArea-output img").evaluate_all("images => images.map(image => image.alt)")
    assert len(texts) >= 8 and all(len(text) >= 20 for text in texts), texts


def test_a_moved_slider_changes_the_figure(lab):
    cell = lab.cell("reconstruction = figures.copies")
    figure = cell.locator(".jp-OutputArea-output img")
    before = figure.get_attribute("src")
    cell.get_by_role("slider").focus()
    lab.page.keyboard.press("ArrowRight")
    expect(figure).to_have_attribute("alt", re.compile("rebuilt from 50 numbers"), timeout=30_000)
    assert figure.get_attribute("src") != before
    lab.screenshot("lab01-reconstruct-50", cell)


def test_every_control_of_the_known_clouds(lab):
    cell = lab.cell("truth_panel = figures.clouds")
    figure = cell.locator(".jp-OutputArea-output img")
    for button in ("near and far", "pure noise", "a ring", "UMAP"):
        cell.get_by_role("button", name=button, exact=True).click()
        wanted = "UMAP map" if button == "UMAP" else f"{button}: 150 points"
        expect(figure).to_have_attribute("alt", re.compile(wanted), timeout=30_000)
        lab.screenshot(f"lab01-truth-{button.replace(' ', '-')}", cell)


def test_the_map_unfolds_while_it_plays(lab):
    cell = lab.cell("own_panel = figures.own_tsne")
    figure, slider = cell.locator(".jp-OutputArea-output img"), cell.get_by_role("slider")
    expect(figure).to_have_attribute("alt", re.compile("after 250 steps"))
    slider.focus()
    lab.page.keyboard.press("Home")
    expect(figure).to_have_attribute("alt", re.compile("after 0 steps"), timeout=30_000)
    lab.screenshot("lab01-own-tsne-0", cell)
    cell.get_by_role("button", name="Play after step").click()
    expect(figure).to_have_attribute("alt", re.compile("after 250 steps"), timeout=60_000)
    lab.screenshot("lab01-own-tsne-250", cell)


def test_a_wrong_answer_gets_its_hint_and_a_right_one_passes(lab):
    cell = lab.cell("exercises.pca.check")
    lab.write_and_run(cell, WRONG)
    cell.get_by_text("not centered").wait_for(timeout=20_000)
    assert "Not yet · pca" in cell.inner_text()
    lab.screenshot("lab01-not-yet", cell)
    lab.write_and_run(cell, RIGHT)
    cell.get_by_text("Passed").first.wait_for(timeout=20_000)
    assert "Passed · pca" in cell.inner_text()
    lab.screenshot("lab01-passed", cell)


def test_a_prediction_can_be_made(lab):
    cell = lab.cell("guess_maps = widgets.Prediction")
    cell.get_by_label("t-SNE").click()
    cell.get_by_text("Committed: t-SNE").wait_for(timeout=20_000)
    lab.screenshot("lab01-prediction", cell)


def test_the_explorer_answers_a_hover_a_click_and_a_key(lab):
    cell = lab.cell("explorer = widgets.Explorer(digits.images")
    explorer = cell.locator(".ssl-explorer")
    explorer.scroll_into_view_if_needed()
    heading, canvas = explorer.locator(".side h4"), explorer.locator("canvas.map")
    start = heading.inner_text()
    canvas.hover(position={"x": 130, "y": 200})
    hovered = heading.inner_text()
    assert hovered != start and explorer.locator(".near figure").count() == 8
    canvas.click(position={"x": 400, "y": 330})
    clicked = heading.inner_text()
    assert clicked != hovered
    lab.page.keyboard.press("ArrowLeft")
    assert heading.inner_text() != clicked
    lab.screenshot("lab01-explorer", cell)
    explorer.get_by_role("button", name="UMAP").click()
    expect(explorer.get_by_role("button", name="UMAP")).to_have_attribute("aria-pressed", "true")
    expect(canvas).to_have_attribute("aria-label", re.compile("^UMAP map"), timeout=10_000)


def test_every_control_answers_while_the_kernel_is_busy(lab):
    """Each is moved while a cell runs that ends only afterwards."""
    page, go = lab.page, lab.path.with_name("go")
    cell = lab.cell("can place a new image")
    cell.locator(".cm-content").click()
    number = page.locator(".jp-CodeCell").evaluate_all("(all, one) => all.indexOf(one)", cell.element_handle())
    runs = page.locator(".jp-CodeCell").nth(number).locator(".jp-InputPrompt")
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(BUSY)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(runs).to_have_text("[*]:", timeout=30_000)
    try:
        move_every_control(lab, lab.path)
        explorer = lab.cell("explorer = widgets.Explorer(digits.images").locator(".ssl-explorer")
        explorer.get_by_role("button", name="PCA").click()
        expect(explorer.locator("canvas.map")).to_have_attribute("aria-label", re.compile("^PCA map"), timeout=10_000)
        expect(runs).to_have_text("[*]:")
    finally:
        go.touch()
    expect(runs).to_have_text(re.compile(r"\[\d+\]:"), timeout=60_000)


def test_nothing_is_seriously_wrong_for_those_who_see_or_hear_little(lab):
    assert axe.findings(lab.page, *axe.OURS) == []
    figure = lab.page.locator(".ssl-panel > img").first
    text = figure.evaluate("image => { const text = image.alt; image.removeAttribute('alt'); return text; }")
    found = axe.findings(lab.page, *axe.OURS)
    assert len(found) == 1 and found[0].startswith("image-alt"), "if something were wrong, it would be found"
    figure.evaluate("(image, text) => { image.alt = text; }", text)


def test_after_f5_everything_is_there(lab):
    before = len(figures(lab.page))
    save(lab)
    lab.page.reload()
    opened(lab.page)
    assert len(figures(lab.page)) == before and lab.errors() == []


def test_the_keyboard_alone_reaches_and_moves_every_control(lab):
    assert by_keyboard(lab) >= 60
    answer = lab.page.locator(".ssl-sketch").filter(has=lab.page.locator("details"))
    expect(answer).to_contain_text("away from what was measured")
    lab.screenshot("lab01-sketch-answered", answer)


def test_at_900_pixels_nothing_is_cut_off(lab):
    lab.page.set_viewport_size({"width": 900, "height": 900})
    lab.page.wait_for_timeout(500)
    assert cut_off(lab.page) == []
    expect(lab.cell("figures.table(measured)").locator(".jp-RenderedText pre").first).to_have_css("word-break", "normal")
    photograph(lab, "900")


def test_in_the_dark_theme_all_can_be_read(lab):
    page = lab.page
    page.set_viewport_size({"width": 1280, "height": 900})
    choose(page, "Settings", "Theme", "JupyterLab Dark")
    page.locator("body[data-jp-theme-light=false]").wait_for(state="attached")
    page.wait_for_timeout(500)
    assert axe.findings(page, *axe.OURS) == []
    photograph(lab, "dark")


def test_the_next_day_the_controls_move_without_a_kernel(lab):
    """The kernel is shut down, and a browser that has never been here opens the notebook."""
    choose(lab.page, "Kernel", "Shut Down Kernel")
    lab.page.get_by_text("No Kernel").first.wait_for()
    with contextlib.closing(lab.page.context.browser.new_context()) as fresh:
        page = fresh.new_page()
        page.goto(lab.address)
        opened(page)
        assert len(figures(page)) == len(figures(lab.page))
        figure = page.locator(".ssl-panel > img").first
        before = figure.get_attribute("src")
        page.locator(".ssl-panel input").first.focus()
        page.keyboard.press("ArrowLeft")
        assert figure.get_attribute("src") != before
        page.keyboard.press("ControlOrMeta+s")  # by a kernel that made none of the figures
        page.wait_for_timeout(2000)
        page.reload()
        opened(page)


def test_a_copy_that_came_by_mail_has_every_figure(lab):
    page, shown = lab.page, len(figures(lab.page))
    page.goto(lab.address.replace(lab.path.name, stranger(lab.path).name))
    mailed = page.locator(".jp-NotebookPanel", has_text="# from a friend")
    mailed.locator(".ssl-panel > img").first.wait_for(timeout=60_000)
    assert len(figures(page)) >= shown
    assert page.locator(".ssl-controls:visible").count() == 0, "no script runs, so no control is offered"
    lab.screenshot("lab01-mailed")


def test_no_request_left_this_machine(lab):
    assert lab.strangers == []


def photograph(lab: Lab, name: str) -> None:
    """Three cells for a person to look at: an exercise, a player, an explorer."""
    for what in ("exercises.pca.check", "own_panel = figures.own_tsne", "explorer = widgets.Explorer(digits.images"):
        lab.screenshot(f"lab01-{name}-{what.split(' ')[0]}", lab.cell(what))
