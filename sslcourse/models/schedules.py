"""Numbers that change as training goes on: the teacher's momentum, the learning rate, the weight decay.

Half a cosine from one value to another comes from SGDR (Loshchilov & Hutter, 2017, arXiv:1608.03983).
"""

from __future__ import annotations

import math

from .. import expect


def cosine_schedule(step: int, max_steps: int, start_value: float, end_value: float) -> float:
    """Half a cosine from `start_value` at step 0 to `end_value` at the last step, max_steps − 1, where it stays.

    SGDR, equation (5), without restarts; BYOL's (arXiv:2006.07733, 3.2) and DINO's momentum goes up by it:

        v(t) = end − ½ (end − start) (1 + cos(π t / (T − 1)))

    Args:
        step, max_steps: t ≥ 0 and T ≥ 1, whole numbers.
        start_value, end_value: any two numbers.

    Raises:
        ValueError: a negative step, no step at all, values that are not finite numbers.

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


def warmup_cosine(
    step: int, max_steps: int, warmup_steps: int, *, peak_value: float = 1.0, end_value: float = 0.0
) -> float:
    """A learning rate: up in a line for `warmup_steps`, then down by `cosine_schedule`.

    The recipe of SimCLR (arXiv:2002.05709, section 2.1). The line starts one step above 0, at peak / warmup_steps, for
    a step with a rate of 0 learns nothing; the peak is reached at the last step of the warm-up and held for one more.

    Args:
        step, max_steps: the step at hand, from 0, and the number of all of them, the warm-up included.
        warmup_steps: in [0, max_steps].
        peak_value, end_value: the highest value and the last; as they are, the schedule is a factor of a learning rate,
            as torch.optim.lr_scheduler.LambdaLR wants it.

    Raises:
        ValueError: a negative step, a warm-up longer than all steps, values that are not finite numbers.

        >>> [round(warmup_cosine(step, 7, warmup_steps=2), 2) for step in range(7)]
        [0.5, 1.0, 1.0, 0.85, 0.5, 0.15, 0.0]
    """
    expect.integer(step, "step", at_least=0)
    expect.integer(max_steps, "max_steps", at_least=1)
    expect.integer(warmup_steps, "warmup_steps", at_least=0, at_most=max_steps)
    expect.number(peak_value, "peak_value")
    expect.number(end_value, "end_value")
    if step < warmup_steps:
        return peak_value * (step + 1) / warmup_steps
    return cosine_schedule(step - warmup_steps, max(1, max_steps - warmup_steps), peak_value, end_value)
