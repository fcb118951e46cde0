"""MoCo: negatives from a queue of earlier batches, embedded by a slow copy of the network (He et al., 2020)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses, models
from ...processes import gather_rows
from ..teacher import check_momentum, follow, slow_copy


def _check_enqueue(queue, keys, pointer):
    expect.tensor(queue, "queue", ("K", "D"))
    expect.tensor(keys, "keys", ("N", queue.shape[1]))
    expect.that(len(keys) <= len(queue), "keys", keys, f"no more keys than the queue has places, {len(queue)}")
    expect.integer(pointer, "pointer", at_least=0, at_most=len(queue) - 1)


@expect.checked(_check_enqueue)
def enqueue(queue: Tensor, keys: Tensor, pointer: int) -> tuple[Tensor, int]:
    """A ring buffer: `keys` (N, D) take the places of the oldest rows of `queue` (K, D), which lie from `pointer` on.

    Returns the new queue, and where its oldest row now lies. Past the last row it goes on at the first, so N need not
    divide K; the tensors that came in stay as they were.
    He et al., "Momentum contrast for unsupervised visual representation learning", CVPR 2020 (arXiv:1911.05722), section
    3.2. Raises ValueError for other shapes, more keys than places, a pointer outside the queue.

    >>> queue, pointer = enqueue(torch.zeros(3, 1), torch.tensor([[1.0], [2.0]]), pointer=2)
    >>> queue.flatten().tolist(), pointer
    ([2.0, 0.0, 1.0], 1)
    """
    places = (pointer + torch.arange(len(keys), device=queue.device)) % len(queue)     # (N,)
    return queue.index_copy(0, places, keys.to(queue)), (pointer + len(keys)) % len(queue)


class MoCo(nn.Module):
    """MoCo (He et al., 2020, arXiv:1911.05722), with the projection head of its second version (arXiv:2003.04297).

        query        q = head(encoder(v0))                              trained
        key          k = teacher_head(teacher_encoder(v1))              never trained
        loss         −log exp(q·k / τ) / (exp(q·k / τ) + Σ exp(q·k' / τ)), k' in the queue      equation (1)
        queue        the last `queue_size` keys: this batch's go in, the oldest go out          section 3.2
        teacher      θ̄ ← m θ̄ + (1 − m) θ, after every step                                      equation (2)
        predicts     a slow copy's embedding of another view
        from         one view
        collapse     queued images are wrong answers
        parts        teacher, queue, negatives

    All vectors have length 1. The queue begins with random ones, and changes in training mode alone.

    encoder       images -> (N, encoder.num_features)
    views         images -> [v0, v1]; `augment.simclr_views()` by default
    momentum      m, in [0, 1]; the paper has 0.999 and trains for hundreds of thousands of steps
    temperature   τ > 0
    queue_size    K; a batch may not have more images than that
    hidden_dim    width of the head's hidden layer, the encoder's by default; output_dim is that of q and k

    The paper's shuffled BatchNorm is left out: it matters where a batch is split over several GPUs. Raises ValueError for
    numbers out of their range.

    >>> method = MoCo(models.small_resnet(), queue_size=16)
    >>> method.loss(torch.zeros(4, 3, 32, 32, dtype=torch.uint8)).ndim, int(method.pointer)
    (0, 4)
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, momentum: float = 0.99,
        temperature: float = 0.2, queue_size: int = 4096, hidden_dim: int | None = None, output_dim: int = 128,
    ):
        super().__init__()
        check_momentum(momentum)
        expect.positive(temperature, "temperature")
        expect.integer(queue_size, "queue_size", at_least=1)
        width = encoder.num_features
        self.encoder = encoder
        self.head = models.SimCLRProjectionHead(width, hidden_dim or width, output_dim, batch_norm=False)
        self.teacher_encoder, self.teacher_head = slow_copy(self.encoder), slow_copy(self.head)
        self.views = views or augment.simclr_views()
        self.momentum, self.temperature = momentum, temperature
        self.register_buffer("queue", F.normalize(torch.randn(queue_size, output_dim), dim=1))
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …); in training mode its keys join the queue."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        v0, v1 = self.views(images)
        q = self.head(self.encoder(v0))                                 # (N, output_dim)
        with torch.no_grad():
            k = self.teacher_head(self.teacher_encoder(v1))
            k = F.normalize(k.float(), dim=1)
        loss = losses.info_nce(q, k, self.temperature, self.queue)
        if self.training:
            self.queue, pointer = enqueue(self.queue, gather_rows(k), int(self.pointer))
            self.pointer.fill_(pointer)
        return loss

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student."""
        follow(self.teacher_encoder, self.encoder, self.momentum)
        follow(self.teacher_head, self.head, self.momentum)

    def encode(self, images: Tensor) -> Tensor:
        """The student's features, (N, D)."""
        return self.encoder(images)
