"""What a language model makes of a text that it never read: bits per character, and hidden tokens found."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from ... import expect
from .bpe import MASK
from .language_model import CausalLM, MaskedLM


def _check_bits_per_character(log_probs, characters):
    expect.tensor(log_probs, "log_probs", ("M",))
    expect.that(log_probs.is_floating_point(), "log_probs", log_probs, "floating point")
    odd = expect.Words("NaN or a number above 0")
    expect.that(bool((log_probs <= 1e-4).all()), "log_probs", odd, "logarithms of probabilities, all ≤ 0")
    expect.integer(characters, "characters", at_least=1)


@expect.checked(_check_bits_per_character)
def bits_per_character(log_probs: Tensor, characters: int) -> float:
    """How many bits a model needs for each character of a text, so that models with different tokens compare.

    log_probs    (M,), ln p of each of the text's tokens, given what came before it
    characters   how many characters the text has; a token may stand for several

    Shannon's code needs −log₂ p bits for what has probability p (Shannon, 1948): all tokens' bits, shared out over the
    characters. ValueError: another shape, NaN, a probability above 1, fewer than one character.

    >>> bits_per_character(torch.tensor([0.5, 0.25], dtype=torch.float64).log(), characters=6)      # 1 bit and 2 bits
    0.5
    """
    return -log_probs.double().sum().item() / math.log(2) / characters


@torch.no_grad()
def token_log_probs(gpt: CausalLM, stream: Tensor, *, batch_size: int = 32) -> Tensor:
    """ln p of every token of a text but the first, given those before it: (T,) -> (T − 1,), float32 on the CPU.

    The text is read in windows of the model's full length L, each half a window further on. Of a window only the tokens
    count that no earlier window has judged, so that each has at least L / 2 tokens before it (but near the beginning).
    ValueError: a stream that is not (T,) int64, or of fewer than two tokens.

    >>> from sslcourse import models
    >>> gpt = CausalLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2))
    >>> log_p = token_log_probs(gpt, torch.randint(3, 50, (20,)))
    >>> log_p.shape, bool((log_p < 0).all())
    (torch.Size([19]), True)
    """
    expect.that(isinstance(gpt, CausalLM), "gpt", expect.Words(f"a {type(gpt).__name__}"), "a CausalLM")
    expect.tensor(stream, "stream", ("T",))
    expect.that(stream.dtype == torch.int64 and len(stream) >= 2, "stream", stream, "two or more int64 token ids")
    model, length = gpt.model, min(gpt.model.max_length, len(stream))
    step = max(1, length // 2)
    starts = list(range(0, len(stream) - length, step)) + [len(stream) - length]
    where = next(model.parameters()).device
    found = torch.empty(len(stream) - 1)
    known = 0                                                           # tokens judged so far
    for batch in (starts[i : i + batch_size] for i in range(0, len(starts), batch_size)):
        rows = torch.stack([stream[start : start + length] for start in batch]).to(where)
        log_p = model(rows[:, :-1]).float().log_softmax(dim=2)
        log_p = log_p.gather(2, rows[:, 1:, None])[:, :, 0].cpu()       # (B, L − 1)
        for start, row in zip(batch, log_p):
            found[known : start + length - 1] = row[known - start :]
            known = start + length - 1
    return found


@torch.no_grad()
def guess_hidden(lm: CausalLM | MaskedLM, tokens: Tensor, place: int, *, batch_size: int = 64) -> Tensor:
    """What a model expects at one place of each row, the token there hidden from it: ln p, (N, T) -> (N, V).

    BERT gets [MASK] there and reads both sides. GPT reads what is to the left, so `place` is at least 1 for it.
    ValueError: another shape, a place outside the row.

    >>> from sslcourse import models
    >>> bert = MaskedLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2, causal=False))
    >>> log_p = guess_hidden(bert, torch.randint(3, 50, (4, 8)), place=5)
    >>> log_p.shape, torch.allclose(log_p.exp().sum(dim=1), torch.ones(4))
    (torch.Size([4, 50]), True)
    """
    came = expect.Words(f"a {type(lm).__name__}")
    expect.that(isinstance(lm, CausalLM | MaskedLM), "lm", came, "a CausalLM or a MaskedLM")
    expect.tensor(tokens, "tokens", ("N", "T"))
    expect.integer(place, "place", at_least=1 if lm.model.causal else 0, at_most=tokens.shape[1] - 1)
    where = next(lm.parameters()).device
    found = []
    for rows in tokens.split(batch_size):
        if lm.model.causal:
            logits = lm.model.logits(lm.model.forward_features(rows[:, :place].to(where))[:, -1])
        else:
            rows = rows.clone()
            rows[:, place] = MASK
            logits = lm.model.logits(lm.model.forward_features(rows.to(where))[:, place])
        found.append(logits.float().log_softmax(dim=1).cpu())
    return torch.cat(found)


def next_token(logits: Tensor, temperature: float = 1.0, top_k: int | None = None) -> Tensor:
    """The distribution that the next token is drawn from: (V,) logits -> (V,) probabilities.

    temperature   the logits are divided by it: below 1 the likely gets likelier, above 1 all get more alike
    top_k         only the k likeliest keep their share (Fan et al., 2018, arXiv:1805.04833); None for all

    >>> next_token(torch.tensor([2.0, 1.0, -3.0]), top_k=2).tolist()[2]
    0.0
    """
    expect.tensor(logits, "logits", ("V",))
    expect.positive(temperature, "temperature")
    logits = logits.float() / temperature
    if top_k is not None:
        expect.integer(top_k, "top_k", at_least=1)
        best = logits.topk(min(top_k, len(logits)))
        logits = torch.full_like(logits, -math.inf).index_copy(0, best.indices, best.values)
    return logits.softmax(dim=0)


@torch.no_grad()
def sample(
    gpt: CausalLM, tokens: Tensor, steps: int, *, temperature: float = 1.0, top_k: int | None = None, specials: int = 3
) -> Tensor:
    """Let a language model go on writing: (T,) token ids -> (T + steps,), each drawn from `next_token`, then read.

    Draws from torch's global generator. Ids below `specials` stand for no text and are never drawn. The model reads the
    last `max_length` tokens. ValueError: no token to begin with, no CausalLM, a temperature that is not above 0.

    >>> from sslcourse import models
    >>> gpt = CausalLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2))
    >>> written = sample(gpt, torch.tensor([7, 8, 9]), steps=10)
    >>> written[:3].tolist(), len(written), bool((written >= 3).all())
    ([7, 8, 9], 13, True)
    """
    expect.that(isinstance(gpt, CausalLM), "gpt", expect.Words(f"a {type(gpt).__name__}"), "a CausalLM")
    expect.tensor(tokens, "tokens", ("T",))
    expect.integer(steps, "steps", at_least=1)
    where = next(gpt.parameters()).device
    tokens = tokens.to(where)
    for _ in range(steps):
        features = gpt.model.forward_features(tokens[None, -gpt.model.max_length :])[0, -1]
        logits = gpt.model.logits(features).float()
        logits[:specials] = -math.inf
        drawn = next_token(logits, temperature, top_k).multinomial(1)
        tokens = torch.cat([tokens, drawn])
    return tokens.cpu()
