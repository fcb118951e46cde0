"""A panel on a page without JupyterLab, as a slide or a web site is: one component, by mouse, keyboard and play button."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from sslcourse import plots, widgets
from sslcourse.widgets.standalone import panel_html, script, style
from tests.browser.jupyter import CHROMIUM, browser_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]


def panel(**arguments) -> widgets.Panel:
    def draw(data):
        figure, axis = plots.new_figure(width=3, height=1.2)
        axis.plot([data] * 3)
        return figure

    return widgets.Panel({"step": [0, 10, 20], "side": ["left", "right"]}, lambda step, side: step, draw,
                         lambda data, step, side: f"A line after {step} steps, seen from the {side}.", **arguments)


@pytest.fixture(scope="module")
def page():
    first, second = panel(play="step", start={"step": 0}), panel()
    shared = "".join(panel_html(each, alone=False) for each in (first, second))
    with browser_page() as page:
        page.set_content(f"<style>{style()}</style><body>{shared}<script>{script()}</script></body>")
        yield page


def figure(page, number: int):
    return page.locator(".ssl-panel > img").nth(number)


def test_each_panel_has_its_own_figure_and_nothing_is_left_folded(page):
    page.get_by_role("slider").nth(1).focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="left").nth(1).click()
    expect(figure(page, 1)).to_have_attribute("alt", "A line after 20 steps, seen from the left.")
    expect(figure(page, 0)).to_have_attribute("alt", "A line after 0 steps, seen from the right.")
    assert page.locator("details").count() == 0 and page.locator(".ssl-controls").first.is_visible()


def test_every_control_has_a_name_and_says_its_position(page):
    for slider in page.get_by_role("slider").all():
        assert slider.get_attribute("aria-label") == "step"
    expect(page.get_by_role("slider").nth(1)).to_have_attribute("aria-valuetext", "20")
    assert page.get_by_role("group", name="side").count() == 2


def test_the_play_button_goes_to_the_end_and_stops_and_begins_again(page):
    play, slider = page.get_by_role("button", name="Play step"), page.get_by_role("slider").first
    play.click()
    expect(play).to_have_attribute("aria-pressed", "true")
    expect(figure(page, 0)).to_have_attribute("alt", re.compile("after 20 steps"), timeout=10_000)
    expect(play).to_have_attribute("aria-pressed", "false", timeout=5000)
    play.click()
    expect(figure(page, 0)).to_have_attribute("alt", re.compile("after 0 steps"))
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(play).to_have_attribute("aria-pressed", "false"), "a hand takes over"
