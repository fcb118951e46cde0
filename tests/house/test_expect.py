"""Checks on arguments, swept once for the whole house: what each refuses, what it lets pass, and in which words."""

from __future__ import annotations

import pytest
import torch

from sslcourse import expect

NAN, INFINITY = float("nan"), float("inf")
NO_NUMBERS = (NAN, INFINITY, -INFINITY, "0.5", None, True, 1j, [1.0], torch.ones(2))


@pytest.mark.parametrize(("check", "good", "bad"), [
    (expect.positive, (1, 0.5, 1e-30), (0, -1, -1e-30, *NO_NUMBERS)),
    (expect.number, (0, -3, 2.5), NO_NUMBERS),
    (lambda x, name: expect.number(x, name, at_least=0), (0, 7.5), (-1e-9, -1, *NO_NUMBERS)),
    (lambda x, name: expect.number(x, name, at_most=1), (1, -5), (1.1, *NO_NUMBERS)),
    (lambda x, name: expect.number(x, name, at_least=0, at_most=1), (0, 1, 0.3), (-0.1, 1.1, *NO_NUMBERS)),
    (expect.integer, (0, -3, 7), (0.5, 2.0, *NO_NUMBERS)),
    (lambda x, name: expect.integer(x, name, at_least=1, at_most=3), (1, 3), (0, 4, 2.5, *NO_NUMBERS)),
    (lambda x, name: expect.one_of(x, name, ("all", "hard")), ("all", "hard"), ("al", "", None, 0)),
    (expect.tensor, (torch.ones(2), torch.zeros(0)), ([1.0], None, 3)),
    (lambda x, name: expect.tensor(x, name, ("N", 3)), (torch.ones(1, 3),),
     (torch.ones(3), torch.ones(2, 2), torch.ones(0, 3))),
    (lambda x, name: expect.tensor(x, name, ("N", "N")), (torch.ones(2, 2),), (torch.ones(2, 3),)),
    (lambda x, name: expect.tensor(x, name, finite=True), (torch.ones(2),),
     (torch.tensor([1, NAN]), torch.tensor([INFINITY]))),
    (lambda x, name: expect.labels(x, name, n=2), (torch.tensor([0, 5]),), (torch.tensor([0]), torch.ones(2), [0, 1])),
    (lambda x, name: expect.labels(x, name, num_classes=3), (torch.tensor([0, 2]),), (torch.tensor([3]), torch.tensor([-1]))),
    (expect.images, (torch.ones(1, 3, 2, 2), torch.zeros(1, 1, 2, 2, dtype=torch.uint8)),
     (torch.ones(3, 2, 2), torch.ones(1, 2, 2, 2), torch.ones(1, 3, 2, 2).long())),
])
def test_what_passes_and_what_is_refused(check, good, bad):
    for value in good:
        check(value, "argument")
    for value in bad:
        with pytest.raises(ValueError, match=r"^argument: got .+, wanted .+") as refusal:
            check(value, "argument")
        assert len(str(refusal.value)) < 300


def test_a_misspelling_is_answered_with_the_nearest_option():
    with pytest.raises(ValueError, match=r"mining: got 'semi-hard', wanted one of all, semihard .*did you mean semihard"):
        expect.one_of("semi-hard", "mining", ("all", "semihard"))


def test_shapes_that_differ_are_shown():
    with pytest.raises(ValueError, match=r"a, b: got shapes \(2, 3\) and \(2, 4\), wanted one shape for both"):
        expect.same_shape(torch.ones(2, 3), torch.ones(2, 4), "a, b")
