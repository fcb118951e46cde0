"""Exercise `self_attention`, the longer piece: what each token takes home from those that it looks at."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import models
from ..compare import close
from ..engine import Exercise, catches


def self_attention_cases() -> dict[str, tuple]:
    def some(n: int, t: int, d: int, heads: int, seed: int, *, causal: bool = True, lengths: tuple = (),
             dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        q, k, v = (torch.randn(n, t, d, generator=generator, dtype=torch.float64).to(dtype) for _ in range(3))
        padding = torch.arange(t)[None] >= torch.tensor(lengths or [t])[:, None]
        return q, k, v, heads, models.attention_mask(padding, causal)

    return {
        "two texts of five tokens, three heads, GPT's mask": some(2, 5, 12, 3, seed=0),
        "BERT's mask, texts of different lengths": some(3, 6, 8, 2, seed=1, causal=False, lengths=(6, 2, 4)),
        "GPT's mask, texts of different lengths": some(2, 4, 6, 3, seed=2, lengths=(4, 2)),
        "one head": some(2, 4, 5, 1, seed=3),
        "as many texts as heads as tokens": some(4, 4, 16, 4, seed=4),
        "double precision": some(2, 7, 8, 4, seed=5, causal=False, lengths=(7, 5), dtype=torch.float64),
        "a token alone": some(3, 1, 4, 2, seed=6),
    }


def _heads(x: Tensor, heads: int, how: str = "") -> Tensor:
    """(N, T, D) -> (N, heads, T, d), rightly or in one of two wrong ways."""
    N, T, D = x.shape
    if how == "mixed":
        return x.reshape(N, heads, T, D // heads)
    if how == "in turn":
        return x.reshape(N, T, D // heads, heads).permute(0, 3, 1, 2)
    return x.reshape(N, T, heads, D // heads).transpose(1, 2)


def _made(q: Tensor, k: Tensor, v: Tensor, heads: int, mask: Tensor, *, scale: float | None = None, how: str = "",
          closed: float = -math.inf, dim: int = -1, joined: bool = True) -> tuple[Tensor, Tensor]:
    """z and a, with one thing or another about them changed."""
    N, T, D = q.shape
    q, k, v = (_heads(x, heads, how) for x in (q, k, v))
    scores = q @ k.transpose(2, 3) * ((D // heads) ** -0.5 if scale is None else scale)
    a = scores.masked_fill(~mask, closed).softmax(dim=dim)
    return _joined(a @ v, how) if joined else (a @ v).reshape(N, T, D), a


def _joined(z: Tensor, how: str = "") -> Tensor:
    N, heads, T, d = z.shape
    if how == "in turn":
        return z.permute(0, 2, 3, 1).reshape(N, T, heads * d)
    return z.reshape(N, T, heads * d) if how == "mixed" else z.transpose(1, 2).reshape(N, T, heads * d)


def _is(got: object, made: tuple[Tensor, Tensor]) -> bool:
    """Whether both parts are these; a part that has become NaN in both counts as the same."""
    return isinstance(got, (tuple, list)) and len(got) == 2 and all(
        isinstance(part, Tensor) and close(part.nan_to_num(7.0), other.nan_to_num(7.0)) for part, other in zip(got, made))


@catches("The scores are not divided. With d numbers a product of q and k grows like √d, and the softmax then sees one "
         "token only: divide by √d before it.")
def not_scaled(got, q, k, v, heads, mask):
    return q.shape[1] > 1 and _is(got, _made(q, k, v, heads, mask, scale=1.0))


@catches("The scores are divided by √D, the whole width. Each head compares d = D / heads numbers: it is √d.")
def scaled_by_the_whole_width(got, q, k, v, heads, mask):
    return heads > 1 and q.shape[1] > 1 and _is(got, _made(q, k, v, heads, mask, scale=q.shape[2] ** -0.5))


@catches("The scores are divided by d. It is its root: √d.")
def scaled_by_d(got, q, k, v, heads, mask):
    return q.shape[1] > 1 and _is(got, _made(q, k, v, heads, mask, scale=heads / q.shape[2]))


@catches("The mask is turned round: it is True where looking is *allowed*. What is to be closed is `~mask`.")
def mask_turned_round(got, q, k, v, heads, mask):
    return not bool(mask.all()) and _is(got, _made(q, k, v, heads, ~mask))


@catches("The mask has no effect: everybody looks at everybody. Where it is False the score becomes −∞, before the softmax.")
def mask_ignored(got, q, k, v, heads, mask):
    return not bool(mask.all()) and _is(got, _made(q, k, v, heads, torch.ones_like(mask)))


@catches("What is forbidden has a score of 0, and exp(0) = 1: it is looked at all the same. Only −∞ becomes a weight of 0.")
def closed_with_zero(got, q, k, v, heads, mask):
    return not bool(mask.all()) and _is(got, _made(q, k, v, heads, mask, closed=0.0))


@catches("The mask comes after the softmax. Then the weights of a row no longer sum to 1: what was forbidden has taken its "
         "share before. Put −∞ into the scores, and then the softmax.")
def masked_after_the_softmax(got, q, k, v, heads, mask):
    _, a = _made(q, k, v, heads, torch.ones_like(mask))
    return not bool(mask.all()) and _is(got, (_joined(a * mask.to(a) @ _heads(v, heads)), a * mask.to(a)))


@catches("The mask is added as a number, 1 where looking is allowed. That is a small hint, and forbids nothing: −∞ does.")
def mask_added(got, q, k, v, heads, mask):
    d = q.shape[2] // heads
    scores = _heads(q, heads) @ _heads(k, heads).transpose(2, 3) / d**0.5 + mask.to(q)
    a = scores.softmax(dim=-1)
    return not bool(mask.all()) and _is(got, (_joined(a @ _heads(v, heads)), a))


@catches("The softmax runs over those who look. It is one token's looks that sum to 1: over the columns, the last axis.")
def softmax_over_queries(got, q, k, v, heads, mask):
    return q.shape[1] > 1 and _is(got, _made(q, k, v, heads, mask, dim=-2))


@catches("The softmax runs over the heads. Each head has its own table: the softmax goes along the last axis.")
def softmax_over_heads(got, q, k, v, heads, mask):
    return heads > 1 and _is(got, _made(q, k, v, heads, mask, dim=1))


@catches("A reshape to (N, heads, T, d) cuts the row of numbers anew and mixes tokens. First cut the D numbers of each "
         "token, `reshape(N, T, heads, d)`, then exchange two axes, `transpose(1, 2)`.")
def tokens_mixed(got, q, k, v, heads, mask):
    z, a = _made(q, k, v, heads, mask, how="mixed")
    made = [(z, a), (_joined(_heads(z, heads, "mixed")), a)]
    return heads > 1 and q.shape[1] > 1 and any(_is(got, each) for each in made)


@catches("Each head has taken every h-th number of a token. Head h has d numbers that stand side by side: heads first, then "
         "d, `reshape(N, T, heads, d)`.")
def heads_take_turns(got, q, k, v, heads, mask):
    z, a = _made(q, k, v, heads, mask, how="in turn")
    made = [(z, a), (_joined(_heads(z, heads, "in turn")), a)]
    return heads > 1 and any(_is(got, each) for each in made)


@catches("This is one head with all D numbers. Cut them into `heads` parts of d: each part has a table of its own.")
def heads_ignored(got, q, k, v, heads, mask):
    made = [_made(q, k, v, 1, mask, scale=n**-0.5) for n in (q.shape[2], q.shape[2] // heads)]
    z, a = got
    one_table = torch.equal(a, a[:, :1].expand_as(a))                       # perhaps shown as if it were several
    return heads > 1 and one_table and any(close(z, each[0]) for each in made)


@catches("The heads come back in a wrong order: z is (N, heads, T, d), and a reshape alone mixes tokens. Exchange the axes "
         "back, `transpose(1, 2)`, before you join the heads.")
def not_exchanged_back(got, q, k, v, heads, mask):
    return heads > 1 and q.shape[1] > 1 and _is(got, _made(q, k, v, heads, mask, joined=False))


@catches("Queries and keys have changed places: here the columns look at the rows. It is q kᵀ: row i holds what token i's "
         "query says to each key.")
def keys_ask(got, q, k, v, heads, mask):
    return q.shape[1] > 1 and _is(got, _made(k, q, v, heads, mask))


@catches("The mean is over the keys. They say who is looked at; what is taken home are the values, v.")
def keys_taken_home(got, q, k, v, heads, mask):
    return _is(got, (_made(q, k, k, heads, mask)[0], _made(q, k, v, heads, mask)[1]))


@catches("`a` is transposed before it meets the values: each token then gives its value to those that it looks at. It takes: "
         "`a @ v`.")
def given_and_not_taken(got, q, k, v, heads, mask):
    a = _made(q, k, v, heads, mask)[1]
    return q.shape[1] > 1 and _is(got, (_joined(a.transpose(2, 3) @ _heads(v, heads)), a))


@catches("`a` holds the scores, before the softmax. Wanted are the weights, whose rows sum to 1.")
def scores_returned(got, q, k, v, heads, mask):
    z, a = _made(q, k, v, heads, mask)
    return close(got[0], z) and close(got[1].softmax(dim=-1), a) and not close(got[1], a)


EXERCISE = Exercise(
    "self_attention", "13_bert_and_gpt", "A longer piece: who looks at whom", minutes=25, difficulty=4, importance=5,
    reference=models.self_attention, returns=("z", "a"), cases=self_attention_cases, longer=True,
    trains_on=("q", "k", "v"), used_in="in the trainings of GPT and BERT below",
    mistakes=(not_scaled, scaled_by_the_whole_width, scaled_by_d, mask_turned_round, mask_ignored, closed_with_zero,
              masked_after_the_softmax, mask_added, softmax_over_queries, softmax_over_heads, tokens_mixed,
              heads_take_turns, heads_ignored, not_exchanged_back, keys_ask, keys_taken_home, given_and_not_taken,
              scores_returned),
    hints=("Solve it for one head first: D numbers, one table (N, T, T). Then let the heads be one more axis, which the "
           "matrix products carry along.",
           "Bring q, k and v to (N, heads, T, d). The scores are q times k transposed, over √d; what is forbidden becomes "
           "−∞; the softmax goes along the last axis; its table times v is (N, heads, T, d). Then bring the heads back.",
           "`x.reshape(N, T, heads, d).transpose(1, 2)` for each of the three, `(q @ k.transpose(2, 3) / d**0.5)"
           ".masked_fill(~mask, -math.inf).softmax(dim=-1)`, and at last `z.transpose(1, 2).reshape(N, T, D)`."),
)
