"""BigBiGAN: an encoder that has to look like the inverse of a generator (Donahue & Simonyan, 2019, arXiv:1907.02544)."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from ... import expect
from .autoencoder import as_float
from .vae import reparametrize


def _check_hinge(scores_data, scores_drawn):
    for value, name in ((scores_data, "scores_data"), (scores_drawn, "scores_drawn")):
        expect.tensor(value, name, ("N", 3), finite=True)
        expect.that(value.is_floating_point(), name, value, "floating point")


@expect.checked(_check_hinge)
def bigan_losses(scores_data: Tensor, scores_drawn: Tensor) -> tuple[Tensor, Tensor]:
    """What the discriminator and what encoder and generator want: two scalars, each to be made small.

        discriminator   mean Σ max(0, 1 − s(x, E(x)))  +  mean Σ max(0, 1 + s(G(z), z))
        the other two   mean Σ s(x, E(x))  −  mean Σ s(G(z), z)

    Donahue & Simonyan (2019, arXiv:1907.02544), section 2, with Σ over the three scores: of the image s_x, of the code s_z,
    and of both together s_xz. A high score says "an image from the data, and its code".

    scores_data    (N, 3), of pairs (x, E(x)), and scores_drawn (M, 3), of pairs (G(z), z)
    scores_drawn   see there

    Raises ValueError for other shapes, integers, NaN.

    >>> [loss.item() for loss in bigan_losses(torch.zeros(4, 3), torch.zeros(4, 3))]        # undecided
    [6.0, 0.0]
    """
    discriminator = (F.relu(1 - scores_data).sum(dim=1)).mean() + (F.relu(1 + scores_drawn).sum(dim=1)).mean()
    return discriminator, scores_data.sum(dim=1).mean() - scores_drawn.sum(dim=1).mean()


class BigBiGAN(nn.Module):
    """BigBiGAN (Donahue & Simonyan, 2019, arXiv:1907.02544), section 2, small: for 32 × 32 pixels, without labels.

        code       E(x) = μ + σ ε, with (μ, σ) = head(encoder(x))                                       (N, J)
        image      G(z) = sigmoid(decoder(z)), z from N(0, I)                                            (N, C, S, S)
        scores     s_x of F(x), s_z of H(z), s_xz of J(F(x), H(z))                                       (N, 3)
        loss       the discriminator's + the other two's, `bigan_losses`, + γ/2 mean ‖∇s‖²
        predicts   which pairs of an image and a code belong to the data
        from       pairs of both kinds: an image and its code, a code and its image
        collapse   the codes must look like draws of N(0, I), each with its own image
        parts      generator, discriminator

    The game is one sum, as in `AdversarialAutoencoder`: the discriminator's loss sees detached pairs, the other two's goes
    through a discriminator with detached weights. Being a game, its sum need not fall.

    encoder         images -> (N, encoder.num_features)
    decoder         (N, J) -> (N, C, S, S), the logits of pixels; J is decoder.latent_dim
    discriminator   F: images -> (N, discriminator.num_features), without BatchNorm
    hidden_dim      of H and J
    penalty         γ ≥ 0, which holds the scores' slopes down (arXiv:1801.04406); the paper has spectral normalization

    Left out: the reversible ResNets, larger images for E than for G, a step of E and G for every two of the discriminator.
    Raises ValueError for a negative penalty, images that are none.

    >>> from sslcourse import models
    >>> F_of_x = models.ConvEncoder(16, 1, 8, width=8, depth=2, batch_norm=False)
    >>> gan = BigBiGAN(models.MLPEncoder(12, 1, 8), models.MLPDecoder(3, 1, 8), F_of_x)
    >>> images = torch.zeros(5, 1, 8, 8, dtype=torch.uint8)
    >>> gan.loss(images).ndim, gan.encode(images).shape, gan.sample(4).shape, gan.reconstruct(images).shape
    (0, torch.Size([5, 12]), torch.Size([4, 1, 8, 8]), torch.Size([5, 1, 8, 8]))
    """

    def __init__(
        self, encoder: nn.Module, decoder: nn.Module, discriminator: nn.Module, *, hidden_dim: int = 128,
        penalty: float = 1.0,
    ):
        super().__init__()
        expect.integer(hidden_dim, "hidden_dim", at_least=1)
        expect.number(penalty, "penalty", at_least=0)
        self.encoder, self.decoder, self.latent_dim, self.penalty = encoder, decoder, decoder.latent_dim, float(penalty)
        self.head = nn.Linear(encoder.num_features, 2 * self.latent_dim)
        self.judge = Judge(discriminator, self.latent_dim, hidden_dim)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The sum of both sides' losses on images (N, C, S, S), or on (images, …): no label is looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        x = as_float(images)
        for_judge, for_players = self.game(x, torch.randn(len(x), self.latent_dim, device=x.device))
        return for_judge + for_players

    def game(self, x: Tensor, z: Tensor) -> tuple[Tensor, Tensor]:
        """The discriminator's loss on images x and codes z, and that of E and G; each moves its own side alone."""
        pairs = (x, self.code(x)), (self.generate(z), z)
        still = [[part.detach().float().requires_grad_() for part in pair] for pair in pairs]
        with torch.enable_grad():
            scores = [self.judge(*pair) for pair in still]
        for_judge, _ = bigan_losses(*scores)
        if self.penalty:
            points = [part for pair in still for part in pair]
            slopes = torch.autograd.grad(sum(s.sum() for s in scores), points, create_graph=self.training)
            for_judge = for_judge + self.penalty / 2 * sum(g.flatten(1).square().sum(dim=1).mean() for g in slopes)
        fixed = {name: weight.detach() for name, weight in self.judge.named_parameters()}
        _, for_players = bigan_losses(*(functional_call(self.judge, fixed, pair) for pair in pairs))
        return for_judge, for_players

    def code(self, x: Tensor) -> Tensor:
        """A draw of E(x), (N, J)."""
        mu, log_var = self.head(self.encoder(x)).float().chunk(2, dim=1)
        return reparametrize(mu, log_var)

    def generate(self, z: Tensor) -> Tensor:
        """G(z), images in [0, 1]."""
        return self.decoder(z).float().sigmoid()

    def sample(self, n: int) -> Tensor:
        """`n` invented images."""
        return self.generate(torch.randn(n, self.latent_dim, device=self.head.weight.device))

    def reconstruct(self, images: Tensor) -> Tensor:
        """G of the mean of E(x), which nobody ever asked to resemble x, pixel by pixel."""
        return self.generate(self.head(self.encoder(as_float(images))).chunk(2, dim=1)[0])

    def encode(self, images: Tensor) -> Tensor:
        """The features before the head, (N, encoder.num_features), which the paper keeps."""
        return self.encoder(as_float(images))


class Judge(nn.Module):
    """F, H and J with their three scores: images (N, C, S, S) and codes (N, J) -> (N, 3)."""

    def __init__(self, discriminator: nn.Module, latent_dim: int, hidden_dim: int):
        super().__init__()
        self.F, self.H = discriminator, _mlp(latent_dim, hidden_dim)
        self.J = _mlp(discriminator.num_features + hidden_dim, hidden_dim)
        self.of_image, self.of_code = nn.Linear(discriminator.num_features, 1), nn.Linear(hidden_dim, 1)
        self.of_both = nn.Linear(hidden_dim, 1)

    def forward(self, x: Tensor, z: Tensor) -> Tensor:
        f, h = self.F(x), self.H(z)
        both = self.J(torch.cat([f, h], dim=1))
        return torch.cat([self.of_image(f), self.of_code(h), self.of_both(both)], dim=1).float()


def _mlp(d: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(d, hidden), nn.LeakyReLU(0.2), nn.Linear(hidden, hidden), nn.LeakyReLU(0.2))
