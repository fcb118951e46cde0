"""Two versions of one notebook: the course's news arrive, and nothing that a student wrote is lost."""

from __future__ import annotations

import copy

import nbformat
import pytest

from sslcourse.classroom.merging import NOTE, grafted, merge
from tests.classroom.books import TEXT, book, sources

STUB = '''def double(x):
    """Twice x."""
    ...


double = exercises.double.check(double)'''
NEW_STUB = '''def double(x):
    """Twice x, entry by entry: x (N,)  ->  (N,)."""
    ...


double = exercises.double.check(double)'''
ANSWER = '''TWO = 2  # my own constant


def double(x):
    """Twice x."""
    # I thought of a sum first
    return TWO * x


double = exercises.double.check(double)'''
BASE = {"head": TEXT + "# Lab", "setup": "import torch", "ex": STUB, "train": "print(double(3))", "end": TEXT + "The end."}


def test_a_notebook_that_nobody_has_touched_becomes_the_courses():
    course = book(BASE | {"train": "print(double(4))", "more": "print(5)"})
    done = merge(book(BASE), course, book(BASE))
    assert sources(done.notebook) == sources(course)
    assert (done.answers, done.kept, done.new, done.renewed, done.both) == ([], 0, 1, 1, [])


def test_an_answer_is_kept_as_it_was_typed_with_its_output():
    mine = book(BASE | {"ex": ANSWER})
    mine.cells[2].outputs = [nbformat.v4.new_output("stream", text="double: passed")]
    mine.cells[2].execution_count = 7
    done = merge(mine, book(BASE | {"head": TEXT + "# Lab, second edition"}), book(BASE))
    assert sources(done.notebook) == BASE_TEXTS | {"ex": ANSWER, "head": "# Lab, second edition"}
    assert done.notebook.cells[2].outputs[0].text == "double: passed" and done.notebook.cells[2].execution_count == 7
    assert done.answers == ["double"] and done.renewed == 1


BASE_TEXTS = sources(book(BASE))


def test_where_the_course_changed_the_exercise_too_its_docstring_comes_to_the_answer():
    done = merge(book(BASE | {"ex": ANSWER}), book(BASE | {"ex": NEW_STUB}), book(BASE))
    text = sources(done.notebook)["ex"]
    assert "entry by entry" in text and '"""Twice x."""' not in text
    assert "TWO = 2  # my own constant" in text and "# I thought of a sum first" in text and "return TWO * x" in text
    assert text.endswith("double = exercises.double.check(double)")
    names: dict = {"exercises": type("E", (), {"double": type("D", (), {"check": staticmethod(lambda f: f)})})}
    exec(text, names)
    assert names["double"](4) == 8


def test_an_exercise_that_takes_other_arguments_now_says_so():
    text = grafted(ANSWER, NEW_STUB.replace("(x):", "(x, times):"), "double")
    assert "# The course now asks for: def double(x, times):\ndef double(x):" in text


def test_a_deleted_check_comes_back():
    without = ANSWER.replace("double = exercises.double.check(double)", "").rstrip()
    assert grafted(without, NEW_STUB, "double").endswith("return TWO * x\n\n\ndouble = exercises.double.check(double)")


@pytest.mark.parametrize("answer", ["def double(x):\n    return (2 * x", "def double(x): return 2 * x"],
                         ids=["a typing mistake", "one line"])
def test_an_answer_of_any_shape_survives(answer):
    done = merge(book(BASE | {"ex": answer}), book(BASE | {"ex": NEW_STUB}), book(BASE))
    assert answer in sources(done.notebook)["ex"]


def test_an_answer_is_found_by_its_function_wherever_it_stands():
    cells = {"note": TEXT + "My notes", "0a1b": ANSWER, **{name: BASE[name] for name in ("head", "setup", "train")}}
    done = merge(book(cells), book(BASE), book(BASE))
    assert list(sources(done.notebook)) == ["note", "head", "setup", "ex", "train"]
    assert sources(done.notebook)["ex"] == ANSWER


def test_own_cells_stay_behind_the_cell_that_they_followed():
    order = {"head": BASE["head"], "setup": BASE["setup"], "mine-1": "x = 3", "mine-2": TEXT + "Why 3?", "ex": ANSWER,
             "train": BASE["train"], "end": BASE["end"], "mine-3": "double(x)"}
    course = {"head": BASE["head"], "setup": BASE["setup"], "new": TEXT + "Quite new", "ex": STUB,
              "train": "print(double(9))", "end": BASE["end"]}
    done = merge(book(order), book(course), book(BASE))
    assert list(sources(done.notebook)) == ["head", "setup", "mine-1", "mine-2", "new", "ex", "train", "end", "mine-3"]
    assert done.kept == 3 and done.new == 1


def test_what_both_have_changed_stands_there_twice_and_only_once_more():
    mine = book(BASE | {"train": "print(double(30))"})
    course = book(BASE | {"train": "print(double(4))"})
    done = merge(mine, course, book(BASE))
    texts = sources(done.notebook)
    assert texts["train"] == "print(double(30))" and "print(double(4))" in texts["train-course"]
    assert done.both == ["train"]
    later = book(BASE | {"train": "print(double(5))"})
    again = merge(done.notebook, later, course)
    assert [cell.id for cell in again.notebook.cells if NOTE in cell.metadata.get("tags", [])] == ["train-course"]
    assert "print(double(5))" in sources(again.notebook)["train-course"]


def test_a_cell_that_the_student_took_out_stays_out_and_an_exercise_comes_back():
    without = {name: text for name, text in BASE.items() if name not in ("ex", "train")}
    done = merge(book(without), book(BASE | {"head": TEXT + "# Lab 2"}), book(BASE))
    assert list(sources(done.notebook)) == ["head", "setup", "ex", "end"]


def test_a_cell_that_the_course_took_out_goes_unless_it_was_answered():
    course = {name: text for name, text in BASE.items() if name not in ("ex", "train")}
    assert list(sources(merge(book(BASE), book(course), book(BASE)).notebook)) == list(course)
    kept = merge(book(BASE | {"ex": ANSWER}), book(course), book(BASE)).notebook
    assert sources(kept)["ex"] == ANSWER


def test_two_answers_to_one_exercise_are_both_kept():
    mine = book({**BASE, "ex": ANSWER, "first-try": "def double(x):\n    return x + x"})
    done = merge(mine, book(BASE | {"ex": NEW_STUB}), book(BASE))
    assert "TWO * x" in sources(done.notebook)["ex"] and "x + x" in sources(done.notebook)["first-try"]


def test_an_old_notebook_without_ids_and_without_a_base():
    """Format 4.4 has no ids; what it was made from is not known, only what the course's cells once said."""
    old = book({**BASE, "head": TEXT + "# The lab, first edition", "ex": ANSWER, "mine": "my_own = double(8)"})
    for cell in old.cells:
        del cell["id"]
    old.nbformat_minor = 4
    old = nbformat.reads(nbformat.writes(old), as_version=4)
    known = frozenset({"# The lab, first edition", *BASE_TEXTS.values()})
    course = book(BASE | {"ex": NEW_STUB, "setup": "import torch\nimport math"})
    for knows in (known, frozenset()):
        done = merge(old, course, None, knows)
        texts = sources(done.notebook)
        assert texts["setup"] == "import torch\nimport math"
        assert "TWO * x" in texts["ex"] and "entry by entry" in texts["ex"]
        assert "my_own = double(8)" in texts.values()
        if knows:
            assert "# The lab, first edition" not in texts.values()


@pytest.mark.filterwarnings("ignore:Non-unique cell id")
def test_nothing_given_is_changed_and_the_result_is_valid():
    mine, course, base = book(BASE | {"ex": ANSWER}), book(BASE | {"ex": NEW_STUB}), book(BASE)
    mine.cells.append(copy.deepcopy(mine.cells[0]))         # pasted twice: one id twice
    before = [nbformat.writes(each) for each in (mine, course, base)]
    done = merge(mine, course, base)
    assert [nbformat.writes(each) for each in (mine, course, base)] == before
    nbformat.validate(done.notebook)
    assert len(sources(done.notebook)) == len(done.notebook.cells)
