"""sslcourse.recipes.language: rows of a stream, hidden tokens found, and the tokenizer beside the weights."""

from __future__ import annotations

import pytest
import torch

from sslcourse import methods, runtime
from sslcourse.recipes import language


def test_windows_overlap_by_half_and_hold_the_stream():
    rows = language.windows(torch.arange(20), length=8)
    assert rows.tolist() == [list(range(at, at + 8)) for at in (0, 4, 8, 12)]


def test_found_is_the_share_of_middle_tokens_that_are_guessed(monkeypatch):
    def the_one_before_and_one(lm, tokens, place):
        return torch.nn.functional.one_hot(tokens[:, place - 1] + 1, 200).float()

    monkeypatch.setattr(methods, "guess_hidden", the_one_before_and_one)
    counting = torch.arange(100)
    assert language.found(None, counting, length=10) == 1
    counting[50:] = 7
    assert language.found(None, counting, length=10) == pytest.approx(0.5, abs=0.06)


def test_both_networks_begin_with_the_same_weights_and_differ_in_the_mask():
    gpt, bert = language.build(causal=True), language.build(causal=False)
    assert gpt.model.causal and not bert.model.causal
    assert all(torch.equal(value, bert.state_dict()[key]) for key, value in gpt.state_dict().items())
    assert 2 * sum(p.numel() for p in gpt.parameters()) < 3_000_000


def test_the_stored_tokenizer_is_of_the_vocabulary_and_reads_back_what_it_writes():
    tokenizer = language.tokenizer()
    assert tokenizer.get_vocab_size() == language.VOCABULARY
    text = "Call me Ishmael.\n\nSome years ago--never mind how long"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text
    assert [tokenizer.id_to_token(place) for place in range(3)] == list(methods.bpe.SPECIALS)


def test_without_its_file_the_tokenizer_says_how_to_make_it(tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path)
    language.tokenizer.cache_clear()
    try:
        with pytest.raises(FileNotFoundError, match="weights gpt_books` makes it"):
            language.tokenizer()
    finally:
        language.tokenizer.cache_clear()
