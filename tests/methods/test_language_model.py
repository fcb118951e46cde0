"""GPT and BERT: the losses by plain loops, who is hidden how often, and features that padding does not change."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import evaluation, methods, models, runtime, training
from sslcourse.methods import CausalLM, MaskedLM, mask_tokens, next_token_loss
from sslcourse.methods.text.bpe import MASK, PAD

V, T = 20, 12


def network(causal, **kwargs):
    with runtime.seeded(0):
        return models.TextTransformer(V, T, **dict(width=16, depth=2, heads=2, causal=causal) | kwargs)


def tokens(n=4, t=T, seed=0):
    return torch.randint(3, V, (n, t), generator=torch.Generator().manual_seed(seed))


def test_next_token_loss_by_loops():
    logits, rows = torch.randn(3, 5, 7), torch.randint(7, (3, 5))
    total, count = 0.0, 0
    for n in range(3):
        for t in range(4):
            p = logits[n, t].double().exp() / logits[n, t].double().exp().sum()
            total, count = total - math.log(p[rows[n, t + 1]]), count + 1
    assert next_token_loss(logits, rows).item() == pytest.approx(total / count, rel=1e-5)


def test_a_uniform_guess_costs_the_logarithm_of_the_vocabulary():
    assert next_token_loss(torch.zeros(2, 6, 50), torch.randint(50, (2, 6))).item() == pytest.approx(math.log(50))


def test_the_last_places_logits_and_the_first_token_count_for_nothing():
    logits, rows = torch.randn(2, 5, 7), torch.randint(7, (2, 5))
    other_logits, other_rows = logits.clone(), rows.clone()
    other_logits[:, -1] += 5 * torch.randn(2, 7)
    other_rows[:, 0] = (rows[:, 0] + 1) % 7
    assert torch.equal(next_token_loss(logits, rows), next_token_loss(other_logits, other_rows))


def about(happened, chance):
    return abs(happened.double().mean().item() - chance) <= 6 * (chance * (1 - chance) / happened.numel()) ** 0.5 + 1e-9


@pytest.mark.parametrize("share", (0.0, 0.15, 0.6, 1.0))
def test_masking_is_80_10_10_of_the_share(share):
    rows = torch.randint(0, 300, (200, 100), generator=torch.Generator().manual_seed(5))
    before = rows.clone()
    with runtime.seeded(0):
        inputs, labels = mask_tokens(rows, 1, 300, specials=4, share=share)
    words, chosen = rows >= 4, labels != -100
    assert torch.equal(rows, before) and not bool(chosen[~words].any()) and about(chosen[words], share)
    assert torch.equal(labels[chosen], rows[chosen]) and torch.equal(inputs[~chosen], rows[~chosen])
    if share:
        asked, was = inputs[chosen], rows[chosen]
        assert about(asked == 1, 0.8) and about(asked == was, 0.1 + 0.1 / 296)
        drawn = asked[(asked != 1) & (asked != was)]
        assert drawn.min() >= 4 and about(drawn >= 152, 148 / 296) and len(drawn.unique()) > 100


def test_places_are_chosen_independently():
    rows = torch.full((300, 80), 9)
    with runtime.seeded(1):
        chosen = mask_tokens(rows, 1, 20)[1] != -100
    assert about(chosen[:, 1:] & chosen[:, :-1], 0.15**2) and about(chosen[1:] & chosen[:-1], 0.15**2)


def test_gpts_loss_is_that_of_its_logits():
    gpt, rows = CausalLM(network(True)), tokens()
    torch.testing.assert_close(gpt.loss(rows), next_token_loss(gpt.model(rows), rows))


def test_berts_loss_is_the_cross_entropy_at_the_chosen_places():
    bert, rows = MaskedLM(network(False), share=0.4), tokens(16)
    with runtime.seeded(3):
        loss = bert.loss(rows)
    with runtime.seeded(3):
        inputs, labels = mask_tokens(rows, MASK, V, share=0.4)
    logits = bert.model(inputs)
    wanted = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
    torch.testing.assert_close(loss, wanted)


def test_berts_loss_is_zero_and_trains_on_where_nothing_is_chosen():
    bert = MaskedLM(network(False))
    loss = bert.loss(torch.full((2, 5), PAD))   # padding is never chosen
    loss.backward()
    assert loss.item() == 0 and all(p.grad is None or p.grad.isfinite().all() for p in bert.parameters())


@pytest.mark.parametrize("causal", (True, False))
def test_features_are_the_mean_over_the_text_whatever_its_padding(causal):
    lm = (CausalLM if causal else MaskedLM)(network(causal)).eval()
    row = tokens(1, 5)
    padded = torch.cat([row, torch.full((1, T - 5), PAD)], dim=1)
    wanted = lm.model.forward_features(row).mean(dim=1)
    torch.testing.assert_close(lm.encode(row), wanted)
    torch.testing.assert_close(lm.encode(padded), wanted, rtol=1e-4, atol=1e-5)
    assert lm.encode(torch.full((1, 4), PAD)).isfinite().all() and lm.num_features == 16


@pytest.mark.slow
@pytest.mark.parametrize("causal", (True, False))
def test_training_learns_a_text_that_counts(causal):
    """Rows that count upwards: after a few steps the next number, or the hidden one, is nearly certain."""
    rows = (torch.arange(T)[None] + torch.arange(64)[:, None]) % (V - 3) + 3
    lm = (CausalLM if causal else MaskedLM)(network(causal))
    history = training.train(lm, rows, steps=150 if causal else 500, batch_size=32, lr=1e-2, bfloat16=False)
    assert history.recent() < (0.5 if causal else 0.7) * history.loss[0]


@pytest.mark.parametrize("causal", (True, False))
def test_fine_tuning_takes_token_ids(causal):
    """Two classes, told apart by one token; the encoder given stays as it was."""
    labels = torch.arange(40) % 2
    rows = tokens(40).masked_fill(tokens(40) == 5, 6)
    rows[labels == 1, 3] = 5
    lm = (CausalLM if causal else MaskedLM)(network(causal))
    before = {key: value.clone() for key, value in lm.state_dict().items()}
    tuned = evaluation.fine_tune(lm, rows, labels, epochs=20, batch_size=20, lr=1e-2, bfloat16=False)
    assert tuned.score(rows, labels) > 0.9
    assert all(torch.equal(value, before[key]) for key, value in lm.state_dict().items())


@pytest.mark.parametrize("call, message", [
    (lambda: CausalLM(network(False)), "model: .*causal=True"), (lambda: MaskedLM(network(True)), "model: .*causal=False"),
    (lambda: CausalLM("gpt"), "model: got 'gpt'"), (lambda: MaskedLM(network(False), share=0.0), "share: got 0.0"),
    (lambda: next_token_loss(torch.zeros(2, 3), tokens(2, 3)), "logits"),
    (lambda: next_token_loss(torch.zeros(2, 3, V), tokens(2, 4)), "tokens"),
    (lambda: next_token_loss(torch.zeros(2, 1, V), tokens(2, 1)), "tokens: .*two tokens or more"),
    (lambda: next_token_loss(torch.zeros(2, 3, 4), tokens(2, 3)), "tokens: .*labels in"),
    (lambda: mask_tokens(tokens().float(), 1, V), "tokens: .*int64"),
    (lambda: mask_tokens(tokens()[0], 1, V), "tokens"), (lambda: mask_tokens(tokens(), V, V), "mask_id: got 20"),
    (lambda: mask_tokens(tokens(), 1, V, share=1.5), "share: got 1.5"),
    (lambda: mask_tokens(tokens(), 1, 3), "vocab_size: got 3"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_the_output_layer_alone_gives_the_logits():
    for tie in (True, False):
        net = network(True, tie_weights=tie)
        torch.testing.assert_close(net.logits(net.forward_features(tokens())), net(tokens()))


def test_the_public_mask_refuses_what_is_no_mask():
    with pytest.raises(ValueError, match="padding_mask: .*bool"):
        models.attention_mask(torch.zeros(2, 3), causal=True)
    with pytest.raises(ValueError, match="padding_mask"):
        models.attention_mask(torch.zeros(3, dtype=torch.bool), causal=True)


def test_methods_names():
    assert methods.CausalLM is CausalLM and methods.mask_tokens is mask_tokens


def test_a_row_of_two_tokens_has_one_to_predict():
    """The shortest that there is; of one token nothing is left to say."""
    logits = torch.randn(3, 2, 5, generator=torch.Generator().manual_seed(0))
    tokens = torch.tensor([[0, 4], [1, 3], [2, 2]])
    wanted = -logits[:, 0].log_softmax(dim=1)[torch.arange(3), tokens[:, 1]].mean()
    torch.testing.assert_close(methods.next_token_loss(logits, tokens), wanted)
