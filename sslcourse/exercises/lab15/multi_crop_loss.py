"""Exercise `multi_crop_loss`: which view of the student's is compared with which of the teacher's."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def multi_crop_loss_cases() -> dict[str, tuple]:
    def some(t: int, v: int, n: int, k: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        generator = torch.Generator().manual_seed(seed)
        teacher, student = (2 * torch.randn(views, n, k, generator=generator, dtype=torch.float64) for views in (t, v))
        return torch.softmax(teacher, dim=-1).to(dtype), torch.log_softmax(student, dim=-1).to(dtype)

    return {
        "two global views, two local ones": some(2, 4, n=3, k=6, seed=0),
        "two global views alone": some(2, 2, n=4, k=5, seed=1),
        "three global views, two local ones": some(3, 5, n=2, k=4, seed=2),
        "one global view, three local ones": some(1, 4, n=5, k=3, seed=3),
        "as many views as images as outputs": some(3, 3, n=3, k=3, seed=4),
        "double precision, six local views": some(2, 8, n=3, k=7, seed=5, dtype=torch.float64),
    }


def _table(p: Tensor, log_q: Tensor) -> Tensor:
    """H of every teacher view with every student view, (T, V), the mean over the images."""
    return -torch.einsum("tnk,vnk->tv", p, log_q) / p.shape[1]


def _own(table: Tensor) -> Tensor:
    """True where the two are one view, (T, V)."""
    return torch.eye(*table.shape, dtype=torch.bool)


@catches("A view is compared with itself. That pair is nearly free: both networks see the very same pixels, so there is "
         "nothing to work out. Leave out i = j.")
def own_view_too(got, p, log_q):
    return close(got, _table(p, log_q).mean())


@catches("Only pairs of one and the same view are compared. Wanted are all the others.")
def only_the_own_view(got, p, log_q):
    table = _table(p, log_q)
    return close(got, table[_own(table)].mean()) or close(got, table[_own(table)].sum())


@catches("The pairs of a view with itself are left out of the sum, but still counted in the mean. There are T V − T pairs.")
def counted_all_the_same(got, p, log_q):
    table = _table(p, log_q)
    return close(got, table[~_own(table)].sum() / table.numel())


@catches("The pairs are counted wrong. Of T V pairs T are left out, one for each view of the teacher, so T V − T are "
         "in the sum.")
def another_number_of_pairs(got, p, log_q):
    table = _table(p, log_q)
    T, V = table.shape
    counts = (T * V - V, T * (T - 1), V * (V - 1), T * V - T - 1, T * V - 1)
    return any(close(got, table[~_own(table)].sum() / count) for count in counts if count > 0)


@catches("The pairs are added up. Take their mean, or the loss would grow with the number of views.")
def pairs_summed(got, p, log_q):
    table = _table(p, log_q)
    return any(close(got, table[~_own(table)].sum() * factor) for factor in (1, 1 / len(p), 1 / len(log_q)))


@catches("The small local views are missing. The student has to answer for every view, and from a small part say what the "
         "teacher says of the whole: that is what multi-crop is for.")
def local_views_missing(got, p, log_q):
    table = _table(p, log_q)[:, : len(p)]
    return log_q.shape[0] > len(p) > 1 and close(got, table[~_own(table)].mean())


@catches("Only the local views are compared. The student's global views count as well, each with the teacher's "
         "*other* ones.")
def local_views_only(got, p, log_q):
    return len(log_q) > len(p) > 1 and close(got, _table(p, log_q)[:, len(p):].mean())


@catches("Each pair is taken in one order only (j > i). Teacher and student are two networks, so teacher on view 0 with "
         "student on view 1 is another pair than the reverse.")
def one_order_only(got, p, log_q):
    table = _table(p, log_q)
    halves = [table[torch.ones_like(table).triu(1).bool()], table[torch.ones_like(table).tril(-1).bool()]]
    return len(p) > 1 and any(close(got, half.mean()) for half in halves)


@catches("One sum or mean is over the wrong axis: sum over the K outputs, but take the mean over the N images.")
def images_or_outputs(got, p, log_q):
    table = _table(p, log_q)
    right = table[~_own(table)].mean()
    return any(close(got, right * factor) for factor in (p.shape[1], 1 / p.shape[2], p.shape[1] / p.shape[2]))


@catches("A logarithm too many: p are the teacher's probabilities, and log_q logarithms already. H = −Σ p log q.")
def logarithm_of_the_teacher(got, p, log_q):
    return close(got, _table(p.log(), log_q)[~_own(_table(p, log_q))].mean())


@catches("The logarithm of a negative number is NaN: log_q are logarithms already. H = −Σ p log q takes them as they are.")
def logarithm_of_the_student(got, p, log_q):
    return close(got.isnan().float(), torch.tensor(1.0))


@catches("The sign is turned: log q is never positive, so the cross-entropy −Σ p log q is never negative.")
def sign_turned(got, p, log_q):
    table = _table(p, log_q)
    return close(got, -table[~_own(table)].mean())


@catches("The student's logarithms have been undone. The cross-entropy is −Σ p · log q, and `log_q` is that logarithm.")
def logarithm_undone(got, p, log_q):
    table = _table(p, log_q.exp())
    return any(close(got, sign * table[~_own(table)].mean()) for sign in (1, -1))


EXERCISE = Exercise(
    "multi_crop_loss", "15_dino", "Which views are compared", minutes=15, difficulty=2, importance=5,
    reference=methods.multi_crop_loss, returns=("loss",), cases=multi_crop_loss_cases,
    trains_on=("log_q",),
    used_in="in the trainings below, in each step",
    mistakes=(own_view_too, only_the_own_view, counted_all_the_same, another_number_of_pairs, pairs_summed,
              local_views_missing, local_views_only, one_order_only, images_or_outputs, logarithm_of_the_teacher,
              logarithm_of_the_student, sign_turned, logarithm_undone),
    hints=("Draw a table, a row for each view of the teacher and a column for each view of the student. Which cells count?",
           "Two loops, i over the teacher's views and j over all of the student's; where they differ, add the "
           "cross-entropy of p at i and log q at j, as a mean over the images. In the end divide by the number of pairs.",
           "`pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]`, and then "
           "`sum(-(p[i] * log_q[j]).sum(dim=1).mean() for i, j in pairs) / len(pairs)`."),
)
