"""CONTRIBUTING.md speaks of files that are there, and the teacher's table leaves no lab out."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sslcourse import augment, exercises, labs, methods, models

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LAB = max(path.stem for path in (ROOT / "labs").glob("[0-9][0-9]_*.ipynb"))
NUMBERS = [name[:2] for name in labs.names()]
# What a recipe's placeholders may stand for: one of each must be there.
STANDS_FOR = (
    ("FAMILY/NAME", "*/simclr"), ("figures/labNN", "figures/*"), ("labNN/NAME", "lab10/uniformity"), ("labNN", "lab10"),
    ("NN_topic", LAB), ("NAME", "*"),
)


def paths() -> list[str]:
    """The files and folders that are named in the text or in its commands."""
    begins = "sslcourse|tests|labs|lectures|datasets"
    return sorted(set(re.findall(rf"(?<![\w./-])((?:{begins})/[\w./-]*\w/?)", TEXT)))


@pytest.mark.parametrize("path", paths())
def test_a_file_that_it_names_is_there(path):
    for placeholder, real in STANDS_FOR:
        path = path.replace(placeholder, real)
    assert list(ROOT.glob(path.rstrip("/"))), f"CONTRIBUTING.md speaks of {path}, which is not there"


def test_the_files_are_found_in_the_text():
    assert {"sslcourse/methods/FAMILY/NAME.py", "tests/losses/oracles.py", "datasets/cards/NAME.md"} <= set(paths())


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`((?:augment|models|methods\.teacher)\.\w+)`", TEXT))))
def test_a_name_that_it_recommends_is_there(name):
    room, _, thing = name.rpartition(".")
    place = {"augment": augment, "models": models, "methods.teacher": methods.teacher}[room]
    assert hasattr(place, thing), f"CONTRIBUTING.md recommends {name}, which is not there"


def test_every_head_is_recommended_to_somebody():
    heads = {name for name in models.__all__ if name.endswith("Head")}
    assert {name for name in heads if f"`models.{name}`" not in TEXT} == set()


@pytest.mark.parametrize("target", sorted(set(re.findall(r"`make ([a-z-]+)", TEXT))))
def test_a_target_that_it_names_is_there(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)


def test_every_lab_has_a_row_for_instructors():
    page = (ROOT / "website" / "teaching.md").read_text(encoding="utf-8")
    lesson = page[page.index("## In the lesson"):]
    rows = re.findall(r"^\| (\d\d) \|", lesson, re.M)
    assert rows == NUMBERS, "website/teaching.md, “In the lesson”: one row for each lab, in order"


def test_every_lab_has_exercises():
    folder = Path(exercises.__file__).parent
    missing = [number for number in NUMBERS if not (folder / f"lab{number}" / "__init__.py").is_file()]
    assert not missing, f"lab {missing} has no exercises: write sslcourse/exercises/labNN (see “Add an exercise”)"
