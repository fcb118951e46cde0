"""What a wrong answer has to do with the right one is told where it holds in every case, and nowhere else."""

import math

import pytest
import torch

from sslcourse.exercises import compare, places, relations
from sslcourse.exercises.chance import normal


def some(n, d, seed, dtype=torch.float32):
    return torch.rand(n, d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).add(0.1).to(dtype)


X = [some(6, 4, 0), some(3, 5, 1), some(7, 7, 2, torch.float64)]


def told(got, want, args=None):
    found = relations.told([(got(x), want(x), {"x": x, "tau": 0.3 + i, **(args or {})}) for i, x in enumerate(X)])
    return found and found.kind


def shares(x):
    return x.softmax(dim=1)


def unit(x):
    return x / x.norm(dim=1, keepdim=True)


def itself(x):
    return x


@pytest.mark.parametrize("kind, got, want", [
    ("epsilon", lambda x: (x + 1e-4) * 1.0005, itself), ("negated", lambda x: -x, itself),
    ("complement", lambda x: 1 - x, itself), ("nats", lambda x: x * math.log(2), itself),
    ("bits", lambda x: x / math.log(2), itself), ("doubled", lambda x: 2 * x, itself), ("halved", lambda x: x / 2, itself),
    ("bytes_kept", lambda x: 255 * x, itself), ("bytes_divided", lambda x: x / 255, itself),
    ("reciprocal", lambda x: 1 / x, itself), ("root", lambda x: x.sqrt(), itself), ("square", lambda x: x**2, itself),
    ("logarithm", lambda x: x.log(), itself), ("exponential", lambda x: x.exp(), itself),
    ("softmax_missing", itself, shares), ("softmax_again", lambda x: shares(shares(x)), shares),
    ("softmax_of_columns", lambda x: x.softmax(dim=0), shares),
    ("transposed", lambda x: x.T, itself), ("transposed", lambda x: (x @ x.T).triu(), lambda x: (x @ x.T).tril()),
    ("normalized", unit, itself), ("not_normalized", itself, unit), ("reversed", lambda x: x.flip(0), itself),
    ("rows_reversed", lambda x: x.flip(1), itself), ("shifted", lambda x: x.roll(1, 0), itself),
    ("shifted_in_rows", lambda x: x.roll(1, 1), itself),
    ("rows_permuted", lambda x: x[:, [1, 0, *range(2, x.shape[1])]], itself),
    ("permuted", lambda x: x.flatten().roll(2).view_as(x), itself), ("magnitude", lambda x: x * (x - 0.5).sign(), itself),
    ("not_shares", lambda x: x.exp(), shares), ("not_centered", itself, lambda x: x - x.mean(1, keepdim=True)),
    ("scaled", lambda x: x.sum(0), lambda x: x.mean(0)), ("scaled", lambda x: x.sum(), lambda x: x.mean()),
    ("scaled", lambda x: x.var(0, correction=0), lambda x: x.var(0)), ("scaled", lambda x: x * 1.37, itself),
    ("offset", lambda x: x + 1, itself), ("offset", lambda x: x.sum() + 0.5, lambda x: x.sum()),
    ("offset", lambda x: x + len(x), itself),
    ("flattened", lambda x: x.flatten(), itself), ("not_averaged", itself, lambda x: x.mean()),
    ("not_summed", itself, lambda x: x.sum()), ("averaged", lambda x: x.mean(), itself),
    ("summed", lambda x: x.sum(), itself),
    ("mean_to_come", itself, lambda x: x.mean(1)), ("sum_to_come", itself, lambda x: x.sum(0)),
    ("largest_to_come", itself, lambda x: x.amax(0)), ("mean_too_much", lambda x: x.mean(1), itself),
    ("axes", lambda x: x[:, :, None].expand(-1, -1, 2).permute(2, 0, 1), lambda x: x[:, :, None].expand(-1, -1, 2)),
    ("too_many", lambda x: torch.cat([x, x]), itself), ("too_few", lambda x: x[:-1], itself),
    ("complement", lambda x: x < 0.5, lambda x: x >= 0.5), ("too_many_true", lambda x: x > 0.2, lambda x: x > 0.5),
    ("too_few_true", lambda x: x > 0.5, lambda x: x > 0.2),
])
def test_a_relation_is_recognized_and_a_single_case_that_differs_ends_it(kind, got, want):
    assert told(got, want) == kind
    cases = [(got(x), want(x), {"x": x}) for x in X]
    off = cases[2][0].clone()
    spoiled = off * 1.7 + torch.rand(off.shape).double() + 3
    if off.dtype == torch.bool:
        spoiled = torch.full_like(off, kind == "too_few_true")
    found = relations.told([*cases[:2], (spoiled, cases[2][1], {"x": X[2]})])
    assert found is None or found.kind != kind


@pytest.mark.parametrize("always", [0.0, 1.0])
def test_the_same_number_for_every_case_is_no_row_without_its_mean_or_at_length_1(always):
    wanted = [torch.tensor(x) for x in (0.7, 0.525, 0.4)]
    assert relations.told([(torch.tensor(always), want, {}) for want in wanted]) is None


@pytest.mark.parametrize("factor, words", [
    (lambda x, tau: x.shape[0], "times the number of rows of `x`"),
    (lambda x, tau: 1 / x.shape[1], "1 / the number of columns of `x`"),
    (lambda x, tau: tau, "times `tau`"), (lambda x, tau: 1 / tau, "times 1 / `tau`"),
    (lambda x, tau: tau**2, "the square of `tau`"),
    (lambda x, tau: x.shape[1] ** 0.5, "the root of the number of columns of `x`"), (lambda x, tau: 1.37, "times 1.37"),
])
def test_a_factor_is_named(factor, words):
    cases = [(x * factor(x, 0.3 + i), x, {"x": x, "tau": 0.3 + i}) for i, x in enumerate(X)]
    assert words in relations.told(cases).words


@pytest.mark.parametrize("one", [lambda x: x.mean(), lambda x: x[:, :1]], ids=["a single number", "a single column"])
def test_nothing_is_told_of_a_row_of_one_entry_that_would_be_1_whatever_it_was(one):
    assert told(lambda x: torch.ones_like(one(x)), one) is None
    assert told(one, lambda x: torch.ones_like(one(x))) is None


def test_an_argument_that_has_more_axes_in_one_case_than_in_another_is_no_obstacle():
    inputs = [torch.zeros(4, 3, 2, 2), torch.zeros(5, 6)]
    cases = [(some(len(x), 3, 0).square().sum(dim=1), some(len(x), 3, 1).sum(dim=1), {"x": x}) for x in inputs]
    assert relations.told(cases) is None


def test_an_argument_that_only_some_cases_have_is_no_obstacle():
    inputs = [(some(4, 3, 0), some(1, 4, 1)), (some(5, 6, 0), None), (some(2, 6, 0), some(1, 2, 1))]
    for cases in (inputs, [inputs[1], inputs[0], inputs[2]]):
        by_rows = [(x.sum(0), x.mean(0), {"weights": w, "x": x}) for x, w in cases]
        assert relations.told(by_rows).words.endswith("the number of rows of `x`.")


def test_of_single_numbers_any_factor_is_true_and_only_a_named_one_is_told():
    assert told(lambda x: x.sum() ** 1.5, lambda x: x.sum()) is None
    assert told(lambda x: torch.where(x > 0.9, 0.0, x), itself) is None


def put(x, value, *at):
    x = x.clone()
    x[at] = value
    return x


@pytest.mark.parametrize("got, words", [
    (put(torch.ones(4, 3), 5.0, 2), "3 of 12 entries differ, all of them in row 2"),
    (put(torch.ones(4, 3), 5.0, slice(None), 1), "4 of 12 entries differ, all of them in column 1"),
    (torch.ones(3, 3) + torch.eye(3), "3 of 9 entries differ, just those on the diagonal"),
    (torch.ones(3, 3) * 2 - torch.eye(3), "6 of 9 entries differ, just those off the diagonal"),
    (torch.ones(3, 3).triu() + torch.ones(3, 3).tril(-1) * 4, "just those below the diagonal"),
    (put(torch.ones(4, 3), torch.nan, 1, 2), "1 of 12 entries differ; 1 of yours is NaN"),
    (put(torch.ones(5), 2.0, 4), "1 of 5 entries differ"),
    (torch.tensor([1.0, 2, 1, 2, 1]), "2 of 5 entries differ, at 1, 3"), (torch.zeros(5), "Every entry differs"),
    (torch.ones(5), ""), (torch.tensor(2.0), ""),
])
def test_where_it_differs(got, words):
    shown = places.where(got, torch.ones(got.shape))
    assert words in shown if words else shown == ""


@pytest.mark.parametrize("got, want, words", [
    ([9.76131, 1], [9.76134, 1], "entry [0] is 9.76131, wanted 9.76134"),
    ([1, -math.inf], [2, -math.inf], "entry [0] is 1, wanted 2"),
    ([0.5, math.nan], [0.5, 1.0], "entry [1] is nan, wanted 1"), ([math.inf, 1], [1, 3.0], "entry [0] is inf, wanted 1"),
    ([0.25], [0.5], "entry [0] is 0.25, wanted 0.5"),
])
def test_numbers_are_shown_with_as_many_digits_as_tell_them_apart(got, want, words):
    assert compare.worst(torch.tensor(got, dtype=torch.float64), torch.tensor(want, dtype=torch.float64)) == words


def test_a_tolerance_stops_shrinking_where_what_is_wanted_is_near_zero():
    tiny = torch.tensor([1e-4, 0.9e-4])
    assert compare.close(tiny + 3e-6, tiny) and not compare.close(tiny * 1.5, tiny)
    assert compare.close(torch.tensor(0.5 + 1e-5), torch.tensor(0.5))
    assert not compare.close(torch.tensor(0.501), torch.tensor(0.5))
    p = torch.rand(5, dtype=torch.float64).softmax(0)
    assert compare.close(-(p * (p + 1e-8).log()).sum(), -(p * p.log()).sum())
    assert not compare.close(-(p * (p + 1e-4).log()).sum(), -(p * p.log()).sum())


def test_a_bell_curve_is_told_from_what_has_its_mean_and_spread():
    z = torch.randn(4000, generator=torch.Generator().manual_seed(1))
    even = 12**0.5 * (torch.rand(4000, generator=torch.Generator().manual_seed(1)) - 0.5)
    assert normal(z) and not normal(even) and not normal(z.sign()) and not normal(z + 0.2) and not normal(z * torch.nan)


@pytest.mark.parametrize("got, want", [(1.0, 0.98), (0.0, 0.7), (1.0, 0.3)])
def test_single_numbers_have_no_rows(got, want):
    """The softmax of one number is 1, its length 1 and its mean itself: nobody who answers 1 or 0 took a softmax."""
    cases = [(torch.tensor(got), torch.tensor(want + 0.1 * i), {}) for i in range(2)]
    found = relations.told(cases)
    assert found is None or found.kind not in relations.OF_ROWS


def test_inputs_are_described_by_shape_and_single_numbers_by_value():
    values = {"X": torch.ones(4, 2), "logit_scale": torch.tensor(14.3), "k": 3, "encode": torch.nn.Identity()}
    assert compare.describe(values) == "X (4, 2) float32, logit_scale = 14.3, a tensor, k = 3"
