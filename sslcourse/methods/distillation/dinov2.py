"""DINOv2: DINO on images and iBOT on patches, balanced and spread out (Oquab et al., 2024, arXiv:2304.07193)."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ... import augment, expect, losses, models
from ..teacher import check_momentum, follow, momentum_at, slow_copy
from .crops import crop_outputs


class DINOv2(nn.Module):
    """DINOv2 (Oquab et al., 2024, arXiv:2304.07193), section 4, around a Vision Transformer.

        student   class token and patches of every view; some patches of the global views are hidden from it
        teacher   class token and patches of the global views, whole; a slow copy, never trained
        DINO      the teacher's class token of one view against the student's of every other, `losses.DINOLoss`
        iBOT      at each hidden patch the teacher's answer against the student's, `losses.IBOTPatchLoss`
        KoLeo     the student's class tokens of one view lie far from one another, `losses.koleo`
        loss      DINO + λ_iBOT iBOT + λ_KoLeo KoLeo
        predicts   a teacher's answers, of another view and of hidden patches
        from       views, of which patches are hidden
        collapse   Sinkhorn-Knopp shares the outputs out, KoLeo keeps images apart
        parts      teacher, prototypes, masks

    encoder          a `models.VisionTransformer` with mask_token=True; registers are welcome
    views            images -> a list of views, the `n_global` global ones first; `augment.dino_views()` by default
    output_dim       K; hidden_dim, bottleneck_dim and batch_norm are those of `models.DINOProjectionHead`
    untied           True: the patches have a head of their own (section 4, "Untying head weights")
    teacher_temp     τ_t; the student's is student_temp
    centering        "sinkhorn", as in the paper; True for a center that follows, momentum center_momentum; False for none
    ibot_weight      λ_iBOT, and koleo_weight λ_KoLeo; at 0 the part is left out
    mask             ((N, L), ratio) -> idx_keep, idx_mask: `models.random_token_mask`, or `methods.block_mask`, as in iBOT
    mask_ratio       the least and the largest share of patches to hide, drawn for each batch
    mask_share       of the global views, in which patches are hidden
    momentum         of the teacher, m, at the start; final_momentum at the end, along a cosine; None: it stays
    which            whose features `encode` gives, "teacher" or "student"
    pool             what they are: "class", the class token, or "mean", over the patches

    After each loss `targets` holds the teacher's probabilities for the class tokens, (G · N, K), `parts` each part of the
    loss, and `diagnostics()` what became of them. Raises ValueError for an encoder that is no VisionTransformer with a mask
    token, a single image where KoLeo counts (it has no neighbor), numbers out of their range.

    >>> encoder = models.VisionTransformer(16, 4, width=16, depth=1, heads=2, mask_token=True, registers=2)
    >>> method = DINOv2(encoder, views=augment.dino_views(16, 8), output_dim=32)
    >>> loss = method.loss(torch.randint(256, (4, 3, 16, 16), dtype=torch.uint8))
    >>> sorted(method.parts)
    ['DINO', 'KoLeo', 'iBOT']
    """

    def __init__(
        self, encoder: models.VisionTransformer, *, views: Callable[[Tensor], list[Tensor]] | None = None, n_global: int = 2,
        output_dim: int = 512, hidden_dim: int = 256, bottleneck_dim: int = 64, batch_norm: bool = False, untied: bool = True,
        teacher_temp: float = 0.04, student_temp: float = 0.1, centering: bool | str = "sinkhorn",
        center_momentum: float = 0.9, ibot_weight: float = 1.0, koleo_weight: float = 0.1,
        mask: Callable[..., tuple[Tensor, Tensor]] = models.random_token_mask, mask_ratio: tuple[float, float] = (0.1, 0.5),
        mask_share: float = 0.5, momentum: float = 0.99, final_momentum: float | None = 1.0, which: str = "teacher",
        pool: str = "class",
    ):
        super().__init__()
        is_vit = isinstance(encoder, models.VisionTransformer) and encoder.mask_token is not None
        expect.that(is_vit, "encoder", encoder, "a models.VisionTransformer with mask_token=True")
        expect.integer(n_global, "n_global", at_least=1)
        expect.number(ibot_weight, "ibot_weight", at_least=0)
        expect.number(koleo_weight, "koleo_weight", at_least=0)
        expect.number(mask_share, "mask_share", at_least=0, at_most=1)
        in_order = isinstance(mask_ratio, tuple) and len(mask_ratio) == 2 and 0 < mask_ratio[0] <= mask_ratio[1] < 1
        expect.that(in_order, "mask_ratio", mask_ratio, "(least, largest), two numbers in (0, 1)")
        check_momentum(momentum, final_momentum)
        expect.one_of(which, "which", ("teacher", "student"))
        expect.one_of(pool, "pool", ("class", "mean"))
        sizes = (encoder.num_features, hidden_dim, bottleneck_dim, output_dim, batch_norm)
        heads = nn.ModuleDict({"class": models.DINOProjectionHead(*sizes)})
        if untied:
            heads["patch"] = models.DINOProjectionHead(*sizes)
        self.encoder, self.heads = encoder, heads
        self.teacher_encoder, self.teacher_heads = slow_copy(encoder), slow_copy(heads)
        how = (output_dim, teacher_temp, student_temp, center_momentum, centering)
        self.criterion, self.patch_criterion = losses.DINOLoss(*how), losses.IBOTPatchLoss(*how)
        self.views, self.n_global = views or augment.dino_views(), n_global
        self.ibot_weight, self.koleo_weight = ibot_weight, koleo_weight
        self.mask, self.mask_ratio, self.mask_share = mask, mask_ratio, mask_share
        self.momentum, self.final_momentum, self.which, self.pool = momentum, final_momentum, which, pool
        self.targets: Tensor | None = None      # (G · N, K), of the last loss; not part of the state dict
        self.parts: dict[str, Tensor] = {}

    def loss(self, batch: Tensor | tuple[Tensor, ...]) -> Tensor:
        """The loss of a batch of images (N, C, H, W), or of (images, …): labels are not looked at."""
        views = self.views(batch if isinstance(batch, Tensor) else batch[0])
        enough = len(views[0]) > 1 or not self.koleo_weight
        expect.that(enough, "images", expect.Words("a single image"), "two or more: KoLeo looks at the nearest other one")
        large, G = torch.cat(views[: self.n_global]), self.n_global                     # (G N, C, H, W)
        hidden = self.draw_mask(len(large), self._length(large), large.device)          # (G N, L)
        student = self.encoder.tokens(large, mask=hidden)                               # (G N, 1 + L, D)
        with torch.no_grad():
            teacher = self.teacher_encoder.tokens(large)
            teacher_out = self.teacher_heads["class"](teacher[:, 0]).chunk(G)           # (N, K) for each
            self.targets = self.criterion.targets(torch.cat(teacher_out).float())
        student_out = [*self.heads["class"](student[:, 0]).chunk(G)]
        if len(views) > G:
            student_out += crop_outputs(nn.Sequential(self.encoder, self.heads["class"]), views[G:])
        self.parts = {"DINO": self.criterion(teacher_out=teacher_out, student_out=student_out)}
        places = hidden.flatten().nonzero().squeeze(1)                                  # (M,): a GPU is waited for once
        if self.ibot_weight and len(places):
            of_patches = [tokens[:, 1:].flatten(0, 1)[places] for tokens in (teacher, student)]     # (M, D) each
            self.parts["iBOT"] = self._patches(*of_patches, hidden)
        if self.koleo_weight:
            self.parts["KoLeo"] = sum(losses.koleo(z) for z in student[:, 0].chunk(G)) / G
        weights = {"DINO": 1.0, "iBOT": self.ibot_weight, "KoLeo": self.koleo_weight}
        return sum(weights[name] * part for name, part in self.parts.items())

    def draw_mask(self, n: int, length: int, device: torch.device | None = None) -> Tensor:
        """Which of the `length` patches of n global views are hidden, (n, length) bool: in a random share of the views."""
        hidden = torch.zeros(n, length, dtype=torch.bool, device=device)
        some = torch.randperm(n, device=device)[: round(n * self.mask_share)]
        least, most = self.mask_ratio
        if len(some):
            ratio = least + (most - least) * float(torch.rand(()))
            _, idx_mask = self.mask((len(some), length), ratio, device=device)
            hidden[some[:, None], idx_mask] = True
        return hidden

    def diagnostics(self) -> dict[str, float]:
        """Of the last loss: its parts, and of the class tokens' targets both entropies and KL(P_t ‖ P_s), in nats.

        ValueError: no loss was computed yet.
        """
        expect.that(self.targets is not None, "diagnostics", expect.Words("no loss so far"), "loss(batch) before it")
        own, mean = losses.output_entropies(self.targets)
        parts = {name: float(part.detach()) for name, part in self.parts.items()}
        return parts | {"entropy": own, "entropy of the mean": mean, "KL": parts["DINO"] - own}

    def after_step(self, progress: float) -> None:
        """Move the teacher one step towards the student; `progress` is the share of the run that is done."""
        m = momentum_at(progress, self.momentum, self.final_momentum)
        follow(self.teacher_encoder, self.encoder, m, copy_buffers=False)
        follow(self.teacher_heads, self.heads, m, copy_buffers=False)

    def encode(self, images: Tensor) -> Tensor:
        """The features of the network named by `which`, (N, D): its class token, or the mean of its patches."""
        tokens = (self.teacher_encoder if self.which == "teacher" else self.encoder).tokens(images)
        return tokens[:, 0] if self.pool == "class" else tokens[:, 1:].mean(dim=1)

    def _length(self, images: Tensor) -> int:
        return images.shape[2] // self.encoder.patch_size * (images.shape[3] // self.encoder.patch_size)

    def _patches(self, teacher: Tensor, student: Tensor, hidden: Tensor) -> Tensor:
        """iBOT's loss of the M hidden patches' tokens, (M, D) both, by the patches' head."""
        name = "patch" if "patch" in self.heads else "class"
        with torch.no_grad():
            teacher_out = self.teacher_heads[name](teacher)
        return self.patch_criterion(teacher_out=teacher_out, student_out=self.heads[name](student), mask=hidden)
