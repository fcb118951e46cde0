"""Numbers that change as training goes on: a teacher's momentum, a temperature, the weight decay.

Half a cosine from one value to another comes from SGDR (Loshchilov & Hutter, 2017, arXiv:1608.03983). The learning rate
has its own, `training.warmup_cosine`.
"""

from __future__ import annotations

import math

from .. import expect


def cosine_schedule(step: int, max_steps: int, start_value: float, end_value: float) -> float:
    """Half a cosine from `start_value` at step 0 to `end_value` at the last step, max_steps − 1, where it stays.

    SGDR, equation (5), without restarts; BYOL's (arXiv:2006.07733, 3.2) and DINO's momentum goes up by it:

        v(t) = end − ½ (end − start) (1 + cos(π t / (T − 1)))

    step, max_steps          t ≥ 0 and T ≥ 1, whole numbers
    start_value, end_value   any two numbers

    Raises ValueError for a negative step, no step at all, values that are not finite numbers.

    >>> [round(cosine_schedule(step, 5, 0.996, 1.0), 4) for step in range(5)]
    [0.996, 0.9966, 0.998, 0.9994, 1.0]
    """
    expect.integer(step, "step", at_least=0)
    expect.integer(max_steps, "max_steps", at_least=1)
    expect.number(start_value, "start_value")
    expect.number(end_value, "end_value")
    if step >= max_steps - 1:
        return float(end_value)
    return end_value - (end_value - start_value) * (1 + math.cos(math.pi * step / (max_steps - 1))) / 2
