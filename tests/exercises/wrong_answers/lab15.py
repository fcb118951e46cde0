"""Lab 15: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import copy
import math

import numpy as np
import torch
from torch.nn import functional as F


def H(t, s, c, a, b):
    return -(torch.softmax((t.detach() - c) / a, dim=1) * torch.log_softmax(s / b, dim=1)).sum(dim=1).mean()


def no_detach(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out - center) / teacher_temp, dim=1)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def both_detached(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out.detach(), center, teacher_temp, student_temp)


def all_without_grad(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    with torch.no_grad():
        return H(teacher_out, student_out, center, teacher_temp, student_temp)


def student_detached(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return no_detach(teacher_out, student_out.detach(), center, teacher_temp, student_temp)


def plus_centre(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, -center, teacher_temp, student_temp)


def student_centred(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out - center, 0.0, teacher_temp, student_temp)


def both_centred(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out - center, center, teacher_temp, student_temp)


def never_centred(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, 0.0, teacher_temp, student_temp)


def centred_last(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() / teacher_temp - center, dim=1)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def other_temperatures(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, student_temp, teacher_temp)


def cold_student_only(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, 1.0, student_temp)


def no_temperature(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, 1.0, 1.0)


def times_temperature(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, 1 / teacher_temp, 1 / student_temp)


def teacher_s_logarithm(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    log_p = torch.log_softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(torch.softmax(student_out / student_temp, dim=1) * log_p).sum(dim=1).mean()


def log_softmax_of_softmax(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    q = torch.softmax(student_out / student_temp, dim=1)
    return -(p * torch.log_softmax(q, dim=1)).sum(dim=1).mean()


def down_the_batch(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=0)
    return -(p * torch.log_softmax(student_out / student_temp, dim=0)).sum(dim=1).mean()


def mean_of_all(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).mean()


def sum_of_all(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, teacher_temp, student_temp) * len(teacher_out)


def each_image(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1)


def without_the_minus(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return -H(teacher_out, student_out, center, teacher_temp, student_temp)


def by_cross_entropy(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    with torch.no_grad():
        target = F.softmax((teacher_out - center) / teacher_temp, dim=-1)
    return F.cross_entropy(student_out / student_temp, target)


def by_logsumexp(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    t, s = (teacher_out.detach() - center) / teacher_temp, student_out / student_temp
    p = (t - t.logsumexp(dim=1, keepdim=True)).exp()
    return ((p * (s.logsumexp(dim=1, keepdim=True) - s)).sum(dim=1)).sum() / len(s)


def table(p, log_q):
    return -torch.einsum("tnk,vnk->tv", p, log_q) / p.shape[1]


def every_pair(p, log_q):
    return sum(-(p[i] * log_q[j]).sum(1).mean() for i in range(len(p)) for j in range(len(log_q))) / (len(p) * len(log_q))


def zipped(p, log_q):
    return sum(-(a * b).sum(1).mean() for a, b in zip(p, log_q)) / len(p)


def mean_with_zeros(p, log_q):
    H = table(p, log_q)
    return (H * (1 - torch.eye(*H.shape, dtype=H.dtype))).mean()


def pairs_added(p, log_q):
    return sum(-(p[i] * log_q[j]).sum(1).mean() for i in range(len(p)) for j in range(len(log_q)) if i != j)


def per_teacher_view(p, log_q):
    return pairs_added(p, log_q) / len(p)


def globals_only(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(p)) if i != j]
    return sum(-(p[i] * log_q[j]).sum(1).mean() for i, j in pairs) / max(len(pairs), 1)


def locals_only(p, log_q):
    return table(p, log_q)[:, len(p):].mean() if len(log_q) > len(p) else torch.zeros(())


def later_views_only(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(i + 1, len(log_q))]
    return sum(-(p[i] * log_q[j]).sum(1).mean() for i, j in pairs) / len(pairs)


def mean_over_outputs(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(p[i] * log_q[j]).mean(1).mean() for i, j in pairs) / len(pairs)


def images_added(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(p[i] * log_q[j]).sum() for i, j in pairs) / len(pairs)


def plus_sign(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum((p[i] * log_q[j]).sum(1).mean() for i, j in pairs) / len(pairs)


def by_a_mask(p, log_q):
    H = -(p[:, None] * log_q[None]).sum(dim=3).mean(dim=2)     # (T, V)
    H = H.clone()
    H.fill_diagonal_(0)
    return H.sum() / (len(p) * (len(log_q) - 1))


def view_by_view(p, log_q):
    losses = []
    for j, student in enumerate(log_q):
        others = [-(teacher * student).sum(dim=-1) for i, teacher in enumerate(p) if i != j]
        losses += others
    return torch.stack(losses).mean()


def mean_of(teacher_out):
    return teacher_out.mean(dim=(0, 1))


def swapped(center, teacher_out, momentum=0.9):
    return (1 - momentum) * center + momentum * mean_of(teacher_out)


def forgets(center, teacher_out, momentum=0.9):
    return mean_of(teacher_out)


def adds_on(center, teacher_out, momentum=0.9):
    return momentum * center + mean_of(teacher_out)


def never_shrinks(center, teacher_out, momentum=0.9):
    return center + (1 - momentum) * mean_of(teacher_out)


def first_view(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out[0].mean(dim=0)


def added_up(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.sum(dim=(0, 1))


def views_added(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * sum(view.mean(dim=0) for view in teacher_out)


def after_a_softmax(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * mean_of(teacher_out.softmax(dim=-1))


def of_the_centred(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * mean_of(teacher_out - center)


def one_for_all(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.mean()


def one_a_view(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.mean(dim=1)


def one_an_image(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.mean(dim=0)


def by_lerp(center, teacher_out, momentum=0.9):
    return torch.lerp(center, torch.cat(list(teacher_out)).mean(dim=0), 1 - momentum)


def by_a_step(center, teacher_out, momentum=0.9):
    rows = teacher_out.flatten(0, 1)
    return center + (1 - momentum) * (rows.sum(dim=0) / len(rows) - center)


def log_of_the_softmax(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(p * torch.softmax(student_out / student_temp, dim=1).log()).sum(dim=1).mean()


def with_an_epsilon(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(p * torch.log(torch.softmax(student_out / student_temp, dim=1) + 1e-8)).sum(dim=1).mean()


def no_brackets(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() - center / teacher_temp, dim=1)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def raw_teacher(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    t = (teacher_out.detach() - center) / teacher_temp
    return -(t * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def hard_labels(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return F.cross_entropy(student_out / student_temp, (teacher_out - center).argmax(dim=1))


def no_logarithm(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(p * torch.softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def by_kl_div(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return F.kl_div(torch.log_softmax(student_out / student_temp, dim=1), p, reduction="batchmean")


def centred_at_last(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() / teacher_temp, dim=1) - center
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def own_mean(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, teacher_out.detach().mean(dim=0), teacher_temp, student_temp)


def to_base_two(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, teacher_temp, student_temp) / math.log(2)


def squared_error(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return F.mse_loss(torch.softmax(student_out / student_temp, dim=1), p)


def default_temperatures(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, 0.04, 0.1)


def one_temperature(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out, student_out, center, teacher_temp, teacher_temp)


def first_image(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return H(teacher_out[:1], student_out[:1], center, teacher_temp, student_temp)


def by_products(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = ((teacher_out.detach() - center) / teacher_temp).softmax(-1)
    return -torch.einsum("nk,nk->", p, (student_out / student_temp).log_softmax(-1)) / p.shape[0]


def by_distributions(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    t = torch.distributions.Categorical(logits=(teacher_out.detach() - center) / teacher_temp)
    s = torch.distributions.Categorical(logits=student_out / student_temp)
    return -(t.probs * s.logits).sum(dim=1).mean()


def row_by_row(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    total = 0.0
    for t, s in zip(teacher_out.detach().double(), student_out.double()):
        p = ((t - center) / teacher_temp).softmax(0)
        total = total - p @ (s / student_temp).log_softmax(0)
    return (total / len(teacher_out)).to(student_out.dtype)


def fewer_pairs(p, log_q):
    return pairs_added(p, log_q) / (len(p) * len(log_q) - len(log_q)) if len(p) > 1 else pairs_added(p, log_q)


def earlier_views_only(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(i)]
    return sum(-(p[i] * log_q[j]).sum(1).mean() for i, j in pairs) / max(len(pairs), 1) + 0 * log_q.sum()


def student_with_student(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(log_q[i].exp() * log_q[j]).sum(1).mean() for i, j in pairs) / len(pairs)


def log_of_p(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(log_q[j].exp() * p[i].log()).sum(1).mean() for i, j in pairs) / len(pairs)


def last_pair_returned(p, log_q):
    for i in range(len(p)):
        for j in range(len(log_q)):
            if i != j:
                loss = -(p[i] * log_q[j]).sum(1).mean()
    return loss


def without_a_graph(p, log_q):
    with torch.no_grad():
        return by_a_mask(p, log_q)


def each_of_the_images(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(p[i] * log_q[j]).sum(1) for i, j in pairs) / len(pairs)


def all_minus_the_own(p, log_q):
    H = torch.einsum("tnk,vnk->tv", p, log_q) / -p.shape[1]
    return (H.sum() - H.diagonal().sum()) / (H.numel() - len(H))


def by_selected_cells(p, log_q):
    others = ~torch.eye(len(p), len(log_q), dtype=torch.bool)
    t, s = others.nonzero(as_tuple=True)
    return -(p[t].double() * log_q[s].double()).sum(-1).mean().to(log_q.dtype)


def teacher_by_teacher(p, log_q):
    total = 0
    for i in range(len(p)):
        rest = torch.cat([log_q[:i], log_q[i + 1:]])
        total = total + F.kl_div(rest, torch.zeros_like(rest), reduction="sum") - (rest * p[i]).sum()
    return total / (len(p) * (len(log_q) - 1) * p.shape[1])


def view_after_view(center, teacher_out, momentum=0.9):
    for view in teacher_out:
        center = momentum * center + (1 - momentum) * view.mean(dim=0)
    return center


def moved_in_place(center, teacher_out, momentum=0.9):
    return center.mul_(momentum).add_((1 - momentum) * mean_of(teacher_out))


def axes_kept(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.mean(dim=(0, 1), keepdim=True)


def the_median(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.flatten(0, 1).median(dim=0).values


def always_nine_tenths(center, teacher_out, momentum=0.9):
    return 0.9 * center + 0.1 * mean_of(teacher_out)


def subtracted(center, teacher_out, momentum=0.9):
    return momentum * center - (1 - momentum) * mean_of(teacher_out)


def by_numpy(center, teacher_out, momentum=0.9):
    mean = np.mean(np.concatenate([view.numpy() for view in teacher_out]), axis=0)
    return torch.from_numpy((momentum * center.numpy() + (1 - momentum) * mean).astype(mean.dtype))


def by_loops(center, teacher_out, momentum=0.9):
    total = torch.zeros_like(center)
    for view in teacher_out:
        for row in view:
            total += row
    return center * momentum + total * ((1 - momentum) / (teacher_out.shape[0] * teacher_out.shape[1]))


def mean_of_the_views_means(center, teacher_out, momentum=0.9):
    views = torch.stack([view.double().mean(0) for view in teacher_out])
    return (momentum * center.double() + (1 - momentum) * views.mean(0)).to(center.dtype)


def logarithms_on_both_sides(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    log_p = torch.log_softmax((teacher_out.detach() - center) / teacher_temp, dim=1)
    return -(log_p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def teacher_of_the_mean_image(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax((teacher_out.detach() - center).mean(dim=0) / teacher_temp, dim=0)
    return -(p * torch.log_softmax(student_out / student_temp, dim=1)).sum(dim=1).mean()


def log_p_times_log_q(p, log_q):
    return pairs_added(p.log(), log_q) / (len(p) * len(log_q) - len(p))


def sums_over_images(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(p[i] * log_q[j]).sum(0).mean() for i, j in pairs) / len(pairs)


def both_shares_alike(center, teacher_out, momentum=0.9):
    return momentum * (center + mean_of(teacher_out))


def scaled_to_one(center, teacher_out, momentum=0.9):
    return F.normalize(momentum * center + (1 - momentum) * mean_of(teacher_out), dim=0)


def log_of_log_q(p, log_q):
    pairs = [(i, j) for i in range(len(p)) for j in range(len(log_q)) if i != j]
    return sum(-(p[i] * log_q[j].log()).sum(dim=1).mean() for i, j in pairs) / len(pairs)


def follow(teacher, student, m, old_share, new_share):
    with torch.no_grad():
        for average, weight in zip(teacher.parameters(), student.parameters()):
            average.copy_(old_share * average + new_share * weight)
    return teacher


def m_for_the_student(teacher, student, m):
    return follow(teacher, student, m, 1 - m, m)


def student_whole(teacher, student, m):
    return follow(teacher, student, m, m, 1)


def plain_copy(teacher, student, m):
    return follow(teacher, student, m, 0, 1)


def names_only(teacher, student, m):
    for average, weight in zip(teacher.parameters(), student.parameters()):
        average = m * average + (1 - m) * weight
    return teacher


def matrices_alone(teacher, student, m):
    with torch.no_grad():
        for average, weight in zip(teacher.parameters(), student.parameters()):
            if average.ndim > 1:
                average.mul_(m).add_(weight, alpha=1 - m)
    return teacher


def pushed_away(teacher, student, m):
    return follow(teacher, student, m, 2 - m, m - 1)


def a_new_network(teacher, student, m):
    return follow(copy.deepcopy(teacher), student, m, m, 1 - m)


def new_parameters(teacher, student, m):
    for module, other in zip(teacher.modules(), student.modules()):
        for name, weight in list(module.named_parameters(recurse=False)):
            mixed = m * weight + (1 - m) * getattr(other, name)
            setattr(module, name, torch.nn.Parameter(mixed.detach(), requires_grad=False))
    return teacher


def state_dict_averaged(teacher, student, m):
    for value, other in zip(teacher.state_dict().values(), student.state_dict().values()):
        value.copy_(m * value + (1 - m) * other)
    return teacher


def in_the_graph(teacher, student, m):
    for average, weight in zip(teacher.parameters(), student.parameters()):
        average.mul_(m).add_(weight, alpha=1 - m)
    return teacher


def student_follows(teacher, student, m):
    with torch.no_grad():
        for average, weight in zip(teacher.parameters(), student.parameters()):
            average.mul_(m).add_(weight, alpha=1 - m)
            weight.copy_(average)
    return teacher


def the_student_returned(teacher, student, m):
    return follow(teacher, student, m, m, 1 - m) and student


def returns_nothing(teacher, student, m):
    follow(teacher, student, m, m, 1 - m)


def by_lerp_of_weights(teacher, student, m):
    with torch.no_grad():
        for average, weight in zip(teacher.parameters(), student.parameters()):
            average.lerp_(weight, 1 - m)
    return teacher


def by_data(teacher, student, m):
    theirs = dict(student.named_parameters())
    for name, average in teacher.named_parameters():
        average.data.copy_(m * average.data + (1 - m) * theirs[name].data)
    return teacher


@torch.no_grad()
def by_differences(teacher, student, m):
    for average, weight in zip(list(teacher.parameters()), list(student.parameters())):
        average += (1 - m) * (weight - average)
    return teacher


def kept_patches(looks, mass):
    share, order = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2, descending=True)
    return torch.zeros_like(looks, dtype=torch.bool).scatter(2, order, share.cumsum(dim=2) - share < mass)


def in_pixels(kept, figure, patch_size):
    kept = kept.unflatten(2, (figure.shape[1] // patch_size, -1))
    return kept.repeat_interleave(patch_size, dim=2).repeat_interleave(patch_size, dim=3)


def overlap(kept, figure, patch_size):
    kept = in_pixels(kept, figure, patch_size)
    return (kept & figure[:, None]).sum(dim=(2, 3)) / (kept | figure[:, None]).sum(dim=(2, 3))


def class_token_too(attention, figure, patch_size=4, mass=0.6):
    share, order = attention[:, :, 0, 1:].sort(dim=2, descending=True)
    kept = torch.zeros_like(share, dtype=torch.bool).scatter(2, order, share.cumsum(dim=2) - share < mass)
    return overlap(kept, figure, patch_size)


def looked_at_column(attention, figure, patch_size=4, mass=0.6):
    return overlap(kept_patches(attention[:, :, 1:, 0], mass), figure, patch_size)


def all_tokens_look(attention, figure, patch_size=4, mass=0.6):
    return overlap(kept_patches(attention.mean(dim=2)[:, :, 1:], mass), figure, patch_size)


def without_the_last_patch(attention, figure, patch_size=4, mass=0.6):
    looks = attention[:, :, 0, 1:]
    share, order = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2, descending=True)
    kept = torch.zeros_like(looks, dtype=torch.bool).scatter(2, order, share.cumsum(dim=2) < mass)
    return overlap(kept, figure, patch_size)


def from_below(attention, figure, patch_size=4, mass=0.6):
    return overlap(kept_patches_from_below(attention[:, :, 0, 1:], mass), figure, patch_size)


def kept_patches_from_below(looks, mass):
    share, order = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2)
    return torch.zeros_like(looks, dtype=torch.bool).scatter(2, order, share.cumsum(dim=2) - share < mass)


def most_patches(attention, figure, patch_size=4, mass=0.6):
    looks = attention[:, :, 0, 1:]
    largest = looks.topk(int(mass * looks.shape[2]), dim=2).indices
    return overlap(torch.zeros_like(looks, dtype=torch.bool).scatter(2, largest, True), figure, patch_size)


def share_of_the_largest(attention, figure, patch_size=4, mass=0.6):
    looks = attention[:, :, 0, 1:]
    return overlap(looks > mass * looks.amax(dim=2, keepdim=True), figure, patch_size)


def left_in_order(attention, figure, patch_size=4, mass=0.6):
    looks = attention[:, :, 0, 1:]
    share = (looks / looks.sum(dim=2, keepdim=True)).sort(dim=2, descending=True).values
    return overlap(share.cumsum(dim=2) - share < mass, figure, patch_size)


def over_the_figure(attention, figure, patch_size=4, mass=0.6):
    kept = in_pixels(kept_patches(attention[:, :, 0, 1:], mass), figure, patch_size)
    return (kept & figure[:, None]).sum(dim=(2, 3)) / figure[:, None].sum(dim=(2, 3))


def over_the_kept(attention, figure, patch_size=4, mass=0.6):
    kept = in_pixels(kept_patches(attention[:, :, 0, 1:], mass), figure, patch_size)
    return (kept & figure[:, None]).sum(dim=(2, 3)) / kept.sum(dim=(2, 3))


def dice_s(attention, figure, patch_size=4, mass=0.6):
    kept = in_pixels(kept_patches(attention[:, :, 0, 1:], mass), figure, patch_size)
    both = (kept & figure[:, None]).sum(dim=(2, 3))
    return 2 * both / (kept.sum(dim=(2, 3)) + figure[:, None].sum(dim=(2, 3)))


def mean_of_the_heads(attention, figure, patch_size=4, mass=0.6):
    return overlap(kept_patches(attention[:, :, 0, 1:], mass), figure, patch_size).mean(dim=1)


def columns_first(attention, figure, patch_size=4, mass=0.6):
    kept = kept_patches(attention[:, :, 0, 1:], mass)
    kept = kept.unflatten(2, (figure.shape[2] // patch_size, -1)).transpose(2, 3).flatten(2)
    return overlap(kept, figure, patch_size)


def always_sixty(attention, figure, patch_size=4, mass=0.6):
    return overlap(kept_patches(attention[:, :, 0, 1:], 0.6), figure, patch_size)


def in_loops(attention, figure, patch_size=4, mass=0.6):
    N, heads = attention.shape[:2]
    found = torch.zeros(N, heads)
    for n in range(N):
        for h in range(heads):
            looks = attention[n, h, 0, 1:].double()
            kept, held = torch.zeros(len(looks), dtype=torch.bool), 0.0
            for place in looks.argsort(descending=True):
                if held / looks.sum() >= mass:
                    break
                kept[place], held = True, held + looks[place]
            found[n, h] = overlap(kept[None, None], figure[n:n + 1], patch_size)
    return found


def by_ranks_and_kron(attention, figure, patch_size=4, mass=0.6):
    looks = attention[:, :, 0, 1:]
    looks = looks / looks.sum(dim=-1, keepdim=True)
    larger = (looks[:, :, None, :] > looks[:, :, :, None]).to(looks)
    kept = (larger * looks[:, :, None, :]).sum(dim=-1) < mass
    size = figure.shape[1:]
    kept = kept.float().reshape(*kept.shape[:2], size[0] // patch_size, size[1] // patch_size)
    kept = F.interpolate(kept, size=tuple(size), mode="nearest")
    marked = figure[:, None].float()
    return torch.minimum(kept, marked).sum(dim=(2, 3)) / torch.maximum(kept, marked).sum(dim=(2, 3))


WRONG = {
    "dino_cross_entropy": [
        (no_detach, "gradient_into_the_teacher"),
        (both_detached, "no_gradient"),
        (all_without_grad, "no_gradient"),
        (student_detached, "no_gradient"),
        (plus_centre, "centre_added"),
        (student_centred, "centre_on_the_student"),
        (both_centred, "centre_on_the_student"),
        (never_centred, "centre_forgotten"),
        (centred_last, "centred_after_the_temperature"),
        (other_temperatures, "temperatures_swapped"),
        (cold_student_only, "temperature_wrong"),
        (no_temperature, "temperature_wrong"),
        (times_temperature, "temperature_wrong"),
        (teacher_s_logarithm, "roles_swapped"),
        (log_softmax_of_softmax, "softmax_twice"),
        (down_the_batch, "softmax_over_images"),
        (mean_of_all, "sum_and_mean"),
        (sum_of_all, "sum_and_mean"),
        (each_image, "sum_and_mean"),
        (without_the_minus, "sign_turned"),
        (log_of_the_softmax, "log_of_zero"), (with_an_epsilon, "small_number_in_the_logarithm"),
        (no_brackets, "brackets_missing"), (raw_teacher, "teacher_without_softmax"),
        (hard_labels, "the_teacher_s_first_choice"), (no_logarithm, "logarithm_missing"), (by_kl_div, "kl_divergence"),
        (centred_at_last, "centre_after_the_softmax"), (own_mean, "mean_of_the_batch"), (to_base_two, "bits"),
        (squared_error, "different"), (default_temperatures, "temperatures_typed"), (one_temperature, "one_temperature"),
        (first_image, "different"), (logarithms_on_both_sides, "two_logarithms"),
        (teacher_of_the_mean_image, "different"),
    ],
    "multi_crop_loss": [
        (every_pair, "own_view_too"),
        (zipped, "only_the_own_view"),
        (mean_with_zeros, "counted_all_the_same"),
        (pairs_added, "pairs_summed"),
        (per_teacher_view, "pairs_summed"),
        (globals_only, "local_views_missing"),
        (locals_only, "local_views_only"),
        (later_views_only, "one_order_only"),
        (mean_over_outputs, "images_or_outputs"),
        (images_added, "images_or_outputs"),
        (plus_sign, "sign_turned"),
        (fewer_pairs, "another_number_of_pairs"), (earlier_views_only, "one_order_only"),
        (student_with_student, "different"),
        (log_of_p, "different"), (last_pair_returned, "different"), (without_a_graph, "detached"),
        (each_of_the_images, "not_averaged"), (log_p_times_log_q, "logarithm_of_the_teacher"),
        (sums_over_images, "images_or_outputs"), (log_of_log_q, "logarithm_of_the_student"),
    ],
    "update_center": [
        (swapped, "shares_swapped"),
        (forgets, "no_memory"),
        (adds_on, "shares_add_up_to_more"),
        (never_shrinks, "shares_add_up_to_more"),
        (first_view, "one_view"),
        (added_up, "summed"),
        (views_added, "summed"),
        (after_a_softmax, "of_probabilities"),
        (of_the_centred, "centred_before"),
        (one_for_all, "one_number"),
        (one_a_view, "not_averaged"),
        (one_an_image, "not_averaged"),
        (view_after_view, "once_for_each_view"), (moved_in_place, "changes"), (axes_kept, "flattened"),
        (the_median, "not_the_mean"), (always_nine_tenths, "momentum_typed"), (subtracted, "different"),
        (both_shares_alike, "shares_add_up_to_more"), (scaled_to_one, "normalized"),
    ],
    "move_teacher": [
        (m_for_the_student, "shares_swapped"), (student_whole, "shares_add_up_to_more"), (plain_copy, "copied"),
        (names_only, "not_moved"), (matrices_alone, "some_alone"), (pushed_away, "away"), (a_new_network, "new_network"),
        (new_parameters, "new_network"), (state_dict_averaged, "buffers"), (in_the_graph, "graph"),
        (student_follows, "student"), (the_student_returned, "returned"), (returns_nothing, "none"),
    ],
    "attention_jaccard": [
        (class_token_too, "not_made_one_again"), (looked_at_column, "the_column"), (all_tokens_look, "another_row"),
        (without_the_last_patch, "one_patch_short"), (from_below, "the_least"), (most_patches, "share_of_the_patches"),
        (share_of_the_largest, "a_threshold"), (left_in_order, "not_put_back"), (over_the_figure, "over_one_area"),
        (over_the_kept, "over_one_area"), (dice_s, "dice"), (mean_of_the_heads, "heads_averaged"),
        (columns_first, "rows_and_columns"), (always_sixty, "mass_typed"),
    ],
}

WRONG["hunt_dino_cross_entropy"] = WRONG["dino_cross_entropy"]

RIGHT = {
    "dino_cross_entropy": [by_cross_entropy, by_logsumexp, by_products, by_distributions, row_by_row],
    "multi_crop_loss": [by_a_mask, view_by_view, all_minus_the_own, by_selected_cells, teacher_by_teacher],
    "update_center": [by_lerp, by_a_step, by_numpy, by_loops, mean_of_the_views_means],
    "move_teacher": [by_lerp_of_weights, by_data, by_differences],
    "attention_jaccard": [in_loops, by_ranks_and_kron],
}
RIGHT["hunt_dino_cross_entropy"] = RIGHT["dino_cross_entropy"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _cross_entropy_by(t, s, c, a, b):
    return -(((t.detach() - c) / a).softmax(1) * (s / b).log_softmax(1)).sum(1).mean()


def _covered_by(
    attention,
    figure,
    P=4,
    mass=0.6,
    row=0,
    norm=True,
    strict=True,
    largest=True,
    cls=True,
    rep="inter",
    den="or",
    rowcol=True,
    le=False,
):
    N, h = attention.shape[:2]
    H, W = figure.shape[1:]
    a = attention[:, :, 0, 1:] if rowcol else attention[:, :, 1:, 0]
    if norm:
        a = a / a.sum(-1, keepdim=True)
    v, i = a.sort(-1, descending=largest)
    c = v.cumsum(-1)
    keep = (c - v) < mass if strict else c <= mass
    A = torch.zeros_like(a, dtype=torch.bool).scatter(-1, i, keep).reshape(N, h, H // P, W // P)
    A = A.repeat_interleave(P, 2).repeat_interleave(P, 3) if rep == "inter" else A.repeat(1, 1, P, P)
    B = figure[:, None]
    i = (A & B).sum((2, 3))
    u = (A | B).sum((2, 3))
    if den == "A":
        return i / A.sum((2, 3))
    if den == "B":
        return i / B.sum((2, 3))
    if den == "dice":
        return 2 * i / (A.sum((2, 3)) + B.sum((2, 3)))
    if den == "sum":
        return i / (A.sum((2, 3)) + B.sum((2, 3)))
    return i / u


def _all_pairs(p, q):
    return -(p[:, None] * q[None]).sum(-1).mean(-1)


def the_teachers_temperature_twice(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return _cross_entropy_by(teacher_out, student_out, center, teacher_temp, teacher_temp)


def temperatures_of_ones_own(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return _cross_entropy_by(teacher_out, student_out, center, 0.04, 0.1)


def student_as_the_target(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    return F.cross_entropy(((teacher_out.detach() - center) / teacher_temp).softmax(1), (student_out / student_temp))


def centre_added_late(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() / teacher_temp + center, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


def centre_times_the_temperature(teacher_out, student_out, center, teacher_temp=0.04, student_temp=0.1):
    p = torch.softmax(teacher_out.detach() / teacher_temp - center * teacher_temp, dim=1)
    log_q = torch.log_softmax(student_out / student_temp, dim=1)
    return -(p * log_q).sum(dim=1).mean()


def nine_tenths_always(center, teacher_out, momentum=0.9):
    return 0.9 * center + 0.1 * teacher_out.mean((0, 1))


def the_largest_said(center, teacher_out, momentum=0.9):
    return momentum * center + (1 - momentum) * teacher_out.amax((0, 1))


def back_to_probabilities(p, log_q):
    H = -(p[:, None] * log_q.exp()[None]).sum(-1).mean(-1)
    return (H.sum() - H.diagonal().sum()) / (H.numel() - len(p))


def class_token_fills_up(attention, figure, patch_size=4, mass=0.6):
    N, h = attention.shape[:2]
    H, W = figure.shape[1:]
    a = attention[:, :, 0]
    v, i = a.sort(-1, descending=True)
    keep = (v.cumsum(-1) - v) < mass
    A = (
        torch.zeros_like(a, dtype=torch.bool)
        .scatter(-1, i, keep)[..., 1:]
        .reshape(N, h, H // patch_size, W // patch_size)
        .repeat_interleave(patch_size, 2)
        .repeat_interleave(patch_size, 3)
    )
    return (A & figure[:, None]).sum((2, 3)) / (A | figure[:, None]).sum((2, 3))


def repeated_as_a_tile(attention, figure, patch_size=4, mass=0.6):
    return _covered_by(attention, figure, patch_size, mass, rep="tile")


def six_tenths_always(attention, figure, patch_size=4, mass=0.6):
    return _covered_by(attention, figure, patch_size, 0.6)


def the_ground(attention, figure, patch_size=4, mass=0.6):
    return _covered_by(attention, ~figure, patch_size, mass)


def figure_transposed(attention, figure, patch_size=4, mass=0.6):
    return (
        _covered_by(attention, figure.transpose(1, 2), patch_size, mass)
        if figure.shape[1] == figure.shape[2]
        else _covered_by(attention, figure, patch_size, mass)
    )


def patch_by_patch(attention, figure, patch_size=4, mass=0.6):
    N, h = attention.shape[:2]
    H, W = figure.shape[1:]
    a = attention[:, :, 0, 1:]
    a = a / a.sum(-1, keepdim=True)
    v, i = a.sort(-1, descending=True)
    keep = (v.cumsum(-1) - v) < mass
    A = torch.zeros_like(a, dtype=torch.bool).scatter(-1, i, keep)
    B = (F.avg_pool2d(figure[:, None].to(a.dtype), patch_size) > 0.5).flatten(1)[:, None]
    return (A & B).sum(-1) / (A | B).sum(-1)


def new_numbers_as_data(teacher, student, m):
    for a, b in zip(teacher.parameters(), student.parameters()):
        a.data = m * a.data + (1 - m) * b.data
    return teacher


def all_at_once_by_lerp(teacher, student, m):
    with torch.no_grad():
        torch._foreach_lerp_(list(teacher.parameters()), list(student.parameters()), 1 - m)
    return teacher


def by_lerp_of_the_flat_mean(center, teacher_out, momentum=0.9):
    return torch.lerp(teacher_out.flatten(0, 1).mean(0), center, momentum)


def by_a_mask_of_pairs(p, log_q):
    H = -(p[:, None] * log_q[None]).sum(-1).mean(-1)
    return H[~torch.eye(len(p), len(log_q), dtype=torch.bool, device=p.device)].mean()


def patch_after_patch_until_it_is_full(attention, figure, patch_size=4, mass=0.6):
    N, h = attention.shape[:2]
    H, W = figure.shape[1:]
    out = attention.new_zeros(N, h)
    for n in range(N):
        for k in range(h):
            a = attention[n, k, 0, 1:]
            a = a / a.sum()
            A = torch.zeros(len(a), dtype=torch.bool, device=a.device)
            tot = 0.0
            for l in a.argsort(descending=True):
                if tot >= mass:
                    break
                A[l] = True
                tot += float(a[l])
            A = A.view(H // patch_size, W // patch_size)
            A = torch.kron(A.long(), torch.ones(patch_size, patch_size, dtype=torch.long, device=a.device)).bool()
            out[n, k] = (A & figure[n]).sum() / (A | figure[n]).sum()
    return out


WRONG["dino_cross_entropy"] += [
    (the_teachers_temperature_twice, "one_temperature"),
    (temperatures_of_ones_own, "temperatures_typed"),
    (student_as_the_target, "arguments_exchanged"),
]
WRONG["hunt_dino_cross_entropy"] += [
    (centre_added_late, "centred_after_the_temperature"),
    (centre_times_the_temperature, "centred_after_the_temperature"),
]
WRONG["update_center"] += [(nine_tenths_always, "momentum_typed"), (the_largest_said, "not_the_mean")]
WRONG["multi_crop_loss"] += [(back_to_probabilities, "logarithm_undone")]
WRONG["attention_jaccard"] += [
    (class_token_fills_up, "itself_among_the_kept"),
    (repeated_as_a_tile, "tiled"),
    (six_tenths_always, "mass_typed"),
    (the_ground, "ground_for_figure"),
    (figure_transposed, "turned_on_its_side"),
    (patch_by_patch, "counted_in_patches"),
]
RIGHT["move_teacher"] += [new_numbers_as_data, all_at_once_by_lerp]
RIGHT["update_center"] += [by_lerp_of_the_flat_mean]
RIGHT["multi_crop_loss"] += [by_a_mask_of_pairs]
RIGHT["attention_jaccard"] += [patch_after_patch_until_it_is_full]
