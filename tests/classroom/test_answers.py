"""What of a submission is run, and what is not."""

from __future__ import annotations

import inspect

import pytest

from sslcourse.classroom import answers, examiner
from sslcourse.exercises import catalogue, pasted

CHECKED = frozenset({"double", "half"})


def steps(name: str, **sources: str) -> tuple[list[str], dict]:
    """The first line of each statement that is run for `name`, and the namespace afterwards."""
    found, _ = answers.statements(sources, CHECKED)
    chosen = answers.needed(name, found, CHECKED - {name})
    names: dict = {"half": "the package's half"}
    answers.run(chosen, sources, names)
    return [inspect.cleandoc(sources[step.cell]).splitlines()[step.node.lineno - 1] for step in chosen], names


def test_only_what_the_answer_needs_is_run():
    told, names = steps("double", a="import math\nimport torch", b="def times(x):\n    return x * math.floor(2.5)",
                        c="TWO = times(1)\nBIG = open('no such file')\nraise SystemExit",
                        d="def double(x):\n    return TWO * x")
    assert told == ["import math", "def times(x):", "TWO = times(1)", "def double(x):"]
    assert "BIG" not in names and "torch" not in names


def test_a_functions_own_variables_are_not_the_notebooks():
    """A lab has z0, logits and n of its own, which come out of training: an answer's local ones are others."""
    told, _ = steps("double", a="n, z0 = train_for_an_hour()\nlogits = z0 / n",
                    b="def double(z0, n=2):\n    logits = [n * z for z in [z0]]\n"
                      "    return sum(logits[i] for i in range(len(logits)))")
    assert told == ["def double(z0, n=2):"]


def test_what_stands_below_has_not_happened_yet_unless_it_is_needed():
    told, names = steps("double", a="def both(x):\n    return 2 * x", b="def double(x):\n    return both(x) + late",
                        c="both, crop = train_for_an_hour()", d="late = 1")
    assert told == ["def both(x):", "late = 1", "def double(x):"] and names["double"](4) == 9


def test_the_order_is_the_notebooks():
    told, names = steps("double", a="def helper(x):\n    return 2 * x", b="def double(x):\n    return helper(x)")
    assert told == ["def helper(x):", "def double(x):"] and names["double"](4) == 8


@pytest.mark.parametrize("check", [
    "double = exercises.double.check(double)", "double = exercises.double.reference", "", "exercises.double.check = print",
    "class Yes:\n    pass\ndouble = Yes()", "for double in [print]:\n    pass",
])
def test_a_check_of_their_own_changes_nothing(check):
    told, names = steps("double", a=f"def double(x):\n    return x + x\n{check}")
    assert told == ["def double(x):"] and names["double"](5) == 10


def test_another_exercise_is_the_one_that_is_given():
    told, names = steps("double", a="def half(x):\n    return 'wrong'", b="def double(x):\n    return half")
    assert told == ["def double(x):"] and names["double"](1) == "the package's half"


def test_the_last_definition_counts_and_its_source_can_be_read():
    _, names = steps("double", a="def double(x):\n    return 1", b="# a comment\ndef double(x):\n    return 2  # mine")
    assert names["double"](0) == 2 and "return 2  # mine" in inspect.getsource(names["double"])


@pytest.mark.parametrize("source", [
    "nonlocal x", "return 5", "x = 1\0", "f(" * 300, "-" * 20_000 + "1", "del double", "await x",
])
def test_nothing_that_a_cell_holds_stops_the_judging(source):
    sources = {"a": source, "b": "def double(x):\n    return 2 * x"}
    found, _ = answers.statements(sources, CHECKED)
    assert [step.cell for step in answers.needed("double", found, frozenset())] == ["b"]


def test_a_cell_that_is_no_python_is_named_and_spoils_no_other():
    sources = {"a": "def half(x:\n    return", "b": "def double(x):\n    return 2 * x"}
    found, broken = answers.statements(sources, CHECKED)
    assert list(broken) == ["a"] and "SyntaxError" in broken["a"] and answers.holder("half", sources) == "a"
    assert len(answers.needed("double", found, frozenset())) == 1


LAB = [exercise for exercise in catalogue.every() if exercise.lab == "10_simclr"]
IMPORTS = "import torch\nfrom torch.nn import functional as F\nfrom sslcourse import exercises, losses\n"
TABLE = '''def nt_xent_logits(z0, z1, temperature=0.5):
    n = len(z0)
    z = F.normalize(torch.cat([z0, z1]), dim=1)
    logits = (z @ z.T / temperature).fill_diagonal_(-torch.inf)
    return logits, torch.arange(2 * n, device=z0.device).roll(n)
'''
LOSS = "def nt_xent(z0, z1, temperature=0.5):\n    return F.cross_entropy(*nt_xent_logits(z0, z1, temperature))\n"


def judged(**sources: str) -> dict[str, tuple[str, str]]:
    """{exercise: (state, mistake)}, judged in this process."""
    results = examiner.judged(LAB[:2], {"imports": IMPORTS, **sources}, set(), lambda line: None)
    return {exercise.name: (result["state"], result["mistake"]) for exercise, result in results}


@pytest.mark.parametrize(("cells", "table", "loss"), [
    ({"a": TABLE, "b": LOSS}, ("passed", ""), ("passed", "")),
    ({"a": TABLE.replace("-torch.inf", "0.0"), "b": LOSS}, ("not yet", None), ("passed", "")),
    ({"a": TABLE.replace("roll(n)", "roll(1)")}, ("not yet", None), ("not attempted", "")),
    ({"a": "def nt_xent_logits(z0, z1, temperature=0.5):\n    ...", "b": "from sslcourse.losses import nt_xent"},
     ("not attempted", ""), ("not attempted", "")),
    ({"a": "def nt_xent_logits(z0:", "b": "raise_at_once = 1 / 0\n" + LOSS.replace("temperature))", "raise_at_once))")},
     ("error", "no Python"), ("error", "raised")),
    ({"b": "def nt_xent(z0, z1, temperature=0.5):\n    return losses.nt_xent(z0, z1, temperature)"},
     ("not attempted", ""), ("not yet", "package")),
], ids=["right", "a wrong table, a right loss", "wrong", "empty", "broken", "the package's own"])
def test_states(cells, table, loss):
    found = judged(**cells)
    for name, (state, mistake) in zip(("nt_xent_logits", "nt_xent"), (table, loss)):
        assert found[name][0] == state
        assert found[name][1] == mistake if mistake is not None else found[name][1]


@pytest.mark.slow
@pytest.mark.parametrize("lab", sorted({exercise.lab for exercise in catalogue.every()}))
def test_right_answers_pass_in_every_lab(lab):
    """The package's own lines, as a student would paste them, with their imports and helpers."""
    asked = [exercise for exercise in catalogue.every() if exercise.lab == lab]
    sources = {exercise.name: pasted.solution(exercise.reference, exercise.name) for exercise in asked}
    results = {exercise.name: result for exercise, result in examiner.judged(asked, sources, set(), lambda line: None)}
    assert {name: result["detail"] for name, result in results.items() if result["state"] != "passed"} == {}


def test_who_changes_the_course_is_found_out(monkeypatch):
    from sslcourse.exercises import judging

    monkeypatch.setattr(judging, "judge", judging.judge)        # put back afterwards, whatever the answer does
    answer = "def nt_xent(*args):\n    j.judge = lambda *a: j.Verdict('passed')\n"
    assert judged(a=f"from sslcourse.exercises import judging as j\n{answer}")["nt_xent"] == ("error", "changed the course")
