"""What `mask_tokens` is tried on, and how an answer to it is judged: by shares, since chance draws other tokens each time."""

from __future__ import annotations

import torch
from torch import Tensor

from ..chance import about
from ..engine import RIGHT, Wrong


def mask_tokens_cases() -> dict[str, tuple]:
    def rows(n: int, t: int, v: int, specials: int, seed: int, padded: bool = True) -> Tensor:
        generator = torch.Generator().manual_seed(seed)
        tokens = torch.randint(specials, v, (n, t), generator=generator)
        if padded and specials:
            tokens[torch.rand(n, t, generator=generator) < 0.2] = 0
        return tokens

    return {
        "rows with padding": (rows(200, 100, 30, 3, seed=0), 1, 30, 3, 0.15),
        "other special tokens, half of all chosen": (rows(30, 64, 40, 5, seed=1), 4, 40, 5, 0.5),
        "every token chosen": (rows(25, 80, 25, 4, seed=2), 2, 25, 4, 1.0),
        "few chosen": (rows(120, 100, 60, 3, seed=3), 1, 60, 3, 0.08),
        "nothing chosen": (rows(4, 10, 20, 3, seed=4), 1, 20, 3, 0.0),
        "few words": (rows(60, 100, 7, 3, seed=6), 2, 7, 3, 0.5),
        "no padding": (rows(50, 60, 35, 6, seed=5, padded=False), 5, 35, 6, 0.3),
    }


def judged(function, tokens: Tensor, mask_id: int, vocab_size: int, specials: int, share: float) -> object:
    """RIGHT for what chance allows: right answers draw different tokens, so that they cannot be compared one by one."""
    before = tokens.clone()
    out = function(tokens, mask_id, vocab_size, specials, share)
    right = _comparable(out, before) and _right(*out, before, mask_id, vocab_size, specials, share)
    return RIGHT if right else Wrong(out)


def _comparable(out: object, tokens: Tensor) -> bool:
    return isinstance(out, (tuple, list)) and len(out) == 2 and all(
        isinstance(part, Tensor) and part.shape == tokens.shape and part.dtype == tokens.dtype for part in out)


def _right(inputs: Tensor, labels: Tensor, tokens: Tensor, mask_id: int, vocab_size: int, specials: int,
           share: float) -> bool:
    words, chosen = tokens >= specials, labels != -100
    if bool((chosen & ~words).any()) or not about(chosen[words], share):
        return False
    if not (torch.equal(labels[chosen], tokens[chosen]) and torch.equal(inputs[~chosen], tokens[~chosen])):
        return False
    for along in (0, 1):                        # two neighbours are chosen together as often as chance says
        one, other = (chosen[1:], chosen[:-1]) if along == 0 else (chosen[:, 1:], chosen[:, :-1])
        both = words[1:] & words[:-1] if along == 0 else words[:, 1:] & words[:, :-1]
        if not about((one & other)[both], share**2):
            return False
    asked, answer = inputs[chosen], tokens[chosen]
    drawn = asked[(asked != mask_id) & (asked != answer)]
    alike = 0.1 / (vocab_size - specials)       # a random token may be the very one that was there
    if not (about(asked == mask_id, 0.8) and about(asked == answer, 0.1 + alike) and bool((drawn >= specials).all())):
        return False
    middle, each = (specials + vocab_size) // 2, 1 / (vocab_size - specials)         # drawn from all of the vocabulary
    ends = about(drawn == specials, each) and about(drawn == vocab_size - 1, each)
    return ends and bool((drawn < vocab_size).all()) and about(drawn >= middle, (vocab_size - middle) * each)
