"""BigBiGAN: its losses by plain loops, who moves by which, and a game that each side wins while the other waits."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime
from tests.losses import oracles
from tests.methods.small import SMALL, images


def small(**settings):
    with runtime.seeded(0):
        method = SMALL["BigBiGAN"].make(3)
        for name, value in settings.items():
            setattr(method, name, value)
    return method


def test_both_losses_are_the_paper_s_by_plain_loops():
    data, drawn = torch.randn(5, 3, generator=torch.Generator().manual_seed(0)), torch.randn(4, 3)
    wanted = oracles.mean([sum(max(0.0, 1 - s) for s in row) for row in data.tolist()])
    wanted += oracles.mean([sum(max(0.0, 1 + s) for s in row) for row in drawn.tolist()])
    other = oracles.mean([sum(row) for row in data.tolist()]) - oracles.mean([sum(row) for row in drawn.tolist()])
    assert [loss.item() for loss in methods.bigan_losses(data, drawn)] == pytest.approx([wanted, other], rel=1e-5)


def test_the_method_s_loss_is_those_of_its_own_pairs(monkeypatch):
    method, batch = small(penalty=0.0), images(6)
    monkeypatch.setattr("sslcourse.methods.autoencoders.big_bigan.reparametrize", lambda mu, log_var: mu)
    x, z = batch.float() / 255, torch.randn(6, 4)
    mu = method.head(method.encoder(x)).chunk(2, dim=1)[0]
    for_judge, for_players = method.game(x, z)
    wanted = methods.bigan_losses(method.judge(x, mu), method.judge(method.decoder(z).sigmoid(), z))
    torch.testing.assert_close(torch.stack([for_judge, for_players]), torch.stack(wanted))


def test_the_penalty_is_the_square_of_the_scores_slopes():
    method, x, z = small(penalty=0.0), images(4).float() / 255, torch.randn(4, 4)
    with runtime.seeded(1):
        plain = method.game(x, z)[0]
    method.penalty = 0.5
    with runtime.seeded(1):
        found = method.game(x, z)[0] - plain
    with runtime.seeded(1):
        pairs = ((x, method.code(x)), (method.generate(z), z))
    total = 0.0
    for pair in pairs:
        points = [part.detach().requires_grad_() for part in pair]
        method.judge(*points).sum().backward()
        total += sum(float(part.grad.flatten(1).square().sum(dim=1).mean()) for part in points)
    assert found.item() == pytest.approx(0.25 * total, rel=1e-3)


def test_each_side_is_moved_by_its_own_loss_alone():
    method = small()
    for side, moved in ((0, "judge"), (1, "players")):
        method.zero_grad()
        method.game(images(6).float() / 255, torch.randn(6, 4))[side].backward()
        reached = {"judge": any(p.grad is not None and p.grad.any() for p in method.judge.parameters()),
                   "players": any(p.grad is not None and p.grad.any()
                                  for part in (method.encoder, method.head, method.decoder) for p in part.parameters())}
        assert reached == {"judge": moved == "judge", "players": moved == "players"}


@pytest.mark.slow
@pytest.mark.parametrize("side", (0, 1))
def test_a_player_wins_against_one_who_stands_still(side):
    """The sum of a game need not fall; each side's own loss does, when the other waits."""
    method, x = small(), images(24).float() / 255
    players = [*method.encoder.parameters(), *method.head.parameters(), *method.decoder.parameters()]
    optimizer = torch.optim.AdamW(method.judge.parameters() if side == 0 else players, lr=3e-3)
    with runtime.seeded(2):
        z, values = torch.randn(24, 4), []
        for _ in range(40):
            loss = method.game(x, z)[side]
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            values.append(loss.item())
    assert sum(values[-5:]) / 5 < sum(values[:5]) / 5 - 0.3, values
