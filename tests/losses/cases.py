"""The losses, each with its plain loop from `oracles.py` and a way to draw inputs for it, over swept parameters.

Every public function and module of `sslcourse.losses` needs a Case; `test_room.py` says which has none.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import torch

from sslcourse import losses
from tests.losses import oracles

SHAPES = [(6, 4), (8, 16), (17, 24)]  # N, D


@dataclass(frozen=True)
class Case:
    """`ours` and `oracle` take the same tensors, which `draw(randn, n, d)` makes.

    of          the name in `losses` that is tried
    constants   how many of the tensors, the last ones, must get no gradient (a teacher's); the others get the oracle's
    largest     the largest number that others are subtracted from, in a softmax or a hinge: float32 keeps seven digits of
                that, not of a small loss
    """

    of: str
    ours: Callable
    oracle: Callable
    draw: Callable
    settings: str = ""
    constants: int = 0
    largest: float = 0.0

    def __str__(self) -> str:
        return f"{self.of} {self.settings}".strip()


def two_views(randn, n, d):
    z = randn(n, d)
    return [z + 0.5 * randn(n, d), z + 0.5 * randn(n, d)]


def one(randn, n, d):
    return [randn(n, d)]


def three(randn, n, d):
    return [randn(n, d) for _ in range(3)]


def four(randn, n, d):
    return [randn(n, d) for _ in range(4)]


def near_each_other(randn, n, d):
    return [1 + 0.1 * randn(n, d)]  # unit vectors a few tenths apart, as when a representation starts to collapse


def nearly_equal(randn, n, d):
    return [randn(1, d) + 1e-3 * randn(n, d)]


def student_and_teacher(randn, n, d):
    return [3 * randn(n, d), sixteenths(randn, n, d)]


def sixteenths(randn, *shape):
    """What a weight-normalised last layer puts out, between −1 and 1; in sixteenths, which every precision can hold."""
    return (16 * torch.tanh(randn(*shape))).round().div(16)


def students_and_teachers(students, teachers):
    return lambda randn, n, d: [torch.tanh(randn(n, d)) for _ in range(students)] + [
        sixteenths(randn, n, d) for _ in range(teachers)]


def views_and_copies(views, copies):
    """Scores of each view, and the first ones again: what a code, which is a constant, is made of."""
    def draw(randn, n, d):
        scores = [torch.tanh(randn(n, d)) for _ in range(views)]
        return scores + [view.clone() for view in scores[:copies]]

    return draw


def distributions(randn, n, d):
    return [torch.softmax(randn(n, d), dim=1)]


def labels_for(z):
    return torch.arange(len(z)) % 3


def some_labels(z):
    return torch.arange(len(z)) % (z.shape[1] + 1) - 1  # −1, 0, 1, …: every so often none


def center(like):
    return torch.linspace(-0.3, 0.3, like.shape[-1]).mul(64).round().div(64)


def patches(y, x):
    """(N, D) as one image of N patches, two of three of them masked."""
    return y[None], x[None], (torch.arange(len(y)) % 3 > 0)[None]


def masked(n):
    """(3, L), n entries set; the second image has none."""
    mask = torch.zeros(3, n, dtype=torch.bool)
    mask[0, : n // 3] = mask[2, n // 3 :] = True
    return mask


def contrastive():
    for t in (0.1, 0.2, 0.5, 1.0, 2.0):
        ours, oracle = partial(losses.nt_xent, temperature=t), partial(oracles.nt_xent, temperature=t)
        yield Case("nt_xent", ours, oracle, two_views, f"τ={t}", largest=1 / t)
        ours, oracle = partial(losses.clip, logit_scale=1 / t), partial(oracles.clip, scale=1 / t)
        yield Case("clip", ours, oracle, two_views, f"scale={1 / t}", largest=1 / t)
        ours = partial(losses.siglip, logit_scale=1 / t, logit_bias=-2 * t)
        oracle = partial(oracles.siglip, scale=1 / t, bias=-2 * t)
        yield Case("siglip", ours, oracle, two_views, f"scale={1 / t}", largest=1 / t)
        ours, oracle = losses.supervised_contrastive, oracles.supervised_contrastive
        yield Case("supervised_contrastive", lambda a, b, f=ours, t=t: f(a, b, labels_for(a), t),
                   lambda a, b, f=oracle, t=t: f(a, b, labels_for(a), t), two_views, f"τ={t}", largest=1 / t)
        ours, oracle = partial(losses.info_nce, temperature=t), partial(oracles.info_nce, temperature=t)
        yield Case("info_nce", ours, oracle, two_views, f"τ={t}", largest=1 / t)
        yield Case("info_nce", lambda q, k, b, t=t: losses.info_nce(q, k, t, b),
                   lambda q, k, b, t=t: oracles.info_nce(q, k, t, b), three, f"with a bank, τ={t}", largest=1 / t)
    yield Case("NTXentLoss", losses.NTXentLoss(0.2), partial(oracles.nt_xent, temperature=0.2), two_views, largest=5)
    yield Case("CLIPLoss", partial(losses.CLIPLoss(), logit_scale=3.0), partial(oracles.clip, scale=3.0), two_views)
    yield Case("SigLIPLoss", partial(losses.SigLIPLoss(), logit_scale=3.0, logit_bias=-1.0),
               partial(oracles.siglip, scale=3.0, bias=-1.0), two_views)
    for name in ("nt_xent_logits", "negative_shares"):
        oracle = partial(getattr(oracles, name), temperature=0.3)
        yield Case(name, partial(getattr(losses, name), temperature=0.3), oracle, two_views, largest=1 / 0.3)


def triplets():
    for mining in ("all", "semihard", "hard"):
        for margin in (0.2, 0.5, 1.0):
            yield Case(
                "triplet_margin",
                lambda z, m=margin, k=mining: losses.triplet_margin(z, labels_for(z), m, k),
                lambda z, m=margin, k=mining: oracles.triplet_margin(z, labels_for(z), m, k),
                one, f"{mining} margin={margin}", largest=2,
            )
        yield Case(
            "mine_triplets",
            lambda z, k=mining: torch.stack(losses.mine_triplets(z, labels_for(z), 0.4, k), dim=1),
            lambda z, k=mining: [row[:3] for row in oracles.triplets(z, labels_for(z), 0.4, k)],
            one, mining, constants=1,
        )
    yield Case(
        "TripletMarginLoss",
        lambda z: losses.TripletMarginLoss(0.7, "all")(z, labels_for(z)),
        lambda z: oracles.triplet_margin(z, labels_for(z), 0.7, "all"), one, largest=2,
    )
    yield Case("batch_hard", lambda z: losses.batch_hard(z, labels_for(z)), lambda z: oracles.batch_hard(z, labels_for(z)),
               one)
    yield Case("triplet_loss", partial(losses.triplet_loss, margin=0.7), partial(oracles.triplet_loss, margin=0.7), three)
    yield Case(
        "semihard_mask",
        lambda d: losses.semihard_mask(d, labels_for(d), 1.5),
        lambda d: oracles.semihard_mask(d, labels_for(d), 1.5), lambda randn, n, d: [4 * randn(n, n).abs()], constants=1,
    )


def distilled():
    for count, students in ((1, 2), (2, 2), (2, 3), (2, 8)):
        for t in (0.04, 0.07, 1.0):
            yield Case(
                "dino",
                lambda *views, s=students, t=t: losses.dino(
                    student_out=views[:s], teacher_out=views[s:], center=center(views[0]), teacher_temp=t),
                lambda *views, s=students, t=t: oracles.dino(views[s:], views[:s], center(views[0]), t, 0.1),
                students_and_teachers(students, count), f"views={count},{students} τ_t={t}", constants=count, largest=10,
            )
    yield Case(
        "DINOLoss",
        lambda a, b, c, t0, t1: losses.DINOLoss(a.shape[1], 0.07, 0.2)(teacher_out=[t0, t1], student_out=[a, b, c]),
        lambda a, b, c, t0, t1: oracles.dino([t0, t1], [a, b, c], [0.0] * a.shape[1], 0.07, 0.2),
        students_and_teachers(3, 2), constants=2, largest=5,
    )
    yield Case(
        "DINOLoss",
        lambda a, b: losses.DINOLoss(a.shape[1], 0.5, 1.0, centering=False, stop_gradient=False)(
            teacher_out=[a, b], student_out=[a, b]),
        lambda a, b: oracles.dino([a, b], [a, b], [0.0] * a.shape[1], 0.5, 1.0),
        students_and_teachers(2, 0), "the gradient goes through the targets too",
    )
    yield Case(
        "dino_cross_entropy",
        lambda s, t: losses.dino_cross_entropy(t, s, center(s), 0.07, 0.2),
        lambda s, t: oracles.dino_cross_entropy(t, s, center(s), 0.07, 0.2),
        students_and_teachers(1, 1), constants=1, largest=5,
    )
    yield Case(
        "multi_crop_loss",
        lambda a, b, c: losses.multi_crop_loss(torch.stack([a, b]), torch.stack([b, c, a])),
        lambda a, b, c: oracles.multi_crop_loss(torch.stack([a, b]), torch.stack([b, c, a])), three, largest=10,
    )
    for t in (0.04, 1.0):
        yield Case(
            "ibot",
            lambda s, u, t=t: losses.ibot(
                teacher_out=u, student_out=s, mask=masked(len(s)), center=center(s), teacher_temp=t),
            lambda s, u, t=t: oracles.ibot(u, s, masked(len(s)), center(s), t, 0.1),
            students_and_teachers(1, 1), f"τ_t={t}", constants=1, largest=10,
        )
    yield Case(
        "masked_cross_entropy", lambda a, b: losses.masked_cross_entropy(a, b, masked(len(a))),
        lambda a, b: oracles.masked_cross_entropy(a, b, masked(len(a))), two_views, largest=10,
    )
    yield Case(
        "IBOTPatchLoss",
        lambda s, u: losses.IBOTPatchLoss(s.shape[1], 0.07, 0.2)(teacher_out=u, student_out=s, mask=masked(len(s))),
        lambda s, u: oracles.ibot(u, s, masked(len(s)), [0.0] * s.shape[1], 0.07, 0.2),
        students_and_teachers(1, 1), constants=1, largest=5,
    )
    for iterations in (1, 3, 10):
        settings = dict(epsilon=0.5, iterations=iterations)
        ours, oracle = partial(losses.sinkhorn_knopp, **settings), partial(oracles.sinkhorn_knopp, **settings)
        yield Case("sinkhorn_knopp", ours, oracle, one, f"{iterations} iterations", constants=1, largest=10)
    yield Case("output_entropies", losses.output_entropies, oracles.output_entropies, distributions, constants=1)
    yield Case(
        "update_center",
        lambda a, b: losses.update_center(center(a), torch.stack([a, b]), 0.7),
        lambda a, b: oracles.moved_center(center(a), [a, b], 0.7), two_views, constants=2, largest=1,
    )


def matched_by_prototypes():
    for iterations, weight in ((0, 1.0), (3, 0.5), (1, 0.0)):
        settings = dict(temperature=0.2, target_temperature=0.07, iterations=iterations, regularization_weight=weight)
        yield Case(
            "msn",
            lambda a, b, t, s=settings: losses.msn([a, b], t, **s),
            lambda a, b, t, s=settings: oracles.msn([a, b], t, *s.values()),
            students_and_teachers(2, 1), f"λ={weight}, {iterations} iterations", constants=1, largest=15,
        )
    yield Case(
        "MSNLoss", lambda a, t: losses.MSNLoss()([a], t), lambda a, t: oracles.msn([a], t, 0.1, 0.025, 3, 1.0),
        students_and_teachers(1, 1), constants=1, largest=40,
    )


def swapped():
    """Ours sees each view once; the loop takes the codes from copies, which stand still while it looks for the gradient."""
    for views, n_global, epsilon, iterations in ((2, 2, 0.05, 3), (2, 1, 0.5, 1), (5, 2, 0.05, 3), (4, 3, 0.2, 10)):
        settings = dict(temperature=0.2, epsilon=epsilon, iterations=iterations)
        yield Case(
            "swav",
            lambda *z, v=views, g=n_global, s=settings: losses.swav(list(z[:v]), g, **s),
            lambda *z, v=views, s=settings: oracles.swav(z[:v], z[v:], **s),
            views_and_copies(views, n_global), f"views={n_global},{views} ε={epsilon}, {iterations} iterations",
            constants=n_global, largest=1 / epsilon,
        )
    yield Case(
        "SwAVLoss",
        lambda *z: losses.SwAVLoss()(z[:3]),
        lambda *z: oracles.swav(z[:3], z[3:], 0.1, 0.05, 3), views_and_copies(3, 2), constants=2, largest=20,
    )


def without_negatives():
    cosine = oracles.negative_cosine_similarity
    yield Case("negative_cosine_similarity", losses.negative_cosine_similarity, cosine, two_views)
    yield Case(
        "NegativeCosineSimilarity", lambda a, b: losses.NegativeCosineSimilarity(dim=0)(a, b),
        lambda a, b: cosine(a.T, b.T), two_views, "dim=0",
    )
    yield Case("simsiam_loss", losses.simsiam_loss, oracles.simsiam_loss, four, constants=2, largest=1)
    for weight in (5e-3, 0.1, 0.0):
        oracle = partial(oracles.barlow_twins, lambda_param=weight, eps=1e-5)
        yield Case("barlow_twins", partial(losses.barlow_twins, lambda_param=weight), oracle, two_views, f"λ={weight}")
    oracle = partial(oracles.barlow_twins, lambda_param=0.3, eps=1e-5)
    yield Case("BarlowTwinsLoss", losses.BarlowTwinsLoss(0.3), oracle, two_views)
    for weights in ((25, 25, 1), (1, 0, 0), (0, 1, 0), (0, 0, 1), (2, 3, 5)):
        named = dict(zip(("lambda_param", "mu_param", "nu_param"), weights))
        oracle = partial(oracles.vicreg, eps=1e-4, **named)
        yield Case("vicreg", partial(losses.vicreg, **named), oracle, two_views, str(weights))
    oracle = partial(oracles.vicreg, lambda_param=2, mu_param=3, nu_param=5, eps=1e-4)
    yield Case("VICRegLoss", losses.VICRegLoss(2, 3, 5), oracle, two_views)
    yield Case("koleo", losses.koleo, partial(oracles.koleo, eps=1e-8), near_each_other)
    yield Case("KoLeoLoss", losses.KoLeoLoss(0.1), partial(oracles.koleo, eps=0.1), near_each_other)


def reconstructions():
    yield Case("gaussian_kl", losses.gaussian_kl, oracles.gaussian_kl, two_views)
    yield Case(
        "reconstruction_nll",
        lambda y: losses.reconstruction_nll(y, torch.full_like(y, 0.25)),
        lambda y: oracles.reconstruction_nll(y, torch.full_like(y, 0.25), "bernoulli", 1.0), one, "bernoulli",
    )
    for scale in (1.0, 0.3):
        ours = partial(losses.reconstruction_nll, likelihood="gaussian", scale=scale)
        oracle = partial(oracles.reconstruction_nll, likelihood="gaussian", scale=scale)
        yield Case("reconstruction_nll", ours, oracle, two_views, f"gaussian s={scale}")
    yield Case(
        "ELBOLoss",
        losses.ELBOLoss(0.5, "gaussian", 2.0),
        lambda y, x, mu, log_var: oracles.reconstruction_nll(y, x, "gaussian", 2.0) + 0.5 * oracles.gaussian_kl(mu, log_var),
        four,
    )
    for name, normalize in (("masked_mse", False), ("masked_mse", True), ("MaskedMSELoss", True)):
        ours = losses.MaskedMSELoss(True) if name[0] == "M" else partial(losses.masked_mse, normalize_target=normalize)
        yield Case(
            name,
            lambda y, x, f=ours: f(*patches(y, x)),
            lambda y, x, normalize=normalize: oracles.masked_mse(*patches(y, x), normalize_target=normalize),
            two_views, f"normalize_target={normalize}",
        )


def from_a_teacher():
    for t in (0.5, 1.0, 4.0):
        yield Case(
            "distillation",
            lambda s, u, t=t: losses.distillation(teacher_out=u, student_out=s, temperature=t),
            lambda s, u, t=t: oracles.distillation(u, s, t), student_and_teacher, f"τ={t}", constants=1,
        )
    for alpha in (0.0, 0.3, 1.0):
        yield Case(
            "DistillationLoss",
            lambda s, u, a=alpha: losses.DistillationLoss(2.0, a)(teacher_out=u, student_out=s, labels=some_labels(s)),
            lambda s, u, a=alpha: oracles.semi_supervised_distillation(u, s, some_labels(s), 2.0, a),
            student_and_teacher, f"α={alpha}", constants=1,
        )
    for alpha in (0.0, 0.3, 1.0):
        yield Case(
            "labelled_distillation",
            lambda s, u, a=alpha: losses.labelled_distillation(u, s, some_labels(s), 2.0, a),
            lambda s, u, a=alpha: oracles.semi_supervised_distillation(u, s, some_labels(s), 2.0, a),
            student_and_teacher, f"α={alpha}", constants=1,
        )
    for threshold in (0.0, 0.5, 0.95):
        yield Case(
            "fixmatch_loss",
            lambda s, u, t=threshold: losses.fixmatch_loss(u, s, t),
            lambda s, u, t=threshold: oracles.fixmatch_loss(u, s, t), student_and_teacher, f"threshold={threshold}",
            constants=1,
        )


def slices(like):
    """Three directions of as many components, of several lengths."""
    grid = torch.arange(1, 4, dtype=torch.float64)[:, None] * torch.arange(1, like.shape[-1] + 1)
    return (16 * torch.cos(grid)).round().div(16).to(like) * torch.tensor([[1.0], [2.0], [0.5]]).to(like)


def gaussian():
    yield Case("sigreg", lambda z: losses.sigreg(z, slices(z)), lambda z: oracles.sigreg(z, slices(z)), one)
    yield Case("sigreg", lambda z: losses.sigreg(z, slices(z), points=6, largest=3.0),
               lambda z: oracles.sigreg(z, slices(z), 6, 3.0), near_each_other, "6 points to 3")
    for n_global, weight in ((2, 0.05), (1, 0.5), (3, 1.0)):
        yield Case(
            "lejepa",
            lambda *z, g=n_global, w=weight: losses.lejepa(list(z), slices(z[0]), g, w),
            lambda *z, g=n_global, w=weight: oracles.lejepa(list(z), slices(z[0]), g, w), three,
            f"views={n_global},3 λ={weight}",
        )


def regions():
    """Two images, with half of the rows each as their regions; any numbers for p and log q."""
    def split(x):
        return x[: len(x) // 2 * 2].view(2, len(x) // 2, -1)

    yield Case(
        "region_loss", lambda log_q, p, t, z: losses.region_loss(split(p), split(log_q), split(t), split(z)),
        lambda log_q, p, t, z: oracles.region_loss(split(p), split(log_q), split(t), split(z)), four, constants=2, largest=5,
    )


def consistent():
    yield Case("kl_consistency", lambda s, u: losses.kl_consistency(u, s), lambda s, u: oracles.kl_consistency(u, s),
               student_and_teacher, constants=1, largest=10)
    yield Case("entropy", losses.entropy, oracles.entropy, one)
    for t, threshold in ((0.4, 0.5), (1.0, 0.0), (0.2, 0.9)):
        yield Case(
            "uda_loss",
            lambda s, u, t=t, b=threshold: losses.uda_loss(u, s, t, b),
            lambda s, u, t=t, b=threshold: oracles.uda_loss(u, s, t, b),
            student_and_teacher, f"τ={t} β={threshold}", constants=1, largest=10,
        )


def read_from_left_to_right():
    def tokens(x):
        return (7 * torch.arange(x.shape[0] * x.shape[1]) % x.shape[2]).view(x.shape[:2])

    yield Case(
        "next_token_loss", lambda x: losses.next_token_loss(x[None], tokens(x[None])),
        lambda x: oracles.next_token_loss(x[None], tokens(x[None])), one,
    )


CASES = [*contrastive(), *triplets(), *distilled(), *swapped(), *without_negatives(), *reconstructions(), *from_a_teacher()]
CASES += [*read_from_left_to_right(), *matched_by_prototypes(), *consistent(), *gaussian(), *regions()]


def draw(case: Case, n: int, d: int, dtype=torch.float32, seed: int = 0) -> list[torch.Tensor]:
    """Fresh leaf tensors for `case`, drawn in float32 from the seed and converted."""
    generator = torch.Generator().manual_seed(seed)
    tensors = case.draw(lambda *shape: torch.randn(*shape, generator=generator), n, d)
    return [tensor.to(dtype).requires_grad_() for tensor in tensors]


def numbers(result) -> list[float]:
    """What a loss or its oracle gives, a scalar, a tensor or several, as one list."""
    if isinstance(result, torch.Tensor):
        result = result.tolist()
    return [x for item in result for x in numbers(item)] if isinstance(result, (list, tuple)) else [float(result)]
