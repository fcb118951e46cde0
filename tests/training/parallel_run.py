"""What each process of test_parallel.py runs: steps of a contrastive method, and a BatchNorm by itself."""

from __future__ import annotations

import atexit
import os
import sys
from pathlib import Path

import torch
import torch.distributed as dist
from torch import nn

from sslcourse import losses, training
from sslcourse.processes import rank, world_size
from sslcourse.training.sync_batchnorm import shared_statistics


class Contrastive(nn.Module):
    """Two given views a row, an encoder with BatchNorm, NT-Xent over the negatives of all processes."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(rank())  # other weights in each process: the loop must make them the same
        self.net = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(32, 16),
            nn.BatchNorm1d(16, affine=False), nn.ReLU(), nn.Linear(16, 8),
        )

    def loss(self, batch):
        z0, z1 = self.net(torch.cat(batch)).chunk(2)
        return losses.NTXentLoss(0.5, gather_distributed=True)(z0, z1)


def offset_norm() -> dict[str, torch.Tensor]:
    """BatchNorm of 8 rows around 1000, deviation 0.1: this process's share of what comes out, and what it remembers."""
    x = 1000 + 0.1 * torch.randn(8, 4, generator=torch.Generator().manual_seed(0))
    share, norm = x.chunk(world_size())[rank()].requires_grad_(), nn.BatchNorm1d(4)
    with shared_statistics(nn.Sequential(norm)):
        out = norm(share)
        out.pow(3).sum().backward()
    return {"norm.running_mean": norm.running_mean, "norm.running_var": norm.running_var,
            "share.out": out.detach(), "share.gradient": share.grad}


def run(checkpoint: str | None = None) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    views = tuple(torch.rand(48, 3, 8, 8, generator=generator) for _ in range(2))
    method = Contrastive()
    history = training.train(
        method, views, steps=6, batch_size=16, lr=0.1, optimizer="sgd", momentum=0.0, bfloat16=False, every=3,
        checkpoint=checkpoint,
    )
    return {"losses": torch.tensor(history.loss), **method.state_dict(), **offset_norm()}


def note_whether_parted(path: str) -> None:
    if not dist.is_initialized():
        Path(path).touch()


if __name__ == "__main__":
    torch.set_num_threads(1)
    me = sys.argv[1] + "/parted-" + os.environ["RANK"]
    atexit.register(note_whether_parted, me)  # the first that is registered is the last that is called
    outcome = run(f"{sys.argv[1]}/run.safetensors")
    torch.save(outcome, f"{sys.argv[1]}/{rank()}.pt")
