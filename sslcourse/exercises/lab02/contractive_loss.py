"""Exercise `contractive_loss`, the lab's longer piece: a copy, a penalty, and a way out that is closed."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import methods
from ..compare import close
from ..engine import Exercise, catches
from .jacobian_norm_estimate import draws, encoder, numbers


def contractive_loss_cases() -> dict[str, tuple]:
    convolutional = encoder(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(36, 5), seed=0)
    back = encoder(nn.Linear(5, 108), nn.Unflatten(1, (3, 6, 6)), seed=4)
    flat = encoder(nn.Flatten(), nn.Linear(16, 8), nn.Softplus(), nn.Linear(8, 3), seed=2)
    up = encoder(nn.Linear(3, 16), nn.Unflatten(1, (1, 4, 4)), seed=5)
    double = encoder(nn.Flatten(), nn.Linear(8, 2), nn.Sigmoid(), seed=3).double()
    wide = encoder(nn.Linear(2, 8), nn.Unflatten(1, (1, 2, 4)), seed=6).double()
    return {
        "small images": (convolutional, back, numbers(4, 3, 6, 6, seed=0), draws(4, 5, seed=1), 2.0),
        "grey images": (flat, up, numbers(7, 1, 4, 4, seed=2), draws(7, 3, seed=3), 0.5),
        "double precision": (double, wide, numbers(6, 1, 2, 4, seed=4, dtype=torch.float64),
                             draws(6, 2, seed=5, dtype=torch.float64), 5.0),
        "no penalty": (flat, up, numbers(5, 1, 4, 4, seed=6), draws(5, 3, seed=7), 0.0),
        "two images": (convolutional, back, numbers(2, 3, 6, 6, seed=8), draws(2, 5, seed=9), 1.0),
    }


def _parts(encode, decode, x: Tensor, v: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Squared errors (N,), estimates of ‖J‖² (N,), codes (N, Z), without a graph."""
    norms = methods.jacobian_norm_estimate(encode, x, v).detach()
    with torch.no_grad():
        z = encode(x)
        return (decode(z) - x).flatten(1).square().sum(dim=1), norms, z


@catches("Where is λ? The penalty is multiplied by `weight` before it is added.")
def weight_left_out(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    return weight not in (0, 1) and close(got, errors.mean() + norms.mean() / z.var(dim=0).sum())


@catches("The penalty is not divided by the codes' spread yet. So the encoder can please it by making every code smaller.")
def spread_left_out(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    return weight != 0 and close(got, errors.mean() + weight * norms.mean())


@catches("The spread is a *sum* over the numbers of the code: take each one's variance over the batch, and add them up.")
def spread_averaged(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    wrong = (z.var(dim=0).mean(), z.var())
    return weight != 0 and any(close(got, errors.mean() + weight * norms.mean() / spread) for spread in wrong)


@catches("The variances run over the wrong axis. How far does each *number* of the code vary from image to image? `dim=0`.")
def spread_within_a_code(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    wrong = (z.var(dim=1).sum(), z.var(dim=1).mean())
    return weight != 0 and any(close(got, errors.mean() + weight * norms.mean() / spread) for spread in wrong)


@catches("The spread is a sum of *variances*, squared deviations. ‖J‖² is squared too, so that the codes' unit drops out.")
def deviation_for_variance(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    wrong = (z.std(dim=0).sum(), z.var(dim=0).sum().sqrt())
    return weight != 0 and any(close(got, errors.mean() + weight * norms.mean() / spread) for spread in wrong)


@catches("The variances are divided by N. The formula's 1/N stand at the errors and at ‖J‖²; its Var is what `z.var(dim=0)` "
         "gives, over N − 1, since the mean comes from the same codes.")
def divided_by_n(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    return weight != 0 and close(got, errors.mean() + weight * norms.mean() / z.var(dim=0, correction=0).sum())


@catches("The squared error is averaged over the pixels. Sum it over each image, then take the mean over the images.")
def error_averaged_over_the_pixels(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    return close(got, errors.mean() / x[0].numel() + weight * norms.mean() / z.var(dim=0).sum())


@catches("Something is summed over the batch. Both the squared error and ‖J‖² are a mean over the images.")
def summed_over_the_batch(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    spread = z.var(dim=0).sum()
    wrong = ((errors.sum(), norms.sum()), (errors.sum(), norms.mean()), (errors.mean(), norms.sum()))
    return any(close(got, error + weight * norm / spread) for error, norm in wrong)


@catches("This is only a part of the loss. It has two: the squared error, *plus* `weight` times the penalty.")
def one_part_only(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    penalty = norms.mean() / z.var(dim=0).sum()
    return weight != 0 and any(close(got, part) for part in (errors.mean(), penalty, weight * penalty))


@catches("The penalty is subtracted: that asks the code to move as much as it can.")
def subtracted(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    return weight != 0 and close(got, errors.mean() - weight * norms.mean() / z.var(dim=0).sum())


@catches("One number per image: the loss is their mean.")
def one_for_each_image(got, encode, decode, x, v, weight):
    errors, norms, z = _parts(encode, decode, x, v)
    wanted = errors.mean() + weight * norms.mean() / z.var(dim=0).sum()
    return got.shape == (len(x),) and close(got.mean(), wanted)


@catches("The value is right, and the decoder learns nothing from it: the codes are cut off before `decode`, or its output "
         "is.", of="gradient")
def decoder_cut_off(slopes, encode, decode, x, v, weight):
    return not bool(slopes["decode"].any())


EXERCISE = Exercise(
    "contractive_loss", "02_autoencoders", "The whole loss of a contractive autoencoder", minutes=20, difficulty=3,
    importance=5, reference=methods.contractive_loss, returns=("loss",), cases=contractive_loss_cases,
    trains_on=("encode", "decode"), longer=True,
    used_in="in the training of the contractive autoencoder",
    mistakes=(one_for_each_image, one_part_only, weight_left_out, spread_left_out, spread_averaged, spread_within_a_code,
              deviation_for_variance, divided_by_n, error_averaged_over_the_pixels, summed_over_the_batch, subtracted,
              decoder_cut_off),
    hints=("Four numbers, one after the other: how far the copy is off, how far the code moves, how far codes lie apart, and "
           "the sum that is to be small.",
           "The error is a sum over each image and a mean over the images. The penalty is the mean of your estimate, divided "
           "by the sum over the Z numbers of the code of their variances across the batch.",
           "`error = (decode(z) - x).flatten(1).square().sum(dim=1).mean()`, `spread = z.var(dim=0).sum()`, and `return "
           "error + weight * jacobian_norm_estimate(encode, x, v).mean() / spread`."),
)
