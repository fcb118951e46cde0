"""sslcourse.methods.bpe: the merges are the library's, text comes back exactly, and rows are padded as they say."""

from __future__ import annotations

import random
from collections import Counter

import pytest
import torch

from sslcourse import methods
from sslcourse.methods.text import bpe

TEXT = "low lower lowest. The newest of the widest, and the low: wide new\n\nlows are lower than the lowest new. " * 2


def cut(word):
    return tuple(word)


def learned(words, merges):
    found = []
    for _ in range(merges):
        found.append(methods.most_frequent_pair(words))
        words = methods.merge_pair(words, found[-1])
    return found


def test_the_papers_own_example():
    """Sennrich et al., 2016, algorithm 1: low, lower, newest, widest (their end-of-word symbol written as a dot)."""
    words = {cut("low."): 5, cut("lower."): 2, cut("newest."): 6, cut("widest."): 3}
    assert [set(pair) for pair in learned(words, 3)] == [{"e", "s"}, {"es", "t"}, {"est", "."}]


def test_merges_are_the_librarys_where_no_two_pairs_are_equally_frequent():
    rng = random.Random(0)
    words = {}
    for _ in range(40):                         # counts that are powers of a number near 1 leave hardly a tie
        words["".join(rng.choice("abcd") for _ in range(rng.randint(2, 7)))] = rng.randint(1, 10_000)
    text = " ".join(word for word, count in words.items() for _ in range(count))
    tokenizer = methods.train_bpe([text], vocab_size=259 + 25)
    counted = Counter(piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str(text))
    ours = learned({cut(word): count for word, count in counted.items()}, 25)
    theirs = [tokenizer.id_to_token(place) for place in range(259, tokenizer.get_vocab_size())]
    assert ["".join(pair) for pair in ours] == theirs


@pytest.mark.parametrize("seed", range(5))
def test_merging_equals_going_through_the_text_with_a_finger(seed):
    rng = random.Random(seed)
    words = {tuple(rng.choice("ab") for _ in range(rng.randint(1, 9))): rng.randint(1, 9) for _ in range(20)}
    before = dict(words)
    pair = methods.most_frequent_pair(words)
    merged = methods.merge_pair(words, pair)
    assert words == before
    assert list(merged.values()) == list(words.values())
    for old, new in zip(words, merged):
        rest, wanted = list(old), []
        while rest:
            n = 2 if tuple(rest[:2]) == pair else 1
            wanted.append("".join(rest[:n]))
            del rest[:n]
        assert list(new) == wanted and "".join(new) == "".join(old)


def test_of_equally_frequent_pairs_the_first_in_the_alphabet():
    assert methods.most_frequent_pair({("c", "d"): 2, ("a", "b"): 2, ("b", "c"): 1}) == ("a", "b")


def test_nothing_left_to_merge():
    with pytest.raises(ValueError, match="words: got no word of two symbols"):
        methods.most_frequent_pair({("abc",): 3})


def test_any_text_is_written_and_read_back_exactly():
    tokenizer = methods.train_bpe([TEXT])
    for text in (TEXT, "naïve — 東京 🐋\n\n\n  indented", "", " "):
        assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert [tokenizer.id_to_token(i) for i in range(3)] == list(bpe.SPECIALS)
    assert (bpe.PAD, bpe.MASK, bpe.START) == (0, 1, 2)


def test_the_same_texts_give_the_same_tokenizer():
    assert methods.train_bpe([TEXT], 300).to_str() == methods.train_bpe([TEXT], 300).to_str()


def test_the_stream_begins_each_text_and_loses_nothing():
    tokenizer, texts = methods.train_bpe([TEXT], 300), [TEXT, "another\n\none", "low"]
    stream = methods.token_stream(tokenizer, texts)
    assert stream.dtype == torch.int64 and int((stream == bpe.START).sum()) == 3 and stream[0] == bpe.START
    assert tokenizer.decode(stream.tolist(), skip_special_tokens=True) == "".join(texts)


def test_rows_are_cut_and_padded():
    tokenizer = methods.train_bpe([TEXT], 300)
    rows = methods.token_rows(tokenizer, [TEXT, "low"], length=8)
    ids = tokenizer.encode("low").ids
    assert rows.shape == (2, 8) and rows[1].tolist() == [bpe.START, *ids] + [bpe.PAD] * (7 - len(ids))
    assert rows[0].tolist() == [bpe.START, *tokenizer.encode(TEXT).ids[:7]]


@pytest.mark.parametrize("call, message", [
    (lambda: methods.train_bpe([TEXT], 258), "vocab_size: got 258, wanted an integer ≥ 259"),
    (lambda: methods.train_bpe(TEXT), "texts: got"),
    (lambda: methods.train_bpe([]), "texts: got"),
    (lambda: methods.token_rows(methods.train_bpe([TEXT]), [], 4), "texts: got"),
    (lambda: methods.token_rows(methods.train_bpe([TEXT]), ["a"], 0), "length: got 0"),
])
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_two_entries_that_become_one_word_are_counted_together():
    assert methods.merge_pair({("a", "b"): 3, ("ab",): 5, ("c",): 1}, ("a", "b")) == {("ab",): 8, ("c",): 1}


def test_a_special_token_written_in_a_text_is_read_back_and_stands_for_nothing(tmp_path):
    from tokenizers import Tokenizer

    tokenizer = methods.train_bpe(["a rat and a cat"], 259)
    text = "a [MASK] b [PAD][START]"
    assert min(tokenizer.encode(text).ids) >= 3 and tokenizer.decode(tokenizer.encode(text).ids) == text
    again = Tokenizer.from_str(tokenizer.to_str())                          # the file does not keep the setting
    assert methods.token_stream(again, [text]).tolist() == [bpe.START, *tokenizer.encode(text).ids]
    assert (methods.token_rows(again, ["[PAD]x"], 8)[0] == bpe.PAD).nonzero().flatten().tolist() == [7]


def test_a_blank_line_is_cut_alike_in_a_stream_and_in_a_row():
    tokenizer = methods.train_bpe(["the cat.\n\nthe hat."] * 40, 300)
    for text in ("the cat.\n\nthe hat.", "\n\nthe", "the\n\n", "a\n\n\nb\n\n  c"):
        stream = methods.token_stream(tokenizer, [text])
        assert torch.equal(methods.token_rows(tokenizer, [text], len(stream))[0], stream)
        assert tokenizer.decode(stream[1:].tolist()) == text


def test_an_empty_text_in_a_stream_is_begun_too():
    tokenizer = methods.train_bpe(["a rat"], 259)
    assert methods.token_stream(tokenizer, ["a", "", "a"]).tolist().count(bpe.START) == 3
