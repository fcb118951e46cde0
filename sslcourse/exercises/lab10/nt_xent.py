"""Exercise `nt_xent`: the loss of SimCLR, from the table of similarities."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .pairs import cases, masked, pairs, partners, table


def nt_xent_cases() -> dict[str, tuple]:
    return cases() | {"a very low temperature": pairs(5, 8, 0.01, seed=12)}


def any_close(got: object, *wrong: Tensor) -> bool:
    return any(close(got, value) for value in wrong)


@catches("exp(cosine / τ) is infinite in floating point when τ is as small as 0.01: exp(100) has no place among 32-bit "
         "numbers, and ∞ / ∞ is NaN. `F.cross_entropy` and `logsumexp` take the largest off first; so can you.")
def overflow(got, z0, z1, temperature):
    return bool(table(z0, z1, temperature).exp().isinf().any()) and not bool(torch.as_tensor(got).isfinite())


@catches("Not a number: 0 · ∞ is none, and neither is ∞ − ∞. Where the diagonal is forbidden by a table of zeros and ones "
         "times an infinity, every zero makes a NaN: write −∞ where it belongs, with `fill_diagonal_` or `masked_fill`.")
def zero_times_infinity(got, z0, z1, temperature):
    return bool(torch.as_tensor(got).isnan()) and bool(table(z0, z1, temperature).exp().isfinite().all())


@catches("Infinite: somewhere the logarithm of a probability of 0 is taken, and −log 0 is ∞. Those zeros are what was "
         "masked. Either the partner was masked along with the row itself, or entries of the diagonal are asked for. Only "
         "the diagonal is forbidden, and each row asks for one entry, that of its partner, N rows further on.")
def right_answer_masked(got, z0, z1, temperature):
    return bool(torch.as_tensor(got).isposinf())


@catches("The denominator runs over all 2N views, the row itself among them. It is the most similar of all, so the loss "
         "cannot come down: put −∞ on the diagonal before the softmax.")
def itself_not_masked(got, z0, z1, temperature):
    return any_close(got, F.cross_entropy(table(z0, z1, temperature), partners(z0)))


@catches("The diagonal was set to 0 and not to −∞. exp(0) = 1, so each row still counts itself in the denominator.")
def masked_with_zero(got, z0, z1, temperature):
    return any_close(got, F.cross_entropy(masked(table(z0, z1, temperature), 0.0), partners(z0)))


@catches("The partner is missing from the denominator. The sum leaves out k = i alone: the right answer is one of the "
         "2N − 1 to choose from. (Without it the loss has another name, decoupled contrastive loss.)")
def partner_not_in_the_denominator(got, z0, z1, temperature):
    whole, right = table(z0, z1, temperature), partners(z0)[:, None]
    rest = (logits.scatter(1, right, -torch.inf).logsumexp(dim=1) for logits in (masked(whole), whole))
    return any_close(got, *((others - whole.gather(1, right)[:, 0]).mean() for others in rest))


@catches("Only half of it. All 2N views ask, each for its partner among all 2N − 1 others, those of its own side too. So "
         "the table has 2N rows and 2N columns, and the mean runs over all 2N rows.")
def only_n_rows(got, z0, z1, temperature):
    n, logits, right = len(z0), table(z0, z1, temperature), partners(z0)
    across, own = logits[:n, n:], torch.arange(n)
    one_way, other_way = F.cross_entropy(across, own), F.cross_entropy(across.T, own)
    return any_close(got, F.cross_entropy(masked(logits)[:n], right[:n]), F.cross_entropy(masked(logits)[n:], right[n:]),
                     one_way, other_way, (one_way + other_way) / 2, one_way + other_way)


@catches("The targets are astray. Row i of the first N has its partner in column i + N, row i of the last N in column "
         "i − N.")
def wrong_partner(got, z0, z1, temperature):
    n, logits = len(z0), table(z0, z1, temperature)
    rows = torch.arange(2 * n)
    wrong = (rows, rows ^ 1, (rows + 1) % (2 * n), rows.flip(0))
    return any_close(got, *(F.cross_entropy(t, target) for t in (logits, masked(logits)) for target in wrong))


@catches("The temperature is not where it belongs: the similarities are divided by τ before the exponential, once. "
         "Multiplied by a small τ, all views would look alike.")
def temperature_astray(got, z0, z1, temperature):
    plain, right = table(z0, z1, 1.0), partners(z0)
    return any_close(got, *(F.cross_entropy(masked(plain * factor), right) for factor in (temperature, 1.0, temperature**-2)),
                     F.cross_entropy(masked(plain), right) / temperature)


@catches("These are plain dot products. The N in NT-Xent stands for normalised: scale each row to length 1 first, or long "
         "vectors win.")
def not_normalised(got, z0, z1, temperature):
    return any_close(got, F.cross_entropy(masked(table(z0, z1, temperature, normalise=False)), partners(z0)))


@catches("The softmax is taken twice: `F.cross_entropy` wants the table itself, and takes the logarithm of the softmax.")
def softmax_twice(got, z0, z1, temperature):
    return any_close(got, F.cross_entropy(masked(table(z0, z1, temperature)).softmax(dim=1), partners(z0)))


@catches("The logarithm is missing: the loss of a row is −log of the partner's probability, not the probability.")
def no_logarithm(got, z0, z1, temperature):
    p = masked(table(z0, z1, temperature)).softmax(dim=1).gather(1, partners(z0)[:, None]).mean()
    return any_close(got, p, -p, 1 - p)


@catches("The logarithm comes after the mean here. Each row has a loss of its own, −log of its partner's probability; the "
         "mean is taken over those.")
def logarithm_of_the_mean(got, z0, z1, temperature):
    p = masked(table(z0, z1, temperature)).softmax(dim=1).gather(1, partners(z0)[:, None])
    return any_close(got, -p.mean().log())


@catches("The denominator is missing: only the partners are pulled together, and nothing is pushed away. Then one point "
         "for all would be best.")
def no_denominator(got, z0, z1, temperature):
    own = table(z0, z1, temperature).gather(1, partners(z0)[:, None]).mean()
    return any_close(got, -own, own, -own * temperature)


@catches("These are distances, and the formula wants cosines: products of rows of length 1.")
def distances(got, z0, z1, temperature):
    z = torch.cat([z0, z1])
    gaps = [torch.cdist(x, x) for x in (z, F.normalize(z, dim=1))]
    return any_close(got, *(F.cross_entropy(masked(-gap**power / temperature), partners(z0))
                            for gap in gaps for power in (1, 2)))


@catches("The 2N losses are added up, or averaged over N. Take their mean over the 2N rows, so that the loss does not grow "
         "with the batch.")
def summed(got, z0, z1, temperature):
    right = losses.nt_xent(z0, z1, temperature)
    return any_close(got, right * 2 * len(z0), right * 2)


@catches("The temperature is a number of your own here. It comes in as an argument: `temperature`.")
def temperature_typed(got, z0, z1, temperature):
    return any_close(got, F.cross_entropy(masked(table(z0, z1, 0.5)), partners(z0)))


EXERCISE = Exercise(
    "nt_xent", "10_simclr", "NT-Xent, the loss of SimCLR", minutes=15, difficulty=3, importance=5,
    reference=losses.nt_xent, returns=("loss",), cases=nt_xent_cases,
    trains_on=("z0", "z1"),
    used_in="in the training of SimCLR below",
    mistakes=(overflow, zero_times_infinity, right_answer_masked, itself_not_masked, masked_with_zero,
              partner_not_in_the_denominator, only_n_rows, wrong_partner, temperature_astray, not_normalised,
              softmax_twice, no_logarithm, logarithm_of_the_mean, no_denominator, distances, summed, temperature_typed),
    hints=("You have the table, and you know the right column of each row. Which loss of classification is that?",
           "The formula is −log softmax, taken at the partner: the cross-entropy of each row of the table, with the "
           "partner as its class. Average over all 2N rows.",
           "`logits, positive = nt_xent_logits(z0, z1, temperature)`, and then "
           "`torch.nn.functional.cross_entropy(logits, positive)`, which takes the mean itself."),
)
