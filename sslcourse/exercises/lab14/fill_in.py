"""Exercise `fill_in`: encoded patches back in their places, and a mask token in every other."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods, models
from ..compare import close
from ..engine import Exercise, catches


def fill_in_cases() -> dict[str, tuple]:
    def some(n: int, length: int, ratio: float, d: int, seed: int, dtype: torch.dtype = torch.float32, shuffled=False):
        generator = torch.Generator().manual_seed(seed)
        idx_keep, _ = models.random_token_mask((n, length), ratio, generator=generator)
        if shuffled:
            idx_keep = idx_keep[:, torch.randperm(idx_keep.shape[1], generator=generator)]
        visible = torch.randn(n, idx_keep.shape[1], d, generator=generator, dtype=torch.float64).to(dtype)
        return visible, idx_keep, torch.randn(1, 1, d, generator=generator, dtype=torch.float64).to(dtype), length

    return {
        "two images, 8 patches, 4 visible": some(2, 8, 0.5, 3, seed=0),
        "64 patches, 16 visible": some(3, 64, 0.75, 4, seed=1),
        "as many images as visible patches": some(4, 9, 0.55, 4, seed=2),
        "places in no order": some(3, 12, 0.5, 5, seed=3, shuffled=True),
        "everything visible": some(2, 6, 0.0, 2, seed=4),
        "double precision": some(2, 10, 0.8, 3, seed=5, dtype=torch.float64),
    }


def _same(got: object, *others: Tensor) -> bool:
    return any(close(got, other) for other in others)


@catches("The visible patches stand in front and the mask tokens behind them. That is how they leave the encoder. The "
         "decoder has to find each patch at its own place: `idx_keep` says which.")
def appended(got, visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    tail = mask_token.expand(n, length - k, d)
    return k < length and _same(got, torch.cat([visible, tail], dim=1), torch.cat([tail, visible], dim=1))


@catches("Patches are taken *from* the places in `idx_keep`, a gather. You need the way back: write the k-th visible patch "
         "*to* place idx_keep[n, k], a `scatter`.")
def gathered(got, visible, idx_keep, mask_token, length):
    n, k, d = visible.shape
    full = torch.cat([visible, mask_token.expand(n, length - k, d)], dim=1)
    index = idx_keep.unsqueeze(2).expand(-1, -1, d)
    taken = full.gather(1, index)
    return k < length and _same(got, taken, torch.cat([taken, mask_token.expand(n, length - k, d)], dim=1))


@catches("The hidden places hold zeros. There belongs the mask token, which is learned: it tells the decoder “something is "
         "missing here”, and a zero is a value like any other.")
def zeros_in_the_gaps(got, visible, idx_keep, mask_token, length):
    return visible.shape[1] < length and close(got, methods.fill_in(visible, idx_keep, torch.zeros_like(mask_token), length))


@catches("Only the first of the D components of each patch came back. `scatter` writes as many values as the *index* "
         "has: an index (N, K, 1) writes one component, so repeat it D times, `.expand(-1, -1, D)`.")
def first_component_alone(got, visible, idx_keep, mask_token, length):
    n, d = len(visible), visible.shape[2]
    backgrounds = (mask_token.expand(n, length, d), visible.new_zeros(n, length, d))
    return d > 1 and _same(got, *(b.scatter(1, idx_keep[:, :, None], visible) for b in backgrounds))


@catches("`tokens[:, idx_keep]` takes the places of *all* images for each image. Each has its own row of places, so "
         "name the row as well: `tokens[torch.arange(N)[:, None], idx_keep]`, or use `scatter`.")
def places_of_all_images(got, visible, idx_keep, mask_token, length):
    tokens = mask_token.repeat(len(visible), length, 1)
    tokens[:, idx_keep] = visible
    return len(visible) > 1 and close(got, tokens)


@catches("`expand` makes no copies: all its rows are one and the same piece of memory, and nothing can be written into it. "
         "`repeat`, or `.clone()` behind it, makes real rows; or `scatter` without the underscore, which makes a new tensor.")
def written_into_an_expanded_tensor(got, visible, idx_keep, mask_token, length):
    return isinstance(got, RuntimeError) and "single memory location" in str(got)


@catches("Every image is filled in at the places of the first one. Each has its own row of `idx_keep`.")
def first_image_s_places(got, visible, idx_keep, mask_token, length):
    return len(visible) > 1 and close(got, methods.fill_in(visible, idx_keep[:1].expand_as(idx_keep), mask_token, length))


@catches("The visible patches are put into the hidden places, and the mask token into theirs: the two are exchanged.")
def exchanged(got, visible, idx_keep, mask_token, length):
    if not isinstance(got, Tensor) or got.shape != (len(visible), length, visible.shape[2]):
        return False
    kept = got.gather(1, idx_keep.unsqueeze(2).expand(-1, -1, got.shape[2]))
    return visible.shape[1] < length and close(kept, mask_token.expand_as(kept))


@catches("The patches went to the right set of places, but in ascending order. The k-th visible patch belongs to "
         "idx_keep[n, k], whatever the order of the places is.")
def sorted_places(got, visible, idx_keep, mask_token, length):
    return close(got, methods.fill_in(visible, idx_keep.sort(dim=1).values, mask_token, length))


@catches("The mask token is added to the visible patches too. In a visible place stands the encoded patch alone.")
def token_added(got, visible, idx_keep, mask_token, length):
    zero = torch.zeros_like(mask_token)
    return close(got, methods.fill_in(visible, idx_keep, zero, length) + mask_token)


EXERCISE = Exercise(
    "fill_in", "14_masked_autoencoders", "Everything back in its place", minutes=15, difficulty=3, importance=5,
    reference=methods.fill_in, returns=("tokens",), cases=fill_in_cases,
    trains_on=("visible", "mask_token"),
    used_in="in the training below",
    mistakes=(written_into_an_expanded_tensor, appended, gathered, first_component_alone, places_of_all_images,
              zeros_in_the_gaps, first_image_s_places, exchanged, sorted_places, token_added),
    hints=("Begin with a full row of mask tokens, as if nothing had been seen. Then overwrite.",
           "`mask_token.expand(N, L, D)` is the full row. Writing to given places along an axis is `scatter`; its index "
           "needs the shape of what is written, (N, K, D), so repeat `idx_keep` along a third axis.",
           "`tokens = mask_token.expand(N, length, D)`, and then "
           "`tokens.scatter(1, idx_keep.unsqueeze(2).expand(-1, -1, D), visible)`, which makes a new tensor."),
)
