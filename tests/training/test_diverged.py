"""Whatever the method, a learning rate that is far too high ends in `Diverged`: the step, and the true cause."""

from __future__ import annotations

import pytest
import torch

from sslcourse import training
from tests.methods.small import SMALL


@pytest.mark.parametrize("name", SMALL)
def test_a_learning_rate_that_is_far_too_high_is_said_to_be(name):
    """The table is the methods' own: their room asks for a row for each of them."""
    torch.manual_seed(0)
    method, rows = SMALL[name].make(3), SMALL[name].batch(16)
    with pytest.raises(training.Diverged, match=r"^Step [1-9]\d*: .*have grown without bounds.*learning rate \(1e\+12"):
        training.train(method, rows, steps=40, batch_size=8, lr=1e12, warmup=0.0, optimizer="sgd", bfloat16=False)
