"""Each number that stands in bold in an answer of an exercise sheet, computed by the package or from first principles.

COMPUTED[lecture][question] lists them in the order in which the answer has them, written as the answer writes them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import torch
from scipy.stats import spearmanr
from torch import Tensor, nn
from torch.nn import functional as F

from sslcourse import evaluation, losses, methods, models
from sslcourse.methods import pretext

PAPER = {"E": 1.69, "A": 406.4, "B": 410.7, "alpha": 0.34, "beta": 0.28}   # as cited.toml has them; test_sheets compares
CLOUD = torch.tensor([[3.0, 1.0], [1.0, 3.0], [-3.0, -1.0], [-1.0, -3.0]])


def pca_of_four_points() -> list[str]:
    mean, components, _ = methods.pca(CLOUD, 1)
    back = methods.reconstruct(CLOUD, mean, components)
    share = float((back - mean).square().sum() / (CLOUD - mean).square().sum())
    x, y = back[0].tolist()
    return [f"{share:.0%}", f"({x:.0f}, {y:.0f})", f"{float((CLOUD - back).square().sum(dim=1).mean()):.0f}"]


def shifted_bar() -> list[str]:
    bar = torch.tensor([1.0, 1, 0, 0, 0, 0])
    return [f"{float((bar - bar.roll(by)).norm()):.2f}" for by in (1, 2, 4)]


def bits() -> list[str]:
    return [f"{math.log2(10):.1f}", f"{math.log2(1000):.1f}", f"{224 * 224 * 3 * 8:,}"]


def student_t() -> list[str]:
    Q = methods.student_t(torch.tensor([[0.0, 0.0], [1.0, 0.0], [3.0, 0.0]]))
    return [f"{float(Q[i, j]):.4f}" for i, j in ((0, 1), (1, 2), (0, 2))]


def perplexity() -> list[str]:
    p = torch.tensor([0.5, 0.25, 0.25])
    entropy = float(torch.special.entr(p).sum() / math.log(2))
    return [f"{entropy:.1f}", f"{2**entropy:.2f}"]


def ece() -> list[str]:
    confidence = torch.tensor([0.9] * 5 + [0.6] * 5)
    right = torch.tensor([1, 1, 1, 0, 0, 1, 1, 1, 1, 0])
    proba = torch.stack([1 - confidence, confidence], dim=1)            # class 1 is what is said
    return [f"{evaluation.expected_calibration_error(proba, right):.2f}"]


def votes() -> list[str]:
    angles = torch.tensor([0.9, 0.8, 0.8]).arccos()
    bank = torch.stack([angles.cos(), angles.sin()], dim=1)
    query, labels = torch.tensor([[1.0, 0.0]]), torch.tensor([0, 1, 1])
    return [f"{float(evaluation.knn_predict_proba(bank, labels, query, 3, t, 2)[0, 0]):.0%}" for t in (0.1, 1.0)]


def top_two() -> list[str]:
    proba = torch.tensor([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], [0.6, 0.3, 0.1], [0.1, 0.2, 0.7]])
    return [f"{evaluation.top_k_accuracy(proba, torch.tensor([0, 0, 1, 1]), k):.0%}" for k in (1, 2)]


def standard_error(a: float, n: int) -> float:
    return math.sqrt(a * (1 - a) / n)


def one_point() -> list[str]:
    both = math.hypot(standard_error(0.47, 500), standard_error(0.46, 500))
    return [f"{100 * standard_error(0.47, 500):.1f}", f"{100 * both:.1f}", f"{1.96 * 100 * both:.0f}"]


def temperatures() -> list[str]:
    p = [float(torch.tensor([2.0, 0.0]).div(T).softmax(0)[0]) for T in (1, 2)]
    return [*(f"{x:.2f}" for x in p), f"{2 / math.log(0.6 / 0.4):.2f}"]


def kl() -> list[str]:
    mu, variance = torch.tensor([[1.0, 0.0]]), torch.tensor([[1.0, 0.25]])
    parts = [float(losses.gaussian_kl(mu[:, i:i + 1], variance[:, i:i + 1].log())) for i in (0, 1)]
    return [f"{parts[0]:.2f}", f"{parts[1]:.2f}", f"{float(losses.gaussian_kl(mu, variance.log())):.2f}"]


def denoised() -> list[str]:
    variance, noise, spoilt = torch.tensor([9.0, 1.0]), 1.0, torch.tensor([2.0, 2.0])
    a, b = (variance / (variance + noise) * spoilt).tolist()
    return [f"({a:.1f}, {b:.1f})"]


def colors() -> list[str]:
    logits, bins = torch.tensor([[0.6, 0.4]]).log(), torch.tensor([[-50.0, 0.0], [50.0, 0.0]])
    return [f"{float(pretext.color_bins.annealed_mean(logits, bins, T)[0, 0]):.0f}".replace("-", "−") for T in (1.0, 0.38)]


def puzzles() -> list[str]:
    chosen, candidates = torch.tensor([[0, 1, 2]]), torch.tensor([[0, 2, 1], [1, 2, 0], [1, 0, 2]])
    best = candidates[pretext.permutations.farthest_permutation(chosen, candidates)] + 1
    return [f"{math.factorial(9):,}", "".join(map(str, best.tolist()))]


def linear_autoencoder() -> list[str]:
    covariance = CLOUD.T @ CLOUD / len(CLOUD)
    small, large = torch.linalg.eigvalsh(covariance).tolist()
    mean, components, _ = methods.pca(CLOUD, 1)
    error = float((CLOUD - methods.reconstruct(CLOUD, mean, components)).square().sum(dim=1).mean())
    assert math.isclose(error, small, rel_tol=1e-5)
    return [f"{large:.0f}", f"{error:.0f}"]


def distances() -> list[str]:
    found = []
    for degrees in (45, 60, 90):
        angle = math.radians(degrees)
        a, b = torch.tensor([[1.0, 0.0]]), torch.tensor([[math.cos(angle), math.sin(angle)]])
        squared = float((a - b).square().sum())
        assert math.isclose(squared, 2 + 2 * float(losses.negative_cosine_similarity(a, b)), rel_tol=1e-5)
        found.append(f"{squared:.2f}")
    return found


def triplets() -> list[str]:
    a, p = torch.tensor([[0.0, 0.0]]), torch.tensor([[1.0, 0.0]])
    return [f"{float(losses.triplet_loss(a, p, torch.tensor([[0.0, y]]), margin=0.5)):.2f}" for y in (1.1, 2.0, 0.5)]


TWO = torch.eye(2)          # two photographs whose two views coincide, at a right angle to each other


def nt_xent() -> list[str]:
    alike = torch.ones(2, 2)
    return [f"{float(losses.nt_xent(TWO, TWO, t)):.3f}" for t in (1.0, 0.5)] + [f"{float(losses.nt_xent(alike, alike)):.3f}"]


def nt_xent_gradient() -> list[str]:
    logits, positive = losses.nt_xent_logits(TWO, TWO, 0.5)
    s = (logits[0] * 0.5).requires_grad_()
    F.cross_entropy((s / 0.5)[None], positive[:1]).backward()
    partner, negative = float(s.grad[2]), float(s.grad[1])
    assert math.isclose(partner, -2 * negative, rel_tol=1e-5)
    return [f"{1 + partner * 0.5:.3f}", f"{partner:.2f}".replace("-", "−"), f"{negative:.2f}"]


def shares() -> list[str]:
    found = []
    for t in (0.1, 1.0):
        second = torch.tensor([0.5, math.sqrt(0.75), 0.0])      # cosine 0.5 with the first photograph; its other view, 0
        z0 = torch.stack([torch.tensor([1.0, 0, 0]), second])
        z1 = torch.stack([torch.tensor([1.0, 0, 0]), torch.tensor([0, 0, 1.0])])
        found.append(f"{float(losses.negative_shares(z0, z1, t)[0, 1]):.1%}")
    return found


def bert() -> list[str]:
    chosen = 0.15 * 200
    return [f"{chosen:.0f}", f"{0.8 * chosen:.0f}", f"{0.1 * chosen:.0f}"]


def next_words() -> list[str]:
    logits = torch.zeros(1, 4, 2)
    for place, p in enumerate((0.5, 0.25, 0.125)):
        logits[0, place] = torch.tensor([p, 1 - p]).log()
    loss = float(losses.next_token_loss(logits, torch.tensor([[1, 0, 0, 0]])))
    return [f"{loss:.2f}", f"{loss / math.log(2):.0f}", f"{math.exp(loss):.0f}"]


def patches() -> list[str]:
    patches = (224 // 16) ** 2
    kept, _ = models.masking.split_by_noise(torch.rand(1, patches), 0.75)
    return [f"{patches}", f"{kept.shape[1]}", f"{patches**2 // kept.shape[1] ** 2}"]


def sampled() -> list[str]:
    p = torch.tensor([0.5, 0.3, 0.2])
    return [f"{float(p.log().div(T).softmax(0)[0]):.2f}" for T in (0.5, 2.0)]


def masked() -> list[str]:
    target, guess = torch.tensor([[[1.0], [2], [3], [4]]]), torch.ones(1, 4, 1)
    masks = torch.tensor([[0, 1, 0, 1]]), torch.ones(1, 4)
    return [f"{float(losses.masked_mse(guess, target, mask)):.1f}" for mask in masks]


def moving_average() -> list[str]:
    student, teacher = nn.Linear(1, 1, bias=False), nn.Linear(1, 1, bias=False)
    nn.init.ones_(student.weight), nn.init.zeros_(teacher.weight)
    for _ in range(10):
        models.update_momentum(student, teacher, 0.9)
    return [f"{float(teacher.weight.detach()):.2f}", f"{0.1 * 0.9**3:.3f}", f"{1 / (1 - 0.9):.0f}"]


def centered() -> list[str]:
    g, c = torch.tensor([2.0, 1.0, 0.0]), torch.tensor([1.0, 1.0, 0.0])
    return [f"{float(losses.center.teacher_probabilities(g, center, 0.5)[0]):.2f}" for center in (None, c)]


TEACHER, STUDENT = torch.tensor([0.8, 0.2]), torch.tensor([0.6, 0.4])


def cross_entropies() -> list[str]:
    crossed = -float((TEACHER * STUDENT.log()).sum())
    own = float(torch.special.entr(TEACHER).sum())
    distance = float(F.kl_div(STUDENT.log(), TEACHER, reduction="sum"))
    assert math.isclose(crossed, own + distance, rel_tol=1e-5)
    return [f"{crossed:.3f}", f"{own:.3f}", f"{distance:.3f}"]


def collapses() -> list[str]:
    uniform = torch.full((8,), 1 / 8)
    pairs = sum(student != teacher for teacher in range(2) for student in range(10))
    return [f"{float(torch.special.entr(uniform).sum()):.2f}", f"{pairs}"]


def student_gradient() -> list[str]:
    s = (0.1 * STUDENT.log()).requires_grad_()
    (-(TEACHER * F.log_softmax(s / 0.1, dim=0)).sum()).backward()
    return [f"{float(g):.0f}".replace("-", "−") for g in s.grad]


def chinchilla() -> list[str]:
    N, D = 1e9, 2e10
    parts = PAPER["A"] / N ** PAPER["alpha"], PAPER["B"] / D ** PAPER["beta"]
    return [f"{parts[0]:.2f}", f"{parts[1]:.2f}", f"{PAPER['E'] + sum(parts):.2f}"]


def cost() -> list[str]:
    operations = 6 * 70e9 * 1.4e12
    mantissa, exponent = f"{operations:.2e}".split("e+")
    return [f"{mantissa} · 10^{exponent}", f"{operations / 1e14 / 86_400 / 365.25:.0f}"]


def ten_times() -> list[str]:
    a, b = PAPER["alpha"], PAPER["beta"]
    return [f"{10 ** (b / (a + b)):.1f}", f"{10 ** (a / (a + b)):.1f}"]


def ranks() -> list[str]:
    near, turned = (spearmanr([1, 2, 3, 4], other).statistic for other in ([2, 1, 4, 3], [4, 3, 2, 1]))
    often = sum(spearmanr([1, 2, 3, 4], order).statistic > 0.59 for order in itertools.permutations([1, 2, 3, 4]))
    return [f"{near:.1f}", f"{turned:.0f}".replace("-", "−"), f"{often}"]


SCORES: dict[str, Tensor] = {
    "A": torch.tensor([90.0, 50, 70]), "B": torch.tensor([73.0, 71, 69]), "C": torch.tensor([60.0, 80, 66]),
}


def winners() -> list[str]:
    best = [max(SCORES, key=lambda name: float(SCORES[name][task])) for task in range(3)]
    mean = max(SCORES, key=lambda name: float(SCORES[name].mean()))
    assert mean not in best
    return [mean, *(f"{float(SCORES[name].mean()):.1f}" for name in "ABC")]


COMPUTED: dict[str, list[Callable[[], list[str]]]] = {
    "01": [pca_of_four_points, shifted_bar, bits, student_t, perplexity],
    "02": [ece, votes, top_two, one_point, temperatures],
    "03": [kl, denoised, colors, puzzles, linear_autoencoder],
    "04": [distances, triplets, nt_xent, nt_xent_gradient, shares],
    "05": [bert, next_words, patches, sampled, masked],
    "06": [moving_average, centered, cross_entropies, collapses, student_gradient],
    "07": [chinchilla, cost, ten_times, ranks, winners],
}
