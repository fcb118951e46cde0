"""The browser's side of a panel that the kernel draws, on a page without a kernel: pale until the answer is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from sslcourse import widgets
from tests.browser.jupyter import CHROMIUM, browser_page

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)"),
]

SCRIPT = Path(widgets.__file__).with_name("waiting.js").read_text(encoding="utf-8")
PAGE = '<div class="widget-vbox"><div class="widget-html">the figure</div><div id="said"></div></div>'
START = """async (script) => {
  const { default: waiting } = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
  const model = (state) => {
    const heard = {};
    return {
      get: (name) => state[name], on: (event, then) => (heard[event] ??= []).push(then), off: () => {},
      set: (name, value) => { state[name] = value; (heard[`change:${name}`] ?? []).forEach((then) => then()); },
    };
  };
  window.slider = model({ index: 1, value: 5 });
  window.line = model({ value: "Hello" });
  window.waits = model({ controls: ["IPY_MODEL_a", "IPY_MODEL_b"], answered: ["1", "Hello"], shows: "k 5" });
  waits.widget_manager = { get_model: async (id) => ({ a: slider, b: line })[id] };
  await waiting.render({ model: waits, el: document.getElementById("said") });
}"""


def test_pale_until_the_answer_is_there():
    with browser_page() as page:
        page.set_content(PAGE)
        page.evaluate(START, SCRIPT)
        figure, said = page.locator(".widget-html"), page.get_by_role("status")
        expect(figure).to_have_css("opacity", "1")
        for move, answer in (("slider.set('index', 2)", "['2', 'Hello']"), ("line.set('value', 'There')", "['2', 'There']")):
            page.evaluate(move)
            expect(figure).to_have_css("opacity", "0.35")
            expect(said).to_contain_text("The kernel is busy. The figure still shows k 5", timeout=3000)
            page.evaluate(f"waits.set('answered', {answer})")
            expect(figure).to_have_css("opacity", "1")
            expect(said).to_be_empty()
        page.evaluate("slider.set('index', 1); waits.set('answered', ['1', 'There'])")
        page.wait_for_timeout(600)
        expect(said).to_be_empty()  # an answer that comes soon is not spoken of
