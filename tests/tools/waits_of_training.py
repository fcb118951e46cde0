"""How often a step of training waits for the GPU (see `waits`), for each method: python -m tests.tools.waits_of_training"""

from __future__ import annotations

from collections import Counter
from unittest import mock

import torch

from sslcourse import runtime, training
from tests.methods.small import SMALL
from tests.tools import waits
from tests.tools.pretended_gpu import GPU, pretended_gpu


def per_step(name: str, steps: int = 4) -> Counter:
    """The waits of one step of `training.train` with the small instance of the method `name`, the first step left out."""
    longer, shorter = _of_run(name, 1 + steps), _of_run(name, 1)
    return Counter({what: (times - shorter[what]) / steps for what, times in longer.items() if times != shorter[what]})


def _of_run(name: str, steps: int) -> Counter:
    torch.manual_seed(0)
    method, batch = SMALL[name].make(3), SMALL[name].batch(16)
    with mock.patch.object(runtime, "device", lambda: GPU), pretended_gpu(), waits.counted() as found:
        training.train(method, batch, steps=steps, batch_size=8, bfloat16=False)
    return found


def main() -> None:
    for name in sorted(SMALL):
        found = per_step(name)
        print(f"{name:<24}{sum(found.values()):>5g}")
        for what, times in found.most_common():
            print(f"{times:>12g}  {what}")


if __name__ == "__main__":
    main()
