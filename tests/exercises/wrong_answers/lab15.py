"""Lab 15: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

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


WRONG = {
    "dino_cross_entropy": (
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
    ),
    "multi_crop_loss": (
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
    ),
    "update_center": (
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
    ),
}

RIGHT = {
    "dino_cross_entropy": (by_cross_entropy, by_logsumexp),
    "multi_crop_loss": (by_a_mask, view_by_view),
    "update_center": (by_lerp, by_a_step),
}
