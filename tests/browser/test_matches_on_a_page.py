"""widgets.Matches on a page without a kernel: by mouse, by keyboard, and its buttons."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.jupyter import CHROMIUM, browser_page
from tests.widgets.test_matches import matches

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]


@pytest.fixture
def page():
    with browser_page() as page:
        page.set_content(f"<body>{matches().html()}</body>")
        yield page


def test_a_click_shows_the_most_similar_patch(page):
    page.get_by_role("button", name="mirror").click()
    page.get_by_role("button", name="patch in row 1, column 1").click()
    expect(page.get_by_role("status")).to_contain_text("Row 1, column 1: most like it is row 1, column 1, cosine 0.75")
    framed = page.locator(".ssl-matches-picture").nth(1).locator(".ssl-here")
    assert framed.count() == 1
    left = framed.bounding_box()["x"]
    page.get_by_role("button", name="patch in row 2, column 2").click()
    expect(page.get_by_role("status")).to_contain_text("is row 2, column 2")
    assert framed.bounding_box()["x"] > left


def test_arrow_keys_go_from_patch_to_patch_and_stop_at_the_edge(page):
    page.get_by_role("button", name="mirror").click()
    page.get_by_role("button", name="patch in row 1, column 1").click()
    for key in ("ArrowDown", "ArrowDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(page.get_by_role("status")).to_contain_text("Row 2, column 2")
    assert page.locator(".ssl-matches-grid button[tabindex='0']").count() == 1


def test_another_network_says_something_else_of_the_same_patch(page):
    page.get_by_role("button", name="patch in row 2, column 3").click()
    expect(page.get_by_role("status")).to_contain_text("is row 1, column 1, cosine 0.50")
    page.get_by_role("button", name="mirror").click()
    expect(page.get_by_role("status")).to_contain_text("Row 2, column 3: most like it is row 2, column 2")
    page.get_by_role("button", name="ships").click()
    expect(page.get_by_role("img", name="ships, the picture to ask about")).to_be_visible()
    assert page.locator(".ssl-matches-still").count() == 0
