"""The rules that every lecture keeps, and the checklist: every point of the source lecture has its place in one of them."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

from sslcourse.data import catalogue
from sslcourse.slides import REFERENCES, deck, photographs

ROOT = Path(__file__).parents[2]
LECTURES = {path.stem[:2]: path for path in sorted((ROOT / "lectures").glob("[0-9][0-9]_*.ipynb"))}
POINTS = tomllib.loads((ROOT / "tests" / "slides" / "lecture_checklist.toml").read_text(encoding="utf-8"))
NUMBERS = [f"{number:02d}" for number in range(1, 8)]

every_lecture = pytest.mark.parametrize("path", LECTURES.values(), ids=lambda path: path.stem)


def read(path: Path):
    import nbformat

    return nbformat.read(path, as_version=4)


def words(path: Path) -> str:
    """All that is said in a lecture, on slides and in notes, in one line; TeX and emphasis are left out."""
    text = " ".join(cell.source for cell in read(path).cells)
    for key in set(re.findall(r'"([a-z]+\d{4}[ab]?)"', text)) & set(REFERENCES):
        text += " " + str(REFERENCES[key])
    return " ".join(re.sub(r"[*_`]", "", text).split())


def points(number: str) -> dict[str, list[str]]:
    return POINTS.get(f"lecture{number}", {})


@pytest.mark.parametrize(("number", "point"), [(n, point) for n in LECTURES for point in points(n)])
def test_a_point_of_the_source_lecture_has_its_place(number, point):
    said = words(LECTURES[number])
    missing = [pattern for pattern in points(number)[point] if not re.search(pattern, said, re.I)]
    assert not missing, f"lecture {number}, “{point}”: nothing like {' · '.join(missing)}"


def test_the_checklist_is_one():
    assert list(POINTS) == [f"lecture{number}" for number in NUMBERS]
    assert all(len(points(number)) >= 8 for number in NUMBERS)
    for number in NUMBERS:
        for patterns in points(number).values():
            assert patterns and all(re.compile(pattern) for pattern in patterns)


@every_lecture
def test_a_lab_that_is_named_exists(path):
    """On slides and in notes: "lab 04", "labs 12 and 15", "labs 06 to 15", "**Labs** · 04, 13"."""
    there = {lab.stem[:2] for lab in (ROOT / "labs").glob("[0-9][0-9]_*.ipynb")}
    said = words(path)
    named = {number for group in re.findall(r"\blabs?(?: ·)? ((?:\d\d(?:, | and | to )?)+)", said, re.I)
             for number in re.findall(r"\d\d", group)}
    assert named <= there, f"named, and not there: {sorted(named - there)}"
    assert "(to come)" not in said and "is to come" not in said and "are to come" not in said


@every_lecture
def test_a_card_of_numbers_has_its_sentence(path):
    """A card has its sentence, or the contrasts of its claim; without both it is refused when the slides are made."""
    from sslcourse import results

    for cell in read(path).cells:
        for call in re.findall(r"claim_card\((.*)\)", cell.source, re.S) if cell.cell_type == "code" else []:
            claim = re.match(r'\s*"([\w-]+)"', call)[1]
            found = results.verdict(claim)
            assert "measured=" in call or found.settings or not found.numbers, f"{cell.id}: {claim} has numbers on file"


def test_all_seven_are_there():
    assert list(LECTURES) == NUMBERS


@every_lecture
def test_metadata(path):
    ours = read(path).metadata.sslcourse
    assert set(ours.data) <= set(catalogue.names()) and ours.question.endswith("?") and ours.seconds <= 60
    used = {name for cell in read(path).cells for name in re.findall(r"""data\.load\(['"](\w+)""", cell.source)}
    assert used == set(ours.data), "the data in use is the data declared"


@every_lecture
def test_slides_and_tags(path):
    notebook = read(path)
    made = deck.slides_of(notebook)
    assert 10 <= len(made) <= 32 and "title" in made[0].looks and path.stem[:2] in made[0].cells[0].source
    for cell in notebook.cells:
        assert set(deck.tags(cell)) <= {*deck.TAGS, "nbval-check-output"}, cell.id
    for slide in made:
        assert len(slide.title) <= 62, f"{slide.id}: a title of more than one line"


@every_lecture
def test_every_slide_has_its_notes_and_the_minutes_add_up(path):
    notebook = read(path)
    made = deck.slides_of(notebook)
    for slide in made:
        said = "\n".join(slide.notes)
        assert re.search(r"\*\*Minutes:\*\* *\d", said) and "**Say:**" in said, f"{slide.id}: minutes, and what to say"
        assert "$" not in said, f"{slide.id}: notes are read in a plain window: no TeX"
    for wanted in ("Ask", "Misunderstanding", "Cut"):
        count = sum(f"**{wanted}:**" in "\n".join(slide.notes) for slide in made)
        assert count >= len(made) / 3, f"{wanted}: on {count} of {len(made)} slides"
    together = sum(map(deck.minutes, made))
    assert together == notebook.metadata.sslcourse.minutes and 35 <= together <= 75


@every_lecture
def test_a_control_moves_and_needs_no_kernel(path):
    code = [cell.source for cell in read(path).cells if cell.cell_type == "code"]
    assert any("widgets.Panel(" in source for source in code)
    assert not [source for source in code if re.search(r"widgets\.(Explorer|Puzzle)\(", source)]


@every_lecture
def test_every_reference_is_on_file(path):
    asked = []
    for cell in read(path).cells:
        if cell.cell_type != "code":
            continue
        for call in ast.walk(ast.parse(cell.source)):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "slides.references":
                asked += [ast.literal_eval(argument) for argument in call.args]
    assert asked and not set(asked) - set(REFERENCES)


@every_lecture
def test_pictures_are_drawn_and_not_pasted(path):
    for cell in read(path).cells:
        assert not cell.get("attachments"), cell.id
        assert not re.search(r"!\[|<img|data:image|https?://", cell.source), f"{cell.id}: a picture or an address"


@every_lecture
def test_a_photograph_that_is_shown_is_credited(path):
    """Each name of a photograph in the lecture's code is one of those that its last slide credits, and no other is."""
    names, every = "|".join(photographs()), ", ".join(f'"{name}"' for name in photographs())
    code = [cell.source.replace("slides.photographs()", every) for cell in read(path).cells if cell.cell_type == "code"]
    shown = {name for source in code if "photograph" in source and "closing(" not in source
             for name in re.findall(rf'"({names})"', source)}
    credited, = [set(re.findall(rf'"({names})"', source)) for source in code if "closing(" in source]
    assert shown == credited


@every_lecture
def test_sentences_are_not_the_source_lectures(path):
    """No eight words in a row of the source, but in a quotation. The source is not kept here; a sample of it is."""
    said = words(path)
    quoted = " ".join(re.findall(r"“[^”]*”", said))
    for sentence in SOURCE_SENTENCES:
        run = sentence.split()
        for start in range(len(run) - 7):
            piece = " ".join(run[start:start + 8])
            assert piece.lower() not in said.lower() or piece.lower() in quoted.lower(), f"as in the source: {piece}"


SOURCE_SENTENCES = (  # a sample, enough to notice a slide that was copied
    "Representation Learning is a subfield of machine learning that instead of learning mapping",
    "We can learn representation in a semi-supervised/self-supervised way removing the need for labels.",
    "We can use representation learning for clustering, classification, regression, and generative tasks.",
    "a supervised task that is used to adapt the model to a specific task",
    "a specific task that is used to evaluate the performance of the model",
    "applying knowledge gained from one task to improve performance on a different, but related task",
    "prepare data in instruction-following format and train the model to follow instructions",
    "Downstream tasks are specific applications where models are deployed, utilizing the learned representations",
    "train a linear classifier on top of the frozen representation to classify digits",
    "use the learned representation to perform k-nearest neighbors classification on the test set",
    "fine-tune the model on a specific task and assess its effectiveness on unseen data",
    "Learn representations by maximizing agreement between differently augmented views of the same image",
    "Learn representations by predicting masked parts of the input or prediction of the next part of the input",
    "The stop gradient operation is used to only update the student model",
)


def test_a_copied_sentence_would_be_noticed(tmp_path):
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": "So " + SOURCE_SENTENCES[3] + "."}]
    copied = tmp_path / "01_copied.ipynb"
    copied.write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8")
    with pytest.raises(AssertionError, match="as in the source"):
        test_sentences_are_not_the_source_lectures(copied)
