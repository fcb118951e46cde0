"""Exercise `block_changes`: what a training has done to each block of a network."""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from ... import evaluation, methods, models, runtime
from ..compare import close
from ..engine import Exercise, catches


@torch.no_grad()
def networks() -> dict[str, tuple]:
    return {
        "two stages": _trained((1, 1), width=4, seed=0, n=40),
        "three stages": _trained((1, 1, 1), width=3, seed=1, n=60),
        "two blocks in a stage": _trained((2, 1), width=4, seed=2, n=40),
        "nothing learned": _trained((1, 1), width=4, seed=3, n=30, by=0.0),
        "far away": _trained((1, 1), width=5, seed=4, n=50, by=3.0),
    }


def _trained(depth: tuple[int, ...], width: int, seed: int, n: int, by: float = 0.4) -> tuple:
    """A network, one that stands for it after a training, and images. Every tensor has moved, each by its own share."""
    with runtime.seeded(seed):
        before = models.ResNet(width, depth).eval()
        for part in before.modules():
            if isinstance(part, nn.BatchNorm2d):
                part.running_mean.normal_(0, 0.3)
                part.running_var.uniform_(0.5, 2)
        after = copy.deepcopy(before)
        for i, value in enumerate(after.parameters()):
            value += by * (0.3 + 0.25 * (i % 4)) * value.std() * torch.randn_like(value) if value.ndim > 1 else by * (
                0.3 * torch.randn_like(value))
        return before, after, torch.rand(n, 3, 8, 8)


def _parts(net: nn.Module, names: tuple[str, ...]) -> list[Tensor]:
    """The convolution weights of a block, each as a row."""
    return [weight.detach().flatten() for name in names for weight in net.get_submodule(name).parameters() if weight.ndim > 1]


def _pairs(before: nn.Module, after: nn.Module) -> list[tuple[Tensor, Tensor]]:
    """Of each block all its convolution weights in one row, before and after."""
    return [tuple(torch.cat(_parts(net, names)) for net in (before, after)) for names in methods.resnet_blocks(before)]


def _moved(got, before, after, distance) -> bool:
    return close(got[0], torch.stack([distance(old, new) for old, new in _pairs(before, after)]))


def _same(got, before, after, images, similarity) -> bool:
    x, y = (evaluation.block_features(net, images) for net in (before, after))
    return close(got[1], torch.tensor([float(similarity(a, b)) for a, b in zip(x, y)]))


@catches("This is the distance itself. A large block moves further than a small one just because it has more weights: "
         "divide by the length of the block's weights *before*, ‖θ_b‖.")
def not_divided(got, before, after, images):
    return _moved(got, before, after, lambda old, new: (new - old).norm())


@catches("It is divided by the length *after* the training, which the training itself has changed, or the two networks "
         "have changed places. The measure is ‖θ_b‖, from before.")
def divided_by_the_new_length(got, before, after, images):
    return _moved(got, before, after, lambda old, new: (new - old).norm() / new.norm())


@catches("These are squared lengths: `sum` of squares without the root. ‖·‖ is the root, `.norm()`.")
def squares(got, before, after, images):
    return _moved(got, before, after, lambda old, new: (new - old).square().sum() / old.square().sum())


@catches("This is the difference of two lengths. Weights may turn far and stay as long as they were: take the difference of "
         "the weights first, then its length.")
def difference_of_lengths(got, before, after, images):
    def longer(old, new):
        return (new.norm() - old.norm()) / old.norm()

    return _moved(got, before, after, longer) or _moved(got, before, after, lambda old, new: longer(old, new).abs())


@catches("Biases and BatchNorms are in it. θ_b are the *convolution* weights alone, tensors of more than one dimension: "
         "`weight.ndim > 1`.")
def all_parameters(got, before, after, images):
    found = []
    for names in methods.resnet_blocks(before):
        old, new = (torch.cat([p.detach().flatten() for name in names for p in net.get_submodule(name).parameters()])
                    for net in (before, after))
        found.append((new - old).norm() / old.norm())
    return close(got[0], torch.stack(found))


@catches("Each tensor got a share of its own, and then these were averaged or added. θ_b is the whole block in one row: "
         "`torch.cat` first, one length afterwards.")
def tensor_by_tensor(got, before, after, images):
    shares = [torch.stack([(new - old).norm() / old.norm() for old, new in zip(_parts(before, names), _parts(after, names))])
              for names in methods.resnet_blocks(before)]
    return any(close(got[0], torch.stack([take(share) for share in shares])) for take in (torch.mean, torch.sum))


@catches("The columns are compared as they are, by their cosine. The same features in another rotation would count as "
         "changed: `evaluation.linear_cka(x, y)`.")
def cosine(got, before, after, images):
    def similarity(x, y):
        return torch.nn.functional.cosine_similarity(x.flatten(), y.flatten(), dim=0)

    return any(_same(got, before, after, images, f) for f in (
        similarity, lambda x, y: torch.nn.functional.cosine_similarity(x, y, dim=1).mean()))


@catches("The features are not centred. Linear CKA first takes its mean off each column; else it compares little more than "
         "the two means. `evaluation.linear_cka(x, y)` does that.")
def not_centred(got, before, after, images):
    def uncentred(x, y):
        return (x.T @ y).norm() ** 2 / ((x.T @ x).norm() * (y.T @ y).norm())

    return _same(got, before, after, images, uncentred)


@catches("Every block says exactly the same here: a network is compared with itself. One list of features comes from "
         "`before`, the other from `after`.")
def with_itself(got, before, after, images):
    return bool((got[1] - 1).abs().max() < 1e-5)


@catches("This is 1 − CKA, how much changed. Wanted is how much is the *same*: linear CKA itself.")
def what_changed(got, before, after, images):
    return _same(got, before, after, images, lambda x, y: 1 - evaluation.linear_cka(x, y))


@catches("Each block is compared with the last one, or with its neighbour, in one network. Compare block b before with block "
         "b after: `zip` the two lists.")
def within_one_network(got, before, after, images):
    found = []
    for net in (before, after):
        z = evaluation.block_features(net, images)
        found += [[(part, z[-1]) for part in z], list(zip([z[0], *z], z)), list(zip(z, [*z[1:], z[-1]]))]
    return any(close(got[1], torch.tensor([evaluation.linear_cka(x, y) for x, y in pairs])) for pairs in found)


EXERCISE = Exercise(
    "block_changes", "05_transfer_learning", "What fine-tuning did to each block", minutes=20, difficulty=3, importance=3,
    reference=evaluation.block_changes, returns=("moved", "same"), cases=networks, longer=True,
    used_in="on the fine-tuned networks below",
    mistakes=(not_divided, divided_by_the_new_length, squares, difference_of_lengths, all_parameters, tensor_by_tensor,
              cosine, not_centred, with_itself, what_changed, within_one_network),
    hints=("Two measures for each block, so one loop over the blocks. What of a block does the first look at, and what does "
           "the second?",
           "For one block: all weights of more than one dimension of its modules, flattened and put in one row, in each of "
           "the two networks; the length of the difference, over the length before. And CKA of what the two say, from "
           "the two lists of `evaluation.block_features`.",
           "`old, new = (torch.cat([w.detach().flatten() for name in names for w in "
           "net.get_submodule(name).parameters() if w.ndim > 1]) for net in (before, after))`, then `(new - old).norm() / "
           "old.norm()` and `evaluation.linear_cka(x, y)`; `torch.stack` and `torch.tensor` make rows of them."),
)
