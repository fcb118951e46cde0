"""Lab 01 as a student meets it: JupyterLab started by the course's own command, in a real browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import CHROMIUM, Lab, browser_page, course_server

pytestmark = pytest.mark.browser

RUN_ALL = 900  # seconds: a busy machine may be several times slower than the 180 that the lab is allowed

WRONG = '''\
def pca(X, k):
    mean = X.mean(dim=0)
    U, S, Vh = torch.linalg.svd(X, full_matrices=False)
    return mean, Vh[:k], S[:k] ** 2 / (len(X) - 1)


pca = exercises.pca.check(pca)'''
RIGHT = WRONG.replace("svd(X,", "svd(X - mean,")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no lab was driven in a browser (Debian: apt-get install chromium)")
    with course_server("01", tmp_path_factory.mktemp("student")) as address, browser_page() as page:
        lab = Lab(page, address)
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
    cell.get_by_text("not centred").wait_for(timeout=20_000)
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


def test_no_request_left_this_machine(lab):
    assert lab.strangers == []
