"""The exercise engine: whatever a student's function does, the check says what it was, and the notebook goes on."""

import functools
import inspect
import json
import sys

import pytest
import torch

from sslcourse import methods
from sslcourse.exercises import messages, record, stub
from sslcourse.exercises.engine import RIGHT, Wrong, catches
from tests.exercises.endless import loop_in_a_loop_that_swallows, loop_that_swallows
from tests.exercises.small_exercise import cases, exercise, half_filled, no_return, scale, single, text, with_dots


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def helper_in_the_students_own_code(X):
    return X @ X  # the helper's line


def raises_in_torch(X, n):
    wide = X.unsqueeze(0)
    return torch.cat([wide, X]), X.sum()


def raises_in_a_helper(X, n):
    return helper_in_the_students_own_code(X), X.sum()


def raises_in_the_standard_library(X, n):
    return json.loads("{"), X.sum()


def raises_in_this_package(X, n):
    return methods.pca(X, 0)


def raises_what_cannot_be_printed(X, n):
    class Mute(Exception):
        def __str__(self):
            raise ValueError("no words")

    raise Mute


def recursion(X, n):
    return recursion(X, n)


def loop(X, n):
    while True: n += 1  # noqa: E701


def loop_that_prints(X, n):
    while True:
        print("around and around")


def changes_x(X, n):
    total = X.sum()
    X *= n
    return X.clone(), total


def changes_the_shape(X, n):
    total = X.sum()
    X.unsqueeze_(0)
    return (X * n)[0], total


def exits(X, n):
    sys.exit(3)


def interrupts(X, n):
    raise KeyboardInterrupt


def nothing_returned_and_a_dot_dot_dot_left(X, n):
    print(X[..., 0])
    ...  # your code here


def example_only(X, n):
    return X.view(3, 2) * n, X.sum()


def example_only_and_silently(X, n):
    return (X * n if len(X) == 3 else X), X.sum()


calls = []


def remembers(X, n):
    calls.append(1)
    return X * n + len(calls), X.sum()


def fails_every_second_time(X, n):
    calls.append(X.shape)
    if len(X) == 3 and calls.count(X.shape) % 2 == 0:
        raise RuntimeError("seen before")
    return X * n, X.sum()


def through_the_reference(X, n):
    return scale(X, n)


FAULTS = [
    (no_return, "none", "Did you forget `return`? Wanted is `(scaled, total)`"),
    (lambda X, n: X * n, "count", "2 things should come back: `(scaled, total)`. Got a tensor of shape (3, 2)."),
    (lambda X, n: (X * n, X.sum(), n), "count", "Got a tuple of 3."),
    (lambda X, n: {"scaled": X * n}, "count", "Got a dict."),
    (lambda X, n: ((X * n).numpy(), X.sum()), "type", "`scaled` should be a torch tensor. Stay in PyTorch"),
    (lambda X, n: (X * n, X.sum().item()), "type", "`total` should be a torch tensor. Got the plain number 15."),
    (lambda X, n: ((X * n).tolist(), X.sum()), "type", "Got a list of 3."),
    (lambda X, n: (..., X.sum()), "type", "Got an ellipsis."),
    (lambda X, n: ((X * n).T, X.sum()), "transposed", "exchanged: transpose it. Got (2, 3), wanted (3, 2)."),
    (lambda X, n: (X @ X.new_ones(X.shape[1], 5), X.sum()), "shape", "The shape of `scaled` is"),
    (lambda X, n: ((X * n).double(), X.sum()), "dtype", "The numbers are right. Got torch.float64, wanted torch.float32."),
    (lambda X, n: ((X * n).int(), X.sum()), "dtype", "`scaled` should hold floating-point numbers. The numbers are"),
    (lambda X, n: (X * n, X.sum() * torch.nan), "nan", "There is NaN in `total`"),
    (lambda X, n: (X * n / 0, X.sum() / 0), "nan", "There is NaN in `scaled`"),
    (lambda X, n: (X * n, X.sum() / 0), "nan", "There is infinity in `total`"),
    (lambda X, n: (X * n + 1, X.sum()), "offset", "It is 1 too large, everywhere. Every entry differs: entry [0, 0] is 1"),
    (lambda X, n: (X * n, X.mean()), "scaled", "what is wanted, times 1 / the number of entries of `X`. Got 2.5"),
    (lambda X, n: (X * n + X**3, X.sum()), "different", "entry [2, 1] is 135, wanted 10. Tried on three by two: X"),
    (lambda X, n: (X.sum(), X * n), "order", "in another order. Return `(scaled, total)`"),
    (lambda X, n: (X**2, X.sum()), "squared", "It is the square that is missing."),
    (lambda X, n: (torch.rand_like(X), X.sum()), "random", "two different answers. Is something random"),
    (remembers, "random", "remembered from one call to the next"),
    (fails_every_second_time, "error", "That was the second call with the same input; the first one went well."),
    (raises_in_torch, "error", "of test_engine.py: return torch.cat([wide, X]), X.sum() RuntimeError: "),
    (raises_in_torch, "error", "At that moment: wide (1, 3, 2) float32, X (3, 2) float32."),
    (raises_in_a_helper, "error", "return X @ X # the helper's line RuntimeError: mat1 and mat2 shapes cannot be"),
    (raises_in_the_standard_library, "error", 'return json.loads("{"), X.sum() JSONDecodeError: Expecting'),
    (raises_in_this_package, "error", "return methods.pca(X, 0) ValueError: k: got 0, wanted an integer in [1, 2]"),
    (raises_in_a_helper, "error", "The inner sizes of a matrix product must agree"),
    (raises_what_cannot_be_printed, "error", "Mute: (its message could not be printed)"),
    (lambda X, n: (X * n, X.total()), "error", "This object has nothing of that name."),
    (lambda X, n: (X * n, total), "error", "Python does not know this name"),  # noqa: F821
    (lambda X, n: X * n + torch.ones(7, 7), "error", "Sizes are lined up from the right"),
    (recursion, "error", "calls itself without end"),
    (loop, "time", "It was still running when its time was up, and was stopped."),
    (loop, "time", "of test_engine.py: while True: n += 1 # noqa: E701 At that moment: n = "),
    (loop_that_swallows, "time", "Is there a loop that never reaches its end, or one over"),
    (loop_in_a_loop_that_swallows, "time", "It was still running when its time was up"),
    (loop_that_prints, "time", "around and around"),
    (changes_x, "changes", "Your function changes its input `X` in place"),
    (changes_the_shape, "changes", "Your function changes its input `X` in place"),
    (exits, "exit", "Your code raises SystemExit, which would have ended your notebook here."),
    (interrupts, "exit", "Your code raises KeyboardInterrupt"),
    (half_filled, "hole", "of small_exercise.py: scaled = ..."),
    (nothing_returned_and_a_dot_dot_dot_left, "hole", ": ... # your code here"),
    (example_only, "error", "It is right for three by two, X (3, 2) float32, n = 2. Does it lean on a size"),
    (example_only_and_silently, "different", "Tried on one row: X (1, 4) float32, n = 3. It is right for three by two"),
    (lambda X: X, "arguments", "It will be called as `scale(X, n)`. Yours is `scale(X)`."),
    (lambda X, n, m: X, "arguments", "Yours is `scale(X, n, m)`."),
    (scale(*cases()["one row"]), "callable", "the function itself, `exercises.scale.check(scale)`"),
    (None, "callable", "Got a NoneType."),
    (through_the_reference, "package", "it is the package's own `scale` that gave it"),
]


# Whatever never ends takes a second each time: `make check` waits for one of them.
FIRST_ENDLESS = next(row for row in FAULTS if row[1] == "time")
WAITED_FOR = [pytest.param(*row, marks=pytest.mark.slow) if row[1] == "time" and row is not FIRST_ENDLESS else row
              for row in FAULTS]


@pytest.mark.parametrize("answer, kind, words", WAITED_FOR)
def test_a_fault_is_named_and_explained(answer, kind, words):
    verdict = exercise().judge(answer)
    assert verdict.state == "not yet" and verdict.finding.kind == kind
    assert words in text(answer)


@pytest.mark.parametrize("answer, kind, words", WAITED_FOR)
def test_the_notebook_goes_on_with_the_packages_function(answer, kind, words, capsys):
    assert exercise().check(answer) is scale
    assert capsys.readouterr().out.splitlines()[0] == "scale: not yet · this notebook uses the package's scale"


@pytest.mark.parametrize("answer, words", [
    (lambda X, n: (X * n,), "Is there a comma at the end of the `return` line?"),
    (lambda X, n: [X * n, X], "One thing should come back: `scaled`. Got a list of 2."),
    (lambda X, n: (yield X), "`scaled` should be a torch tensor. Got a generator."),
    (lambda X, n: str(X), "Got a str."),
])
def test_one_thing_is_wanted_and_something_else_comes(answer, words):
    assert words in text(answer, single())


def test_a_finding_never_shows_our_own_lines():
    shown = text(raises_in_torch)
    assert "calling.py" not in shown and "site-packages" not in shown and "Traceback" not in shown


def test_a_right_answer_passes_and_is_handed_back(capsys):
    def mine(X, n):
        return n * X, X.flatten().sum(dim=0)

    assert exercise().check(mine) is mine
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "scale: passed · this notebook now uses your scale"
    verdict = exercise().judge(mine)
    assert (verdict.passed, verdict.total, verdict.right) == (6, 6, ("scaled", "total"))


@pytest.mark.parametrize("answer", [functools.partial(lambda k, X, n: (X * n, X.sum()), 0), type(
    "Module", (torch.nn.Module,), {"forward": lambda self, X, n: [X * n, X.sum()]})()])
def test_any_callable_may_be_the_answer(answer):
    assert exercise().judge(answer).state == "passed"


def test_an_answer_that_needs_gradients_passes():
    assert single().judge(lambda X, n: X.clone().requires_grad_() * n).state == "passed"


def test_what_a_hostile_object_does_is_survived(capsys):
    class Hostile(torch.Tensor):
        @property
        def shape(self):
            raise RuntimeError("no shape for you")

    ours = single()
    assert ours.check(lambda X, n: (X * n).as_subclass(Hostile)) is ours.reference
    assert "should be a plain tensor, and this is a `Hostile`" in capsys.readouterr().out


def test_a_check_shifts_none_of_the_notebooks_random_numbers():
    torch.manual_seed(0)
    want = torch.rand(3)
    torch.manual_seed(0)
    exercise().judge(lambda X, n: (torch.rand_like(X), X.sum()))
    assert torch.equal(torch.rand(3), want)


def test_checks_are_counted_by_input_and_by_result():
    verdict = exercise().judge(example_only_and_silently)
    assert (verdict.passed, verdict.total, verdict.right) == (4, 6, ("total",))
    assert "4 of 6 checks pass. Right on every input: `total`." in text(example_only_and_silently)


def test_a_mistake_that_the_right_answer_shows_as_well_is_not_told():
    @catches("There is a zero in it.")
    def zero(got, X, n):
        return bool((got[0] == 0).any())

    assert exercise(mistakes=(zero,)).judge(lambda X, n: (X * n + X**3, X.sum())).finding.kind == "different"


def test_what_a_measure_finds_is_told_of_the_answers_own_output_and_never_of_the_measurement():
    def measure(function, X, n):
        out = function(X, n)
        return RIGHT if isinstance(out, torch.Tensor) and bool((out.sum() > 0).all()) else Wrong(out, "low", "Too low.")

    @catches("It is turned.")
    def turned(got, X, n):
        return bool((got < 0).any())

    ours = single(measure=measure, mistakes=(turned,))
    assert ours.judge(lambda X, n: X + 100).state == "passed"
    assert ours.judge(lambda X, n: -X - 1).finding.kind == "turned"
    assert ours.judge(lambda X, n: X * 0).finding.kind == "low"
    numbers = single(measure=lambda function, X, n: torch.full((49,), float(function(X, n).sum())), mistakes=())
    assert numbers.judge(lambda X, n: n * X).state == "passed"
    shown = text(lambda X, n: X, numbers)
    assert "`scaled` is not what it should be yet." in shown and "49" not in shown


def test_align_turns_an_answer_into_the_equal_one_nearest_to_the_wanted():
    turned = single(align=lambda got, want: torch.where(torch.sign(got) != torch.sign(want), -got, got))
    assert turned.judge(lambda X, n: -X * n).state == "passed"
    assert turned.judge(lambda X, n: X**3).finding.kind == "different"


# ---- the stub -------------------------------------------------------------------------------------------------------

def with_a_docstring(X, n):
    """n times X."""


def with_pass(X, n):
    pass


def with_not_implemented(X, n):
    """n times X."""
    raise NotImplementedError("your code here")


STUBS = (with_a_docstring, with_dots, with_pass, with_not_implemented)


@pytest.mark.parametrize("answer", STUBS)
def test_an_untouched_stub_is_not_attempted_and_never_called_wrong(answer, capsys, home):
    assert exercise().check(answer) is scale
    shown = capsys.readouterr().out
    assert shown.splitlines()[0] == "scale: not attempted · this notebook uses the package's scale"
    assert "Write your answer in place of the `...`" in shown and not (home / "progress.json").exists()


@pytest.mark.parametrize("answer", STUBS)
def test_a_stub_typed_where_no_source_is_kept_is_recognized_too(answer):
    names = {}
    exec(inspect.getsource(answer).replace(answer.__name__, "scale"), names)
    with pytest.raises(OSError):
        inspect.getsource(names["scale"])
    assert stub.untouched(names["scale"])
    exec("def scale(X, n):\n    return X", names)
    assert not stub.untouched(names["scale"])
    exec("def scale(X, n):\n    raise ValueError", names)
    assert not stub.untouched(names["scale"])


@pytest.mark.parametrize("answer", [no_return, half_filled, through_the_reference, print, None])
def test_what_has_been_touched_is_no_stub(answer):
    assert not stub.untouched(answer)


def test_the_not_attempted_panel_is_the_same_every_time():
    first = exercise()._repr_html_(), text(with_dots), messages.of_verdict(exercise(), exercise().judge(with_dots))
    record.keep("00_test", "scale", passed=True)
    again = exercise()._repr_html_(), text(with_dots), messages.of_verdict(exercise(), exercise().judge(with_dots))
    assert first[:2] == again[:2] and first[2]._repr_html_() == again[2]._repr_html_()


def test_the_packages_own_function_is_sent_back_with_a_kind_word(capsys):
    assert exercise().check(scale) is scale
    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("scale: not attempted") and "run the cell with `def scale` again" in shown


def test_a_finished_stub_half_way_says_where_it_ends():
    def begun(X, n):
        print(X.sum())
        raise NotImplementedError

    assert "raise NotImplementedError" in text(begun) and exercise().judge(begun).finding.kind == "unfinished"


def test_dots_that_are_code_are_no_hole():
    def indexed(X, n):
        scaled = X[..., :1] * n
        return scaled, X.sum()

    assert exercise().judge(indexed).finding.kind == "too_few"
