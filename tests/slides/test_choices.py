"""What a presenter may choose: a shorter lecture, a few slides, a footer, another language, a PDF."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

from sslcourse import runtime
from sslcourse.commands import slides as command
from sslcourse.slides import deck, export, page, pdf
from tests.slides.test_slides import cell

ROOT = Path(__file__).resolve().parents[2]


def lecture(**metadata):
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(metadata={"kernelspec": kernel, **metadata}, cells=[
        cell("title", "# A lecture", "slide", ("title",)),
        cell("maps", "## Three maps", "slide", ("cut",)),
        cell("number", "x = 42", "", ("left",), code=True),
        cell("maps-notes", "**Minutes:** 4", "notes"),
        cell("views", "## Views", "slide"),
        cell("words", "Needed."), cell("aside", "An aside.", "", ("cut",)),
        cell("uses", "print(x)", "", (), code=True),
    ])


def test_short_leaves_out_what_is_tagged():
    whole, short = deck.slides_of(lecture()), deck.slides_of(lecture(), short=True)
    assert [slide.id for slide in whole] == ["title", "maps", "views"]
    assert [slide.id for slide in short] == ["title", "views"]
    assert [c.id for c in short[1].cells] == ["views", "words", "uses"] and short[1].notes == []
    assert [c.id for c in whole[2].cells] == ["views", "words", "aside", "uses"]


@pytest.mark.parametrize(("names", "found"), [
    ([], ["title", "maps", "views"]), (["MAPS"], ["maps"]), (["vie", "title"], ["title", "views"]), (["no such"], []),
])
def test_only_some(names, found):
    assert [slide.id for slide in deck.only(deck.slides_of(lecture()), names)] == found


def test_a_footer_and_a_language():
    text = page.page("L", deck.slides_of(lecture()), footer="A. Lovelace <London>", language="de")
    assert text.count('<span class="credit">A. Lovelace &lt;London&gt;</span>') == 3 and '<html lang="de">' in text
    plain = page.page("L", deck.slides_of(lecture()))
    assert page.SOURCE in plain and '<html lang="en-GB">' in plain


@pytest.fixture
def course(tmp_path, monkeypatch):
    (tmp_path / "lectures").mkdir()
    for number in ("01", "02"):
        nbformat.write(lecture(sslcourse={"language": "fr"}), tmp_path / "lectures" / f"{number}_one.ipynb")
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path)
    return tmp_path


def test_the_command_passes_the_choices_on(course, monkeypatch, capsys):
    made = []

    def written(path, folder, **choices):
        made.append((path.stem, choices))
        (folder / "x.html").write_text("", encoding="utf-8")
        return folder / "x.html"

    monkeypatch.setattr(command, "export", written)
    assert command.main(["1", "--out", str(course), "--short", "--footer", "me", "--only", "views"]) == 0
    assert made == [("01_one", {"short": True, "names": ["views"], "footer": "me"})]
    assert command.main(["--out", str(course), "--short", "--only", "maps"]) == 2, "what is cut cannot be chosen"
    assert "--only: got 'maps'" in capsys.readouterr().err


@pytest.mark.slow
def test_a_cut_cell_runs_all_the_same(course):
    """The cell that prints x needs the one that was cut with its slide."""
    out = export.export(course / "lectures" / "01_one.ipynb", course / "out", short=True)
    text = out.read_text(encoding="utf-8")
    assert "42" in text and "Three maps" not in text and '<html lang="fr">' in text


def test_without_a_browser_it_says_what_to_do(monkeypatch, capsys, course):
    monkeypatch.setenv("SSLCOURSE_CHROMIUM", "no-such-browser")
    assert command.main(["01", "--pdf"]) == 2
    assert "?print-pdf" in capsys.readouterr().err


def test_every_lecture_can_be_cut_and_stays_a_lecture():
    for path in export.lectures():
        notebook = nbformat.read(path, as_version=4)
        whole, short = deck.slides_of(notebook), deck.slides_of(notebook, short=True)
        assert 0.5 * len(whole) <= len(short) < len(whole), f"{path.stem}: tag `cut` what its notes say may be cut"
        left = sum(map(deck.minutes, short))
        assert left <= 45, f"{path.stem}: {left:g} minutes are left; 45 fit into half a session"


@pytest.mark.browser
@pytest.mark.skipif(not any(map(shutil.which, pdf.NAMES)), reason="no Chromium on this machine, so nothing was printed")
def test_a_pdf_has_a_page_for_each_slide(tmp_path):
    slides = deck.slides_of(lecture())
    file = tmp_path / "slides.html"
    file.write_text(page.page("A lecture", slides), encoding="utf-8")
    printed = [pdf.pdf(file, tmp_path / "a.pdf"), pdf.pdf(file, tmp_path / "b.pdf", notes=True)]
    pages = [out.read_bytes().count(b"/Type /Page\n") for out in printed]
    assert pages == [3, 4], "three slides, one of which has notes"


@pytest.mark.browser
def test_a_browser_that_says_nothing_is_given_up(tmp_path, monkeypatch):
    silent = tmp_path / "silent"
    silent.write_text("#!/bin/sh\nsleep 60\n", encoding="utf-8")
    silent.chmod(0o755)
    monkeypatch.setenv("SSLCOURSE_CHROMIUM", str(silent))
    with pytest.raises(TimeoutError, match="in time"):
        pdf.pdf(tmp_path / "x.html", tmp_path / "x.pdf", seconds=0.5)
