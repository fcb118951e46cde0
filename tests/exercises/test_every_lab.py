"""The rules that every lab's exercises keep: each wrong answer is caught by its own hint, and each right one passes.

wrong_answers/labNN.py, beside this file, holds for each exercise of lab NN WRONG[name] = ((answer, mistake), …) and
RIGHT[name] = (answer, …). What is particular to one lab's exercises is tested in test_labNN.py.
"""

from __future__ import annotations

import ast
import copy
import importlib
import inspect
import json
import re
from pathlib import Path

import pytest
import torch

from sslcourse import exercises
from sslcourse.exercises import catalogue, messages, pasted
from sslcourse.exercises.compare import unchanged

EXERCISES = {exercise.name: exercise for exercise in catalogue.every()}
FILES = sorted(path.stem for path in (Path(__file__).parent / "wrong_answers").glob("lab[0-9][0-9].py"))
ANSWERS = [importlib.import_module(f"tests.exercises.wrong_answers.{name}") for name in FILES]
WRONG = {name: rows for module in ANSWERS for name, rows in module.WRONG.items()}
RIGHT = {name: rows for module in ANSWERS for name, rows in module.RIGHT.items()}

every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES.keys())


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """For tensors as small as these a second thread costs more than it gives, and much more on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


FIRST = 1  # rows of each exercise that `make check` tries; `make test` tries all


def pairs(table):
    return [pytest.param(name, *row, id=f"{name}-{row[0].__name__}", marks=[pytest.mark.slow] if place >= FIRST else [])
            for name, rows in table.items() for place, row in enumerate(r if isinstance(r, tuple) else (r,) for r in rows)]


def test_every_exercise_has_wrong_answers_and_a_right_one_written_another_way():
    assert EXERCISES and set(EXERCISES) == set(WRONG) == set(RIGHT)
    assert all(len(WRONG[name]) >= 4 and len(RIGHT[name]) >= 1 for name in EXERCISES)


@pytest.mark.parametrize("name, answer, mistake", pairs(WRONG))
def test_a_wrong_answer_is_caught_by_its_own_hint(name, answer, mistake):
    exercise = EXERCISES[name]
    verdict = exercise.judge(answer)
    assert (verdict.state, verdict.finding.kind) == ("not yet", mistake), verdict.finding
    hints = {m.name: m.hint for m in exercise.mistakes}
    if mistake in hints:
        assert verdict.finding.hint == hints[mistake]
    assert 0 <= verdict.passed < verdict.total


@pytest.mark.parametrize("name, answer", pairs(RIGHT))
def test_a_right_answer_written_another_way_passes(name, answer):
    verdict = EXERCISES[name].judge(answer)
    assert verdict.state == "passed", verdict.finding
    assert verdict.passed == verdict.total


@every_exercise
def test_every_mistake_that_is_looked_for_has_a_wrong_answer_that_makes_it(exercise):
    assert {m.name for m in exercise.mistakes} <= {mistake for _, mistake in WRONG[exercise.name]}


@every_exercise
def test_the_reference_is_the_packages_own_and_passes_when_copied(exercise):
    reference = exercise.reference
    assert reference.__module__.startswith("sslcourse.") and not reference.__module__.startswith("sslcourse.exercises")
    copied = dict(vars(inspect.getmodule(reference)))
    exec(f"from __future__ import annotations\n{inspect.getsource(reference)}", copied)
    verdict = exercise.judge(copied[reference.__name__])
    assert verdict.state == "passed", verdict.finding


@pytest.mark.slow
@every_exercise
def test_the_reference_shows_no_mistake_in_most_cases_of_each(exercise):
    """A mistake that even the right answer shows on every input could never be told from it."""
    if exercise.measure is not None:
        pytest.skip("what it is judged by is not the plain answer")
    for mistake in exercise.mistakes:
        blind = 0
        for args in exercise.cases().values():
            try:
                blind += bool(mistake.shown(exercise.reference(*args), *args))
            except Exception:
                pass
        assert blind < len(exercise.cases()), mistake.name


@every_exercise
def test_a_change_in_place_of_any_input_is_told(exercise):
    """Of a tensor or a network, in a plain call and inside a measure; unless it is what the exercise is about."""
    args = next(iter(exercise.cases().values()))
    for place, name in enumerate(exercise.arguments):
        def meddling(*args, place=place):
            value = exercise.reference(*args)
            for tensor in args[place].parameters() if isinstance(args[place], torch.nn.Module) else [args[place]]:
                with torch.no_grad():
                    tensor.copy_(~tensor if tensor.dtype == torch.bool else tensor + 1)
            return value

        if isinstance(args[place], (torch.Tensor, torch.nn.Module)) and not changes_in_place(exercise):
            finding = exercise.judge(meddling).finding
            if "modified by an inplace operation" in finding.error:         # PyTorch's own word for it
                continue
            assert finding.kind == "changes" and f"its input `{name}`" in finding.hint, finding
            assert ("copy.deepcopy" in finding.hint) == isinstance(args[place], torch.nn.Module)


def changes_in_place(exercise):
    args = copy.deepcopy(next(iter(exercise.cases().values())))
    before = copy.deepcopy(args)
    exercise.reference(*args)
    return not unchanged(before, args)


trained = pytest.mark.parametrize("exercise", [e for e in EXERCISES.values() if e.trains_on], ids=lambda e: e.name)


def without_history(value):
    return [part.detach() for part in value] if isinstance(value, tuple) else value.detach()


@trained
def test_a_right_value_without_a_gradient_is_caught(exercise):
    """Cut off at the end, computed without a graph, or rebuilt from numbers."""
    def at_the_end(*args):
        return without_history(exercise.reference(*args))

    def no_grad(*args):
        with torch.no_grad():
            return exercise.reference(*args)

    def rebuilt(*args):
        value = exercise.reference(*args)
        parts = [torch.tensor(part.tolist(), dtype=part.dtype) for part in (value if isinstance(value, tuple) else [value])]
        return parts if isinstance(value, tuple) else parts[0]

    for answer in (at_the_end, rebuilt, *[no_grad] * ("encode" not in exercise.trains_on)):
        verdict = exercise.judge(answer)
        assert verdict.state == "not yet" and verdict.passed < verdict.total, answer.__name__
        own = {m.name for m in exercise.mistakes if m.of == "gradient"}
        assert verdict.finding.kind in ("detached", *own), (answer.__name__, verdict.finding)


def cut_off(argument):
    """A tensor without its history; a network whose weights stand still."""
    if isinstance(argument, torch.Tensor):
        return argument.detach()
    return copy.deepcopy(argument).requires_grad_(False)


@trained
def test_an_input_that_learns_nothing_is_caught(exercise):
    """One of several is detached: it is named, or it is one that should stand still."""
    if len(exercise.trains_on) < 2:
        pytest.skip("it is the whole gradient then")
    for name in exercise.trains_on:
        place = exercise.arguments.index(name)

        def half(*args, place=place):
            return exercise.reference(*(cut_off(arg) if i == place else arg for i, arg in enumerate(args)))

        verdict = exercise.judge(half)
        own = {m.name for m in exercise.mistakes if m.of == "gradient"}
        stands_still = verdict.finding.kind == "package"
        assert stands_still or verdict.finding.kind in ("half_detached", "detached", *own), verdict.finding
        assert stands_still or own or f"`{name}`" in verdict.finding.hint


@every_exercise
def test_the_stub_of_the_lab_with_the_reference_in_it_passes(exercise):
    """Its very own signature, whatever the reference's is."""
    stub = next(node for source in code_cells(exercise.lab) for node in ast.walk(ast.parse(plain_python(source)))
                if isinstance(node, ast.FunctionDef) and node.name == exercise.name)
    names = [a.arg for a in stub.args.posonlyargs + stub.args.args]
    space = {"_reference": inspect.unwrap(exercise.reference)}
    exec(f"def {exercise.name}({ast.unparse(stub.args)}):\n    return _reference({', '.join(names)})\n", space)
    verdict = exercise.judge(space[exercise.name])
    assert verdict.finding is None or verdict.finding.kind == "package", verdict.finding
    assert names[:len(exercise.arguments)] == exercise.arguments and len(names) == len(exercise.arguments)


@every_exercise
def test_what_is_said_to_use_an_answer_uses_it(exercise):
    """In a cell after the check; and where no cell does, nothing is said."""
    sources = code_cells(exercise.lab)
    at = next(i for i, source in enumerate(sources) if f"exercises.{exercise.name}.check(" in source)
    rest = sources[at].split(f"exercises.{exercise.name}.check(")[1]
    later = [plain_python(source) for source in sources[at + 1:]] + [rest.split("\n", 1)[1] if "\n" in rest else ""]
    used = any(isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id == exercise.name
               for source in later for node in ast.walk(ast.parse(source)))
    assert used == bool(exercise.used_in)


def code_cells(lab):
    notebook = json.loads((Path(__file__).parents[2] / "labs" / f"{lab}.ipynb").read_text(encoding="utf-8"))
    return ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]


def plain_python(source):
    """Without IPython's own lines."""
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in source.splitlines())


@every_exercise
def test_the_inputs_are_the_same_each_time_and_several(exercise):
    first, second = exercise.cases(), exercise.cases()
    assert list(first) == list(second) and len(first) >= 3
    assert not any(re.match(r"(on|in|at|by|with|without|of|from|and) ", says) for says in first)
    assert all(unchanged(one, other) for one, other in zip(first.values(), second.values()))


@every_exercise
def test_hints_go_from_a_direction_to_nearly_the_code_and_say_what_an_exercise_asks(exercise):
    assert len(exercise.hints) == 3 and "`" not in exercise.hints[0] and exercise.hints[2].count("`") >= 2
    assert exercise.minutes > 0 and 1 <= exercise.difficulty <= 5 and 1 <= exercise.importance <= 5
    assert all(mistake.hint.rstrip()[-1] in ".?)" and mistake.hint.count("`") % 2 == 0 for mistake in exercise.mistakes)


@every_exercise
def test_the_lab_is_there_and_has_the_stub(exercise):
    notebook = Path(__file__).parents[2] / "labs" / f"{exercise.lab}.ipynb"
    assert f"exercises.{exercise.name}.check(" in notebook.read_text(encoding="utf-8")
    assert getattr(exercises, exercise.name) is exercise


@pytest.mark.slow
@every_exercise
def test_the_solution_runs_where_it_is_pasted_and_passes(exercise):
    """In a name space that holds what the lab's own import cells import; so does the `help(…)` that stands below it."""
    space = {}
    for source in code_cells(exercise.lab):
        for node in ast.parse(plain_python(source)).body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                exec(ast.unparse(node), space)
    shown = repr(messages.of_solution(exercise, "", tried=True))
    assert eval(re.search(r"`help\((.+?)\)`", shown)[1], space) is exercise.reference
    exec(pasted.solution(exercise.reference, exercise.name), space)
    verdict = exercise.judge(space[exercise.name])
    assert verdict.state == "passed", verdict.finding


@every_exercise
def test_the_solution_is_short_and_holds_no_argument_check(exercise):
    text = pasted.solution(exercise.reference)
    assert "expect." not in text and '"""' not in text and ": Tensor" not in text
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith(("import", "from"))]
    most = 25 if exercise.longer else 15
    assert 2 <= len(lines) <= most + 1, "checks and conversions belong into a decorator around the function"


@every_exercise
def test_no_hint_repeats_the_stubs_comment(exercise):
    """The first two hints have to add something to what stands in the cell already."""
    source = next(s for s in code_cells(exercise.lab) if f"exercises.{exercise.name}.check(" in s)
    comments = " ".join(re.findall(r"\.\.\.\s*#(.*)", source))
    told = words(comments)
    for hint in exercise.hints[:2]:
        if told:
            assert len(told & words(hint)) / len(told) < 0.6, (comments, hint)


def words(text):
    return {word.lower() for word in re.findall(r"\w[\w.]+\w", text)}
