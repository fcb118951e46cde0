"""The memory bank: a list beside it, and what it refuses."""

from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from sslcourse.methods.bank import MemoryBank, numbered


def test_rows_move_by_their_momentum_and_keep_length_one():
    bank = MemoryBank(6, 4, m=0.25)
    before, new = bank.rows.clone(), torch.randn(2, 4)
    bank.move(torch.tensor([5, 1]), new)
    for row in range(6):
        if row in (5, 1):
            wanted = F.normalize(0.25 * before[row] + 0.75 * F.normalize(new[0 if row == 5 else 1], dim=0), dim=0)
            torch.testing.assert_close(bank.rows[row], wanted)
        else:
            assert torch.equal(bank.rows[row], before[row])
    assert "rows" in bank.state_dict()


def test_the_others_are_never_one_s_own():
    bank, index = MemoryBank(4, 3), torch.tensor([0, 2])
    drawn = bank.others(index, 200)
    found = {int(where) for row in drawn for where in (bank.rows == row).all(dim=1).nonzero()[:, 0]}
    assert found == {1, 3}
    with pytest.raises(ValueError, match="index"):
        bank.others(torch.arange(4), 1)


@pytest.mark.parametrize(("call", "argument"), [
    (lambda: MemoryBank(0, 4), "size"), (lambda: MemoryBank(4, 0), "dim"), (lambda: MemoryBank(4, 4, 1.0), "m"),
    (lambda: MemoryBank(4, 4).move(torch.tensor([4]), torch.zeros(1, 4)), "index"),
    (lambda: numbered(torch.zeros(2, 3, 4, 4)), "batch"),
    (lambda: numbered((torch.zeros(2, 3, 4, 4), torch.zeros(3).long())), "index"),
])
def test_bad_input_is_named(call, argument):
    with pytest.raises(ValueError, match=f"^{argument}: got .*, wanted "):
        call()
