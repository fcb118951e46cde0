"""Exercise `matryoshka_loss`: each prefix of the dictionary has to do by itself."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def matryoshka_loss_cases() -> dict[str, tuple]:
    def some(n: int, d: int, prefixes: tuple, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        x, f, atoms, bias = (torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
                             for shape in ((n, d), (n, prefixes[-1]), (prefixes[-1], d), (d,)))
        return x, f.relu(), atoms, bias, prefixes

    return {
        "two sizes": some(4, 5, (3, 8), seed=0),
        "three sizes": some(3, 6, (2, 5, 12), seed=1),
        "one size: a plain autoencoder": some(5, 4, (7,), seed=2),
        "as many rows as dimensions as latents": some(6, 6, (2, 6), seed=3),
        "double precision": some(3, 4, (1, 2, 4, 10), seed=4, dtype=torch.float64),
    }


def _errors(x: Tensor, x_hats: list[Tensor]) -> list[Tensor]:
    return [(x - x_hat).square().sum(dim=1).mean() for x_hat in x_hats]


def _prefixes(f: Tensor, atoms: Tensor, bias: Tensor, prefixes: tuple) -> list[Tensor]:
    return [bias + f[:, :m] @ atoms[:m] for m in prefixes]


def _mean(errors: list[Tensor]) -> Tensor:
    return torch.stack(errors).mean()


@catches("b is missing. Every reconstruction begins with it: x̂ = b + Σ f d.")
def bias_forgotten(got, x, f, atoms, bias, prefixes):
    return close(got, _mean(_errors(x, [x_hat - bias for x_hat in _prefixes(f, atoms, bias, prefixes)])))


@catches("b is added once more with each prefix. It belongs into each reconstruction once.")
def bias_again_and_again(got, x, f, atoms, bias, prefixes):
    x_hats = [x_hat + i * bias for i, x_hat in enumerate(_prefixes(f, atoms, bias, prefixes))]
    return len(prefixes) > 1 and close(got, _mean(_errors(x, x_hats)))


@catches("Each group of latents stands alone here: those between two numbers of `prefixes`. The dolls are nested: the first "
         "m latents, from the very first one on.")
def groups_alone(got, x, f, atoms, bias, prefixes):
    groups = [bias + f[:, a:b] @ atoms[a:b] for a, b in zip((0, *prefixes), prefixes)]
    return len(prefixes) > 1 and close(got, _mean(_errors(x, groups)))


@catches("Here the m *strongest* latents of each row reconstruct. A doll is a part of the dictionary, the same for all rows: "
         "its first m latents, `f[:, :m]`.")
def the_strongest(got, x, f, atoms, bias, prefixes):
    return close(got, _mean(_errors(x, [bias + methods.topk_code(f, m) @ atoms for m in prefixes])))


@catches("One latent too many: `[:m + 1]` holds m + 1 of them. `[:m]` ends before number m, and counting begins at 0.")
def one_too_many(got, x, f, atoms, bias, prefixes):
    return close(got, _mean(_errors(x, _prefixes(f, atoms, bias, tuple(m + 1 for m in prefixes)))))


@catches("Only the whole dictionary is asked. That is a plain autoencoder: each prefix has to reconstruct x too.")
def the_last_alone(got, x, f, atoms, bias, prefixes):
    return len(prefixes) > 1 and close(got, _errors(x, _prefixes(f, atoms, bias, prefixes))[-1])


@catches("The last prefix, all latents together, is left out.")
def without_the_last(got, x, f, atoms, bias, prefixes):
    return len(prefixes) > 1 and close(got, _mean(_errors(x, _prefixes(f, atoms, bias, prefixes))[:-1]))


@catches("The errors of the prefixes are added up. Take their mean, so that the loss keeps its size whatever their number.")
def prefixes_summed(got, x, f, atoms, bias, prefixes):
    return len(prefixes) > 1 and close(got, torch.stack(_errors(x, _prefixes(f, atoms, bias, prefixes))).sum())


@catches("The squared error is averaged over the D dimensions of a row. ‖x − x̂‖² is their sum; the mean runs over rows and "
         "prefixes.")
def averaged_over_dimensions(got, x, f, atoms, bias, prefixes):
    return close(got, methods.matryoshka_loss(x, f, atoms, bias, prefixes) / x.shape[1])


@catches("The errors of the rows are added up. The loss would grow with the batch: take their mean.")
def rows_summed(got, x, f, atoms, bias, prefixes):
    return len(x) > 1 and close(got, methods.matryoshka_loss(x, f, atoms, bias, prefixes) * len(x))


@catches("This is ‖x − x̂‖, the length. The loss takes its square.")
def not_squared(got, x, f, atoms, bias, prefixes):
    return close(got, _mean([(x - x_hat).norm(dim=1).mean() for x_hat in _prefixes(f, atoms, bias, prefixes)]))


@catches("The value is right, and the inner dolls learn from their own error alone: what they put in is detached where a "
         "larger prefix uses it. In the paper each latent learns from every prefix that holds it.", of="gradient")
def inner_ones_detached(slopes, x, f, atoms, bias, prefixes):
    f = f.detach().requires_grad_()
    x_hat, start, errors = bias.expand_as(x), 0, []
    for m in prefixes:
        x_hat = x_hat.detach() + f[:, start:m] @ atoms[start:m]
        errors.append((x - x_hat).square().sum(dim=1).mean())
        start = m
    return len(prefixes) > 1 and close(slopes["f"], torch.autograd.grad(_mean(errors), f)[0])


EXERCISE = Exercise(
    "matryoshka_loss", "18_sparse_autoencoders", "Dolls in dolls", minutes=15, difficulty=3, importance=4,
    reference=methods.matryoshka_loss, returns=("loss",), cases=matryoshka_loss_cases, trains_on=("f", "atoms", "bias"),
    used_in="in every training below",
    mistakes=(bias_forgotten, bias_again_and_again, groups_alone, the_strongest, one_too_many, the_last_alone,
              without_the_last, prefixes_summed, averaged_over_dimensions, rows_summed, not_squared,
              inner_ones_detached),
    hints=("Write the error of one prefix first, as a plain autoencoder has it. Then the mean over all prefixes.",
           "The first m latents reconstruct with their own m columns of the code and their own m rows of the dictionary, "
           "and with b.",
           "For each m: `x_hat = bias + f[:, :m] @ atoms[:m]`, and `(x - x_hat).square().sum(dim=1).mean()`. Stack them, "
           "`.mean()`."),
)
