"""Lab 10: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import math

import torch
from torch.nn import functional as F


def both(z0, z1):
    return F.normalize(torch.cat([z0, z1]), dim=1)


def masked(table, value=-torch.inf):
    return table.clone().fill_diagonal_(value)


def partners(z0):
    return torch.arange(2 * len(z0)).roll(len(z0))


# --- nt_xent_logits ---------------------------------------------------------------------------------------------------


def diagonal_left_in(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return z @ z.T / temperature, partners(z0)


def diagonal_of_zeros(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature, 0.0), partners(z0)


def partner_forbidden_too(z0, z1, temperature=0.5):
    z, right = both(z0, z1), partners(z0)
    return masked(z @ z.T / temperature).scatter(1, right[:, None], -torch.inf), right


def first_against_second(z0, z1, temperature=0.5):
    return F.normalize(z0, dim=1) @ F.normalize(z1, dim=1).T / temperature, torch.arange(len(z0))


def first_against_all(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature)[: len(z0)], partners(z0)[: len(z0)]


def pairs_side_by_side(z0, z1, temperature=0.5):
    z = F.normalize(torch.stack([z0, z1], dim=1).flatten(0, 1), dim=1)
    return masked(z @ z.T / temperature), torch.arange(len(z)) ^ 1


def dot_products(z0, z1, temperature=0.5):
    z = torch.cat([z0, z1])
    return masked(z @ z.T / temperature), partners(z0)


def columns_normalised(z0, z1, temperature=0.5):
    z = F.normalize(torch.cat([z0, z1]), dim=0)
    return masked(z @ z.T / temperature), partners(z0)


def times_temperature(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T * temperature), partners(z0)


def no_temperature(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T), partners(z0)


def points_at_itself(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), torch.arange(len(z))


def not_shifted_back(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), torch.arange(len(z)) + len(z0)


def logits_alone(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature)


def with_a_large_number(z0, z1, temperature=0.5):
    z = both(z0, z1)
    n = len(z0)
    mask = torch.eye(2 * n, dtype=torch.bool)
    return (z @ z.T / temperature).masked_fill(mask, -1e9), torch.cat([torch.arange(n, 2 * n), torch.arange(n)])


def entry_by_entry(z0, z1, temperature=0.5):
    z = list(z0) + list(z1)
    n = len(z0)
    table = z0.new_full((2 * n, 2 * n), -math.inf)
    for i in range(2 * n):
        for k in range(2 * n):
            if k != i:
                table[i, k] = z[i] @ z[k] / (z[i].norm() * z[k].norm()) / temperature
    return table, torch.tensor([(i + n) % (2 * n) for i in range(2 * n)])


# --- nt_xent ----------------------------------------------------------------------------------------------------------


def loss_of(make, *, target=None):
    def answer(z0, z1, temperature=0.5):
        logits, positive = make(z0, z1, temperature)
        return F.cross_entropy(logits, positive if target is None else target(z0))

    answer.__name__ = f"loss_of_{make.__name__}" + (f"_{target.__name__}" if target else "")
    return answer


def right_table(z0, z1, temperature=0.5):
    z = both(z0, z1)
    return masked(z @ z.T / temperature), partners(z0)


def rows_themselves(z0):
    return torch.arange(2 * len(z0))


def first_views_twice(z0):
    return torch.arange(len(z0)).repeat(2)


def neighbours(z0):
    return torch.arange(2 * len(z0)) ^ 1


def partner_left_out_below(z0, z1, temperature=0.5):
    logits, right = right_table(z0, z1, temperature)
    top = logits.gather(1, right[:, None])[:, 0].exp()
    return -(top / (logits.exp().sum(dim=1) - top)).log().mean()


def both_ways_as_clip(z0, z1, temperature=0.5):
    logits, own = first_against_second(z0, z1, temperature)
    return (F.cross_entropy(logits, own) + F.cross_entropy(logits.T, own)) / 2


def added_up(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature), reduction="sum")


def divided_by_n(z0, z1, temperature=0.5):
    return added_up(z0, z1, temperature) / len(z0)


def loss_over_temperature(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, 1.0)) / temperature


def one_a_row(z0, z1, temperature=0.5):
    return F.cross_entropy(*right_table(z0, z1, temperature), reduction="none")


def probability(z0, z1, temperature=0.5):
    logits, right = right_table(z0, z1, temperature)
    return logits.softmax(dim=1).gather(1, right[:, None]).mean()


def by_exponentials(z0, z1, temperature=0.5):
    z = both(z0, z1)
    n = len(z0)
    e = (z @ z.T / temperature).exp()
    e = e * (1 - torch.eye(2 * n, dtype=e.dtype))
    top = torch.cat([e.diagonal(n), e.diagonal(-n)])
    return -(top / e.sum(dim=1)).log().mean()


def by_four_blocks(z0, z1, temperature=0.5):
    a, b = F.normalize(z0, dim=1), F.normalize(z1, dim=1)
    ab, own = a @ b.T / temperature, torch.arange(len(a))
    aa, bb = masked(a @ a.T / temperature), masked(b @ b.T / temperature)
    return (F.cross_entropy(torch.cat([ab, aa], 1), own) + F.cross_entropy(torch.cat([ab.T, bb], 1), own)) / 2


def in_a_loop(z0, z1, temperature=0.5):
    logits, right = entry_by_entry(z0, z1, temperature)
    return sum(row.logsumexp(0) - row[k] for row, k in zip(logits, right)) / len(logits)


# --- uniformity -------------------------------------------------------------------------------------------------------


def squares(z):
    return torch.pdist(F.normalize(z, dim=1)).square()


def all_pairs(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (2 - 2 * z @ z.T).mul(-t).exp().mean().log()


def counted_as_n_squared(z, t=2.0):
    z = F.normalize(z, dim=1)
    e = (2 - 2 * z @ z.T).mul(-t).exp().fill_diagonal_(0)
    return e.mean().log()


def before_the_logarithm(z, t=2.0):
    return squares(z).mul(-t).exp().mean()


def mean_squared_distance(z, t=2.0):
    return squares(z).mul(-t).exp().log().mean()


def plain_distance(z, t=2.0):
    return squares(z).sqrt().mul(-t).exp().mean().log()


def off_the_sphere(z, t=2.0):
    return torch.pdist(z).square().mul(-t).exp().mean().log()


def log_of_the_sum(z, t=2.0):
    return squares(z).mul(-t).exp().sum().log()


def positive_exponent(z, t=2.0):
    return squares(z).mul(t).exp().mean().log()


def other_sign(z, t=2.0):
    return -squares(z).mul(-t).exp().mean().log()


def without_t(z, t=2.0):
    return squares(z).neg().exp().mean().log()


def one_a_point(z, t=2.0):
    z = F.normalize(z, dim=1)
    return (2 - 2 * z @ z.T).mul(-t).exp().mean(dim=1).log()


def by_pdist(z, t=2.0):
    return squares(z).mul(-t).exp().mean().log()


def by_a_mask(z, t=2.0):
    z = F.normalize(z, dim=1)
    other = ~torch.eye(len(z), dtype=torch.bool)
    return float((2 - 2 * z @ z.T)[other].mul(-t).exp().mean().log())


WRONG = {
    "nt_xent_logits": [
        (diagonal_left_in, "itself_not_masked"), (diagonal_of_zeros, "masked_with_zero"),
        (partner_forbidden_too, "partner_masked"), (first_against_second, "only_n_rows"),
        (first_against_all, "only_n_rows"), (pairs_side_by_side, "views_side_by_side"),
        (dot_products, "not_normalised"), (columns_normalised, "scaled_another_way"),
        (times_temperature, "temperature_astray"), (no_temperature, "temperature_astray"),
        (points_at_itself, "wrong_partner"), (not_shifted_back, "wrong_partner"), (logits_alone, "count"),
    ],
    "nt_xent": [
        (loss_of(partner_forbidden_too), "right_answer_masked"),
        (loss_of(right_table, target=rows_themselves), "right_answer_masked"),
        (loss_of(right_table, target=first_views_twice), "right_answer_masked"),
        (loss_of(diagonal_left_in), "itself_not_masked"), (loss_of(diagonal_of_zeros), "masked_with_zero"),
        (partner_left_out_below, "partner_not_in_the_denominator"), (loss_of(first_against_second), "only_n_rows"),
        (loss_of(first_against_all), "only_n_rows"), (both_ways_as_clip, "only_n_rows"),
        (loss_of(diagonal_left_in, target=rows_themselves), "wrong_partner"),
        (loss_of(right_table, target=neighbours), "wrong_partner"), (loss_of(times_temperature), "temperature_astray"),
        (loss_over_temperature, "temperature_astray"), (loss_of(dot_products), "not_normalised"),
        (added_up, "summed"), (divided_by_n, "summed"), (one_a_row, "not_averaged"), (probability, "no_logarithm"),
    ],
    "uniformity": [
        (all_pairs, "with_itself"), (counted_as_n_squared, "divided_by_n_squared"),
        (before_the_logarithm, "no_logarithm"), (mean_squared_distance, "logarithm_inside_the_mean"),
        (plain_distance, "not_squared"), (off_the_sphere, "not_normalised"), (log_of_the_sum, "summed"),
        (positive_exponent, "sign_turned"), (other_sign, "sign_turned"), (without_t, "t_ignored"),
        (one_a_point, "different"),
    ],
}

RIGHT = {
    "nt_xent_logits": [with_a_large_number, entry_by_entry],
    "nt_xent": [by_exponentials, by_four_blocks, in_a_loop],
    "uniformity": [by_pdist, by_a_mask],
}
