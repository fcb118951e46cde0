"""Every lecture's file as an instructor opens it: from the disk, in a real browser, with every other request refused."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from sslcourse.slides import deck, export
from tests.browser import axe
from tests.browser.jupyter import CHROMIUM, ROOT, SCREENSHOTS, browser_page

pytestmark = pytest.mark.browser

LECTURES = sorted((ROOT / "lectures").glob("[0-9][0-9]_*.ipynb"))
SIZES = ((1920, 1080), (1280, 720))
TABLES = {"table-numbers", "road-table"}  # a paper's table with every number, for reading after the lecture

SHOW = "i => { const {h, v} = Reveal.getIndices(Reveal.getSlides()[i]); Reveal.slide(h, v, 999); }"
# What of the slide in view reaches out of the room between its title and its footer, or past the slide's edges.
OUTSIDE = """() => {
  const slide = Reveal.getCurrentSlide(), body = slide.querySelector(".body");
  const frame = slide.querySelector(".frame").getBoundingClientRect(), room = body.getBoundingClientRect();
  const seen = [...body.querySelectorAll("*")].filter((e) => e.getClientRects().length && !e.closest("svg path, math"));
  const found = seen.filter((e) => {
    const box = e.getBoundingClientRect();
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < room.top - 1 || box.bottom > room.bottom + 1
      || (e instanceof HTMLElement && e.clientWidth && e.scrollWidth > e.clientWidth + 1);  // text that runs out of its box
  }).map((e) => `${e.tagName} ${e.className} ${e.textContent.trim().slice(0, 30)}`);
  if (body.scrollHeight > body.clientHeight + 1) found.push(`the body: ${body.scrollHeight} > ${body.clientHeight}`);
  const heading = slide.querySelector("h2");
  if (heading && heading.offsetHeight > 75) found.push("a heading of more than one line");
  if (room.height < 0.6 * frame.height) found.push("hardly any room between heading and footer");
  return found.slice(0, 4);
}"""

# What of the slide in view is written too small for the last row, or does not stand out from the page: words by their size
# and colour, figures by what they say of themselves (plots.measures), times the scale at which they are shown.
HARD_TO_READ = """() => {
  const slide = Reveal.getCurrentSlide(), scale = Reveal.getScale(), found = new Set();
  const light = (rgb) => rgb.map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const numbers = (colour) => (colour.match(/[\\d.]+/g) || []).map(Number);
  const ground = (e) => { for (; e; e = e.parentElement) {
    const back = numbers(getComputedStyle(e).backgroundColor);
    if (back.length === 3 || back[3] === 1) return back.slice(0, 3);
  } return [255, 255, 255]; };
  const words = document.createTreeWalker(slide.querySelector(".frame"), NodeFilter.SHOW_TEXT);
  while (words.nextNode()) {
    const e = words.currentNode.parentElement, text = words.currentNode.textContent.trim();
    if (!text || !e.getClientRects().length || e.closest("details, script, style, svg, sub, sup")) continue;
    const look = getComputedStyle(e), size = parseFloat(look.fontSize);
    const [a, b] = [light(numbers(look.color).slice(0, 3)), light(ground(e))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05), large = size >= 24 || (size >= 18.5 && look.fontWeight >= 600);
    if (size < 17.95) found.add(`${size} px: ${text.slice(0, 24)}`);
    if (contrast < (large ? 3 : 4.5)) found.add(`${contrast.toFixed(1)} to 1: ${text.slice(0, 24)}`);
  }
  for (const shown of slide.querySelectorAll(".frame img[data-text]")) {
    if (!shown.getClientRects().length) continue;
    const zoom = Math.min(shown.clientWidth / shown.getAttribute("width"), shown.clientHeight / shown.naturalHeight
      * shown.naturalWidth / shown.getAttribute("width"));
    const panel = shown.closest(".ssl-panel"), all = panel ? [...panel.querySelectorAll("img[data-text]")] : [shown];
    const least = (name) => Math.min(...all.map((img) => Number(img.dataset[name])));
    const size = least("text") * 96 / 72 * zoom;
    if (size < 17.95) found.add(`figure: ${size.toFixed(1)} px (${least("text")} points, shown at ${zoom.toFixed(2)})`);
    if (least("ink") < 4.5) found.add(`figure: words ${least("ink")} to 1`);
    if (least("mark") < 3) found.add(`figure: marks ${least("mark")} to 1`);
    for (const img of all) if (img.dataset.touching) found.add(`figure: touching: ${img.dataset.touching}`);
  }
  return [...found];
}"""

# How many words the slide in view has, but for references, the footer, mathematics and code.
WORDS = """() => {
  const text = Reveal.getCurrentSlide().querySelector(".frame").cloneNode(true);
  const left_out = "footer, .ssl-references, .ssl-closing, svg, details, script, style, .code";
  for (const e of text.querySelectorAll(left_out)) e.remove();
  return (text.textContent.match(/[\\p{L}\\d][\\p{L}\\d'’.%-]*/gu) || []).length;
}"""
# Links that lead out of the file, and references that do not begin where the slide's title does.
LEADING_OUT = """() => [...document.querySelectorAll(".slides a[href]")].map((a) => a.getAttribute("href"))
  .filter((href) => !href.startsWith("#"))"""
ASKEW = """() => {
  const slide = Reveal.getCurrentSlide(), edge = slide.querySelector("h1, h2").getBoundingClientRect().left;
  return [...slide.querySelectorAll(".body > .shown > .ssl-references, .below .ssl-references")]
    .map((e) => Math.round(e.getBoundingClientRect().left - edge)).filter(Boolean);
}"""

# How far down the question stands in the speaker's window; 0 without one.
ASKED_AT = """() => { const all = [...document.querySelectorAll(".speaker-controls-notes .value strong")];
  const asked = all.find((e) => e.textContent === "Ask:");
  return asked ? asked.closest("p").getBoundingClientRect().bottom : 0; }"""


@pytest.fixture(scope="module", params=LECTURES, ids=lambda path: path.stem)
def lecture(request, tmp_path_factory):
    """The notebook and the file that was written from it."""
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no slides were shown (Debian: apt-get install chromium)")
    return request.param, export.export(request.param, tmp_path_factory.mktemp("slides"))


@pytest.fixture(scope="module")
def shown(lecture):
    """The file, open in a browser that fetches nothing else, and what it tried to fetch."""
    notebook, file = lecture
    with browser_page(1280, 720) as page:
        refused, failures = [], []

        def only_the_file(route) -> None:
            if route.request.url.split("#")[0].split("?")[0] == file.as_uri():
                route.continue_()
            else:
                refused.append(route.request.url)
                route.abort()

        page.context.route("**/*", only_the_file)
        page.context.on("requestfailed", lambda request: failures.append(request.url))
        page.on("pageerror", lambda error: failures.append(str(error)))
        page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
        open_slides(page, file)
        yield page, file, refused, failures


def open_slides(page, file: Path, query: str = "") -> int:
    """Open the file; the number of its slides."""
    page.goto(file.as_uri() + query)
    page.wait_for_function("window.Reveal && Reveal.isReady()")
    page.evaluate("document.fonts.ready")
    return page.evaluate("Reveal.getTotalSlides()")


def test_the_file_is_small_enough_to_carry(lecture):
    assert lecture[1].stat().st_size <= 15e6


def test_every_slide_fits_at_both_sizes(lecture, shown):
    page, file, _, _ = shown
    SCREENSHOTS.mkdir(exist_ok=True)
    wrong = {}
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for number in range(open_slides(page, file)):
            page.evaluate(SHOW, number)
            page.wait_for_timeout(60)
            found = page.evaluate(OUTSIDE)
            if found:
                wrong[f"{width}: slide {number + 1}"] = found
            if height == 720:
                page.screenshot(path=SCREENSHOTS / f"slides-{file.stem[:2]}-{number + 1:02d}.png")
    assert wrong == {}
    assert page.evaluate("Reveal.getTotalSlides()") == len(deck.slides_of(nbformat.read(lecture[0], as_version=4)))


def test_every_slide_can_be_read_from_the_last_row(shown):
    """At 720 lines: 18 px and more, words 4.5 to 1 (large ones 3 to 1) and lines, dots and areas 3 to 1, in figures too."""
    page, file, _, _ = shown
    page.set_viewport_size({"width": 1280, "height": 720})
    wrong = {}
    for number in range(open_slides(page, file)):
        page.evaluate(SHOW, number)
        page.wait_for_timeout(60)
        if found := page.evaluate(HARD_TO_READ):
            wrong[f"slide {number + 1}"] = found
    assert wrong == {}


def test_a_slide_has_at_most_a_hundred_words_and_its_references_on_the_edge(shown):
    page, file, _, _ = shown
    page.set_viewport_size({"width": 1280, "height": 720})
    long, askew = {}, {}
    for number in range(open_slides(page, file)):
        page.evaluate(SHOW, number)
        name, count = page.evaluate("Reveal.getCurrentSlide().id"), page.evaluate(WORDS)
        long |= {name: count} if count > 100 and name not in TABLES else {}
        askew |= {name: found} if (found := page.evaluate(ASKEW)) else {}
    assert long == {} and askew == {}


def test_nothing_leads_out_of_the_file(shown):
    """A deck is carried about alone: what it links to is not there."""
    page, file, _, _ = shown
    open_slides(page, file)
    assert page.evaluate(LEADING_OUT) == []


def test_every_control_changes_its_figure(shown):
    page, file, _, _ = shown
    moved = 0
    for number in range(open_slides(page, file)):
        page.evaluate(SHOW, number)
        for panel in page.locator("section.present .ssl-panel").all():
            if not panel.is_visible():
                continue
            figure = panel.locator("img")
            for control in panel.locator("input[type=range]").all():
                before = figure.get_attribute("src"), figure.get_attribute("alt")
                value, most = int(control.input_value()), int(control.get_attribute("max"))
                control.focus()
                page.keyboard.press("ArrowRight" if value < most else "ArrowLeft")
                assert int(control.input_value()) != value
                after = figure.get_attribute("src"), figure.get_attribute("alt")
                assert after[0] != before[0] and after[1] != before[1], f"slide {number + 1}: a slider changed nothing"
                moved += 1
            for button in panel.locator("button").all():
                if button.get_attribute("aria-pressed") == "true":
                    continue
                before = figure.get_attribute("src")
                button.focus()
                page.keyboard.press("Enter")
                assert button.get_attribute("aria-pressed") == "true"
                assert figure.get_attribute("src") != before, f"slide {number + 1}: {button.inner_text()} changed nothing"
                moved += 1
            page.keyboard.press("Escape")
            here = page.evaluate("Reveal.getSlides().indexOf(Reveal.getCurrentSlide())")
            assert here == number, "a key that was meant for a control turned the page"
            assert not page.evaluate("Reveal.isOverview()")
    assert moved >= 1, "a lecture has a control that moves"


def test_nothing_is_seriously_wrong_for_those_who_see_or_hear_little(shown):
    """On the title and on each slide with a control: the others are made of the same parts."""
    page, file, _, _ = shown
    for number in range(open_slides(page, file)):
        page.evaluate(SHOW, number)
        if number == 0 or page.locator("section.present .ssl-controls").count():
            assert axe.findings(page, "section.present .frame") == [], f"slide {number + 1}"


def test_the_keyboard_alone_is_enough(shown):
    page, file, _, _ = shown
    last = open_slides(page, file) - 1
    pressed = 0
    while page.evaluate("!Reveal.isLastSlide() || Reveal.availableFragments().next"):
        page.keyboard.press("ArrowRight")
        pressed += 1
        assert pressed < 40 * (last + 1), "the arrow key never reaches the end"
    page.keyboard.press("Home")
    assert page.evaluate("Reveal.isFirstSlide()")
    page.keyboard.press("o")
    assert page.evaluate("Reveal.isOverview()")
    page.screenshot(path=SCREENSHOTS / f"slides-{file.stem[:2]}-overview.png")
    page.keyboard.press("o")
    assert not page.evaluate("Reveal.isOverview()")


def test_a_clicker_turns_the_page_from_within_a_control(shown):
    page, file, _, _ = shown
    open_slides(page, file)
    first = page.evaluate("Reveal.getSlides().findIndex((slide) => slide.querySelector('.ssl-controls'))")
    page.evaluate(SHOW, first)
    page.locator("section.present .ssl-panel").locator("input, button").first.focus()
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getSlides().indexOf(Reveal.getCurrentSlide())") == first + 1


def test_the_notes_open_in_a_window_of_their_own(shown):
    """On a small laptop, too: there the question is in sight on every slide that has one."""
    page, file, _, _ = shown
    slides = open_slides(page, file)
    with page.expect_popup() as opened:
        page.keyboard.press("s")
    notes = opened.value
    notes.set_viewport_size({"width": 1366, "height": 768})
    value = notes.locator(".speaker-controls-notes .value")
    value.get_by_text("Minutes:").wait_for(timeout=20_000)
    assert "Say:" in value.inner_text()
    notes.screenshot(path=SCREENSHOTS / f"slides-{file.stem[:2]}-notes.png")
    words, hidden = "document.querySelector('.speaker-controls-notes .value').innerText", []
    for number in range(1, slides):
        before = value.inner_text()
        page.evaluate(SHOW, number)
        notes.wait_for_function(f"before => {words} !== before", arg=before)
        if notes.evaluate(ASKED_AT) > 768:
            hidden.append(number + 1)
    notes.close()
    assert hidden == []


def test_printing_gives_a_page_a_slide(shown):
    page, file, _, _ = shown
    slides = open_slides(page, file)
    open_slides(page, file, "?print-pdf")
    page.wait_for_selector(".pdf-page")
    page.wait_for_timeout(500)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == slides == page.locator(".pdf-page").count()


def test_plain_printing_gives_a_page_a_slide_too(shown):
    """By the browser's own command, without ?print-pdf: pages of a slide's size, and the columns beside each other."""
    page, file, _, _ = shown
    slides = open_slides(page, file)
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == slides
    assert {tuple(map(round, map(float, box.split()))) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", pdf)} == {
        (0, 0, 960, 540)}
    page.emulate_media(media="print")
    wrong = page.evaluate("""() => [...document.querySelectorAll(".slides section:not(.stack)")].filter((slide) => {
      const sides = [...slide.querySelectorAll(".column")].map((e) => e.getBoundingClientRect());
      const footer = slide.querySelector("footer").getBoundingClientRect(), box = slide.getBoundingClientRect();
      return (sides.length === 2 && sides[0].right > sides[1].left) || footer.bottom > box.bottom + 1 || box.height !== 720;
    }).map((slide) => slide.id)""")
    page.emulate_media(media="screen")
    assert wrong == []


def test_nothing_else_was_asked_for(shown):
    _, _, refused, failures = shown  # by the tests above, which opened every slide, the notes and the print
    assert refused == [] and failures == []
