"""Bits per character, windows over a long text, hidden tokens, and writing."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import methods, models, runtime
from sslcourse.methods import CausalLM, MaskedLM, bits_per_character, guess_hidden, next_token, sample, token_log_probs
from sslcourse.methods.text.bpe import MASK

V, L = 15, 8


def lm(causal=True):
    with runtime.seeded(0):
        model = models.TextTransformer(V, L, width=16, depth=2, heads=2, causal=causal)
        for p in model.parameters():
            p.data += 0.2 * torch.randn_like(p)
    return (CausalLM if causal else MaskedLM)(model)


def stream(length, seed=0):
    return torch.randint(3, V, (length,), generator=torch.Generator().manual_seed(seed))


def test_bits_of_a_fair_coin_and_of_certainty():
    assert bits_per_character(torch.full((10,), math.log(0.5), dtype=torch.float64), 10) == pytest.approx(1)
    assert bits_per_character(torch.zeros(5), 3) == 0
    assert bits_per_character(torch.full((4,), -math.log(256.0)), 8) == pytest.approx(4)        # 4 bytes, 8 characters


@pytest.mark.parametrize("length", (2, 5, 8, 9, 12, 13, 30, 31))
def test_every_token_is_judged_once_with_the_longest_context_that_its_window_has(length):
    gpt, text = lm(), stream(length)
    found = token_log_probs(gpt, text, batch_size=3)
    assert found.shape == (length - 1,)
    window, step = min(L, length), max(1, min(L, length) // 2)
    starts = [*range(0, length - window, step), length - window]
    for at in range(1, length):
        start = next(s for s in starts if s + window > at)              # the first window that reaches it
        with torch.no_grad():
            wanted = gpt.model(text[None, start:at])[0, -1].log_softmax(dim=0)[text[at]]
        assert found[at - 1].item() == pytest.approx(wanted.item(), abs=1e-4)
        assert at - start >= min(at, step)


@pytest.mark.parametrize("causal", (True, False))
def test_what_is_hidden_stays_hidden(causal):
    model, rows = lm(causal), stream(48).view(6, 8)
    other = rows.clone()
    other[:, 4] = (rows[:, 4] - 2) % (V - 3) + 3
    first = guess_hidden(model, rows, 4, batch_size=4)
    assert first.shape == (6, V) and torch.allclose(first.exp().sum(dim=1), torch.ones(6), atol=1e-5)
    torch.testing.assert_close(first, guess_hidden(model, other, 4))
    other = rows.clone()
    other[:, 6] = (rows[:, 6] - 2) % (V - 3) + 3                        # to the right: BERT reads it, GPT does not
    assert torch.allclose(first, guess_hidden(model, other, 4), atol=1e-6) == causal


def test_bert_gets_a_mask_there_and_gpt_the_left_side():
    bert, gpt, rows = lm(False), lm(True), stream(16).view(2, 8)
    masked = rows.clone()
    masked[:, 3] = MASK
    with torch.no_grad():
        torch.testing.assert_close(guess_hidden(bert, rows, 3), bert.model(masked)[:, 3].log_softmax(dim=1))
        torch.testing.assert_close(guess_hidden(gpt, rows, 3), gpt.model(rows)[:, 2].log_softmax(dim=1),
                                   rtol=1e-4, atol=1e-5)


def test_temperature_and_top_k():
    logits = torch.tensor([2.0, 1.0, 0.0, -1.0])
    torch.testing.assert_close(next_token(logits), logits.softmax(dim=0))
    torch.testing.assert_close(next_token(logits, 2.0), (logits / 2).softmax(dim=0))
    torch.testing.assert_close(next_token(logits, top_k=2), torch.tensor([math.e, 1, 0, 0]) / (math.e + 1))
    torch.testing.assert_close(next_token(logits, top_k=99), logits.softmax(dim=0))
    assert next_token(logits, 0.01).max() > 0.999


def test_writing_goes_on_from_what_is_there_and_draws_no_special():
    gpt, begun = lm(), stream(3)
    with runtime.seeded(0):
        text = sample(gpt, begun, 300, temperature=3.0)
    assert len(text) == 303 and torch.equal(text[:3], begun) and text.min() >= 3
    with runtime.seeded(0):
        assert torch.equal(text, sample(gpt, begun, 300, temperature=3.0))


def test_top_1_takes_the_likeliest_each_time():
    gpt, text = lm(), stream(2)
    written = sample(gpt, text, 12, top_k=1)
    for at in range(2, 14):
        with torch.no_grad():
            logits = gpt.model(written[None, max(0, at - L):at])[0, -1]
        assert written[at] == logits[3:].argmax() + 3


@pytest.mark.parametrize("call, message", [
    (lambda: bits_per_character(torch.zeros(2, 2), 3), "log_probs"),
    (lambda: bits_per_character(torch.tensor([0.5]), 3), "log_probs: got NaN or a number above 0"),
    (lambda: bits_per_character(torch.tensor([float("nan")]), 3), "log_probs: got NaN"),
    (lambda: bits_per_character(torch.zeros(2), 0), "characters: got 0"),
    (lambda: token_log_probs(lm(False), stream(9)), "gpt: .*CausalLM"),
    (lambda: token_log_probs(lm(), stream(1)), "stream: .*two or more"),
    (lambda: guess_hidden(lm(), stream(8)[None], 0), "place: got 0"),
    (lambda: guess_hidden(lm(False), stream(8)[None], 8), "place: got 8"),
    (lambda: next_token(torch.zeros(3), temperature=0), "temperature: got 0"),
    (lambda: next_token(torch.zeros(3), top_k=0), "top_k: got 0"),
    (lambda: sample(lm(False), stream(3), 2), "gpt: .*CausalLM"),
    (lambda: sample(lm(), stream(3), 0), "steps: got 0"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_names():
    assert methods.bits_per_character is bits_per_character
