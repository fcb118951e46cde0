"""Exercise `supervised_contrastive`, the lab's longer piece: NT-Xent with partners chosen by labels."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches
from .pairs import masked, pairs, table


def labelled_cases() -> dict[str, tuple]:
    def some(n: int, d: int, temperature: float, seed: int, labels: list[int], **others) -> tuple:
        z0, z1, temperature = pairs(n, d, temperature, seed, **others)
        return z0, z1, torch.tensor(labels), temperature

    return {
        "five images, two of them alone in their class": some(5, 8, 0.5, 0, [0, 1, 0, 2, 0]),
        "seven images, a low temperature": some(7, 16, 0.2, 1, [3, 3, 1, 1, 3, 0, 1]),
        "four images in double precision": some(4, 5, 0.3, 2, [1, 0, 1, 0], dtype=torch.float64),
        "vectors of very different length": some(6, 4, 0.4, 3, [0, 0, 0, 0, 5, 5], lengths=8.0),
        "a class of their own for all": some(4, 6, 0.7, 4, [0, 1, 2, 3]),
        "one class": some(3, 6, 0.6, 5, [2, 2, 2]),
    }


def _parts(z0: Tensor, z1: Tensor, labels: Tensor, temperature: float) -> tuple[Tensor, Tensor]:
    """The logits with −∞ on the diagonal, and who is whose partner, (2N, 2N) both."""
    y = torch.cat([labels, labels])
    return masked(table(z0, z1, temperature)), (y[:, None] == y) & ~torch.eye(len(y), dtype=torch.bool)


def _loss(logits: Tensor, partners: Tensor) -> Tensor:
    return -(logits.log_softmax(dim=1).masked_fill(~partners, 0).sum(dim=1) / partners.sum(dim=1)).mean()


def _several(partners: Tensor) -> bool:
    return bool((partners.sum(dim=1) > 1).any())


@catches("0 · (−∞) is NaN. The logarithm of the masked diagonal is −∞, and a mask of zeros and ones does not take it away: "
         "choose with `masked_fill` or `torch.where`.")
def zero_times_infinity(got, z0, z1, labels, temperature):
    return bool(got.isnan())


@catches("The view itself is added up with its partners. It shares its own label, of course: take the diagonal out of the "
         "partners too. (A mask of partners that is turned round has it as well.)")
def itself_a_partner(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    log_p = logits.log_softmax(dim=1).masked_fill(~partners, 0).sum(dim=1)
    own = partners | torch.eye(len(partners), dtype=torch.bool)
    whole = table(z0, z1, temperature)
    return (bool(got.isposinf()) or close(got, -(log_p / own.sum(dim=1)).mean()) or close(got, _loss(whole, own)))


@catches("The view itself stands in the denominator. As in NT-Xent, the diagonal gets −∞ before the softmax.")
def itself_not_masked(got, z0, z1, labels, temperature):
    whole, partners = table(z0, z1, temperature), _parts(z0, z1, labels, temperature)[1]
    return close(got, _loss(whole, partners)) or close(got, _loss(masked(whole, 0.0), partners))


@catches("The labels have no effect: this is NT-Xent, where the only partner is the other view of the same photograph. All "
         "views of the same class are partners now.")
def labels_ignored(got, z0, z1, labels, temperature):
    return _several(_parts(z0, z1, labels, temperature)[1]) and close(got, losses.nt_xent(z0, z1, temperature))


@catches("Each view's terms are added up. Divide by the number of its partners, so that large classes do not count for "
         "more.")
def not_divided_by_the_partners(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    return _several(partners) and close(got, -logits.log_softmax(dim=1)[partners].sum() / len(logits))


@catches("One mean over all pairs. There is a mean over the partners of each view first, and then one over the views: here "
         "a view with many partners counts for more.")
def mean_over_all_pairs(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    uneven = len(set(partners.sum(dim=1).tolist())) > 1
    return uneven and close(got, -logits.log_softmax(dim=1)[partners].mean())


@catches("The partners' probabilities are added up or averaged before the logarithm. Equation (2) has the logarithm inside: "
         "−log of each partner's probability, then the mean. (The other one is the paper's L_in, which it finds worse.)")
def logarithm_outside(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    p = (logits.softmax(dim=1) * partners).sum(dim=1)
    return _several(partners) and any(close(got, -(p / n).log().mean()) for n in (1, partners.sum(dim=1)))


@catches("Only views of the other side count as partners, or only N rows ask. Both views of every photograph of the class "
         "are partners, and all 2N views ask.")
def one_side(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    n = len(z0)
    side = torch.arange(2 * n) // n
    across = partners & (side[:, None] != side)
    first = -(logits.log_softmax(dim=1).masked_fill(~partners, 0).sum(dim=1) / partners.sum(dim=1))[:n].mean()
    return _several(partners) and (close(got, _loss(logits, across)) or close(got, first))


@catches("The losses of the 2N views are added up, or divided by N. Take their mean.")
def summed(got, z0, z1, labels, temperature):
    right = _loss(*_parts(z0, z1, labels, temperature))
    return close(got, right * 2 * len(z0)) or close(got, right * 2)


@catches("The other partners are missing from the denominator. It runs over all views but the view itself.")
def partners_not_in_the_denominator(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    rest = logits.masked_fill(partners, -torch.inf).logsumexp(dim=1, keepdim=True)
    beside = torch.logaddexp(logits, rest)                         # the one partner that is asked for, and the negatives
    return any(close(got, -((logits - below).masked_fill(~partners, 0).sum(dim=1) / partners.sum(dim=1)).mean())
               for below in (rest, beside))


@catches("The temperature is not where it belongs: the similarities are divided by τ before the exponential, once.")
def temperature_astray(got, z0, z1, labels, temperature):
    plain, (_, partners) = masked(table(z0, z1, 1.0)), _parts(z0, z1, labels, temperature)
    return any(close(got, _loss(plain * factor, partners)) for factor in (1.0, temperature, temperature**-2))


@catches("These are plain dot products. Scale each row to length 1 first, or long vectors win.")
def not_normalised(got, z0, z1, labels, temperature):
    return close(got, _loss(masked(table(z0, z1, temperature, normalise=False)), _parts(z0, z1, labels, temperature)[1]))


@catches("Rows have been scaled to length 1 and columns not, or the other way round: each row of z is scaled, along `dim=1`.")
def normalised_down_the_columns(got, z0, z1, labels, temperature):
    z = F.normalize(torch.cat([z0, z1]), dim=0)
    return close(got, _loss(masked(z @ z.T / temperature), _parts(z0, z1, labels, temperature)[1]))


@catches("The labels stand in another order than the rows: after the N first views come the N second ones, so the labels are "
         "`torch.cat([labels, labels])`, or `labels.repeat(2)`.")
def labels_side_by_side(got, z0, z1, labels, temperature):
    y = labels.repeat_interleave(2)
    partners = (y[:, None] == y) & ~torch.eye(len(y), dtype=torch.bool)
    return close(got, _loss(masked(table(z0, z1, temperature)), partners))


@catches("The mean runs over all (2N)² entries, the zeros of those who are no partners among them. Each row is divided by "
         "the number of its partners, and then comes the mean over the 2N rows.")
def mean_over_the_table(got, z0, z1, labels, temperature):
    logits, partners = _parts(z0, z1, labels, temperature)
    return close(got, -logits.log_softmax(dim=1).masked_fill(~partners, 0).mean())


@catches("The temperature is a number of your own here. It comes in as an argument: `temperature`.")
def temperature_typed(got, z0, z1, labels, temperature):
    return close(got, _loss(*_parts(z0, z1, labels, 0.1)))


EXERCISE = Exercise(
    "supervised_contrastive", "10_simclr", "A longer piece: the labels choose the partners", minutes=25, difficulty=4,
    importance=4, reference=losses.supervised_contrastive, returns=("loss",), cases=labelled_cases, trains_on=("z0", "z1"),
    used_in="in the training with labels below", longer=True,
    mistakes=(zero_times_infinity, itself_a_partner, itself_not_masked, labels_ignored, not_divided_by_the_partners,
              mean_over_all_pairs, logarithm_outside, one_side, labels_side_by_side, mean_over_the_table,
              partners_not_in_the_denominator, temperature_astray, not_normalised, normalised_down_the_columns, summed,
              temperature_typed),
    hints=("Begin as for NT-Xent. What is new is a second table beside the first: who is whose partner.",
           "Take the logarithm of the softmax of each row of your first table. Of each row keep what stands at the partners, "
           "add that up, and divide by how many they are. Then comes minus the mean over all 2N rows.",
           "`log_p = logits.log_softmax(dim=1)`, `partners = (y[:, None] == y[None, :]) & ~itself`, and then "
           "`-(log_p.masked_fill(~partners, 0.0).sum(dim=1) / partners.sum(dim=1)).mean()`."),
)
