"""How a lab's controls feel: each is moved in JupyterLab, in a real Chromium, and the new figure is waited for.

    python -m tests.tools.controls 01 07                a line a lab: milliseconds, size of the outputs, errors after F5
    python -m tests.tools.controls 07 --share 1         trained in full, and not in rehearsal
    python -m tests.tools.controls 07 --keep FOLDER     the executed notebook and a picture of each panel stay there
    python -m tests.tools.controls 07 --from FOLDER     the executed notebook is taken from there, and nothing is run

From the key or the click until the figure is decoded and the browser draws it, at most once in 16.7 ms. A panel's figures
travel with the page; where there are too many of them the kernel draws, and those controls are counted apart.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as Late

from tests.browser.jupyter import ROOT, Lab, browser_page, course_server
from tests.browser.small import save

SHARE = "0.01"
RUN_ALL = 1500       # seconds
STEPS = 12           # of a slider: its first so many positions
PANELS = {"page": ".ssl-panel", "kernel": ".widget-vbox:has(> .widget-html img)"}
LISTEN = """() => {
  window.began = null;
  window.taken = [];
  const begin = () => { window.began ??= performance.now(); };
  for (const kind of ["keydown", "pointerdown", "change"]) document.addEventListener(kind, begin, true);
  const done = async (image) => {
    const start = window.began;
    if (start === null) return;
    window.began = null;
    try { await image.decode(); } catch { /* another one came at once */ }
    await new Promise(requestAnimationFrame);
    window.taken.push(performance.now() - start);
  };
  new MutationObserver((changes) => {
    for (const one of changes) {
      const images = one.type === "attributes" ? [one.target] : [...one.addedNodes].flatMap(
        (node) => node.querySelectorAll ? [...node.querySelectorAll("img")] : []);
      if (images.length) done(images[0]);
    }
  }).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["src"] });
}"""
# Every place of the map that the pointer can rest on, on a grid: a step, and the frame after it.
EXPLORE = """async (map) => {
  const taken = [], { left, top, width } = map.getBoundingClientRect();
  for (let y = 0.1; y < 1; y += 0.2) for (let x = 0.1; x < 1; x += 0.2) {
    const start = performance.now();
    map.dispatchEvent(new PointerEvent("pointermove", { clientX: left + x * width, clientY: top + y * width }));
    await new Promise(requestAnimationFrame);
    taken.push(performance.now() - start);
  }
  return taken;
}"""
LOST = """() => [...document.querySelectorAll(".jp-OutputArea-output img")].filter((image) => !image.naturalWidth).length"""
FIGURES = ".jp-OutputArea-output img, .jp-OutputArea-output canvas.map"


@dataclass
class Felt:
    """What was found in one lab: milliseconds by what draws the figure, megabytes of outputs, errors after F5."""

    lab: str
    taken: dict[str, list[float]] = field(default_factory=lambda: {"page": [], "kernel": [], "map": []})
    panels: dict[str, int] = field(default_factory=dict)
    megabytes: float = 0.0
    largest: tuple[str, float] = ("", 0.0)
    errors: int = 0

    def __str__(self) -> str:
        told = []
        for where, taken in self.taken.items():
            if taken:
                middle, most = statistics.median(taken), max(taken)
                told.append(f"{where}: {self.panels[where]} panels, {len(taken)} moves, {middle:.0f} ms (most {most:.0f})")
        size = f"outputs {self.megabytes:.1f} MB (most: {self.largest[0]}, {self.largest[1]:.1f})"
        return f"{self.lab:<32} {'; '.join(told)}; {size}; errors after F5: {self.errors}"


def feel(name: str, share: str, keep: Path | None = None, executed: Path | None = None) -> Felt:
    """Open the lab, run it if it was not `executed`, move everything, save it, and load the page again."""
    (path,) = (ROOT / "labs").glob(f"{name}_*.ipynb")
    felt, home = Felt(path.stem), Path(tempfile.mkdtemp())
    os.environ["SSLCOURSE_REHEARSAL"] = share
    try:
        with course_server(name, home) as address, browser_page() as page:
            written, start = home / "course" / "my-labs" / path.name, time.monotonic()
            if executed:
                trust(shutil.copy(executed / path.name, written))
            lab = Lab(page, address)
            if not executed:
                lab.run_all(RUN_ALL)
            print(f"{path.stem} ran for {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            page.evaluate(LISTEN)
            for where, selector in PANELS.items():
                panels = page.locator(f".jp-OutputArea-output {selector}").all()
                felt.panels[where] = len(panels)
                for number, panel in enumerate(panels, 1):
                    felt.taken[where] += [ms for move in moves(panel) for ms in answered(page, move)]
                    print(f"{where} {number} moved, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
                    if keep:
                        panel.screenshot(path=keep / f"{path.stem}-{where}-{number}.png")
            maps = page.locator("canvas.map").all()
            felt.panels["map"] = len(maps)
            felt.taken["map"] = [ms for one in maps for ms in one.evaluate(EXPLORE)]
            before = page.locator(FIGURES).count()
            save(lab)
            felt.megabytes, felt.largest = sizes(written)
            print(f"saved, {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
            page.reload()
            page.locator(FIGURES).first.wait_for(timeout=120_000)
            page.wait_for_timeout(10_000)
            missing = max(0, before - page.locator(FIGURES).count())
            felt.errors = page.get_by_text("Error displaying").count() + len(lab.errors()) + page.evaluate(LOST) + missing
            if keep:
                shutil.copy(written, keep / path.name)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return felt


def moves(panel: Locator) -> Iterator:
    """What can be done to the controls of a panel, each with keys and clicks as a reader has them."""
    panel.scroll_into_view_if_needed()
    keyboard = panel.page.keyboard
    for slider in panel.get_by_role("slider").all():
        slider.focus()
        keyboard.press("Home")
        panel.page.wait_for_timeout(300)
        many = int(slider.evaluate("one => one.max ? one.max : one.closest('.noUi-target').noUiSlider.options.range.max[0]"))
        for _ in range(min(STEPS, many)):
            yield lambda: keyboard.press("ArrowRight")
    buttons = ".ssl-choice button, .widget-toggle-buttons button, .jupyter-widget-toggle-buttons button"
    for button in panel.locator(buttons).all():
        if button.get_attribute("aria-pressed") != "true" and "mod-active" not in (button.get_attribute("class") or ""):
            yield button.click
    for menu in panel.locator("select").all():
        for place in range(1, menu.locator("option").count()):
            yield lambda menu=menu, place=place: menu.select_option(index=place)


def answered(page: Page, move) -> list[float]:
    """The milliseconds from the move to its figure; none where it changes nothing, as at a slider's end."""
    page.evaluate("() => { window.began = null; window.taken = []; }")
    move()
    try:
        page.wait_for_function("window.taken.length", timeout=60_000)
    except Late:
        return []
    return page.evaluate("window.taken.slice(0, 1)")


def trust(path: Path) -> None:
    """Sign a notebook, so that JupyterLab lets its outputs' scripts run."""
    import nbformat
    from nbformat.sign import NotebookNotary

    NotebookNotary().sign(nbformat.read(path, as_version=4))


def sizes(path: Path) -> tuple[float, tuple[str, float]]:
    """The megabytes of a notebook's outputs, and the cell that has most of them."""
    for _ in range(60):
        with contextlib.suppress(json.JSONDecodeError):  # it is being written
            book = json.loads(path.read_text(encoding="utf-8"))
            break
        time.sleep(1)
    each = {cell["id"]: len(json.dumps(cell["outputs"])) / 1e6 for cell in book["cells"] if cell["cell_type"] == "code"}
    widgets = len(json.dumps(book["metadata"].get("widgets", {}))) / 1e6
    return sum(each.values()) + widgets, max([*each.items(), ("widgets", widgets)], key=lambda item: item[1])


def main(argv: Sequence[str]) -> int:
    """0 if nothing was lost when the page was loaded again, 1 if something was."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.controls")
    parser.add_argument("labs", nargs="*")
    parser.add_argument("--share", default=SHARE)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--from", type=Path, dest="executed")
    options = parser.parse_args(list(argv))
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(124))  # so that the server and its kernels end, too
    every = [path.stem[:2] for path in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb"))]
    errors = 0
    for name in options.labs or every:
        felt = feel(name, options.share, options.keep, options.executed)
        print(felt, flush=True)
        errors += felt.errors
    return 1 if errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
