"""Exercise `attention_jaccard`, the longer piece: does a class token look at the figure? DINO's own measure."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def attention_jaccard_cases() -> dict[str, tuple]:
    def some(n: int, heads: int, rows: int, columns: int, patch: int, mass: float, seed: int) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        tokens = 1 + rows * columns
        attention = torch.softmax(1.5 * torch.randn(n, heads, tokens, tokens, generator=generator), dim=-1)
        attention[:, :, :, 0] *= 3                                  # much of it stays with the class token itself
        attention = attention / attention.sum(dim=-1, keepdim=True)
        return attention, torch.rand(n, rows * patch, columns * patch, generator=generator) < 0.4, patch, mass

    return {
        "three pictures, two heads": some(3, 2, 4, 4, 2, 0.6, seed=0),
        "little of the attention": some(2, 3, 4, 5, 2, 0.3, seed=1),
        "nearly all of it": some(2, 2, 3, 4, 4, 0.9, seed=2),
        "as many pictures as heads": some(4, 4, 4, 3, 3, 0.5, seed=3),
        "a single head": some(4, 1, 5, 5, 1, 0.6, seed=4),
        "higher than wide": some(2, 3, 6, 2, 2, 0.7, seed=5),
    }


def _kept(looks: Tensor, mass: float, *, filled: bool = True, least: bool = False) -> Tensor:
    """True for the patches that hold `mass` of the attention `looks`, (N, heads, L)."""
    share, order = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2, descending=not least)
    held = share.cumsum(dim=2)
    return torch.zeros_like(looks, dtype=torch.bool).scatter(2, order, (held - share if filled else held) < mass)


def _pixels(kept: Tensor, figure: Tensor, patch: int) -> Tensor:
    rows = figure.shape[1] // patch
    return kept.unflatten(2, (rows, -1)).repeat_interleave(patch, dim=2).repeat_interleave(patch, dim=3)


def _counts(kept: Tensor, figure: Tensor, patch: int) -> tuple[Tensor, ...]:
    """Pixels of A ∩ B, of A ∪ B, of A and of B, each (N, heads)."""
    a, b = _pixels(kept, figure, patch), figure[:, None].expand(-1, kept.shape[1], -1, -1)
    return tuple(each.sum(dim=(2, 3)).float() for each in (a & b, a | b, a, b))


def _overlap(kept: Tensor, figure: Tensor, patch: int) -> Tensor:
    both, either, *_ = _counts(kept, figure, patch)
    return both / either


def _row(attention: Tensor) -> Tensor:
    return attention[:, :, 0, 1:]


@catches("The attention of the class token to itself is still in it. Entry 0 of the row is the class token; the patches are "
         "what follows: `attention[:, :, 0, 1:]`, and they have to add up to 1 again.")
def not_made_one_again(got, attention, figure, patch, mass):
    share, order = _row(attention).sort(dim=2, descending=True)
    kept = torch.zeros_like(share, dtype=torch.bool).scatter(2, order, share.cumsum(dim=2) - share < mass)
    return close(got, _overlap(kept, figure, patch))


@catches("This is a column, how much the patches look at the class token. Rows are those who look: take the first row.")
def the_column(got, attention, figure, patch, mass):
    return close(got, _overlap(_kept(attention[:, :, 1:, 0], mass), figure, patch))


@catches("The first patch's row, or the mean over all rows, has been used. It is the class token that looks: row 0.")
def another_row(got, attention, figure, patch, mass):
    others = (attention[:, :, 1, 1:], attention.mean(dim=2)[:, :, 1:], attention[:, :, 1:, 1:].mean(dim=2))
    return any(close(got, _overlap(_kept(row, mass), figure, patch)) for row in others)


@catches("The patch with which the attention reaches the given mass is missing. It is kept too: as long as what stands "
         "*before* a patch is below the mass, the patch belongs to it.")
def one_patch_short(got, attention, figure, patch, mass):
    kept = _kept(_row(attention), mass, filled=False)
    both, either, *_ = _counts(kept, figure, patch)
    return close(got, both / either)


@catches("The *least* attended patches have been kept. Sort downwards: `descending=True`.")
def the_least(got, attention, figure, patch, mass):
    return any(close(got, _overlap(_kept(_row(attention), mass, filled=filled, least=True), figure, patch))
               for filled in (True, False))


@catches("The `mass` has been taken as a share of the patches. It is a share of the attention: add the largest values up "
         "until they reach it.")
def share_of_the_patches(got, attention, figure, patch, mass):
    looks = _row(attention)
    for count in {int(mass * looks.shape[2]), round(mass * looks.shape[2]), -int(-mass * looks.shape[2] // 1)}:
        kept = torch.zeros_like(looks, dtype=torch.bool).scatter(2, looks.topk(count, dim=2).indices, True)
        if close(got, _overlap(kept, figure, patch)):
            return True
    return False


@catches("A threshold of `mass` on each single value keeps another set. Add the values up, from the largest on, until they "
         "hold the share `mass` together.")
def a_threshold(got, attention, figure, patch, mass):
    looks = _row(attention)
    shares = looks / looks.sum(dim=2, keepdim=True)
    cuts = (shares > mass, shares > mass * shares.amax(dim=2, keepdim=True), looks > mass)
    return any(close(got, _overlap(kept, figure, patch).nan_to_num()) for kept in cuts)


@catches("The sorted order has not been undone: the k-th largest patch stands at place k, and not where it is in the "
         "picture. `scatter` (or a second `argsort`) brings each back to its place.")
def not_put_back(got, attention, figure, patch, mass):
    looks = _row(attention)
    share = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2, descending=True).values
    return close(got, _overlap(share.cumsum(dim=2) - share < mass, figure, patch))


@catches("The overlap is divided by the area of one of the two. Both count below the line: the union, |A ∪ B|.")
def over_one_area(got, attention, figure, patch, mass):
    both, either, a, b = _counts(_kept(_row(attention), mass), figure, patch)
    return close(got, both / a) or close(got, both / b)


@catches("The overlap is counted twice below the line: |A| + |B| holds it two times. The union is |A| + |B| − |A ∩ B|. (With "
         "a 2 above the line this is another measure, Dice's.)")
def dice(got, attention, figure, patch, mass):
    both, either, a, b = _counts(_kept(_row(attention), mass), figure, patch)
    return close(got, both / (a + b)) or close(got, 2 * both / (a + b))


@catches("Heads have been averaged, before or after. Each head has its own number: (N, heads).")
def heads_averaged(got, attention, figure, patch, mass):
    each = _overlap(_kept(_row(attention), mass), figure, patch)
    before = _overlap(_kept(_row(attention.mean(dim=1, keepdim=True)), mass), figure, patch)
    after = (each.mean(dim=1), each.mean(), each.mean(dim=0))
    return attention.shape[1] > 1 and any(close(got, mean) for mean in (*after, before, before.expand_as(each)))


@catches("The picture has been turned over: patches stand in reading order, row by row, so the places become (rows, columns) "
         "and not (columns, rows).")
def rows_and_columns(got, attention, figure, patch, mass):
    kept = _kept(_row(attention), mass)
    columns = figure.shape[2] // patch
    turned = kept.unflatten(2, (columns, -1)).transpose(2, 3).flatten(2)
    return close(got, _overlap(turned, figure, patch))


@catches("The class token's attention to itself fills up part of the share. Leave it out, and let the rest add up to 1, "
         "before you sort.")
def itself_among_the_kept(got, attention, figure, patch, mass):
    return close(got, _overlap(_kept(attention[:, :, 0], mass)[:, :, 1:], figure, patch))


@catches("The set of patches is repeated as a tile. Each *patch* becomes P × P pixels: `repeat_interleave`, not `repeat`.")
def tiled(got, attention, figure, patch, mass):
    kept = _kept(_row(attention), mass)
    rows = figure.shape[1] // patch
    a, b = kept.unflatten(2, (rows, -1)).repeat(1, 1, patch, patch), figure[:, None]
    return patch > 1 and close(got, (a & b).sum(dim=(2, 3)) / (a | b).sum(dim=(2, 3)))


@catches("The share is a number of your own here. It comes in as an argument: `mass`.")
def mass_typed(got, attention, figure, patch, mass):
    return close(got, _overlap(_kept(_row(attention), 0.6), figure, patch))


@catches("This compares with the ground, and not with the figure: `figure` is True *on* it.")
def ground_for_figure(got, attention, figure, patch, mass):
    return close(got, _overlap(_kept(_row(attention), mass), ~figure, patch))


@catches("The picture is turned on its side: rows and columns have changed places.")
def turned_on_its_side(got, attention, figure, patch, mass):
    return figure.shape[1] == figure.shape[2] and close(got, _overlap(_kept(_row(attention), mass), figure.mT, patch))


@catches("This counts patches, each of them figure or ground as a whole. Count in pixels, and leave the figure as it is.")
def counted_in_patches(got, attention, figure, patch, mass):
    a, share = _kept(_row(attention), mass), torch.nn.functional.avg_pool2d(figure[:, None].float(), patch).flatten(2)
    ways = (share > 0.5, share >= 0.5, share > 0, share == 1)
    return patch > 1 and any(close(got, (a & b).sum(dim=2) / (a | b).sum(dim=2)) for b in ways)


EXERCISE = Exercise(
    "attention_jaccard", "15_dino", "A longer piece: does it look at the figure?", minutes=25, difficulty=3, importance=3,
    reference=evaluation.attention_jaccard, returns=("overlap",), cases=attention_jaccard_cases, longer=True,
    used_in="on the drawings below, for each network",
    mistakes=(not_made_one_again, the_column, another_row, one_patch_short, the_least, share_of_the_patches, a_threshold,
              not_put_back, over_one_area, dice, heads_averaged, rows_and_columns, itself_among_the_kept, tiled,
              ground_for_figure, turned_on_its_side, counted_in_patches, mass_typed),
    hints=("From a matrix to one row; from the row to a set of patches; from patches to pixels; and then two areas.",
           "Take the class token's row without its first entry, and let it add up to 1. Sort it downwards with the places "
           "kept, and ask of each patch how much the larger ones hold already. Where that is below `mass`, the patch is "
           "kept: `scatter` writes that back to its place. Make a map of rows × columns, each entry P times both ways.",
           "`share, order = looks.sort(dim=2, descending=True)`; `torch.zeros_like(looks, dtype=torch.bool).scatter(2, "
           "order, share.cumsum(dim=2) - share < mass)`; `.unflatten(2, (H // P, -1))`, two `repeat_interleave(P, dim=…)`; "
           "then `(kept & figure[:, None]).sum(dim=(2, 3))` over the same with `|`."),
)
