"""Lab 13's tokens: how they are spelled, how a sentence is cut into them, and tables with a token to each row and column."""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from .. import methods, plots, widgets


def _bytes_of_symbols() -> dict[str, int]:
    """The byte that each character of a byte-level tokenizer stands for: its own where it can be printed, as in GPT-2."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + i): byte for i, byte in enumerate(others)}


_BYTES = _bytes_of_symbols()


def as_read(symbol: str) -> str:
    """A token's symbol as it is read: its bytes as text, or as numbers, where they are no letters.

    >>> as_read("Ġthe"), as_read("Ã©"), as_read("Ã")
    (' the', 'é', '⟨c3⟩')
    """
    raw = bytes(_BYTES[character] for character in symbol)
    text = raw.decode("utf-8", errors="replace")
    return text if text.replace("\n", "").isprintable() and "\ufffd" not in text else f"⟨{raw.hex(' ')}⟩"


def spelled(text: str) -> str:
    """A token by itself, with its space and its line break to be seen.

    >>> spelled(" the"), spelled("\\n")
    ('·the', '⏎')
    """
    return text.replace(" ", "·").replace("\n", "⏎")


def merges(found: Sequence[tuple[str, str]], library: Sequence[str], shown: int = 16) -> None:
    """The first merges, and how many of them the library `tokenizers` has made as well."""
    own = ["".join(pair) for pair in found]
    print("Your first merges on Alice:", "  ".join(spelled(as_read(symbol)) for symbol in own[:shown]))
    print(f"Of your {len(own)} symbols, the library found {len(set(library) & set(own))} among its first {len(own)} as well.")


def token(tokenizer, i: int) -> str:
    """The token with this id, spelled."""
    return spelled(as_read(tokenizer.id_to_token(i)))


def looks(axis, table: Tensor, names: Sequence[str], title: str, **scale):
    """Rows look, columns are looked at; the fuller a cell, the darker."""
    cells = axis.pcolormesh(table.flip(0), cmap="Blues", edgecolors="white", linewidth=1.5, vmin=0, **scale)
    places = [place + 0.5 for place in range(len(names))]
    axis.set_xticks(places, names, rotation=90, fontsize=9)
    axis.set_yticks(places, names[::-1], fontsize=9)
    axis.set(title=title, xlabel="is looked at", ylabel="looks", aspect="equal")
    return cells


def cut_up(tokenizer, merges: Sequence[tuple[str, str]], text: str, first: int) -> list[str]:
    """`text` as the symbols that the first merges leave; with more than there are, as the tokenizer cuts it."""
    if first > len(merges):
        return tokenizer.encode(text).tokens
    words = [{tuple(word): 1} for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text)]
    for pair in merges[:first]:
        words = [methods.merge_pair(word, pair) for word in words]
    return [symbol for word in words for symbol in next(iter(word))]


def tokens(tokenizer, merges: Sequence[tuple[str, str]], sentence: str) -> widgets.TypingBox:
    """A line to type, cut by the first merges; at the slider's end, by the tokenizer of the lab."""
    last = tokenizer.get_vocab_size() - 259

    def pieces(text: str, merges_done: int) -> tuple[list[str], int]:
        return [as_read(symbol).replace("\n", "⏎") for symbol in cut_up(tokenizer, merges, text, merges_done)], len(text)

    def draw(found: tuple[list[str], int]):
        parts, letters = found
        return plots.words(parts, title=f"{len(parts)} tokens for {letters} characters: {letters / len(parts):.1f} per token")

    return widgets.TypingBox(
        sentence, {"merges": [0, 5, 20, 50, 100, 200, last]}, lambda text, merges: pieces(text, merges), draw,
        start={"merges": 50}, prompt="your sentence", labels={"merges": "merges"},
        alt=lambda found, merges: (
            f"A sentence of {found[1]} characters cut into {len(found[0])} tokens after {merges} merges: "
            f"{' | '.join(found[0])}."
        ),
    )
