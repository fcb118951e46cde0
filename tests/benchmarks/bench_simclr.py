"""A whole SimCLR step on CIFAR-10 (views, forward, backward, update), against lightly's transforms, loader and loss.

Target: at least 3 times as fast, lightly at its best number of loader workers. Both train the same small ResNet and head at
batch 256 with AdamW; lightly's pipeline is its documented one: SimCLRTransform per image on PIL images, its collate by
PyTorch's DataLoader, NTXentLoss. Precision is each pipeline's own default: ours asks `runtime.autocast`, lightly's is
float32; the table says what ours chose, and the second row is ours in float32 too.

    python -m tests.benchmarks simclr                        the steps
    python -m tests.benchmarks.bench_simclr --quality 120    both trained for 120 s, then kNN and probe
"""

from __future__ import annotations

import argparse
import gc
import itertools
import sys
import time

import torch
from torch import nn

from sslcourse import data, evaluation, methods, models, runtime, training

from .alternate import OURS, alternate, header, row

BATCH, TARGET = 256, 3.0
TRAIN, FEATURES = 20_000, 50_000  # images trained on, and those that kNN and probe learn from


def encoder() -> nn.Module:
    with runtime.seeded(0):
        return models.small_resnet()


class Lightly:
    """lightly's documented SimCLR loop around the same encoder and head; `views` are settings of its SimCLRTransform."""

    def __init__(
        self, images: data.ImageSet, workers: int, lr: float = 1e-3, temperature: float = 0.5, batch: int = BATCH, **views,
    ):
        from lightly.loss import NTXentLoss
        from lightly.transforms import SimCLRTransform
        from PIL import Image

        pil = [Image.fromarray(image.permute(1, 2, 0).numpy()) for image in images.images]
        transform = SimCLRTransform(**{"input_size": 32, "gaussian_blur": 0.0, **views})

        class Views(torch.utils.data.Dataset):
            def __len__(self) -> int:
                return len(pil)

            def __getitem__(self, index: int) -> list[torch.Tensor]:
                return transform(pil[index])

        self.loader = torch.utils.data.DataLoader(
            Views(), batch, shuffle=True, drop_last=True, num_workers=workers, persistent_workers=workers > 0,
        )
        self.method = methods.SimCLR(encoder())
        self.criterion = NTXentLoss(temperature=temperature)
        self.optimizer = torch.optim.AdamW(self.method.parameters(), lr=lr, weight_decay=1e-4)
        self.batches = (batch for _ in itertools.count() for batch in self.loader)

    def step(self, lr: float | None = None) -> None:
        v0, v1 = next(self.batches)
        for group in self.optimizer.param_groups:
            group["lr"] = group["lr"] if lr is None else lr
        z0, z1 = self.method.head(self.method.encoder(torch.cat([v0, v1]))).chunk(2)
        loss = self.criterion(z0, z1)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()


def ours(images: data.ImageSet, steps: int, bfloat16: bool | None):
    method = methods.SimCLR(encoder())
    return lambda: training.train(method, images, steps=steps, batch_size=BATCH, bfloat16=bfloat16)


def main(steps: int = 4, rounds: int = 3) -> bool:
    """Print the ratios of `steps` steps each; whether the target is reached at lightly's best number of workers."""
    images = data.load("cifar10", split="train", size=4096, seed=0)
    peers = {f"lightly, {workers} workers": Lightly(images, workers) for workers in (0, 1, 2)}
    runs = {OURS: ours(images, steps, None), "ours, float32": ours(images, steps, False)}
    runs |= {name: lambda peer=peer: [peer.step() for _ in range(steps)] for name, peer in peers.items()}
    took = alternate(runs, rounds)
    precision = "bfloat16" if runtime.bfloat16_pays() else "float32"
    header(f"{steps} SimCLR steps of {BATCH} images, ours in {precision}")
    row("ours, float32", took, 1.0)
    return all([row(name, took, TARGET) for name in peers])


def score(network: nn.Module) -> dict[str, float]:
    """kNN and linear probe, learned from FEATURES training images, on all 10,000 test images."""
    train, test = data.load("cifar10", split="train", size=FEATURES), data.load("cifar10", split="test")
    Z, Z_test = (evaluation.extract_features(network, part.images) for part in (train, test))
    found = {"kNN": evaluation.KNNClassifier(), "probe": evaluation.LinearProbe()}
    return {name: classifier.fit(Z, train.labels).score(Z_test, test.labels) for name, classifier in found.items()}


def quality(
    seconds: float, crop: int, smallest: float, lr: float, batch: int, temperature: float, peer: bool,
) -> None:
    """Train both pipelines for `seconds` and print kNN and probe, beside those of the untrained encoder."""
    from sslcourse import augment

    images = data.load("cifar10", split="train", size=TRAIN)
    network = encoder()
    if peer:
        print("untrained", score(network), flush=True)
    method = methods.SimCLR(network, views=augment.simclr_views(crop, scale=(smallest, 1.0)), temperature=temperature)
    history = training.train(method, images, seconds=seconds, batch_size=batch, lr=lr)
    print(f"sslcourse, crops at {crop} px", history, score(network), flush=True)
    if not peer:
        return
    same = dict(lr=lr, temperature=temperature, batch=batch, input_size=crop, min_scale=smallest, cj_strength=0.5)
    for name, settings in {"lightly as documented": dict(lr=lr), "lightly with our settings": same}.items():
        theirs = Lightly(images, workers=2, **settings)
        theirs.step(0.0)  # its workers have started when the clock does
        steps, start = 0, time.perf_counter()
        while (progress := (time.perf_counter() - start) / seconds) < 1:
            theirs.step(lr * training.warmup_cosine(progress))
            steps += 1
        print(f"{name}, {steps} steps", score(theirs.method.encoder), flush=True)
        del theirs
        gc.collect()  # its batches hold the loader in a circle: end the workers before the next ones start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quality", type=float, metavar="SECONDS")
    parser.add_argument("--crop", type=int, default=24)
    parser.add_argument("--smallest", type=float, default=0.2, help="the smallest crop's area")
    parser.add_argument("--lr", type=float, default=3e-3)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.15)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    if options.quality is None:
        sys.exit(0 if main() else 1)
    quality(
        options.quality, options.crop, options.smallest, options.lr, options.batch, options.temperature,
        not options.no_peer,
    )
