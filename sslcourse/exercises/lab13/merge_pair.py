"""Exercise `merge_pair`: the step that a byte-pair tokenizer repeats."""

from __future__ import annotations

from collections.abc import Mapping

from ... import methods
from ..engine import Exercise, catches


def _cut(**words: int) -> dict[tuple[str, ...], int]:
    """Words as their letters; where symbols have several letters, underscores part them."""
    return {tuple(word.split("_")) if "_" in word else tuple(word): count for word, count in words.items()}


def merge_pair_cases() -> dict[str, tuple]:
    return {
        "four words of one letter a symbol": (_cut(low=5, lower=2, newest=6, widest=3), ("e", "s")),
        "a pair that occurs twice in a word": (_cut(banana=4, ananas=3, bandana=1, band=9), ("a", "n")),
        "a pair of two equal symbols": (_cut(aaa=2, baaaab=7, aa=1, aba=3), ("a", "a")),
        "symbols that were merged before": (_cut(ab_c_b_c=2, b_c_ab_c=5, c_b=1, xb_c_b_c=4), ("b", "c")),
        "a pair that is nowhere": (_cut(low=5, new=6), ("w", "l")),
        "one string, cut in two ways": (_cut(t_he=7, th_e=3, w_i_t_he_r=2, w_i_th_e_r=5), ("th", "e")),
        "long symbols": (_cut(th_e=11, th_e_r_e=4, o_th_e_r=3, a_th_e_n_a=1), ("th", "e")),
    }


def as_dict(got: object, want: object) -> object:
    """A Counter, or any other mapping, is as good as a dict."""
    return dict(got) if isinstance(got, Mapping) else got


def _merged(words, pair, *, step: int = 2, once: bool = False, backwards: bool = False) -> dict:
    out = {}
    for symbols, count in words.items():
        symbols, wanted = (symbols[::-1], pair[::-1]) if backwards else (symbols, pair)
        new, i, done = [], 0, False
        while i < len(symbols):
            if symbols[i : i + 2] == wanted and not (once and done):
                new.append("".join(pair))
                i, done = i + step, True
            else:
                new.append(symbols[i])
                i += 1
        out[tuple(new[::-1] if backwards else new)] = count
    return out


def _as_text(words, pair) -> dict:
    return {tuple(" ".join(symbols).replace(" ".join(pair), "".join(pair)).split(" ")): count
            for symbols, count in words.items()}


@catches("The words that do not hold the pair are gone. They stay as they are: the next step has to see them too.")
def others_dropped(got, words, pair):
    want = methods.merge_pair(words, pair)
    return got == {symbols: count for symbols, count in want.items() if "".join(pair) in symbols} and got != want


@catches("A word came back as one string, or as a list. It is a tuple of symbols: `tuple(out)`, so that it can be "
         "a key and can be merged again.")
def no_longer_symbols(got, words, pair):
    if isinstance(got, TypeError):
        return "unhashable" in str(got)
    return isinstance(got, dict) and any(not isinstance(symbols, tuple) for symbols in got)


@catches("How often each word occurs has been lost. Merging changes how a word is written, not how often it occurs.")
def counts_lost(got, words, pair):
    want = methods.merge_pair(words, pair)
    return isinstance(got, dict) and got.keys() == want.keys() and list(got.values()) != list(want.values())


@catches("Only the first place in each word is merged. In a word like b a n a n a the pair (a, n) occurs twice.")
def first_place_only(got, words, pair):
    return got == _merged(words, pair, once=True)


@catches("A symbol was used twice: after a merge go on behind *both* symbols. a a a becomes aa a, and not aa aa.")
def symbol_used_twice(got, words, pair):
    twice = _merged(words, pair, step=1), _sliding(words, pair)
    return got in twice and got != methods.merge_pair(words, pair)


def _sliding(words, pair) -> dict:
    """Every neighbouring pair looked at, and the second symbol dropped only when it was not merged itself."""
    out = {}
    for symbols, count in words.items():
        new = []
        for i, symbol in enumerate(symbols):
            if symbols[i : i + 2] == pair:
                new.append("".join(pair))
            elif symbols[max(i - 1, 0) : i + 1] != pair or i == 0:
                new.append(symbol)
        out[tuple(new)] = count
    return out


@catches("A word is read from left to right: a a a becomes aa a. Here the merging began at the end.")
def from_the_right(got, words, pair):
    return got == _merged(words, pair, backwards=True)


@catches("This looks at the letters, not at the symbols: with the pair (b, c) the two symbols ab c became one. "
         "`replace` on a joined string cannot see where a symbol begins. Compare `symbols[i:i + 2]` with the pair.")
def letters_not_symbols(got, words, pair):
    return got == _as_text(words, pair)


@catches("Two symbols were compared with the pair as one joined string. But t·he reads like th·e and is another pair: "
         "compare symbol by symbol, `symbols[i:i + 2] == pair`.")
def joined_strings_compared(got, words, pair):
    out = {}
    for symbols, count in words.items():
        new, i = [], 0
        while i < len(symbols):
            here = "".join(symbols[i : i + 2]) == "".join(pair) and i + 1 < len(symbols)
            new.append("".join(pair) if here else symbols[i])
            i += 2 if here else 1
        out[tuple(new)] = count
    return got == out


@catches("The last symbol of a word is lost where it is not part of the pair. Go on until `i` has passed the end of the "
         "word, and not one place less.")
def last_symbol_lost(got, words, pair):
    out = {}
    for symbols, count in words.items():
        new, i = [], 0
        while i < len(symbols) - 1:
            new.append("".join(pair) if symbols[i : i + 2] == pair else symbols[i])
            i += 2 if symbols[i : i + 2] == pair else 1
        out[tuple(new)] = count
    return got == out


@catches("Something stands between the two: `\"\".join(pair)` makes one symbol of them, without a space, a comma or a "
         "bracket.")
def joined_with_something(got, words, pair):
    want = methods.merge_pair(words, pair)
    between = {symbol for symbols in got for symbol in symbols} - {symbol for symbols in want for symbol in symbols}
    return len(between) == 1 and all(
        tuple("".join(pair) if symbol in between else symbol for symbol in symbols) in want for symbols in got)


@catches("Nothing was merged. A slice of a tuple is a tuple, and equals neither a list nor a string: "
         "`symbols[i:i + 2] == pair`.")
def nothing_merged(got, words, pair):
    return got == dict(words) and got != methods.merge_pair(words, pair)


@catches("(b, a) is another pair than (a, b): only one order is to be joined.")
def both_orders(got, words, pair):
    return got == _merged(_merged(words, pair), pair[::-1])


EXERCISE = Exercise(
    "merge_pair", "13_bert_and_gpt", "The merge of a byte-pair tokenizer", minutes=15, difficulty=2, importance=4,
    reference=methods.merge_pair, returns=("merged",), cases=merge_pair_cases, align=as_dict,
    used_in="to learn the merges below",
    mistakes=(nothing_merged, joined_strings_compared, others_dropped, no_longer_symbols, counts_lost, first_place_only,
              symbol_used_twice, from_the_right, letters_not_symbols, last_symbol_lost,
              joined_with_something, both_orders),
    hints=("Walk through each word from left to right. When this symbol and the next are the pair, write one "
           "symbol and step over both.",
           "Keep a list `out` and a place `i`. If `symbols[i:i + 2] == pair`, append the joined symbol and add 2 to i; "
           "otherwise append `symbols[i]` and add 1.",
           "`while i < len(symbols):` around the two cases, then `merged[tuple(out)] = count`; `\"\".join(pair)` "
           "is the joined symbol."),
)
