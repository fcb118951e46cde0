"""Counting characters: an n-gram model with Witten–Bell's interpolation, what a language model has to beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ... import expect

_EDGE = 0                                       # stands before a text's first character; it is never predicted


class CharNGram:
    """P(c | the n − 1 characters before it), from counts; where a context is rare, from shorter ones.

    Witten–Bell's interpolation (Witten & Bell, 1991; in the form of Chen & Goodman, 1998, equations 16 to 18). A context
    h was followed N(h) times, by T(h) different characters, and h′ is h without its first character:

        P(c | h) = (N(h, c) + T(h) · P(c | h′)) / (N(h) + T(h))

    and below the shortest context, every character of the alphabet is equally likely. So nothing has probability 0, and
    the probabilities of all characters after any context sum to 1.

    order   n: 1 for single characters, 5 for four characters of context

    >>> model = CharNGram(2).fit(["abababab"])
    >>> p = model.next_character("a")
    >>> max(p, key=p.get), round(sum(p.values()), 6)
    ('b', 1.0)
    """

    def __init__(self, order: int):
        expect.integer(order, "order", at_least=1, at_most=8)
        self.order = order

    def fit(self, texts: Sequence[str]) -> CharNGram:
        """Count in these texts; a character that is in none of them is "any other", with a share of its own."""
        expect.that(not isinstance(texts, str) and any(texts), "texts", texts, "a list of texts, not all empty")
        self.alphabet = sorted(set().union(*texts))
        self._ids = np.zeros(0x110000, dtype=np.int64)
        self._ids[[ord(c) for c in self.alphabet]] = np.arange(1, len(self.alphabet) + 1)
        self._other = len(self.alphabet) + 1
        self._base = self._other + 1
        ids, contexts = self._contexts(texts)
        self._tables = []
        for n in range(self.order):             # n characters of context
            pairs, pair_counts = np.unique(contexts[n] * self._base + ids, return_counts=True)
            heads, first = np.unique(pairs // self._base, return_index=True)
            totals = np.add.reduceat(pair_counts, first)
            kinds = np.diff(np.append(first, len(pairs)))
            self._tables.append((pairs, pair_counts, heads, totals, kinds))
        return self

    def log_probs(self, texts: Sequence[str]) -> Tensor:
        """ln P of every character of the texts, given those before it in its own text: (characters,), float64."""
        self._check_fitted()
        expect.that(not isinstance(texts, str) and any(texts), "texts", texts, "a list of texts, not all empty")
        ids, contexts = self._contexts(texts)
        return torch.from_numpy(np.log(self._probability(ids, contexts)))

    def next_character(self, before: str) -> dict[str, float]:
        """P of each character after the text `before`; "" is any character that was never seen."""
        self._check_fitted()
        characters = np.arange(1, self._base)
        padded = [_EDGE] * (self.order - 1) + self._encode(before).tolist()
        contexts = []
        for n in range(self.order):
            code = 0
            for i in padded[len(padded) - n :]:
                code = code * self._base + i
            contexts.append(np.full(len(characters), code, dtype=np.int64))
        p = self._probability(characters, contexts)
        return dict(zip([*self.alphabet, ""], p.tolist()))

    def _probability(self, ids: np.ndarray, contexts: list[np.ndarray]) -> np.ndarray:
        p = np.full(len(ids), 1.0 / (self._base - 1))
        for (pairs, pair_counts, heads, totals, kinds), context in zip(self._tables, contexts):
            seen = _look_up(pairs, pair_counts, context * self._base + ids)
            n, t = _look_up(heads, totals, context), _look_up(heads, kinds, context)
            known = n > 0                       # a context that was never seen adds nothing to the shorter one
            p[known] = (seen[known] + t[known] * p[known]) / (n[known] + t[known])
        return p

    def _contexts(self, texts: Sequence[str]) -> tuple[np.ndarray, list[np.ndarray]]:
        """Every character's id, and for n = 0, 1, … the n characters before it, as one number each."""
        edge = np.full(self.order - 1, _EDGE, dtype=np.int64)
        joined = np.concatenate([part for text in texts for part in (edge, self._encode(text))])
        at = np.concatenate([np.full(len(part), inside) for text in texts
                             for part, inside in ((edge, False), (text, True))]).nonzero()[0]
        contexts, code = [np.zeros(len(at), dtype=np.int64)], np.zeros(len(joined), dtype=np.int64)
        for n in range(1, self.order):          # the n characters before place i: the n-th before it comes first
            code = code + np.roll(joined, n) * self._base ** (n - 1)
            contexts.append(code[at])
        return joined[at], contexts

    def _encode(self, text: str) -> np.ndarray:
        ids = self._ids[np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)]
        return np.where(ids == 0, self._other, ids)

    def _check_fitted(self) -> None:
        expect.that(hasattr(self, "_tables"), "model", expect.Words("no counts yet"), "fit(texts) first")


def _look_up(keys: np.ndarray, values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """values[i] where keys[i] is wanted, and 0 where none is; `keys` are sorted."""
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    return np.where(keys[at] == wanted, values[at], 0)
