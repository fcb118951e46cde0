"""Exercise `farthest_permutation`: the next permutation of the set."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def farthest_cases() -> dict[str, tuple]:
    """Permutations for which one candidate alone is right, and the usual wrong ways lead to others."""

    def some(t: int, m: int, k: int, seed: int) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        return tuple(torch.rand(n, t, generator=generator).argsort(dim=1) for n in (m, k))

    return {
        "nine tiles, three chosen": some(9, 3, 12, seed=674),
        "nine tiles, eight chosen": some(9, 8, 20, seed=3735),
        "four tiles": some(4, 2, 7, seed=445),
        "as many chosen as tiles": some(5, 5, 15, seed=855),
        "one chosen": some(6, 1, 5, seed=43),
    }


def hamming(chosen: Tensor, candidates: Tensor) -> Tensor:
    return (candidates[:, None] != chosen[None]).sum(dim=2)  # (K, M)


@catches("This is the permutation itself. Wanted is where it stands among the candidates: the index, one number.")
def row_returned(got, chosen, candidates):
    return close(got, candidates[methods.farthest_permutation(chosen, candidates)])


@catches("This is how far away the best candidate is. Wanted is which one it is: `argmax` instead of `max` at the end.")
def distance_returned(got, chosen, candidates):
    return close(got, int(hamming(chosen, candidates).min(dim=1).values.max()))


@catches("This candidate is the nearest, or agrees with the chosen ones most. Farthest is wanted: count places that "
         "differ, and take the largest at the end.")
def nearest(got, chosen, candidates):
    D = hamming(chosen, candidates)
    wrong = (D.min(dim=1).values.argmin(), D.sum(dim=1).argmin(), D.max(dim=1).values.argmin())
    return any(close(got, int(i)) for i in wrong)


@catches("This one is far from the chosen ones on average, and may still be the near twin of one of them. What counts "
         "is the distance to the *nearest* chosen one: `min` over the chosen, before `argmax` over the candidates.")
def averaged(got, chosen, candidates):
    D = hamming(chosen, candidates)
    shares = (candidates[:, None] != chosen[None]).float().mean(dim=2)
    ways = D.sum(dim=1), D.float().mean(dim=1), shares.mean(dim=1)          # equal ones are told apart by rounding
    return any(close(got, int(way.argmax())) for way in ways)


@catches("This candidate is far from *some* chosen one. It has to be far from all of them: what counts is the smallest "
         "of its distances, not the largest.")
def largest(got, chosen, candidates):
    return close(got, int(hamming(chosen, candidates).max(dim=1).values.argmax()))


@catches("Only one of the chosen permutations was looked at. Compare every candidate with every chosen one: a table of "
         "distances (K, M).")
def one_of_the_chosen(got, chosen, candidates):
    D = hamming(chosen, candidates)
    return len(chosen) > 1 and (close(got, int(D[:, -1].argmax())) or close(got, int(D[:, 0].argmax())))


@catches("These distances add up by how much the numbers differ. A tile's number is only its name: Hamming's distance "
         "counts the places that differ at all, `!=`.")
def numbers_subtracted(got, chosen, candidates):
    gap = (candidates[:, None] - chosen[None]).abs()
    return any(close(got, int(d.min(dim=1).values.argmax())) for d in (gap.sum(dim=2), gap.square().sum(dim=2)))


@catches("`argmax` without a `dim` counts through the whole table (K, M). First the smallest distance of each row, `min` "
         "over `dim=1`; then the index of the largest of these K numbers.")
def through_the_whole_table(got, chosen, candidates):
    return len(chosen) > 1 and close(got, int(hamming(chosen, candidates).argmax()))


@catches("The minimum is taken over the candidates, and so the index is one of the chosen. In a table (K, M) take "
         "`min` over `dim=1`, the chosen.")
def wrong_axis(got, chosen, candidates):
    return close(got, int(hamming(chosen, candidates).min(dim=0).values.argmax()))


@catches("`.indices` says which of the chosen is the nearest. What counts is how far away that one is: `.values`.")
def which_of_the_chosen(got, chosen, candidates):
    nearest = hamming(chosen, candidates).min(dim=1).indices
    return len(chosen) > 1 and any(close(got, v) for v in (int(nearest.argmax()), nearest))


@catches("This is more than was asked for. Wanted is one number: the index of the single farthest candidate.")
def several_numbers(got, chosen, candidates):
    nearest = hamming(chosen, candidates).min(dim=1).values
    if isinstance(got, tuple):
        return len(got) == 2 and int(got[0]) == int(nearest.argmax())
    return close(got, nearest) or (got.shape == nearest.shape and int(got[0]) == int(nearest.argmax()))


EXERCISE = Exercise(
    "farthest_permutation", "07_jigsaw", "The next permutation: as far from the others as can be", minutes=15,
    difficulty=2, importance=3, reference=methods.farthest_permutation, returns=("i",), cases=farthest_cases,
    used_in="to grow the set of permutations below",
    mistakes=(row_returned, nearest, averaged, largest, one_of_the_chosen, numbers_subtracted, wrong_axis,
              distance_returned, which_of_the_chosen, several_numbers, through_the_whole_table),
    hints=("Measure how far every candidate is from every permutation that is chosen already. A candidate is only as "
           "good as its worst, that is nearest, neighbour among them.",
           "Compare all pairs at once by broadcasting, (K, 1, T) with (1, M, T), and count the places that differ: (K, "
           "M). Then the smallest over the chosen, and the index of the largest of those.",
           "`distances = (candidates[:, None] != chosen[None]).sum(dim=2)`, and `distances.min(dim=1).values.argmax()` "
           "is the index; wrap it in `int(...)`."),
)
