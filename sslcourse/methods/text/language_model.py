"""Two pretext tasks for text: predict the next token (GPT), or the tokens that are hidden (BERT).

The network is the same, `models.TextTransformer`; what a token may look at and what the loss asks differ.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ... import expect, models
from ...losses import next_token_loss
from .bpe import MASK, PAD


def _check_mask_tokens(tokens, mask_id, vocab_size, specials, share):
    expect.tensor(tokens, "tokens", ("N", "T"))
    expect.that(tokens.dtype == torch.int64, "tokens", tokens, "int64")
    expect.integer(specials, "specials", at_least=0)
    expect.integer(vocab_size, "vocab_size", at_least=specials + 1)
    expect.integer(mask_id, "mask_id", at_least=0, at_most=vocab_size - 1)
    expect.number(share, "share", at_least=0, at_most=1)


@expect.checked(_check_mask_tokens)
def mask_tokens(
    tokens: Tensor, mask_id: int, vocab_size: int, specials: int = 3, share: float = 0.15
) -> tuple[Tensor, Tensor]:
    """BERT's question and its answer: (inputs, labels), both (N, T), int64.

    Each token is chosen with probability `share`, by itself. Of the chosen ones 80% become [MASK], 10% a token drawn at
    random, and 10% stay as they are; labels hold the chosen tokens, and −100 everywhere else, which PyTorch's
    cross-entropy leaves out. Devlin et al. (2019), section 3.1, "Masked LM".

    tokens       (N, T), int64; ids below `specials` stand for no text: they are never chosen, and never drawn
    mask_id      the id of [MASK]
    vocab_size   V: a random token is drawn evenly from [specials, V)

    ValueError: wrong shape or type, a share outside [0, 1], no token but specials in the vocabulary.

    >>> inputs, labels = mask_tokens(torch.full((1, 6), 7), mask_id=1, vocab_size=9, share=1.0)
    >>> labels
    tensor([[7, 7, 7, 7, 7, 7]])
    """
    chosen = (torch.rand(tokens.shape, device=tokens.device) < share) & (tokens >= specials)
    labels = tokens.masked_fill(~chosen, -100)

    fate = torch.rand(tokens.shape, device=tokens.device)               # of the chosen: 80%, 10%, 10%
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    random = torch.randint(specials, vocab_size, tokens.shape, device=tokens.device)
    inputs = torch.where(chosen & (fate >= 0.8) & (fate < 0.9), random, inputs)
    return inputs, labels


class _LanguageModel(nn.Module):
    """What both have in common: a transformer, and features of whole texts."""

    def __init__(self, model: models.TextTransformer, *, causal: bool):
        super().__init__()
        fits = isinstance(model, models.TextTransformer)
        came = expect.Words(f"one with causal={model.causal}") if fits else model
        expect.that(fits and model.causal == causal, "model", came, f"a TextTransformer with causal={causal}")
        self.model = model
        self.num_features = model.num_features

    def encode(self, tokens: Tensor) -> Tensor:
        """The mean over a text's tokens, padding left out: (N, T) -> (N, D)."""
        padding = tokens == PAD
        x = self.model.forward_features(tokens, padding if bool(padding.any()) else None)
        there = (~padding).to(x.dtype)[:, :, None]                      # (N, T, 1)
        return (x * there).sum(dim=1) / there.sum(dim=1).clamp(min=1)


class CausalLM(_LanguageModel):
    """GPT (Radford et al., 2018): each token from those before it.

        loss   −mean over rows and places t ≥ 1 of log p(token_t | tokens before t), `next_token_loss`
        predicts   the next token
        from       the tokens before it
        collapse   the text is given, so one answer for all is wrong
        parts      none

    model   a `models.TextTransformer` with causal=True. Raises ValueError for any other.

    >>> gpt = CausalLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2))
    >>> tokens = torch.randint(3, 50, (4, 8))
    >>> gpt.loss(tokens).shape, gpt.encode(tokens).shape
    (torch.Size([]), torch.Size([4, 16]))
    """

    def __init__(self, model: models.TextTransformer):
        super().__init__(model, causal=True)

    def loss(self, tokens: Tensor) -> Tensor:
        """`next_token_loss` of rows of a text, (N, T), without padding."""
        return next_token_loss(self.model(tokens), tokens)


class MaskedLM(_LanguageModel):
    """BERT (Devlin et al., 2019, arXiv:1810.04805), without its second task: hidden tokens from all the others.

        inputs, labels = mask_tokens(tokens)
        loss             −mean over the chosen places t of log p(token_t | inputs)
        predicts         hidden tokens
        from             the tokens around them
        collapse         the text is given, so one answer for all is wrong
        parts            masks

    model   a TextTransformer with causal=False. Raises ValueError for any other.
    share   of the tokens that are chosen, 15% in the paper

    >>> bert = MaskedLM(models.TextTransformer(50, max_length=8, width=16, depth=1, heads=2, causal=False))
    >>> tokens = torch.randint(3, 50, (4, 8))
    >>> bert.loss(tokens).shape, bert.encode(tokens).shape
    (torch.Size([]), torch.Size([4, 16]))
    """

    def __init__(self, model: models.TextTransformer, *, share: float = 0.15):
        super().__init__(model, causal=False)
        expect.number(share, "share", at_least=0.01, at_most=1)
        self.share = share

    def loss(self, tokens: Tensor) -> Tensor:
        """Mean cross-entropy at the chosen places of rows of a text, (N, T); 0 should none be chosen."""
        inputs, labels = mask_tokens(tokens, MASK, self.model.vocab_size, share=self.share)
        labels = labels.flatten()
        chosen = (labels != -100).nonzero().squeeze(1)                                  # (M,)
        features = self.model.forward_features(inputs).flatten(0, 1)[chosen]            # (M, D): no need to ask elsewhere
        return F.cross_entropy(self.model.logits(features), labels[chosen], reduction="sum") / max(len(chosen), 1)
