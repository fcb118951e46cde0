"""A lecture's last slide: licence, credits, version, and the course's address as a QR code that says just that."""

from __future__ import annotations

import subprocess

import pytest

from sslcourse import __version__
from sslcourse.slides import closing
from sslcourse.slides.last_slide import address


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A clone whose origin a test may name."""
    (tmp_path / "datasets" / "cards").mkdir(parents=True)
    (tmp_path / "datasets" / "cards" / "mnist.md").write_text("# M\n\n**Cite.** LeCun. *A\ntitle*.\n\n**Here.** x\n", "utf-8")
    monkeypatch.setattr("sslcourse.slides.last_slide.labs.root", lambda: tmp_path)
    monkeypatch.delenv("SSLCOURSE_ADDRESS", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    return tmp_path


@pytest.mark.parametrize("origin, said", [
    ("https://git.example/a/course.git", "https://git.example/a/course"),
    ("git@git.example:a/course.git", "https://git.example/a/course"),
    ("ssh://git@git.example/a/course", "https://git.example/a/course"),
    ("https://ada:secret@git.example:8443/a/course", "https://git.example:8443/a/course"),
    ("../course.git", ""),
])
def test_the_address_is_where_it_was_cloned_from(course, origin, said):
    subprocess.run(["git", "-C", str(course), "remote", "add", "origin", origin], check=True)
    assert address() == said


def test_an_instructor_may_name_another(course, monkeypatch):
    assert address() == ""
    monkeypatch.setenv("SSLCOURSE_ADDRESS", "https://course.example/")
    assert address() == "https://course.example"


def test_the_slide_has_licence_credit_version_and_code(course, monkeypatch, capsys):
    pages = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: pages.append(data))
    closing("mnist")
    assert "QR code" not in pages[0]["text/html"], "no address, no code"
    monkeypatch.setenv("SSLCOURSE_ADDRESS", "https://course.example/a")
    closing("mnist")
    page = pages[1]["text/html"]
    for wanted in ("CC BY 4.0", "MIT", "Zaigrajew", "LeCun. <i>A title</i>.", __version__, "QR code of https://course.example/a"):
        assert wanted in page
    with pytest.raises(ValueError, match="datasets: got 'nope'"):
        closing("nope")
