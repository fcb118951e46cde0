"""The adversarial autoencoder: all codes together are pulled to a prior by a game (Makhzani et al., 2016)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import expect, losses
from .autoencoder import as_float
from .vae import from_prior


def _check_adversary_losses(logits_prior, logits_codes):
    for value, name in ((logits_prior, "logits_prior"), (logits_codes, "logits_codes")):
        expect.tensor(value, name, finite=True)
        expect.that(value.is_floating_point(), name, value, "floating point")
        column = value.shape[1:] in ((), (1,)) and value.numel() > 0 and value.ndim > 0
        expect.that(column, name, value, "(N,) or (N, 1)")


@expect.checked(_check_adversary_losses)
def adversary_losses(logits_prior: Tensor, logits_codes: Tensor) -> tuple[Tensor, Tensor]:
    """What the discriminator and what the encoder want: two scalars, each to be made small.

        discriminator   −mean log D(z of the prior) − mean log(1 − D(code))          Goodfellow et al., 2014, equation (1)
        encoder         −mean log D(code)                                            its section 3, "early in learning"

    logits_prior (N,) and logits_codes (M,) are the discriminator's raw outputs, D = sigmoid(logit), for draws from the
    prior and for codes; (N, 1) will do as well. Computed from logits, both stay finite however sure D is.
    arXiv:1406.2661; for codes instead of images: arXiv:1511.05644. Raises ValueError for other shapes, integers, NaN.

    >>> undecided = torch.zeros(4)                       # D = ½ everywhere: log 2 for each of its two questions
    >>> [round(loss.item(), 3) for loss in adversary_losses(undecided, undecided)]
    [1.386, 0.693]
    """
    discriminator = F.softplus(-logits_prior).mean() + F.softplus(logits_codes).mean()  # softplus(−l) = −log sigmoid(l)
    encoder = F.softplus(-logits_codes).mean()
    return discriminator, encoder


def _check_adversarial_game(discriminator, z, prior, penalty):
    expect.tensor(z, "z", ("N", "J"), finite=True)
    expect.tensor(prior, "prior", ("M", z.shape[1]), finite=True)
    expect.number(penalty, "penalty", at_least=0)


@expect.checked(_check_adversarial_game)
def adversarial_game(discriminator: nn.Module, z: Tensor, prior: Tensor, penalty: float = 1.0) -> tuple[Tensor, Tensor]:
    """One round of the game over codes: the discriminator's loss and the encoder's, each with a gradient for its own player.

        discriminator   its loss in `adversary_losses` + γ/2 (mean ‖∇D(prior)‖² + mean ‖∇D(z)‖²); it moves no code
        encoder         its loss there; it moves the codes, and no weight of the discriminator

    ∇D is the slope of the logit at a point. Holding it down keeps the two players from circling around each other:
    Mescheder, Geiger & Nowozin, 2018 (arXiv:1801.04406), equation (9) for the draws of the prior and for the codes.

    discriminator   (N, J) -> (N, 1) logits
    z               (N, J), the codes of a batch
    prior           (M, J), draws of the prior
    penalty         γ ≥ 0

    Raises ValueError for other shapes, NaN, a negative penalty.

    >>> undecided = nn.Linear(2, 1)
    >>> undecided.load_state_dict({"weight": torch.tensor([[0.0, 2.0]]), "bias": torch.zeros(1)})
    <All keys matched successfully>
    >>> z = torch.zeros(3, 2)                            # D = ½ there, and the square of its slope is 4
    >>> [round(loss.item(), 3) for loss in adversarial_game(undecided, z, z)]
    [5.386, 0.693]
    """
    points = [part.detach().requires_grad_() for part in (prior, z)]    # D looks at both, and moves neither
    with torch.enable_grad():                                           # a slope is wanted also where nothing is learned
        logits = [discriminator(part) for part in points]
        slopes = torch.autograd.grad([part.sum() for part in logits], points, create_graph=True)
    steep = sum(slope.square().sum(dim=1).mean() for slope in slopes)
    for_discriminator = adversary_losses(*logits)[0] + penalty / 2 * steep
    still = {name: weight.detach() for name, weight in discriminator.named_parameters()}
    of_codes = torch.func.functional_call(discriminator, still, (z,))
    _, for_encoder = adversary_losses(logits[0].detach(), of_codes)
    return for_discriminator, for_encoder


class AdversarialAutoencoder(nn.Module):
    """An autoencoder whose codes, taken together, are made to look like draws from N(0, I) (arXiv:1511.05644).

        reconstruction    −log p(x|z) of z = encoder(x), Bernoulli pixels; nats per image    encoder and decoder
        discriminator     tells draws of the prior (1) from codes (0)                        discriminator alone
        encoder           makes the discriminator take its codes for draws                   encoder alone
        predicts          the image itself
        from              a code that looks like a draw of N(0, I)
        collapse          the image is given, so one answer for all is wrong
        parts             decoder, discriminator

    The paper takes turns, with an optimiser for each. Here the three are one sum, so that the course's plain loop can
    train it: codes reach the discriminator's own loss detached, and the encoder's loss goes through a discriminator with
    detached weights. So each part gets the gradient of its own objective only, all three at the same step. An optimiser
    that scales every weight's gradient by itself, as Adam does, then needs no second learning rate.

    encoder         images (N, C, S, S) in [0, 1] -> (N, J); deterministic, the first of the paper's three choices
    decoder         (N, J) -> (N, C, S, S): the logits of Bernoulli pixels
    discriminator   (N, J) -> (N, 1) logits; by default two hidden layers of 128
    weight          of the encoder's adversarial loss beside the reconstruction; 0 is a plain autoencoder
    penalty         γ of `adversarial_game`, not in the 2016 paper; 0 leaves it out

    Raises ValueError where the two halves do not fit together, and for a negative weight or penalty.

    >>> from sslcourse import models
    >>> aae = AdversarialAutoencoder(models.MLPEncoder(3, 1, 8), models.MLPDecoder(3, 1, 8))
    >>> images = torch.zeros(5, 1, 8, 8, dtype=torch.uint8)
    >>> aae.encode(images).shape, aae.sample(4).shape, aae.loss(images).ndim
    (torch.Size([5, 3]), torch.Size([4, 1, 8, 8]), 0)
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, *, discriminator: nn.Module | None = None, weight: float = 1.0,
        penalty: float = 1.0,
    ):
        super().__init__()
        got = expect.Words(f"an encoder to {encoder.num_features} numbers and a decoder from {decoder.latent_dim}")
        expect.that(encoder.num_features == decoder.latent_dim, "encoder, decoder", got, "as many from one as into the other")
        expect.number(weight, "weight", at_least=0)
        expect.number(penalty, "penalty", at_least=0)
        self.encoder, self.decoder = encoder, decoder
        self.weight, self.penalty = weight, penalty
        self.latent_dim = decoder.latent_dim
        self.discriminator = discriminator or _discriminator(self.latent_dim)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The sum of the three objectives on a batch of images (N, C, S, S), or of (images, …): no label is looked at."""
        x = as_float(batch)
        z = self.encoder(x)
        reconstruction = losses.reconstruction_nll(self.decoder(z), x)
        if self.weight == 0:
            return reconstruction
        for_discriminator, for_encoder = self.adversary(z)
        return reconstruction + self.weight * for_encoder + for_discriminator

    def adversary(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """The discriminator's loss, which leaves the codes `z` alone, and the encoder's, which leaves D alone."""
        return adversarial_game(self.discriminator, z, torch.randn_like(z), self.penalty)

    def encode(self, images: Tensor) -> Tensor:
        """The codes, (N, J)."""
        return self.encoder(as_float(images))

    def decode(self, z: Tensor) -> Tensor:
        """Images in [0, 1] from codes (N, J): the probability that each pixel is lit."""
        return self.decoder(z).sigmoid()

    def sample(self, n: int, generator: torch.Generator | None = None) -> Tensor:
        """`n` invented images: codes drawn from the prior N(0, I), decoded."""
        return self.decode(from_prior(self.decoder, n, self.latent_dim, generator))


def _discriminator(latent_dim: int, hidden_dim: int = 128) -> nn.Module:
    return nn.Sequential(
        nn.Linear(latent_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, 1),
    )
