"""Exercise `mean_of_words`: a text of any length becomes one vector."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import models
from ..compare import close
from ..engine import Exercise, catches


def mean_of_words_cases() -> dict[str, tuple]:
    def some(lengths: list[int], places: int, d: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        vectors = torch.randn(len(lengths), places, d, generator=generator, dtype=torch.float64).to(dtype)
        tokens = torch.randint(1, 30, (len(lengths), places), generator=generator)
        return vectors, tokens * (torch.arange(places) < torch.tensor(lengths)[:, None])

    vectors, tokens = some([4, 2, 3], 5, 3, seed=3)
    return {
        "three texts": some([3, 1, 4], 5, 2, seed=0),
        "as many texts as places as numbers": some([1, 2, 4, 3], 4, 4, seed=1),
        "a text that fills its row": some([6, 2], 6, 3, seed=2),
        "a word left out in the middle": (vectors, tokens.index_fill(1, torch.tensor([1]), 0)),
        "double precision": some([2, 5, 3], 6, 5, seed=4, dtype=torch.float64),
        "a text without any word": some([2, 0, 3], 4, 3, seed=5),
    }


def word(tokens: Tensor) -> Tensor:
    return (tokens != 0)[:, :, None]


@catches("Not a number: a text without any word was divided by 0. Then the answer is to be zeros; divide by 1 at least, "
         "`.clamp_min(1)`.")
def nothing_by_nothing(got, vectors, tokens):
    return bool((tokens == 0).all(dim=1).any()) and isinstance(got, Tensor) and bool(got.isnan().any())


@catches("This is the mean over all T places, the empty ones too. Those hold no word, and their vectors must not count: "
         "`tokens != 0` says which places do.")
def over_all_places(got, vectors, tokens):
    return close(got, vectors.mean(dim=1))


@catches("The empty places are left out of the sum, but it is divided by all T. A short text would come out short: divide by "
         "its number of words.")
def divided_by_all_places(got, vectors, tokens):
    return close(got, (vectors * word(tokens)).mean(dim=1))


@catches("The vectors are added up and not divided. Then a text with twice as many words is twice as long.")
def summed(got, vectors, tokens):
    return close(got, (vectors * word(tokens)).sum(dim=1))


@catches("Each text is divided by the same number. Every row has a number of words of its own, "
         "`(tokens != 0).sum(dim=1, keepdim=True)`.")
def one_number_for_all(got, vectors, tokens):
    total, mask = (vectors * word(tokens)).sum(dim=1), (tokens != 0).double()
    return any(close(got, (total / count).to(vectors.dtype)) for count in (mask.sum(), mask.sum(dim=1).mean()))


@catches("The mean runs over the texts of the batch. Wanted is one vector for each text: it runs over the places, axis 1.")
def over_the_texts(got, vectors, tokens):
    return close(got, vectors.mean(dim=0)) or close(got, (vectors * word(tokens)).sum(dim=0) / word(tokens).sum(dim=0))


@catches("The vectors are weighted by the words' *numbers*. Those are names, and say nothing of size: `tokens != 0` makes 1 "
         "and 0 of them.")
def weighted_by_numbers(got, vectors, tokens):
    total = (vectors * tokens[:, :, None]).sum(dim=1)
    by = (tokens.sum(dim=1, keepdim=True).clamp_min(1), word(tokens).sum(dim=1).clamp_min(1), tokens.shape[1], 1)
    return any(close(got, (total / count).to(vectors.dtype)) for count in by)


@catches("A text is cut at its first empty place. A word may have been left out in the middle: look at each place.")
def cut_at_the_first_gap(got, vectors, tokens):
    until = (tokens != 0).long().cumprod(dim=1)[:, :, None]
    return not bool(((tokens != 0) == until[:, :, 0].bool()).all()) and close(
        got, (vectors * until).sum(dim=1) / until.sum(dim=1).clamp_min(1))


@catches("These are the *empty* places: the token is 0 where there is no word.")
def the_empty_places(got, vectors, tokens):
    empty = ~word(tokens)
    return close(got, (vectors * empty).sum(dim=1) / empty.sum(dim=1).clamp_min(1))


EXERCISE = Exercise(
    "mean_of_words", "17_clip_zero_shot", "A text as the mean of its words", minutes=10, difficulty=2, importance=3,
    reference=models.mean_of_words, returns=("features",), cases=mean_of_words_cases,
    trains_on=("vectors",),
    used_in="in every training below",
    mistakes=(nothing_by_nothing, over_all_places, divided_by_all_places, summed, one_number_for_all, over_the_texts,
              weighted_by_numbers, cut_at_the_first_gap, the_empty_places),
    hints=("Which places hold a word? Make a mask of that first.",
           "Multiply the vectors by the mask, add up over the places, and divide each row by its own number of words, at "
           "least by 1.",
           "`word = (tokens != 0).unsqueeze(2)` is (N, T, 1); then `(vectors * word).sum(dim=1)` over "
           "`word.sum(dim=1).clamp_min(1)`."),
)
