"""Lab 17: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch
from torch.nn import functional as F


def tables(I, T, s):
    return s * F.normalize(I, dim=1) @ F.normalize(T, dim=1).T


def ce(logits):
    return F.cross_entropy(logits, torch.arange(len(logits)))


def both(logits):
    return (ce(logits) + ce(logits.T)) / 2


# --- mean_of_words


def plain_mean(vectors, tokens):
    return vectors.mean(dim=1)


def masked_and_all(vectors, tokens):
    return (vectors * (tokens != 0)[..., None]).mean(dim=1)


def only_summed(vectors, tokens):
    return (vectors * (tokens != 0)[..., None]).sum(dim=1)


def by_the_total(vectors, tokens):
    mask = (tokens != 0)[..., None]
    return (vectors * mask).sum(dim=1) / mask.sum()


def down_the_batch(vectors, tokens):
    return vectors.mean(dim=0)


def by_the_numbers(vectors, tokens):
    return (vectors * tokens[..., None]).sum(dim=1) / tokens.sum(dim=1, keepdim=True).clamp_min(1)


def by_the_first_zero(vectors, tokens):
    rows = []
    for own, row in zip(vectors, tokens.tolist()):
        length = row.index(0) if 0 in row else len(row)
        rows.append(own[:length].mean(dim=0) if length else torch.zeros_like(own[0]))
    return torch.stack(rows)


def without_a_least(vectors, tokens):
    mask = (tokens != 0)[..., None]
    return (vectors * mask).sum(dim=1) / mask.sum(dim=1)


def what_is_empty(vectors, tokens):
    mask = (tokens == 0)[..., None]
    return (vectors * mask).sum(dim=1) / mask.sum(dim=1).clamp_min(1)


def word_by_word(vectors, tokens):
    rows = []
    for own, row in zip(vectors, tokens):
        words = own[row != 0]
        rows.append(words.mean(dim=0) if len(words) else own.new_zeros(own.shape[1]))
    return torch.stack(rows)


def by_a_product(vectors, tokens):
    mask = (tokens != 0).to(vectors.dtype)
    return torch.einsum("nt,ntd->nd", mask / mask.sum(dim=1, keepdim=True).clamp(min=1), vectors)


def by_masked_fill(vectors, tokens):
    return vectors.masked_fill(tokens.eq(0)[..., None], 0.0).sum(1) / torch.count_nonzero(tokens, dim=1).clamp(min=1)[:, None]


# --- clip


def rows_only(image_features, text_features, logit_scale):
    return ce(tables(image_features, text_features, logit_scale))


def columns_only(image_features, text_features, logit_scale):
    return ce(tables(image_features, text_features, logit_scale).T)


def transposed_too_late(image_features, text_features, logit_scale):
    log_p = tables(image_features, text_features, logit_scale).log_softmax(dim=1)
    return -(log_p.diagonal().mean() + log_p.T.diagonal().mean()) / 2


def added(image_features, text_features, logit_scale):
    return 2 * both(tables(image_features, text_features, logit_scale))


def dot_products(image_features, text_features, logit_scale):
    return both(logit_scale * image_features @ text_features.T)


def columns_normalised(image_features, text_features, logit_scale):
    return both(logit_scale * F.normalize(image_features, dim=0) @ F.normalize(text_features, dim=0).T)


def one_normalised(image_features, text_features, logit_scale):
    return both(logit_scale * F.normalize(image_features, dim=1) @ text_features.T)


def divided_by_the_scale(image_features, text_features, logit_scale):
    return both(tables(image_features, text_features, 1 / logit_scale))


def no_scale(image_features, text_features, logit_scale):
    return both(tables(image_features, text_features, 1.0))


def images_with_images(image_features, text_features, logit_scale):
    return ce(tables(image_features, image_features, logit_scale))


def all_added_up(image_features, text_features, logit_scale):
    return len(image_features) * both(tables(image_features, text_features, logit_scale))


def probabilities(image_features, text_features, logit_scale):
    logits = tables(image_features, text_features, logit_scale)
    return -(logits.softmax(dim=1).diagonal().mean() + logits.softmax(dim=0).diagonal().mean()) / 2


def the_other_sign(image_features, text_features, logit_scale):
    return -both(tables(image_features, text_features, logit_scale))


def by_plain_exponentials(image_features, text_features, logit_scale):
    e = tables(image_features, text_features, logit_scale).exp()
    return -((e.diagonal() / e.sum(1)).log().mean() + (e.diagonal() / e.sum(0)).log().mean()) / 2


def over_the_whole_table(image_features, text_features, logit_scale):
    logits = tables(image_features, text_features, logit_scale)
    return -(logits.flatten().log_softmax(dim=0).reshape(logits.shape).diagonal()).mean()


def by_log_softmax(image_features, text_features, logit_scale):
    logits = tables(image_features, text_features, logit_scale)
    return -(logits.log_softmax(dim=1).diagonal() + logits.log_softmax(dim=0).diagonal()).mean() / 2


def by_logsumexp(image_features, text_features, logit_scale):
    images = image_features / image_features.norm(dim=1, keepdim=True)
    texts = text_features / text_features.norm(dim=1, keepdim=True)
    logits = logit_scale * torch.einsum("id,jd->ij", images, texts)
    return (logits.logsumexp(0) + logits.logsumexp(1)).mean() / 2 - logits.diagonal().mean()


def by_cosine_similarity(image_features, text_features, logit_scale):
    return both(logit_scale * F.cosine_similarity(image_features[:, None], text_features[None], dim=2))


def by_one_hot(image_features, text_features, logit_scale):
    logits, target = tables(image_features, text_features, logit_scale), torch.eye(len(image_features)).to(image_features)
    return 0.5 * (F.cross_entropy(logits, target) + F.cross_entropy(logits.T, target))


def scale_as_a_number(image_features, text_features, logit_scale):
    return both(tables(image_features, text_features, float(logit_scale)))


def exp_of_the_scale(image_features, text_features, logit_scale):
    return both(tables(image_features, text_features, logit_scale.exp()))


# --- siglip


def yes_no(logits):
    return 2 * torch.eye(len(logits), dtype=logits.dtype) - 1


def cells_averaged(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).mean()


def cells_added(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum()


def pairs_only(image_features, text_features, logit_scale, logit_bias):
    return -F.logsigmoid((tables(image_features, text_features, logit_scale) + logit_bias).diagonal()).mean()


def ones_and_zeros(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -F.logsigmoid(torch.eye(len(logits), dtype=logits.dtype) * logits).sum() / len(logits)


def always_yes(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -F.logsigmoid(logits).sum() / len(logits)


def the_other_way_round(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -F.logsigmoid(-yes_no(logits) * logits).sum() / len(logits)


def bias_forgotten(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale)
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def bias_subtracted(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) - logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def bias_after_the_sign(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale)
    return -F.logsigmoid(yes_no(logits) * logits + logit_bias).sum() / len(logits)


def sigmoid_of_dots(image_features, text_features, logit_scale, logit_bias):
    logits = logit_scale * image_features @ text_features.T + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def scale_forgotten(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, 1.0) + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def log_of_the_sigmoid(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -(yes_no(logits) * logits).sigmoid().log().sum() / len(logits)


def plus(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def without_a_logarithm(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return -(yes_no(logits) * logits).sigmoid().sum() / len(logits)


def clip_again(image_features, text_features, logit_scale, logit_bias):
    return both(tables(image_features, text_features, logit_scale))


def scale_as_a_number_here(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, float(logit_scale)) + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def bias_as_a_number(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + float(logit_bias)
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def exp_of_the_scale_here(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale.exp()) + logit_bias
    return -F.logsigmoid(yes_no(logits) * logits).sum() / len(logits)


def by_binary_cross_entropy_of_a_plain_eye(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return F.binary_cross_entropy_with_logits(logits, torch.eye(len(logits)), reduction="sum") / len(logits)


def by_softplus(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    return F.softplus(torch.where(torch.eye(len(logits)).bool(), -logits, logits)).sum(dim=1).mean()


def by_binary_cross_entropy(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    target = torch.eye(len(logits), dtype=logits.dtype)
    return F.binary_cross_entropy_with_logits(logits, target, reduction="sum") / len(logits)


def by_two_parts(image_features, text_features, logit_scale, logit_bias):
    logits = tables(image_features, text_features, logit_scale) + logit_bias
    yes = F.logsigmoid(logits.diagonal()).sum()
    no = F.logsigmoid(-logits).sum() - F.logsigmoid(-logits.diagonal()).sum()
    return -(yes + no) / len(logits)


def row_by_row(image_features, text_features, logit_scale, logit_bias):
    total = 0.0
    for i, row in enumerate(tables(image_features, text_features, logit_scale) + logit_bias):
        sign = torch.full_like(row, -1.0)
        sign[i] = 1.0
        total = total - F.logsigmoid(sign * row).sum()
    return total / len(image_features)


# --- zero_shot_predict_proba


def directions_of(prompts, classes):
    return torch.stack([F.normalize(prompts[classes == c].mean(dim=0), dim=0) for c in range(int(classes.max()) + 1)])


def cosines_of(images, prompts, classes):
    return F.normalize(images, dim=1) @ directions_of(F.normalize(prompts, dim=1), classes).T


def logits_only(images, prompts, classes, temperature=0.01):
    return cosines_of(images, prompts, classes) / temperature


def short_averages(images, prompts, classes, temperature=0.01):
    prompts = F.normalize(prompts, dim=1)
    means = torch.stack([prompts[classes == c].mean(dim=0) for c in range(int(classes.max()) + 1)])
    return (F.normalize(images, dim=1) @ means.T / temperature).softmax(dim=1)


def long_sums(images, prompts, classes, temperature=0.01):
    prompts = F.normalize(prompts, dim=1)
    sums = torch.stack([prompts[classes == c].sum(dim=0) for c in range(int(classes.max()) + 1)])
    return (F.normalize(images, dim=1) @ sums.T / temperature).softmax(dim=1)


def long_prompts(images, prompts, classes, temperature=0.01):
    return (F.normalize(images, dim=1) @ directions_of(prompts, classes).T / temperature).softmax(dim=1)


def long_images(images, prompts, classes, temperature=0.01):
    return (images @ directions_of(F.normalize(prompts, dim=1), classes).T / temperature).softmax(dim=1)


def multiplied(images, prompts, classes, temperature=0.01):
    return (cosines_of(images, prompts, classes) * temperature).softmax(dim=1)


def no_temperature(images, prompts, classes, temperature=0.01):
    return cosines_of(images, prompts, classes).softmax(dim=1)


def over_the_images(images, prompts, classes, temperature=0.01):
    return (cosines_of(images, prompts, classes) / temperature).softmax(dim=0)


def prompt_by_prompt(images, prompts, classes, temperature=0.01):
    return (F.normalize(images, dim=1) @ F.normalize(prompts, dim=1).T / temperature).softmax(dim=1)


def shares_added(images, prompts, classes, temperature=0.01):
    each = prompt_by_prompt(images, prompts, classes, temperature)
    return torch.stack([each[:, classes == c].sum(dim=1) for c in range(int(classes.max()) + 1)], dim=1)


def the_first_prompt(images, prompts, classes, temperature=0.01):
    rows = [int((classes == c).nonzero()[0]) for c in range(int(classes.max()) + 1)]
    return (F.normalize(images, dim=1) @ F.normalize(prompts[rows], dim=1).T / temperature).softmax(dim=1)


def by_exponentials(images, prompts, classes, temperature=0.01):
    e = (cosines_of(images, prompts, classes) / temperature).exp()
    return e / e.sum(dim=1, keepdim=True)


def by_a_dictionary(images, prompts, classes, temperature=0.01):
    found = {}
    for c, prompt in zip(classes.tolist(), prompts):
        found[c] = found.get(c, 0) + prompt / prompt.norm()
    directions = torch.stack([found[c] / found[c].norm() for c in sorted(found)])
    return torch.softmax(images / images.norm(dim=1, keepdim=True) @ directions.T / temperature, dim=1)


def by_one_hot_columns(images, prompts, classes, temperature=0.01):
    member = F.one_hot(classes).to(prompts.dtype)  # (P, K)
    directions = F.normalize(member.T @ F.normalize(prompts, dim=1) / member.sum(dim=0)[:, None], dim=1)
    return F.softmax(F.cosine_similarity(images[:, None], directions[None], dim=2) / temperature, dim=1)


def by_stacking(images, prompts, classes, temperature=0.01):
    return (cosines_of(images, prompts, classes) / temperature).softmax(dim=1)


WRONG = {
    "mean_of_words": [
        (plain_mean, "over_all_places"), (masked_and_all, "divided_by_all_places"), (only_summed, "summed"),
        (by_the_total, "one_number_for_all"), (down_the_batch, "over_the_texts"), (by_the_numbers, "weighted_by_numbers"),
        (by_the_first_zero, "cut_at_the_first_gap"), (without_a_least, "nothing_by_nothing"),
        (what_is_empty, "the_empty_places"),
    ],
    "clip": [
        (rows_only, "images_alone"), (columns_only, "texts_alone"), (transposed_too_late, "images_alone"),
        (added, "both_added"), (dot_products, "not_normalised"), (columns_normalised, "scaled_another_way"),
        (one_normalised, "scaled_another_way"), (divided_by_the_scale, "scale_astray"), (no_scale, "scale_astray"),
        (images_with_images, "one_side_with_itself"), (all_added_up, "summed"), (probabilities, "no_logarithm"),
        (the_other_sign, "negated"), (by_plain_exponentials, "overflow"), (over_the_whole_table, "softmax_over_everything"),
        (scale_as_a_number, "half_detached"), (exp_of_the_scale, "exponential_of_the_scale"),
    ],
    "siglip": [
        (cells_averaged, "mean_over_cells"), (cells_added, "summed"), (pairs_only, "diagonal_alone"),
        (ones_and_zeros, "zeros_for_no"), (always_yes, "yes_to_all"), (the_other_way_round, "signs_swapped"),
        (bias_forgotten, "no_bias"), (bias_subtracted, "bias_astray"), (bias_after_the_sign, "bias_astray"),
        (sigmoid_of_dots, "not_normalised"), (scale_forgotten, "scale_astray"), (log_of_the_sigmoid, "overflow"),
        (plus, "negated"), (without_a_logarithm, "no_logarithm"), (clip_again, "softmax_still"),
        (scale_as_a_number_here, "half_detached"), (bias_as_a_number, "half_detached"),
        (exp_of_the_scale_here, "exponential_of_the_scale"), (by_binary_cross_entropy_of_a_plain_eye, "dtype"),
    ],
    "zero_shot_predict_proba": [
        (logits_only, "logits_alone"), (short_averages, "average_not_normalised"), (long_sums, "sum_not_normalised"),
        (long_prompts, "prompts_not_normalised"), (long_images, "images_not_normalised"), (multiplied, "temperature_astray"),
        (no_temperature, "temperature_astray"), (over_the_images, "softmax_over_images"),
        (prompt_by_prompt, "a_column_for_each_prompt"), (shares_added, "probabilities_averaged"),
        (the_first_prompt, "one_prompt_alone"), (by_exponentials, "overflow"),
    ],
}
WRONG["hunt_clip"] = WRONG["clip"]

RIGHT = {
    "mean_of_words": [word_by_word, by_a_product, by_masked_fill],
    "clip": [by_log_softmax, by_logsumexp, by_cosine_similarity, by_one_hot],
    "siglip": [by_softplus, by_binary_cross_entropy, by_two_parts, row_by_row],
    "zero_shot_predict_proba": [by_a_dictionary, by_one_hot_columns, by_stacking],
}
RIGHT["hunt_clip"] = RIGHT["clip"]
