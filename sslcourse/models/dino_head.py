"""The head of DINO (Caron et al., 2021, arXiv:2104.14294), section 3.1 and appendix C."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import expect
from . import inputs


class DINOProjectionHead(nn.Module):
    """(N, input_dim), or tokens (N, L, input_dim), -> logits over K prototypes, each a cosine in [−1, 1].

    DINO, section 3.1 ("Network architecture"): an MLP of three layers, an L2-normalised bottleneck z, and a
    weight-normalised linear layer without bias, whose rows are the prototypes w_k:

        logit_k = g_k · w_k / ‖w_k‖ · z / ‖z‖,   g_k = 1 as long as norm_last_layer is True

    input_dim, hidden_dim, bottleneck_dim   sizes of the encoder's features, of the two hidden layers and of z
    output_dim                              K
    batch_norm                              BatchNorm after the hidden layers; takes (N, input_dim) only. Off for a ViT.
    freeze_last_layer                       during how many epochs `cancel_last_layer_gradients` holds the last layer
                                            fast; 0 for none
    norm_last_layer                         False lets the gains g be learned, for better but less stable training

    Raises ValueError for sizes below 1, a negative number of epochs, an x of another rank, type or width.

    The attributes and the method are lightly's; its weight normalisation is written out here.

    >>> head = DINOProjectionHead(16, 32, 8, output_dim=100)
    >>> head(torch.rand(4, 16)).shape
    torch.Size([4, 100])
    >>> bool(torch.allclose(head.prototypes.norm(dim=1), torch.ones(100)))
    True
    """

    def __init__(
        self,
        input_dim: int = 2048,
        hidden_dim: int = 2048,
        bottleneck_dim: int = 256,
        output_dim: int = 65536,
        batch_norm: bool = False,
        freeze_last_layer: int = 0,
        norm_last_layer: bool = True,
    ):
        super().__init__()
        inputs.sizes(
            input_dim=input_dim, hidden_dim=hidden_dim, bottleneck_dim=bottleneck_dim, output_dim=output_dim
        )
        expect.integer(freeze_last_layer, "freeze_last_layer", at_least=0)
        self.input_dim, self.batch_norm, self.freeze_last_layer = input_dim, batch_norm, freeze_last_layer
        layers: list[nn.Module] = []
        for d_in in (input_dim, hidden_dim):
            layers.append(nn.Linear(d_in, hidden_dim, bias=not batch_norm))
            layers += [nn.BatchNorm1d(hidden_dim)] if batch_norm else []
            layers.append(nn.GELU())
        self.layers = nn.Sequential(*layers, nn.Linear(hidden_dim, bottleneck_dim))
        self.last_layer = nn.Linear(bottleneck_dim, output_dim, bias=False)
        self.gain = nn.Parameter(torch.ones(output_dim, 1), requires_grad=not norm_last_layer)
        for module in self.layers:
            if isinstance(module, nn.Linear):
                nn.init.trunc_normal_(module.weight, std=0.02)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        if self.batch_norm:
            inputs.vectors(x, "x", self.input_dim)
            inputs.batch_for_norm(x, self)
        else:
            expect.tensor(x, "x")
            fits = x.is_floating_point() and x.dim() >= 2 and x.shape[-1] == self.input_dim
            expect.that(fits, "x", x, f"floating point, (N, {self.input_dim}) or (N, L, {self.input_dim})")
        z = self.layers(x)
        z = F.normalize(z, dim=-1, eps=1e-6 if z.dtype == torch.float16 else 1e-12)  # 1e-12 is 0 in float16
        return F.linear(z, self.prototypes)

    @property
    def prototypes(self) -> Tensor:
        """The last layer's normalised rows, (K, bottleneck_dim)."""
        return self.gain * F.normalize(self.last_layer.weight, dim=1)

    def cancel_last_layer_gradients(self, current_epoch: int) -> None:
        """Take away the last layer's gradients while `current_epoch`, from 0, is among the frozen ones.

        Called between backward() and the optimiser's step (appendix C: the first epoch). The prototypes then hold still
        until there is something for them to divide.
        """
        expect.integer(current_epoch, "current_epoch", at_least=0)
        if current_epoch < self.freeze_last_layer:
            self.last_layer.weight.grad = self.gain.grad = None
