"""sslcourse.methods.ngram: a proper distribution, the formula by plain loops, and characters never seen."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict

import pytest
import torch

from sslcourse.methods import CharNGram

TEXTS = ["the cat sat on the mat. the rat sat on the cat.", "a tattered hat", "it is that hat!"]


def by_loops(order, texts, before, character):
    """Witten–Bell's formula word for word: counts in dictionaries, contexts padded with an edge that is no character."""
    alphabet = sorted(set("".join(texts)))
    follow = [defaultdict(Counter) for _ in range(order)]
    for text in texts:
        padded = ["<edge>"] * (order - 1) + list(text)
        for at in range(order - 1, len(padded)):
            for n in range(order):
                follow[n][tuple(padded[at - n : at])][padded[at]] += 1
    padded = ["<edge>"] * (order - 1) + [c if c in alphabet else "<other>" for c in before]
    p = 1 / (len(alphabet) + 1)
    for n in range(order):
        seen = follow[n].get(tuple(padded[len(padded) - n :]), Counter())
        if seen:
            p = (seen[character] + len(seen) * p) / (seen.total() + len(seen))
    return p


@pytest.mark.parametrize("order", (1, 2, 3, 5))
@pytest.mark.parametrize("before", ("", "t", "the ca", "zzz", "the Xat", "hat!"))
def test_the_probabilities_sum_to_one_and_are_the_formulas(order, before):
    p = CharNGram(order).fit(TEXTS).next_character(before)
    assert sum(p.values()) == pytest.approx(1, abs=1e-12) and min(p.values()) > 0
    for character in p:
        assert p[character] == pytest.approx(by_loops(order, TEXTS, before, character), rel=1e-12), character


@pytest.mark.parametrize("order", (1, 3, 5))
def test_a_texts_log_probs_are_those_of_its_characters_one_by_one(order):
    model = CharNGram(order).fit(TEXTS)
    texts = ["the hat", "zebra", "a"]
    wanted = [math.log(model.next_character(text[:at]).get(text[at], model.next_character(text[:at])[""]))
              for text in texts for at in range(len(text))]
    torch.testing.assert_close(model.log_probs(texts), torch.tensor(wanted, dtype=torch.float64))


def test_one_character_is_known_in_closed_form():
    """P(a) = (N(a) + T / V) / (N + T): three a, one b, an alphabet of a, b and any other."""
    p = CharNGram(1).fit(["aaab"]).next_character("")
    assert p == pytest.approx({"a": (3 + 2 / 3) / 6, "b": (1 + 2 / 3) / 6, "": (2 / 3) / 6})


def test_random_letters_cost_their_entropy_and_repetition_next_to_nothing():
    rng = random.Random(0)
    noise = "".join(rng.choice("abcdefgh") for _ in range(40_000))
    bits = -CharNGram(2).fit([noise[:30_000]]).log_probs([noise[30_000:]]).mean().item() / math.log(2)
    assert bits == pytest.approx(3, abs=0.02)
    again = CharNGram(5).fit(["abcde" * 2000])
    assert -again.log_probs(["abcde" * 20]).mean().item() < 0.02


def test_texts_do_not_run_into_each_other():
    """Nothing ever follows a b, so what is left after it is the share of each character alone."""
    texts = ["ab"] * 50 + ["cd"] * 50
    assert CharNGram(3).fit(texts).next_character("b") == pytest.approx(CharNGram(1).fit(texts).next_character(""))


@pytest.mark.parametrize("call, message", [
    (lambda: CharNGram(0), "order: got 0"), (lambda: CharNGram(9), "order: got 9"),
    (lambda: CharNGram(2).fit("abc"), "texts: got 'abc'"), (lambda: CharNGram(2).fit(["", ""]), "texts: got"),
    (lambda: CharNGram(2).log_probs(["a"]), "model: got no counts yet"),
    (lambda: CharNGram(2).next_character("a"), "model: got no counts yet"),
    (lambda: CharNGram(2).fit(["a"]).log_probs([]), "texts: got"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
