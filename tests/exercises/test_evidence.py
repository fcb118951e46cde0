"""A mistake is named only if every case agrees; gradients, devices and random answers have findings of their own."""

import math
import random

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import runtime
from sslcourse.exercises import devices
from sslcourse.exercises.compare import close
from sslcourse.exercises.engine import RIGHT, Wrong, catches
from tests.exercises.pretended_device import OnDevice
from tests.exercises.small_exercise import single, text


@catches("It is the square.")
def squared(got, X, n):
    return close(got, X**2)


@catches("It is the square, where there are several rows.")
def squared_guarded(got, X, n):
    return len(X) > 1 and close(got, X**2)


@catches("Never: what it compares with is not finite.")
def infinite(got, X, n):
    return close(got, X / 0)


def right_for_one_row(X, n):
    return X * n if len(X) == 1 else X**2


def test_a_case_that_comes_out_right_speaks_against_a_mistake_that_would_show_there():
    assert single(mistakes=(squared,)).judge(lambda X, n: X**2).finding.kind == "squared"
    assert single(mistakes=(squared,)).judge(right_for_one_row).finding.kind == "different"
    assert single(mistakes=(squared_guarded,)).judge(right_for_one_row).finding.kind == "squared_guarded"


def test_a_comparison_with_what_is_not_finite_never_holds():
    kind = single(mistakes=(infinite,)).judge(lambda X, n: X / 0).finding.kind
    assert kind == "nan"
    assert close(torch.tensor(math.inf), torch.tensor(math.inf))           # elsewhere it does


def test_which_cases_are_right_is_told():
    assert "It is right for one row." in text(lambda X, n: X * n if len(X) == 1 else X**3, single())
    assert "Does it lean on a size" in text(lambda X, n: X**3 if len(X) == 1 else X * n, single())


def test_where_the_dtype_is_the_finding_no_riddle_comes_after_it():
    shown = text(lambda X, n: (X * n).float(), single())
    assert "have the dtype of the input" in shown and "It is right for three by two, one row." in shown
    assert "lean on" not in shown


@pytest.mark.parametrize("write", [
    lambda table, X: table.index_add_(0, torch.arange(len(X)), X), lambda table, X: table.scatter_(0, 0 * X.long(), X),
    lambda table, X: table.index_put_((torch.arange(len(X)),), X),
    lambda table, X: table.scatter_add_(0, torch.zeros_like(X, dtype=torch.long), X),
])
def test_what_is_written_into_a_table_of_another_dtype_is_told_as_that(write):
    shown = text(lambda X, n: write(torch.zeros(X.shape), X) * 0 + X * n, single())
    assert "another dtype than the table" in shown and "It is right for three by two, one row." in shown
    assert "lean on" not in shown


def for_three_rows(X, n):
    table = torch.zeros(3, 2).to(X)
    table[:] = X * n
    return table


@pytest.mark.parametrize("answer, words", [
    (lambda X, n: X.reshape(3, 2) * n, "A `reshape` keeps the number of entries"),
    (for_three_rows, "What is written here does not fit its place."),
    (lambda X, n: nn.Linear(1, 1).load_state_dict({}) or X, "`load_state_dict` wants something for every weight"),
])
def test_what_the_frequent_messages_mean_is_told(answer, words):
    assert words in text(answer, single())


def test_nothing_for_one_input_is_told_from_nothing_at_all():
    shown = text(lambda X, n: X * n if len(X) > 1 else None, single())
    assert "For this input your function returns nothing." in shown and "forget `return`" not in shown
    assert "lean on" not in shown


def test_a_case_that_is_not_finite_hides_no_relation():
    def answer(X, n):
        return -X * n if len(X) > 1 else X / 0

    assert single().judge(answer).finding.kind == "negated"


def test_inputs_that_have_no_words_leave_no_colon_behind():
    bare = single(reference=lambda X, n: X[0] * n[0], cases=lambda: {"a list": ([torch.ones(2)], [3])})
    assert "Tried on a list." in text(lambda X, n: X[0] ** 5 + X[0], bare)


def test_nan_and_infinity_have_causes_of_their_own():
    assert "the root or the logarithm of a negative number" in text(lambda X, n: (-1 - X).sqrt(), single())
    shown = text(lambda X, n: (1 + X) / 0, single())
    assert "a division by 0" in shown and "negative" not in shown


def test_of_one_number_everywhere_is_not_said():
    one_number = single(reference=lambda X, n: X.sum(), mistakes=())
    assert "It is 1 too large, in every case." in text(lambda X, n: X.sum() + 1, one_number)
    assert "It is 1 too large, everywhere." in text(lambda X, n: X * n + 1, single())


def test_a_tensor_in_place_of_a_number_is_rounded_too():
    shown = text(lambda X, n: torch.tensor(float(X.sum()) ** 3 + 1 / 3), single(reference=lambda X, n: float(X.sum())))
    assert "Got 3375.3, wanted 15." in shown


# ---- gradients --------------------------------------------------------------------------------------------------------


def loss(a, b):
    return ((a - b.detach()) ** 2 * a).sum()


def pairs():
    return {f"{n} rows": tuple(torch.rand(2, n, 3, generator=torch.Generator().manual_seed(n)).unbind()) for n in (4, 1, 2)}


def trained(reference=loss, **changes):
    return single(reference=reference, cases=pairs, returns=("loss",), **{"trains_on": ("a", "b"), **changes})


def no_grad(a, b):
    with torch.no_grad():
        return loss(a, b)


@pytest.mark.parametrize("answer, kind, words", [
    (lambda a, b: loss(a, b).detach(), "detached", "no gradient gets back to `a`"),
    (no_grad, "detached", "`torch.no_grad()`"),
    (lambda a, b: torch.tensor(loss(a, b).item()), "detached", "a new tensor made of numbers"),
    (lambda a, b: ((a.data - b) ** 2 * a).sum() , "gradient_differs", "`a` and `b`"),
    (lambda a, b: ((a - b) ** 2 * a).sum(), "leaks", "a gradient flows into `b`, which stands still here: `b.detach()`"),
    (lambda a, b: ((a.detach() - b.detach()) ** 2 * a).sum(), "gradient_differs", "what it teaches `a` is not"),
    (lambda a, b: loss(a, b) + 0 * (a - a).norm(dim=1).sqrt().sum(), "gradient_nan", "its gradient is not a number"),
])
def test_a_right_value_with_another_gradient_is_caught(answer, kind, words):
    verdict = trained().judge(answer)
    assert (verdict.state, verdict.finding.kind) == ("not yet", kind) and words in verdict.finding.hint
    assert verdict.right == ("loss",) and verdict.passed < verdict.total == 6


def test_one_of_two_inputs_that_learns_nothing_is_named():
    both = trained(lambda a, b: (a * b).sum())
    verdict = both.judge(lambda a, b: (a * b.detach()).sum())
    assert verdict.finding.kind == "half_detached" and "no gradient reaches `b`" in verdict.finding.hint
    assert both.judge(lambda a, b: (b * a).sum()).state == "passed"


def test_a_wrong_value_is_told_before_its_gradient_and_a_change_in_place_is_still_seen():
    assert trained().judge(lambda a, b: -loss(a, b).detach()).finding.kind == "negated"

    def in_place(a, b):
        value = loss(a.clone(), b)
        a.mul_(2)
        return value

    assert trained().judge(in_place).finding.kind == "changes"


def test_an_input_that_is_cut_off_in_place_is_told_so():
    def cut(a, b):
        b.detach_()
        return (a * b).sum()

    verdict = trained(lambda a, b: (a * b.detach()).sum()).judge(cut)       # right by its value and by its gradient
    assert (verdict.state, verdict.passed, verdict.finding.kind) == ("not yet", 0, "cut")
    assert "cuts `b` out of the graph" in verdict.finding.hint and "`b.detach()`" in verdict.finding.hint


def test_an_exercise_may_name_a_gradients_mistake_itself_and_a_network_may_be_what_learns():
    @catches("b moves.", of="gradient")
    def moves(slopes, a, b):
        return bool(slopes["b"].any())

    assert trained(mistakes=(moves,)).judge(lambda a, b: ((a - b) ** 2 * a).sum()).finding.kind == "moves"
    network = single(reference=lambda net, x: net(x).sum(), returns=("loss",), trains_on=("net",), cases=lambda: {
        "one": (nn.Linear(3, 2), torch.ones(4, 3)), "two": (nn.Linear(3, 1), torch.ones(2, 3))})
    assert network.judge(lambda net, x: (x @ net.weight.T + net.bias).sum()).state == "passed"
    assert network.judge(lambda net, x: (x @ net.weight.detach().T + net.bias).sum()).finding.kind == "gradient_differs"


def test_a_network_that_should_stand_still_is_told_so_in_words_that_fit_a_network():
    def still(net, x):
        return (x @ net.weight.detach().T).sum()

    held = single(reference=still, returns=("loss",), trains_on=("net", "x"), cases=lambda: {
        "one": (nn.Linear(3, 2), torch.ones(4, 3)), "two": (nn.Linear(3, 1), torch.ones(2, 3))})
    found = held.judge(lambda net, x: (x @ net.weight.T).sum()).finding
    assert found.kind == "leaks" and "into `net`, which stands still here: use its weights detached" in found.hint


# ---- answers that are random ------------------------------------------------------------------------------------------


def noise(function, X, n):
    out = function(X, n)
    return RIGHT if out.shape == X.shape and bool((out - X).std() > 0.2) else Wrong(out)


NOISY = dict(reference=lambda X, n: X + torch.randn_like(X), measure=noise, random=True,
             cases=lambda: {"a": (torch.zeros(20, 3), 2), "b": (torch.zeros(10, 5), 1), "c": (torch.ones(30, 2), 1)})
GENERATOR = np.random.default_rng()


def seeded(X, n):
    torch.manual_seed(0)
    return X + torch.randn_like(X)


def resets_another(X, n):
    torch.manual_seed(0)
    return X + torch.from_numpy(np.random.randn(*X.shape)).float()


def seeded_generator(X, n):
    return X + torch.randn(X.shape, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("answer, kind", [
    (lambda X, n: X + torch.randn_like(X), None), (seeded, "seeded"), (seeded_generator, "seeded"),
    (lambda X, n: X, "different"), (resets_another, "seeded"),
    (lambda X, n: X + torch.from_numpy(np.random.randn(*X.shape)).float(), None),
    (lambda X, n: X + torch.from_numpy(GENERATOR.normal(size=X.shape)).float(), None),
    (lambda X, n: X + torch.tensor([[random.gauss(0, 1) for _ in row] for row in X]), None),
])
def test_a_random_answer_may_draw_as_it_likes_but_not_the_same_each_time(answer, kind):
    finding = single(**NOISY).judge(answer).finding
    assert (finding and finding.kind) == kind


def test_an_answer_that_draws_by_the_notebooks_own_seed_is_told_so():
    def drawn(X, n):
        return X + torch.randn(X.shape, generator=torch.Generator().manual_seed(n))

    def by_the_notebooks_seed(X, n):
        torch.manual_seed(n)
        return X + torch.randn(X.shape)

    fixed = single(reference=drawn)
    assert fixed.judge(by_the_notebooks_seed).finding.kind == "reseeds"
    assert fixed.judge(lambda X, n: X + torch.randn(X.shape, generator=torch.Generator().manual_seed(n))).state == "passed"


def test_that_it_is_random_is_told_only_where_no_mistake_is_named():
    def twice(X, n):
        return X**2 + torch.rand(()) * 1e-3 * torch.ones(()) * (random.random() > 2)

    assert single(mistakes=(squared,)).judge(twice).finding.kind == "squared"

    @catches("Noise.")
    def noisy(got, X, n):
        return not bool((got == X * n).any())

    assert single(mistakes=(noisy,)).judge(lambda X, n: X * n + torch.rand_like(X) + 1).finding.kind == "noisy"
    assert single().judge(lambda X, n: X * n + torch.rand_like(X) + 1).finding.kind == "random"


def test_the_generators_of_the_notebook_stand_where_they_stood():
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    want = torch.rand(1).item(), np.random.rand(), random.random()
    torch.manual_seed(3), np.random.seed(3), random.seed(3)
    single(**NOISY).judge(seeded)
    assert (torch.rand(1).item(), np.random.rand(), random.random()) == want


# ---- another device ---------------------------------------------------------------------------------------------------


@pytest.fixture
def on_a_device(monkeypatch):
    monkeypatch.setattr(runtime, "device", lambda: torch.device("cuda"))
    monkeypatch.setattr(devices, "moved", lambda args, device: tuple(
        OnDevice(x.clone()) if isinstance(x, torch.Tensor) else x for x in args))


@pytest.mark.parametrize("answer, words", [
    (lambda X, n: X * n + torch.zeros(X.shape, dtype=X.dtype), "two devices meet: a new tensor is made on the CPU"),
    (lambda X, n: torch.tensor((X * n).tolist(), dtype=X.dtype), "`scaled` comes back on the CPU"),
])
def test_an_answer_that_mixes_devices_is_told_so(answer, words, on_a_device):
    verdict = single().judge(answer)
    assert verdict.finding.kind == "device" and words in verdict.finding.hint and verdict.passed == verdict.total
    assert single().judge(lambda X, n: n * X + torch.zeros_like(X)).state == "passed"


def test_without_another_device_nothing_of_it_is_said():
    assert single().judge(lambda X, n: X * n + torch.zeros(X.shape, dtype=X.dtype)).state == "passed"
