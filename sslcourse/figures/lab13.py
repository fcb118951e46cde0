"""Lab 13's drawings: books, tokens, who may look at whom, what is masked. Its panels and its bars stand beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch

from .. import methods, plots, runtime
from .lab13_scores import bits_and_time, downstream, expected, found_hidden, seven, two_losses
from .lab13_text import attention, fill, writing
from .lab13_tokens import as_read, looks, merges, spelled, tokens

__all__ = [
    "as_read", "attention", "bits_and_time", "downstream", "expected", "fill", "found_hidden", "go_on", "masked_sentence",
    "masks", "merges", "seven", "shares", "tokens", "two_losses", "writing",
]


def shares(books) -> None:
    """A bar for each book: its share of all characters that are read."""
    whole = sum(map(len, books.texts))
    found = {title: len(text) / whole for title, text in zip(books.titles, books.texts)}
    found = dict(sorted(found.items(), key=lambda item: -item[1]))
    figure, axis = plots.new_figure(width=8.4, height=3.9)
    plots.bars(axis, found, x="share of all characters that are read", format=".1%")
    plots.show(figure, alt=f"{len(found)} books by their share of the characters that are read: " + ", ".join(
        f"{title} {share:.1%}" for title, share in found.items()) + ".")


def go_on(titles: Sequence[str], unread: Sequence[str], places: Sequence[tuple[int, int]], length: int = 150) -> None:
    """The beginning of a few unread passages, each up to the place where somebody has to guess."""
    for book, start in places:
        text = " ".join(unread[book].split())[start:start + length]
        print(f"{titles[book]}:  … {text}▮\n")


def masks(tokenizer, attention_mask: Callable, sentence: str = "The white whale was seen", padding: int = 2) -> None:
    """The mask of a sentence with padding after it, GPT's and BERT's."""
    symbols = tokenizer.encode(sentence, add_special_tokens=False).tokens
    names = [spelled(as_read(symbol)) for symbol in symbols] + ["[PAD]"] * padding
    padded = torch.arange(len(names))[None] >= len(symbols)
    figure, axes = plots.new_figure(1, 2, width=9.4, height=4.4)
    for axis, causal in zip(axes, (True, False)):
        title = "GPT: back only" if causal else "BERT: both ways"
        looks(axis, attention_mask(padded, causal)[0, 0].int(), names, title, vmax=1.6)
    plots.show(figure, alt=(
        f"Two tables of who may look at whom, for {', '.join(names)}. GPT: the lower triangle. BERT: everything. In both, "
        "the columns of padding are empty but for the diagonal."
    ))


def masked_sentence(tokenizer, mask_tokens: Callable, sentence: str, share: float, seed: int = 4) -> None:
    """A sentence as BERT reads it: what is chosen has a color, by what has become of it."""
    ids = torch.tensor([tokenizer.encode(sentence).ids])
    with runtime.seeded(seed):
        inputs, labels = mask_tokens(ids, methods.bpe.MASK, tokenizer.get_vocab_size(), share=share)
    shown, fills = [], []
    for asked, label, was in zip(inputs[0].tolist(), labels[0].tolist(), ids[0].tolist()):
        masked = asked == methods.bpe.MASK
        shown.append(" [MASK]" if masked else tokenizer.decode([asked]))
        fills.append(None if label == -100 else "#ffd694" if masked else "#cfe2f3" if asked == was else "#f3c1b8")
    chosen = int((labels != -100).sum())
    figure = plots.words(shown, fills, title="Chosen: [MASK] (orange), a random token (red), left as it was (blue)")
    plots.show(figure, alt=(
        f"A sentence of {ids.shape[1]} tokens of which {chosen} are chosen; as the network reads it: {''.join(shown)}"
    ))
