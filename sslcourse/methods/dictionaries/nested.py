"""Two losses of a dictionary: what its nested parts leave unexplained, and what brings back a unit that never fires."""

from __future__ import annotations

import numbers
from collections.abc import Sequence

import torch
from torch import Tensor

from ... import expect
from .codes import topk_code


def _check_dictionary(x: Tensor, f: Tensor, atoms: Tensor) -> None:
    expect.tensor(x, "x", ("N", "D"))
    expect.tensor(f, "f", (len(x), "K"))
    expect.tensor(atoms, "atoms", (f.shape[1], x.shape[1]))


def _check_nested(x: Tensor, f: Tensor, atoms: Tensor, bias: Tensor, prefixes: Sequence[int]) -> None:
    _check_dictionary(x, f, atoms)
    expect.tensor(bias, "bias", (x.shape[1],))
    check_prefixes(prefixes, f.shape[1])


def check_sizes(sizes: object, name: str, n_latents: int) -> None:
    """Numbers of latents that grow, from 1 to all of them."""
    given = isinstance(sizes, Sequence) and len(sizes) > 0 and all(isinstance(m, numbers.Integral) for m in sizes)
    grow = given and all(m < n for m, n in zip([0, *sizes], sizes)) and sizes[-1] <= n_latents
    expect.that(grow, name, sizes, f"whole numbers that grow, from 1 to {n_latents}, the number of latents")


def check_prefixes(prefixes: object, n_latents: int) -> None:
    """The same, and the last of them all."""
    check_sizes(prefixes, "prefixes", n_latents)
    expect.that(prefixes[-1] == n_latents, "prefixes", prefixes, f"{n_latents}, the number of latents, at the end")


@expect.checked(_check_nested)
def matryoshka_loss(x: Tensor, f: Tensor, atoms: Tensor, bias: Tensor, prefixes: Sequence[int]) -> Tensor:
    """The squared error with the first m latents alone, for each m in `prefixes`, and their mean.

        loss = 1/|M| Σ_{m ∈ M} ‖x − b − Σ_{j ≤ m} f_j d_j‖²        averaged over the rows

    Bussmann et al. (2025), arXiv:2503.17547, each prefix with the same weight. With `prefixes` = (K,) it is a plain
    autoencoder's squared error.

    x          (N, D), what is to be put together
    f          (N, K), the code
    atoms      (K, D), row j is d_j
    bias       (D,), b
    prefixes   M, numbers of latents that grow, the last of them K

    Raises ValueError for shapes that do not fit, and prefixes that do not grow up to K.

    >>> x, f, atoms = torch.tensor([[3.0, 4.0]]), torch.tensor([[3.0, 4.0]]), torch.eye(2)
    >>> float(matryoshka_loss(x, f, atoms, torch.zeros(2), (1, 2)))          # 4² with the first alone, 0 with both
    8.0
    """
    x_hat, start, errors = bias.expand_as(x), 0, []
    for m in prefixes:
        x_hat = x_hat + f[:, start:m] @ atoms[start:m]
        errors.append((x - x_hat).square().sum(dim=1).mean())
        start = m
    return torch.stack(errors).mean()


def _check_dead(residual: Tensor, a: Tensor, dead: Tensor, atoms: Tensor, k: int) -> None:
    _check_dictionary(residual, a, atoms)
    expect.tensor(dead, "dead", (a.shape[1],))
    expect.that(dead.dtype == torch.bool, "dead", dead, "True and False")
    expect.integer(k, "k", at_least=1)


@expect.checked(_check_dead)
def auxiliary_loss(residual: Tensor, a: Tensor, dead: Tensor, atoms: Tensor, k: int) -> Tensor:
    """Dead units put together what the living ones left: the share of the residual that they do not explain.

        loss = Σ ‖e − ê‖² / Σ ‖e‖²,   ê = Σ_j f_j d_j over the k largest positive a_j among the dead

    Gao et al. (2024), arXiv:2406.04093, section A.2. Where no unit is dead the loss is 0.

    residual   (N, D), e = x − x̂, taken as it is: no gradient goes back into it
    a          (N, K), what the encoder says before its activation
    dead       (K,), True for a unit that has not fired for long
    atoms      (K, D), row j is d_j
    k          how many dead units help with a row, all where fewer are dead

    Raises ValueError for shapes that do not fit, a `dead` that is not True and False, and k below 1.

    >>> e, a, atoms = torch.tensor([[0.0, 2.0]]), torch.tensor([[5.0, 1.0]]), torch.eye(2)
    >>> float(auxiliary_loss(e, a, torch.tensor([False, True]), atoms, 1))   # (2 − 1)² of 2² is left
    0.25
    """
    units = dead.nonzero().squeeze(1)                       # (K',): which they are
    if len(units) == 0:
        return (a * 0).sum()
    e = residual.detach()
    f = topk_code(a[:, units], min(k, len(units)))
    e_hat = f @ atoms[units]
    left = (e - e_hat).square().sum()
    return left / e.square().sum().clamp(min=1e-12)
