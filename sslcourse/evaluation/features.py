"""From images to features, and the encoder left exactly as it was found.

Definition: a feature is what the encoder, frozen and in evaluation mode, gives for an image by itself, in float32.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from .. import expect, runtime, threads


def extract_features(
    encoder: nn.Module | Callable[[Tensor], Tensor],
    images: Tensor,
    *,
    batch_size: int = 256,
    device: torch.device | str | None = None,
) -> Tensor:
    """The features of `images`, (N, D) float32 on the CPU, in evaluation mode, without gradients, batch by batch.

    They are computed in float32 too, whatever autocast stands around the call: bfloat16 moves an accuracy by whole points
    where features differ little from image to image, as an untrained network's do.

    encoder     a module, a method with ``encode(images)``, or any callable from float images to (N, D); a feature map
                (N, C, H, W) is averaged over its positions. A module that carries a classifier (``num_classes`` > 0) is
                asked for its ``forward_features``.
    images      (N, C, H, W), uint8 (scaled to [0, 1]) or floating point (taken as it is); or token ids (N, L), int64
    device      where to compute; default: where the encoder's weights are (the course's device if it has none)

    Every submodule's training mode is put back, weights and BatchNorm's buffers stay bit for bit the same, and so does
    the device. ValueError: wrong rank or type of `images`, an encoder with weights in half precision, or one whose output is
    not one finite row per image.

    >>> pixels = extract_features(lambda images: images.flatten(1), torch.full((5, 3, 8, 8), 255, dtype=torch.uint8))
    >>> pixels.shape, pixels.max().item()
    (torch.Size([5, 192]), 1.0)
    """
    expect.that(callable(encoder) or hasattr(encoder, "encode"), "encoder", encoder, "a module or a callable")
    _check_inputs(images)
    expect.integer(batch_size, "batch_size", at_least=1)

    module = _module_of(encoder)
    _check_precision(module)
    batches = range(0, len(images), batch_size)
    features = None
    with evaluating(module), _placed(module, device) as where:
        # no_grad, not inference_mode: what an encoder caches on the way must stay usable in later training
        with torch.no_grad(), torch.autocast(where.type, enabled=False):
            for start in runtime.progress(batches, desc="features", unit="batch") if len(batches) > 1 else batches:
                if len(batches) > 1:
                    threads.settle()
                batch = as_input(images[start:start + batch_size].to(where))
                rows = embed(encoder, batch).float().cpu()                                  # (B, D)
                if features is None:
                    features = torch.empty(len(images), rows.shape[1])
                features[start:start + len(rows)] = rows
    if not torch.isfinite(features).all():
        raise ValueError("encoder: got NaN or infinity among its features, wanted finite ones (did training diverge?)")
    return features


def embed(encoder: nn.Module | Callable[[Tensor], Tensor], inputs: Tensor) -> Tensor:
    """One batch through `encoder` to (B, D), gradients and modes as they are."""
    if hasattr(encoder, "encode"):
        out = encoder.encode(inputs)
    elif getattr(encoder, "num_classes", 0) and hasattr(encoder, "forward_features"):
        out = encoder.forward_features(inputs)
    else:
        out = encoder(inputs)
    if isinstance(out, Tensor) and out.ndim == 4:                                           # (B, C, H, W)
        out = out.mean(dim=(2, 3))
    fits = isinstance(out, Tensor) and out.ndim == 2 and len(out) == len(inputs)
    expect.that(fits, "encoder", out, f"({len(inputs)}, D) for a batch of {len(inputs)}")
    return out


def as_input(images: Tensor) -> Tensor:
    """Images as an encoder wants them: uint8 becomes float32 in [0, 1], other floats float32; token ids pass."""
    if images.dtype == torch.uint8:
        return images.float() / 255
    return images.float() if images.is_floating_point() else images


@contextlib.contextmanager
def evaluating(module: nn.Module | None) -> Iterator[None]:
    """Evaluation mode inside the block; after it, each submodule's own mode (some may have been frozen on purpose)."""
    modes = [(part, part.training) for part in module.modules()] if module is not None else []
    try:
        if module is not None:
            module.eval()
        yield
    finally:
        for part, training in modes:
            part.training = training


@contextlib.contextmanager
def _placed(module: nn.Module | None, device: torch.device | str | None) -> Iterator[torch.device]:
    """The device to compute on; the module is moved there for the block, and back after it."""
    weights = [] if module is None else [*module.parameters(), *module.buffers()]
    home = weights[0].device if weights else runtime.device()
    where = home if device is None else torch.device(device)
    if not weights or where.type == home.type and where.index in (None, home.index):
        yield where
        return
    try:
        module.to(where)
        yield where
    finally:
        module.to(home)


def _module_of(encoder: object) -> nn.Module | None:
    """The module whose modes matter: the encoder itself, or the owner of a bound method such as ``method.encode``."""
    for candidate in (encoder, getattr(encoder, "__self__", None)):
        if isinstance(candidate, nn.Module):
            return candidate
    return None


def _check_precision(module: nn.Module | None) -> None:
    for name, weight in module.named_parameters() if module is not None else ():
        half = weight.dtype in (torch.float16, torch.bfloat16)
        got = expect.Words(f"{weight.dtype} weights ({name})")
        expect.that(not half, "encoder", got, "float32 ones, as encoder.float() makes them")


def _check_inputs(images: object) -> None:
    is_tokens = isinstance(images, Tensor) and images.ndim == 2 and images.dtype == torch.int64
    if is_tokens:
        expect.tensor(images, "images", ("N", "L"))
        return
    expect.images(images)
    if images.is_floating_point():
        expect.that(bool(torch.isfinite(images).all()), "images", "NaN or infinity inside", "finite numbers")
