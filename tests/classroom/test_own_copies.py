"""my-labs/: made once, followed, updated; the course's own files are never written to."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest

from sslcourse import exercises, runtime
from sslcourse.classroom import own_copies
from sslcourse.commands import lab, lecture, update
from tests.classroom.books import TEXT, book, sources
from tests.classroom.test_merging import ANSWER, BASE, NEW_STUB

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course of one lab and one lecture."""
    for folder in ("labs", "lectures"):
        (tmp_path / folder).mkdir()
        nbformat.write(book(BASE, data=[], minutes=9), tmp_path / folder / "01_one.ipynb")
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path)
    return tmp_path


@pytest.fixture
def opens(monkeypatch):
    """What JupyterLab would have been started with."""
    started = []
    monkeypatch.setattr(lab, "start", lambda notebook, **how: started.append(notebook) or 0)
    return started


def edit(path: Path, cells: dict[str, str]) -> None:
    """What a student does in JupyterLab, and saves."""
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(cell.id, cell.source)
    nbformat.write(notebook, path)


def test_a_lab_and_a_lecture_open_as_copies(course, opens, capsys):
    before = {path: path.read_bytes() for path in course.glob("l*/*.ipynb")}
    assert lab.main([]) == 0 and lecture.main(["1"]) == 0
    assert opens == [course / "my-labs" / "01_one.ipynb", course / "my-lectures" / "01_one.ipynb"]
    assert all(mine.read_bytes() == before[course / folder / "01_one.ipynb"]
               for mine, folder in zip(opens, ("labs", "lectures")))
    assert "my-labs/01_one.ipynb" in capsys.readouterr().out
    edit(opens[0], {"ex": ANSWER})
    assert lab.main([]) == 0
    assert sources(nbformat.read(opens[2], as_version=4))["ex"] == ANSWER, "opened again, and the answer is gone"
    assert {path: path.read_bytes() for path in course.glob("l*/*.ipynb")} == before


def test_a_copy_that_nobody_wrote_into_follows_the_course(course, opens):
    lab.main([])
    nbformat.write(book(BASE | {"head": TEXT + "# News"}), course / "labs" / "01_one.ipynb")
    lab.main([])
    assert sources(nbformat.read(opens[1], as_version=4))["head"] == "# News"


def test_the_others_are_told_of_news_and_update_brings_them(course, opens, capsys):
    lab.main([])
    edit(opens[0], {"ex": ANSWER})
    nbformat.write(book(BASE | {"head": TEXT + "# News", "ex": NEW_STUB}), course / "labs" / "01_one.ipynb")
    capsys.readouterr()
    lab.main([])
    assert "python -m sslcourse update 01" in capsys.readouterr().out
    mine = opens[0].read_bytes()
    assert update.main([]) == 0
    said = capsys.readouterr().out
    assert "your answers to double" in said
    texts = sources(nbformat.read(opens[0], as_version=4))
    assert texts["head"] == "# News" and "TWO * x" in texts["ex"] and "entry by entry" in texts["ex"]
    (backup,) = (course / "my-labs" / ".backup").iterdir()
    assert backup.read_bytes() == mine
    assert update.main(["1"]) == 0 and "up to date" in capsys.readouterr().out


def test_names_that_make_no_sense_and_a_broken_notebook(course, opens, capsys):
    assert update.main([]) == 0 and "nothing to update" in capsys.readouterr().out
    lab.main([])
    assert update.main(["07"]) == 2 and "01_one" in capsys.readouterr().err
    assert lecture.main(["9"]) == 2
    opens[0].write_text("not a notebook", encoding="utf-8")
    (course / "labs" / "01_one.ipynb").write_text(nbformat.writes(book(BASE | {"head": TEXT + "# N"})), encoding="utf-8")
    assert update.main([]) == 1 and "left as it was" in capsys.readouterr().err
    assert opens[0].read_text(encoding="utf-8") == "not a notebook"
    assert lab.main([]) == 0 and "is no notebook" in capsys.readouterr().out


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false", "-c", "core.autocrlf=false"]
    return subprocess.run(["git", *name, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


@pytest.mark.skipif(shutil.which("git") is None, reason="no git here")
def test_git_pull_meets_no_change_and_an_old_notebook_is_told_from_an_answer(course, opens, tmp_path_factory):
    """A student's clone, worked in, then a pull; and a copy made before the course kept what it was made from."""
    shutil.copy(ROOT / ".gitignore", course / ".gitignore")
    git(course, "init", "-q", "-b", "main")
    git(course, "add", "."), git(course, "commit", "-qm", "first")
    lab.main([]), lecture.main([])
    edit(opens[0], {"ex": ANSWER, "train": "print(double(1000))"})
    assert git(course, "status", "--porcelain") == "", "what a student did is seen by git: a pull would stop"
    author = tmp_path_factory.mktemp("author") / "course"
    git(course.parent, "clone", "-q", str(course), str(author))
    nbformat.write(book(BASE | {"head": TEXT + "# Another lab altogether", "ex": NEW_STUB}), author / "labs" / "01_one.ipynb")
    git(author, "commit", "-qam", "second")
    git(course, "pull", "-q", "--ff-only", str(author), "main")
    shutil.rmtree(course / "my-labs" / ".course")
    assert update.main([]) == 0
    texts = sources(nbformat.read(opens[0], as_version=4))
    assert texts["head"] == "# Another lab altogether"
    assert "TWO * x" in texts["ex"] and texts["train"] == "print(double(1000))"


@pytest.mark.slow
def test_a_real_lab_in_an_older_version_still_runs(tmp_path, monkeypatch):
    """Lab 10 as somebody had it before: no ids, another heading, one exercise answered, a cell added. Its answers are run."""
    original = ROOT / "labs" / "10_simclr.ipynb"
    (tmp_path / "labs").mkdir(), (tmp_path / "my-labs").mkdir()
    shutil.copy(original, tmp_path / "labs")
    old = json.loads(original.read_text(encoding="utf-8"))
    for cell in old["cells"]:
        name, text = cell.pop("id"), "".join(cell["source"])
        if name == "header":
            text = text.replace("find your other half", "a first draft")
        if name == "exercise-nt-xent-logits":
            text = text.replace("    ...  # torch.cat", "    n = len(z0)\n    z = F.normalize(torch.cat([z0, z1]), dim=1)\n"
                                "    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)\n"
                                "    return logits, torch.arange(2 * n, device=z0.device).roll(n)\n    # torch.cat")
        cell["source"] = text
    old["cells"].insert(5, {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "own = 1"})
    old["nbformat_minor"] = 4
    mine = tmp_path / "my-labs" / original.name
    mine.write_text(json.dumps(old), encoding="utf-8")
    done, _ = own_copies.update(tmp_path / "labs" / original.name)
    assert done.answers == ["nt_xent_logits"]
    notebook = nbformat.read(mine, as_version=4)
    nbformat.validate(notebook)
    course = nbformat.read(original, as_version=4)
    assert [cell.id for cell in notebook.cells if cell.source != "own = 1"] == [cell.id for cell in course.cells]
    assert "find your other half" in notebook.cells[0].source
    first = ("setup", "exercise-nt-xent-logits", "exercise-nt-xent", "hunt-nt-xent", "exercise-uniformity")
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    names: dict = {}
    for cell in notebook.cells:
        if cell.id in first or cell.source == "own = 1":
            exec(compile(cell.source, f"{cell.id}.py", "exec"), names)
    assert names["own"] == 1
    assert names["nt_xent_logits"] is not exercises.nt_xent_logits.reference, "the old answer does not pass any more"
