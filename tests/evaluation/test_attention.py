"""sslcourse.evaluation.attention: the overlap of what a class token looks at with the figure, against plain loops."""

from __future__ import annotations

import pytest
import torch

from sslcourse.evaluation import attention_jaccard


def drawn(n, heads, rows, columns, patch, seed=0):
    generator = torch.Generator().manual_seed(seed)
    attention = torch.softmax(2 * torch.randn(n, heads, 1 + rows * columns, 1 + rows * columns, generator=generator), dim=-1)
    return attention, torch.rand(n, rows * patch, columns * patch, generator=generator) < 0.4


def by_loops(attention, figure, patch, mass):
    """Python's own sets of pixels."""
    row = attention[0, 1:].tolist()
    total, held, kept, columns = sum(row), 0.0, set(), figure.shape[1] // patch
    for place in sorted(range(len(row)), key=lambda place: -row[place]):
        if held >= mass:
            break
        held += row[place] / total
        y, x = place // columns * patch, place % columns * patch
        kept |= {(y + i, x + j) for i in range(patch) for j in range(patch)}
    marked = {tuple(pixel) for pixel in figure.nonzero().tolist()}
    return len(kept & marked) / len(kept | marked)


@pytest.mark.parametrize(("shape", "mass"), [((2, 3, 2, 4, 2), 0.6), ((3, 1, 4, 4, 3), 0.3), ((1, 2, 3, 2, 1), 0.95)])
def test_it_is_what_sets_of_pixels_say(shape, mass):
    attention, figure = drawn(*shape)
    found = attention_jaccard(attention, figure, shape[-1], mass)
    for n in range(shape[0]):
        for head in range(shape[1]):
            assert float(found[n, head]) == pytest.approx(by_loops(attention[n, head], figure[n], shape[-1], mass), abs=1e-6)


def test_the_figure_alone_is_1_and_everything_but_the_figure_0():
    attention, figure = torch.zeros(1, 2, 5, 5), torch.zeros(1, 4, 4, dtype=torch.bool)
    figure[0, :2, :2] = True
    attention[0, 0, 0, 0:2] = 0.5                                   # itself, and the patch with the figure
    attention[0, 1, 0, 2:] = 1 / 3
    assert attention_jaccard(attention, figure, patch_size=2).tolist() == [[1.0, 0.0]]


def test_only_the_class_token_s_row_counts():
    attention, figure = drawn(2, 2, 3, 3, 2)
    other = attention.clone()
    other[:, :, 1:] = other[:, :, 1:].flip(-1)
    assert torch.equal(attention_jaccard(attention, figure, 2), attention_jaccard(other, figure, 2))
