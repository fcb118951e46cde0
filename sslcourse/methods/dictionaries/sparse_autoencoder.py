"""Sparse autoencoders: a dictionary of what a network's activations are put together from.

Olshausen and Field (1996), "Emergence of simple-cell receptive field properties by learning a sparse code for natural
images", Nature 381:607, for patches; Bricken et al. (2023), "Towards monosemanticity", for activations.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import expect
from .codes import batch_topk_code, topk_code
from .nested import auxiliary_loss, check_prefixes, check_sizes, matryoshka_loss


class SparseAutoencoder(nn.Module):
    """A feature vector x as a sum of few atoms: x ≈ b + Σ_j f_j d_j, most f_j being 0.

        before the activation   a = (x − b) E + c
        code                    f = ReLU(a); with `k`, the k largest of each row of it, or N · k of a batch
        reconstruction          x̂ = b + f A                row j of A is the atom d_j, ‖d_j‖ = 1 after every step
        loss                    the mean over M of ‖x − x̂_m‖² + λ Σ_j f_j + α · auxiliary loss
        predicts                a network's activation
        from                    few of many directions
        collapse                the activation is given
        parts                   decoder

    Five kinds, by what is given:

        SparseAutoencoder(D, K, l1=0.1)                              ReLU and an L1 penalty (Bricken et al., 2023)
        SparseAutoencoder(D, K, k=16)                                TopK (Gao et al., 2024, arXiv:2406.04093)
        SparseAutoencoder(D, K, k=16, over="batch")                  BatchTopK (Bussmann et al., 2024, arXiv:2412.06410)
        SparseAutoencoder(D, K, k=(4, 16, 64))                       Matryoshka, nested in how many fire: one code for each
                                                                     k (Zaigrajew et al., 2025, arXiv:2502.20578, its UW)
        SparseAutoencoder(D, K, k=16, prefixes=(64, 256, K))         Matryoshka, nested in the dictionary (Bussmann et al.,
                                                                     2025, arXiv:2503.17547), with any of these codes

    input_dim    D
    n_latents    K, the number of atoms
    k            how many latents fire; None: as many as are positive; several, which grow: the loss is the mean over
                 their codes, and `encode` gives the last
    over         "row" or "batch": whose k largest, or N · k largest, stay
    l1           λ ≥ 0
    prefixes     M: for each m in it the first m latents alone reconstruct x, as x̂_m; (K,) by default
    aux          α ≥ 0 of the auxiliary loss, which revives dead units; 0 for none
    dead_after   a unit that was silent in so many steps is dead

    BatchTopK needs a batch only in training. In evaluation mode a latent fires where it is above the `threshold`: the
    mean, over the last hundred steps or so, of the smallest value that stayed.
    Scale x so that its mean squared distance from its mean is about 1; the squared error is then the share of the
    variance that is left unexplained. Raises ValueError for numbers out of range and for x that is not (N, D), finite.

    >>> sae = SparseAutoencoder(8, 32, k=4)
    >>> x = torch.randn(5, 8)
    >>> sae.loss(x).ndim, sae.encode(x).shape, int(sae.encode(x).count_nonzero(dim=1).max()) <= 4
    (0, torch.Size([5, 32]), True)
    """

    def __init__(
        self, input_dim: int, n_latents: int, *, k: int | Sequence[int] | None = None, over: str = "row", l1: float = 0.0,
        prefixes: Sequence[int] | None = None, aux: float = 1 / 32, dead_after: int = 50,
    ):
        super().__init__()
        for name, value in dict(input_dim=input_dim, n_latents=n_latents, dead_after=dead_after).items():
            expect.integer(value, name, at_least=1)
        self.ks = tuple(k) if isinstance(k, Sequence) else (k,)
        check_sizes(self.ks if k is not None else (n_latents,), "k", n_latents)
        expect.one_of(over, "over", ("row", "batch"))
        expect.number(l1, "l1", at_least=0)
        expect.number(aux, "aux", at_least=0)
        self.prefixes = (n_latents,) if prefixes is None else tuple(prefixes)
        check_prefixes(self.prefixes, n_latents)
        self.over, self.l1, self.aux, self.dead_after = over, l1, aux, dead_after
        atoms = F.normalize(torch.randn(n_latents, input_dim), dim=1)
        self.atoms = nn.Parameter(atoms)                                                    # A, (K, D)
        self.encoder = nn.Parameter(atoms.T.clone())                                        # E, (D, K): begins as Aᵀ
        self.bias = nn.Parameter(torch.zeros(input_dim))                                    # b
        self.offset = nn.Parameter(torch.zeros(n_latents))                                  # c
        self.register_buffer("silent", torch.zeros(n_latents, dtype=torch.int64))           # steps without firing
        self.register_buffer("threshold", torch.zeros(()))

    def preactivation(self, x: Tensor) -> Tensor:
        """a = (x − b) E + c, (N, K), in float32."""
        expect.tensor(x, "x", ("N", self.atoms.shape[1]), finite=True)
        with torch.autocast(x.device.type, enabled=False):
            return (x.float() - self.bias) @ self.encoder + self.offset

    def code(self, a: Tensor, k: int | None) -> Tensor:
        """f from a: what may fire, and how strongly."""
        if k is None:
            return a.relu()
        if self.over == "row":
            return topk_code(a, k)
        return batch_topk_code(a, k) if self.training else a.relu() * (a > self.threshold)

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of feature vectors (N, D), or of (vectors, …): labels are not looked at."""
        x = batch if isinstance(batch, Tensor) else batch[0]
        a = self.preactivation(x)
        with torch.autocast(x.device.type, enabled=False):
            codes = [self.code(a, k) for k in self.ks]
            f = codes[-1]
            if self.training:
                self._remember(f.detach())
            errors = [matryoshka_loss(x.float(), code, self.atoms, self.bias, self.prefixes) for code in codes]
            loss = torch.stack(errors).mean() + self.l1 * f.sum(dim=1).mean()
            if self.aux:
                residual = x.float() - self.decode(f)
                loss = loss + self.aux * auxiliary_loss(residual, a, self.dead, self.atoms, max(1, len(self.bias) // 2))
        return loss

    @property
    def dead(self) -> Tensor:
        """(K,), True for each unit that has not fired in the last `dead_after` steps."""
        return self.silent >= self.dead_after

    @torch.no_grad()
    def _remember(self, f: Tensor) -> None:
        """Who has fired; and with BatchTopK, how strong one must be to stay."""
        fired = (f > 0).any(dim=0)
        self.silent.copy_(torch.where(fired, 0, self.silent + 1))
        if self.over == "batch" and fired.any():
            least = f[f > 0].min()
            self.threshold.copy_(least if self.threshold == 0 else torch.lerp(self.threshold, least, 0.01))

    @torch.no_grad()
    def after_step(self, progress: float) -> None:
        """Bring every atom back to length 1: or a small f with a long d would cost less."""
        self.atoms.copy_(F.normalize(self.atoms, dim=1))

    def encode(self, x: Tensor) -> Tensor:
        """The code f, (N, K)."""
        return self.code(self.preactivation(x), self.ks[-1])

    def decode(self, f: Tensor) -> Tensor:
        """x̂ = b + Σ_j f_j d_j, (N, D)."""
        return self.bias + f @ self.atoms
