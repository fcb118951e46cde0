"""Every method on a second device: what it makes for itself lies where its batch lies. Pretended, so that CI sees it too."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from tests.methods.small import SMALL
from tests.tools.pretended_gpu import Mixed, Pretended, pretended_gpu


def over(batch):
    """A batch, whole or in parts, on the other device."""
    return batch.to("cuda") if isinstance(batch, torch.Tensor) else tuple(over(part) for part in batch)


def two_steps(method, batch, encode) -> tuple[list[float], torch.Tensor]:
    optimizer = torch.optim.AdamW([p for p in method.parameters() if p.requires_grad], lr=1e-3, foreach=False)
    losses = []
    for step in range(2):
        loss = method.loss(batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if hasattr(method, "after_step"):
            method.after_step((step + 1) / 2)
        losses.append(float(loss.detach()))
    with torch.no_grad():
        return losses, method.eval().encode(encode)


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(SMALL))
def test_two_steps_and_the_features_are_those_of_the_cpu(name):
    small = SMALL[name]
    torch.manual_seed(0)
    method = small.make(3)
    twin, batch, encode = copy.deepcopy(method), small.batch(8), small.encode(8)
    torch.manual_seed(1)
    wanted, features = two_steps(twin, batch, encode)
    torch.manual_seed(1)
    with pretended_gpu():
        found, there = two_steps(method.to("cuda"), over(batch), over(encode))
        assert isinstance(there, Pretended), "features that are not where the images are"
        there = there.cpu()
    assert found == pytest.approx(wanted, rel=1e-3)
    torch.testing.assert_close(there, features, rtol=1e-2, atol=1e-3)


class Careless(nn.Module):
    """Makes a tensor of its own, and forgets the device."""

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(4, 2)

    def loss(self, batch):
        return (self.map(batch) - torch.ones(2)).square().mean()


def test_a_careless_method_would_be_seen():
    with pretended_gpu(), pytest.raises(Mixed):
        Careless().to("cuda").loss(torch.rand(3, 4).to("cuda"))


@pytest.mark.parametrize("call", [
    lambda x: x + torch.ones(3), lambda x: torch.rand(3, device="cuda", generator=torch.Generator()),
    lambda x: x.numpy(), lambda x: torch.ones(3)[x.long()],
], ids=["a sum", "a generator", "NumPy", "an index"])
def test_what_cuda_refuses_is_refused(call):
    with pretended_gpu(), pytest.raises(Mixed):
        call(torch.zeros(3).to("cuda"))


def test_what_cuda_allows_is_allowed():
    with pretended_gpu():
        x = torch.arange(3.0).to("cuda")
        assert float((x * torch.tensor(2.0)).sum()) == 6.0
        assert x[torch.tensor([2, 0])].cpu().tolist() == [2.0, 0.0]
        assert torch.zeros_like(x).device == torch.ones(2, device=x.device).device == x.device
