"""CPC v2: its loss by a plain loop, what the context may not see, and the patches themselves."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime
from tests.losses import oracles
from tests.methods.small import Tiny, images


def floats(x):
    return x.float() / 255


def small(**settings):
    with runtime.seeded(0):
        return methods.CPC(Tiny(), **{"patch_size": 8, "stride": 4, "views": floats, **settings})


def test_patches_overlap_and_lie_where_they_were_cut():
    method, batch = small(), images(2)
    z = method.grid(batch, views=floats)
    assert z.shape == (2, 3, 3, 12)
    one = method.norm(method.encoder(floats(batch[1:, :, 4:12, 8:16])))[0]
    torch.testing.assert_close(z[1, 1, 2], one)


@pytest.mark.parametrize("steps", (1, 2))
def test_the_loss_is_equation_1_by_a_plain_loop_from_above_and_from_below(steps):
    method, batch, both = small(steps=steps, temperature=0.3), images(3), []
    for flip in (False, True):
        z = method.grid(batch, views=floats)
        z = z.flip(1) if flip else z
        c = method.context(z.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        each = []
        for k in range(1, steps + 1):
            places = [(n, i, j) for n in range(3) for i in range(3 - k) for j in range(3)]
            said = [method.predictors[k - 1](c[place]).tolist() for place in places]
            true = [z[n, i + k, j].tolist() for n, i, j in places]
            each.append(oracles.info_nce(said, true, 0.3))
        both.append(oracles.mean(each))
    assert method.loss(batch).item() == pytest.approx(oracles.mean(both), rel=1e-4)


def test_a_context_sees_its_own_row_and_those_above_and_none_below():
    method = small(context_depth=2)
    z = torch.randn(1, 12, 5, 5)
    before = method.context(z)
    for row in range(5):
        other = z.clone()
        other[:, :, row] += 1
        changed = (method.context(other) - before).abs().amax(dim=(0, 1, 3)) > 1e-6
        assert not changed[:row].any() and changed[row : row + 3].all() and not changed[row + 3 :].any()


def test_images_with_too_few_rows_are_refused():
    with pytest.raises(ValueError, match="images: got .*, wanted at least 4 rows"):
        small(steps=3).loss(images(2))
