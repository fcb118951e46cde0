"""Exercise `largest_regret`: what a method gives away where it is worst off."""

from __future__ import annotations

import torch

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def regret_cases() -> dict[str, tuple]:
    def some(m: int, t: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        return (torch.rand(m, t, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype),)

    winner = some(4, 3, seed=2)[0]
    winner[1] = 1.0
    return {
        "five methods, three tasks": some(5, 3, seed=0),
        "as many tasks as methods": some(4, 4, seed=1),
        "one is the best everywhere": (winner,),
        "two methods": some(2, 6, seed=3),
        "double precision": some(6, 3, seed=4, dtype=torch.float64),
    }


def _gaps(scores):
    return scores.max(dim=0).values - scores


@catches("The best task of each method has been taken for its measure: a maximum over tasks. The measure is the best "
         "*method* on each task: `scores.max(dim=0).values`.")
def its_own_best(got, scores):
    gaps = scores.max(dim=1, keepdim=True).values - scores
    return close(got, gaps.max(dim=1).values) or close(got, gaps.max(dim=0).values)


@catches("One number for each task has come back, what its worst method gives away. Wanted is one for each method.")
def for_tasks(got, scores):
    return close(got, _gaps(scores).max(dim=0).values)


@catches("What a method gives away is averaged over the tasks. Wanted is the largest: a specialist shall not hide behind "
         "a mean.")
def averaged(got, scores):
    return close(got, _gaps(scores).mean(dim=1))


@catches("The smallest regret of each method: it is 0 for whoever is best at anything. Wanted is the largest.")
def smallest(got, scores):
    return close(got, _gaps(scores).min(dim=1).values)


@catches("The sign is the other way round: the best one's score minus the method's own is never below 0.")
def below_zero(got, scores):
    return close(got, (-_gaps(scores)).min(dim=1).values) or close(got, (-_gaps(scores)).max(dim=1).values)


@catches("The whole table has come back. Of each method, take the largest over its tasks.")
def the_table(got, scores):
    return close(got, _gaps(scores))


@catches("One bar for all tasks: the highest number of the table. Tasks differ in how high one can get; each has its own "
         "best.")
def one_bar(got, scores):
    return close(got, (scores.max() - scores).max(dim=1).values)


@catches("What a method gives away is added up over the tasks. Wanted is the largest.")
def added_up(got, scores):
    return scores.shape[1] > 1 and close(got, _gaps(scores).sum(dim=1))


@catches("The task with a method's lowest *score* is not the one where it gives away most: tasks differ in how high one "
         "can get. First take the scores off each task's best, then look for the largest.")
def where_the_score_is_lowest(got, scores):
    at = scores.argmin(dim=1, keepdim=True)
    return close(got, _gaps(scores).gather(1, at)[:, 0])


@catches("Each method is compared with the *other* methods' best, so whoever is the best everywhere comes out below 0. "
         "The best one is the best of all, itself among them: a regret is 0 at least.")
def others_alone(got, scores):
    best = torch.stack([scores[torch.arange(len(scores)) != m].amax(dim=0) for m in range(len(scores))])
    return close(got, (best - scores).max(dim=1).values)


@catches("The gap is divided by the best score. A regret is in points, as it is.")
def as_a_share(got, scores):
    return close(got, (_gaps(scores) / scores.max(dim=0).values).max(dim=1).values)


@catches("This measures against the mean of each task. What is given away is measured against its *best*.")
def against_the_mean(got, scores):
    return close(got, (scores.mean(dim=0) - scores).max(dim=1).values)


EXERCISE = Exercise(
    "largest_regret", "19_which_method_wins", "Regret: what a method gives away", minutes=5, difficulty=1, importance=4,
    reference=evaluation.largest_regret, returns=("regret",), cases=regret_cases, used_in="where the winner is looked for",
    mistakes=(for_tasks, averaged, smallest, below_zero, the_table, one_bar, its_own_best, added_up,
              where_the_score_is_lowest, others_alone, as_a_share, against_the_mean),
    hints=("First the best score on each task; then how far each method stays below it.",
           "`scores.max(dim=0).values` is (T,). Take the scores off it, and of each row the largest.",
           "`(scores.max(dim=0).values - scores).max(dim=1).values`."),
)
