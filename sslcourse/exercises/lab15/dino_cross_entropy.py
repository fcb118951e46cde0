"""Exercise `dino_cross_entropy`: Algorithm 1's H(t, s). Judged by its value and by its gradient."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def dino_cross_entropy_cases() -> dict[str, tuple]:
    def some(n: int, k: int, seed: int, teacher_temp: float, student_temp: float, dtype: torch.dtype = torch.float32,
             scale: float = 0.2) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        t, s, c = (torch.randn(rows, k, generator=generator, dtype=torch.float64).to(dtype) * scale for rows in (n, n, 1))
        return t, s, 2 * c[0], teacher_temp, student_temp

    return {
        "four images, eight outputs": some(4, 8, 0, teacher_temp=0.04, student_temp=0.1),
        "as many images as outputs": some(5, 5, 1, teacher_temp=0.05, student_temp=0.2),
        "a warmer teacher": some(3, 6, 2, teacher_temp=0.3, student_temp=0.15),
        "one image": some(1, 7, 3, teacher_temp=0.06, student_temp=0.1),
        "large logits": some(6, 12, 4, teacher_temp=0.04, student_temp=0.1, scale=8.0),
        "double precision": some(5, 9, 5, teacher_temp=0.07, student_temp=0.12, dtype=torch.float64),
    }


def _each(t: Tensor, s: Tensor, c: Tensor | float, a: float, b: float, dim: int = 1) -> Tensor:
    """The cross-entropy of each image, (N,); `dim` is where both softmaxes run."""
    return -(torch.softmax((t - c) / a, dim=dim) * torch.log_softmax(s / b, dim=dim)).sum(dim=1)


@catches("The value is right, but a gradient flows into the teacher. The teacher's probabilities are a target, a constant: "
         "`teacher_out.detach()`.", of="gradient")
def gradient_into_the_teacher(slopes, t, s, c, a, b):
    return bool(slopes["teacher_out"].any())


@catches("The value is right, but the student gets no gradient, so nothing would be learned. Detach the teacher's logits "
         "alone.", of="gradient")
def no_gradient(slopes, t, s, c, a, b):
    return not bool(slopes["student_out"].any())


@catches("For images of which the student is sure, a probability is too small for float32 and becomes 0, whose "
         "logarithm is −∞. `torch.log_softmax` gives the logarithms without the way through the probabilities.")
def log_of_zero(got, t, s, c, a, b):
    return not bool(got.isfinite())


@catches("A small number is added inside the logarithm, so that no surprise is larger than its logarithm: where the "
         "student is quite sure of something else, it would hardly be told. `torch.log_softmax` needs no such help.")
def small_number_in_the_logarithm(got, t, s, c, a, b):
    p, q = torch.softmax((t - c) / a, dim=1), torch.softmax(s / b, dim=1)
    return any(close(got, -(p * (q + 10.0**-n).log()).sum(dim=1).mean()) for n in range(4, 13)) or any(
        close(got, -(p * q.clamp(min=10.0**-n).log()).sum(dim=1).mean()) for n in range(4, 13))


@catches("Brackets are missing: `t - c / τ` divides the centre alone. It is (t − c) / τ_t.")
def brackets_missing(got, t, s, c, a, b):
    return any(close(got, _each(t, s, centre, own, b).mean()) for centre, own in ((c / a, 1.0),))


@catches("The teacher's side is not a distribution: its logits still need a softmax, after centre and temperature.")
def teacher_without_softmax(got, t, s, c, a, b):
    targets = ((t - c) / a, t - c, t, t / a)
    return any(close(got, -(each * torch.log_softmax(s / b, dim=1)).sum(dim=1).mean()) for each in targets)


@catches("Only the teacher's largest output is used, as a label. It is meant to say how much of *each* output it sees: the "
         "whole distribution is the target.")
def the_teacher_s_first_choice(got, t, s, c, a, b):
    return any(close(got, F.cross_entropy(s / b, (t - centre).argmax(dim=1))) for centre in (0, c))


@catches("The student's logarithm is missing: H = −Σ p log q, and not −Σ p q.")
def logarithm_missing(got, t, s, c, a, b):
    return close(got, -(torch.softmax((t - c) / a, dim=1) * torch.softmax(s / b, dim=1)).sum(dim=1).mean())


@catches("There is a logarithm on both sides. H = −Σ p log q: the teacher's side are the probabilities themselves.")
def two_logarithms(got, t, s, c, a, b):
    return close(got, -(torch.log_softmax((t - c) / a, dim=1) * torch.log_softmax(s / b, dim=1)).sum(dim=1).mean())


@catches("This is KL(p ‖ q), the cross-entropy minus the teacher's own entropy. The gradient is the same, and the "
         "number is not: asked for is H itself.")
def kl_divergence(got, t, s, c, a, b):
    p = torch.softmax((t - c) / a, dim=1)
    each = _each(t, s, c, a, b) - torch.special.entr(p).sum(dim=1)
    return close(got, each.mean()) or close(got, each.mean() / t.shape[1])


@catches("The centre is taken off the probabilities. It is a mean of logits: off the logits, before the softmax.")
def centre_after_the_softmax(got, t, s, c, a, b):
    return close(got, -((torch.softmax(t / a, dim=1) - c) * torch.log_softmax(s / b, dim=1)).sum(dim=1).mean())


@catches("The mean of this batch is taken off, and not the centre that was given. The centre has a memory of many batches.")
def mean_of_the_batch(got, t, s, c, a, b):
    return len(t) > 1 and close(got, _each(t, s, t.mean(dim=0), a, b).mean())


@catches("The centre is added. It holds what all images say alike, and that is to be taken off: t − c.")
def centre_added(got, t, s, c, a, b):
    return close(got, _each(t, s, -c, a, b).mean())


@catches("The centre is taken from the student. It belongs to the teacher: the targets are centred, and the student has to "
         "follow them.")
def centre_on_the_student(got, t, s, c, a, b):
    return any(close(got, _each(t, s - c, other, a, b).mean()) for other in (0.0, c))


@catches("The centre is not used. Take it off the teacher's logits before the softmax.")
def centre_forgotten(got, t, s, c, a, b):
    return close(got, _each(t, s, 0.0, a, b).mean())


@catches("The teacher's logits are divided by the temperature before the centre is taken off. The centre is a mean of "
         "plain logits: (t − c) / τ_t.")
def centred_after_the_temperature(got, t, s, c, a, b):
    return any(close(got, _each(t, s, c * a * factor, a, b).mean()) for factor in (1, -1, a))


@catches("The temperatures have changed places: τ_t sharpens the teacher, τ_s belongs to the student.")
def temperatures_swapped(got, t, s, c, a, b):
    return close(got, _each(t, s, c, b, a).mean())


@catches("A temperature is missing, or is multiplied by. Logits are *divided* by it before the softmax: the smaller it is, "
         "the sharper.")
def temperature_wrong(got, t, s, c, a, b):
    others = [(1, 1), (a, 1), (1, b), (1 / a, 1 / b), (a, 1 / b), (1 / a, b)]
    return any(close(got, _each(t, s, c, x, y).mean()) for x, y in others)


@catches("Teacher and student have changed places: the logarithm is the student's. The teacher says how much each of "
         "the student's surprises counts.")
def roles_swapped(got, t, s, c, a, b):
    p, q = torch.softmax((t - c) / a, dim=1), torch.softmax(s / b, dim=1)
    return close(got, -(q * p.log()).sum(dim=1).mean()) or close(got, -(q * torch.log_softmax((t - c) / a, 1)).sum(1).mean())


@catches("The student's softmax is taken twice: `log_softmax` of probabilities. It wants the logits themselves, divided by "
         "the temperature.")
def softmax_twice(got, t, s, c, a, b):
    p, q = torch.softmax((t - c) / a, dim=1), torch.softmax(s / b, dim=1)
    return any(close(got, -(p * torch.log_softmax(again, dim=1)).sum(dim=1).mean()) for again in (q, q.log().exp() / b))


@catches("The softmax runs down the batch. Each row is one image with a distribution over its K outputs: `dim=1`.")
def softmax_over_images(got, t, s, c, a, b):
    return len(t) > 1 and close(got, _each(t, s, c, a, b, dim=0).mean())


@catches("The mean is taken over the K outputs too, or the sum over the images. Sum over k; the mean is over the images.")
def sum_and_mean(got, t, s, c, a, b):
    each = _each(t, s, c, a, b)
    return any(close(got, value) for value in (each.sum(), each.mean() / t.shape[1], each))


@catches("The sign is turned: log q is never positive, so H = −Σ p log q is never negative.")
def sign_turned(got, t, s, c, a, b):
    return close(got, -_each(t, s, c, a, b).mean())


@catches("Both sides have the same temperature. There are two: τ_t for the teacher, τ_s for the student.")
def one_temperature(got, t, s, c, a, b):
    return any(close(got, _each(t, s, c, x, x).mean()) for x in (a, b))


@catches("The temperatures are numbers of your own here. They come in as arguments: `teacher_temp` and `student_temp`.")
def temperatures_typed(got, t, s, c, a, b):
    return close(got, _each(t, s, c, 0.04, 0.1).mean())


@catches("The arguments of `F.cross_entropy` have changed places: the student's logits first, then the probabilities.")
def arguments_exchanged(got, t, s, c, a, b):
    return close(got, F.cross_entropy(torch.softmax((t - c) / a, dim=1), s / b))


EXERCISE = Exercise(
    "dino_cross_entropy", "15_dino", "Algorithm 1's H(t, s)", minutes=15, difficulty=2, importance=5,
    reference=methods.dino_cross_entropy, returns=("loss",), cases=dino_cross_entropy_cases,
    trains_on=("teacher_out", "student_out"), used_in="in the first training below, in each step",
    mistakes=(no_gradient, gradient_into_the_teacher, log_of_zero, small_number_in_the_logarithm, brackets_missing,
              teacher_without_softmax, the_teacher_s_first_choice, logarithm_missing, two_logarithms, kl_divergence,
              centre_after_the_softmax, mean_of_the_batch, centre_added, centre_on_the_student, centre_forgotten,
              centred_after_the_temperature, temperatures_swapped, temperature_wrong, roles_swapped, softmax_twice,
              softmax_over_images, sum_and_mean, sign_turned, one_temperature, temperatures_typed, arguments_exchanged),
    hints=("Two distributions over the same K outputs: which of the two is a fixed target, and which one is to be improved?",
           "The target is the softmax of the teacher's logits, cut out of the graph, minus the centre, over the teacher's "
           "temperature. The student gives log-probabilities. Multiply, sum over the outputs, take the mean over the images.",
           "`p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)`, `log_q = torch.log_softmax("
           "student_out / student_temp, dim=1)`, and `-(p * log_q).sum(dim=1).mean()`."),
)
