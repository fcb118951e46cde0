"""Lab 13, BERT and GPT: the merge of a tokenizer, bits per character, the two masks, attention, and the two losses."""

from . import (
    attention_mask,
    bits_per_character,
    hunt_next_token_loss,
    mask_tokens,
    merge_pair,
    next_token_loss,
    self_attention,
)

EXERCISES = (
    merge_pair.EXERCISE, bits_per_character.EXERCISE, attention_mask.EXERCISE, self_attention.EXERCISE,
    next_token_loss.EXERCISE, mask_tokens.EXERCISE, hunt_next_token_loss.EXERCISE,
)
