"""Contractive autoencoders: a code that hardly moves when the input moves a little.

Rifai, Vincent, Muller, Glorot & Bengio (2011), "Contractive auto-encoders: explicit invariance during feature
extraction", ICML. The penalty is the squared Frobenius norm of the encoder's Jacobian J = ∂z/∂x: exact for one sigmoid
layer (their section 3), and for any other encoder by Hutchinson's (1989) estimate of a trace, since ‖J‖² = tr(J Jᵀ).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import expect
from .autoencoder import Autoencoder, as_float


def _check_contractive_penalty(h, W):
    expect.tensor(h, "h", ("N", "H"), finite=True)
    expect.that(h.is_floating_point(), "h", h, "floating point")
    outside = expect.Words("numbers outside of it")
    expect.that(bool(((h >= 0) & (h <= 1)).all()), "h", outside, "outputs of a sigmoid, in [0, 1]")
    expect.tensor(W, "W", (h.shape[1], "D"), finite=True)
    expect.that(W.dtype == h.dtype, "W", W, f"the dtype of h, {h.dtype}")


@expect.checked(_check_contractive_penalty)
def contractive_penalty(h: Tensor, W: Tensor) -> Tensor:
    """‖J‖² of one sigmoid layer h = sigmoid(W x + b), for each of N inputs x.

        ‖J(x)‖² = Σ over j of (h_j (1 − h_j))² · Σ over i of W_ji²

    h is (N, H), the layer's *outputs*, in [0, 1]; W is (H, D), as nn.Linear keeps it. Returns (N,).
    Raises ValueError for other shapes, mixed dtypes, and an h outside [0, 1]. Rifai et al. (2011), section 3.

    >>> contractive_penalty(torch.tensor([[0.5, 1.0]]), torch.tensor([[2.0, 0.0, 1.0], [9.0, 9.0, 9.0]])).item()
    0.3125
    """
    slope = h * (1 - h)                                                 # (N, H): the sigmoid's derivative
    return slope.square() @ W.square().sum(dim=1)                       # (N, H) @ (H,) -> (N,)


def _check_jacobian_norm_estimate(encode, x, v):
    expect.tensor(x, "x")
    expect.that(x.is_floating_point() and x.ndim >= 2, "x", x, "a floating-point tensor of shape (N, …)")
    expect.tensor(v, "v", (len(x), "Z"), finite=True)
    with torch.no_grad():
        z = encode(x[:1])                                               # one row tells the codes' shape
    expect.that(z.shape[1:] == v.shape[1:], "v", v, f"the shape of the codes, {(len(x), *z.shape[1:])}")


@expect.checked(_check_jacobian_norm_estimate)
def jacobian_norm_estimate(encode: Callable[[Tensor], Tensor], x: Tensor, v: Tensor) -> Tensor:
    """‖Jᵀ v‖² for each input: on average over v it is ‖J‖², the squared Frobenius norm of J = ∂z/∂x.

    encode    x -> z, (N, Z), where row i of z depends on row i of x alone (so no BatchNorm in training mode)
    x         (N, …), floating point: images or vectors
    v         (N, Z): entries drawn independently with mean 0 and variance 1, such as ±1 by the toss of a coin
    returns   (N,), which can itself be differentiated by the encoder's weights

    J is never built: one vector-Jacobian product, a backward pass, gives Jᵀ v. Since E[v vᵀ] = I,
    E‖Jᵀ v‖² = tr(J Jᵀ) = ‖J‖²: Hutchinson (1989), "A stochastic estimator of the trace of the influence matrix for
    Laplacian smoothing splines".
    Raises ValueError for a v of another shape than z, and for an x that is not floating point.

    >>> W = torch.tensor([[3.0, 0.0], [0.0, 4.0]])                      # a linear map is its own Jacobian
    >>> jacobian_norm_estimate(lambda x: x @ W.T, torch.zeros(1, 2), v=torch.tensor([[1.0, -1.0]])).item()
    25.0
    """
    with torch.enable_grad():
        x = x.detach().requires_grad_()
        z = encode(x)
        (Jv,) = torch.autograd.grad((z * v).sum(), x, create_graph=True)    # Jᵀ v for every row at once, shaped like x
    return Jv.flatten(1).square().sum(dim=1)


def _check_contractive_loss(x, weight, relative):
    expect.number(weight, "weight", at_least=0)
    expect.images(x)
    expect.that(len(x) > 1 or not relative, "batch", x, "two images or more: one code alone has no spread")


@expect.checked(_check_contractive_loss)
def contractive_loss(
    encode: Callable[[Tensor], Tensor], decode: Callable[[Tensor], Tensor], x: Tensor, v: Tensor, weight: float,
    relative: bool = True,
) -> Tensor:
    """‖x − x̂‖² + λ ‖J‖², a mean over the batch: what a contractive autoencoder makes small. A scalar.

    encode, decode   x -> z, (N, Z), and z -> x̂, shaped like x
    x                (N, C, H, W), floating point
    v                (N, Z), one draw per image for the estimate of ‖J‖²
    weight           λ, ≥ 0
    relative         divide the mean of ‖J‖² by the codes' spread, the sum of their variances over the batch

    Where the decoder's weights are free, shrinking all codes and stretching them again would please the penalty and
    contract nothing. `relative` closes that way out: the spread shrinks as fast. Codes that are all alike give 0 / tiny, and
    not 0 / 0. Raises ValueError for a negative weight, and for one image alone where a spread is wanted.
    Rifai et al. (2011), equation (2).

    >>> encode, decode = nn.Flatten(), nn.Unflatten(1, (1, 1, 2))       # a perfect copy, and J is the identity: ‖J‖² = 2
    >>> x = torch.tensor([[0.0, 0.0], [2.0, 0.0]]).view(2, 1, 1, 2)     # the codes' variances are 2 and 0
    >>> contractive_loss(encode, decode, x, torch.ones(2, 2), weight=3.0).item()
    3.0
    """
    z = encode(x)                                                       # (N, Z)
    error = (decode(z) - x).flatten(1).square().sum(dim=1)              # (N,): ‖x − x̂‖²
    penalty = jacobian_norm_estimate(encode, x, v).mean()               # ‖J‖², by one draw per image
    if relative:
        variances = z.float().var(dim=0)                                # (Z,)
        spread = variances.sum()
        tiny = torch.finfo(spread.dtype).tiny
        penalty = penalty / spread.clamp(min=tiny)
    return error.mean() + weight * penalty


class ContractiveAutoencoder(Autoencoder):
    """An autoencoder whose loss adds weight · ‖J‖², averaged over the images; ‖J‖² is estimated with one draw a step.

        loss   ‖x − x̂‖² + weight · ‖∂z/∂x‖²
        predicts   the image itself
        from       a code that hardly moves when the image does
        collapse   the image is given, so one answer for all is wrong
        parts      decoder

    encoder, decoder   as Autoencoder's; the encoder without BatchNorm, so that a code depends on its own image alone
    weight             λ, ≥ 0
    relative           divide ‖∂z/∂x‖² by the spread of the batch's codes, the sum of their variances

    The paper ties the decoder's weights to the encoder's. Ours are free, which is what `relative` is for (contractive_loss).
    Raises ValueError for a negative weight, or an encoder that holds a BatchNorm.

    >>> encoder = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    >>> decoder = nn.Sequential(nn.Linear(2, 4), nn.Unflatten(1, (1, 2, 2)))
    >>> method = ContractiveAutoencoder(encoder, decoder, weight=10.0)
    >>> _ = nn.init.zeros_(encoder[1].weight), nn.init.zeros_(decoder[0].bias)
    >>> method.loss(torch.ones(3, 1, 2, 2)).item()          # no code moves: all that is left is the squared error, 4 · 1²
    4.0
    """

    def __init__(self, encoder: nn.Module, decoder: nn.Module, *, weight: float = 0.1, relative: bool = False):
        super().__init__(encoder, decoder)
        expect.number(weight, "weight", at_least=0)
        mixing = [part for part in encoder.modules() if isinstance(part, nn.modules.batchnorm._BatchNorm)]
        wanted = "codes that depend on their own image alone"
        expect.that(not mixing, "encoder", expect.Words("one with BatchNorm"), wanted)
        self.weight, self.relative = weight, relative

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """Squared error plus weighted penalty, both averaged over the images (N, C, H, W)."""
        x = as_float(batch)
        with torch.no_grad():
            codes = self.encoder(x[:1]).shape[1:]                       # one row tells their size
        v = torch.randint(0, 2, (len(x), *codes), device=x.device).to(x.dtype) * 2 - 1  # ±1: the draws that vary least
        return contractive_loss(self.encoder, self.decoder, x, v, self.weight, self.relative)
