"""Exercise `auxiliary_loss`, the longer piece: work for units that never fire."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def auxiliary_loss_cases() -> dict[str, tuple]:
    def some(n: int, d: int, width: int, dead: list[int], k: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        e, a, atoms = (torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
                       for shape in ((n, d), (n, width), (width, d)))
        scale = torch.arange(1, n + 1, dtype=dtype)[:, None]                    # some rows are worse explained than others
        return scale * e, a + 0.5, torch.tensor([j in dead for j in range(width)]), atoms / 2, k

    return {
        "three of eight are dead, two help": some(4, 5, 8, [1, 4, 6], 2, seed=0),
        "half are dead": some(5, 6, 12, [0, 2, 3, 5, 8, 11], 3, seed=1),
        "fewer are dead than may help": some(3, 4, 9, [2, 7], 5, seed=2),
        "all are dead": some(6, 6, 6, [0, 1, 2, 3, 4, 5], 2, seed=3),
        "nobody is dead": some(3, 4, 7, [], 2, seed=4),
        "double precision": some(3, 4, 10, [0, 1, 2, 3, 9], 2, seed=5, dtype=torch.float64),
    }


def align(got: object, want: Tensor) -> object:
    """A plain 0 will do where nobody is dead: there is nothing to be learned from it."""
    return torch.zeros_like(want) if type(got) in (int, float) and got == 0 else got


def _left(e: Tensor, f: Tensor, atoms: Tensor) -> Tensor:
    return (e - f @ atoms).square()


def _code(a: Tensor, dead: Tensor, k: int) -> Tensor:
    """(N, K): the k largest positive entries among the dead."""
    return methods.topk_code(a.relu() * dead, min(k, int(dead.sum()))) if dead.any() else torch.zeros_like(a)


@catches("k may be more than there are dead units: then all of them help, `min(k, number of dead)`.")
def more_than_there_are(got, residual, a, dead, atoms, k):
    return isinstance(got, (RuntimeError, ValueError)) and k > int(dead.sum())


@catches("Where nobody is dead there is nobody to teach, and the loss is 0. What you get is the residual over itself, which "
         "is 1, or not a number.")
def nobody_is_dead(got, residual, a, dead, atoms, k):
    return not dead.any() and (close(got, 1.0) or bool(got.isnan()))


@catches("The k largest of *all* units help, the living ones too. They had their turn: only dead ones are asked.")
def living_ones_too(got, residual, a, dead, atoms, k):
    return bool(dead.any()) and not dead.all() and close(
        got, _left(residual, methods.topk_code(a, k), atoms).sum() / residual.square().sum())


@catches("The *living* units are asked to explain what they left. `dead` is True for those that never fire.")
def the_living(got, residual, a, dead, atoms, k):
    return bool(dead.any()) and not dead.all() and close(
        got, _left(residual, _code(a, ~dead, k), atoms).sum() / residual.square().sum())


@catches("The k largest of all are chosen first, and the living ones among them dropped then. A dead unit is never among "
         "the largest, that is why it is dead: choose among the dead.")
def chosen_before(got, residual, a, dead, atoms, k):
    return bool(dead.any()) and not dead.all() and close(
        got, _left(residual, methods.topk_code(a, k) * dead, atoms).sum() / residual.square().sum())


@catches("All dead units help at once. k of them do, the largest of each row.")
def all_dead_at_once(got, residual, a, dead, atoms, k):
    return k < int(dead.sum()) and close(got, _left(residual, a.relu() * dead, atoms).sum() / residual.square().sum())


@catches("Negative entries take part. A unit that says no does not fire, not even here: `a.relu()`, or `topk_code`.")
def negative_ones_too(got, residual, a, dead, atoms, k):
    if not dead.any():
        return False
    values, places = a.masked_fill(~dead, -torch.inf).topk(min(k, int(dead.sum())), dim=1)
    f = torch.zeros_like(a).scatter(1, places, values)
    return close(got, _left(residual, f, atoms).sum() / residual.square().sum())


@catches("The squared error is not divided by that of the residual, Σ ‖e‖². As the dictionary gets better the residual "
         "shrinks, and this loss would fall asleep with it.")
def not_a_share(got, residual, a, dead, atoms, k):
    left = _left(residual, _code(a, dead, k), atoms)
    return bool(dead.any()) and any(close(got, value) for value in (left.sum(), left.sum(dim=1).mean(), left.mean()))


@catches("Each row's share is taken by itself, and then the mean. A row that is nearly explained would count as much as one "
         "that is not: one sum over all rows, divided by one other.")
def row_by_row(got, residual, a, dead, atoms, k):
    left = _left(residual, _code(a, dead, k), atoms)
    return bool(dead.any()) and close(got, (left.sum(dim=1) / residual.square().sum(dim=1)).mean())


@catches("The value is right, and a gradient flows into the residual: living units could make this loss small by leaving an "
         "error that is easy for the dead. The residual is a target: `residual.detach()`.", of="gradient")
def gradient_into_the_residual(slopes, residual, a, dead, atoms, k):
    return bool((slopes["residual"] != 0).any())


EXERCISE = Exercise(
    "auxiliary_loss", "18_sparse_autoencoders", "Work for the dead", minutes=25, difficulty=4, importance=3,
    reference=methods.auxiliary_loss, returns=("loss",), cases=auxiliary_loss_cases,
    align=align, trains_on=("residual", "a", "atoms"), longer=True, used_in="in every training below",
    mistakes=(more_than_there_are, nobody_is_dead, living_ones_too, the_living, chosen_before, all_dead_at_once,
              negative_ones_too, not_a_share, row_by_row, gradient_into_the_residual),
    hints=("Imagine a second, small autoencoder that holds the dead units alone. What is it asked to reconstruct?",
           "Take the columns of the code and the rows of the dictionary that belong to dead units. The largest few "
           "*positive* entries of each row fire, as before, and their sum of atoms is compared with the residual, which "
           "stands still.",
           "`f = topk_code(a[:, dead], min(k, count))`, `e_hat = f @ atoms[dead]`, and then the sum of "
           "`(e - e_hat).square()` over that of `e.square()`, where `e = residual.detach()`. With `count == 0` return "
           "`(a * 0).sum()`."),
)
