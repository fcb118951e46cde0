"""NT-Xent, forward and backward, against lightly's on the CPU.

Target (D = 128): no slower than lightly at N = 256 and at N = 1024, by the clock with all threads and by the work of a
single one, and no more memory at the peak. Both are autograd's way through a table of similarities: the loss is a small
part of a training step, and its code is there to be read (a backward pass by hand would take two thirds of the time, which
is 2% of a step). Both get the same float32 embeddings.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import torch

from sslcourse import losses
from tests.benchmarks.alternate import OURS, alternate, header, one_core, row

DIMENSIONS, TARGETS, PASSES = 128, {256: 1.0, 1024: 1.0}, {256: 20, 1024: 4}
PEER = "lightly"


def peak_bytes(call: Callable[[], object]) -> int:
    """The most memory that torch held at once during `call`, beyond what it held before: every allocation counted."""
    from torch.profiler import ProfilerActivity, profile

    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as record:
        call()
    events = [event for event in record.profiler.kineto_results.events() if event.name() == "[memory]"]
    held = peak = 0
    for event in sorted(events, key=lambda event: event.start_ns()):
        held += event.nbytes()
        peak = max(peak, held)
    return peak


def passes(n: int, count: int) -> dict[str, Callable[[], None]]:
    """`count` forward and backward passes of each implementation, all on the same embeddings."""
    import lightly.loss

    z0, z1 = torch.randn(2, n, DIMENSIONS, generator=torch.Generator().manual_seed(0))
    z0.requires_grad_(), z1.requires_grad_()

    def run(criterion: torch.nn.Module) -> None:
        for _ in range(count):
            z0.grad = z1.grad = None
            criterion(z0, z1).backward()

    criteria = {OURS: losses.NTXentLoss(0.5), PEER: lightly.loss.NTXentLoss(0.5)}
    return {name: lambda criterion=criterion: run(criterion) for name, criterion in criteria.items()}


def main(rounds: int = 11) -> bool:
    """Print the comparisons; whether all targets are reached."""
    reached = True
    threads = torch.get_num_threads()
    header(f"NT-Xent forward and backward, D = {DIMENSIONS}")
    for n, target in TARGETS.items():
        note = f", N = {n}, {PASSES[n]} passes, "
        took = alternate(passes(n, PASSES[n]), rounds)
        reached &= row(PEER, took, target, note=f"{note}{threads} threads, by the clock")
        with one_core():
            took = alternate(passes(n, PASSES[n]), rounds, clock=time.process_time)
        reached &= row(PEER, took, target, note=f"{note}one thread, its own time")

    n = max(TARGETS)
    matrices = {name: peak_bytes(run) / (4 * (2 * n) ** 2) for name, run in passes(n, 1).items()}
    print(f"    peak memory at N = {n}, in 2N × 2N matrices: ours {matrices[OURS]:.1f}, {PEER} {matrices[PEER]:.1f}")
    return reached and matrices[OURS] <= matrices[PEER]


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
