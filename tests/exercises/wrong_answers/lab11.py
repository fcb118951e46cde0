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
    return nn.Sequential(method.encoder, *method.head.layers[: max(3 * layers - 1, 0)])


def only_linear(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: max(3 * layers - 2, 0)])


def off_by_one(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: 3 * (layers + 1)])


def cut_from_the_end(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: len(method.head.layers) - layers])


def head_alone(method, layers=1):
    return nn.Sequential(nn.Flatten(), *method.head.layers[: 3 * layers])


def batch_norm_skipped(method, layers=1):
    kept = [part for part in method.head.layers[: 3 * layers] if not isinstance(part, nn.BatchNorm1d)]
    return nn.Sequential(method.encoder, *kept)


def a_list_of_parts(method, layers=1):
    return [method.encoder, *method.head.layers[: 3 * layers]]


def by_slices(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: 3 * layers])


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


def softmax_twice(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy((student_out / temperature).softmax(1), soft(teacher_out, temperature))


def log_softmax_of_softmax(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * (student_out.softmax(1) / temperature).log_softmax(1)).sum(1).mean()


def dim0(teacher_out, student_out, temperature=1.0):
    return -((teacher_out.detach() / temperature).softmax(0) * (student_out / temperature).log_softmax(0)).sum(1).mean()


def dim0_teacher(teacher_out, student_out, temperature=1.0):
    return -((teacher_out.detach() / temperature).softmax(0) * logs(student_out, temperature)).sum(1).mean()


def sum_dim0(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, temperature)).sum(0).mean()


def kl_mean(teacher_out, student_out, temperature=1.0):
    return F.kl_div(logs(student_out, temperature), soft(teacher_out, temperature))


def kl_arg_swapped(teacher_out, student_out, temperature=1.0):
    return F.kl_div(soft(teacher_out, temperature).log(), (student_out / temperature).softmax(1), reduction="batchmean")


def bce(teacher_out, student_out, temperature=1.0):
    return F.binary_cross_entropy_with_logits(student_out / temperature, soft(teacher_out, temperature))


def softmax_then_divide(teacher_out, student_out, temperature=1.0):
    return -(teacher_out.detach().softmax(1) / temperature * (student_out.log_softmax(1) / temperature)).sum(1).mean()


def prob_mse(teacher_out, student_out, temperature=1.0):
    return F.mse_loss((student_out / temperature).softmax(1), soft(teacher_out, temperature))


def no_log(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * (student_out / temperature).softmax(1)).sum(1).mean()


def div_tau(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out / temperature, soft(teacher_out, temperature)) / temperature


def entropy_teacher(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(teacher_out, temperature)).sum(1).mean()


def log_softmax_both(teacher_out, student_out, temperature=1.0):
    return -(logs(teacher_out.detach(), temperature) * logs(student_out, temperature)).sum(1).mean()


def detach_student(teacher_out, student_out, temperature=1.0):
    p = (teacher_out / temperature).softmax(1)
    return -(p * logs(student_out.detach(), temperature)).sum(1).mean()


def hinton_kl(teacher_out, student_out, temperature=1.0):
    return F.kl_div(logs(student_out, temperature), soft(teacher_out, temperature), reduction="batchmean") * temperature**2


def requires_off(teacher_out, student_out, temperature=1.0):
    teacher_out.requires_grad_(False)
    return F.cross_entropy(student_out / temperature, (teacher_out / temperature).softmax(1))


def times_tau_h(teacher_out, student_out, temperature=1.0):
    return F.cross_entropy(student_out / temperature, soft(teacher_out, temperature)) * temperature


def summed_and_divided(teacher_out, student_out, temperature=1.0):
    return -(soft(teacher_out, temperature) * logs(student_out, temperature)).sum() / len(student_out)


def image_by_image(teacher_out, student_out, temperature=1.0):
    total = 0
    for t, s in zip(teacher_out.detach(), student_out):
        p = torch.softmax(t / temperature, 0)
        total = total - (p * (s / temperature - torch.logsumexp(s / temperature, 0))).sum()
    return total / len(teacher_out)


def by_einsum(teacher_out, student_out, temperature=1.0):
    with torch.no_grad():
        p = F.softmax(teacher_out / temperature, dim=-1)
    return -torch.einsum("nk,nk->n", p, F.log_softmax(student_out / temperature, dim=-1)).mean()


def by_distributions(teacher_out, student_out, temperature=1.0):
    p = torch.distributions.Categorical(logits=teacher_out.detach() / temperature)
    q = torch.distributions.Categorical(logits=student_out / temperature)
    return -(p.probs * q.logits).sum(1).mean()


def in_double_precision(teacher_out, student_out, temperature=1.0):
    t, s = (teacher_out.detach().double(), student_out.double())
    return F.cross_entropy(s / temperature, (t / temperature).softmax(1)).to(student_out.dtype)


def by_a_trace(teacher_out, student_out, temperature=1.0):
    p = soft(teacher_out, temperature)
    l = F.log_softmax(student_out / temperature, 1)
    return -torch.trace(p @ l.T) / len(p)


def mean_ce_times_mask(weak_logits, strong_logits, threshold=0.95):
    return (F.cross_entropy(strong_logits, weak_logits.argmax(1)) * sure(weak_logits, threshold)).mean()


def argmax_dim0(weak_logits, strong_logits, threshold=0.95):
    return (F.cross_entropy(strong_logits, weak_logits.argmax(0), reduction="none") * sure(weak_logits, threshold)).mean()


def softmax_dim0(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.softmax(0).max(1)
    return (F.cross_entropy(strong_logits, b, reduction="none") * (c >= threshold)).mean()


def confidence_weight(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.softmax(1).max(1)
    return (F.cross_entropy(strong_logits, b, reduction="none") * c * (c >= threshold)).mean()


def strictly_sigmoid(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.sigmoid().max(1)
    return (F.cross_entropy(strong_logits, b, reduction="none") * (c >= threshold)).mean()


def all_classes_mask(weak_logits, strong_logits, threshold=0.95):
    q = weak_logits.softmax(1)
    return (F.cross_entropy(strong_logits, q.argmax(1), reduction="none") * (q >= threshold).any(0).float().mean()).mean()


def confidence_only_weight(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.softmax(1).max(1)
    return (F.cross_entropy(strong_logits, b, reduction="none") * c).mean()


def accepted_or_zero(weak_logits, strong_logits, threshold=0.95):
    m = sure(weak_logits, threshold)
    return F.cross_entropy(strong_logits[m], weak_logits.argmax(1)[m]) if m.any() else strong_logits.sum() * 0


def minus(weak_logits, strong_logits, threshold=0.95):
    return -(each(weak_logits, strong_logits) * sure(weak_logits, threshold)).mean()


def prob_not_log(weak_logits, strong_logits, threshold=0.95):
    p = strong_logits.softmax(1).gather(1, weak_logits.argmax(1)[:, None])[:, 0]
    return ((1 - p) * sure(weak_logits, threshold)).mean()


def nll_prob(weak_logits, strong_logits, threshold=0.95):
    return (
        F.nll_loss(strong_logits.softmax(1), weak_logits.argmax(1), reduction="none") * sure(weak_logits, threshold)
    ).mean()


def masked_logits(weak_logits, strong_logits, threshold=0.95):
    m = sure(weak_logits, threshold)[:, None]
    return F.cross_entropy(strong_logits * m, weak_logits.argmax(1))


def wrong_axis_max(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.softmax(1).max(0)
    return (F.cross_entropy(strong_logits, b, reduction="none") * (c >= threshold)).mean()


def threshold_095(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, strong_logits) * sure(weak_logits, 0.95)).mean()


def divided_by_k(weak_logits, strong_logits, threshold=0.95):
    q = F.one_hot(weak_logits.argmax(1), weak_logits.shape[1])
    return -(q * strong_logits.log_softmax(1) * sure(weak_logits, threshold)[:, None]).mean()


def soft_and_grad(weak_logits, strong_logits, threshold=0.95):
    c, b = weak_logits.softmax(1).max(1)
    return (F.cross_entropy(strong_logits, b, reduction="none") * (c - c.detach() + (c >= threshold))).mean()


def strong_detached(weak_logits, strong_logits, threshold=0.95):
    return (each(weak_logits, strong_logits.detach()) * sure(weak_logits, threshold)).mean()


def loss_and_mask(weak_logits, strong_logits, threshold=0.95):
    m = sure(weak_logits, threshold)
    return ((each(weak_logits, strong_logits) * m).mean(), m)


def one_at_a_time(weak_logits, strong_logits, threshold=0.95):
    total = strong_logits.new_zeros(())
    for w, s in zip(weak_logits.softmax(1), strong_logits):
        if w.max() >= threshold:
            total = total - s.log_softmax(0)[w.argmax()]
    return total / len(weak_logits)


def by_one_hot(weak_logits, strong_logits, threshold=0.95):
    q = weak_logits.softmax(1)
    h = F.one_hot(q.argmax(1), q.shape[1]) * (q.amax(1, keepdim=True) >= threshold)
    return -(h * strong_logits.log_softmax(1)).sum(1).mean()


def by_a_distribution(weak_logits, strong_logits, threshold=0.95):
    q = torch.distributions.Categorical(logits=weak_logits).probs
    d = torch.distributions.Categorical(logits=strong_logits)
    return -(d.log_prob(q.argmax(1)) * (q.max(1).values >= threshold)).mean()


def by_where_in_double(weak_logits, strong_logits, threshold=0.95):
    c, b = torch.softmax(weak_logits.double(), -1).max(-1)
    return (
        torch.where(c >= threshold, F.cross_entropy(strong_logits.double(), b, reduction="none"), 0.0)
        .mean()
        .to(strong_logits.dtype)
    )


def summed_over_the_sure(weak_logits, strong_logits, threshold=0.95):
    m = sure(weak_logits, threshold)
    n = len(m)
    return F.cross_entropy(strong_logits[m], weak_logits.argmax(1)[m], reduction="sum") / n


def epsilon_in_the_logarithm(weak_logits, strong_logits, threshold=0.95):
    m = sure(weak_logits, threshold)
    return -((strong_logits.softmax(1) + 1e-08).log()[torch.arange(len(m)), weak_logits.argmax(1)] * m.float()).mean()


def index_for_slice(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[3 * layers])


def last_layers(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[-3 * layers :])


def as_a_module_list(method, layers=1):
    return nn.ModuleList([method.encoder, *method.head.layers[: 3 * layers]])


def two_each(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: 2 * layers])


def as_a_lambda(method, layers=1):
    return lambda x: method.head.layers[: 3 * layers](method.encoder(x))


def encoder_behind_the_layers(method, layers=1):
    return nn.Sequential(*method.head.layers[: 3 * layers], method.encoder)


def fresh(method, layers=1):
    import copy

    net = nn.Sequential(method.encoder, *copy.deepcopy(list(method.head.layers[: 3 * layers])))
    for m in net[1:].modules():
        if hasattr(m, "reset_parameters"):
            m.reset_parameters()
    return net


def relu_extra(method, layers=1):
    return nn.Sequential(method.encoder, *[m for i in range(layers) for m in method.head.layers[3 * i : 3 * i + 2]])


def head_twice(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[: 3 * layers], method.head)


def hidden_out(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[:-1])


def always_first(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[:3])


def always_one(method, layers=1):
    return method.head.layers[: 3 * layers]


def mutate(method, layers=1):
    method.head.layers = method.head.layers[: 3 * layers]
    return nn.Sequential(method.encoder, method.head.layers)


def from_second(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[3 : 3 * layers + 3])


def only_relu(method, layers=1):
    return nn.Sequential(method.encoder, *[m for m in method.head.layers[: 3 * layers] if not isinstance(m, nn.ReLU)])


def plus_one(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: 3 * layers + 1])


def minus_one(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[: 3 * (layers - 1)])


def by_one_slice(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[: 3 * layers])


def by_adding_modules(method, layers=1):
    net = nn.Sequential()
    net.add_module("encoder", method.encoder)
    for i in range(3 * layers):
        net.add_module(f"layer{i}", method.head.layers[i])
    return net


def by_deep_copies(method, layers=1):
    import copy

    return nn.Sequential(copy.deepcopy(method.encoder), *copy.deepcopy(method.head.layers)[: 3 * layers])


def by_a_class_around_the_method(method, layers=1):

    class Net(nn.Module):
        def __init__(s):
            super().__init__()
            s.method = method

        def forward(s, x):
            return s.method.head.layers[: 3 * layers](s.method.encoder(x))

    return Net()


def by_ordered_dict(method, layers=1):
    from collections import OrderedDict

    return nn.Sequential(
        OrderedDict(encoder=method.encoder, middle=nn.Sequential(*list(method.head.layers.children())[: layers * 3]))
    )


def nll_of_the_argmax(teacher_out, student_out, temperature=1.0):
    p = F.softmax(teacher_out.detach() / temperature, dim=1)
    return F.nll_loss(F.log_softmax(student_out / temperature, dim=1), p.argmax(1))


def summed_twice(teacher_out, student_out, temperature=1.0):
    p = F.softmax(teacher_out.detach() / temperature, dim=-1)
    q = F.log_softmax(student_out / temperature, dim=-1)
    return -(p * q).sum(-1).sum()


def logarithms_exchanged(teacher_out, student_out, temperature=1.0):
    p = F.log_softmax(teacher_out.detach() / temperature, dim=1)
    q = F.softmax(student_out / temperature, dim=1)
    return -(p * q).sum(1).mean()


def divergence_by_hand(teacher_out, student_out, temperature=1.0):
    p = F.softmax(teacher_out.detach() / temperature, dim=1)
    q = F.softmax(student_out / temperature, dim=1)
    return (p * (p.log() - q.log())).sum(1).mean()


def power_of_probabilities(teacher_out, student_out, temperature=1.0):
    p = F.softmax(teacher_out.detach(), dim=1) ** (1 / temperature)
    return -(p * F.log_softmax(student_out / temperature, 1)).sum(1).mean()


def sum_by_the_accepted(weak_logits, strong_logits, threshold=0.95):
    p, y = weak_logits.softmax(1).max(1)
    keep = p > threshold
    return F.cross_entropy(strong_logits[keep], y[keep], reduction="sum") / keep.sum()


def divided_by_k_of_a_row(weak_logits, strong_logits, threshold=0.95):
    p, y = weak_logits.softmax(1).max(1)
    return F.cross_entropy(strong_logits, y, reduction="none")[p >= threshold].sum() / len(strong_logits[0])


def mask_by_class(weak_logits, strong_logits, threshold=0.95):
    p = weak_logits.softmax(1)
    mask = (p >= threshold).float()
    return -(mask * strong_logits.softmax(1).log()).mean()


def strong_teaches_weak(weak_logits, strong_logits, threshold=0.95):
    weak_logits.argmax(1)
    m = weak_logits.softmax(1).max(1)[0] >= threshold
    return F.cross_entropy(weak_logits, strong_logits.argmax(1), reduction="none")[m].mean()


def sure_of_the_surest(weak_logits, strong_logits, threshold=0.95):
    y = weak_logits.argmax(1)
    m = weak_logits.softmax(1).max() >= threshold
    return (F.cross_entropy(strong_logits, y, reduction="none") * m).mean()


def one_module_by_index(method, layers=1):
    return nn.Sequential(method.encoder, method.head.layers[layers - 1])


def slice_from_one(method, layers=1):
    return nn.Sequential(method.encoder, *method.head.layers[1 : 3 * layers + 1])


def layers_made_anew(method, layers=1):
    return nn.Sequential(method.encoder, nn.Linear(6, 10), nn.BatchNorm1d(10), nn.ReLU())


def method_for_encoder(method, layers=1):
    return nn.Sequential(method, *method.head.layers[: 3 * layers])


def children_of_the_head(method, layers=1):
    return nn.Sequential(method.encoder, *list(method.head.children())[: 3 * layers])


def strictly_above_the_threshold(weak_logits, strong_logits, threshold=0.95):
    confidence, believed = weak_logits.detach().softmax(dim=1).max(dim=1)
    return (F.cross_entropy(strong_logits, believed, reduction="none") * (confidence > threshold)).mean()


# --- labelled_distillation --------------------------------------------------------------------------------------------


def _both(t, s, y, tau, alpha, *, hard=None, soft=None):
    """The loss as `losses.labelled_distillation` has it, with one of its parts exchanged."""
    known = (y >= 0).to(s.dtype)
    own = (F.cross_entropy(s, y.clamp(min=0), reduction="none") * known).sum() / known.sum().clamp(min=1)
    teacher = -(soft_of(t, tau) * logs(s, tau)).sum(dim=1).mean()
    return (1 - alpha) * (own if hard is None else hard) + alpha * (teacher if soft is None else soft)


def soft_of(t, tau):
    return (t.detach() / tau).softmax(dim=1)


def mean_of_the_known(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard = F.cross_entropy(student_out, labels, ignore_index=-1)
    return _both(teacher_out, student_out, labels, temperature, alpha, hard=hard)


def unknown_is_class_0(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard = F.cross_entropy(student_out, labels.clamp(min=0))
    return _both(teacher_out, student_out, labels, temperature, alpha, hard=hard)


def unknown_is_the_last_class(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard = -student_out.log_softmax(dim=1)[torch.arange(len(labels)), labels].mean()
    return _both(teacher_out, student_out, labels, temperature, alpha, hard=hard)


def over_the_whole_batch(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard = F.cross_entropy(student_out, labels, ignore_index=-1, reduction="sum") / len(labels)
    return _both(teacher_out, student_out, labels, temperature, alpha, hard=hard)


def alpha_for_the_labels(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _both(teacher_out, student_out, labels, temperature, 1 - alpha)


def plainly_added(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard, soft = (_both(teacher_out, student_out, labels, temperature, share) for share in (0.0, 1.0))
    return hard + soft


def alpha_on_one_side(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard, soft = (_both(teacher_out, student_out, labels, temperature, share) for share in (0.0, 1.0))
    return hard + alpha * soft


def _teacher_of(rows, t, s, y, tau, alpha):
    each = -(soft_of(t, tau) * logs(s, tau)).sum(dim=1) * rows
    return _both(t, s, y, tau, alpha, soft=each.sum() / rows.sum().clamp(min=1))


def teacher_where_no_label_is(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _teacher_of(labels < 0, teacher_out, student_out, labels, temperature, alpha)


def teacher_where_a_label_is(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _teacher_of(labels >= 0, teacher_out, student_out, labels, temperature, alpha)


def divided_everywhere(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    hard = _both(teacher_out, student_out / temperature, labels, 1.0, 0.0)
    return _both(teacher_out, student_out, labels, temperature, alpha, hard=hard)


def no_tau(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _both(teacher_out, student_out, labels, 1.0, alpha)


def no_labels(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _both(teacher_out, student_out, labels, temperature, 1.0)


def no_teacher(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return _both(teacher_out, student_out, labels, temperature, 0.0)


def minus_twice(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    return -_both(teacher_out, student_out, labels, temperature, alpha)


def teacher_learns(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    p = (teacher_out / temperature).softmax(dim=1)
    soft = -(p * logs(student_out, temperature)).sum(dim=1).mean()
    return _both(teacher_out, student_out, labels, temperature, alpha, soft=soft)


def nobody_learns(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    p = (teacher_out / temperature).softmax(dim=1)
    soft = -(p * logs(student_out.detach(), temperature)).sum(dim=1).mean()
    return _both(teacher_out, student_out.detach(), labels, temperature, alpha, soft=soft)


def by_ignore_index(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    known = int((labels >= 0).sum())
    hard = F.cross_entropy(student_out, labels, ignore_index=-1, reduction="sum") / max(1, known)
    soft = F.cross_entropy(student_out / temperature, soft_of(teacher_out, temperature))
    return torch.lerp(hard, soft, alpha)


def by_choosing_rows(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    rows = (labels >= 0).nonzero().flatten()
    hard = student_out.new_zeros(())
    if len(rows):
        hard = -student_out.log_softmax(dim=1)[rows, labels[rows]].mean()
    each = torch.einsum("nk,nk->n", soft_of(teacher_out, temperature), logs(student_out, temperature))
    return (1 - alpha) * hard - alpha * each.sum() / len(each)


WRONG = {
    "distillation": [
        (student_at_one, "one_temperature"),
        (teacher_at_one, "one_temperature"),
        (temperature_forgotten, "no_temperature"),
        (times_temperature, "multiplied"),
        (argmax_of_the_teacher, "hard_labels"),
        (argmax_with_temperature, "hard_labels"),
        (the_other_way_round, "roles_swapped"),
        (kl_divergence, "divergence"),
        (mean_of_everything, "mean_over_classes"),
        (sum_of_everything, "summed"),
        (hinton, "times_tau_squared"),
        (without_the_minus, "negative"),
        (raw_teacher, "teacher_not_softmaxed"),
        (raw_teacher_divided, "teacher_not_softmaxed"),
        (log_after_softmax, "log_of_zero"),
        (no_detach, "gradient_into_the_teacher"),
        (both_detached, "no_gradient"),
        (one_loss_an_image, "not_averaged"),
        (squared_difference, "squared_differences"),
        (softmax_twice, "softmax_twice"),
        (log_softmax_of_softmax, "softmax_twice"),
        (dim0, "over_the_images"),
        (dim0_teacher, "over_the_images"),
        (sum_dim0, "sum_over_the_images"),
        (kl_mean, "divergence"),
        (kl_arg_swapped, "different"),
        (bce, "different"),
        (softmax_then_divide, "divided_too_late"),
        (prob_mse, "squared_differences"),
        (no_log, "no_logarithm"),
        (div_tau, "scaled"),
        (entropy_teacher, "student_unused"),
        (log_softmax_both, "two_logarithms"),
        (detach_student, "no_gradient"),
        (hinton_kl, "times_tau_squared"),
        (requires_off, "error"),
        (times_tau_h, "scaled"),
        (nll_of_the_argmax, "hard_labels"),
        (summed_twice, "summed"),
        (logarithms_exchanged, "roles_swapped"),
        (divergence_by_hand, "divergence"),
        (power_of_probabilities, "different"),
    ],
    "fixmatch_loss": [
        (all_accepted, "no_mask"),
        (strictly_above_the_threshold, "has_to_exceed_it"),
        (logits_compared, "threshold_on_logits"),
        (class_compared, "threshold_on_the_class"),
        (mean_of_the_accepted, "mean_over_the_accepted"),
        (divided_by_the_accepted, "mean_over_the_accepted"),
        (added_up, "summed"),
        (the_unsure_ones, "kept_the_unsure"),
        (soft_pseudo_labels, "soft_targets"),
        (swapped, "views_swapped"),
        (weak_on_itself, "strong_view_unused"),
        (strong_is_asked, "sure_of_the_strong"),
        (two_softmaxes, "softmax_twice"),
        (unreduced, "not_averaged"),
        (mean_ce_times_mask, "averaged_before_the_mask"),
        (argmax_dim0, "sought_down_the_columns"),
        (softmax_dim0, "softmax_over_the_images"),
        (confidence_weight, "weighed_by_the_confidence"),
        (strictly_sigmoid, "sigmoid"),
        (all_classes_mask, "different"),
        (confidence_only_weight, "weighed_by_the_confidence"),
        (accepted_or_zero, "mean_over_the_accepted"),
        (minus, "negated"),
        (prob_not_log, "no_logarithm"),
        (nll_prob, "no_logarithm"),
        (masked_logits, "mask_on_the_logits"),
        (wrong_axis_max, "sought_down_the_columns"),
        (threshold_095, "threshold_typed"),
        (divided_by_k, "mean_over_classes"),
        (soft_and_grad, "leaks"),
        (strong_detached, "detached"),
        (loss_and_mask, "count"),
        (sum_by_the_accepted, "mean_over_the_accepted"),
        (divided_by_k_of_a_row, "different"),
        (mask_by_class, "mean_over_classes"),
        (strong_teaches_weak, "different"),
        (sure_of_the_surest, "different"),
    ],
    "middle_of_head": [
        (only_the_encoder, "encoder_alone"),
        (everything, "whole_head"),
        (counts_modules, "linear_only"),
        (without_relu, "relu_missing"),
        (only_linear, "linear_only"),
        (off_by_one, "one_too_many"),
        (cut_from_the_end, "counted_from_the_end"),
        (head_alone, "no_encoder"),
        (batch_norm_skipped, "no_batch_norm"),
        (a_list_of_parts, "error"),
        (index_for_slice, "other_layers"),
        (last_layers, "other_layers"),
        (as_a_module_list, "error"),
        (two_each, "relu_missing"),
        (as_a_lambda, "error"),
        (encoder_behind_the_layers, "encoder_last"),
        (fresh, "random"),
        (relu_extra, "relu_missing"),
        (head_twice, "error"),
        (hidden_out, "counted_from_the_end"),
        (always_first, "layers_ignored"),
        (always_one, "no_encoder"),
        (mutate, "changes"),
        (from_second, "other_layers"),
        (only_relu, "relu_missing"),
        (plus_one, "one_module_too_many"),
        (minus_one, "encoder_alone"),
        (one_module_by_index, "linear_only"),
        (slice_from_one, "error"),
        (layers_made_anew, "random"),
        (method_for_encoder, "error"),
        (children_of_the_head, "different"),
    ],
}
WRONG["labelled_distillation"] = [
    (mean_of_the_known, "none_is_not_a_number"), (unknown_is_class_0, "unlabelled_counted"),
    (unknown_is_the_last_class, "unlabelled_counted"), (over_the_whole_batch, "divided_by_all"),
    (alpha_for_the_labels, "shares_exchanged"), (plainly_added, "not_weighed"), (alpha_on_one_side, "not_weighed"),
    (teacher_where_no_label_is, "teacher_of_the_unlabelled"), (teacher_where_a_label_is, "teacher_of_the_labelled"),
    (divided_everywhere, "temperature_of_the_labels"), (no_tau, "no_temperature"), (no_labels, "labels_ignored"),
    (no_teacher, "teacher_ignored"), (minus_twice, "negative"), (teacher_learns, "gradient_into_the_teacher"),
    (nobody_learns, "no_gradient"),
]
WRONG["hunt_fixmatch_loss"] = WRONG["fixmatch_loss"]

RIGHT = {
    "distillation": [
        by_torch,
        entropy_and_divergence,
        summed_and_divided,
        image_by_image,
        by_einsum,
        by_distributions,
        in_double_precision,
        by_a_trace,
    ],
    "fixmatch_loss": [
        by_picking_log_probabilities,
        by_ignored_labels,
        one_at_a_time,
        by_one_hot,
        by_a_distribution,
        by_where_in_double,
        summed_over_the_sure,
        epsilon_in_the_logarithm,
    ],
    "middle_of_head": [
        by_slices,
        by_a_class,
        by_one_slice,
        by_adding_modules,
        by_deep_copies,
        by_a_class_around_the_method,
        by_ordered_dict,
    ],
}
RIGHT["labelled_distillation"] = [by_ignore_index, by_choosing_rows]
RIGHT["hunt_fixmatch_loss"] = RIGHT["fixmatch_loss"]


# --- answers of a second reading --------------------------------------------------------------------------------------


def _soft_part(t, s, tau):
    return -((t.detach() / tau).softmax(1) * (s / tau).log_softmax(1)).sum(1).mean()


def a_logarithm_on_both_sides(teacher_out, student_out, temperature=1.0):
    t = F.log_softmax(teacher_out.detach() / temperature, dim=1)
    s = F.log_softmax(student_out / temperature, dim=1)
    return -(t * s).sum(1).mean()


def what_the_strong_view_thinks(weak_logits, strong_logits, threshold=0.95):
    c, y = weak_logits.softmax(1).max(1)
    k = c >= threshold
    return (F.cross_entropy(strong_logits, strong_logits.argmax(1), reduction="none") * k).mean()


def summed_before_the_mask(weak_logits, strong_logits, threshold=0.95):
    p = weak_logits.detach().softmax(dim=1)
    confidence, believed = p.max(dim=1)
    sure = (confidence >= threshold).float()
    loss = F.cross_entropy(strong_logits, believed, reduction="sum")
    return (loss * sure).mean()


def labels_above_zero(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    k = labels > 0
    h = F.cross_entropy(student_out[k], labels[k]) if k.any() else 0
    return (1 - alpha) * h + alpha * _soft_part(teacher_out, student_out, temperature)


def nothing_where_none_is_labelled(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    k = labels >= 0
    if not k.any():
        return torch.tensor(0.0)
    return (1 - alpha) * F.cross_entropy(student_out[k], labels[k]) + alpha * _soft_part(
        teacher_out, student_out, temperature
    )


def all_to_the_teacher_where_none_is_labelled(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    k = labels >= 0
    s = _soft_part(teacher_out, student_out, temperature)
    if not k.any():
        return s
    return (1 - alpha) * F.cross_entropy(student_out[k], labels[k]) + alpha * s


def labels_part_added_up(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    k = labels >= 0
    h = F.cross_entropy(student_out[k], labels[k], reduction="sum")
    return (1 - alpha) * h + alpha * _soft_part(teacher_out, student_out, temperature)


def labels_and_the_teachers_logits(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    k = labels >= 0
    h = F.cross_entropy(teacher_out[k], labels[k]) if k.any() else 0
    return (1 - alpha) * h + alpha * _soft_part(teacher_out, student_out, temperature)


def minus_one_made_one(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    h = F.cross_entropy(student_out, labels.abs())
    return (1 - alpha) * h + alpha * _soft_part(teacher_out, student_out, temperature)


def by_one_hot_labels(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    K = student_out.shape[1]
    oh = F.one_hot(labels + 1, K + 1)[:, 1:].to(student_out.dtype)
    h = -(oh * student_out.log_softmax(1)).sum() / oh.sum().clamp(min=1)
    s = -((teacher_out.detach() / temperature).softmax(1) * (student_out / temperature).log_softmax(1)).sum() / len(
        labels
    )
    return h * (1 - alpha) + s * alpha


def image_by_image_in_two_sums(teacher_out, student_out, labels, temperature=1.0, alpha=0.5):
    soft = 0
    hard = 0
    n = 0
    for t, s, y in zip(teacher_out.detach(), student_out, labels.tolist()):
        soft = soft - ((t / temperature).softmax(0) * (s / temperature).log_softmax(0)).sum()
        if y >= 0:
            hard = hard - s.log_softmax(0)[y]
            n += 1
    soft = soft / len(labels)
    return alpha * soft + (1 - alpha) * (hard / n if n else 0.0)


def by_ignoring_the_unsure(weak_logits, strong_logits, threshold=0.95):
    p = weak_logits.detach().softmax(-1)
    y = torch.where(p.amax(-1) >= threshold, p.argmax(-1), -100)
    return F.cross_entropy(strong_logits, y, reduction="sum") / weak_logits.size(0)


WRONG["distillation"] += [(a_logarithm_on_both_sides, "two_logarithms")]
WRONG["fixmatch_loss"] += [(what_the_strong_view_thinks, "believes_the_strong")]
WRONG["hunt_fixmatch_loss"] += [(summed_before_the_mask, "averaged_before_the_mask")]
WRONG["labelled_distillation"] += [
    (labels_above_zero, "class_zero_left_out"),
    (nothing_where_none_is_labelled, "without_any_label"),
    (all_to_the_teacher_where_none_is_labelled, "without_any_label"),
    (labels_part_added_up, "labels_summed"),
    (labels_and_the_teachers_logits, "labels_for_the_teacher"),
    (minus_one_made_one, "unlabelled_counted"),
]
RIGHT["labelled_distillation"] += [by_one_hot_labels, image_by_image_in_two_sums]
RIGHT["fixmatch_loss"] += [by_ignoring_the_unsure]
