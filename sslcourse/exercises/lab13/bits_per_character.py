"""Exercise `bits_per_character`: a score that models with different tokens can share."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def bits_per_character_cases() -> dict[str, tuple]:
    def some(tokens: int, characters: int, seed: int, spread: float = 4, dtype=torch.float32) -> tuple[Tensor, int]:
        generator = torch.Generator().manual_seed(seed)
        draw = torch.rand(tokens, generator=generator, dtype=torch.float64)
        return (-draw * spread).to(dtype), characters

    return {
        "six tokens of a text of 17 characters": some(6, 17, seed=0),
        "as many tokens as characters": some(9, 9, seed=1),
        "a long text, in double precision": some(400, 1_300, seed=2, dtype=torch.float64),
        "one token": some(1, 5, seed=3),
        "a certain token": (torch.tensor([0.0, -2.0, -1.0, 0.0]), 11),
        "hardly a surprise": some(12, 30, seed=4, spread=0.1),
        "a token that nobody expected": (torch.tensor([-1.0, -110.0, -3.0]), 12),
    }


def _bits(log_probs: Tensor) -> float:
    return -log_probs.double().sum().item() / math.log(2)


@catches("This is in nats: `log_probs` are natural logarithms. A bit is ln 2 of a nat, so divide by `math.log(2)`.")
def nats(got, log_probs, characters):
    return close(got, _bits(log_probs) * math.log(2) / characters)


@catches("These are bits per *token*. Whoever cuts a text into long tokens has fewer of them, and each is harder "
         "to guess; to compare, share the bits out over the characters.")
def per_token(got, log_probs, characters):
    return len(log_probs) != characters and (
        close(got, _bits(log_probs) / len(log_probs)) or close(got, _bits(log_probs) / len(log_probs) * math.log(2)))


@catches("These are all the bits of the text. Per character: divide by how many characters there are.")
def of_the_whole_text(got, log_probs, characters):
    return close(got, _bits(log_probs)) or close(got, _bits(log_probs) * math.log(2))


@catches("The sign is turned: a probability is at most 1, so its logarithm is at most 0, and the bits are −log₂ p.")
def negative(got, log_probs, characters):
    return any(close(got, -_bits(log_probs) / by * unit)
               for by in (characters, len(log_probs)) for unit in (1, math.log(2)))


@catches("Bits are nats *divided* by ln 2 (0.69): one needs more bits than nats. Here they were multiplied.")
def multiplied_by_ln_2(got, log_probs, characters):
    return close(got, _bits(log_probs) * math.log(2) ** 2 / characters)


@catches("That is a perplexity: among how many equally likely choices the model wavers. Its logarithm, base 2, is "
         "the number of bits.")
def a_perplexity(got, log_probs, characters):
    units = (1, math.log(2), 1 / math.log(2))               # 2 to the bits, and the bases mixed up
    return any(close(got, 2 ** (_bits(log_probs) / by * unit)) for by in (characters, len(log_probs)) for unit in units)


@catches("The average was taken twice: over the tokens, and then over the characters. *Add* the tokens' bits, then "
         "divide once.")
def averaged_twice(got, log_probs, characters):
    return len(log_probs) > 1 and any(
        close(got, _bits(log_probs) / len(log_probs) / characters * unit) for unit in (1, math.log(2)))


@catches("Each token's bits are weighed by its probability, as in an entropy. Here the tokens that really came are "
         "counted, each once: add them up as they are.")
def weighed_by_probability(got, log_probs, characters):
    each = -(log_probs.double().exp() * log_probs.double())
    shares = (1, characters, len(log_probs))
    return any(close(got, float(each.sum() / by / unit)) for by in shares for unit in (1, math.log(2)))


@catches("These are decimal digits, `log10`. Bits are logarithms to base 2.")
def digits(got, log_probs, characters):
    return any(close(got, _bits(log_probs) * math.log10(2) / by) for by in (1, characters, len(log_probs)))


@catches("`log_probs` are logarithms already; the logarithm of a negative number is NaN.")
def logarithm_twice(got, log_probs, characters):
    return bool(torch.as_tensor(got).isnan())


@catches("The probabilities are brought back by `exp`, and exp(−110) is 0 among 32-bit numbers: its logarithm is −∞. Stay "
         "with the logarithms: from base e to base 2 it is one division.")
def underflow(got, log_probs, characters):
    return bool((log_probs.exp() == 0).any()) and bool(torch.as_tensor(got).isinf())


EXERCISE = Exercise(
    "bits_per_character", "13_bert_and_gpt", "Bits per character", minutes=10, difficulty=1, importance=4,
    reference=methods.bits_per_character, returns=("bits",), cases=bits_per_character_cases,
    used_in="to measure the language models below",
    mistakes=(nats, per_token, averaged_twice, of_the_whole_text, negative, multiplied_by_ln_2, a_perplexity,
              weighed_by_probability, digits, logarithm_twice, underflow),
    hints=("A token of probability p costs minus log p bits, the logarithm to base 2. What does the whole text "
           "cost, and how much of that falls to one character?",
           "Add up the tokens' natural logarithms, change the sign, divide by ln 2 for bits, and then by the "
           "number of characters.",
           "`-log_probs.sum().item() / math.log(2) / characters`: so short is it, once `log_probs` are summed."),
)
