"""Exercise `adversary_losses`: what the discriminator wants, and what the encoder wants of it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, m: int, scale: float = 1.5, dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor]:
        of_the_prior = torch.randn(n, generator=generator, dtype=torch.float64) * scale + 0.8
        of_codes = torch.randn(m, generator=generator, dtype=torch.float64) * scale - 0.4
        return of_the_prior.to(dtype), of_codes.to(dtype)

    sure = some(5, 5)
    return {
        "a few logits": some(6, 6),
        "fewer codes than draws": some(9, 4),
        "double precision": some(7, 5, dtype=torch.float64),
        "a single one of each": some(1, 1),
        "a discriminator that is sure": (sure[0] + 150, sure[1] - 150),
        "one that is sure and wrong": (sure[0] - 150, sure[1] + 150),
    }


def yes(logits: Tensor) -> Tensor:
    """Cross-entropy of "this is a draw from the prior"."""
    return F.softplus(-logits).mean()


def no(logits: Tensor) -> Tensor:
    """Cross-entropy of "this is a code"."""
    return F.softplus(logits).mean()


@catches("Where D is sure this is not finite: there `sigmoid` rounds to 0 or 1, whose logarithm is infinite, and `exp` of "
         "a logit is too large a number. `F.binary_cross_entropy_with_logits` and `F.softplus` take the logits as they "
         "are, and stay finite.")
def logarithm_of_zero(got, prior, codes):
    return not all(bool(part.isfinite()) for part in got)


@catches("The discriminator's two answers are swapped. It should say yes, 1, to draws of the prior, and no, 0, to codes.")
def swapped(got, prior, codes):
    return close(got[0], no(prior) + yes(codes))


@catches("The discriminator learns from one half only. It needs both: yes to the prior's draws *and* no to the codes.")
def one_half_only(got, prior, codes):
    return any(close(got[0], half) for half in (yes(prior), no(codes)))


@catches("Right as long as D is not sure. Where it is, the logarithm of a rounded `sigmoid` ends at −100 or at the "
         "logarithm of the ε that was added, and there the slope is gone. `F.softplus` and "
         "`F.binary_cross_entropy_with_logits` take the logits as they are.")
def capped(got, prior, codes):
    def log(p: Tensor, floor: float) -> Tensor:
        return (p + floor).log().clamp_min(-100)

    of_prior, of_codes = prior.sigmoid(), codes.sigmoid()
    return any(close(got[1], -log(of_codes, floor).mean()) and close(
        got[0], -log(of_prior, floor).mean() - log(1 - of_codes, floor).mean())
        for floor in (0.0, *(10.0**-digits for digits in range(4, 13))))


@catches("The discriminator says yes to codes as well. It should tell the two apart: *no* to codes.")
def yes_to_both(got, prior, codes):
    return close(got[0], yes(prior) + yes(codes))


@catches("One cost is subtracted from the other. Both of them are mistakes that the discriminator wants to be small: add "
         "them.")
def one_subtracted(got, prior, codes):
    return close(got[0], yes(prior) - no(codes)) or close(got[0], no(codes) - yes(prior))


@catches("These are probabilities. A cross-entropy is their negative *logarithm*: only that makes a sure mistake expensive.")
def logarithm_missing(got, prior, codes):
    return close(got[1], (1 - codes.sigmoid()).mean()) or close(got[1], -codes.sigmoid().mean())


@catches("This is another game's loss (squared errors, a hinge, or plain differences of the logits). Here D answers yes "
         "or no, and both losses are cross-entropies.")
def another_game(got, prior, codes):
    hinge = F.relu(1 - prior).mean() + F.relu(1 + codes).mean()
    squares = [(p - 1).square().mean() + c.square().mean()
               for p, c in ((prior, codes), (prior.sigmoid(), codes.sigmoid()))]
    return any(close(got[0], value) for value in (codes.mean() - prior.mean(), hinge, *squares))


@catches("The two halves of the discriminator's loss are averaged; here they are added: one mean for each, and their sum.")
def halves_averaged(got, prior, codes):
    together = (yes(prior) * len(prior) + no(codes) * len(codes)) / (len(prior) + len(codes))
    return any(close(got[0], value) for value in ((yes(prior) + no(codes)) / 2, together))


@catches("Summed over the batch. Take the mean over the draws, and the mean over the codes.")
def summed(got, prior, codes):
    return close(got[0], yes(prior) * len(prior) + no(codes) * len(codes)) or close(got[1], yes(codes) * len(codes))


@catches("This encoder helps the discriminator: it is rewarded when its codes are recognised. It wants a *yes* for its "
         "codes, −log D(code).")
def encoder_helps(got, prior, codes):
    return close(got[1], no(codes))


@catches("That is log(1 − D(code)), the other player's loss with its sign turned. It is right in theory, but flat where D "
         "is sure, just when the encoder needs a slope. Use −log D(code).")
def saturating(got, prior, codes):
    return close(got[1], -no(codes)) or close(got[1], -(yes(prior) + no(codes)))


@catches("The encoder's loss has a part that it cannot change: the draws of the prior did not pass through it. Codes only.")
def prior_in_the_encoder_s_loss(got, prior, codes):
    wrong = (yes(codes) + yes(prior), yes(codes) + no(prior), yes(prior), no(prior))
    return any(close(got[1], value) for value in wrong)


@catches("The sigmoid is taken twice: `…_with_logits` has one inside. Hand it the logits themselves.")
def sigmoid_twice(got, prior, codes):
    prior, codes = prior.sigmoid(), codes.sigmoid()
    return close(got[0], yes(prior) + no(codes)) or close(got[1], yes(codes))


@catches("Draws and codes are added entry by entry here, and there may be more of the one than of the other. Take a mean of "
         "each first, and add the two means.")
def added_entry_by_entry(got, prior, codes):
    return isinstance(got, RuntimeError) and "must match the size" in str(got) and len(prior) != len(codes)


EXERCISE = Exercise(
    "adversary_losses", "03_generative_autoencoders", "The adversary's game, from both sides", minutes=15, difficulty=3,
    importance=4, reference=methods.adversary_losses, returns=("discriminator", "encoder"), cases=cases,
    trains_on=("logits_prior", "logits_codes"),
    used_in="in the game below",
    mistakes=(swapped, one_half_only, halves_averaged, summed, encoder_helps, saturating, prior_in_the_encoder_s_loss,
              sigmoid_twice, logarithm_of_zero, capped, yes_to_both, one_subtracted, logarithm_missing, another_game,
              added_entry_by_entry),
    hints=("Two players, one question: was this point drawn from the prior? One is to answer it truly for both kinds of "
           "points; the other wants a particular answer for its own.",
           "The discriminator should say yes to the prior and no to codes: a yes costs −log D, a no costs −log(1 − D), the "
           "same with the logit's sign turned; take the mean of each kind, and add the two. The encoder wants a yes to its "
           "codes, and nothing else.",
           "`discriminator = F.softplus(-logits_prior).mean() + F.softplus(logits_codes).mean()`, "
           "`encoder = F.softplus(-logits_codes).mean()`, and `return discriminator, encoder`."),
)
