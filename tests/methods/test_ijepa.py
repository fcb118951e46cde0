"""I-JEPA: its masks, its loss by a plain loop, what the context may not see, and the collapse that the teacher delays."""

from __future__ import annotations

import pytest
import torch

from sslcourse import losses, methods, models, runtime, training
from tests.losses import oracles
from tests.methods.small import images, vit


def small(seed=0, **settings):
    with runtime.seeded(seed):
        return methods.IJEPA(vit(), **{"predictor_width": 16, "predictor_depth": 1, **settings})


def test_targets_are_blocks_and_the_context_holds_none_of_their_patches():
    with runtime.seeded(0):
        for _ in range(20):
            context, target = methods.multi_block_mask(6, 8)
            for n in range(6):
                assert not set(context[n].tolist()) & set(target[n].flatten().tolist())
                for block in target[n]:
                    rows, columns = sorted(set((block // 8).tolist())), sorted(set((block % 8).tolist()))
                    assert len(rows) * len(columns) == len(block) == len(set(block.tolist()))
                    assert rows == list(range(rows[0], rows[-1] + 1)) and columns == list(range(columns[0], columns[-1] + 1))
            assert 0.1 <= target.shape[2] / 64 <= 0.25 and context.shape[1] >= 1
    assert not torch.equal(target[0], target[1])


def test_the_loss_is_equation_1_by_a_plain_loop(monkeypatch):
    method, batch = small(n_targets=2), images(3)
    context, target = torch.tensor([[0, 1, 6], [2, 3, 12], [4, 9, 13]]), torch.tensor([[[10, 11], [14, 15]]] * 3)
    monkeypatch.setattr("sslcourse.methods.masked.ijepa.multi_block_mask", lambda *args, device=None: (context, target))
    x, terms = batch.float() / 255, []
    for n in range(3):
        s_x = method.encoder.tokens(x[n : n + 1], idx_keep=context[n : n + 1])[:, 1:]
        whole = method.teacher_encoder.tokens(x[n : n + 1])[0, 1:].tolist()
        for m in range(2):
            said = method.predict(s_x, context[n : n + 1], target[n : n + 1, m : m + 1])[0].tolist()
            for place, row in zip(target[n, m].tolist(), said):
                s = whole[place]
                mean = oracles.mean(s)
                deviation = (oracles.mean([(v - mean) ** 2 for v in s]) + 1e-5) ** 0.5
                terms.append(oracles.mean([(a - (b - mean) / deviation) ** 2 for a, b in zip(row, s)]))
    assert method.loss(batch).item() == pytest.approx(oracles.mean(terms), rel=1e-4)


def test_the_context_does_not_see_the_targets():
    method, x = small(), images(2).float() / 255
    context, target = methods.multi_block_mask(2, 4)
    other = x.clone()
    for n in range(2):
        for place in target[n].flatten().tolist():
            other[n, :, place // 4 * 4 : place // 4 * 4 + 4, place % 4 * 4 : place % 4 * 4 + 4] += 0.5
    seen = [method.encoder.tokens(each, idx_keep=context) for each in (x, other)]
    assert torch.equal(*seen)


def test_each_block_is_predicted_by_itself():
    method, x = small(), images(2).float() / 255
    context, target = methods.multi_block_mask(2, 4, n_targets=3)
    s_x = method.encoder.tokens(x, idx_keep=context)[:, 1:]
    together = method.predict(s_x, context, target)
    alone = [method.predict(s_x, context, target[:, m : m + 1]) for m in range(3)]
    torch.testing.assert_close(together, torch.stack(alone, dim=1).flatten(0, 1))


class Unstopped(methods.IJEPA):
    """The target is the encoder itself: no slow copy, no stopped gradient, no norm."""

    def loss(self, batch):
        x = batch.float() / 255
        context, target = methods.multi_block_mask(len(x), self.encoder.grid, device=x.device)
        s = models.get_at_index(self.encoder.tokens(x)[:, 1:], target.flatten(1)).view(-1, target.shape[2], 16)
        return losses.masked_mse(self.predict(self.encoder.tokens(x, idx_keep=context)[:, 1:], context, target), s)


@pytest.mark.slow
@pytest.mark.parametrize("seed", (0, 1))
def test_a_target_that_learns_too_collapses(seed):
    """The same run twice; in the second the target learns as well, and the quickest way is to say the same of all images."""
    def spread(kind):
        with runtime.seeded(seed):
            method = kind(vit(), predictor_width=16, predictor_depth=1, momentum=0.95)
        training.train(method, images(64), steps=150, batch_size=32, lr=1e-2, seed=seed, bfloat16=False)
        with torch.no_grad():
            tokens = method.encoder.tokens(images(64).to(method.mask_token.device).float() / 255)[:, 1:]
        return tokens.std(dim=0).mean().item()                       # between images, at one place

    kept, collapsed = spread(methods.IJEPA), spread(Unstopped)
    assert collapsed < kept / 3, f"a deviation of {kept:.3f}, and of {collapsed:.3f} where the target learns"
