"""Lab 18: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch

from sslcourse import methods

# --- topk_code --------------------------------------------------------------------------------------------------------------


def placed(a, values, places, dim=1):
    return torch.zeros_like(a).scatter(dim, places, values)


def only_the_values(a, k):
    return a.relu().topk(k, dim=1).values


def no_relu(a, k):
    return placed(a, *a.topk(k, dim=1))


def absolute_values(a, k):
    places = a.abs().topk(k, dim=1).indices
    return placed(a, a.gather(1, places), places)


def absolute_values_then_relu(a, k):
    return absolute_values(a, k).relu()


def along_the_batch(a, k):
    return placed(a, *a.relu().topk(min(k, len(a)), dim=0), dim=0)


def over_the_batch(a, k):
    values, places = a.relu().flatten().topk(len(a) * k)
    return torch.zeros_like(a).flatten().scatter(0, places, values).view_as(a)


def a_mask(a, k):
    return (a.relu() >= a.relu().topk(k, dim=1).values[:, -1:]).to(a.dtype) * (a > 0)


def plain_relu(a, k):
    return a.relu()


def above_the_last(a, k):
    return a.relu() * (a > a.topk(k, dim=1).values[:, -1:])


def the_smallest(a, k):
    places = a.topk(k, dim=1, largest=False).indices
    return placed(a, a.gather(1, places).relu(), places)


def truth(a, k):
    return a >= a.topk(k, dim=1).values[:, -1:]


def values_rebuilt(a, k):
    return torch.tensor(methods.topk_code(a, k).tolist(), dtype=a.dtype)


def by_a_threshold(a, k):
    return a.relu() * (a >= a.topk(k, dim=1).values[:, -1:])


def the_last_of_those_that_tie(a, k):
    places = a.flip(1).argsort(dim=1, descending=True, stable=True)[:, :k]
    return placed(a.flip(1), a.flip(1).gather(1, places).relu(), places).flip(1)


def by_ranks(a, k):
    return torch.where(a.argsort(dim=1, descending=True).argsort(dim=1) < k, a, 0.0).clamp(min=0)


def row_by_row_in_place(a, k):
    code = torch.zeros_like(a)
    for n, row in enumerate(a):
        best = row.topk(k).indices
        code[n, best] = row[best].relu()
    return code


# --- matryoshka_loss --------------------------------------------------------------------------------------------------------


def x_hats(f, atoms, bias, prefixes):
    return [bias + f[:, :m] @ atoms[:m] for m in prefixes]


def error(x, x_hat):
    return (x - x_hat).square().sum(dim=1).mean()


def no_bias(x, f, atoms, bias, prefixes):
    return torch.stack([error(x, f[:, :m] @ atoms[:m]) for m in prefixes]).mean()


def bias_each_time(x, f, atoms, bias, prefixes):
    x_hat, start, found = 0, 0, []
    for m in prefixes:
        x_hat = x_hat + bias + f[:, start:m] @ atoms[start:m]
        found.append(error(x, x_hat))
        start = m
    return sum(found) / len(found)


def one_group_at_a_time(x, f, atoms, bias, prefixes):
    starts = [0, *prefixes[:-1]]
    return torch.stack([error(x, bias + f[:, a:b] @ atoms[a:b]) for a, b in zip(starts, prefixes)]).mean()


def strongest_of_each_row(x, f, atoms, bias, prefixes):
    return torch.stack([error(x, bias + methods.topk_code(f, m) @ atoms) for m in prefixes]).mean()


def one_latent_more(x, f, atoms, bias, prefixes):
    return torch.stack([error(x, bias + f[:, :m + 1] @ atoms[:m + 1]) for m in prefixes]).mean()


def all_at_once(x, f, atoms, bias, prefixes):
    return error(x, bias + f @ atoms)


def one_doll_missing(x, f, atoms, bias, prefixes):
    return torch.stack([error(x, each) for each in x_hats(f, atoms, bias, prefixes)[:len(prefixes) - 1 or 1]]).mean()


def added_up(x, f, atoms, bias, prefixes):
    return sum(error(x, each) for each in x_hats(f, atoms, bias, prefixes))


def mean_squared_error(x, f, atoms, bias, prefixes):
    return torch.stack([(x - each).square().mean() for each in x_hats(f, atoms, bias, prefixes)]).mean()


def summed_over_rows(x, f, atoms, bias, prefixes):
    return torch.stack([(x - each).square().sum() for each in x_hats(f, atoms, bias, prefixes)]).mean()


def lengths(x, f, atoms, bias, prefixes):
    return torch.stack([(x - each).norm(dim=1).mean() for each in x_hats(f, atoms, bias, prefixes)]).mean()


def greedy(x, f, atoms, bias, prefixes):
    x_hat, start, found = bias.expand_as(x), 0, []
    for i, m in enumerate(prefixes):
        x_hat = (x_hat.detach() if i else x_hat) + f[:, start:m] @ atoms[start:m]
        found.append(error(x, x_hat))
        start = m
    return torch.stack(found).mean()


def a_list(x, f, atoms, bias, prefixes):
    return [error(x, each) for each in x_hats(f, atoms, bias, prefixes)]


def prefix_by_prefix(x, f, atoms, bias, prefixes):
    return sum(error(x, each) for each in x_hats(f, atoms, bias, prefixes)) / len(prefixes)


def by_masks(x, f, atoms, bias, prefixes):
    place = torch.arange(f.shape[1], device=f.device)
    masks = torch.stack([(place < m).to(f.dtype) for m in prefixes])                # (M, K)
    made = torch.einsum("mk,nk,kd->mnd", masks, f, atoms) + bias
    return (x - made).pow(2).sum(dim=2).mean()


# --- auxiliary_loss ---------------------------------------------------------------------------------------------------------


def share(e, e_hat):
    return (e.detach() - e_hat).square().sum() / e.detach().square().sum()


def k_of_too_few(residual, a, dead, atoms, k):
    if not dead.any():
        return (a * 0).sum()
    return share(residual, methods.topk_code(a[:, dead], k) @ atoms[dead])


def one_for_nobody(residual, a, dead, atoms, k):
    return share(residual, methods.topk_code(a.relu() * dead, k) @ atoms)


def everybody(residual, a, dead, atoms, k):
    return share(residual, methods.topk_code(a, k) @ atoms) if dead.any() else (a * 0).sum()


def the_living_alone(residual, a, dead, atoms, k):
    return one_for_nobody(residual, a, ~dead, atoms, k) if dead.any() else (a * 0).sum()


def dropped_afterwards(residual, a, dead, atoms, k):
    return share(residual, (methods.topk_code(a, k) * dead) @ atoms) if dead.any() else (a * 0).sum()


def all_the_dead(residual, a, dead, atoms, k):
    return share(residual, a[:, dead].relu() @ atoms[dead]) if dead.any() else (a * 0).sum()


def no_relu_here(residual, a, dead, atoms, k):
    if not dead.any():
        return (a * 0).sum()
    values, places = a[:, dead].topk(min(k, int(dead.sum())), dim=1)
    return share(residual, torch.zeros_like(a[:, dead]).scatter(1, places, values) @ atoms[dead])


def right_code(a, dead, k):
    return methods.topk_code(a.relu() * dead, k)


def not_divided(residual, a, dead, atoms, k):
    if not dead.any():
        return (a * 0).sum()
    return (residual.detach() - right_code(a, dead, k) @ atoms).square().sum(dim=1).mean()


def mean_of_shares(residual, a, dead, atoms, k):
    if not dead.any():
        return (a * 0).sum()
    e = residual.detach()
    return ((e - right_code(a, dead, k) @ atoms).square().sum(dim=1) / e.square().sum(dim=1)).mean()


def residual_learns(residual, a, dead, atoms, k):
    if not dead.any():
        return (a * 0).sum()
    return (residual - right_code(a, dead, k) @ atoms).square().sum() / residual.square().sum()


def by_masking(residual, a, dead, atoms, k):
    if not dead.any():
        return torch.zeros((), dtype=a.dtype, device=a.device)
    return share(residual, right_code(a, dead, k) @ atoms)


def a_plain_zero(residual, a, dead, atoms, k):
    return share(residual, right_code(a, dead, k) @ atoms) if dead.any() else 0


def plain_numbers(residual, a, dead, atoms, k):
    return share(residual, right_code(a, dead, k) @ atoms).item() if dead.any() else 0


def by_infinity(residual, a, dead, atoms, k):
    if dead.sum() == 0:
        return a.sum() * 0
    values, places = a.masked_fill(~dead, -torch.inf).topk(k, dim=1)
    f = torch.zeros_like(a).scatter(1, places, values.clamp(min=0))
    e = residual.detach()
    return torch.nn.functional.mse_loss(f @ atoms, e) / e.square().mean()


# --- hunt_active_latents ----------------------------------------------------------------------------------------------------


def twice(a, threshold, bandwidth):
    f = torch.where(a > threshold, a, 0.0)
    return methods.step(f, threshold, bandwidth).sum(dim=1).mean()


def twice_as_given(a, threshold, bandwidth):
    f = a * methods.step(a, threshold, bandwidth)
    return methods.step(f, threshold, bandwidth).sum(dim=1).mean()


def the_whole_batch(a, threshold, bandwidth):
    return methods.step(a, threshold, bandwidth).sum()


def of_all_entries(a, threshold, bandwidth):
    return methods.step(a, threshold, bandwidth).mean()


def how_strongly(a, threshold, bandwidth):
    return (a * methods.step(a, threshold, bandwidth)).sum(dim=1).mean()


def all_that_are_positive(a, threshold, bandwidth):
    return methods.step(a, torch.zeros_like(threshold) * threshold, bandwidth).sum(dim=1).mean()


def a_plain_comparison(a, threshold, bandwidth):
    return (a > threshold).to(a.dtype).sum(dim=1).mean()


def a_plain_comparison_in_float32(a, threshold, bandwidth):
    return (a > threshold).float().sum(1).mean()


def a_sigmoid_s_slope(a, threshold, bandwidth):
    soft = torch.sigmoid((a - threshold) / bandwidth)
    return ((a > threshold).to(a.dtype) - soft.detach() + soft).sum(dim=1).mean()


def step_of_a(a, threshold, bandwidth):
    return methods.step(a, threshold, bandwidth).sum() / len(a)


def by_a_straight_line(a, threshold, bandwidth):
    """Its own stand-in: a ramp of the window's width, whose value is exchanged for the step's."""
    ramp = ((a - threshold) / bandwidth + 0.5).clamp(0, 1)
    return (ramp + ((a > threshold).to(a.dtype) - ramp).detach()).sum(dim=1).mean()


WRONG = {
    "topk_code": [
        (only_the_values, "values_alone"), (no_relu, "negative_ones_stay"), (absolute_values, "by_the_absolute_value"),
        (absolute_values_then_relu, "by_the_absolute_value"), (along_the_batch, "down_the_batch"),
        (over_the_batch, "of_the_whole_batch"), (a_mask, "ones_for_values"), (plain_relu, "all_positive_ones"),
        (above_the_last, "one_too_few"), (the_smallest, "smallest_stay"), (truth, "ones_for_values"),
        (values_rebuilt, "detached"), (by_a_threshold, "all_that_tie"),
    ],
    "matryoshka_loss": [
        (no_bias, "bias_forgotten"), (bias_each_time, "bias_again_and_again"), (one_group_at_a_time, "groups_alone"),
        (all_at_once, "the_last_alone"), (one_doll_missing, "without_the_last"), (added_up, "prefixes_summed"),
        (mean_squared_error, "averaged_over_dimensions"), (summed_over_rows, "rows_summed"), (lengths, "not_squared"),
        (greedy, "inner_ones_detached"), (a_list, "count"), (strongest_of_each_row, "the_strongest"),
        (one_latent_more, "one_too_many"),
    ],
    "auxiliary_loss": [
        (k_of_too_few, "more_than_there_are"), (one_for_nobody, "nobody_is_dead"), (everybody, "living_ones_too"),
        (the_living_alone, "the_living"), (dropped_afterwards, "chosen_before"), (all_the_dead, "all_dead_at_once"),
        (no_relu_here, "negative_ones_too"), (not_divided, "not_a_share"), (mean_of_shares, "row_by_row"),
        (residual_learns, "gradient_into_the_residual"), (plain_numbers, "type"),
    ],
    "hunt_active_latents": [
        (twice, "threshold_applied_twice"), (the_whole_batch, "over_all_rows"), (of_all_entries, "a_share"),
        (how_strongly, "values_added_up"), (all_that_are_positive, "all_positive_ones"), (a_plain_comparison, "detached"),
        (a_plain_comparison_in_float32, "detached"),
        (a_sigmoid_s_slope, "gradient_differs"),
    ],
}
RIGHT = {
    "topk_code": [the_last_of_those_that_tie, by_ranks, row_by_row_in_place],
    "matryoshka_loss": [prefix_by_prefix, by_masks],
    "auxiliary_loss": [by_masking, by_infinity, a_plain_zero],
    "hunt_active_latents": [step_of_a, by_a_straight_line],
}
