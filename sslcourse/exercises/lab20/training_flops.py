"""Exercise `training_flops`: what a step costs, counted."""

from __future__ import annotations

import copy
from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ... import evaluation, methods, models, runtime
from ..engine import Exercise, catches


def training_flops_cases() -> dict[str, tuple]:
    def some(rows: int, length: int, width: int, depth: int, seed: int, vocabulary: int = 40) -> tuple[nn.Module, Tensor]:
        with runtime.seeded(seed):
            model = models.TextTransformer(vocabulary, max_length=length, width=width, depth=depth, heads=2)
        generator = torch.Generator().manual_seed(seed)
        return methods.CausalLM(model), torch.randint(vocabulary, (rows, length), generator=generator)

    return {
        "two rows of 16 tokens": some(2, 16, width=8, depth=1, seed=0),
        "more rows": some(5, 16, width=8, depth=1, seed=1),
        "longer rows": some(3, 40, width=8, depth=2, seed=2),
        "a wider network": some(3, 12, width=24, depth=2, seed=3),
        "another vocabulary": some(4, 10, width=16, depth=1, seed=4, vocabulary=90),
    }


def _counted(method: nn.Module, batch: Tensor, *, backward: bool = True, fused: bool = False) -> int:
    method = copy.deepcopy(method)
    with FlopCounterMode(display=False) as counter, sdpa_kernel([SDPBackend.MATH] + [SDPBackend.FLASH_ATTENTION] * fused):
        loss = method.loss(batch)
        if backward:
            loss.backward()
    return counter.get_total_flops()


@catches("That is the way forward alone. The backward pass costs about twice as much again: `.backward()` belongs inside "
         "of the counter.")
def forward_alone(got, method, batch):
    return got in {_counted(method, batch, backward=False, fused=fused) for fused in (False, True)}


@catches("The attention is missing: its fused kernel for the CPU is not counted. Put `sdpa_kernel(SDPBackend.MATH)` "
         "around the loss, which computes it by two matrix products.")
def attention_missed(got, method, batch):
    fused = _counted(method, batch, fused=True)
    return fused != _counted(method, batch) and got == fused


@catches("That is the rule, 6 N a token. Count what this network does: the rule knows of no attention, and takes the "
         "table of token vectors for a matrix product on both sides.")
def by_the_rule(got, method, batch):
    return got == 6 * sum(p.numel() for p in method.parameters()) * batch.numel()


@catches("This is shared out over the tokens. Wanted are the operations of the whole step.")
def of_one_token(got, method, batch):
    return isinstance(got, float | int) and abs(got * batch.numel() - _counted(method, batch)) < batch.numel()


@catches("This is shared out over the rows of the batch. Wanted are the operations of the whole step.")
def of_one_row(got, method, batch):
    return isinstance(got, float | int) and abs(got * len(batch) - _counted(method, batch)) < len(batch)


@catches("The loss is computed twice while the counter watches. Call it once, and send that loss back.")
def forward_twice(got, method, batch):
    return got == _counted(method, batch) + _counted(method, batch, backward=False)


@catches("The counter itself has come back, or its table of modules. It has a method that tells the total, one number.")
def table_of_all(got, method, batch):
    return isinstance(got, (FlopCounterMode, Mapping))


EXERCISE = Exercise(
    "training_flops", "20_scaling", "What a step costs", minutes=10, difficulty=2, importance=4,
    reference=evaluation.training_flops, returns=("operations",), cases=training_flops_cases,
    used_in="to spend each budget below",
    mistakes=(forward_alone, attention_missed, by_the_rule, of_one_token, of_one_row, forward_twice, table_of_all),
    hints=("Let the counter watch one whole training step, without the update. What belongs to a step, besides the loss?",
           "A `with` block may hold two contexts. In it the loss is computed, and sent back through the network. "
           "Afterwards the counter has a method that tells the total.",
           "`with FlopCounterMode(display=False) as counter, sdpa_kernel(SDPBackend.MATH):` and in it "
           "`method.loss(batch).backward()`; then `counter.get_total_flops()`."),
)
