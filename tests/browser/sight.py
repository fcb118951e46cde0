"""What can be seen of a notebook that is open in JupyterLab: its figures, each whole, and nothing cut off."""

from __future__ import annotations

from playwright.sync_api import Page

CUT_OFF = """() => [...document.querySelectorAll(".jp-OutputArea-output, .jp-OutputArea-output *")].filter((one) => {
  const area = one.closest(".jp-OutputArea-output"), box = one.getBoundingClientRect();
  const wider = one === area && one.scrollWidth > one.clientWidth + 1;
  return box.width && (wider || box.right > area.getBoundingClientRect().right + 1);
}).map((one) => one.outerHTML.slice(0, 120))"""


def cut_off(page: Page) -> list[str]:
    """What reaches out of its cell's output to the right."""
    return page.evaluate(CUT_OFF)


def opened(page: Page) -> None:
    """Wait until the notebook is there."""
    page.locator(".ssl-panel > img").first.wait_for(timeout=60_000)
    page.locator(".ssl-explorer canvas.map").last.wait_for(timeout=60_000)


def figures(page: Page) -> list[str]:
    """The texts of the figures in sight, each of them whole; nothing stands in the place of one that is lost."""
    assert page.get_by_text("Error displaying").count() == 0
    found = page.locator(".jp-OutputArea-output img:visible").evaluate_all("all => all.map((i) => [i.alt, i.naturalWidth])")
    assert all(len(text) >= 20 and width for text, width in found), found
    return [text for text, _ in found]
