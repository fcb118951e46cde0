"""axe-core, the checker of web accessibility: fetched by npm, pinned by its SHA-256, run inside a page."""

from __future__ import annotations

import functools
import re
import tarfile
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Page

from sslcourse.data import npm
from sslcourse.data.catalogue import Part, Source
from sslcourse.data.download import sha256_of
from sslcourse.data.errors import SourceFailed

AXE = Part(name="axe-core", version="4.14.1", sha256="e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745",
           bytes=708_405, unpacked=4_000_000)
UNREACHABLE = re.compile(r"ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|E5\d\d|network|received nothing|not installed")
OURS = (".jp-OutputArea", ".jp-RenderedMarkdown")  # in a notebook; the rest is JupyterLab's own
# Only what is serious or critical, each with its place.
RUN = """async (include) => (await axe.run({ include }, { resultTypes: ["violations"] })).violations
  .filter((one) => ["serious", "critical"].includes(one.impact))
  .flatMap((one) => one.nodes.map((node) =>
    `${one.id}: ${node.html.slice(0, 160)} (${node.failureSummary.split("\\n")[1]})`))"""


@functools.cache
def script() -> str:
    """axe-core as one script; the test is skipped, with a word, where npm can't be reached."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            npm.fetch(Source("npm", "", (AXE,)), [AXE], Path(folder), "axe-core")
        except SourceFailed as error:
            if UNREACHABLE.search(str(error)):
                pytest.skip(f"npm could not be reached, so nobody looked at the page with axe-core ({error})")
            raise
        tarball = Path(folder) / AXE.file
        assert sha256_of(tarball) == AXE.sha256, "what npm brought is not the axe-core that was asked for"
        with tarfile.open(tarball) as held:
            return held.extractfile("package/axe.min.js").read().decode()


def findings(page: Page, *where: str) -> list[str]:
    """What is seriously wrong in the parts of `page` that these selectors name."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(content=script())
    return page.evaluate(RUN, [[selector] for selector in where])
