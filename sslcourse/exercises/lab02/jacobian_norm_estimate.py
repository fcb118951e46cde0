"""Exercise `jacobian_norm_estimate`: the same for any encoder, by one backward pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def encoder(*layers: nn.Module, seed: int) -> nn.Module:
    """The layers in a row, with weights that the seed decides."""
    generator = torch.Generator().manual_seed(seed)
    network = nn.Sequential(*layers)
    with torch.no_grad():
        for p in network.parameters():
            p.copy_(torch.randn(p.shape, generator=generator, dtype=torch.float64) * 0.4)
    return network


def draws(n: int, d: int, seed: int, dtype: torch.dtype = torch.float32, coin: bool = True) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    v = torch.randn(n, d, generator=generator, dtype=torch.float64)
    return (v.sign() if coin else v).to(dtype)


def numbers(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def jacobian_norm_estimate_cases() -> dict[str, tuple]:
    convolutional = encoder(nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.Tanh(), nn.Flatten(), nn.Linear(36, 5), seed=0)
    layer = encoder(nn.Linear(6, 4), nn.Sigmoid(), seed=1)
    grey = encoder(nn.Flatten(), nn.Linear(16, 8), nn.Softplus(), nn.Linear(8, 3), seed=2)
    double = encoder(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2), seed=3).double()
    return {
        "small images": (convolutional, numbers(4, 3, 6, 6, seed=0), draws(4, 5, seed=1, coin=False)),
        "vectors through one sigmoid layer": (layer, numbers(7, 6, seed=2), draws(7, 4, seed=3)),
        "one grey image": (grey, numbers(1, 1, 4, 4, seed=4), draws(1, 3, seed=5)),
        "double precision, and bell-curve draws": (
            double, numbers(6, 5, seed=6, dtype=torch.float64), draws(6, 2, seed=7, dtype=torch.float64, coin=False)),
    }


def _pulled(encode: nn.Module, x: Tensor, v: Tensor) -> Tensor:
    """Jᵀ v, (N, …), without a graph."""
    x = x.detach().requires_grad_()
    return torch.autograd.grad((encode(x) * v).sum(), x)[0]


@catches("No way leads back to `x`: PyTorch notes what is done to a tensor only if asked before. Call the encoder on "
         "`x.detach().requires_grad_()`, and detach nothing after that.")
def x_not_watched(got, encode, x, v):
    return isinstance(got, RuntimeError) and any(words in str(got) for words in (
        "does not require grad", "not have been used in the graph"))


@catches("`torch.autograd.grad` differentiates a single number. Multiply the codes by v and sum everything: each row "
         "of the result depends on its own image alone, so their gradients don't mix.")
def not_a_single_number(got, encode, x, v):
    return isinstance(got, RuntimeError) and "scalar outputs" in str(got)


@catches("The number is right, but its history is gone, so nothing can be trained on it: the penalty has to be "
         "differentiated once more, by the weights. Ask `torch.autograd.grad` for it: `create_graph=True`.", of="gradient")
def graph_cut(slopes, encode, x, v):
    return not bool(slopes["encode"].any())


@catches("v plays no part: this differentiates the plain sum of the codes, which is Jᵀ times a vector of ones.")
def v_left_out(got, encode, x, v):
    return close(got, _pulled(encode, x, torch.ones_like(v)).flatten(1).square().sum(dim=1))


@catches("Jᵀ v is summed, but not squared. The squares of its entries are to be summed.")
def not_squared(got, encode, x, v):
    pulled = _pulled(encode, x, v).flatten(1)
    return close(got, pulled.sum(dim=1)) or close(got, pulled.abs().sum(dim=1))


@catches("This is the length of Jᵀ v. Wanted is its *square*: only that has ‖J‖² as its mean. No root.")
def root_taken(got, encode, x, v):
    return close(got, _pulled(encode, x, v).flatten(1).norm(dim=1))


@catches("The squares are averaged over the input's numbers. The norm *sums* them.")
def averaged_over_the_pixels(got, encode, x, v):
    return close(got, _pulled(encode, x, v).flatten(1).square().mean(dim=1))


@catches("All inputs are put into one number. Keep them apart, (N,): flatten each image, and sum along `dim=1` alone.")
def summed_over_the_inputs(got, encode, x, v):
    squares = _pulled(encode, x, v).square()
    totals = (squares.sum(), squares.flatten(1).sum(dim=1).mean(), squares.mean())
    return got.numel() == 1 and len(x) > 1 and any(close(got.flatten()[0], total) for total in totals)


@catches("Each input still has several numbers: an image has three axes to sum over. `flatten(1)` makes one of them "
         "first.")
def pixels_left_over(got, encode, x, v):
    return got.ndim > 1 and len(got) == len(x) and close(
        got.flatten(1).sum(dim=1), _pulled(encode, x, v).flatten(1).square().sum(dim=1))


@catches("`torch.autograd.grad` returns a tuple, one gradient for each input. Take the only one out of it: `(g,) = …`.")
def tuple_not_opened(got, encode, x, v):
    return isinstance(got, (AttributeError, TypeError)) and "tuple" in str(got)


@catches("The entries of Jᵀ v are summed first and squared after. Square each, then sum.")
def summed_before_squaring(got, encode, x, v):
    return close(got, _pulled(encode, x, v).flatten(1).sum(dim=1).square())


@catches("These are the codes, times v and squared. The question is how they *move* with x: differentiate Σ z · v by x "
         "first.")
def codes_alone(got, encode, x, v):
    z = encode(x).detach()
    return any(close(got, value) for value in ((z * v).square().sum(dim=1), (z * v).sum(dim=1).square()))


@catches("v is scaled to length 1 on the way. Use it as it comes: only then is ‖J‖² the mean of ‖Jᵀ v‖².")
def v_made_unit(got, encode, x, v):
    return close(got, _pulled(encode, x, nn.functional.normalize(v, dim=1)).flatten(1).square().sum(dim=1))


@catches("v is replaced by its signs. Use it as it comes.")
def v_made_signs(got, encode, x, v):
    return not torch.equal(v, v.sign()) and close(
        got, _pulled(encode, x, v.sign()).flatten(1).square().sum(dim=1))


EXERCISE = Exercise(
    "jacobian_norm_estimate", "02_autoencoders", "The same for any encoder, estimated", minutes=20, difficulty=4,
    importance=4, reference=methods.jacobian_norm_estimate, returns=("estimate",),
    cases=jacobian_norm_estimate_cases, trains_on=("encode",),
    used_in="in the comparison of draws below",
    mistakes=(x_not_watched, not_a_single_number, summed_over_the_inputs, pixels_left_over, v_left_out, not_squared,
              root_taken, averaged_over_the_pixels, graph_cut, tuple_not_opened,
              summed_before_squaring, codes_alone, v_made_unit, v_made_signs),
    hints=("A backward pass through the encoder multiplies by its Jacobian without ever writing it down. What must "
           "be differentiated, and by what, to receive the product with v?",
           "The gradient of Σ z · v by x is Jᵀ v, for all rows at once, since row i of z depends on row i of x "
           "alone. `torch.autograd.grad` gives it, if x was watched before the encoder saw it. Then the sum of "
           "squares per row.",
           "`x = x.detach().requires_grad_()`, then `(g,) = torch.autograd.grad((encode(x) * v).sum(), x, "
           "create_graph=True)`. Return `g.flatten(1).square().sum(dim=1)`."),
)
