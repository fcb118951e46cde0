"""Lab 13: wrong answers that students give, each with the mistake that its hint is for, and right ones written otherwise."""

from __future__ import annotations

import math
import random
from collections import Counter

import numpy as np
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


def joined_strings(words, pair):
    def join(symbols, pair):
        out, i = [], 0
        while i < len(symbols):
            if i + 1 < len(symbols) and symbols[i] + symbols[i + 1] == "".join(pair):
                out.append("".join(pair))
                i += 2
            else:
                out.append(symbols[i])
                i += 1
        return out
    return _walk(words, pair, join)


def stops_one_early(words, pair):
    def join(symbols, pair):
        out, i = [], 0
        while i < len(symbols) - 1:
            if (symbols[i], symbols[i + 1]) == pair:
                out.append(symbols[i] + symbols[i + 1])
                i += 2
            else:
                out.append(symbols[i])
                i += 1
        return out
    return _walk(words, pair, join)


def a_space_between(words, pair):
    return {tuple(" ".join(pair) if s == "".join(pair) else s for s in symbols): n
            for symbols, n in methods.merge_pair(words, pair).items()}


def at_the_beginning_only(words, pair):
    return _walk(words, pair, lambda symbols, pair: (
        ["".join(pair), *symbols[2:]] if tuple(symbols[:2]) == pair else symbols))


def popped_from_the_dict(words, pair):
    for symbols in list(words):
        (new,) = methods.merge_pair({symbols: 1}, pair)
        words[new] = words.pop(symbols)
    return words


def by_recursion(words, pair):
    def joined(symbols):
        if len(symbols) < 2:
            return symbols
        if symbols[:2] == pair:
            return (pair[0] + pair[1], *joined(symbols[2:]))
        return (symbols[0], *joined(symbols[1:]))
    return {joined(symbols): count for symbols, count in words.items()}


def with_a_separator(words, pair):
    out = {}
    for symbols, count in words.items():
        text = "|" + "|".join(symbols) + "|"
        one, other = pair
        while f"|{one}|{other}|" in text:
            text = text.replace(f"|{one}|{other}|", f"|{one}\0{other}|", 1)
        out[tuple(symbol.replace("\0", "") for symbol in text.strip("|").split("|"))] = count
    return out


def with_a_flag(words, pair):
    out = {}
    for symbols, count in words.items():
        new, skip = [], False
        for i, symbol in enumerate(symbols):
            if skip:
                skip = False
            elif i + 1 < len(symbols) and symbol == pair[0] and symbols[i + 1] == pair[1]:
                new.append(symbol + symbols[i + 1])
                skip = True
            else:
                new.append(symbol)
        out[tuple(new)] = count
    return out


def as_an_entropy(log_probs, characters):
    return -(log_probs.exp() * log_probs).sum().item() / math.log(2) / characters


def to_base_ten(log_probs, characters):
    return -(log_probs / math.log(10)).sum().item() / characters


def logarithm_of_the_characters(log_probs, characters):
    return -log_probs.sum().item() / math.log2(characters)


def one_character_less(log_probs, characters):
    return -log_probs.sum().item() / math.log(2) / (characters - 1)


def log2_of_the_sum(log_probs, characters):
    return math.log2(-log_probs.sum().item()) / characters


def by_numpy(log_probs, characters):
    return float((-log_probs.numpy() / np.log(2)).sum() / characters)


def by_log2_e(log_probs, characters):
    return math.fsum(-p * math.log2(math.e) for p in log_probs.tolist()) / characters


def by_the_mean(log_probs, characters):
    return (-log_probs.double().mean() / math.log(2) * len(log_probs) / characters).item()


def turned_round(padding_mask, causal):
    return models.attention_mask(padding_mask, not causal)


def padding_open(padding_mask, causal):
    N, T = padding_mask.shape
    allowed = padding_mask[:, None, None, :].expand(N, 1, T, T)
    allowed = allowed & torch.ones(T, T, dtype=torch.bool).tril() if causal else allowed
    return allowed | torch.eye(T, dtype=torch.bool)


def and_the_diagonal(padding_mask, causal):
    allowed, itself = _mask(padding_mask, causal)
    return allowed & itself


def sees_the_next(padding_mask, causal):
    allowed, itself = _mask(padding_mask, causal, torch.ones(2 * padding_mask.shape[1:], dtype=torch.bool).tril(1))
    return allowed | itself


def infinities(padding_mask, causal):
    return torch.zeros(padding_mask.shape).masked_fill(padding_mask, -math.inf)[:, None, None, :]


def padded_rows_see_everything(padding_mask, causal):
    allowed, itself = _mask(padding_mask, causal)
    return allowed | itself | padding_mask[:, None, :, None]


def first_text_for_all(padding_mask, causal):
    return models.attention_mask(padding_mask[:1].expand_as(padding_mask), causal)


def by_numpy_s_triangle(padding_mask, causal):
    N, T = padding_mask.shape
    allowed = np.broadcast_to(~padding_mask.numpy()[:, None, None, :], (N, 1, T, T)).copy()
    if causal:
        allowed &= np.tri(T, dtype=bool)
    return torch.from_numpy(allowed | np.eye(T, dtype=bool))


def forbidden_first(padding_mask, causal):
    T = padding_mask.shape[1]
    forbidden = padding_mask.view(-1, 1, 1, T).repeat(1, 1, T, 1)
    if causal:
        forbidden = forbidden | torch.ones(T, T).triu(1).bool()
    forbidden.diagonal(dim1=2, dim2=3).fill_(False)
    return ~forbidden


def by_products(padding_mask, causal):
    T = padding_mask.shape[1]
    words = 1.0 - padding_mask.float()
    allowed = torch.einsum("nj,ij->nij", words, torch.ones(T, T).tril() if causal else torch.ones(T, T))
    return ((allowed + torch.eye(T)) > 0)[:, None]


def both_without_the_last(logits, tokens):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens[:, :-1].flatten())


def the_one_after_next(logits, tokens):
    return F.cross_entropy(logits[:, :-2].flatten(0, 1), tokens[:, 2:].flatten()) if tokens.shape[1] > 2 else same_place(
        logits, tokens)


def reshaped(logits, tokens):
    N, T, V = logits.shape
    return F.cross_entropy(logits[:, :-1].reshape(N, V, T - 1), tokens[:, 1:])


def classes_last(logits, tokens):
    return F.cross_entropy(logits[:, :-1], tokens[:, 1:])


def exponential_of_it(logits, tokens):
    return methods.next_token_loss(logits, tokens).exp()


def detached_logits(logits, tokens):
    return methods.next_token_loss(logits.detach(), tokens)


def last_place_only(logits, tokens):
    return F.cross_entropy(logits[:, -2], tokens[:, -1])


def first_row_only(logits, tokens):
    return methods.next_token_loss(logits[:1], tokens[:1])


def by_one_hot(logits, tokens):
    wanted = F.one_hot(tokens[:, 1:], logits.shape[2]).to(logits.dtype)
    return -torch.einsum("ntv,ntv->", logits[:, :-1].log_softmax(dim=-1), wanted) / wanted.sum()


def by_distributions(logits, tokens):
    return -torch.distributions.Categorical(logits=logits[:, :-1]).log_prob(tokens[:, 1:]).mean()


def by_logsumexp(logits, tokens):
    z = logits[:, :-1].double()
    chosen = z.gather(2, tokens[:, 1:].unsqueeze(2)).squeeze(2)
    return (z.logsumexp(dim=2) - chosen).mean().to(logits.dtype)


def by_ignored_places(logits, tokens):
    target = torch.cat([tokens[:, 1:], torch.full_like(tokens[:, :1], -100)], dim=1)
    return F.cross_entropy(logits.flatten(0, 1), target.flatten())


def labels_first(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share)[::-1]


def without_the_last_word(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = _masking(tokens, mask_id, vocab_size, specials, share, fate=torch.ones(tokens.shape))
    chosen, fate = labels != -100, torch.rand(tokens.shape)
    inputs = inputs.masked_fill(chosen & (fate < 0.8), mask_id)
    drawn = torch.randint(specials, vocab_size - 1, tokens.shape)
    return torch.where(chosen & (fate >= 0.8) & (fate < 0.9), drawn, inputs), labels


def labels_where_masked(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, _ = _masking(tokens, mask_id, vocab_size, specials, share)
    return inputs, torch.where(inputs == mask_id, tokens, -100)


def labels_where_changed(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, _ = _masking(tokens, mask_id, vocab_size, specials, share)
    return inputs, torch.where(inputs != tokens, tokens, -100)


def draws_after_draws(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = tokens.clone(), tokens.clone()
    chosen = (torch.rand(tokens.shape) < share) & (tokens >= specials)
    labels[~chosen] = -100
    inputs[chosen & (torch.rand(tokens.shape) < 0.8)] = mask_id
    other = chosen & (torch.rand(tokens.shape) < 0.1)
    inputs[other] = torch.randint(specials, vocab_size, tokens.shape)[other]
    return inputs, labels


def in_the_text_itself(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = _masking(tokens, mask_id, vocab_size, specials, share)
    tokens[:] = inputs
    return tokens, labels


def masked_alone(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen = (torch.rand(tokens.shape) < share) & (tokens >= specials)
    return tokens.masked_fill(chosen & (torch.rand(tokens.shape) < 0.8), mask_id), tokens.masked_fill(~chosen, -100)


def neighbours_together(tokens, mask_id, vocab_size, specials=3, share=0.15):
    pairs = (torch.rand(len(tokens), tokens.shape[1] // 2) < share).repeat_interleave(2, dim=1)
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=pairs & (tokens >= specials))


def by_numpy_s_draws(tokens, mask_id, vocab_size, specials=3, share=0.15):
    draw = np.random.default_rng()
    chosen = torch.from_numpy(draw.random(tuple(tokens.shape)) < share) & (tokens >= specials)
    fate = torch.from_numpy(draw.choice(3, tuple(tokens.shape), p=[0.8, 0.1, 0.1]))
    words = torch.from_numpy(draw.integers(specials, vocab_size, tuple(tokens.shape)))
    inputs = torch.where(chosen & (fate == 0), torch.tensor(mask_id), tokens)
    return torch.where(chosen & (fate == 1), words, inputs), torch.where(chosen, tokens, torch.tensor(-100))


def by_a_list_of_places(tokens, mask_id, vocab_size, specials=3, share=0.15):
    inputs, labels = tokens.clone(), torch.full_like(tokens, -100)
    for n, t in ((tokens >= specials) & (torch.rand(tokens.shape) < share)).nonzero().tolist():
        labels[n, t] = tokens[n, t]
        draw = random.random()
        if draw < 0.8:
            inputs[n, t] = mask_id
        elif draw < 0.9:
            inputs[n, t] = random.randrange(specials, vocab_size)
    return inputs, labels


def fates_from_the_other_end(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen = (torch.rand(tokens.shape) >= 1 - share) & (tokens >= specials)
    fate = torch.multinomial(torch.tensor([0.1, 0.1, 0.8]), tokens.numel(), replacement=True).view(tokens.shape)
    options = torch.stack([tokens, torch.randint(specials, vocab_size, tokens.shape), torch.full_like(tokens, mask_id)])
    return torch.where(chosen, options.gather(0, fate[None])[0], tokens), torch.where(chosen, tokens, -100)


def compared_with_a_list(words, pair):
    def join(symbols, pair):
        out, i = [], 0
        while i < len(symbols):
            here = symbols[i:i + 2] == pair             # a list and a tuple
            out.append("".join(pair) if here else symbols[i])
            i += 2 if here else 1
        return out
    return _walk(words, pair, join)


def every_neighbour_in_turn(words, pair):
    return _walk(words, pair, lambda s, pair: [a + b if (a, b) == pair else a for a, b in zip(s, s[1:])])


def two_to_the_nats(log_probs, characters):
    return 2 ** (-log_probs.sum().item() / characters)


def text_by_text(padding_mask, causal):
    seen = ~padding_mask
    allowed = seen[:, None, :, None] & seen[:, None, None, :]
    allowed = allowed.tril() if causal else allowed
    return allowed | torch.eye(padding_mask.shape[1], dtype=torch.bool)


def nll_of_logits(logits, tokens):
    return F.nll_loss(logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten())


def softmax_along_the_row(logits, tokens):
    return -logits[:, :-1].log_softmax(dim=1).gather(2, tokens[:, 1:, None]).mean()


def over_all_tokens(logits, tokens):
    return the_sum(logits, tokens) / tokens.numel()


def one_fate_for_each_row(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masking(tokens, mask_id, vocab_size, specials, share, fate=torch.rand(len(tokens), 1).expand(tokens.shape))


def first_word_spared(tokens, mask_id, vocab_size, specials=3, share=0.15):
    chosen = (torch.rand(tokens.shape) < share) & (tokens > specials)
    return _masking(tokens, mask_id, vocab_size, specials, share, chosen=chosen)


def through_the_probabilities(log_probs, characters):
    return -torch.log2(log_probs.exp()).sum().item() / characters


def labels_where_not_chosen(tokens, mask_id, vocab_size, specials, share=0.15):
    inputs, labels = methods.mask_tokens(tokens, mask_id, vocab_size, specials, share)
    return inputs, tokens.masked_fill(labels != -100, -100)


# --- self_attention ---------------------------------------------------------------------------------------------------


def _split(x, heads):
    N, T, D = x.shape
    return x.view(N, T, heads, D // heads).transpose(1, 2)


def _join(z):
    return z.transpose(1, 2).flatten(2)


def _attention(q, k, v, heads, mask, *, divide=None, add=0.0, dim=-1):
    """Attention as `models.self_attention` has it, with other scores, another mask, another axis."""
    q, k, v = (_split(x, heads) for x in (q, k, v))
    scores = q @ k.mT / (math.sqrt(q.shape[-1]) if divide is None else divide) + add
    a = scores.masked_fill(~mask, -math.inf).softmax(dim=dim)
    return _join(a @ v), a


def plain_products(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask, divide=1.0)


def over_the_root_of_the_width(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask, divide=math.sqrt(q.shape[-1]))


def over_d(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask, divide=q.shape[-1] // heads)


def closed_where_true(q, k, v, heads, mask):
    return _attention(q, k, v, heads, ~mask)


def open_everywhere(q, k, v, heads, mask):
    return _attention(q, k, v, heads, torch.ones_like(mask))


def zeros_for_closed(q, k, v, heads, mask):
    scores = _split(q, heads) @ _split(k, heads).mT / math.sqrt(q.shape[-1] // heads)
    a = (scores * mask).softmax(dim=-1)
    return _join(a @ _split(v, heads)), a


def masked_at_last(q, k, v, heads, mask):
    _, a = _attention(q, k, v, heads, torch.ones_like(mask))
    a = a.masked_fill(~mask, 0.0)
    return _join(a @ _split(v, heads)), a


def mask_as_a_bonus(q, k, v, heads, mask):
    return _attention(q, k, v, heads, torch.ones_like(mask), add=mask.to(q.dtype))


def columns_sum_to_one(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask, dim=-2)


def heads_sum_to_one(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask, dim=1)


def cut_by_reshape_alone(q, k, v, heads, mask):
    N, T, D = q.shape
    q, k, v = (x.reshape(N, heads, T, D // heads) for x in (q, k, v))
    a = (q @ k.mT / math.sqrt(D // heads)).masked_fill(~mask, -math.inf).softmax(dim=-1)
    return (a @ v).reshape(N, T, D), a


def cut_by_reshape_alone_then_joined(q, k, v, heads, mask):
    N, T, D = q.shape
    q, k, v = (x.reshape(N, heads, T, D // heads) for x in (q, k, v))
    a = (q @ k.mT / math.sqrt(D // heads)).masked_fill(~mask, -math.inf).softmax(dim=-1)
    return _join(a @ v), a


def every_hth_number(q, k, v, heads, mask):
    N, T, D = q.shape
    q, k, v = (x.view(N, T, D // heads, heads).permute(0, 3, 1, 2) for x in (q, k, v))
    a = (q @ k.mT / math.sqrt(D // heads)).masked_fill(~mask, -math.inf).softmax(dim=-1)
    return (a @ v).permute(0, 2, 3, 1).reshape(N, T, D), a


def every_hth_number_then_joined(q, k, v, heads, mask):
    N, T, D = q.shape
    q, k, v = (x.view(N, T, D // heads, heads).permute(0, 3, 1, 2) for x in (q, k, v))
    a = (q @ k.mT / math.sqrt(D // heads)).masked_fill(~mask, -math.inf).softmax(dim=-1)
    return _join(a @ v), a


def joined_by_reshape_alone(q, k, v, heads, mask):
    a = _attention(q, k, v, heads, mask)[1]
    return (a @ _split(v, heads)).reshape(q.shape), a


def keys_look_at_queries(q, k, v, heads, mask):
    return _attention(k, q, v, heads, mask)


def keys_for_values(q, k, v, heads, mask):
    return _attention(q, k, k, heads, mask)


def table_turned_round(q, k, v, heads, mask):
    a = _attention(q, k, v, heads, mask)[1]
    return _join(a.mT @ _split(v, heads)), a


def one_head_only(q, k, v, heads, mask):
    return _attention(q, k, v, 1, mask)


def without_its_table(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask)[0]


def table_first(q, k, v, heads, mask):
    return _attention(q, k, v, heads, mask)[::-1]


def looks_without_learning(q, k, v, heads, mask):
    a = _attention(q, k, v, heads, mask)[1].detach()
    return _join(a @ _split(v, heads)), a


def head_by_head(q, k, v, heads, mask):
    z, a = [], []
    for q_h, k_h, v_h in zip(*(x.chunk(heads, dim=-1) for x in (q, k, v))):
        scores = torch.einsum("nid,njd->nij", q_h, k_h) * q_h.shape[-1] ** -0.5
        a.append(torch.where(mask[:, 0], scores, -math.inf).softmax(dim=2))
        z.append(torch.bmm(a[-1], v_h))
    return torch.cat(z, dim=-1), torch.stack(a, dim=1)


def by_einsum(q, k, v, heads, mask):
    q, k, v = (x.unflatten(-1, (heads, -1)) for x in (q, k, v))
    scores = torch.einsum("nihd,njhd->nhij", q, k) / math.sqrt(q.shape[-1])
    scores = scores + torch.zeros_like(scores).masked_fill(mask.logical_not(), -math.inf)
    a = scores.softmax(dim=3)
    return torch.einsum("nhij,njhd->nihd", a, v).flatten(2), a


def by_exponentials(q, k, v, heads, mask):
    scores = _split(q / math.sqrt(q.shape[-1] // heads), heads) @ _split(k, heads).mT
    weights = (scores - scores.detach().amax(dim=-1, keepdim=True)).exp() * mask.to(scores.dtype)
    a = weights / weights.sum(dim=-1, keepdim=True)
    return _join(a @ _split(v, heads)), a


def softmax_then_logarithm(logits, tokens):
    p = logits[:, :-1].softmax(dim=2).gather(2, tokens[:, 1:, None])
    return -p.log().mean()


WRONG = {
    "merge_pair": [
        (words_without_the_pair_left_out, "others_dropped"), (words_as_strings, "no_longer_symbols"),
        (lists_as_keys, "no_longer_symbols"), (counted_from_one, "counts_lost"),
        (first_in_each_word, "first_place_only"), (steps_of_one, "symbol_used_twice"),
        (one_step_only, "symbol_used_twice"), (from_the_end, "from_the_right"),
        (replaced_in_a_string, "letters_not_symbols"), (either_order, "both_orders"), (letters_again, "different"),
        (joined_strings, "joined_strings_compared"), (stops_one_early, "last_symbol_lost"),
        (a_space_between, "joined_with_something"), (at_the_beginning_only, "different"),
        (popped_from_the_dict, "changes"), (compared_with_a_list, "nothing_merged"),
        (every_neighbour_in_turn, "different"),
    ],
    "bits_per_character": [
        (natural_logarithm, "nats"), (bits_each_token, "per_token"), (nats_each_token, "per_token"),
        (all_of_them, "of_the_whole_text"), (minus_forgotten, "negative"), (times_ln_2, "multiplied_by_ln_2"),
        (perplexity_per_character, "a_perplexity"), (mean_of_means, "averaged_twice"),
        (log2_of_logs, "logarithm_twice"),
        (as_a_string, "different"), (as_an_entropy, "weighed_by_probability"), (to_base_ten, "digits"),
        (logarithm_of_the_characters, "different"), (one_character_less, "scaled"), (log2_of_the_sum, "different"),
        (two_to_the_nats, "a_perplexity"), (through_the_probabilities, "underflow"),
    ],
    "attention_mask": [
        (three_axes, "no_axis_for_the_heads"), (masked_where_true, "forbidden_is_true"),
        (upper_triangle, "looks_ahead"),
        (both_ways_always, "never_causal"), (back_only_always, "always_causal"),
        (rows_for_columns, "padding_in_the_rows"),
        (strictly_before, "not_itself"), (without_the_diagonal, "nothing_to_look_at"),
        (padding_ignored, "padding_seen"),
        (as_numbers, "dtype"), (turned_round, "causal_turned_round"), (padding_open, "padding_not_inverted"),
        (and_the_diagonal, "itself_alone"), (sees_the_next, "one_too_far"), (infinities, "shape"),
        (padded_rows_see_everything, "too_many_true"), (text_by_text, "too_few_true"),
        (first_text_for_all, "first_text_s_padding"),
    ],
    "self_attention": [
        (plain_products, "not_scaled"), (over_the_root_of_the_width, "scaled_by_the_whole_width"), (over_d, "scaled_by_d"),
        (closed_where_true, "mask_turned_round"), (open_everywhere, "mask_ignored"), (zeros_for_closed, "closed_with_zero"),
        (masked_at_last, "masked_after_the_softmax"), (mask_as_a_bonus, "mask_added"),
        (columns_sum_to_one, "softmax_over_queries"), (heads_sum_to_one, "softmax_over_heads"),
        (cut_by_reshape_alone, "tokens_mixed"), (cut_by_reshape_alone_then_joined, "tokens_mixed"),
        (every_hth_number, "heads_take_turns"), (every_hth_number_then_joined, "heads_take_turns"),
        (joined_by_reshape_alone, "not_exchanged_back"), (keys_look_at_queries, "keys_ask"),
        (keys_for_values, "keys_taken_home"), (table_turned_round, "given_and_not_taken"), (one_head_only, "heads_ignored"),
        (without_its_table, "count"), (table_first, "order"), (looks_without_learning, "half_detached"),
    ],
    "next_token_loss": [
        (softmax_then_logarithm, "overflow"),
        (same_place, "not_shifted"), (backwards, "shifted_the_wrong_way"), (flattened_first, "rows_run_together"),
        (rolled, "rolled_round"), (the_sum, "added_up"), (a_sum_each_row, "added_up"),
        (each_token, "one_for_each_token"),
        (softmax_first, "softmax_twice"), (bits_not_nats, "in_bits"), (sign_turned, "negative"),
        (probability_not_logarithm, "logarithm_missing"), (nll_of_logits, "logarithm_missing"),
        (softmax_along_the_row, "softmax_over_places"), (over_all_tokens, "scaled"),
        (both_without_the_last, "not_shifted"),
        (the_one_after_next, "shifted_by_two"), (reshaped, "reshaped_for_a_transpose"),
        (classes_last, "classes_on_the_last_axis"), (exponential_of_it, "exponential"), (detached_logits, "detached"),
        (last_place_only, "different"), (first_row_only, "different"),
    ],
    "mask_tokens": [
        (the_same_each_time, "seeded"), (whole_text_as_labels, "labels_everywhere"),
        (zeros_elsewhere, "another_value_elsewhere"),
        (labels_after_masking, "labels_of_the_masked_text"), (padding_chosen_too, "specials_chosen"),
        (fate_for_all, "changed_elsewhere"), (one_draw_for_all_rows, "the_same_places_in_every_row"),
        (comparison_turned, "the_others_chosen"), (always_mask, "all_masked"),
        (drawn_from_everything, "specials_drawn"),
        (one_draw_for_all_places, "one_random_token"), (nothing_stays, "other_shares"), (half_and_half, "other_shares"),
        (inputs_alone, "count"), (labels_first, "the_two_exchanged"), (without_the_last_word, "an_end_is_never_drawn"),
        (labels_where_masked, "only_the_masked_are_asked"), (labels_where_changed, "those_that_stay_not_asked"),
        (draws_after_draws, "other_shares"), (in_the_text_itself, "changes"), (masked_alone, "other_shares"),
        (neighbours_together, "different"), (one_fate_for_each_row, "other_shares"),
        (first_word_spared, "first_word_never_chosen"), (labels_where_not_chosen, "labels_inverted"),
    ],
}

WRONG["hunt_next_token_loss"] = WRONG["next_token_loss"]

RIGHT = {
    "merge_pair": [in_a_counter, in_place_on_a_list, by_recursion, with_a_separator, with_a_flag],
    "bits_per_character": [product_of_probabilities, as_a_tensor, by_numpy, by_log2_e, by_the_mean],
    "attention_mask": [cell_by_cell, by_places, by_numpy_s_triangle, forbidden_first, by_products],
    "self_attention": [head_by_head, by_einsum, by_exponentials],
    "next_token_loss": [
        classes_second, by_gathering, by_one_hot, by_distributions, by_logsumexp, by_ignored_places,
    ],
    "mask_tokens": [
        one_draw_for_both, two_coins, by_numpy_s_draws, by_a_list_of_places, fates_from_the_other_end,
    ],
}
RIGHT["hunt_next_token_loss"] = RIGHT["next_token_loss"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _masked_by(tokens, mask_id, V, specials, share, **o):
    c = (torch.rand(tokens.shape) < o.get("share", share)) & (tokens >= o.get("sp", specials))
    r = torch.rand(tokens.shape)
    lab = tokens.masked_fill(~c, o.get("fill", -100))
    x = tokens.masked_fill(c & (r < o.get("a", 0.8)), mask_id)
    b = c & (r >= o.get("a", 0.8)) & (r < o.get("b", 0.9))
    x = torch.where(b, torch.randint(o.get("lo", specials), o.get("hi", V), tokens.shape), x)
    return x, lab


def _split(x, h):
    return x.reshape(*x.shape[:2], h, -1).transpose(1, 2)


def one_id_too_many(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masked_by(tokens, mask_id, vocab_size, specials, share, hi=vocab_size + 1)


def above_the_special_ones(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masked_by(tokens, mask_id, vocab_size, specials, share, sp=specials + 1)


def fifteen_per_cent_always(tokens, mask_id, vocab_size, specials=3, share=0.15):
    return _masked_by(tokens, mask_id, vocab_size, specials, 0.15)


def next_row_asked(logits, tokens):
    return F.cross_entropy(logits[:-1].flatten(0, 1), tokens[1:].flatten())


def tokens_down_the_columns(logits, tokens):
    return F.cross_entropy(logits[:, :-1].flatten(0, 1), tokens.T[1:].flatten())


def flat_and_the_wrong_way(logits, tokens):
    said = logits.flatten(0, 1)[1:]
    asked = tokens.flatten()[:-1]
    return F.cross_entropy(said, asked)


def one_head_shown_as_many(q, k, v, heads, mask):
    a = (q @ k.mT / q.shape[-1] ** 0.5).masked_fill(~mask[:, 0], -torch.inf).softmax(-1)
    return a @ v, a[:, None].expand(-1, heads, -1, -1)


def scores_as_weights(q, k, v, heads, mask):
    Q, K, V = (_split(x, heads) for x in (q, k, v))
    s = (Q @ K.mT / Q.shape[-1] ** 0.5).masked_fill(~mask, -torch.inf)
    return (s.softmax(-1) @ V).transpose(1, 2).flatten(2), s


def by_numpy_and_back(tokens, mask_id, vocab_size, specials=3, share=0.15):
    t = tokens.cpu().numpy()
    c = (np.random.rand(*t.shape) < share) & (t >= specials)
    y = np.where(c, t, -100)
    u = np.random.rand(*t.shape)
    x = np.where(c & (u < 0.8), mask_id, t)
    x = np.where(c & (u >= 0.9), np.random.randint(specials, vocab_size, t.shape), x)
    return torch.from_numpy(x).to(tokens.device), torch.from_numpy(y).to(tokens.device)


def by_bernoulli(tokens, mask_id, vocab_size, specials=3, share=0.15):
    p = torch.full(tokens.shape, share, device=tokens.device).masked_fill(tokens < specials, 0.0)
    c = torch.bernoulli(p).bool()
    labels = tokens.clone().masked_fill_(~c, -100)
    m = torch.bernoulli(torch.full(tokens.shape, 0.8, device=tokens.device)).bool() & c
    x = tokens.masked_fill(m, mask_id)
    r = torch.bernoulli(torch.full(tokens.shape, 0.5, device=tokens.device)).bool() & c & ~m
    return torch.where(r, torch.randint_like(tokens, specials, vocab_size), x), labels


def token_by_token_with_random(tokens, mask_id, vocab_size, specials=3, share=0.15):
    x = tokens.clone()
    y = torch.full_like(tokens, -100)
    for n, row in enumerate(tokens.tolist()):
        for t, i in enumerate(row):
            if i >= specials and random.random() < share:
                y[n, t] = i
                u = random.random()
                if u < 0.8:
                    x[n, t] = mask_id
                elif u < 0.9:
                    x[n, t] = random.randrange(specials, vocab_size)
    return x, y


def head_after_head(q, k, v, heads, mask):
    d = q.shape[2] // heads
    zs = []
    as_ = []
    for h in range(heads):
        sl = slice(h * d, (h + 1) * d)
        s = torch.bmm(q[..., sl], k[..., sl].mT) / d**0.5
        a = s.masked_fill(~mask[:, 0], -1e30).softmax(2)
        zs.append(a @ v[..., sl])
        as_.append(a)
    return torch.cat(zs, 2), torch.stack(as_, 1)


def by_places_compared(padding_mask, causal):
    T = padding_mask.size(1)
    i = torch.arange(T, device=padding_mask.device)
    look = (i[:, None] >= i[None]) if causal else torch.full((T, T), True, device=padding_mask.device)
    look = look.unsqueeze(0) & padding_mask.eq(False).unsqueeze(1)
    look[:, i, i] = True
    return look.unsqueeze(1)


def by_a_stack(words, pair):
    a, b = pair
    out = {}
    for w, c in words.items():
        s = []
        ok = False
        for x in w:
            if s and ok and s[-1] == a and x == b:
                s[-1] = a + b
                ok = False
            else:
                s.append(x)
                ok = True
        k = tuple(s)
        out[k] = out.get(k, 0) + c
    return out


WRONG["mask_tokens"] += [
    (one_id_too_many, "beyond_the_vocabulary"),
    (above_the_special_ones, "first_word_never_chosen"),
    (fifteen_per_cent_always, "share_typed"),
]
WRONG["next_token_loss"] += [(next_row_asked, "rows_shifted"), (tokens_down_the_columns, "tokens_turned")]
WRONG["hunt_next_token_loss"] += [(flat_and_the_wrong_way, "shifted_the_wrong_way")]
WRONG["self_attention"] += [(one_head_shown_as_many, "heads_ignored"), (scores_as_weights, "scores_returned")]
RIGHT["mask_tokens"] += [by_numpy_and_back, by_bernoulli, token_by_token_with_random]
RIGHT["self_attention"] += [head_after_head]
RIGHT["attention_mask"] += [by_places_compared]
RIGHT["merge_pair"] += [by_a_stack]
