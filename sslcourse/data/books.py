"""From whole books to examples: passages of equal length, and whole books held out."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from .. import expect
from .sets import TextSet


def passages(books: TextSet, words: int = 100, *, per_book: int | None = None, seed: int = 0) -> TextSet:
    """The texts cut into consecutive passages of `words` words, each with its text's label and title.

    Line breaks and indentation become single spaces, so that a passage gives its author away by its words and not by
    its layout; what is left at the end of a text is dropped. With `per_book`, at most that many passages are drawn
    from each text, so that one long book does not outweigh the others. ValueError when no text is long enough for one.

        >>> text, label = "tiger tiger burning bright", torch.tensor([0])
        >>> poem = TextSet(texts=[text], labels=label, titles=["Poems"], classes=("Blake",))
        >>> passages(poem, words=2).texts
        ['tiger tiger', 'burning bright']
    """
    expect.integer(words, "words", at_least=1)
    expect.integer(seed, "seed", at_least=0)
    words, seed = int(words), int(seed)  # NumPy's integers overflow, and are no seed
    if per_book is not None:
        expect.integer(per_book, "per_book", at_least=1)
    generator = torch.Generator().manual_seed(int(seed))
    texts, origin = [], []
    for book, text in enumerate(books.texts):
        tokens = text.split()
        starts = words * torch.arange(len(tokens) // words)
        if per_book is not None and len(starts) > per_book:
            starts = starts[torch.randperm(len(starts), generator=generator)[:per_book]].sort().values
        texts += [" ".join(tokens[start:start + words]) for start in starts.tolist()]
        origin += [book] * len(starts)
    expect.that(len(texts) > 0, "words", words, "passages shorter than the longest text")
    return TextSet(texts=texts, labels=books.labels[origin], titles=[books.titles[book] for book in origin],
                   classes=books.classes, name=books.name)


def hold_out_books(books: TextSet, titles: Sequence[str] | None = None) -> tuple[TextSet, TextSet]:
    """(rest, held out): whole books set aside, to ask "whose book is this?" of books that were never seen.

    Without `titles`, the last book of each author who has several; `rest` keeps all the others. ValueError for a
    title that is not there, and for one whose author has no other book left, since nobody could then be recognised by
    it.
    """
    if titles is None:
        last = {label: title for label, title in zip(books.labels.tolist(), books.titles)}
        first = {label: title for label, title in reversed(list(zip(books.labels.tolist(), books.titles)))}
        titles = [title for label, title in last.items() if title != first[label]]
    titles = [titles] if isinstance(titles, str) else list(titles)
    for title in titles:
        expect.one_of(title, "titles", dict.fromkeys(books.titles))
    held = torch.tensor([title in titles for title in books.titles], dtype=torch.bool)
    orphans = set(books.labels[held].tolist()) - set(books.labels[~held].tolist())
    authors = ", ".join(books.classes[k] for k in sorted(orphans))
    expect.that(not orphans, "titles", titles, f"another book left by {authors}")
    return books[~held], books[held]
