"""Lab 13's drawings and panels, driven without a browser, on a tiny tokenizer and networks that know nothing."""

from __future__ import annotations

import types

import pytest
import torch

from sslcourse import methods, models, plots, results
from sslcourse.figures import lab13 as figures
from sslcourse.figures import lab13_tokens
from sslcourse.results.row import Row

TEXT = "the cat and the hat and the café, the rat and the mat\n\nthe end of the cat and the hat\n\n" * 3
LAB = "13_bert_and_gpt"
TOKENIZER = methods.train_bpe([TEXT], vocab_size=259 + 20)


def network(causal):
    model = models.TextTransformer(TOKENIZER.get_vocab_size(), 128, width=16, depth=3, heads=4, causal=causal)
    model = methods.CausalLM(model) if causal else methods.MaskedLM(model)
    return model.eval()


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel.figure, dpi=20)) > 500
    return panel.alt


def test_the_bytes_of_symbols_are_the_library_s():
    """Every byte's symbol reads as that byte, and any text comes back from its symbols."""
    from tokenizers import pre_tokenizers

    assert set(lab13_tokens._BYTES) == set(pre_tokenizers.ByteLevel.alphabet())
    for text in (" the", "café", "“Ω”", "\n"):
        symbols = "".join(word for word, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text))
        assert figures.as_read(symbols) == text


def test_shares_of_less_than_a_per_cent_are_not_nothing(shown):
    figures.shares(types.SimpleNamespace(titles=["Poems", "Novels"], texts=["a" * 4, "b" * 996]))
    assert "Novels 99.6%, Poems 0.4%" in shown[0]


def test_a_passage_ends_where_somebody_has_to_guess(capsys):
    figures.go_on(["One", "Two"], ["a  b", "x y z"], places=[(1, 2)], length=1)
    assert capsys.readouterr().out == "Two:  … y▮\n\n"


def test_merges_count_what_the_library_has_too(capsys):
    figures.merges([("Ġ", "t"), ("q", "q")], ["Ġt", "an"])
    said = capsys.readouterr().out
    assert "·t  qq" in said and "Of your 2 symbols, the library found 1" in said


def test_characters_are_counted_and_not_bytes():
    """Four letters in five bytes; and an é whose bytes are apart is shown as numbers."""
    box = figures.tokens(TOKENIZER, [], "the cat")
    box.type("café")
    box.set(merges=0)
    parts, letters = box.data
    assert letters == 4 and parts == ["c", "a", "f", "⟨c3⟩", "⟨a9⟩"]
    assert "4 characters cut into 5 tokens" in drawn(box)


def test_merges_join_and_the_slider_ends_at_the_tokenizer():
    box = figures.tokens(TOKENIZER, [("t", "h"), ("th", "e")], "the cat")
    assert box.controls["merges"][-1] == 20
    box.set(merges=20)
    assert "".join(box.data[0]) == "the cat" and len(box.data[0]) < 7
    assert lab13_tokens.cut_up(TOKENIZER, [("t", "h"), ("th", "e")], "the", 1) == ["th", "e"]


def test_the_masks_are_those_of_the_function_that_is_given(shown):
    asked = []

    def attention_mask(padding, causal):
        asked.append((padding.sum().item(), causal))
        return models.attention_mask(padding, causal)

    figures.masks(TOKENIZER, attention_mask, "the cat", padding=2)
    assert asked == [(2, True), (2, False)] and "[PAD]" in shown[0]


def test_what_is_masked_is_what_the_function_masks(shown):
    def none(tokens, mask_id, vocab_size, share):
        return tokens, torch.full_like(tokens, -100)

    figures.masked_sentence(TOKENIZER, none, "the cat", share=0.5)
    figures.masked_sentence(TOKENIZER, methods.mask_tokens, "the cat and the hat", share=1.0)
    assert "0 are chosen" in shown[0] and "[MASK]" in shown[1]


def test_a_text_grows_token_by_token():
    panel = figures.writing(network(True), TOKENIZER, ["the cat", "and"])
    panel.set(length=1)
    words, fills, _ = panel.data
    begun = len(TOKENIZER.encode("the cat").ids)
    assert len(words) == len(fills) == begun + 1
    panel.set(length=16)
    assert panel.data[0][:begun + 1] == words and len(panel.data[0]) == begun + 16
    assert "16 new tokens" in drawn(panel, top_k=1)


def test_a_gap_is_filled_and_a_sentence_without_one_is_refused():
    box = figures.fill({"BERT": network(False), "GPT": network(True)}, TOKENIZER, "the ___ and the hat")
    assert len(box.data[2]) == 6 and "BERT suggests" in drawn(box) and "GPT suggests" in drawn(box, model="GPT")
    box.type("no gap here")
    assert "exactly one gap" in box.message


def test_attention_is_scaled_to_its_strongest_look():
    box = figures.attention({"GPT": network(True)}, TOKENIZER, "the cat and the hat")
    names, table, _ = box.data
    assert names[0] == "[START]" and table.shape == (len(names), len(names))
    figure = box.figure
    assert figure.axes[0].collections[0].get_clim() == (0, pytest.approx(float(table.max())))
    assert "block 3, head 4" in drawn(box, block=3, head=4)
    box.type("the cat " * 30)
    assert "At most 31" in box.message


def test_curves_and_bars_say_their_numbers(shown):
    history = types.SimpleNamespace(loss=[4.0] * 30 + [2.0] * 30, seconds=6.0, steps=60)
    figures.bits_and_time(history, {"2-gram": 3.5, "GPT": 2.2}, 2.0, ["2-gram"])
    assert "ending near 1.00" in shown[0] and "GPT 2.20" in shown[0]
    figures.two_losses({"GPT": [3.0] * 40, "BERT": [5.0] * 25}, torch.tensor([0, 0, 1, 1]))
    assert "GPT from 3.00 to 3.00" in shown[1] and "at 0.69" in shown[1]
    figures.found_hidden({"GPT": torch.tensor([True, False, False, False])}, commonest=0.1)
    assert "GPT 25.0%" in shown[2] and "10.0%" in shown[2]


def test_what_counting_expects_is_spelled(capsys):
    figures.expected(methods.CharNGram(2).fit(["a a a a"]), "a", most=1)
    assert "“·”" in capsys.readouterr().out


def on_file(monkeypatch, numbers, metric="accuracy"):
    rows = [Row(LAB, method, task, way, metric, value, seed, None, None, "cpu", "a CPU", {})
            for (method, task, way), values in numbers.items() for seed, value in enumerate(values)]
    monkeypatch.setattr(results, "committed", lambda machine=None: rows)


@pytest.mark.parametrize("seventh, said", [(2.17, "no longer helps"), (2.05, "still helps")])
def test_the_sentence_on_seven_characters_is_chosen_by_the_numbers(monkeypatch, capsys, seventh, said):
    numbers = {("6-gram of characters", "books", "unread"): [2.13], ("7-gram of characters", "books", "unread"): [seventh]}
    on_file(monkeypatch, numbers, "bits per character")
    figures.seven(LAB)
    assert said in capsys.readouterr().out


def test_nothing_is_said_of_seven_that_were_not_measured(monkeypatch, capsys):
    on_file(monkeypatch, {("6-gram of characters", "books", "unread"): [2.13]}, "bits per character")
    figures.seven(LAB)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("tuned, said", [
    ([0.80, 0.82, 0.81], "a gain"), ([0.50, 0.52, 0.51], "a loss"), ([0.70, 0.75, 0.60], "no difference that this can see"),
])
def test_what_the_pretext_has_brought_is_chosen_by_the_numbers(monkeypatch, capsys, tuned, said):
    scratch = [0.70, 0.71, 0.69]
    on_file(monkeypatch, {("BERT", "books", "fine-tuned"): tuned, ("BERT", "books", "from scratch"): scratch,
                          ("TF-IDF", "books", "TF-IDF"): [0.1, 0.1, 0.1]})
    figures.downstream(LAB, {"books": "Whose book"}, ["BERT"], ["fine-tuned", "from scratch"])
    text = capsys.readouterr().out
    gain, beside = text.split("The best network")
    assert gain.rstrip(" .").endswith(said) and "TF-IDF 10.0%" in beside and beside.rstrip(". \n").endswith("it is ahead")


def test_a_task_that_was_not_measured_says_so(monkeypatch, capsys):
    on_file(monkeypatch, {})
    figures.downstream(LAB, {"books": "Whose book"}, ["BERT"], ["fine-tuned", "from scratch"])
    assert capsys.readouterr().out.count("not measured yet") == 2
