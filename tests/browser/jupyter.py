"""JupyterLab as a student has it: started by the course's own command, driven in a headless Chromium."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, sync_playwright

from sslcourse import runtime

ROOT = Path(__file__).parent.parent.parent
SCREENSHOTS = ROOT / "tests" / "screenshots"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--no-first-run", "--disable-quic",
)
LOCAL = {"localhost", "127.0.0.1", "::1"}
RAISED = re.compile(r"Traceback \(most recent call last\)|^\w*(Error|Exception|Interrupt): ", re.MULTILINE)


@contextlib.contextmanager
def browser_page(width: int = 1280, height: int = 900) -> Iterator[Page]:
    """A page in a fresh headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser.new_page(viewport={"width": width, "height": height})
        finally:
            browser.close()


def copy_of_the_course(folder: Path) -> Path:
    """What a student would clone, without downloads: JupyterLab saves as it goes, and must not save into this checkout."""
    for part in ("labs", "lectures", "sslcourse", "datasets"):
        left_out = shutil.ignore_patterns("cache", "__pycache__", ".ipynb_checkpoints")
        shutil.copytree(ROOT / part, folder / part, ignore=left_out)
    return folder


@contextlib.contextmanager
def course_server(lab: str, home: Path, seconds: float = 120) -> Iterator[str]:
    """``python -m sslcourse lab`` in a copy of the course under `home`, and the address that it prints."""
    course = copy_of_the_course(home / "course")
    settings = home / "jupyter" / "lab" / "user-settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Every cell stays in the page, in view or not, so that a test can find it.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ, "SSLCOURSE_HOME": str(home), "SSLCOURSE_DATA": str(runtime.data_folder()), "PYTHONPATH": str(course),
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"), "PYTHONUNBUFFERED": "1",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "sslcourse", "lab", lab, "--no-browser", "--port", str(port)], cwd=course, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    )
    said: list[str] = []
    address = threading.Event()

    def listen() -> None:
        for line in process.stdout:
            said.append(line)
            if re.search(r"http://\S+token=\w+", line):
                address.set()

    threading.Thread(target=listen, daemon=True).start()
    try:
        assert address.wait(seconds), f"no address after {seconds} s; the command said:\n{''.join(said)}"
        yield re.search(r"http://\S+token=\w+", "".join(said)).group()
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)


class Lab:
    """One notebook, open in JupyterLab."""

    def __init__(self, page: Page, address: str):
        self.page = page
        self.strangers: list[str] = []  # requests to anywhere but this machine
        page.on("request", self._note)
        page.goto(address)
        page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=120_000)
        page.get_by_text("Python 3 (ipykernel) | Idle").first.wait_for(timeout=120_000)

    def _note(self, request) -> None:
        url = urlsplit(request.url)
        if url.scheme not in ("data", "blob") and url.hostname not in LOCAL:
            self.strangers.append(request.url)

    def run_all(self, seconds: float) -> None:
        """Run ▸ Restart Kernel and Run All Cells…, and wait until every code cell has run or one has failed.

        A folded cell shows no number, so the kernel has to be idle as well; where all are folded, to have been busy before
        and idle for a while, since it is idle for a moment between two cells.
        """
        self.page.locator(".lm-MenuBar-itemLabel", has_text=re.compile("^Run$")).click()
        self.page.locator(".lm-Menu-itemLabel", has_text="Restart Kernel and Run All Cells").click()
        self.page.locator(".jp-Dialog .jp-mod-accept").click()
        until, begun, calm = time.monotonic() + seconds, False, 0
        while time.monotonic() < until:
            prompts = self.page.locator(".jp-CodeCell .jp-InputPrompt:not(.jp-Placeholder-prompt)").all_inner_texts()
            done = all(re.fullmatch(r"\[\d+\]:", prompt.strip()) for prompt in prompts)
            waiting = any(prompt.strip() == "[*]:" for prompt in prompts)
            idle, busy = (self.page.get_by_text(f"Python 3 (ipykernel) | {state}").count() for state in ("Idle", "Busy"))
            begun, calm = begun or waiting or bool(busy), calm + 1 if idle else 0
            if self.errors() or prompts and done and calm > 2:  # a moment between two folded cells looks like the end
                return
            if begun and not waiting and calm > 4:
                if done:  # all of them are folded
                    return
                raise AssertionError(f"the run stopped before its end: {prompts}")  # one has stopped those after it
            self.page.wait_for_timeout(500)
        raise AssertionError(f"not every cell had run after {seconds} s: {prompts}")

    def errors(self) -> list[str]:
        """What the cells that failed have printed.

        JupyterLab shows an error just as it shows what was written to stderr, so it is known by its words.
        """
        said = self.page.locator('.jp-OutputArea-output[data-mime-type$="stderr"]').all_inner_texts()
        return [text for text in said if RAISED.search(text)]

    def cell(self, text: str) -> Locator:
        """The one code cell whose source has `text` in it."""
        editor = self.page.locator(".cm-content", has_text=text)
        return self.page.locator(".jp-CodeCell").filter(has=editor).first

    def write_and_run(self, cell: Locator, source: str) -> None:
        """Replace the cell's text as a student would, and run it."""
        cell.scroll_into_view_if_needed()
        prompt = cell.locator(".jp-InputPrompt").inner_text()
        cell.locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(source)
        self.page.keyboard.press("ControlOrMeta+Enter")
        until = time.monotonic() + 60
        while time.monotonic() < until:
            now = cell.locator(".jp-InputPrompt").inner_text()
            if now != prompt and re.fullmatch(r"\[\d+\]:", now.strip()):
                return
            self.page.wait_for_timeout(100)
        raise AssertionError("the cell did not finish within a minute")

    def screenshot(self, name: str, what: Locator | None = None) -> Path:
        """A picture for a person to look at, under tests/screenshots (ignored by git)."""
        SCREENSHOTS.mkdir(exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        (what or self.page).screenshot(path=path)
        return path
