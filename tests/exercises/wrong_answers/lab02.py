"""Lab 02: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch
from torch import nn

from sslcourse.methods import jacobian_norm_estimate

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


# ---- further answers --------------------------------------------------------------------------------------------------

def share_stays_by_numpy(images, share):
    import numpy as np

    return images * torch.from_numpy(np.random.rand(len(images), 1, *images.shape[2:]) < share)


def white_by_python(images, share):
    import random

    gone = torch.tensor([[[random.random() < share for _ in range(images.shape[3])] for _ in range(images.shape[2])]
                         for _ in images])[:, None]
    return torch.where(gone, 1.0, images).to(images.dtype)


def channels_by_numpy(images, share):
    import numpy as np

    return images * torch.from_numpy(np.random.rand(*images.shape) >= share)


def blocks_of_two(images, share):
    small = torch.rand(len(images), 1, (images.shape[2] + 1) // 2, (images.shape[3] + 1) // 2) >= share
    kept = small.repeat_interleave(2, 2).repeat_interleave(2, 3)[:, :, :images.shape[2], :images.shape[3]]
    return images * kept


def one_square_is_cut_out(images, share):
    out = images.clone()
    h, w = round(images.shape[2] * share**0.5), round(images.shape[3] * share**0.5)
    for image in out:
        top, left = torch.randint(images.shape[2] - h + 1, ()), torch.randint(images.shape[3] - w + 1, ())
        image[:, top:top + h, left:left + w] = 0
    return out


def the_upper_rows(images, share):
    out = images.clone()
    out[:, :, :round(share * images.shape[2])] = 0
    return out


def bell_curve_compared(images, share):
    return images * (torch.randn(len(images), 1, *images.shape[2:]) >= share)


def rounded_draw(images, share):
    return images * torch.rand(len(images), 1, *images.shape[2:]).round()


def half_of_the_share(images, share):
    return images * (draw(images) >= share / 2)


def share_squared(images, share):
    return images * (draw(images) >= share) * (draw(images) >= share)


def multiplied_by_the_draw(images, share):
    return images * draw(images)


def dark_pixels_go(images, share):
    return torch.where(images < torch.quantile(images.float(), share).to(images.dtype), torch.zeros_like(images), images)


def salt_and_pepper(images, share):
    return torch.where(draw(images) < share, (draw(images) < 0.5).to(images.dtype), images)


def shuffled_pixels(images, share):
    return torch.where(draw(images) < share, images.flip(3), images)


def the_mean_is_painted(images, share):
    return torch.where(draw(images) < share, images.mean(dim=(2, 3), keepdim=True), images)


def minus_one(images, share):
    return images.masked_fill(draw(images) < share, -1)


def same_for_rows_of_the_batch_shuffled(images, share):
    kept = torch.rand(1, 1, *images.shape[2:]) >= share
    return torch.stack([image * (kept[0] if i % 2 else ~kept[0]) for i, image in enumerate(images)])


def noise_by_numpy(images, share):
    import numpy as np

    kept = np.random.random((len(images), 1, *images.shape[2:])) >= share
    return torch.from_numpy((images.numpy() * kept).astype(images.numpy().dtype))


def noise_image_by_image(images, share):
    out = images.clone()
    for image in out:
        image[:, torch.rand(image.shape[1:]) < share] = 0
    return out


def noise_by_where(images, share):
    gone = torch.empty_like(images[:, :1]).uniform_() < share
    return torch.where(gone, torch.zeros((), dtype=images.dtype), images)


def noise_by_distributions(images, share):
    return images * torch.distributions.Bernoulli(probs=torch.full_like(images[:, :1], 1 - share)).sample()


def noise_by_dropout_undone(images, share):
    if share == 1:
        return torch.zeros_like(images)
    return images * (nn.functional.dropout(torch.ones_like(images[:, :1]), share) > 0)


def before_the_sigmoid(h, W):
    a = torch.log(h / (1 - h))
    return (a * (1 - a)).square() @ weights(W)


def units_averaged(h, W):
    return ((h * (1 - h)).square() * weights(W)).mean(dim=1)


def weights_averaged(h, W):
    return (h * (1 - h)).square() @ W.square().mean(dim=1)


def half_a_square(h, W):
    return 0.5 * ((h * (1 - h)).square() @ weights(W))


def lengths_of_the_rows(h, W):
    return (h * (1 - h)).square() @ W.norm(dim=1)


def norm_of_the_weights_only(h, W):
    return (h * (1 - h)).square().sum(dim=1) * W.norm()


def all_weights_at_once(h, W):
    return (h * (1 - h)).square().sum(dim=1) * W.square().sum()


def squared_code(h, W):
    return ((h @ W).square()).sum(dim=1)


def slope_cut_off(h, W):
    return (h * (1 - h)).detach().square() @ weights(W)


def weights_cut_off(h, W):
    return (h * (1 - h)).square() @ weights(W.detach())


def weights_data(h, W):
    return (h * (1 - h)).square() @ weights(W.data)


def fourth_power(h, W):
    return (h * (1 - h)).square() @ weights(W).square()


def spectral(h, W):
    J = (h * (1 - h))[:, :, None] * W
    return torch.linalg.matrix_norm(J, ord=2).square()


def minus_penalty(h, W):
    return -((h * (1 - h)).square() @ weights(W))


def by_a_norm(h, W):
    return torch.linalg.matrix_norm((h - h * h)[:, :, None] * W) ** 2


def by_einsum(h, W):
    slope = h * (1 - h)
    return torch.einsum("nh,nh,hd,hd->n", slope, slope, W, W)


def by_loops(h, W):
    rows = []
    for one in h:
        total = h.new_zeros(())
        for unit, row in zip(one, W):
            total = total + (unit * (1 - unit)) ** 2 * (row * row).sum()
        rows.append(total)
    return torch.stack(rows)


def in_double(h, W):
    h, W = h.double(), W.double()
    return ((h * (1 - h)) ** 2 * (W**2).sum(1)).sum(1).float() if h.dtype != W.dtype else (
        (h * (1 - h)) ** 2 * (W**2).sum(1)).sum(1)


def in_double_and_back(h, W):
    a, V = h.double(), W.double()
    return ((a * (1 - a)) ** 2 * (V**2).sum(1)).sum(1).to(h.dtype)


def codes_squared(encode, x, v):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad((encode(x) * v).square().sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def mean_of_the_codes(encode, x, v):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad((encode(x) * v).mean(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def backward_into_grad(encode, x, v):
    x = x.detach().requires_grad_()
    (encode(x) * v).sum().backward()
    return x.grad.flatten(1).square().sum(dim=1)


def backward_with_a_graph(encode, x, v):
    x = x.detach().requires_grad_()
    (encode(x) * v).sum().backward(create_graph=True)
    return x.grad.flatten(1).square().sum(dim=1)


def backward_with_a_graph_summed(encode, x, v):
    x = x.detach().requires_grad_()
    (encode(x) * v).sum().backward(create_graph=True)
    return x.grad.flatten(1).sum(dim=1).square()


def summed_then_squared(encode, x, v):
    return pulled(encode, x, v).flatten(1).sum(dim=1).square()


def the_codes_themselves(encode, x, v):
    return (encode(x) * v).square().sum(dim=1)


def divided_by_the_codes(encode, x, v):
    return pulled(encode, x, v).flatten(1).square().sum(dim=1) / v.shape[1]


def v_normalized(encode, x, v):
    return pulled(encode, x, v / v.norm(dim=1, keepdim=True)).flatten(1).square().sum(dim=1)


def retained_only(encode, x, v):
    return pulled(encode, x, v, create_graph=False, retain_graph=True).flatten(1).square().sum(dim=1)


def x_detached_from_the_network(encode, x, v):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad((encode(x).detach() * v).sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def a_tuple_kept(encode, x, v):
    x = x.detach().requires_grad_()
    g = torch.autograd.grad((encode(x) * v).sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def own_coins(encode, x, v):
    v = torch.randint(0, 2, v.shape).mul(2).sub(1).to(x.dtype)
    return pulled(encode, x, v).flatten(1).square().sum(dim=1)


def signs_of_v(encode, x, v):
    return pulled(encode, x, v.sign()).flatten(1).square().sum(dim=1)


def half_of_the_squares(encode, x, v):
    return pulled(encode, x, v).flatten(1).square().sum(dim=1) / 2


def largest_entry(encode, x, v):
    return pulled(encode, x, v).flatten(1).square().amax(dim=1)


def by_grad_outputs(encode, x, v):
    x = x.clone().detach().requires_grad_(True)
    (g,) = torch.autograd.grad(encode(x), x, grad_outputs=v, create_graph=True)
    return (g**2).reshape(len(x), -1).sum(-1)


def by_the_norm_squared(encode, x, v):
    return torch.linalg.vector_norm(pulled(encode, x, v).flatten(1), dim=1) ** 2


def by_einsum_of_the_pulled(encode, x, v):
    g = pulled(encode, x, v).reshape(len(x), -1)
    return torch.einsum("nd,nd->n", g, g)


def by_autograd_functional(encode, x, v):
    _, g = torch.autograd.functional.vjp(encode, x, v, create_graph=True)
    return g.pow(2).flatten(1).sum(1)


def length_of_the_pulled_slopes(h, W):
    return ((h * (1 - h)) @ W).norm(dim=1)


def brackets_forgotten(h, W):
    return (h * (1 - h) ** 2) @ weights(W)


def rebuilt_from_numbers(h, W):
    return torch.tensor([((a * (1 - a)) ** 2 @ weights(W)).item() for a in h], dtype=h.dtype)


def codes_averaged_over_the_batch(encode, x, v):
    x = x.detach().requires_grad_()
    (g,) = torch.autograd.grad((encode(x) * v).mean(0).sum(), x, create_graph=True)
    return g.flatten(1).square().sum(dim=1)


def pixels_drawn_with_replacement(images, share):
    out, (n, c, h, w) = images.clone(), images.shape
    for image in out.view(n, c, -1):
        image[:, torch.randint(h * w, (int(share * h * w),))] = 0
    return out


def darkened_at_random(images, share):
    return images * (1 - torch.rand_like(images[:, :1]) * share)


# ---- contractive_loss -----------------------------------------------------------------------------------------------

def squared_errors(decode, z, x):
    return (decode(z) - x).flatten(1).square().sum(dim=1)


def loss_of(spread, *, error=torch.mean, norm=torch.mean, sign=1):
    """The loss with another spread, or other means."""
    def answer(encode, decode, x, v, weight):
        z = encode(x)
        penalty = norm(jacobian_norm_estimate(encode, x, v)) / spread(z)
        return error(squared_errors(decode, z, x)) + sign * weight * penalty

    return answer


def variances_summed(z):
    return z.var(dim=0).sum()


def named(name, function):
    function.__name__ = name
    return function


no_spread = named("no_spread", loss_of(lambda z: 1))
mean_of_variances = named("mean_of_variances", loss_of(lambda z: z.var(dim=0).mean()))
variance_of_everything = named("variance_of_everything", loss_of(torch.var))
variance_of_each_code = named("variance_of_each_code", loss_of(lambda z: z.var(dim=1).sum()))
deviations = named("deviations", loss_of(lambda z: z.std(dim=0).sum()))
biased = named("biased", loss_of(lambda z: z.var(dim=0, correction=0).sum()))
both_summed = named("both_summed", loss_of(variances_summed, error=torch.sum, norm=torch.sum))
norms_summed = named("norms_summed", loss_of(variances_summed, norm=torch.sum))
penalty_subtracted = named("penalty_subtracted", loss_of(variances_summed, sign=-1))
errors_kept_apart = named("errors_kept_apart", loss_of(variances_summed, error=lambda errors: errors))
spread_cut_off = named("spread_cut_off", loss_of(lambda z: z.detach().var(dim=0).sum()))
norms_cut_off = named("norms_cut_off", loss_of(variances_summed, norm=lambda norms: norms.detach().mean()))
norms_rooted = named("norms_rooted", loss_of(variances_summed, norm=lambda norms: norms.sqrt().mean()))


def mean_squared_error(encode, decode, x, v, weight):
    z = encode(x)
    penalty = jacobian_norm_estimate(encode, x, v).mean() / z.var(dim=0).sum()
    return nn.functional.mse_loss(decode(z), x) + weight * penalty


def no_weight(encode, decode, x, v, weight):
    z = encode(x)
    return squared_errors(decode, z, x).mean() + jacobian_norm_estimate(encode, x, v).mean() / z.var(dim=0).sum()


def copy_alone(encode, decode, x, v, weight):
    return squared_errors(decode, encode(x), x).mean()


def penalty_alone(encode, decode, x, v, weight):
    return weight * jacobian_norm_estimate(encode, x, v).mean() / encode(x).var(dim=0).sum()


def decoder_without_a_graph(encode, decode, x, v, weight):
    z = encode(x)
    with torch.no_grad():
        error = squared_errors(decode, z, x).mean()
    return error + weight * jacobian_norm_estimate(encode, x, v).mean() / z.var(dim=0).sum()


def multiplied(encode, decode, x, v, weight):
    z = encode(x)
    penalty = jacobian_norm_estimate(encode, x, v).mean() / z.var(dim=0).sum()
    return squared_errors(decode, z, x).mean() * (1 + weight * penalty)


def loss_by_means(encode, decode, x, v, weight):
    z = encode(x)
    middle = z - z.mean(dim=0, keepdim=True)
    spread = middle.pow(2).sum() / (len(z) - 1)
    error = nn.functional.mse_loss(decode(z), x, reduction="sum") / len(x)
    return error + weight * jacobian_norm_estimate(encode, x, v).mean() / spread


def loss_by_covariance(encode, decode, x, v, weight):
    z = encode(x)
    spread = torch.cov(z.T).diagonal().sum()
    error = torch.linalg.vector_norm((x - decode(z)).flatten(1), dim=1).square().mean()
    return torch.add(error, weight * torch.mean(jacobian_norm_estimate(encode, x, v)) / spread)


def loss_by_backward(encode, decode, x, v, weight):
    z = encode(x)
    penalty = backward_with_a_graph(encode, x, v).mean() / z.var(dim=0).sum()
    return squared_errors(decode, z, x).mean() + weight * penalty


def loss_image_by_image(encode, decode, x, v, weight):
    z = encode(x)
    total = sum(((copy - image) ** 2).sum() for copy, image in zip(decode(z), x))
    spread = sum(column.var() for column in z.T)
    return total / len(x) + weight * sum(jacobian_norm_estimate(encode, x, v)) / len(x) / spread


def loss_with_its_own_pass(encode, decode, x, v, weight):
    x = x.detach().requires_grad_()
    z = encode(x)
    (g,) = torch.autograd.grad((z * v).sum(), x, create_graph=True)
    penalty = g.flatten(1).square().sum(dim=1).mean() / z.var(dim=0).sum()
    return (decode(z) - x.detach()).square().flatten(1).sum(dim=1).mean() + weight * penalty


def loss_with_a_floor(encode, decode, x, v, weight):
    z = encode(x)
    spread = z.var(0).sum() + 1e-8
    return torch.einsum("nchw,nchw->n", decode(z) - x, decode(z) - x).mean() + (
        weight * jacobian_norm_estimate(encode, x, v) / spread).mean()


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
        (share_stays_by_numpy, "share_kept_instead_of_gone"), (white_by_python, "painted_in_another_colour"),
        (channels_by_numpy, "channels_masked_apart"), (blocks_of_two, "neighbours_together"),
        (one_square_is_cut_out, "neighbours_together"), (the_upper_rows, "one_mask_for_all_images"),
        (bell_curve_compared, "another_share"), (rounded_draw, "another_share"), (half_of_the_share, "another_share"),
        (share_squared, "another_share"), (multiplied_by_the_draw, "noise_added"),
        (dark_pixels_go, "channels_masked_apart"), (salt_and_pepper, "painted_in_another_colour"),
        (shuffled_pixels, "painted_in_another_colour"), (the_mean_is_painted, "painted_in_another_colour"),
        (minus_one, "painted_in_another_colour"), (same_for_rows_of_the_batch_shuffled, "another_share"),
        (pixels_drawn_with_replacement, "another_share"), (darkened_at_random, "noise_added"),
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
        (before_the_sigmoid, "different"), (units_averaged, "scaled"), (weights_averaged, "scaled"),
        (half_a_square, "halved"), (lengths_of_the_rows, "root_of_the_weights"),
        (norm_of_the_weights_only, "units_mixed"), (all_weights_at_once, "units_mixed"), (squared_code, "different"),
        (slope_cut_off, "half_detached"), (weights_cut_off, "half_detached"), (weights_data, "half_detached"),
        (fourth_power, "different"), (spectral, "different"), (minus_penalty, "negated"),
        (length_of_the_pulled_slopes, "summed_before_squaring"), (brackets_forgotten, "half_of_the_slope_squared"),
        (rebuilt_from_numbers, "detached"), (in_double, "dtype"),
    ],
    "jacobian_norm_estimate": [
        (not_watched, "x_not_watched"), (watched_too_late, "x_not_watched"), (codes_not_summed, "not_a_single_number"),
        (no_graph, "graph_cut"), (detached, "graph_cut"), (without_v, "v_left_out"), (sum_of_entries, "not_squared"),
        (sum_of_magnitudes, "not_squared"), (length, "root_taken"),
        (mean_over_the_pixels, "averaged_over_the_pixels"), (one_number, "summed_over_the_inputs"),
        (mean_over_the_batch, "summed_over_the_inputs"), (channels_alone, "pixels_left_over"),
        (per_pixel, "pixels_left_over"), (nothing_like_a_norm, "different"),
        (codes_squared, "different"), (mean_of_the_codes, "scaled"), (backward_into_grad, "graph_cut"),
        (backward_with_a_graph_summed, "summed_before_squaring"), (summed_then_squared, "summed_before_squaring"),
        (the_codes_themselves, "codes_alone"), (divided_by_the_codes, "scaled"), (v_normalized, "v_made_unit"),
        (retained_only, "graph_cut"), (x_detached_from_the_network, "x_not_watched"),
        (a_tuple_kept, "tuple_not_opened"), (own_coins, "random"), (signs_of_v, "v_made_signs"),
        (backward_with_a_graph, "leaves_gradients"),
        (half_of_the_squares, "halved"), (codes_averaged_over_the_batch, "scaled"), (largest_entry, "different"),
    ],
}

WRONG["contractive_loss"] = [
    (no_spread, "spread_left_out"), (mean_of_variances, "spread_averaged"), (variance_of_everything, "spread_averaged"),
    (variance_of_each_code, "spread_within_a_code"), (deviations, "deviation_for_variance"), (biased, "divided_by_n"),
    (both_summed, "summed_over_the_batch"), (norms_summed, "summed_over_the_batch"), (penalty_subtracted, "subtracted"),
    (errors_kept_apart, "one_for_each_image"), (mean_squared_error, "error_averaged_over_the_pixels"),
    (no_weight, "weight_left_out"), (copy_alone, "one_part_only"), (penalty_alone, "one_part_only"),
    (decoder_without_a_graph, "decoder_cut_off"), (spread_cut_off, "gradient_differs"), (norms_cut_off, "gradient_differs"),
    (norms_rooted, "different"), (multiplied, "different"), (loss_by_backward, "leaves_gradients"),
]
WRONG["hunt_penalty"] = WRONG["jacobian_norm_estimate"]

RIGHT = {
    "masking_noise": [
        an_exact_number_of_pixels, by_bernoulli, noise_by_numpy, noise_image_by_image, noise_by_where,
        noise_by_distributions, noise_by_dropout_undone,
    ],
    "contractive_penalty": [
        entry_by_entry, by_automatic_differentiation, by_a_norm, by_einsum, by_loops, in_double_and_back,
    ],
    "jacobian_norm_estimate": [
        by_torch_func, one_by_one, by_grad_outputs, by_the_norm_squared, by_einsum_of_the_pulled,
        by_autograd_functional,
    ],
}
RIGHT["contractive_loss"] = [
    loss_by_means, loss_by_covariance, loss_image_by_image, loss_with_its_own_pass, loss_with_a_floor,
]
RIGHT["hunt_penalty"] = RIGHT["jacobian_norm_estimate"]
