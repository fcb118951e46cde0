"""The static site: built without a warning, whole, asking nobody else for anything, and readable by everybody."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from sslcourse import labs, results

pytestmark = pytest.mark.site

ROOT = Path(__file__).resolve().parents[2]
FETCHED = {"src", "srcset", "poster", "data", "action"}  # attributes that a browser follows by itself; and a <link>'s href
LOOKED_AT = ("index", "start", "numbers", "teaching", "lectures", "labs/01_pca_tsne_umap", "package/losses", "search")


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    pytest.importorskip("myst_nb", reason="make test-site brings what builds the site")
    out = tmp_path_factory.mktemp("site") / "html"
    done = subprocess.run([sys.executable, "-m", "website", "--out", str(out)], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "WARNING" not in done.stderr
    return out


class Fetches(HTMLParser):
    """The addresses that a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in FETCHED or (tag == "link" and name == "href"):
                self.found.append(value or "")


def fetched(text: str) -> list[str]:
    page = Fetches()
    page.feed(text)
    return page.found + re.findall(r"url\(['\"]?([^'\")]+)", text) + re.findall(r"@import\s+['\"]([^'\"]+)", text)


def outside(addresses: list[str]) -> list[str]:
    return [address for address in addresses if re.match(r"(?:[a-z]+:)?//", address.strip())]


def test_an_address_elsewhere_would_be_seen():
    page = "<script src='https://cdn.example/x.js'></script><link href=//fonts.example/a.css><a href='https://read.example'>"
    assert outside(fetched(page)) == ["https://cdn.example/x.js", "//fonts.example/a.css"]
    assert outside(fetched("a { background: url(https://pictures.example/b.png) }")) == ["https://pictures.example/b.png"]


def test_no_page_names_a_file_elsewhere(site):
    read = [path for path in site.rglob("*") if path.suffix in (".html", ".css")]
    assert len([path for path in read if path.suffix == ".html"]) > len(labs.names())
    wrong = {path.relative_to(site).as_posix(): found for path in read
             if (found := outside(fetched(path.read_text(encoding="utf-8"))))}
    assert wrong == {}


def test_every_lab_has_its_page_and_every_claim_its_line(site):
    for lab in labs.names():
        page = (site / "labs" / f"{lab}.html").read_text(encoding="utf-8")
        assert str(labs.header(labs.notebook(lab))["title"]).split(":")[0] in page
        assert "Traceback" not in page
    numbers = (site / "numbers.html").read_text(encoding="utf-8")
    assert numbers.count("<tr") > len(results.CLAIMS)
    assert "slide “Transfer learning”" in numbers


def test_the_package_is_told_in_its_own_words(site):
    page = (site / "package" / "losses.html").read_text(encoding="utf-8")
    assert 'id="sslcourse.losses.nt_xent"' in page
    assert "two views of the same images" in page and "nt_xent_logits(z, z, temperature=" in re.sub("<[^>]+>", "", page)


def test_it_is_read_and_searched_from_the_disk(site):
    """In the light and in the dark axe finds nothing serious, nothing is fetched from elsewhere, no script fails."""
    pytest.importorskip("playwright")
    from tests.browser import axe
    from tests.browser.jupyter import CHROMIUM, browser_page

    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    serious, asked, failed = [], [], []
    with browser_page(1280, 900) as page:
        page.context.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: failed.append(str(error)))
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            for name in LOOKED_AT:
                page.goto((site / f"{name}.html").as_uri())
                serious += [f"{name}, {scheme}: {each}" for each in axe.findings(page, "body")]
        page.goto((site / "search.html").as_uri() + "?q=nt_xent")
        page.get_by_text("sslcourse.losses.nt_xent", exact=False).first.wait_for(timeout=10_000)
    assert serious == []
    assert failed == []
    assert [address for address in asked if not address.startswith(("file:", "data:", "about:"))] == []
