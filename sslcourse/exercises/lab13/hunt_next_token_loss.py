"""Bug hunt in lab 13: a loss that is nearly right for long rows."""

from __future__ import annotations

from torch.nn import functional as F

from .. import engine
from .next_token_loss import EXERCISE as NEXT_TOKEN_LOSS


def hunt_next_token_loss(logits, tokens):
    said = logits.flatten(0, 1)[:-1]
    asked = tokens.flatten()[1:]
    return F.cross_entropy(said, asked)


EXERCISE = engine.hunt(
    NEXT_TOKEN_LOSS, hunt_next_token_loss, title="Nearly right for long rows",
    hints=("Write down, for two rows of three tokens, which place is asked for which token. Is each question a fair one?",
           "How many questions are asked of N rows of T tokens here, and how many should it be? Which are too many?",
           "Cut within each row first, `logits[:, :-1]` and `tokens[:, 1:]`, and flatten then."),
)
