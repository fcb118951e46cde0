"""Exercise `top_k_accuracy`: is the right class among the k best guesses?"""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def scores(n: int, classes: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
    """Probabilities (n, classes), and labels that are mostly among the likelier ones."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, classes, generator=generator, dtype=torch.float64)
    y = (2 * logits + 2 * torch.randn(n, classes, generator=generator, dtype=torch.float64)).argmax(dim=1)
    return torch.softmax(logits, dim=1).to(dtype), y


def top_k_cases() -> dict[str, tuple]:
    return {
        "ten classes, the three best": (*scores(60, 10, seed=0), 3),
        "the best alone": (*scores(45, 7, seed=1), 1),
        "five of twenty": (*scores(80, 20, seed=2), 5),
        "double precision": (*scores(50, 6, seed=3, dtype=torch.float64), 2),
        "a square table": (*scores(9, 9, seed=5), 4),
        "all but one": (*scores(70, 5, seed=4), 4),
    }


def _among(proba: Tensor, y: Tensor, k: int, largest: bool = True) -> Tensor:
    return (proba.topk(k, dim=1, largest=largest).indices == y[:, None]).any(dim=1)


@catches("Only the best guess counts here, whatever k is. The right class may stand anywhere among the k highest.")
def best_only(got, proba, y, k):
    return close(float(got), (proba.argmax(dim=1) == y).double().mean().item())


@catches("These are the k *lowest* scores of each row: `argsort` sorts upwards. `topk`, or `descending=True`, begins "
         "at the highest.")
def lowest(got, proba, y, k):
    return close(float(got), _among(proba, y, k, largest=False).double().mean().item())


@catches("The k best are sought along the wrong axis. A row is one image and a column one class: `dim=1`.")
def over_the_wrong_axis(got, proba, y, k):
    if isinstance(got, RuntimeError):
        return "out of range" in str(got) or "dimension 0" in str(got)                      # (k, K) beside (N, 1)
    best = proba.topk(k, dim=0).indices                                                     # (k, K)
    wrong = [(best == y[:, None][:k]).any(dim=0), (best == y[:proba.shape[1]]).any(dim=0)]
    return any(bool(right.any()) and close(float(got), right.double().mean().item()) for right in wrong)


@catches("(N, k) is compared with (N,). Make the labels a column, `y[:, None]`, so that each row meets its own.")
def labels_not_a_column(got, proba, y, k):
    return isinstance(got, RuntimeError) and "must match the size" in str(got) and "dimension 1" in str(got)


@catches("The share is taken over all N · k guesses. A row is right if *any* of its k guesses is, and then it counts "
         "once: `.any(dim=1)` before the mean.")
def divided_by_k(got, proba, y, k):
    return close(float(got), _among(proba, y, k).double().mean().item() / k)


@catches("The label is compared with the *scores* of the k best. Which classes they belong to stands in `.indices`.")
def scores_compared(got, proba, y, k):
    return close(float(got), (proba.topk(k, dim=1).values == y[:, None]).any(dim=1).double().mean().item())


@catches("Here all k guesses of a row would have to be the true class. One is enough: `.any(dim=1)`.")
def all_for_any(got, proba, y, k):
    return k > 1 and close(float(got), (proba.topk(k, dim=1).indices == y[:, None]).all(dim=1).double().mean().item())


@catches("A label counts here if it is among the best of *any* row. Each row has a label of its own: compare it with the k "
         "best of that row alone.")
def of_any_row(got, proba, y, k):
    return close(float(got), torch.isin(y, proba.topk(k, dim=1).indices).double().mean().item())


@catches("This is the accuracy with one guess too many, or one too few. The true class may have at most k − 1 scores above "
         "its own.")
def another_k(got, proba, y, k):
    more = k < proba.shape[1] and close(float(got), _among(proba, y, k + 1).double().mean().item())
    return more or close(float(got), _among(proba, y, k - 1).double().mean().item() if k > 1 else 0.0)


@catches("That is in percent. Wanted is a share, from 0 to 1.")
def percent(got, proba, y, k):
    return close(float(got), 100 * _among(proba, y, k).double().mean().item())


@catches("This is how many rows are right. An accuracy is a share: divide by the number of rows.")
def counted(got, proba, y, k):
    return close(float(got), float(_among(proba, y, k).sum()))


@catches("This is the share of rows that are *wrong*.")
def errors(got, proba, y, k):
    return close(float(got), 1 - _among(proba, y, k).double().mean().item())


@catches("Of the k highest, only the k-th is compared with the label. Compare all of them.")
def the_kth_only(got, proba, y, k):
    return close(float(got), (proba.topk(k, dim=1).indices[:, -1] == y).double().mean().item())


@catches("This says for each row whether it is right. Wanted is one number, their mean.")
def a_row_each(got, proba, y, k):
    return close(torch.as_tensor(got).flatten().double(), _among(proba, y, k).double())


EXERCISE = Exercise(
    "top_k_accuracy", "04_evaluating_representations", "Is the right class among the k best guesses?", minutes=8,
    difficulty=1, importance=3, reference=evaluation.top_k_accuracy, returns=("accuracy",), cases=top_k_cases,
    used_in="in the measurements below",
    mistakes=(best_only, lowest, scores_compared, over_the_wrong_axis, labels_not_a_column, divided_by_k, counted, errors,
              the_kth_only, a_row_each, all_for_any, of_any_row, another_k, percent),
    hints=("For each image: which k classes got the highest scores, and is the true one among them?",
           "`topk` along the classes gives the k best columns of each row, (N, k). Compare them with the labels as a "
           "column, `y[:, None]`: a row is right if any of its k entries agrees.",
           "`best = proba.topk(k, dim=1).indices`, then `(best == y[:, None]).any(dim=1)`, and the mean of that as a "
           "float."),
)
