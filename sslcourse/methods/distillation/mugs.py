"""Mugs: an image, its neighbors and its group, each learned by a loss of its own (Zhou et al., 2022, arXiv:2203.14415)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import augment, expect, losses, models
from ...processes import gather_rows
from ..teacher import check_momentum, follow, momentum_at, slow_copy
from .crops import crop_outputs


class Mugs(nn.Module):
    """Mugs (Zhou et al., 2022, arXiv:2203.14415), section 3, around a Vision Transformer: three grains, one teacher.

        instance      InfoNCE of the student's head(y) and the teacher's of another view; wrong: a queue      equation (1)
        local group   the same of head(g), g = a transformer over y and the k rows nearest to it in a memory   equation (2)
        group         DINO's cross-entropy of softmaxes over prototypes                                      equation (3)
        loss          w_i · instance + w_l · local group + w_g · group, y the class token
        teacher       θ_t ← m θ_t + (1 − m) θ_s, after every step
        predicts      a teacher's answers about an image, its neighbors and its group
        from          another view of it, and a memory of earlier images
        collapse      queued images are wrong answers; the teacher's prototypes are centered and sharpened
        parts         teacher, queue, prototypes, negatives

    encoder        images -> (N, encoder.num_features), of whatever size a view has; the paper's is a ViT
    views          images -> a list of views, two global ones first; `augment.dino_views()` by default
    output_dim     K prototypes; hidden_dim and bottleneck_dim are those of `models.DINOProjectionHead`
    queue_size     rows of each queue and of the memory; a batch may not have more images than that
    neighbors      k
    weights        (w_i, w_l, w_g)
    temperature    τ of both InfoNCE losses; teacher_temp and student_temp are DINO's
    momentum       of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays

    Left out: the patches' mean beside the class token, one queue more for the local groups' neighbors, and the weak views
    that the memory is filled with. Raises ValueError for numbers out of their range, more images than the queue holds.

    >>> method = Mugs(models.small_resnet(), output_dim=32, queue_size=16)
    >>> loss = method.loss(torch.randint(256, (4, 3, 32, 32), dtype=torch.uint8))
    >>> sorted(method.parts)
    ['group', 'instance', 'local group']
    """

    def __init__(
        self, encoder: nn.Module, *, views: Callable[[Tensor], list[Tensor]] | None = None, output_dim: int = 512,
        hidden_dim: int = 256, bottleneck_dim: int = 64, queue_size: int = 2048, neighbors: int = 8,
        weights: tuple[float, float, float] = (1.0, 1.0, 1.0), temperature: float = 0.2, teacher_temp: float = 0.04,
        student_temp: float = 0.1, momentum: float = 0.99, final_momentum: float | None = 1.0,
    ):
        super().__init__()
        expect.integer(neighbors, "neighbors", at_least=1)
        expect.integer(queue_size, "queue_size", at_least=neighbors)
        expect.positive(temperature, "temperature")
        three = isinstance(weights, (tuple, list)) and len(weights) == 3 and all(w >= 0 for w in weights)
        expect.that(three, "weights", weights, "three numbers ≥ 0")
        check_momentum(momentum, final_momentum)
        D = encoder.num_features
        self.encoder = encoder
        self.heads = nn.ModuleDict({
            "instance": models.SimCLRProjectionHead(D, hidden_dim, bottleneck_dim, batch_norm=False),
            "gather": models.TransformerBlock(D, heads=2),
            "local group": models.SimCLRProjectionHead(D, hidden_dim, bottleneck_dim, batch_norm=False),
            "group": models.DINOProjectionHead(D, hidden_dim, bottleneck_dim, output_dim),
        })
        self.teacher_encoder, self.teacher_heads = slow_copy(self.encoder), slow_copy(self.heads)
        self.criterion = losses.DINOLoss(output_dim, teacher_temp, student_temp)
        self.views, self.neighbors = views or augment.dino_views(), neighbors
        self.weights, self.temperature = weights, temperature
        self.momentum, self.final_momentum = momentum, final_momentum
        for name, width in (("memory", D), ("instances", bottleneck_dim), ("local_groups", bottleneck_dim)):
            self.register_buffer(name, F.normalize(torch.randn(queue_size, width), dim=1))     # one pointer for all
        self.register_buffer("pointer", torch.zeros((), dtype=torch.long))
        self.parts: dict[str, Tensor] = {}

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        images = batch if isinstance(batch, Tensor) else batch[0]
        expect.images(images)
        size = len(self.memory)
        expect.that(len(images) <= size, "images", images, f"no more images than the queue has places, {size}")
        views = self.views(images)
        y = crop_outputs(self.encoder, views)                                                       # (N, D) each
        with torch.no_grad():
            t = crop_outputs(self.teacher_encoder, views[:2])
            told = [self.answers(self.teacher_heads, view) for view in t]
        said = [self.answers(self.heads, view) for view in y[:2]]
        parts = {}
        for name, queue in (("instance", self.instances), ("local group", self.local_groups)):
            pairs = ((said[0][name], told[1][name]), (said[1][name], told[0][name]))
            parts[name] = sum(losses.info_nce(q, k, self.temperature, queue) for q, k in pairs) / 2
        parts["group"] = self.criterion(
            teacher_out=[self.teacher_heads["group"](view) for view in t],
            student_out=[self.heads["group"](view) for view in y])
        if self.training:
            self.remember(t[0], told[0])
        self.parts = parts
        return sum(w * part for w, part in zip(self.weights, parts.values()))

    def answers(self, heads: nn.ModuleDict, y: Tensor) -> dict[str, Tensor]:
        """What the instance head and the local group's head say of features y, (N, D): two (N, bottleneck_dim)."""
        with torch.no_grad():
            cosines = F.normalize(y.float(), dim=1) @ self.memory.T                                 # (N, Q)
            near = self.memory[cosines.topk(self.neighbors, dim=1).indices]                         # (N, k, D)
        together = heads["gather"](torch.cat([y[:, None], near.to(y.dtype)], dim=1))                # (N, 1 + k, D)
        return {"instance": heads["instance"](y), "local group": heads["local group"](together[:, 0])}

    @torch.no_grad()
    def remember(self, y: Tensor, told: dict[str, Tensor]) -> None:
        """The teacher's features and answers of this batch take the places of the oldest rows."""
        new = {"memory": y, "instances": told["instance"], "local_groups": told["local group"]}
        new = {name: F.normalize(gather_rows(rows.float().contiguous()), dim=1) for name, rows in new.items()}
        places = (self.pointer + torch.arange(len(new["memory"]), device=y.device)) % len(self.memory)
        for name, rows in new.items():
            setattr(self, name, getattr(self, name).index_copy(0, places, rows))
        self.pointer.copy_((self.pointer + len(places)) % len(self.memory))

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m, copy_buffers=False)
        follow(self.teacher_heads, self.heads, m, copy_buffers=False)

    def encode(self, images: Tensor) -> Tensor:
        """The teacher's features, (N, D), as in the paper."""
        return self.teacher_encoder(images)
