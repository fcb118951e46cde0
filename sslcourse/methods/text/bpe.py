"""Byte-pair encoding: words cut into the pieces that are frequent (Sennrich et al., 2016, arXiv:1508.07909).

`most_frequent_pair` and `merge_pair` are the two lines of the paper's algorithm 1, to be read and written; `train_bpe`
does the same with the Hugging Face library `tokenizers`, whose inner loop is compiled.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from ... import expect

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: the tokens that stand for no text: their ids are 0, 1 and 2
SPECIALS = ("[PAD]", "[MASK]", "[START]")
PAD, MASK, START = range(len(SPECIALS))

Words = Mapping[tuple[str, ...], int]


def most_frequent_pair(words: Words) -> tuple[str, str]:
    """The two neighbouring symbols that stand side by side most often, each word counted as often as it occurs.

    words   {a word as its symbols: how often it occurs}
    Of pairs that are equally frequent, the first in alphabetical order. ValueError where no word has two symbols left.

    >>> most_frequent_pair({("l", "o", "w"): 5, ("n", "e", "w"): 6, ("n", "e", "s", "t"): 2})
    ('n', 'e')
    """
    counts: Counter[tuple[str, str]] = Counter()
    for symbols, count in words.items():
        for pair in zip(symbols, symbols[1:]):
            counts[pair] += count
    expect.that(bool(counts), "words", expect.Words("no word of two symbols"), "a word that can still be merged")
    return min(counts, key=lambda pair: (-counts[pair], pair))


def _check_merge_pair(words, pair):
    expect.that(isinstance(words, Mapping), "words", words, "a dict from words to counts")
    expect.that(isinstance(pair, tuple) and len(pair) == 2, "pair", pair, "a tuple of two symbols")


@expect.checked(_check_merge_pair)
def merge_pair(words: Words, pair: tuple[str, str]) -> dict[tuple[str, ...], int]:
    """Every word again, with each occurrence of `pair` written as one symbol.

    words   {a word as its symbols: how often it occurs}; it is left as it was
    pair    the two symbols to join, a tuple. A word is read from left to right, and a symbol is joined once: with the pair
            (a, a), the word a a a becomes aa a.

    >>> merge_pair({("l", "o", "w"): 5, ("n", "e", "w"): 6}, ("n", "e"))
    {('l', 'o', 'w'): 5, ('ne', 'w'): 6}
    """
    merged = {}
    for symbols, count in words.items():
        out, i = [], 0
        while i < len(symbols):
            if symbols[i : i + 2] == pair:
                out.append(symbols[i] + symbols[i + 1])
                i += 2
            else:
                out.append(symbols[i])
                i += 1
        merged[tuple(out)] = merged.get(tuple(out), 0) + count
    return merged


def _check_texts(texts: Sequence[str]) -> None:
    expect.that(not isinstance(texts, str) and len(texts) > 0, "texts", texts, "a list of one text or more")


def train_bpe(texts: Sequence[str], vocab_size: int = 2000) -> Tokenizer:
    """A byte-level tokenizer as GPT-2's, by the library `tokenizers`; the same texts give the same tokens.

    The first ids are `SPECIALS`, then the 256 bytes, so that any text can be written and read back exactly, then what
    was merged. A word keeps the space before it, which is written Ġ; a line break is Ċ. ValueError for no text, or a
    vocabulary that has no room for the bytes.

    >>> tokenizer = train_bpe(["the cat and the hat and the rat"] * 5, vocab_size=270)
    >>> tokenizer.encode("the cat, décoiffé").tokens[:2], tokenizer.decode(tokenizer.encode("the cat, décoiffé").ids)
    (['the', 'Ġcat'], 'the cat, décoiffé')
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    least = len(SPECIALS) + 256
    expect.integer(vocab_size, "vocab_size", at_least=least)
    _check_texts(texts)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.encode_special_tokens = True  # "[MASK]" in a text is six letters, so that it is read back
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIALS), show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator((part for text in texts for part in paragraphs(text)), trainer)
    return tokenizer


def paragraphs(text: str) -> list[str]:
    """Cut a text into its paragraphs, each with the empty line that ends it; joined, they are `text` again.

    The library is much faster on many short texts than on one of a million letters.

    >>> paragraphs("One.\\n\\nTwo.\\nStill two.")
    ['One.\\n\\n', 'Two.\\nStill two.']
    """
    expect.that(isinstance(text, str), "text", text, "a string")
    return [part for part in re.split(r"(?<=\n\n)", text) if part]


def token_stream(tokenizer: Tokenizer, texts: Sequence[str]) -> Tensor:
    """All texts one after the other as token ids, (T,), int64, each begun with [START].

    >>> tokenizer = train_bpe(["a rat"], vocab_size=259)
    >>> token_stream(tokenizer, ["a a", "a"]).tolist().count(START)
    2
    """
    _check_texts(texts)
    return torch.tensor([token for ids in _token_ids(tokenizer, texts) for token in (START, *ids)], dtype=torch.int64)


def token_rows(tokenizer: Tokenizer, texts: Sequence[str], length: int) -> Tensor:
    """One row a text, (N, length), int64: [START], the text's first tokens, and [PAD] where it has no more.

    >>> token_rows(train_bpe(["a rat"], vocab_size=259), ["aa", ""], length=4)
    tensor([[ 2, 67, 67,  0],
            [ 2,  0,  0,  0]])
    """
    expect.integer(length, "length", at_least=1)
    _check_texts(texts)
    rows = torch.full((len(texts), length), PAD, dtype=torch.int64)
    for row, ids in zip(rows, _token_ids(tokenizer, texts)):
        ids = [START, *ids][:length]
        row[: len(ids)] = torch.tensor(ids)
    return rows


def _token_ids(tokenizer: Tokenizer, texts: Sequence[str]) -> list[list[int]]:
    """The ids of each text, cut paragraph by paragraph, so that a stream and a row hold the same tokens of a text.

    "[MASK]" written in a text is six letters and no special token, also for a tokenizer that comes from a file, where
    this setting is not kept.
    """
    tokenizer.encode_special_tokens = True
    parts = [paragraphs(text) for text in texts]
    encoded = iter(tokenizer.encode_batch_fast([part for own in parts for part in own]))
    return [[token for _ in own for token in next(encoded).ids] for own in parts]
