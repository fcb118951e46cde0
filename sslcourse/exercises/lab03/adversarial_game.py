"""Exercise `adversarial_game`, the lab's longer piece: a round of the game, in which each player learns from its own loss."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def judge(j: int, hidden: int, seed: int) -> nn.Module:
    """A small discriminator, smooth so that its slope has a slope, with weights that the seed decides."""
    network = nn.Sequential(nn.Linear(j, hidden), nn.Tanh(), nn.Linear(hidden, 1), nn.Flatten(0))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for weight in network.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator))
    return network


def cases() -> dict[str, tuple]:
    generator = torch.Generator().manual_seed(0)

    def some(n: int, j: int, middle: float) -> Tensor:
        return torch.randn(n, j, generator=generator) + middle

    return {
        "codes to one side": (judge(3, 5, seed=1), some(6, 3, 1.0), some(6, 3, 0.0), 3.0),
        "four numbers, a strong penalty": (judge(4, 4, seed=2), some(5, 4, -0.5), some(5, 4, 0.0), 10.0),
        "more draws than codes": (judge(5, 6, seed=3), some(4, 5, 2.0), some(9, 5, 0.0), 0.7),
        "double precision": (judge(2, 3, seed=4).double(), some(7, 2, 0.5).double(), some(7, 2, 0.0).double(), 5.0),
        "no penalty": (judge(3, 5, seed=5), some(6, 3, 1.0), some(6, 3, 0.0), 0.0),
    }


def _parts(D: nn.Module, z: Tensor, prior: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    """The logits and the slopes (N, J) for draws of the prior and for codes, without a graph."""
    points = [part.detach().clone().requires_grad_() for part in (prior, z)]
    logits = [D(part) for part in points]
    slopes = torch.autograd.grad([part.sum() for part in logits], points)
    return [part.detach() for part in logits], list(slopes)


def _steep(slopes: list[Tensor]) -> Tensor:
    return sum(slope.square().sum(dim=1).mean() for slope in slopes)


@catches("The slope is nowhere yet: add γ/2 times the mean squared slope at the prior's draws and at the codes.")
def penalty_left_out(got, discriminator, z, prior, penalty):
    logits, _ = _parts(discriminator, z, prior)
    return penalty != 0 and close(got[0], methods.adversary_losses(*logits)[0])


@catches("The penalty is subtracted: that asks the discriminator to be as steep as it can.")
def penalty_subtracted(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    return penalty != 0 and close(got[0], methods.adversary_losses(*logits)[0] - penalty / 2 * _steep(slopes))


@catches("The slope is held at one kind of point only. It is wanted at the prior's draws *and* at the codes, and added.")
def one_kind_of_point(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss, halves = methods.adversary_losses(*logits)[0], [penalty / 2 * _steep([slope]) for slope in slopes]
    return penalty != 0 and any(close(got[0], loss + half) for half in halves)


@catches("The penalty is not γ/2 times the two means: the ½, or γ itself, is missing, or one mean was taken over draws and "
         "codes together.")
def another_factor(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss, steep = methods.adversary_losses(*logits)[0], _steep(slopes)
    return penalty != 0 and any(close(got[0], loss + factor * steep) for factor in (penalty, 1, 0.5, penalty / 4))


@catches("The J numbers of a slope are averaged. ‖∇D‖² is the *sum* of their squares, `.sum(dim=1)`; the mean runs over the "
         "points.")
def averaged_over_the_numbers(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss, steep = methods.adversary_losses(*logits)[0], _steep(slopes)
    return penalty != 0 and close(got[0], loss + penalty / 2 * steep / z.shape[1])


@catches("The squared slopes are summed over the points. Take their mean over the draws, and their mean over the codes.")
def summed_over_the_points(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss = methods.adversary_losses(*logits)[0]
    return penalty != 0 and close(got[0], loss + penalty / 2 * sum(slope.square().sum() for slope in slopes))


@catches("The slopes are not squared: ‖∇D‖² is wanted, without a root.")
def length_for_its_square(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    lengths = sum(slope.norm(dim=1).mean() for slope in slopes)
    return penalty != 0 and close(got[0], methods.adversary_losses(*logits)[0] + penalty / 2 * lengths)


@catches("This is the slope of the probability, after the sigmoid. Hold the slope of the logit, the discriminator's raw "
         "output.")
def slope_of_the_probability(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    probable = [(part.sigmoid() * (1 - part.sigmoid()))[:, None] * slope for part, slope in zip(logits, slopes)]
    return penalty != 0 and close(got[0], methods.adversary_losses(*logits)[0] + penalty / 2 * _steep(probable))


@catches("The slopes are held at length 1 here, as another game does it. Mescheder et al. hold them at 0: ‖∇D‖² itself.")
def held_at_one(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss, gaps = methods.adversary_losses(*logits)[0], sum((s.norm(dim=1) - 1).square().mean() for s in slopes)
    return penalty != 0 and any(close(got[0], loss + factor * gaps) for factor in (penalty / 2, penalty))


@catches("These are slopes of the *mean* logit, too small by the number of points, and by its square once they are squared. "
         "Each point's own slope comes from the *sum* of the logits: no logit depends on another point.")
def slope_of_the_mean(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    small = [slope / len(slope) for slope in slopes]
    return penalty != 0 and close(got[0], methods.adversary_losses(*logits)[0] + penalty / 2 * _steep(small))


@catches("The penalty is in the encoder's loss as well. It is the discriminator's slope, and so the discriminator's alone.")
def penalty_for_the_encoder(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    return penalty != 0 and close(got[1], methods.adversary_losses(*logits)[1] + penalty / 2 * _steep(slopes))


@catches("This encoder helps the discriminator: its loss is small where its codes are recognised. It wants a yes for them.")
def encoder_helps(got, discriminator, z, prior, penalty):
    logits, _ = _parts(discriminator, z, prior)
    return close(got[1], F.softplus(logits[1]).mean())


@catches("The encoder's loss is log(1 − D(code)), the other player's with its sign turned. It is flat where D is sure, just "
         "when the encoder needs a slope. Use −log D(code).")
def saturating(got, discriminator, z, prior, penalty):
    logits, _ = _parts(discriminator, z, prior)
    return close(got[1], -F.softplus(logits[1]).mean())


@catches("The discriminator's loss has the prior's draws and the codes the wrong way round: yes to the prior, no to codes.")
def kinds_swapped(got, discriminator, z, prior, penalty):
    logits, slopes = _parts(discriminator, z, prior)
    loss, fooled = methods.adversary_losses(*logits[::-1])
    return close(got[0], loss + penalty / 2 * _steep(slopes)) or close(got[0], loss) or close(got[1], fooled)


@catches("The discriminator's loss moves the codes: the encoder would learn to be told apart. Hand the discriminator codes "
         "that are cut off, `z.detach()`, for its own loss.", of="gradient")
def codes_not_cut_off(slopes, discriminator, z, prior, penalty):
    return bool(slopes["z"].any()) and bool(slopes["discriminator"].any())


@catches("The penalty is there, and teaches nothing: its slopes have no graph. Ask `torch.autograd.grad` for one, "
         "`create_graph=True`.", of="gradient")
def penalty_without_a_graph(slopes, discriminator, z, prior, penalty):
    if isinstance(slopes, RuntimeError):
        return "second time" in str(slopes)
    points = [part.detach() for part in (prior, z)]
    loss, _ = methods.adversary_losses(*(discriminator(part) for part in points))
    taught = torch.autograd.grad(loss, list(discriminator.parameters()))
    return penalty != 0 and close(slopes["discriminator"], torch.cat([part.flatten() for part in taught]))


@catches("The discriminator is left standing still: its own loss finds weights that no longer ask for a gradient. Switch "
         "them on again, or let a copy stand still in its place: `copy.deepcopy(discriminator).requires_grad_(False)`.",
         of="gradient")
def left_standing(slopes, discriminator, z, prior, penalty):
    return isinstance(slopes, RuntimeError) and "does not require grad" in str(slopes)


EXERCISE = Exercise(
    "adversarial_game", "03_generative_autoencoders", "A round of the game", minutes=25, difficulty=4,
    importance=5, reference=methods.adversarial_game, returns=("for_discriminator", "for_encoder"), cases=cases,
    trains_on=("discriminator", "z"), longer=True,
    used_in="in the training of the adversarial autoencoder",
    mistakes=(kinds_swapped, encoder_helps, saturating, penalty_for_the_encoder, penalty_left_out, penalty_subtracted,
              one_kind_of_point, averaged_over_the_numbers, another_factor, summed_over_the_points, length_for_its_square,
              slope_of_the_probability, held_at_one, slope_of_the_mean, codes_not_cut_off, penalty_without_a_graph,
              left_standing),
    hints=("Three pieces, one after the other: what the discriminator says of points that are cut off from everything; how "
           "steep it is there; and what it says of the codes themselves, while its own weights stand still.",
           "For the first two the points need `.detach().requires_grad_()`, since a slope is a gradient by the points; lab "
           "02 did the same with a Jacobian. For the third, call the discriminator with weights that are cut off: "
           "`torch.func.functional_call(discriminator, weights, (z,))`, or a copy that asks for no gradient.",
           "`points = [part.detach().requires_grad_() for part in (prior, z)]` and `logits = [discriminator(p) for p in "
           "points]`. `slopes = torch.autograd.grad([l.sum() for l in logits], points, create_graph=True)`, and "
           "penalty / 2 times the sum of `slope.square().sum(dim=1).mean()` is added to the first of "
           "`adversary_losses(*logits)`. With `still = copy.deepcopy(discriminator).requires_grad_(False)` the encoder's "
           "loss is `adversary_losses(logits[0].detach(), still(z))[1]`."),
)
