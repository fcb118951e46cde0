"""The browser's side of widgets.Explorer on a page without a kernel: classes, linked maps, the lens, and every width."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Page, expect

from sslcourse import plots, widgets
from sslcourse.widgets.explorer import PARTS
from tests.browser import axe
from tests.browser.jupyter import CHROMIUM, browser_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]

FOLDER = Path(widgets.__file__).parent
SCRIPT = "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in PARTS)
STYLE = (FOLDER / "explorer.css").read_text(encoding="utf-8")
N, MAPS = 300, ("PCA", "t-SNE", "UMAP")
START = """async ([script, state, bytes]) => {
  const { default: explorer } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  for (const [name, text] of Object.entries(bytes)) {
    state[name] = new DataView(Uint8Array.from(atob(text), (one) => one.charCodeAt(0)).buffer);
  }
  const heard = {};
  window.model = {
    get: (name) => state[name], on: (event, then) => (heard[event] ??= []).push(then), save_changes: () => {},
    set: (name, value) => { state[name] = value; (heard[`change:${name}`] ?? []).forEach((then) => then()); },
  };
  await explorer.render({ model, el: document.getElementById("here") });
}"""
# Where a colour is on the map, and how many of its pixels: [x, y, number].
FIND = """(map, colour) => {
  const { width, height } = map, pixels = map.getContext("2d").getImageData(0, 0, width, height).data;
  let x = 0, y = 0, number = 0;
  for (let i = 0; i < pixels.length; i += 4) {
    if (colour.every((value, part) => pixels[i + part] === value)) { x += i / 4 % width; y += i / 4 / width; number += 1; }
  }
  const shrink = map.clientWidth / width / Math.max(1, number);
  return [x * shrink, y * shrink, number];
}"""
AT = """(map, [x, y]) => {
  const ratio = map.width / map.clientWidth;
  return [...map.getContext("2d").getImageData(Math.round(x * ratio), Math.round(y * ratio), 1, 1).data].slice(0, 3);
}"""


def colour(i: int) -> list[int]:
    """Image i is of one colour, that nothing else on the page has."""
    return [7, 100 + i % 100, 10 + i // 100]


@pytest.fixture(scope="module")
def explorer():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        images = torch.tensor([colour(i) for i in range(N)], dtype=torch.uint8)[:, :, None, None].expand(N, 3, 4, 4)
        made = widgets.Explorer(
            images.contiguous(), torch.arange(N) % 10, [f"class {name}" for name in "abcdefghij"],
            maps={name: torch.rand(N, 2) for name in MAPS}, features=1e6 + torch.rand(N, 3), start=42)
    made._ipython_display_()
    return made


@pytest.fixture
def page(explorer):
    state = {name: value for name, value in explorer._view.get_state().items() if not name.startswith("_")}
    binary = {name: base64.b64encode(value).decode() for name, value in state.items() if isinstance(value, bytes)}
    plain = {name: value for name, value in state.items() if isinstance(value, (int, str, list))}
    with browser_page(width=1000) as page:
        page.set_content(f"<style>{STYLE}</style><body style='margin: 0'><div id='here'></div></body>")
        page.evaluate(START, [SCRIPT, plain, binary])
        yield page


def map_of(page: Page):
    return page.locator("canvas.map")


def rgb(hexadecimal: str) -> list[int]:
    return [int(hexadecimal[at : at + 2], 16) for at in (1, 3, 5)]


@pytest.mark.parametrize("width", [1280, 900, 700, 640, 400])
def test_it_fits_the_page_with_the_pictures_beside_the_map_from_700_pixels_on(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.wait_for_timeout(300)
    drawn, side = map_of(page).bounding_box(), page.locator(".side").bounding_box()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert (side["x"] >= drawn["x"] + drawn["width"]) == (width >= 700)


def test_ten_classes_are_told_apart_and_can_be_chosen(page):
    chips = page.locator(".legend button")
    marks = chips.locator("canvas").evaluate_all("all => all.map((one) => one.toDataURL())")
    assert len(set(marks)) == 10
    shapes = chips.locator("canvas").evaluate_all("""all => all.map((one) => [...one.getContext("2d").getImageData(
        0, 0, one.width, one.height).data].filter((_, i) => i % 4 === 3).join())""")
    assert len(set(shapes)) == 4, "by their outlines too"
    chips.nth(3).click()
    expect(chips.nth(3)).to_have_attribute("aria-pressed", "true")
    for place in (60, 200, 330, 400):
        map_of(page).hover(position={"x": place, "y": place})
        expect(page.locator(".side h4")).to_have_text(re.compile("class d$"))


def test_what_is_pointed_at_lights_up_on_every_map(page, explorer):
    """Each small map has a mark in the class's full colour where that map has the image; an unmarked dot is paler."""
    smalls = page.locator(".maps canvas")
    assert smalls.count() == len(MAPS)
    for place in ((90, 90), (300, 200), (200, 400)):
        map_of(page).hover(position={"x": place[0], "y": place[1]})
        shown = int(re.search(r"Image (\d+):", page.locator(".side h4").inner_text())[1])
        for small, points in zip(smalls.all(), explorer.maps.values()):
            low, high = points.min(0), points.max(0)
            x, y = (points[shown] - (low + high) / 2) / (high - low).max() + 0.5
            there = small.evaluate(AT, [6 + float(x) * 84, 90 - float(y) * 84])
            assert there == rgb(plots.COLOURS[shown % 10]), (shown, place)


def test_four_times_as_large_a_dot_is_its_picture(page):
    canvas, label = map_of(page), re.compile("Zoomed in 4 times")
    assert canvas.evaluate(FIND, colour(42))[2] == 0
    page.get_by_role("button", name="Zoom in").click()
    assert canvas.evaluate(FIND, colour(42))[2] == 0
    page.get_by_role("button", name="Zoom in").click()
    expect(canvas).to_have_attribute("aria-label", label)
    pictures = [canvas.evaluate(FIND, colour(i))[2] for i in range(N)]
    assert pictures[42] > 300 and 10 <= sum(count > 300 for count in pictures) <= N / 2, "those that are in view"
    for _ in range(2):
        page.get_by_role("button", name="Zoom out").click()
    assert canvas.evaluate(FIND, colour(42))[2] == 0
    expect(page.get_by_role("button", name="Zoom out")).to_be_disabled()


def test_the_map_moves_under_the_hand_and_under_the_arrow_keys(page):
    canvas = map_of(page)
    canvas.focus()
    for _ in range(3):
        page.keyboard.press("+")
    expect(canvas).to_have_attribute("aria-label", re.compile("Zoomed in 8 times"))
    x, y, _ = canvas.evaluate(FIND, colour(42))
    box, selected = canvas.bounding_box(), page.evaluate("model.get('selected')")
    away = [60 if place < 260 else -60 for place in (x, y)]
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x + away[0], box["y"] + y + away[1], steps=4)
    page.mouse.up()
    moved = canvas.evaluate(FIND, colour(42))
    assert moved[0] - x == pytest.approx(away[0], abs=3) and moved[1] - y == pytest.approx(away[1], abs=3)
    assert page.evaluate("model.get('selected')") == selected, "a drag is no click"
    canvas.focus()
    seen = set()
    for key in ["ArrowLeft"] * 6 + ["ArrowDown"] * 6 + ["ArrowRight"] * 6:
        page.keyboard.press(key)
        now = page.evaluate("model.get('selected')")
        seen.add(now)
        assert canvas.evaluate(FIND, colour(now))[2] > 300, "the image that is walked to is in view"
    assert len(seen) > 6


def test_another_map_shows_the_same_image_as_large(page):
    canvas = map_of(page)
    canvas.focus()
    for _ in range(3):
        page.keyboard.press("+")
    page.get_by_role("button", name="UMAP").click()
    expect(canvas).to_have_attribute("aria-label", re.compile("^UMAP map.*image 42.*Zoomed in 8 times"), timeout=5000)
    assert canvas.evaluate(FIND, colour(42))[2] > 300


def test_the_wheel_scrolls_the_page_and_with_ctrl_it_zooms(page):
    canvas = map_of(page)
    canvas.hover(position={"x": 200, "y": 200})
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(100)
    assert "Zoomed" not in canvas.get_attribute("aria-label")
    page.keyboard.down("Control")
    page.mouse.wheel(0, -400)
    page.keyboard.up("Control")
    expect(canvas).to_have_attribute("aria-label", re.compile(r"Zoomed in [45](\.\d)? times"))


def test_no_image_is_its_own_neighbour(page):
    for place in ((90, 90), (300, 200), (200, 400), (420, 60)):
        map_of(page).hover(position={"x": place[0], "y": place[1]})
        shown = page.locator(".side h4").inner_text().split(":")[0].lower()
        near = page.locator(".side .near canvas").evaluate_all("all => all.map((one) => one.ariaLabel.split(',')[0])")
        assert len(set(near)) == 8 and shown not in near


@pytest.mark.parametrize("zoomed", [0, 2, 4])
def test_nothing_is_seriously_wrong_for_those_who_see_or_hear_little(page, zoomed):
    for _ in range(zoomed):
        page.get_by_role("button", name="Zoom in").click()
    assert axe.findings(page, "#here") == []
