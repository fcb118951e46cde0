"""Exercise `distillation`: the student's cross-entropy under the teacher's soft labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def distillation_cases() -> dict[str, tuple]:
    def some(n: int, k: int, tau: float, seed: int, spread: float = 2.0, dtype: torch.dtype = torch.float32) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        return (*((torch.randn(n, k, generator=generator, dtype=torch.float64) * spread).to(dtype) for _ in range(2)), tau)

    return {
        "six images, four classes": some(6, 4, 2.0, seed=0),
        "a temperature of 1": some(5, 3, 1.0, seed=1),
        "a low temperature": some(8, 10, 0.5, seed=2, spread=1.0),
        "as many images as classes": some(4, 4, 3.0, seed=3),
        "double precision": some(7, 5, 1.5, seed=4, dtype=torch.float64),
        "one image": some(1, 6, 2.5, seed=5),
        "a student that is far off": some(5, 4, 1.3, seed=6, spread=90.0),
    }


def _p(logits: Tensor, temperature: float = 1.0) -> Tensor:
    return (logits / temperature).softmax(dim=1)


def _log_p(logits: Tensor, temperature: float = 1.0) -> Tensor:
    return (logits / temperature).log_softmax(dim=1)


def _ce(p: Tensor, log_q: Tensor) -> Tensor:
    return -(p * log_q).sum(dim=1).mean()


@catches("The temperature divides the logits of one side only. Both distributions are softmax(logits / τ).")
def one_temperature(got, t, s, tau):
    return tau != 1 and any(close(got, _ce(_p(t, a), _log_p(s, b))) for a, b in ((tau, 1.0), (1.0, tau)))


@catches("The temperature is not used. Divide both sides' logits by it before the softmax.")
def no_temperature(got, t, s, tau):
    return tau != 1 and close(got, _ce(_p(t), _log_p(s)))


@catches("Multiplied by the temperature: logits are divided by τ, so that a large τ flattens the distribution.")
def multiplied(got, t, s, tau):
    return tau != 1 and close(got, _ce(_p(t, 1 / tau), _log_p(s, 1 / tau)))


@catches("The teacher's answer has been made hard: only its likeliest class counts. That throws away what it says about the "
         "other classes, and the temperature with it. Weigh all K classes by the teacher's probabilities.")
def hard_labels(got, t, s, tau):
    return any(close(got, F.cross_entropy(s / a, t.argmax(dim=1))) for a in (1.0, tau))


@catches("The roles are swapped: the teacher's distribution is the weight, and the logarithm is of the student's.")
def roles_swapped(got, t, s, tau):
    return close(got, _ce(_p(s, tau), _log_p(t, tau)))


@catches("This is the KL divergence: the teacher's entropy has been taken off. The student's gradient is the same, but "
         "equation (2) is the cross-entropy, −Σ P_T log P_S.")
def divergence(got, t, s, tau):
    kl = F.kl_div(_log_p(s, tau), _log_p(t, tau), reduction="batchmean", log_target=True)
    return close(got, kl) or close(got, kl / t.shape[1])


@catches("The mean runs over the classes too, so the loss is K times too small. Sum over the classes, average over the "
         "images.")
def mean_over_classes(got, t, s, tau):
    return close(got, _ce(_p(t, tau), _log_p(s, tau)) / t.shape[1])


@catches("Summed over the images. A mean over the batch keeps the size of the loss when the batch grows.")
def summed(got, t, s, tau):
    return len(t) > 1 and close(got, _ce(_p(t, tau), _log_p(s, tau)) * len(t))


@catches("The factor τ² is Hinton et al.'s (2015). SimCLRv2's equation (2), which is asked for here, has none.")
def times_tau_squared(got, t, s, tau):
    kl = F.kl_div(_log_p(s, tau), _log_p(t, tau), reduction="batchmean", log_target=True)
    return tau != 1 and any(close(got, loss * tau**2) for loss in (_ce(_p(t, tau), _log_p(s, tau)), kl))


@catches("The softmax is taken twice on the student's side: `F.cross_entropy` and `log_softmax` want logits.")
def softmax_twice(got, t, s, tau):
    ways = (_log_p(_p(s, tau)), _log_p(_p(s), tau))
    return any(close(got, _ce(_p(t, tau), way)) for way in ways)


@catches("A softmax runs down the batch, over the images. Each image has a distribution of its own over the K classes: "
         "`dim=1`.")
def over_the_images(got, t, s, tau):
    t, s = t / tau, s / tau
    ways = ((t.softmax(dim=0), s.log_softmax(dim=0)), (t.softmax(dim=0), _log_p(s)), (_p(t), s.log_softmax(dim=0)))
    return len(t) > 1 and any(close(got, _ce(*way)) for way in ways)


@catches("The temperature comes too late: probabilities, or their logarithms, are divided by it. It divides the logits, "
         "before the softmax.")
def divided_too_late(got, t, s, tau):
    soft = _ce(_p(t), _log_p(s))
    return tau != 1 and (close(got, soft / tau) or close(got, soft / tau**2))


@catches("The logarithm of the student's probabilities is missing. Cross-entropy is −Σ P_T log P_S.")
def no_logarithm(got, t, s, tau):
    return any(close(got, sign * _ce(_p(t, tau), _p(s, tau))) for sign in (1, -1))


@catches("The student's logits do not matter here: this is the entropy of the teacher. The logarithm is of P_S.")
def student_unused(got, t, s, tau):
    return close(got, _ce(_p(t, tau), _log_p(t, tau)))


@catches("The two sides are compared by squared differences. Equation (2) is a cross-entropy: −Σ P_T log P_S.")
def squared_differences(got, t, s, tau):
    return any(close(got, F.mse_loss(a, b)) for a, b in ((t, s), (t / tau, s / tau), (_p(t, tau), _p(s, tau))))


@catches("The sum runs over the images, and the mean over the classes. Each image's loss is a sum over its K classes "
         "(`dim=1`); the mean is over the images.")
def sum_over_the_images(got, t, s, tau):
    n, k = t.shape
    return n != k and close(got, _ce(_p(t, tau), _log_p(s, tau)) * n / k)


@catches("The sign is turned: log P_S is negative, so the loss needs a minus.")
def negative(got, t, s, tau):
    return close(got, -_ce(_p(t, tau), _log_p(s, tau)))


@catches("The teacher's logits went in without a softmax. P_T is a distribution: no negative weights, and they add up to 1.")
def teacher_not_softmaxed(got, t, s, tau):
    return any(close(got, _ce(t / a, _log_p(s, tau))) for a in (1.0, tau))


@catches("A logarithm of 0 has arrived: softmax rounded a small probability to 0. `log_softmax` computes the logarithm "
         "directly.")
def log_of_zero(got, t, s, tau):
    return not bool(got.isfinite()) and bool((_p(s, tau) == 0).any())


@catches("The number is right, but the gradient goes into the teacher as well: it would be pulled towards its student. "
         "`teacher_out.detach()` cuts it off.", of="gradient")
def gradient_into_the_teacher(slopes, t, s, tau):
    return bool(slopes["teacher_out"].any())


@catches("The number is right, but no gradient reaches the student, so it cannot learn. Cut off the teacher alone.",
         of="gradient")
def no_gradient(slopes, t, s, tau):
    return not bool(slopes["student_out"].any())


@catches("The teacher's side is a logarithm too. Its probabilities are the weights, as they are; the logarithm is taken of "
         "the student's alone.")
def two_logarithms(got, teacher_out, student_out, temperature):
    log_p, log_q = ((x / temperature).log_softmax(dim=1) for x in (teacher_out, student_out))
    return close(got, -(log_p * log_q).sum(dim=1).mean()) or close(got, (log_p * log_q).sum(dim=1).mean())


EXERCISE = Exercise(
    "distillation", "11_simclr_v2", "Learn from a teacher's soft labels", minutes=12, difficulty=2, importance=5,
    reference=losses.distillation, returns=("loss",), cases=distillation_cases,
    trains_on=("teacher_out", "student_out"),
    used_in="in the training of the student below",
    mistakes=(no_gradient, gradient_into_the_teacher, no_temperature, hard_labels, one_temperature, multiplied,
              roles_swapped, divergence, log_of_zero, times_tau_squared, mean_over_classes, summed, negative,
              teacher_not_softmaxed, softmax_twice, over_the_images, divided_too_late, no_logarithm, student_unused,
              squared_differences, sum_over_the_images, two_logarithms),
    hints=("Ordinary cross-entropy weighs one class with 1. Here every class is weighed with what the teacher gives it.",
           "Divide both sides' logits by the temperature. The teacher's softmax gives the weights, without a gradient; the "
           "student's log-softmax gives the logarithms. Sum the products over the classes, average over the images.",
           "`p = (teacher_out.detach() / temperature).softmax(dim=1)`, "
           "`log_q = (student_out / temperature).log_softmax(dim=1)`, and then `-(p * log_q).sum(dim=1).mean()`."),
)
