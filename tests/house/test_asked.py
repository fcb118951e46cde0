"""What is asked about numbers on a GPU: read together, told in the same words, and asked once of what did not change."""

from __future__ import annotations

import pytest
import torch

from sslcourse import asked, expect, losses
from tests.tools import waits
from tests.tools.pretended_gpu import pretended_gpu

BROKEN = torch.tensor([[1.0, float("nan")], [0.0, 1.0]])
CALLS = {
    "finite": (lambda x: losses.nt_xent(torch.ones_like(x), x), r"z1: got NaN or infinity inside, wanted finite numbers"),
    "in a range": (lambda x: losses.reconstruction_nll(x.nan_to_num(2.0), x.nan_to_num(2.0)),
                   r"images: got values from 0 to 2, wanted values in \[0, 1\]"),
    "above 0": (lambda x: losses.clip(x.nan_to_num(), x.nan_to_num(), x.nan_to_num().sum() - 2),
                r"logit_scale: got 0\.0, wanted a number > 0"),
    "a count": (lambda x: losses.ibot(teacher_out=x.nan_to_num(), student_out=x.nan_to_num(), mask=x.isnan()),
                r"mask: got 1 masked patches, wanted 2, one for each"),
    "triplets": (lambda x: losses.mine_triplets(x.nan_to_num(), x.nan_to_num()[0].long() * 0),
                 r"labels: got 1 classes in a batch of 2, wanted two rows that share"),
}


@pytest.mark.parametrize("name", CALLS)
def test_the_words_are_the_same_wherever_the_numbers_lie(name):
    call, message = CALLS[name]
    with pytest.raises(ValueError, match=message):
        call(BROKEN)
    with pretended_gpu(), pytest.raises(ValueError, match=message):
        call(BROKEN.to("cuda"))


@pytest.mark.parametrize("name", ["finite", "in a range", "above 0", "triplets"])
def test_together_nobody_waits_before_the_end(name):
    call, message = CALLS[name]
    with pretended_gpu():
        there = BROKEN.to("cuda")
        with asked.together() as questions, waits.counted() as found:
            call(there)
        assert not [what for what in found if what.split("()")[0] in ("bool", "float", "int", "item", "tolist")], found
        loss = torch.full((), 0.25, device="cuda")
        with waits.counted() as found:
            value, complaint = asked.first_no(loss, questions)
        assert value == 0.25 and sum(times for what, times in found.items() if "asked.py" in what and "for" not in what) == 1
    with pytest.raises(ValueError, match=message):
        raise ValueError(complaint)


def test_the_first_question_that_is_answered_with_no_is_told():
    with pretended_gpu(), asked.together() as questions:
        for value, name in ((0.0, "a"), (float("nan"), "b"), (float("inf"), "c")):
            expect.tensor(torch.full((2,), value, device="cuda"), name, finite=True)
        assert asked.first_no(torch.zeros(()), questions[:1]) == (0.0, None)
        assert asked.first_no(torch.zeros(()), questions)[1].startswith("b: got NaN")


def test_on_the_cpu_a_fault_is_told_where_it_is():
    with asked.together() as questions, pytest.raises(ValueError, match="z1: got NaN"):
        CALLS["finite"][0](BROKEN)
    assert questions == []


def test_a_loss_is_read_to_its_last_digit():
    exact = torch.tensor(1 / 3, dtype=torch.float64)
    assert asked.first_no(exact, [(torch.tensor(True), str)]) == (1 / 3, None)
    assert asked.first_no(torch.tensor(0.1), []) == (float(torch.tensor(0.1)), None)
    assert asked.first_no(torch.tensor([2.0]).half(), []) == (2.0, None)


def test_indices_are_looked_at_again_only_when_they_have_changed():
    with pretended_gpu():
        index = torch.tensor([[3, 1]]).to("cuda")
        with waits.counted() as found:
            assert [expect.extremes(index) for _ in range(3)] == [(1, 3)] * 3
        assert sum(found.values()) == 1
    index = torch.tensor([3, 1])
    assert expect.extremes(index) == (1, 3)
    index[0] = -7
    assert expect.extremes(index) == (-7, 1)
    index.clamp_(min=0)
    assert expect.extremes(index) == (0, 1) and expect.extremes(index.clone()) == (0, 1)
    with torch.inference_mode():
        made = torch.tensor([5, 2])
        assert expect.extremes(made) == (2, 5)
        made[0] = 9                                         # nobody counts the changes of these
        assert expect.extremes(made) == (2, 9)
