"""Exercise `attention_mask`: what may look at what, in GPT and in BERT."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import models
from ..compare import close
from ..engine import Exercise, catches


def attention_mask_cases() -> dict[str, tuple]:
    def rows(*lengths: int, t: int) -> Tensor:
        return torch.arange(t)[None] >= torch.tensor(lengths)[:, None]      # (N, T), True at padding

    return {
        "GPT, one text without padding": (rows(5, t=5), True),
        "BERT, three texts of different lengths": (rows(3, 6, 1, t=6), False),
        "GPT, three texts of different lengths": (rows(4, 6, 1, t=6), True),
        "BERT, two texts without padding": (rows(4, 4, t=4), False),
        "BERT, an empty text": (rows(3, 0, t=3), False),
        "GPT, padding in front": (rows(2, 5, t=7).flip(1), True),
        "GPT, as many texts as tokens": (rows(3, 4, 2, 1, t=4), True),
    }


def _parts(padding_mask: Tensor, causal: bool, diagonal: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    N, T = padding_mask.shape
    keys = (~padding_mask)[:, None, None, :].expand(N, 1, T, T)
    before = torch.ones(T, T, dtype=torch.bool).tril(diagonal) if causal else torch.ones(T, T, dtype=torch.bool)
    return keys, before, torch.eye(T, dtype=torch.bool)


@catches("The axis for the heads is missing: (N, 1, T, T). All heads share one mask, and a 1 there fits any number "
         "of them.")
def no_axis_for_the_heads(got, padding_mask, causal):
    want = models.attention_mask(padding_mask, causal)
    return close(got, want[:, 0]) or close(got, want[0, 0])


@catches("True and False are swapped: True is to stand where looking is *allowed*.")
def forbidden_is_true(got, padding_mask, causal):
    return close(got, ~models.attention_mask(padding_mask, causal))


@catches("Here a token looks at those *after* it. Rows are the tokens that look, columns those that are looked at, "
         "so what is allowed lies on and below the diagonal: `tril`, not `triu`.")
def looks_ahead(got, padding_mask, causal):
    keys, before, itself = _parts(padding_mask, causal)
    return causal and (close(got, keys & before.T | itself) or close(got, keys & before.T))


@catches("`causal` is turned round: with True this looks both ways, with False back only.")
def causal_turned_round(got, padding_mask, causal):
    return padding_mask.shape[1] > 1 and close(got, models.attention_mask(padding_mask, not causal))


@catches("The padding mask is True at the padding, and `allowed` is True where looking is allowed. So it has to be "
         "inverted, `~padding_mask`: now the words are closed and the padding is open.")
def padding_not_inverted(got, padding_mask, causal):
    _, before, itself = _parts(padding_mask, causal)
    columns = padding_mask[:, None, None, :].expand(len(padding_mask), 1, *before.shape)
    return close(got, columns & before | itself) or close(got, columns & before)


@catches("Here everybody sees itself and nothing else: the diagonal is joined with `&`. It is one more thing that is "
         "allowed, beside the others: `|`.")
def itself_alone(got, padding_mask, causal):
    keys, before, itself = _parts(padding_mask, causal)
    return close(got, keys & before & itself) or close(got, itself.expand_as(keys))


@catches("Each token sees one token too many, the next one, which is what it has to guess. `tril()` ends at the diagonal; "
         "`tril(1)` goes one further.")
def one_too_far(got, padding_mask, causal):
    keys, _, itself = _parts(padding_mask, causal)
    _, before, _ = _parts(padding_mask, causal, diagonal=1)
    return causal and (close(got, keys & before | itself) or close(got, keys & before))


@catches("`causal` makes no difference here. With causal=True no token may look at a later one.")
def never_causal(got, padding_mask, causal):
    keys, before, itself = _parts(padding_mask, False)
    return causal and (close(got, keys | itself) or close(got, keys))


@catches("BERT, causal=False, looks both ways; this one looks back only.")
def always_causal(got, padding_mask, causal):
    keys, before, itself = _parts(padding_mask, True)
    return not causal and (close(got, keys & before | itself) or close(got, keys & before))


@catches("The padding is masked as the one who looks, the rows. It is not to be looked *at*: it belongs to the "
         "columns, the last axis, `padding_mask[:, None, None, :]`.")
def padding_in_the_rows(got, padding_mask, causal):
    keys, before, itself = _parts(padding_mask, causal)
    rows = keys.transpose(2, 3)
    return bool(padding_mask.any()) and any(close(got, m) for m in (rows & before | itself, rows & before))


@catches("A token does not see itself. It may look at what came before it *and* at itself: the diagonal is allowed.")
def not_itself(got, padding_mask, causal):
    keys, _, itself = _parts(padding_mask, causal)
    _, before, _ = _parts(padding_mask, causal, diagonal=-1)
    return causal and close(got, keys & before)


@catches("Some token has nothing at all to look at (a padded one), and its softmax would be NaN. Let every token "
         "see itself: `| torch.eye(T, dtype=torch.bool)`.")
def nothing_to_look_at(got, padding_mask, causal):
    keys, before, _ = _parts(padding_mask, causal)
    return close(got, keys & before)


@catches("Every text is masked by the padding of the first. Each has its own row of `padding_mask`.")
def first_text_s_padding(got, padding_mask, causal):
    return len(padding_mask) > 1 and close(got, models.attention_mask(padding_mask[:1].expand_as(padding_mask), causal))


@catches("The padding can be looked at. It stands for no text: nobody else should see it.")
def padding_seen(got, padding_mask, causal):
    keys, before, _ = _parts(padding_mask, causal)
    return bool(padding_mask.any()) and close(got, before.expand_as(keys))


EXERCISE = Exercise(
    "attention_mask", "13_bert_and_gpt", "What may look at what", minutes=10, difficulty=2, importance=5,
    reference=models.attention_mask, returns=("allowed",), cases=attention_mask_cases,
    used_in="in the figure and in both trainings below",
    mistakes=(no_axis_for_the_heads, forbidden_is_true, causal_turned_round, padding_not_inverted,
              itself_alone, one_too_far, never_causal, always_causal, looks_ahead, padding_in_the_rows,
              not_itself, first_text_s_padding, padding_seen, nothing_to_look_at),
    hints=("Draw the table for a text of three words: a row for each word that looks, a column for each that is "
           "looked at. Which cells does GPT forbid, and which does padding forbid?",
           "Start from the columns that are no padding, (N, 1, 1, T), spread over the rows. For GPT keep what is "
           "on and below the diagonal. At last allow the diagonal to everyone.",
           "`allowed = (~padding_mask)[:, None, None, :].expand(N, 1, T, T)`; with causal `& torch.ones(T, T, "
           "dtype=torch.bool).tril()`; and `| torch.eye(T, dtype=torch.bool)`."),
)
