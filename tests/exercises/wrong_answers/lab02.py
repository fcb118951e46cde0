"""Lab 02: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch
from torch import nn

# ---- masking_noise --------------------------------------------------------------------------------------------------

def draw(images):
    return torch.rand(len(images), 1, *images.shape[2:])


def share_stays(images, share):
    return images * (draw(images) < share)


def one_for_all(images, share):
    return images * (torch.rand(images.shape[2:]) >= share)


def one_for_all_channels_apart(images, share):
    return images * (torch.rand_like(images[:1]) >= share)


def each_channel_by_itself(images, share):
    return images * (torch.rand_like(images) >= share)


def whole_images(images, share):
    return images * (torch.rand(len(images), 1, 1, 1) >= share)


def whole_rows(images, share):
    return images * (torch.rand(len(images), 1, images.shape[2], 1) >= share)


def whole_columns(images, share):
    return images * (torch.rand(len(images), 1, 1, images.shape[3]) >= share)


def dropout(images, share):
    return nn.functional.dropout(images, share)


def pixels_dropped_out(images, share):
    return images * nn.functional.dropout(torch.ones_like(images[:, :1]), share)


def only_the_mask(images, share):
    return (draw(images) >= share).to(images.dtype).expand_as(images)


def white(images, share):
    return torch.where(draw(images) < share, torch.ones_like(images), images)


def middle_grey(images, share):
    return torch.where(draw(images) < share, torch.full_like(images, 0.5), images)


def gaussian(images, share):
    return images + share * torch.randn_like(images)


def one_number_of_noise(images, share):
    return images + share


def untouched(images, share):
    return images.clone()


def mask_in_place(images, share):
    images *= draw(images) >= share
    return images


def mask_of_the_pixels_only(images, share):
    return draw(images) >= share


def masking_in_numpy(images, share):
    import numpy as np

    return (images * (draw(images) >= share)).numpy() * np.float32(1)


def an_exact_number_of_pixels(images, share):
    n, _, h, w = images.shape
    kept = torch.ones(n, h * w)
    for row in kept:
        row[torch.randperm(h * w)[: round(share * h * w)]] = 0
    return images * kept.view(n, 1, h, w)


def by_bernoulli(images, share):
    return images.masked_fill(torch.bernoulli(torch.full_like(images[:, :1], share)).bool(), 0)


# ---- contractive_penalty --------------------------------------------------------------------------------------------

def weights(W):
    return W.square().sum(dim=1)


def sum_along_the_other_axis(h, W):
    return (h * (1 - h)).square() @ W.square().sum(dim=0)


def slope_as_it_is(h, W):
    return (h * (1 - h)) @ weights(W)


def weights_as_they_are(h, W):
    return (h * (1 - h)).square() @ W.sum(dim=1)


def nothing_squared(h, W):
    return (h * (1 - h)) @ W.abs().sum(dim=1)


def squared_after_the_sum(h, W):
    return ((h * (1 - h)) @ W).square().sum(dim=1)


def weights_summed_then_squared(h, W):
    return (h * (1 - h)).square() @ W.sum(dim=1).square()


def sigmoid_once_more(h, W):
    s = torch.sigmoid(h)
    return (s * (1 - s)).square() @ weights(W)


def slope_of_tanh(h, W):
    return (1 - h.square()).square() @ weights(W)


def no_slope(h, W):
    return weights(W).sum().expand(len(h)).clone()


def output_for_slope(h, W):
    return h.square() @ weights(W)


def the_norm_itself(h, W):
    return ((h * (1 - h)).square() @ weights(W)).sqrt()


def mean_of_all(h, W):
    return ((h * (1 - h)).square() @ weights(W)).mean()


def sum_of_all(h, W):
    return ((h * (1 - h)).square() @ weights(W)).sum()


def one_number_a_unit(h, W):
    return (h * (1 - h)).square() * weights(W)


def nothing_like_a_penalty(h, W):
    return h.sum(dim=1) * 7


def penalty_not_returned(h, W):
    (h * (1 - h)).square() @ weights(W)


def entry_by_entry(h, W):
    J = (h * (1 - h))[:, :, None] * W
    return (J * J).sum(dim=(1, 2))


def by_automatic_differentiation(h, W):
    before = torch.logit(h.double(), eps=1e-12)
    found = []
    for a in before:
        J = torch.autograd.functional.jacobian(torch.sigmoid, a, create_graph=True) @ W.double()
        found.append(J.square().sum())
    return torch.stack(found).to(h.dtype)


# ---- jacobian_norm_estimate -----------------------------------------------------------------------------------------

def pulled(encode, x, v, **options):
    x = x.detach().requires_grad_()
    return torch.autograd.grad((encode(x) * v).sum(), x, **{"create_graph": True, **options})[0]


def not_watched(encode, x, v):
    (g,) = torch.autograd.grad((encode(x) * v).sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def watched_too_late(encode, x, v):
    z = encode(x)
    x.requires_grad_()
    (g,) = torch.autograd.grad((z * v).sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def codes_not_summed(encode, x, v):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad(encode(x) * v, x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def no_graph(encode, x, v):
    return pulled(encode, x, v, create_graph=False).flatten(1).square().sum(dim=1)


def detached(encode, x, v):
    return pulled(encode, x, v).detach().flatten(1).square().sum(dim=1)


def without_v(encode, x, v):
    return pulled(encode, x, torch.ones_like(v)).flatten(1).square().sum(dim=1)


def sum_of_entries(encode, x, v):
    return pulled(encode, x, v).flatten(1).sum(dim=1)


def sum_of_magnitudes(encode, x, v):
    return pulled(encode, x, v).flatten(1).abs().sum(dim=1)


def length(encode, x, v):
    return pulled(encode, x, v).flatten(1).norm(dim=1)


def mean_over_the_pixels(encode, x, v):
    return pulled(encode, x, v).flatten(1).square().mean(dim=1)


def one_number(encode, x, v):
    return pulled(encode, x, v).square().sum()


def mean_over_the_batch(encode, x, v):
    return pulled(encode, x, v).flatten(1).square().sum(dim=1).mean()


def channels_alone(encode, x, v):
    return pulled(encode, x, v).square().sum(dim=1)


def per_pixel(encode, x, v):
    return pulled(encode, x, v).square()


def nothing_like_a_norm(encode, x, v):
    return x.flatten(1).sum(dim=1) * 5


def by_torch_func(encode, x, v):
    _, pull = torch.func.vjp(encode, x)
    return pull(v)[0].square().sum(dim=tuple(range(1, x.ndim)))


def one_by_one(encode, x, v):
    found = []
    for one, draws in zip(x, v):
        one = one[None].clone().requires_grad_()
        (g,) = torch.autograd.grad((encode(one)[0] * draws).sum(), one, create_graph=True)
        found.append((g * g).sum())
    return torch.stack(found)


def only_darker(images, share):
    return images * (1 - share)


def a_seed_inside(images, share):
    torch.manual_seed(0)
    return images * (torch.rand(len(images), 1, *images.shape[2:]) >= share)


def an_own_seeded_generator(images, share):
    generator = torch.Generator().manual_seed(3)
    return images * (torch.rand(len(images), 1, *images.shape[2:], generator=generator) >= share)


WRONG = {
    "masking_noise": [
        (share_stays, "share_kept_instead_of_gone"), (one_for_all, "one_mask_for_all_images"),
        (one_for_all_channels_apart, "one_mask_for_all_images"), (each_channel_by_itself, "channels_masked_apart"),
        (whole_images, "too_coarse"), (whole_rows, "too_coarse"), (whole_columns, "too_coarse"),
        (dropout, "rescaled_as_dropout_does"), (pixels_dropped_out, "rescaled_as_dropout_does"),
        (only_the_mask, "mask_alone"), (white, "painted_in_another_colour"),
        (middle_grey, "painted_in_another_colour"), (gaussian, "noise_added"), (one_number_of_noise, "noise_added"),
        (untouched, "nothing_masked"), (mask_in_place, "changes"), (mask_of_the_pixels_only, "mask_alone"),
        (masking_in_numpy, "type"), (only_darker, "dimmed"), (a_seed_inside, "seeded"), (an_own_seeded_generator, "seeded"),
    ],
    "contractive_penalty": [
        (sum_along_the_other_axis, "summed_over_the_wrong_axis"), (slope_as_it_is, "slope_not_squared"),
        (weights_as_they_are, "weights_not_squared"), (nothing_squared, "weights_not_squared"),
        (squared_after_the_sum, "summed_before_squaring"), (weights_summed_then_squared, "summed_before_squaring"),
        (sigmoid_once_more, "sigmoid_twice"), (slope_of_tanh, "another_slope"), (no_slope, "another_slope"),
        (output_for_slope, "another_slope"), (the_norm_itself, "root_taken"),
        (mean_of_all, "averaged_over_the_inputs"), (sum_of_all, "averaged_over_the_inputs"),
        (one_number_a_unit, "units_not_summed"), (nothing_like_a_penalty, "different"),
        (penalty_not_returned, "none"),
    ],
    "jacobian_norm_estimate": [
        (not_watched, "x_not_watched"), (watched_too_late, "x_not_watched"), (codes_not_summed, "not_a_single_number"),
        (no_graph, "graph_cut"), (detached, "graph_cut"), (without_v, "v_left_out"), (sum_of_entries, "not_squared"),
        (sum_of_magnitudes, "not_squared"), (length, "root_taken"),
        (mean_over_the_pixels, "averaged_over_the_pixels"), (one_number, "summed_over_the_inputs"),
        (mean_over_the_batch, "summed_over_the_inputs"), (channels_alone, "pixels_left_over"),
        (per_pixel, "pixels_left_over"), (nothing_like_a_norm, "different"),
    ],
}

RIGHT = {
    "masking_noise": [an_exact_number_of_pixels, by_bernoulli],
    "contractive_penalty": [entry_by_entry, by_automatic_differentiation],
    "jacobian_norm_estimate": [by_torch_func, one_by_one],
}
