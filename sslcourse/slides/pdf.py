"""Slides as PDF: an installed Chromium or Chrome prints them, driven through a pipe (its DevTools protocol), offline.

Printing by its command line alone sometimes gave an empty page: it does not wait until reveal.js has laid the slides out.
Here the page itself is asked whether it is ready.
"""

from __future__ import annotations

import base64
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from .. import expect

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
MAC = ("/Applications/Chromium.app/Contents/MacOS/Chromium",
       "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
FLAGS = ("--headless", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
         "--disable-sync", "--remote-debugging-pipe")
INCH = 96                   # CSS pixels
WIDTH, HEIGHT = 1280, 720   # of a slide
# A browser hears on file 3 and speaks on file 4, whatever numbers our two pipes have: first out of the way, then there.
PLUMBING = """
import fcntl, os, sys
hears, says = (fcntl.fcntl(int(number), fcntl.F_DUPFD, 10) for number in sys.argv[1:3])
os.dup2(hears, 3), os.dup2(says, 4)
os.execv(sys.argv[3], sys.argv[3:])
"""
READY = ("Boolean(window.Reveal && Reveal.isReady() && document.fonts.status === 'loaded'"
         " && document.querySelector('.pdf-page'))")


def browser() -> str:
    """The program that prints: SSLCOURSE_CHROMIUM, or the first that is found; FileNotFoundError, saying what to do."""
    chosen = os.environ.get("SSLCOURSE_CHROMIUM")
    found = next(filter(None, map(shutil.which, [chosen] if chosen else [*NAMES, *MAC])), None)
    if found is None or os.name == "nt":
        raise FileNotFoundError(
            "No Chromium or Chrome was found that could be driven from here" + (f" ({chosen})" if chosen else "") + ". Open "
            "the lecture's HTML file in a browser, put ?print-pdf behind its name, and print it.")
    return found


def pdf(page: Path, out: Path, *, notes: bool = False, seconds: float = 120) -> Path:
    """Print the slides in the file `page` to `out`, a slide a page; with `notes`, what the speaker says on a page after each.

    Raises FileNotFoundError without a browser, TimeoutError where it does not answer in `seconds`.
    """
    expect.positive(seconds, "seconds")
    address = page.resolve().as_uri() + "?print-pdf" + ("&showNotes=separate-page" if notes else "")
    with _Browser(browser(), seconds) as session:
        session.call("Page.enable")
        session.call("Page.navigate", url=address)
        while not session.call("Runtime.evaluate", expression=READY)["result"].get("value"):
            session.rest()
        session.call("Runtime.evaluate", expression="new Promise(requestAnimationFrame)", awaitPromise=True)
        printed = session.call("Page.printToPDF", printBackground=True, preferCSSPageSize=True,
                               paperWidth=WIDTH / INCH, paperHeight=HEIGHT / INCH)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(base64.b64decode(printed["data"]))
    return out


class _Browser:
    """A headless browser with one empty page, spoken to in JSON over two pipes; each message ends with a zero byte."""

    def __init__(self, program: str, seconds: float):
        self.program, self.until, self.count, self.session = program, time.monotonic() + seconds, 0, {}

    def __enter__(self) -> _Browser:
        self.profile = tempfile.TemporaryDirectory(prefix="sslcourse-print-", ignore_cleanup_errors=True)
        (hears, self.to), (self.out_of, says) = os.pipe(), os.pipe()
        root = ["--no-sandbox"] * (os.geteuid() == 0)       # Chromium refuses to start a sandbox as root
        words = [self.program, *FLAGS, *root, f"--user-data-dir={self.profile.name}", "about:blank"]
        self.process = subprocess.Popen([sys.executable, "-c", PLUMBING, str(hears), str(says), *words],
                                        pass_fds=(hears, says), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(hears), os.close(says)
        os.set_blocking(self.out_of, False)
        self.messages = self._messages()
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = {"sessionId": self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]}
        return self

    def __exit__(self, *_) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()
        os.close(self.to), os.close(self.out_of)
        self.profile.cleanup()

    def call(self, method: str, **params: object) -> dict:
        """Ask, and wait for the answer."""
        self.count += 1
        message = {"id": self.count, "method": method, "params": params, **self.session}
        try:
            os.write(self.to, json.dumps(message).encode() + b"\0")
        except BrokenPipeError:
            raise TimeoutError(f"{self.program} ended before it had printed the slides") from None
        answer = next(said for said in self.messages if said.get("id") == self.count)
        if "error" in answer:
            raise RuntimeError(f"{self.program}: {method}: {answer['error'].get('message')}")
        return answer["result"]

    def rest(self) -> None:
        """A moment's wait; TimeoutError when there has been enough of it."""
        if time.monotonic() > self.until or self.process.poll() is not None:
            raise TimeoutError(f"{self.program} did not print the slides in time")
        time.sleep(0.05)

    def _messages(self) -> Iterator[dict]:
        buffer = b""
        while True:
            try:
                read = os.read(self.out_of, 1 << 20)
            except BlockingIOError:
                self.rest()
                continue
            if not read:
                raise TimeoutError(f"{self.program} ended before it had printed the slides")
            *whole, buffer = (buffer + read).split(b"\0")
            yield from map(json.loads, whole)
