"""Several processes, one run: each takes its share of every batch, and all take the same step.

Started by ``torchrun --nproc-per-node 2 script.py``, the loop finds itself one of several processes. The steps are written
out here, not left to DistributedDataParallel, because a method's work is in `loss`, not in `forward`, and because a
student can read it: broadcast the weights once, average the gradients at every step, share BatchNorm's statistics.
"""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterable

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..processes import rank, world_size


def join() -> int:
    """Join the other processes, if torchrun started several and nobody has done so yet; how many there are."""
    if int(os.environ.get("WORLD_SIZE", "1")) > 1 and not (dist.is_available() and dist.is_initialized()):
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")
        atexit.register(leave)
        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")))
    return world_size()


def leave() -> None:
    """Part from the other processes: gloo's threads, left running when Python ends, now and then abort the process."""
    if dist.is_initialized():
        dist.destroy_process_group()


def my_share(index: Tensor) -> Tensor:
    """This process's part of a batch's row numbers (N,): (N / world size,)."""
    return index.chunk(world_size())[rank()]


@torch.no_grad()
def same_weights(method: nn.Module) -> None:
    """Give every process the weights and buffers of the first."""
    if world_size() > 1:
        for tensor in method.state_dict().values():
            if isinstance(tensor, Tensor):
                dist.broadcast(tensor, src=0)


@torch.no_grad()
def average_gradients(parameters: Iterable[nn.Parameter]) -> None:
    """The mean over the processes of each gradient, in one message. A parameter that no process used keeps no gradient."""
    if world_size() == 1:
        return
    wanted = [p for p in parameters if p.requires_grad]
    used = torch.tensor([float(p.grad is not None) for p in wanted], device=wanted[0].device)
    dist.all_reduce(used)
    wanted = [p for p, count in zip(wanted, used.tolist()) if count]
    for p in wanted:
        p.grad = torch.zeros_like(p) if p.grad is None else p.grad
    flat = torch.cat([p.grad.flatten() for p in wanted])
    dist.all_reduce(flat)
    for p, piece in zip(wanted, (flat / world_size()).split([p.numel() for p in wanted])):
        p.grad.copy_(piece.view_as(p))
