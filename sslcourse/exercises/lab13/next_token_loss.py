"""Exercise `next_token_loss`: GPT's pretext task."""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def next_token_loss_cases() -> dict[str, tuple]:
    def some(n: int, t: int, v: int, seed: int, dtype: torch.dtype = torch.float32, scale: float = 2.0
             ) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        logits = torch.randn(n, t, v, generator=generator, dtype=torch.float64) * scale
        return logits.to(dtype), torch.randint(v, (n, t), generator=generator)

    return {
        "three rows of six tokens": some(3, 6, 11, seed=0),
        "one long row": some(1, 20, 7, seed=1),
        "as many rows as tokens as words": some(5, 5, 5, seed=2),
        "double precision": some(4, 9, 13, seed=3, dtype=torch.float64),
        "rows of two tokens": some(6, 2, 4, seed=4),
        "a model that is sure and wrong": some(3, 5, 8, seed=5, scale=45.0),
    }


def _loss(logits: Tensor, tokens: Tensor, **how) -> Tensor:
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), **how)


@catches("Infinite, or not a number: the exponential of a large logit, or the logarithm of a probability that was rounded to "
         "0. `F.cross_entropy` and `log_softmax` take the largest logit off first.")
def overflow(got, logits, tokens):
    return not bool(torch.as_tensor(got).isfinite().all())


@catches("Logits and tokens stand at the same place. But the model has *seen* the token at its place; what it says "
         "there is about the next one. Shift by one: `logits[:, :-1]` beside `tokens[:, 1:]`.")
def not_shifted(got, logits, tokens):
    both = (logits, tokens), (logits[:, :-1], tokens[:, :-1]), (logits[:, 1:], tokens[:, 1:])
    return any(close(got, F.cross_entropy(at.flatten(0, 1), token.flatten())) for at, token in both)


@catches("Shifted the wrong way: that asks for the token *before*. The logits lose their last place, the tokens "
         "their first.")
def shifted_the_wrong_way(got, logits, tokens):
    ways = ((logits[:, 1:].flatten(0, 1), tokens[:, :-1].flatten()), (logits.flatten(0, 1)[1:], tokens.flatten()[:-1]))
    return any(close(got, F.cross_entropy(said, asked)) for said, asked in ways)


@catches("Shifted by two: the token after the next one is asked for. One place is enough: `[:, :-1]` beside `[:, 1:]`.")
def shifted_by_two(got, logits, tokens):
    return tokens.shape[1] > 2 and close(got, F.cross_entropy(logits[:, :-2].flatten(0, 1), tokens[:, 2:].flatten()))


@catches("`reshape` was used to bring the classes to the second axis. It only cuts the same row of numbers into other "
         "pieces, so that logits of different places are mixed. To exchange two axes: `transpose(1, 2)`.")
def reshaped_for_a_transpose(got, logits, tokens):
    mixed = logits[:, :-1].reshape(len(logits), logits.shape[2], -1)
    return close(got, F.cross_entropy(mixed, tokens[:, 1:]))


@catches("PyTorch's `cross_entropy` looks for the classes on axis 1, and here they are on the last one. Make one axis "
         "of rows and places, `flatten(0, 1)`, or bring the classes forward, `transpose(1, 2)`.")
def classes_on_the_last_axis(got, logits, tokens):
    return isinstance(got, (RuntimeError, ValueError)) and "xpected target size" in str(got)


@catches("The rows run into each other: the end of one text is asked for the beginning of the next. Shift along "
         "the axis of the places, `[:, 1:]`, before you flatten.")
def rows_run_together(got, logits, tokens):
    return len(tokens) > 1 and close(got, F.cross_entropy(logits.flatten(0, 1)[:-1], tokens.flatten()[1:]))


@catches("`tokens` was rolled, so that the last place of a row is asked for the first token of the same row. There "
         "is no next token there: leave the last place out.")
def rolled_round(got, logits, tokens):
    return close(got, F.cross_entropy(logits.flatten(0, 1), tokens.roll(-1, dims=1).flatten()))


@catches("This is a sum. A mean over all predicted tokens does not depend on how many there are.")
def added_up(got, logits, tokens):
    total = _loss(logits, tokens, reduction="sum")
    return close(got, total) or close(got, total / len(tokens))


@catches("The losses are there, one for each token. Wanted is one number, their mean.")
def one_for_each_token(got, logits, tokens):
    each = _loss(logits, tokens, reduction="none")
    return close(got, each) or close(got, each.view(len(tokens), -1))


@catches("`cross_entropy` takes logits and applies the softmax itself; here it has been applied before, so it "
         "counts twice.")
def softmax_twice(got, logits, tokens):
    return close(got, _loss(logits.softmax(dim=2), tokens))


@catches("The logarithm is missing: `nll_loss`, or a hand-made sum, wants *log*-probabilities. `cross_entropy` makes them "
         "from logits by itself.")
def logarithm_missing(got, logits, tokens):
    at, token = logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten()
    return close(got, F.nll_loss(at, token)) or close(got, F.nll_loss(at.softmax(dim=1), token))


@catches("The softmax runs over the places. It is the V tokens of one place that share a probability of 1: the last axis.")
def softmax_over_places(got, logits, tokens):
    each = (logits.log_softmax(dim=1)[:, :-1], logits[:, :-1].log_softmax(dim=1))
    return any(close(got, -log_p.gather(2, tokens[:, 1:, None]).mean()) for log_p in each)


@catches("This is in bits. The loss is in nats, as PyTorch's cross-entropy is; bits come later, when we compare.")
def in_bits(got, logits, tokens):
    return close(got, _loss(logits, tokens) / math.log(2))


@catches("The sign is turned: the loss is minus the mean logarithm of the probability.")
def negative(got, logits, tokens):
    return close(got, -_loss(logits, tokens))


@catches("It is the rows that are shifted: each row is asked for the next row's tokens. Leave out the last *place* of the "
         "logits and the first *place* of the tokens, `logits[:, :-1]` and `tokens[:, 1:]`.")
def rows_shifted(got, logits, tokens):
    return len(tokens) > 1 and close(got, F.cross_entropy(logits[:-1].flatten(0, 1), tokens[1:].flatten()))


@catches("The tokens are read down the columns, and the logits along the rows, so that most places meet a token of another "
         "row. Flatten both alike.")
def tokens_turned(got, logits, tokens):
    return close(got, F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].T.flatten()))


EXERCISE = Exercise(
    "next_token_loss", "13_bert_and_gpt", "GPT's loss", minutes=10, difficulty=2, importance=5,
    reference=methods.next_token_loss, returns=("loss",), cases=next_token_loss_cases,
    trains_on=("logits",), used_in="in the training of GPT below",
    mistakes=(classes_on_the_last_axis, overflow, not_shifted, shifted_the_wrong_way, shifted_by_two,
              reshaped_for_a_transpose, rows_run_together, rolled_round, added_up, one_for_each_token, logarithm_missing,
              softmax_over_places, softmax_twice, in_bits, negative, rows_shifted, tokens_turned),
    hints=("What the model says at place t is about the token at place t + 1. Which places have a next token, and "
           "which tokens have something before them?",
           "Leave out the last place of the logits and the first of the tokens. Then the two fit, and it is a "
           "classification with V classes at every place.",
           "`F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())`: the classes have to be the "
           "second axis, so rows and places become one axis first."),
)
