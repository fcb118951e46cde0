"""Lab 05: typical wrong answers, each beside the mistake whose hint it must raise; and other ways of being right."""

import copy
import itertools
import math

import numpy as np
import torch

from sslcourse.evaluation import block_features, linear_cka
from sslcourse.methods import resnet_blocks


def first_above(accuracies, target):
    return next((i for i, accuracy in enumerate(accuracies) if accuracy >= target), None)


def between(steps, accuracies, target, i, flipped=False):
    share = (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return steps[i - 1] + (1 - share if flipped else share) * (steps[i] - steps[i - 1])


def guarded(steps, accuracies, target, answer):
    """Right where the level is never reached, or at once; `answer(i)` otherwise."""
    i = first_above(accuracies, target)
    return math.inf if i is None else float(steps[0]) if i == 0 else answer(i)


def number_of_the_evaluation(steps, accuracies, target):
    i = first_above(accuracies, target)
    return math.inf if i is None else i


def number_of_the_evaluation_interpolated(steps, accuracies, target):
    return guarded(steps, accuracies, target, lambda i: between(range(len(steps)), accuracies, target, i))


def first_looked_at(steps, accuracies, target):
    return guarded(steps, accuracies, target, lambda i: float(steps[i]))


def one_before(steps, accuracies, target):
    return guarded(steps, accuracies, target, lambda i: float(steps[i - 1]))


def share_flipped(steps, accuracies, target):
    return guarded(steps, accuracies, target, lambda i: between(steps, accuracies, target, i, flipped=True))


def last_time_up(steps, accuracies, target):
    crossings = [i for i in range(1, len(steps)) if accuracies[i - 1] < target <= accuracies[i]]
    if crossings:
        return between(steps, accuracies, target, crossings[-1])
    return float(steps[0]) if accuracies[0] >= target else math.inf


def last_step_where_never_reached(steps, accuracies, target):
    found = guarded(steps, accuracies, target, lambda i: between(steps, accuracies, target, i))
    return float(steps[-1]) if found == math.inf else found


def argmax_of_nothing(steps, accuracies, target):
    i = int((np.asarray(accuracies) >= target).argmax())
    return float(steps[0]) if i == 0 else between(steps, accuracies, target, i)


def wraps_to_the_end(steps, accuracies, target):
    i = first_above(accuracies, target)
    return math.inf if i is None else between(steps, accuracies, target, i)


def interp_on_everything(steps, accuracies, target):
    return float(np.interp(target, accuracies, steps)) if max(accuracies) >= target else math.inf


def step_of_the_highest(steps, accuracies, target):
    return float(steps[int(np.argmax(accuracies))]) if max(accuracies) >= target else math.inf


def none_where_never_reached(steps, accuracies, target):
    for i in range(len(steps)):
        if accuracies[i] >= target:
            return guarded(steps, accuracies, target, lambda i: between(steps, accuracies, target, i))


def last_step_of_all(steps, accuracies, target):
    return float(steps[-1]) + 1


def pairwise(steps, accuracies, target):
    if accuracies[0] >= target:
        return steps[0]
    points = list(zip(steps, accuracies))
    for (s0, a0), (s1, a1) in itertools.pairwise(points):
        if a1 >= target:
            return (s0 * (a1 - target) + s1 * (target - a0)) / (a1 - a0)
    return float("inf")


def by_running_maximum(steps, accuracies, target):
    best = np.maximum.accumulate(accuracies)
    i = int(np.searchsorted(best, target))
    if i == len(steps):
        return math.inf
    return float(np.interp(target, best[:i + 1], steps[:i + 1])) if i else float(steps[0])


def with_names(source, target, names, buffers=True):
    net = copy.deepcopy(target)
    for name in names:
        state = source.get_submodule(name).state_dict() if buffers else dict(source.get_submodule(name).named_parameters())
        net.get_submodule(name).load_state_dict(state, strict=buffers)
    return net


def first(net, n):
    return [name for names in resnet_blocks(net)[:n] for name in names]


def modules_themselves(source, target, n_blocks):
    net = copy.deepcopy(target)
    for name in first(source, n_blocks):
        setattr(net, name, source.get_submodule(name))
    return net


def target_itself_around_other_modules(source, target, n_blocks):
    net = copy.copy(target)
    net._modules = dict(target._modules)
    for name in first(source, n_blocks):
        net._modules[name] = copy.deepcopy(source.get_submodule(name))
    return net


def parameters_alone(source, target, n_blocks):
    return with_names(source, target, first(source, n_blocks), buffers=False)


def from_the_other_end(source, target, n_blocks):
    blocks = resnet_blocks(source)
    return with_names(source, target, [name for names in blocks[len(blocks) - n_blocks:] for name in names])


def the_other_way_round(source, target, n_blocks):
    return with_names(target, source, first(source, n_blocks))


def children_counted(source, target, n_blocks):
    return with_names(source, target, [name for name, _ in source.named_children()][:n_blocks])


def names_counted(source, target, n_blocks):
    return with_names(source, target, [name for names in resnet_blocks(source) for name in names][:n_blocks])


def norm_of_the_stem_left_out(source, target, n_blocks):
    return with_names(source, target, [name for name in first(source, n_blocks) if name != "bn1"])


def up_to_and_with(source, target, n_blocks):
    return with_names(source, target, first(source, n_blocks + 1))


def stem_not_counted(source, target, n_blocks):
    return with_names(source, target, first(source, max(0, n_blocks - 1)))


def all_of_the_source(source, target, n_blocks):
    return copy.deepcopy(source)


def all_of_the_target(source, target, n_blocks):
    return copy.deepcopy(target)


def into_the_target(source, target, n_blocks):
    for name in first(source, n_blocks):
        target.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
    return target


def a_state_dict(source, target, n_blocks):
    return with_names(source, target, first(source, n_blocks)).state_dict()


def by_one_state_dict(source, target, n_blocks):
    prefixes = tuple(f"{name}." for name in first(source, n_blocks))
    state = {key: value for key, value in source.state_dict().items() if key.startswith(prefixes)}
    net = copy.deepcopy(target)
    net.load_state_dict(target.state_dict() | state)
    return net


def overwriting_the_source(source, target, n_blocks):
    net = copy.deepcopy(source)
    kept = first(source, n_blocks)
    for name, child in target.named_children():
        if name not in kept:
            setattr(net, name, copy.deepcopy(child))
    return net


def drawn(source, target, draw, wanted=lambda p: p.ndim >= 2):
    net, learned = copy.deepcopy(target), dict(source.named_parameters())
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if wanted(parameter):
                parameter.copy_(draw(learned[name], parameter))
    return net


def weights_as_they_are(source, target):
    return drawn(source, target, lambda w, p: w)


def around_zero(source, target):
    return drawn(source, target, lambda w, p: w.std() * torch.randn_like(w))


def variance_for_spread(source, target):
    return drawn(source, target, lambda w, p: w.mean() + w.var() * torch.randn_like(w))


def spread_of_one(source, target):
    return drawn(source, target, lambda w, p: w.mean() + torch.randn_like(w))


def standard_normal(source, target):
    return drawn(source, target, lambda w, p: torch.randn_like(w))


def of_the_target(source, target):
    return drawn(source, target, lambda w, p: p.mean() + p.std() * torch.randn_like(p))


def one_for_all_layers(source, target):
    every = torch.cat([w.detach().flatten() for w in source.parameters() if w.ndim >= 2])
    return drawn(source, target, lambda w, p: every.mean() + every.std() * torch.randn_like(w))


def target_returned(source, target):
    return copy.deepcopy(target)


def everything_drawn(source, target):
    return drawn(source, target, lambda w, p: w.mean() + w.std() * torch.randn_like(w), wanted=lambda p: True)


def norms_shared(source, target):
    net = drawn(source, target, lambda w, p: w.mean() + w.std() * torch.randn_like(w))
    for name, parameter in target.named_parameters():
        if parameter.ndim < 2:
            net.get_parameter(name).data = parameter.data
    return net


def drawn_into_the_target(source, target):
    with torch.no_grad():
        for w, parameter in zip(source.parameters(), target.parameters()):
            if w.ndim >= 2:
                parameter.copy_(w.mean() + w.std() * torch.randn_like(w))
    return target


def with_normal_(source, target):
    net = copy.deepcopy(target)
    for w, parameter in zip(source.parameters(), net.parameters()):
        if w.dim() > 1:
            torch.nn.init.normal_(parameter, w.mean().item(), w.std().item())
    return net


def by_shuffling(source, target):
    return drawn(source, target, lambda w, p: w.flatten()[torch.randperm(w.numel())].reshape(w.shape))


def drawn_from(source, target, draw, wanted=lambda p: p.ndim >= 2, start=None):
    net, learned = copy.deepcopy(target if start is None else start), dict(source.named_parameters())
    with torch.no_grad():
        for name, p in net.named_parameters():
            if wanted(p):
                p.copy_(draw(learned[name], p))
    return net


def strictly_above(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a > target:
            if i == 0:
                return steps[0]
            return steps[i - 1] + (target - accuracies[i - 1]) / (a - accuracies[i - 1]) * (steps[i] - steps[i - 1])
    return math.inf


def midpoint(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a >= target:
            return steps[0] if i == 0 else (steps[i] + steps[i - 1]) / 2
    return math.inf


def nearest_evaluation(steps, accuracies, target):
    if max(accuracies) < target:
        return math.inf
    return steps[int(np.argmin(np.abs(np.array(accuracies) - target)))]


def first_step_zero(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a >= target:
            s0, a0 = (0, 0) if i == 0 else (steps[i - 1], accuracies[i - 1])
            return s0 + (target - a0) / (a - a0) * (steps[i] - s0)
    return math.inf


def share_of_the_whole_step(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a >= target:
            if i == 0:
                return steps[0]
            return steps[i - 1] + (target - accuracies[i - 1]) * (steps[i] - steps[i - 1])
    return math.inf


def minus_one_never(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a >= target:
            if i == 0:
                return steps[0]
            return steps[i - 1] + (target - accuracies[i - 1]) / (a - accuracies[i - 1]) * (steps[i] - steps[i - 1])
    return -1


def nan_never(steps, accuracies, target):
    r = minus_one_never(steps, accuracies, target)
    return float("nan") if r == -1 else r


def floored(steps, accuracies, target):
    r = minus_one_never(steps, accuracies, target)
    return math.inf if r == -1 else int(r)


def next_pair(steps, accuracies, target):
    for i, a in enumerate(accuracies):
        if a >= target:
            if i == 0:
                return steps[0]
            if i + 1 == len(steps):
                return steps[i]
            return steps[i] + (target - a) / (accuracies[i + 1] - a) * (steps[i + 1] - steps[i])
    return math.inf


def names_of_one_block_only(source, target, n_blocks):
    net = copy.deepcopy(target)
    for name in resnet_blocks(source)[n_blocks - 1]:
        net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
    return net


def frozen(source, target, n_blocks):
    net = copy.deepcopy(target)
    for names in resnet_blocks(source)[:n_blocks]:
        for name in names:
            net.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
            net.get_submodule(name).requires_grad_(False)
    return net


def first_name_of_each(source, target, n_blocks):
    net = copy.deepcopy(target)
    for names in resnet_blocks(source)[:n_blocks]:
        net.get_submodule(names[0]).load_state_dict(source.get_submodule(names[0]).state_dict())
    return net


def averaged(source, target, n_blocks):
    net = copy.deepcopy(target)
    with torch.no_grad():
        for names in resnet_blocks(source)[:n_blocks]:
            for name in names:
                for a, b in zip(net.get_submodule(name).parameters(), source.get_submodule(name).parameters()):
                    a.copy_((a + b) / 2)
                for a, b in zip(net.get_submodule(name).buffers(), source.get_submodule(name).buffers()):
                    a.copy_((a + b) / 2)
    return net


def convs_only(source, target, n_blocks):
    net = copy.deepcopy(target)
    with torch.no_grad():
        for names in resnet_blocks(source)[:n_blocks]:
            for name in names:
                for a, b in zip(net.get_submodule(name).parameters(), source.get_submodule(name).parameters()):
                    if a.ndim == 4:
                        a.copy_(b)
    return net


def per_row(source, target):
    def d(x, p):
        f = x.flatten(1)
        return (f.mean(1, keepdim=True) + f.std(1, keepdim=True) * torch.randn_like(f)).reshape(x.shape)

    return drawn_from(source, target, d)


def per_column(source, target):
    return drawn_from(source, target, lambda x, p: x.mean(0) + x.std(0) * torch.randn_like(x))


def uniform(source, target):
    return drawn_from(source, target, lambda x, p: x.mean() + x.std() * 12**0.5 * (torch.rand_like(x) - 0.5))


def old_rescaled(source, target):
    return drawn_from(source, target, lambda x, p: x.mean() + x.std() * (p - p.mean()) / p.std())


def deepcopy_of_source(source, target):
    return drawn_from(source, target, lambda x, p: x.mean() + x.std() * torch.randn_like(x), start=source)


def convs_skipped(source, target):
    return drawn_from(
        source, target, lambda x, p: x.mean() + x.std() * torch.randn_like(x), wanted=lambda p: p.ndim == 2
    )


def one_number(source, target):
    return drawn_from(source, target, lambda x, p: (x.mean() + x.std() * torch.randn(())).expand_as(x))


def shuffled(source, target):
    return drawn_from(source, target, lambda x, p: x.flatten()[torch.randperm(x.numel())].reshape(x.shape))


def noise_added(source, target):
    return drawn_from(source, target, lambda x, p: x + x.std() * torch.randn_like(x))


def seeded(source, target):
    torch.manual_seed(0)
    return drawn_from(source, target, lambda x, p: x.mean() + x.std() * torch.randn_like(x))


def requires_no_grad(source, target):
    n = drawn_from(source, target, lambda x, p: x.mean() + x.std() * torch.randn_like(x))
    n.requires_grad_(False)
    return n


def mean_and_std_swapped(source, target):
    return drawn_from(source, target, lambda x, p: x.std() + x.mean() * torch.randn_like(x))


def one_row_repeated(source, target):
    return drawn_from(source, target, lambda x, p: (x.mean() + x.std() * torch.randn(x.shape[1:])).expand_as(x))


def first_layer_only(source, target):
    first = []

    def d(x, p):
        first.append(1)
        return x.mean() + x.std() * torch.randn_like(x) if len(first) == 1 else p

    return drawn_from(source, target, d)


def with_a_counter(steps, accuracies, target):
    i = 0
    while i < len(steps) and accuracies[i] < target:
        i += 1
    if i == len(steps):
        return np.inf
    if i == 0:
        return steps[0]
    a, b = accuracies[i - 1], accuracies[i]
    return steps[i] - (b - target) / (b - a) * (steps[i] - steps[i - 1])


def with_interp_of_two_points(steps, accuracies, target):
    there = np.flatnonzero(np.array(accuracies) >= target)
    if len(there) == 0:
        return float("inf")
    i = max(int(there[0]), 1)
    return steps[0] if there[0] == 0 else float(np.interp(target, accuracies[i - 1 : i + 1], steps[i - 1 : i + 1]))


def with_tensors(steps, accuracies, target):
    a, s = torch.tensor(accuracies, dtype=torch.float64), torch.tensor(steps, dtype=torch.float64)
    if a.max() < target:
        return math.inf
    i = int((a >= target).float().argmax())
    return s[0].item() if i == 0 else torch.lerp(s[i - 1], s[i], (target - a[i - 1]) / (a[i] - a[i - 1])).item()


def parameter_by_parameter(source, target, n_blocks):
    net = copy.deepcopy(target)
    wanted = [name for names in resnet_blocks(source)[:n_blocks] for name in names]
    theirs = source.state_dict()
    with torch.no_grad():
        for name, value in net.state_dict().items():
            if any(name == w or name.startswith(w + ".") for w in wanted):
                value.copy_(theirs[name])
    return net


def from_copies_of_modules(source, target, n_blocks):
    net = copy.deepcopy(target)
    for names in resnet_blocks(source)[:n_blocks]:
        for name in names:
            setattr(net, name, copy.deepcopy(getattr(source, name)))
    return net


def the_rest_over_a_copy_of_source(source, target, n_blocks):
    net = copy.deepcopy(source)
    for names in resnet_blocks(target)[n_blocks:]:
        for name in names:
            net.get_submodule(name).load_state_dict(target.get_submodule(name).state_dict())
    net.fc = copy.deepcopy(target.fc) if hasattr(target, "fc") else None
    return net


def with_a_distribution(source, target):
    net, learned = copy.deepcopy(target), source.state_dict()
    with torch.no_grad():
        for name, p in net.named_parameters():
            if p.ndim > 1:
                w = learned[name]
                p.data = torch.distributions.Normal(w.mean(), w.std()).sample(w.shape)
    return net


def with_numpy_draws(source, target):
    net = copy.deepcopy(target)
    state = net.state_dict()
    for name, w in source.named_parameters():
        if w.ndim >= 2:
            draw = np.random.normal(w.detach().numpy().mean(), w.detach().numpy().std(), size=tuple(w.shape))
            state[name] = torch.from_numpy(draw).float()
    net.load_state_dict(state)
    return net


@torch.no_grad()
def in_place_on_a_copy(source, target):
    net = copy.deepcopy(target)
    for w, p in zip(source.parameters(), net.parameters()):
        if p.dim() >= 2:
            p.normal_().mul_(w.std(unbiased=False)).add_(w.mean())
    return net


def with_torch_normal(source, target):
    net, learned = copy.deepcopy(target), dict(source.named_parameters())
    for name, p in net.named_parameters():
        if len(p.shape) >= 2:
            w = learned[name].detach()
            p.data.copy_(torch.normal(w.mean().expand_as(w), w.std().expand_as(w)))
    return net


def the_last_never_looked_at(steps, accuracies, target):
    if accuracies[0] >= target:
        return float(steps[0])
    for i in range(1, len(steps) - 1):
        if accuracies[i] >= target:
            return between(steps, accuracies, target, i)
    return math.inf


def in_rows(net, names, wanted=lambda w: w.ndim > 1):
    return [w.detach().flatten() for name in names for w in net.get_submodule(name).parameters() if wanted(w)]


def in_a_row(net, names):
    return torch.cat(in_rows(net, names))


def changes(before, after, images, distance=None, similarity=None):
    """Both measures, with another distance of rows or another similarity of outputs."""
    moved, same = [], []
    for names, x, y in zip(resnet_blocks(before), *(block_features(net, images) for net in (before, after))):
        old, new = in_a_row(before, names), in_a_row(after, names)
        moved.append(distance(old, new) if distance else (new - old).norm() / old.norm())
        same.append(float(similarity(x, y) if similarity else linear_cka(x, y)))
    return torch.stack(moved), torch.tensor(same)


def plain_distance(before, after, images):
    return changes(before, after, images, lambda old, new: (new - old).norm())


def over_the_new_length(before, after, images):
    return changes(before, after, images, lambda old, new: (new - old).norm() / new.norm())


def without_the_root(before, after, images):
    return changes(before, after, images, lambda old, new: (new - old).square().sum() / old.square().sum())


def longer_or_shorter(before, after, images):
    return changes(before, after, images, lambda old, new: (new.norm() - old.norm()).abs() / old.norm())


def every_parameter(before, after, images):
    moved = []
    for names in resnet_blocks(before):
        old, new = (torch.cat(in_rows(net, names, lambda w: True)) for net in (before, after))
        moved.append((new - old).norm() / old.norm())
    return torch.stack(moved), changes(before, after, images)[1]


def mean_of_the_tensors(before, after, images):
    moved = []
    for names in resnet_blocks(before):
        pairs = zip(in_rows(before, names), in_rows(after, names))
        moved.append(torch.stack([(new - old).norm() / old.norm() for old, new in pairs]).mean())
    return torch.stack(moved), changes(before, after, images)[1]


def the_other_way_in_time(before, after, images):
    return changes(after, before, images)


def cosine_of_rows(before, after, images):
    return changes(before, after, images, similarity=lambda x, y: torch.cosine_similarity(x, y, dim=1).mean())


def one_minus_cka(before, after, images):
    return changes(before, after, images, similarity=lambda x, y: 1 - linear_cka(x, y))


def each_with_the_last(before, after, images):
    z = block_features(after, images)
    return changes(before, after, images)[0], torch.tensor([linear_cka(part, z[-1]) for part in z])


def only_the_first_measure(before, after, images):
    return changes(before, after, images)[0]


def as_lists(before, after, images):
    return tuple(found.tolist() for found in changes(before, after, images))


def name_by_name(before, after, images):
    learned, moved = dict(after.named_parameters()), []
    for names in resnet_blocks(before):
        far = long = 0.0
        for name, w in before.named_parameters():
            if name.split(".")[0] in names and w.dim() >= 2:
                far += float((learned[name] - w).detach().double().square().sum())
                long += float(w.detach().double().square().sum())
        moved.append((far / long) ** 0.5)
    x, y = (block_features(net, images) for net in (before, after))
    return torch.tensor(moved), torch.tensor([linear_cka(a, b) for a, b in zip(x, y)])


def with_vectors(before, after, images):
    same = []
    for x, y in zip(block_features(before, images), block_features(after, images)):
        x, y = (z.double() - z.double().mean(dim=0) for z in (x, y))
        same.append((y.T @ x).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()))
    return changes(before, after, images)[0], torch.stack(same).float()


WRONG = {
    "block_changes": [
        (plain_distance, "not_divided"), (over_the_new_length, "divided_by_the_new_length"), (without_the_root, "squares"),
        (longer_or_shorter, "difference_of_lengths"), (every_parameter, "all_parameters"),
        (mean_of_the_tensors, "tensor_by_tensor"), (the_other_way_in_time, "divided_by_the_new_length"),
        (cosine_of_rows, "cosine"),
        (one_minus_cka, "what_changed"), (each_with_the_last, "within_one_network"), (only_the_first_measure, "count"),
        (as_lists, "type"),
    ],
    "steps_to_reach": [
        (number_of_the_evaluation, "index_instead_of_step"),
        (number_of_the_evaluation_interpolated, "index_instead_of_step"),
        (first_looked_at, "rounded_up"), (one_before, "rounded_down"), (share_flipped, "share_from_the_wrong_end"),
        (last_time_up, "last_crossing"), (last_step_where_never_reached, "a_step_though_never_reached"),
        (argmax_of_nothing, "a_step_though_never_reached"), (wraps_to_the_end, "nothing_before_the_first"),
        (interp_on_everything, "np_interp_on_the_whole_curve"), (step_of_the_highest, "step_of_the_best"),
        (none_where_never_reached, "none"), (last_step_of_all, "different"),
        (strictly_above, "has_to_exceed_it"), (midpoint, "half_way"), (nearest_evaluation, "nearest_accuracy"),
        (first_step_zero, "nothing_before_the_first"), (share_of_the_whole_step, "not_divided_by_the_rise"),
        (minus_one_never, "a_step_though_never_reached"), (nan_never, "a_step_though_never_reached"),
        (floored, "whole_steps"), (next_pair, "different"), (the_last_never_looked_at, "last_not_looked_at"),
    ],
    "transfer_blocks": [
        (modules_themselves, "shares_memory"), (target_itself_around_other_modules, "shares_memory"),
        (parameters_alone, "buffers_forgotten"), (from_the_other_end, "last_blocks"), (the_other_way_round, "swapped"),
        (children_counted, "counts_modules"), (names_counted, "counts_modules"),
        (norm_of_the_stem_left_out, "stem_without_its_norm"), (up_to_and_with, "one_too_many"),
        (stem_not_counted, "one_too_few"), (all_of_the_source, "one_network_only"),
        (all_of_the_target, "one_network_only"), (into_the_target, "changes"), (a_state_dict, "error"),
        (names_of_one_block_only, "one_block_alone"), (frozen, "frozen"), (first_name_of_each, "stem_without_its_norm"),
        (averaged, "different"), (convs_only, "convolutions_alone"),
    ],
    "mean_var_init": [
        (weights_as_they_are, "weights_copied"), (by_shuffling, "not_normal"),
        (around_zero, "mean_forgotten"), (variance_for_spread, "wrong_spread"),
        (spread_of_one, "wrong_spread"), (standard_normal, "not_those_of_the_source"),
        (of_the_target, "not_those_of_the_source"), (one_for_all_layers, "not_those_of_the_source"),
        (target_returned, "some_left_out"), (everything_drawn, "biases_too"), (norms_shared, "shares_memory"),
        (drawn_into_the_target, "changes"),
        (per_row, "row_by_row"), (per_column, "row_by_row"), (uniform, "not_normal"),
        (old_rescaled, "old_ones_stretched"), (deepcopy_of_source, "biases_too"), (convs_skipped, "some_left_out"),
        (one_number, "one_draw_for_many"), (shuffled, "not_normal"), (noise_added, "weights_copied"),
        (seeded, "seeded"), (requires_no_grad, "frozen"), (mean_and_std_swapped, "not_those_of_the_source"),
        (one_row_repeated, "one_draw_for_many"), (first_layer_only, "some_left_out"),
    ],
}

RIGHT = {
    "block_changes": [name_by_name, with_vectors],
    "steps_to_reach": [pairwise, by_running_maximum,
        with_a_counter, with_interp_of_two_points, with_tensors,
    ],
    "transfer_blocks": [by_one_state_dict, overwriting_the_source,
        parameter_by_parameter, from_copies_of_modules, the_rest_over_a_copy_of_source,
    ],
    "mean_var_init": [with_normal_,
        with_a_distribution, with_numpy_draws, in_place_on_a_copy, with_torch_normal,
    ],
}

def by_interp_alone(steps, accuracies, target):
    return float(np.interp(target, accuracies, steps))


def from_the_last(steps, accuracies, target):
    for i in reversed(range(len(steps))):
        if accuracies[i] >= target:
            return crossing(steps, accuracies, target, i) if i else steps[0]
    return math.inf


def crossing(steps, accuracies, target, i):
    share = (target - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return steps[i - 1] + share * (steps[i] - steps[i - 1])


def added_to_the_later_step(steps, accuracies, target):
    for i, accuracy in enumerate(accuracies):
        if accuracy >= target:
            return crossing(steps, accuracies, target, i) + steps[i] - steps[i - 1] if i else steps[0]
    return math.inf


def none_where_it_never_gets_there(steps, accuracies, target):
    for i, accuracy in enumerate(accuracies):
        if accuracy >= target:
            return crossing(steps, accuracies, target, i) if i else steps[0]


def all_running_averages(source, target, n_blocks):
    net, learned = copy.deepcopy(target), dict(source.named_parameters())
    names = [name for block in resnet_blocks(source)[:n_blocks] for name in block]
    with torch.no_grad():
        for name, weight in net.named_parameters():
            if name.split(".")[0] in names:
                weight.copy_(learned[name])
        for mine, theirs in zip(net.buffers(), source.buffers()):
            mine.copy_(theirs)
    return net


def a_part_of_a_state_dict(source, target, n_blocks):
    net, names = copy.deepcopy(target), [name for block in resnet_blocks(source)[:n_blocks] for name in block]
    net.load_state_dict({key: value for key, value in source.state_dict().items() if key.split(".")[0] in names})
    return net


def into_the_target(source, target, n_blocks):
    for name in [name for block in resnet_blocks(source)[:n_blocks] for name in block]:
        target.get_submodule(name).load_state_dict(source.get_submodule(name).state_dict())
    return target


def drawn_where(source, target, which=lambda weight: weight.ndim > 1, noise=torch.randn_like):
    net = copy.deepcopy(target)
    with torch.no_grad():
        for mine, weight in zip(net.parameters(), source.parameters()):
            if which(mine):
                mine.copy_(weight.mean() + weight.std() * noise(mine))
    return net


def drawn_by_rand(source, target):
    return drawn_where(source, target, noise=torch.rand_like)


def the_two_exchanged(source, target):
    return drawn_where(target, source)


def convolutions_only(source, target):
    return drawn_where(source, target, which=lambda weight: weight.ndim == 4)


def own_cka_without_means(before, after, images):
    moved, _ = block_changes_right(before, after, images)
    pairs = zip(block_features(before, images), block_features(after, images))
    return moved, torch.stack([(x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm()) for x, y in pairs])


def before_with_before(before, after, images):
    moved, _ = block_changes_right(before, after, images)
    return moved, torch.tensor([linear_cka(x, x) for x in block_features(before, images)])


def block_changes_right(before, after, images):
    moved = []
    for names in resnet_blocks(before):
        old, new = (torch.cat([w.detach().flatten() for name in names for w in net.get_submodule(name).parameters()
                               if w.ndim > 1]) for net in (before, after))
        moved.append((new - old).norm() / old.norm())
    return torch.stack(moved), torch.tensor([linear_cka(x, y) for x, y in zip(
        block_features(before, images), block_features(after, images))])


for name, rows in {
    "steps_to_reach": [(by_interp_alone, "np_interp_on_the_whole_curve"), (from_the_last, "from_the_end"),
                       (added_to_the_later_step, "counted_from_the_later"), (none_where_it_never_gets_there, "none")],
    "transfer_blocks": [(all_running_averages, "buffers_of_every_block"), (a_part_of_a_state_dict, "error"),
                        (into_the_target, "changes")],
    "mean_var_init": [(drawn_by_rand, "evenly_drawn"), (the_two_exchanged, "changed_places"),
                      (convolutions_only, "some_left_out")],
    "block_changes": [(own_cka_without_means, "not_centred"), (before_with_before, "with_itself")],
}.items():
    WRONG[name] = [*WRONG[name], *rows]
WRONG["hunt_transfer_blocks"], RIGHT["hunt_transfer_blocks"] = WRONG["transfer_blocks"], RIGHT["transfer_blocks"]
