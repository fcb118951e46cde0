"""Lab 11: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import torch
from torch import nn
from torch.nn import functional as F


def soft(teacher_out, temperature):
    return (teacher_out.detach() / temperature).softmax(dim=1)


def logs(student_out, temperature):
    return (student_out / temperature).log_softmax(dim=1)


def student_at_one(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, 1.0)).sum(dim=1).mean()


def teacher_at_one(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, 1.0) * logs(student_out, temperature)).sum(dim=1).mean()


def temperature_forgotten(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, 1.0) * logs(student_out, 1.0)).sum(dim=1).mean()


def times_temperature(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, 1 / temperature) * logs(student_out, 1 / temperature)).sum(dim=1).mean()


def argmax_of_the_teacher(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out, teacher_out.argmax(dim=1))


def argmax_with_temperature(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out / temperature, teacher_out.argmax(dim=1))


def the_other_way_round(teacher_out, student_out, temperature=1.0):
    p = (student_out / temperature).softmax(dim=1)
    return -(p * (teacher_out / temperature).log_softmax(dim=1)).sum(dim=1).mean()


def kl_divergence(teacher_out, student_out, temperature=1.0):
    return F.kl_div(logs(student_out, temperature), soft(teacher_out, temperature), reduction="batchmean")


def mean_of_everything(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, temperature)).mean()


def sum_of_everything(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, temperature)).sum()


def hinton(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out / temperature, soft(teacher_out, temperature)) * temperature**2


def without_the_minus(teacher_out, student_out, temperature=1.0):
    return (soft(teacher_out, temperature) * logs(student_out, temperature)).sum(dim=1).mean()


def raw_teacher(teacher_out, student_out, temperature=1.0):
    return -(teacher_out.detach() * logs(student_out, temperature)).sum(dim=1).mean()


def raw_teacher_divided(teacher_out, student_out, temperature=1.0):
    return -(teacher_out.detach() / temperature * logs(student_out, temperature)).sum(dim=1).mean()


def log_after_softmax(teacher_out, student_out, temperature=1.0):
    q = (student_out / temperature).softmax(dim=1)
    return -(soft(teacher_out, temperature) * q.log()).sum(dim=1).mean()


def no_detach(teacher_out, student_out, temperature=1.0):
    p = (teacher_out / temperature).softmax(dim=1)
    return -(p * logs(student_out, temperature)).sum(dim=1).mean()


def both_detached(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out.detach(), temperature)).sum(dim=1).mean()


def one_loss_an_image(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, temperature)).sum(dim=1)


def squared_difference(teacher_out, student_out, temperature=1.0):
    return F.mse_loss(student_out, teacher_out.detach())


def by_torch(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out / temperature, F.softmax(teacher_out.detach() / temperature, dim=1))


def entropy_and_divergence(teacher_out, student_out, temperature=1.0):
    with torch.no_grad():
        p = (teacher_out / temperature).softmax(dim=1)
        entropy = torch.special.entr(p).sum(dim=1).mean()
    return entropy + F.kl_div(logs(student_out, temperature), p, reduction="batchmean")


def sure(weak_logits, threshold):
    return weak_logits.softmax(dim=1).max(dim=1).values >= threshold


def each(weak_logits, strong_logits):
    return F.cross_entropy(strong_logits, weak_logits.argmax(dim=1), reduction="none")


def all_accepted(weak_logits, strong_logits, threshold=0.95):
    return F.cross_entropy(strong_logits, weak_logits.argmax(dim=1))


def logits_compared(weak_logits, strong_logits, threshold=0.95):
    confidence, believed = weak_logits.max(dim=1)
    return (F.cross_entropy(strong_logits, believed, reduction="none") * (confidence >= threshold)).mean()


def class_compared(weak_logits, strong_logits, threshold=0.95):
    believed = weak_logits.softmax(dim=1).max(dim=1)[1]
    return (F.cross_entropy(strong_logits, believed, reduction="none") * (believed >= threshold)).mean()


def mean_of_the_accepted(weak_logits, strong_logits, threshold=0.95):
    mask = sure(weak_logits, threshold)
    return F.cross_entropy(strong_logits[mask], weak_logits.argmax(dim=1)[mask])


def divided_by_the_accepted(weak_logits, strong_logits, threshold=0.95):
    mask = sure(weak_logits, threshold)
    return (each(weak_logits, strong_logits) * mask).sum() / mask.sum().clamp_min(1)


def added_up(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, strong_logits) * sure(weak_logits, threshold)).sum()


def the_unsure_ones(weak_logits, strong_logits, threshold=0.95):
    mask = weak_logits.softmax(dim=1).max(dim=1).values <= threshold
    return (each(weak_logits, strong_logits) * mask).mean()


def soft_pseudo_labels(weak_logits, strong_logits, threshold=0.95):
    q = weak_logits.detach().softmax(dim=1)
    return (F.cross_entropy(strong_logits, q, reduction="none") * (q.max(dim=1).values >= threshold)).mean()


def swapped(weak_logits, strong_logits, threshold=0.95):
    return (each(strong_logits, weak_logits) * sure(strong_logits, threshold)).mean()


def weak_on_itself(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, weak_logits) * sure(weak_logits, threshold)).mean()


def strong_is_asked(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, strong_logits) * sure(strong_logits, threshold)).mean()


def two_softmaxes(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, strong_logits.softmax(dim=1)) * sure(weak_logits, threshold)).mean()


def unreduced(weak_logits, strong_logits, threshold=0.95):
    return each(weak_logits, strong_logits) * sure(weak_logits, threshold)


def by_picking_log_probabilities(weak_logits, strong_logits, threshold=0.95):
    q = weak_logits.softmax(dim=1)
    picked = strong_logits.log_softmax(dim=1).gather(1, q.argmax(dim=1, keepdim=True))[:, 0]
    return -torch.where(q.amax(dim=1) >= threshold, picked, torch.zeros_like(picked)).sum() / len(q)


def by_ignored_labels(weak_logits, strong_logits, threshold=0.95):
    confidence, believed = weak_logits.softmax(dim=1).max(dim=1)
    believed = believed.masked_fill(confidence < threshold, -100)
    return F.cross_entropy(strong_logits, believed, reduction="sum") / len(believed)


def only_the_encoder(method, layers=1):
    return method.encoder


def everything(method, layers=1):
    return nn.Sequential(method.encoder, method.head)


def counts_modules(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:layers])


def without_relu(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:max(3 * layers - 1, 0)])


def only_linear(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:max(3 * layers - 2, 0)])


def off_by_one(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:3 * (layers + 1)])


def cut_from_the_end(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:len(method.head.layers) - layers])


def head_alone(method, layers=1):
    return nn.Sequential(nn.Flatten(), *method.head.layers[:3 * layers])


def batch_norm_skipped(method, layers=1):
    kept = [part for part in method.head.layers[:3 * layers] if not isinstance(part, nn.BatchNorm1d)]
    return nn.Sequential(method.encoder, *kept)


def a_list_of_parts(method, layers=1):
    return [method.encoder, *method.head.layers[:3 * layers]]


def by_slices(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[:3 * layers])


class Middle(nn.Module):
    def __init__(self, method, layers):
        super().__init__()
        self.encoder, self.layers = method.encoder, nn.ModuleList(method.head.layers[i] for i in range(3 * layers))

    def forward(self, images):
        h = self.encoder(images)
        for layer in self.layers:
            h = layer(h)
        return h


def by_a_class(method, layers=1):
    return Middle(method, layers)


WRONG = {
    "distillation": [
        (student_at_one, "one_temperature"), (teacher_at_one, "one_temperature"), (temperature_forgotten, "no_temperature"),
        (times_temperature, "multiplied"), (argmax_of_the_teacher, "hard_labels"), (argmax_with_temperature, "hard_labels"),
        (the_other_way_round, "roles_swapped"), (kl_divergence, "divergence"), (mean_of_everything, "mean_over_classes"),
        (sum_of_everything, "summed"), (hinton, "times_tau_squared"), (without_the_minus, "negative"),
        (raw_teacher, "teacher_not_softmaxed"), (raw_teacher_divided, "teacher_not_softmaxed"),
        (log_after_softmax, "log_of_zero"), (no_detach, "gradient_into_the_teacher"), (both_detached, "no_gradient"),
        (one_loss_an_image, "not_averaged"), (squared_difference, "different"),
    ],
    "fixmatch_loss": [
        (all_accepted, "no_mask"), (logits_compared, "threshold_on_logits"), (class_compared, "threshold_on_the_class"),
        (mean_of_the_accepted, "mean_over_the_accepted"), (divided_by_the_accepted, "mean_over_the_accepted"),
        (added_up, "summed"), (the_unsure_ones, "kept_the_unsure"), (soft_pseudo_labels, "soft_targets"),
        (swapped, "views_swapped"), (weak_on_itself, "strong_view_unused"), (strong_is_asked, "sure_of_the_strong"),
        (two_softmaxes, "softmax_twice"), (unreduced, "not_averaged"),
    ],
    "middle_of_head": [
        (only_the_encoder, "encoder_alone"), (everything, "whole_head"), (counts_modules, "linear_only"),
        (without_relu, "relu_missing"), (only_linear, "linear_only"), (off_by_one, "one_too_many"),
        (cut_from_the_end, "counted_from_the_end"), (head_alone, "no_encoder"), (batch_norm_skipped, "no_batch_norm"),
        (a_list_of_parts, "error"),
    ],
}

RIGHT = {
    "distillation": [by_torch, entropy_and_divergence],
    "fixmatch_loss": [by_picking_log_probabilities, by_ignored_labels],
    "middle_of_head": [by_slices, by_a_class],
}
