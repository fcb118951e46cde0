"""What stands on an encoder during pretraining, and is thrown away after it: small networks from vector to vector.

Named as in lightly, with its `layers`; the defaults of each are its paper's, fit for an encoder with thousands of
features. For a small encoder, 128 or 256 hidden units will do.
"""

from __future__ import annotations

from torch import Tensor, nn

from . import inputs


class _MLP(nn.Module):
    """(N, dims[0]) -> (N, dims[-1]): linear layers, BatchNorm, ReLU after each; the last bare, or with `last`."""

    def __init__(self, *dims: int, batch_norm: bool, last: nn.Module | None = None):
        super().__init__()
        self.input_dim, self.output_dim, self.batch_norm = dims[0], dims[-1], batch_norm
        layers: list[nn.Module] = []
        for d_in, d_out in zip(dims[:-2], dims[1:-1]):
            layers.append(nn.Linear(d_in, d_out, bias=not batch_norm))  # BatchNorm has a bias of its own
            layers += [nn.BatchNorm1d(d_out)] if batch_norm else []
            layers.append(nn.ReLU())
        layers.append(nn.Linear(dims[-2], dims[-1], bias=last is None))
        layers += [last] if last is not None else []
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        inputs.vectors(x, "x", self.input_dim)
        if self.batch_norm:
            inputs.batch_for_norm(x, self)
        return self.layers(x)


class SimCLRProjectionHead(_MLP):
    """g of SimCLR: (N, input_dim) -> (N, output_dim), the space that the contrastive loss sees.

    SimCLR (arXiv:2002.05709), section 2.1: z = g(h) = W⁽²⁾ ReLU(W⁽¹⁾ h); SimCLRv2 (arXiv:2006.10029) has three layers.

    input_dim, hidden_dim, output_dim   sizes of h, of the hidden layers and of z
    num_layers                          linear layers, at least 1; one alone is the linear head of SimCLR's figure 8
    batch_norm                          BatchNorm after every linear layer, the last too, as in the authors' code

    Raises ValueError for sizes below 1; an x that is not (N, input_dim) and floating point.

    >>> import torch
    >>> SimCLRProjectionHead(128, 64, 32)(torch.rand(4, 128)).shape
    torch.Size([4, 32])
    """

    def __init__(
        self,
        input_dim: int = 2048,
        hidden_dim: int = 2048,
        output_dim: int = 128,
        num_layers: int = 2,
        batch_norm: bool = True,
    ):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim, num_layers=num_layers)
        dims = (input_dim, *[hidden_dim] * (num_layers - 1), output_dim)
        super().__init__(*dims, batch_norm=batch_norm, last=nn.BatchNorm1d(output_dim) if batch_norm else None)


class BYOLProjectionHead(_MLP):
    """Projection of BYOL (arXiv:2006.07733, section 3.2): (N, input_dim) -> (N, output_dim).

    A linear layer, BatchNorm, ReLU, a linear layer. ValueError: sizes below 1; an x that is not (N, input_dim).

    >>> import torch
    >>> BYOLProjectionHead(128, 256, 64)(torch.rand(4, 128)).shape
    torch.Size([4, 64])
    """

    def __init__(self, input_dim: int = 2048, hidden_dim: int = 4096, output_dim: int = 256):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
        super().__init__(input_dim, hidden_dim, output_dim, batch_norm=True)


class BYOLPredictionHead(_MLP):
    """Prediction of BYOL, on the student only (arXiv:2006.07733, section 3.2): (N, input_dim) -> (N, output_dim).

    Built like its projection. ValueError: sizes below 1; an x that is not (N, input_dim).

    >>> import torch
    >>> BYOLPredictionHead(64, 256, 64)(torch.rand(4, 64)).shape
    torch.Size([4, 64])
    """

    def __init__(self, input_dim: int = 256, hidden_dim: int = 4096, output_dim: int = 256):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
        super().__init__(input_dim, hidden_dim, output_dim, batch_norm=True)


class SimSiamProjectionHead(_MLP):
    """Projection of SimSiam (arXiv:2011.10566, section 3): (N, input_dim) -> (N, output_dim).

    Three linear layers, BatchNorm after each, the last without scale and shift. ValueError: as BYOL's.

    >>> import torch
    >>> z = SimSiamProjectionHead(128, 64, 32)(torch.rand(4, 128))
    >>> bool(z.mean(dim=0).abs().max() < 1e-5)  # what the last BatchNorm does
    True
    """

    def __init__(self, input_dim: int = 2048, hidden_dim: int = 2048, output_dim: int = 2048):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
        last = nn.BatchNorm1d(output_dim, affine=False)
        super().__init__(input_dim, hidden_dim, hidden_dim, output_dim, batch_norm=True, last=last)


class SimSiamPredictionHead(_MLP):
    """Prediction of SimSiam, a bottleneck (arXiv:2011.10566, section 3): (N, input_dim) -> (N, output_dim).

    Two linear layers, BatchNorm and ReLU between them. ValueError: as BYOL's.

    >>> import torch
    >>> SimSiamPredictionHead(32, 8, 32)(torch.rand(4, 32)).shape
    torch.Size([4, 32])
    """

    def __init__(self, input_dim: int = 2048, hidden_dim: int = 512, output_dim: int = 2048):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
        super().__init__(input_dim, hidden_dim, output_dim, batch_norm=True)


class BarlowTwinsProjectionHead(_MLP):
    """Projector of Barlow Twins (arXiv:2103.03230, section 2.2), and of VICReg: (N, input_dim) -> (N, output_dim).

    Three linear layers, BatchNorm and ReLU after the first two; wide, because the loss compares components. ValueError: as
    BYOL's.

    >>> import torch
    >>> BarlowTwinsProjectionHead(128, 256, 256)(torch.rand(4, 128)).shape
    torch.Size([4, 256])
    """

    def __init__(self, input_dim: int = 2048, hidden_dim: int = 8192, output_dim: int = 8192):
        inputs.sizes(input_dim=input_dim, hidden_dim=hidden_dim, output_dim=output_dim)
        super().__init__(input_dim, hidden_dim, hidden_dim, output_dim, batch_norm=True)
