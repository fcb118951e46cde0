"""Whole words as tokens: a list of those that some texts hold, and other texts as numbers in that list."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from ... import expect


class Vocabulary:
    """The words of some texts, the frequent ones first, then in alphabetical order; word 0 is none.

    texts   one string or more; words are what is left between spaces and punctuation, in lower case

    `rows` writes other texts in these words; one that is not among them is left out. `words` lists them, `len` counts them.
    `idf` (len,), float32, says how rare each is: log((1 + N) / (1 + n)) + 1 for a word that n of the N texts hold (Spärck
    Jones, 1972, smoothed as in scikit-learn), and 0 for word 0. Raises ValueError for no text.

    >>> vocabulary = Vocabulary(["red apple", "Red car!"])
    >>> vocabulary.words
    ('', 'red', 'apple', 'car')
    >>> vocabulary.idf.tolist()[:2]  # none, and a word that every text holds
    [0.0, 1.0]
    >>> vocabulary.rows(["a red, red car", "bus"], length=4).tolist()
    [[1, 1, 3, 0], [0, 0, 0, 0]]
    """

    def __init__(self, texts: Sequence[str]):
        _check(texts)
        counts = Counter(word for text in texts for word in self.split(text))
        self.words = ("", *sorted(counts, key=lambda word: (-counts[word], word)))
        held = Counter(word for text in texts for word in set(self.split(text)))
        n = torch.tensor([held[word] for word in self.words])
        self.idf = (((1 + len(texts)) / (1 + n)).log() + 1) * (n > 0)
        self._number = {word: number for number, word in enumerate(self.words) if number}

    def __len__(self) -> int:
        return len(self.words)

    @staticmethod
    def split(text: str) -> list[str]:
        """The words of a text, in lower case: letters and digits of any script."""
        return re.findall(r"[^\W_]+", text.lower())

    def rows(self, texts: Sequence[str], length: int) -> Tensor:
        """(N, length), int64: the numbers of each text's first known words, and 0 where it has no more."""
        expect.integer(length, "length", at_least=1)
        _check(texts)
        found = torch.zeros(len(texts), length, dtype=torch.int64)
        for row, text in zip(found, texts):
            numbers = [self._number[word] for word in self.split(text) if word in self._number][:length]
            row[: len(numbers)] = torch.tensor(numbers, dtype=torch.int64)
        return found


def _check(texts: Sequence[str]) -> None:
    fits = not isinstance(texts, str) and len(texts) > 0 and all(isinstance(text, str) for text in texts)
    expect.that(fits, "texts", texts, "a list of one text or more")
