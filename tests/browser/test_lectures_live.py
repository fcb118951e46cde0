"""A lecture in JupyterLab, as an instructor who wants to compute before the class: it runs, and its controls move."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import CHROMIUM, Lab, browser_page, course_server

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lecture(tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no lecture was opened in JupyterLab (Debian: apt-get install chromium)")
    with course_server("01", tmp_path_factory.mktemp("instructor")) as address, browser_page() as page:
        lecture = Lab(page, address.replace("/tree/labs/01_pca_tsne_umap.ipynb",
                                            "/tree/lectures/01_what_is_representation_learning.ipynb"))
        lecture.run_all(600)
        yield lecture


def test_it_runs_without_an_error_and_asks_nobody(lecture):
    assert lecture.errors() == [] and lecture.strangers == []
    lecture.screenshot("lecture01-live")


def test_its_control_computes(lecture):
    cell = lecture.cell("pca_panel = widgets.Panel")
    figure = cell.locator(".jp-OutputArea-output img")
    before = figure.get_attribute("src")
    cell.get_by_role("slider").focus()
    lecture.page.keyboard.press("ArrowRight")
    expect(figure).not_to_have_attribute("src", before, timeout=30_000)
    lecture.screenshot("lecture01-live-pca", cell)
