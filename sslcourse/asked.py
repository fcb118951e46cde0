"""What is asked about numbers, and when the answer is read: at once, or all answers of a training step together.

On a GPU the numbers of a tensor are there only when everything before them has been computed. Whoever asks "is any of
them NaN?" waits for that, and then the GPU waits for Python. A loss asks it of each of its arguments; so the training
loop opens `together`, and reads all answers in one copy, with the loss.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Question = tuple["Tensor", Callable[[], str]]       # one bool, and what to say where it is False
_open: ContextVar[list[Question] | None] = ContextVar("asked", default=None)


@contextlib.contextmanager
def together() -> Iterator[list[Question]]:
    """Inside the block, what `holds` asks of an accelerator waits in the list. Whoever opens it reads it: `first_no`."""
    waiting: list[Question] = []
    token = _open.set(waiting)
    try:
        yield waiting
    finally:
        _open.reset(token)


def holds(ok: Tensor, complaint: Callable[[], str]) -> None:
    """Raise ``ValueError(complaint())`` unless `ok`, a tensor of one bool; where `together` is open, perhaps later."""
    waiting = _open.get()
    if waiting is not None and ok.device.type != "cpu":
        waiting.append((ok, complaint))
    elif not bool(ok):
        raise ValueError(complaint())


def first_no(number: Tensor, questions: list[Question]) -> tuple[float, str | None]:
    """`number`, and the complaint of the first question that was answered with no: one copy from the device for all.

    >>> import torch
    >>> first_no(torch.tensor(2.5), [(torch.tensor(True), lambda: "a"), (torch.tensor(False), lambda: "b")])
    (2.5, 'b')
    """
    import torch

    number = number.detach()
    number = number if number.dtype == torch.float64 else number.float()
    value, *answers = torch.stack([number.reshape(()), *(ok.to(number.dtype).reshape(()) for ok, _ in questions)]).tolist()
    return value, next((complaint() for (_, complaint), answer in zip(questions, answers) if not answer), None)
