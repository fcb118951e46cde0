"""Bad input is refused by a ValueError that names the argument, what came and what was wanted."""

from __future__ import annotations

import pytest

from tests.losses.bad_input import BAD_INPUT


@pytest.mark.parametrize(
    ("name", "call", "argument"), BAD_INPUT, ids=[f"{n}-{a}-{i}" for i, (n, _, a) in enumerate(BAD_INPUT)]
)
def test_bad_input_is_refused(name, call, argument):
    with pytest.raises(ValueError) as refusal:
        call()
    message = str(refusal.value)
    subject, _, rest = message.partition(": got ")
    assert argument in subject, message
    assert rest and ", wanted " in rest, message
    assert len(message) < 300, message
