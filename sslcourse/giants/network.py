"""One public network, frozen: it takes the images of this course as they are."""

from __future__ import annotations

import os
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .. import expect

#: how a lab calls it -> how timm does
GIANTS = {
    "supervised ViT-S/16": "vit_small_patch16_224.augreg_in1k",
    "MAE ViT-B/16": "vit_base_patch16_224.mae",
    "DINO ViT-S/16": "vit_small_patch16_224.dino",
    "DINOv2 ViT-S/14": "vit_small_patch14_reg4_dinov2.lvd142m",
    "CLIP ViT-B/32": "vit_base_patch32_clip_224.openai",
}


class Unreachable(RuntimeError):
    """A giant that can't be had: timm is missing, or its weights are."""


class Giant(nn.Module):
    """One of timm's Vision Transformers, frozen: (N, 3, H, W), floats in [0, 1], -> (N, D).

    Images are resized to `size` pixels, or the nearest number of whole patches, and normalized as the network was trained.

    network   timm's model, without a classifier, which takes images of any number of whole patches
    size      pixels of a side; more cost more, and small photographs hold nothing that would be seen then

    Attributes: `num_features` (D), `patch_size`. Raises ValueError for a network without patches, a size below 1, images of
    another kind.
    """

    def __init__(self, network: nn.Module, size: int = 112):
        super().__init__()
        side = getattr(getattr(network, "patch_embed", None), "patch_size", None)
        expect.that(side is not None, "network", network, "a Vision Transformer of timm's")
        expect.integer(size, "size", at_least=1)
        self.network, self.patch_size = network.eval().requires_grad_(False), int(side[0])
        self.size, self.num_features = max(1, round(size / self.patch_size)) * self.patch_size, network.num_features
        for name, default in (("mean", 0.5), ("std", 0.5)):
            numbers = torch.tensor(network.pretrained_cfg.get(name, (default,) * 3))
            self.register_buffer(name, numbers.view(3, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """The features that the network's own authors read, (N, D): the class token, or what stands in its place."""
        x = F.interpolate(images, size=self.size, mode="bicubic", antialias=True).clamp(0, 1)
        return self.network(self._checked(x))

    def tokens(self, images: Tensor) -> Tensor:
        """A class token and all patches, (N, 1 + L, D), without registers, of images as large as they are."""
        found = self.network.forward_features(self._checked(images))
        first = found[:, :1] if self.network.num_prefix_tokens else found.mean(dim=1, keepdim=True)
        return torch.cat([first, found[:, self.network.num_prefix_tokens:]], dim=1)

    def _checked(self, images: Tensor) -> Tensor:
        expect.tensor(images, "images", ("N", 3, "H", "W"))
        expect.that(images.is_floating_point(), "images", images, "floating point (uint8 / 255 is)")
        return (images - self.mean) / self.std


def load(name: str, *, size: int = 112, file: str | Path | None = None, **settings) -> Giant:
    """The giant called `name`, from timm's cache or, the first time, from where timm finds its weights.

    name       a key of GIANTS, or any Vision Transformer of timm's
    size       see `Giant`
    file       its weights as timm stores them, where you have them already: no network is asked then
    settings   handed to ``timm.create_model``

    Raises Unreachable where timm is missing, the file is, or the weights can't be fetched; it says which, and what to do.
    """
    try:
        import timm
    except ImportError:
        raise Unreachable('timm is not installed: pip install "sslcourse[giants]" brings it') from None
    model = GIANTS.get(name, name)
    if file is not None and not Path(file).is_file():
        raise Unreachable(f"there is no file {file}")
    if file is not None:
        settings["pretrained_cfg_overlay"] = {"file": os.fspath(file)}
    try:
        network = timm.create_model(model, pretrained=True, num_classes=0, dynamic_img_size=True, **settings)
    except Exception as error:  # timm and what it fetches with raise all kinds
        where = f"be read from {file}" if file is not None else "be fetched; are you on line?"
        reason = (str(error).splitlines() or [""])[0][:160]
        raise Unreachable(f"{model} could not {where} ({type(error).__name__}: {reason})") from error
    return Giant(network, size)
