"""Lab 13: wrong answers that students give, each with the mistake that its hint is for, and right ones written otherwise."""

from __future__ import annotations

import math
from collections import Counter

import torch
from torch.nn import functional as F

from sslcourse import methods, models


def _walk(words, pair, join):
    return {tuple(join(list(symbols), pair)): count for symbols, count in words.items()}


def words_without_the_pair_left_out(words, pair):
    merged = methods.merge_pair(words, pair)
    return {new: count for (old, count), new in zip(words.items(), merged) if pair in zip(old, old[1:])}


def words_as_strings(words, pair):
    return {" ".join(symbols): count for symbols, count in methods.merge_pair(words, pair).items()}


def lists_as_keys(words, pair):
    return {list(symbols): count for symbols, count in methods.merge_pair(words, pair).items()}


def counted_from_one(words, pair):
    return dict.fromkeys(methods.merge_pair(words, pair), 1)


def first_in_each_word(words, pair):
    def join(symbols, pair):
        for i in range(len(symbols) - 1):
            if (symbols[i], symbols[i + 1]) == pair:
                return [*symbols[:i], "".join(pair), *symbols[i + 2:]]
        return symbols
    return _walk(words, pair, join)


def one_step_only(words, pair):
    def join(symbols, pair):
        out, i = [], 0
        while i < len(symbols):
            if tuple(symbols[i:i + 2]) == pair:
                out.append("".join(pair))
                i += 1
                if tuple(symbols[i:i + 2]) != pair:
                    i += 1
            else:
                out.append(symbols[i])
                i += 1
        return out
    return _walk(words, pair, join)


def steps_of_one(words, pair):
    def join(symbols, pair):
        return ["".join(pair) if tuple(symbols[i:i + 2]) == pair else symbols[i] for i in range(len(symbols))]
    return _walk(words, pair, join)


def from_the_end(words, pair):
    def join(symbols, pair):
        i = len(symbols) - 2
        while i >= 0:
            if (symbols[i], symbols[i + 1]) == pair:
                symbols[i:i + 2] = ["".join(pair)]
                i -= 1
            i -= 1
        return symbols
    return _walk(words, pair, join)


def replaced_in_a_string(words, pair):
    return {tuple(" ".join(symbols).replace(" ".join(pair), "".join(pair)).split()): count
            for symbols, count in words.items()}


def either_order(words, pair):
    return methods.merge_pair(methods.merge_pair(words, pair), pair[::-1])


def letters_again(words, pair):
    return {tuple("".join(symbols)): count for symbols, count in words.items()}


def in_a_counter(words, pair):
    merged = Counter()
    for symbols, count in words.items():
        out = []
        for symbol in symbols:
            if out and not out[-1][1] and (out[-1][0], symbol) == pair:
                out[-1] = ("".join(pair), True)
            else:
                out.append((symbol, False))
        merged[tuple(symbol for symbol, _ in out)] += count
    return merged


def in_place_on_a_list(words, pair):
    def join(symbols, pair):
        i = 0
        while i < len(symbols) - 1:
            if (symbols[i], symbols[i + 1]) == pair:
                symbols[i:i + 2] = [symbols[i] + symbols[i + 1]]
            i += 1
        return symbols
    return _walk(words, pair, join)


def natural_logarithm(log_probs, characters):
    return -log_probs.sum().item() / characters


def bits_each_token(log_probs, characters):
    return -log_probs.mean().item() / math.log(2)


def nats_each_token(log_probs, characters):
    return -log_probs.mean().item()


def all_of_them(log_probs, characters):
    return -log_probs.sum().item() / math.log(2)


def minus_forgotten(log_probs, characters):
    return log_probs.sum().item() / math.log(2) / characters


def times_ln_2(log_probs, characters):
    return -log_probs.sum().item() * math.log(2) / characters


def perplexity_per_character(log_probs, characters):
    return math.exp(-log_probs.sum().item() / characters)


def mean_of_means(log_probs, characters):
    return -log_probs.mean().item() / math.log(2) / characters


def log2_of_logs(log_probs, characters):
    return -(log_probs.log2().sum() / characters).item()


def as_a_string(log_probs, characters):
    return "2.2"


def product_of_probabilities(log_probs, characters):
    return sum(-math.log2(math.exp(p)) for p in log_probs.tolist()) / characters


def as_a_tensor(log_probs, characters):
    return (-log_probs.double() / math.log(2)).sum() / characters


def _mask(padding_mask, causal, before=None):
    N, T = padding_mask.shape
    keys = (~padding_mask)[:, None, None, :].expand(N, 1, T, T)
    before = torch.ones(T, T, dtype=torch.bool).tril() if before is None else before
    return (keys & before if causal else keys), torch.eye(T, dtype=torch.bool)


def three_axes(padding_mask, causal):
    return models.attention_mask(padding_mask, causal)[:, 0]


def masked_where_true(padding_mask, causal):
    return ~models.attention_mask(padding_mask, causal)


def upper_triangle(padding_mask, causal):
    allowed, itself = _mask(padding_mask, causal, torch.ones(2 * padding_mask.shape[1:], dtype=torch.bool).triu())
    return allowed | itself


def both_ways_always(padding_mask, causal):
    allowed, itself = _mask(padding_mask, False)
    return allowed | itself


def back_only_always(padding_mask, causal):
    allowed, itself = _mask(padding_mask, True)
    return allowed | itself


def rows_for_columns(padding_mask, causal):
    N, T = padding_mask.shape
    allowed = (~padding_mask)[:, None, :, None].expand(N, 1, T, T)
    allowed = allowed & torch.ones(T, T, dtype=torch.bool).tril() if causal else allowed
    return allowed | torch.eye(T, dtype=torch.bool)


def strictly_before(padding_mask, causal):
    return _mask(padding_mask, causal, torch.ones(2 * padding_mask.shape[1:], dtype=torch.bool).tril(-1))[0]


def without_the_diagonal(padding_mask, causal):
    return _mask(padding_mask, causal)[0]


def padding_ignored(padding_mask, causal):
    return models.attention_mask(torch.zeros_like(padding_mask), causal)


def as_numbers(padding_mask, causal):
    return models.attention_mask(padding_mask, causal).float()


def cell_by_cell(padding_mask, causal):
    N, T = padding_mask.shape
    allowed = torch.zeros(N, 1, T, T, dtype=torch.bool)
    for n in range(N):
        for i in range(T):
            for j in range(T):
                allowed[n, 0, i, j] = i == j or (not padding_mask[n, j] and (j < i or not causal))
    return allowed


def by_places(padding_mask, causal):
    place = torch.arange(padding_mask.shape[1])
    allowed = place[None, :] <= place[:, None] if causal else torch.ones(len(place), len(place), dtype=torch.bool)
    allowed = allowed[None, None] & ~padding_mask[:, None, None]
    return allowed | (place[None, :] == place[:, None])


def same_place(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1), tokens.flatten())


def backwards(logits, tokens):
    return F.cross_entropy(logits[:, 1:].flatten(0, 1), tokens[:, :-1].flatten())


def flattened_first(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1)[:-1], tokens.flatten()[1:])


def rolled(logits, tokens):
    return F.cross_entropy(logits.flatten(0, 1), tokens.roll(-1, dims=1).flatten())


def the_sum(logits, tokens):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), reduction="sum")


def a_sum_each_row(logits, tokens):
    return the_sum(logits, tokens) / len(tokens)


def each_token(logits, tokens):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), reduction="none")


def softmax_first(logits, tokens):
    return F.cross_entropy(logits.softmax(dim=2)[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def bits_not_nats(logits, tokens):
    return methods.next_token_loss(logits, tokens) / math.log(2)


def sign_turned(logits, tokens):
    return -methods.next_token_loss(logits, tokens)


def probability_not_logarithm(logits, tokens):
    return -logits.softmax(dim=2)[:, :-1].gather(2, tokens[:, 1:, None]).mean()


def classes_second(logits, tokens):
    return F.cross_entropy(logits[:, :-1].transpose(1, 2), tokens[:, 1:])


def by_gathering(logits, tokens):
    log_p = logits.log_softmax(dim=2)
    losses = [-log_p[n, t, tokens[n, t + 1]] for n in range(len(tokens)) for t in range(tokens.shape[1] - 1)]
    return torch.stack(losses).mean()


def _masking(tokens, mask_id, vocab_size, specials, share, *, chosen=None, fate=None, low=None):
    chosen = (torch.rand(tokens.shape) < share) & (tokens >= specials) if chosen is None else chosen
    fate = torch.rand(tokens.shape) if fate is None else fate
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    drawn = torch.randint(specials if low is None else low, vocab_size, tokens.shape)
    return torch.where(chosen & (fate >= 0.8) & (fate < 0.9), drawn, inputs), tokens.masked_fill(~chosen, -100)


def the_same_each_time(tokens, mask_id, vocab_size, specials=3, share=0.15):
    torch.manual_seed(0)
    return _masking(tokens, mask_id, vocab_size, specials, share)


def whole_text_as_labels(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share)[0], tokens.clone()


def zeros_elsewhere(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = _masking(tokens, mask_id, vocab_size, specials, share)
    return inputs, labels.masked_fill(labels == -100, -1)


def labels_after_masking(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = _masking(tokens, mask_id, vocab_size, specials, share)
    return inputs, inputs.masked_fill(labels == -100, -100)


def padding_chosen_too(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=torch.rand(tokens.shape) < share)


def fate_for_all(tokens, mask_id, vocab_size, specials=3, share=0.15):
    _, labels = _masking(tokens, mask_id, vocab_size, specials, share)
    everywhere = torch.ones_like(tokens, dtype=torch.bool)
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=everywhere)[0], labels


def one_draw_for_all_rows(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen = (torch.rand(tokens.shape[1]) < share) & (tokens >= specials)
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=chosen)


def comparison_turned(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen = (torch.rand(tokens.shape) > share) & (tokens >= specials)
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=chosen)


def always_mask(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, fate=torch.zeros(tokens.shape))


def drawn_from_everything(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, low=0)


def one_draw_for_all_places(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen, fate = (torch.rand(tokens.shape) < share) & (tokens >= specials), torch.rand(tokens.shape)
    inputs = tokens.masked_fill(chosen & (fate < 0.8), mask_id)
    inputs = inputs.masked_fill(chosen & (fate >= 0.8) & (fate < 0.9), int(torch.randint(specials, vocab_size, ())))
    return inputs, tokens.masked_fill(~chosen, -100)


def nothing_stays(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, fate=torch.rand(tokens.shape) * 0.9)


def half_and_half(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, fate=torch.rand(tokens.shape) * 0.5 + 0.5)


def inputs_alone(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share)[0]


def one_draw_for_both(tokens, mask_id, vocab_size, specials=3, share=0.15):
    """A single draw: the chosen tokens are those below share, and its place in [0, share) is their fate."""
    draw = torch.rand(tokens.shape)
    chosen = (draw < share) & (tokens >= specials)
    inputs, labels = tokens.clone(), torch.full_like(tokens, -100)
    labels[chosen] = tokens[chosen]
    inputs[chosen & (draw < 0.8 * share)] = mask_id
    random = chosen & (draw >= 0.8 * share) & (draw < 0.9 * share)
    inputs[random] = torch.randint(specials, vocab_size, (int(random.sum()),))
    return inputs, labels


def two_coins(tokens, mask_id, vocab_size, specials=3, share=0.15):
    """As in the library transformers: 80% first, then half of what is left."""
    chosen = torch.bernoulli(torch.full(tokens.shape, share)).bool() & (tokens >= specials)
    masked = torch.bernoulli(torch.full(tokens.shape, 0.8)).bool() & chosen
    random = torch.bernoulli(torch.full(tokens.shape, 0.5)).bool() & chosen & ~masked
    inputs = torch.where(random, torch.randint(specials, vocab_size, tokens.shape), tokens)
    return inputs.masked_fill(masked, mask_id), tokens.masked_fill(~chosen, -100)


WRONG = {
    "merge_pair": [
        (words_without_the_pair_left_out, "others_dropped"), (words_as_strings, "no_longer_symbols"),
        (lists_as_keys, "no_longer_symbols"), (counted_from_one, "counts_lost"),
        (first_in_each_word, "first_place_only"), (steps_of_one, "symbol_used_twice"),
        (one_step_only, "symbol_used_twice"), (from_the_end, "from_the_right"),
        (replaced_in_a_string, "letters_not_symbols"), (either_order, "both_orders"), (letters_again, "different"),
    ],
    "bits_per_character": [
        (natural_logarithm, "nats"), (bits_each_token, "per_token"), (nats_each_token, "per_token"),
        (all_of_them, "of_the_whole_text"), (minus_forgotten, "negative"), (times_ln_2, "multiplied_by_ln_2"),
        (perplexity_per_character, "a_perplexity"), (mean_of_means, "averaged_twice"), (log2_of_logs, "logarithm_twice"),
        (as_a_string, "different"),
    ],
    "attention_mask": [
        (three_axes, "no_axis_for_the_heads"), (masked_where_true, "forbidden_is_true"), (upper_triangle, "looks_ahead"),
        (both_ways_always, "never_causal"), (back_only_always, "always_causal"), (rows_for_columns, "padding_in_the_rows"),
        (strictly_before, "not_itself"), (without_the_diagonal, "nothing_to_look_at"), (padding_ignored, "padding_seen"),
        (as_numbers, "dtype"),
    ],
    "next_token_loss": [
        (same_place, "not_shifted"), (backwards, "shifted_the_wrong_way"), (flattened_first, "rows_run_together"),
        (rolled, "rolled_round"), (the_sum, "added_up"), (a_sum_each_row, "added_up"), (each_token, "one_for_each_token"),
        (softmax_first, "softmax_twice"), (bits_not_nats, "in_bits"), (sign_turned, "negative"),
        (probability_not_logarithm, "different"),
    ],
    "mask_tokens": [
        (the_same_each_time, "seeded"), (whole_text_as_labels, "labels_everywhere"),
        (zeros_elsewhere, "another_value_elsewhere"),
        (labels_after_masking, "labels_of_the_masked_text"), (padding_chosen_too, "specials_chosen"),
        (fate_for_all, "changed_elsewhere"), (one_draw_for_all_rows, "the_same_places_in_every_row"),
        (comparison_turned, "the_others_chosen"), (always_mask, "all_masked"), (drawn_from_everything, "specials_drawn"),
        (one_draw_for_all_places, "one_random_token"), (nothing_stays, "other_shares"), (half_and_half, "other_shares"),
        (inputs_alone, "count"),
    ],
}

RIGHT = {
    "merge_pair": [in_a_counter, in_place_on_a_list],
    "bits_per_character": [product_of_probabilities, as_a_tensor],
    "attention_mask": [cell_by_cell, by_places],
    "next_token_loss": [classes_second, by_gathering],
    "mask_tokens": [one_draw_for_both, two_coins],
}
