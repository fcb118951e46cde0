"""Sheets, handouts and syllabus: every number in an answer is computed, every lab and paper that is named is there."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from sslcourse import labs, results
from sslcourse.slides import deck, export
from tests.lectures.computed import COMPUTED, PAPER

LECTURES = Path(__file__).resolve().parents[2] / "lectures"
NUMBERS = [path.stem[:2] for path in sorted(LECTURES.glob("[0-9][0-9]_*.ipynb"))]
SYLLABUS = (LECTURES / "syllabus.md").read_text(encoding="utf-8")

every_lecture = pytest.mark.parametrize("number", NUMBERS)


def read(path: str) -> str:
    return (LECTURES / path).read_text(encoding="utf-8")


def numbered(text: str) -> list[str]:
    """The items 1., 2., … of a sheet."""
    return re.split(r"^\d\. ", text, flags=re.M)[1:]


@every_lecture
def test_five_questions_and_as_many_answers_apart(number):
    questions, answers = numbered(read(f"sheets/{number}.md")), numbered(read(f"sheets/answers/{number}.md"))
    assert len(questions) == len(answers) == len(COMPUTED[number]) == 5
    assert all("?" in question or "Show" in question or "Compute" in question for question in questions)
    titles = [deck.slides_of(nbformat.read(path, as_version=4))[0].title for path in LECTURES.glob(f"{number}_*.ipynb")]
    assert read(f"sheets/{number}.md").splitlines()[0] == f"# Exercise sheet {number} · {titles[0]}"


@pytest.mark.parametrize(("number", "question"), [(number, i) for number in NUMBERS for i in range(5)])
def test_every_number_in_an_answer_is_computed(number, question):
    answer = numbered(read(f"sheets/answers/{number}.md"))[question]
    assert re.findall(r"\*\*(.+?)\*\*", answer) == COMPUTED[number][question](), COMPUTED[number][question].__name__


def test_the_constants_are_those_of_lecture_07():
    assert PAPER == {name: results.cited_value(f"chinchilla-{name}") for name in PAPER}, "the slides take theirs from there"
    sheet = read("sheets/07.md")
    assert all(f"{value:g}" in sheet for value in PAPER.values())


@every_lecture
def test_a_handout_fits_two_pages_and_has_its_parts(number):
    text = read(f"handouts/{number}.md")
    assert 350 <= len(text.split()) <= 850, "two pages of A4, formulas and all"
    parts = re.findall(r"^## (.+)$", text, re.M)
    assert parts == ["What it is about", "The ideas", "Often misunderstood", "Ask yourself", "Read"]


@pytest.mark.parametrize("path", ["syllabus.md", *(f"{folder}/{number}.md" for number in NUMBERS
                                                   for folder in ("handouts", "sheets", "sheets/answers"))])
def test_what_is_named_is_there(path):
    text = read(path)
    known = "\n".join([(Path(export.__file__).parent / "references.toml").read_text(encoding="utf-8"),
                       *(labs.notebook(name).read_text(encoding="utf-8") for name in labs.names())])
    assert {paper for paper in re.findall(r"arXiv:(\d{4}\.\d{4,5})", text) if paper not in known} == set()
    there = {name[:2] for name in labs.names()}
    named = {number for found in re.findall(r"\b[Ll]abs? ((?:\d\d)(?:(?:, | and | or )\d\d)*)", text)
             for number in re.findall(r"\d\d", found)}
    assert named <= there, f"labs {sorted(named - there)} are not there"
    for link in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
        assert ((LECTURES / path).parent / link).exists(), f"{path} points to {link}"


def rows(heading: str) -> list[list[str]]:
    """The cells of the table below a heading of the syllabus, without its head."""
    section = SYLLABUS.split(f"## {heading}")[1].split("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


def test_seven_sessions_have_a_lecture_each_and_its_minutes():
    found = {}
    for row in rows("Seven times 90 minutes"):
        number, minutes = re.search(r"lecture (\d\d), short \((\d+) min\)", row[2]).groups()
        found[number] = int(minutes)
    measured = {path.stem[:2]: round(sum(map(deck.minutes, deck.slides_of(nbformat.read(path, as_version=4), short=True))))
                for path in export.lectures()}
    assert found == measured, "the minutes of `make slides ARGS=--short`, by the speaker's notes"


def test_the_teachers_page_has_the_minutes_of_the_whole_lectures():
    page = (LECTURES.parent / "website" / "teaching.md").read_text(encoding="utf-8")
    said = {number: int(minutes) for number, minutes in re.findall(r"^\| (0\d) [A-Z][^|]+\| (\d+) \|", page, re.M)}
    measured = {path.stem[:2]: round(sum(map(deck.minutes, deck.slides_of(nbformat.read(path, as_version=4)))))
                for path in export.lectures()}
    assert said == measured


def test_the_day_is_as_long_as_it_says():
    minutes = [int(row[1]) for row in rows("One day")]
    assert sum(minutes) == int(re.search(r"(\d+) minutes in all", SYLLABUS).group(1))


def test_the_semester_meets_every_lecture_and_names_each_lab():
    text = " ".join(" ".join(row) for row in rows("A semester"))
    assert set(re.findall(r"lecture (\d\d)", text)) == set(NUMBERS)
    assert {name[:2] for name in labs.names()} <= set(re.findall(r"\b(\d\d)\b", text))
