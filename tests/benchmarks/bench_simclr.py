"""A whole SimCLR step on CIFAR-10 (views, forward, backward, update), against lightly's transforms, loader and loss.

Target: at least 3 times as fast, lightly at its best number of loader workers. Both train the same small ResNet and head at
batch 256 with AdamW; lightly's pipeline is its documented one: SimCLRTransform per image on PIL images, its collate by
PyTorch's DataLoader, NTXentLoss. Precision is each pipeline's own default: ours asks `runtime.autocast`, lightly's is
float32; the table says what ours chose, and the second row is ours in float32 too.

    python -m tests.benchmarks simclr                        the steps
    python -m tests.benchmarks.bench_simclr --quality 120    both trained for 120 s, then kNN and probe

The second command trains a stronger encoder, `models.patch_resnet`, the same in both pipelines, on all 50,000 train images,
with the settings that `simclr_ablation` chose; kNN and probe learn from all 50,000 labels, on all 10,000 test images.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import sys
import time

import torch
from torch import nn

from sslcourse import augment, data, evaluation, methods, models, runtime, training
from sslcourse.training import optimizer as optimizers

from .alternate import OURS, alternate, header, row

BATCH, TARGET = 256, 3.0


def small() -> nn.Module:
    with runtime.seeded(0):
        return models.small_resnet()


def strong(images: torch.Tensor, seed: int) -> nn.Module:
    with runtime.seeded(seed):
        return models.patch_resnet(images)


class Lightly:
    """lightly's documented SimCLR loop around the same encoder and head; `views` are settings of its SimCLRTransform."""

    def __init__(
        self, images: data.ImageSet, workers: int, network: nn.Module, lr: float = 1e-3, temperature: float = 0.5,
        batch: int = BATCH, optimizer: str = "adamw", **views,
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
        self.method = methods.SimCLR(network)
        self.criterion = NTXentLoss(temperature=temperature)
        self.optimizer = optimizers.make(self.method, optimizer, lr, weight_decay=1e-4, momentum=0.95)
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
    method = methods.SimCLR(small())
    return lambda: training.train(method, images, steps=steps, batch_size=BATCH, bfloat16=bfloat16)


def main(steps: int = 4, rounds: int = 3) -> bool:
    """Print the ratios of `steps` steps each; whether the target is reached at lightly's best number of workers."""
    images = data.load("cifar10", split="train", size=4096, seed=0)
    peers = {f"lightly, {workers} workers": Lightly(images, workers, small()) for workers in (0, 1, 2)}
    runs = {OURS: ours(images, steps, None), "ours, float32": ours(images, steps, False)}
    runs |= {name: lambda peer=peer: [peer.step() for _ in range(steps)] for name, peer in peers.items()}
    took = alternate(runs, rounds)
    precision = "bfloat16" if runtime.bfloat16_pays() else "float32"
    header(f"{steps} SimCLR steps of {BATCH} images, ours in {precision}")
    row("ours, float32", took, 1.0)
    return all([row(name, took, TARGET) for name in peers])


def score(network: nn.Module) -> str:
    """kNN and linear probe, learned from all 50,000 training images, on all 10,000 test images, in percent."""
    train, test = data.load("cifar10", split="train"), data.load("cifar10", split="test")
    Z, Z_test = (evaluation.extract_features(network, part.images) for part in (train, test))
    found = {"kNN": evaluation.KNNClassifier(), "probe": evaluation.LinearProbe()}
    scores = {name: classifier.fit(Z, train.labels).score(Z_test, test.labels) for name, classifier in found.items()}
    return ", ".join(f"{name} {100 * value:.1f}" for name, value in scores.items())


def quality(seconds: float, options: argparse.Namespace) -> None:
    """Train both pipelines for `seconds` and print kNN and probe, beside those of the untrained encoder."""
    images = data.load("cifar10", split="train")
    network = strong(images.images, options.seed)
    if not options.no_peer:
        print("untrained:", score(network), flush=True)
    views = augment.simclr_views(options.crop, scale=(options.smallest, 1.0), jitter_strength=options.color)
    method = methods.SimCLR(network, views=views, temperature=options.temperature)
    history = training.train(
        method, images, seconds=seconds, batch_size=options.batch, lr=options.lr, optimizer=options.optimizer, momentum=0.95,
        seed=options.seed,
    )
    print(f"sslcourse, seed {options.seed}, {history.steps} steps:", score(network), flush=True)
    if options.no_peer:
        return
    same = dict(
        lr=options.lr, optimizer=options.optimizer, temperature=options.temperature, batch=options.batch,
        input_size=options.crop, min_scale=options.smallest, cj_strength=options.color,
    )
    for name, settings in {"lightly as documented": {}, "lightly with our settings": same}.items():
        theirs = Lightly(images, 2, strong(images.images, options.seed), **settings)
        rate = settings.get("lr", 1e-3)
        theirs.step(0.0)  # its workers have started when the clock does
        steps, start = 0, time.perf_counter()
        while (progress := (time.perf_counter() - start) / seconds) < 1:
            theirs.step(rate * training.warmup_cosine(progress))
            steps += 1
        print(f"{name}, {steps} steps:", score(theirs.method.encoder), flush=True)
        del theirs
        gc.collect()  # its batches hold the loader in a circle: end the workers before the next ones start


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quality", type=float, metavar="SECONDS")
    parser.add_argument("--crop", type=int, default=24)
    parser.add_argument("--smallest", type=float, default=0.2, help="the smallest crop's area")
    parser.add_argument("--color", type=float, default=0.5, help="strength of the color jitter")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--optimizer", default="muon", choices=optimizers.OPTIMIZERS)
    parser.add_argument("--batch", type=int, default=256)
    parser.add_argument("--temperature", type=float, default=0.15)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-peer", action="store_true")
    options = parser.parse_args()
    if options.quality is None:
        sys.exit(0 if main() else 1)
    quality(options.quality, options)
