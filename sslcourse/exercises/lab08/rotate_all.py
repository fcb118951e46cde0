"""Exercise `rotate_all`: every image in all rotations, and the labels that come with them."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import methods
from ..compare import close
from ..engine import Exercise, catches


def _photos(n: int, c: int, s: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    if dtype == torch.uint8:
        return torch.randint(0, 256, (n, c, s, s), generator=generator, dtype=dtype)
    return torch.rand(n, c, s, s, generator=generator, dtype=torch.float64).to(dtype)


def rotate_all_cases() -> dict[str, tuple]:
    return {
        "three images, four angles": (_photos(3, 3, 6, seed=0), 4),
        "three images, two angles": (_photos(3, 3, 6, seed=1), 2),
        "bytes": (_photos(5, 3, 8, seed=2, dtype=torch.uint8), 4),
        "one grey image": (_photos(1, 1, 5, seed=3), 4),
        "as many images as channels as rows": (_photos(3, 3, 3, seed=4), 4),
        "double precision, two angles": (_photos(4, 1, 4, seed=5, dtype=torch.float64), 2),
    }


def _blocks(got: Tensor, images: Tensor) -> list[Tensor]:
    """The copies at each angle, if there are whole blocks of N of them."""
    return list(got.split(len(images))) if len(got) % len(images) == 0 else []


@catches("Each image comes back in one rotation only. In a batch there should be all of them: N images at each of the "
         "angles, angles · N copies.")
def one_rotation_each(got, images, angles):
    return angles > 1 and got[0].shape == images.shape


@catches("The first two axes of a batch are images and channels; height and width are the last two. `torch.rot90` turns "
         "axes 0 and 1 unless told otherwise: `dims=(2, 3)`.")
def turned_the_wrong_axes(got, images, angles):
    if isinstance(got, RuntimeError):       # the turned batch has another shape, and torch.cat says so
        return "Sizes of tensors must match" in str(got) or "stack expects" in str(got)
    pairs = [(a, b) for a in range(4) for b in range(a + 1, 4) if (a, b) != (2, 3)]
    step = 4 // angles
    return any(close(got[0], torch.cat(turned)) for a, b in pairs
               for turned in [[torch.rot90(images, k * step, dims=(a, b)) for k in range(angles)]]
               if len({t.shape for t in turned}) == 1)


@catches("These are the four quarter turns, although only two angles are asked for: 0° and 180°. Each step is "
         "4 // angles quarter turns.")
def angles_ignored(got, images, angles):
    return angles == 2 and close(got[0], torch.cat([torch.rot90(images, k, dims=(2, 3)) for k in range(4)]))


@catches("With two angles the second copy stands at 90° here. The angles share out the whole turn: 0° and 180°. Each step is "
         "4 // angles quarter turns.")
def quarter_steps(got, images, angles):
    return angles == 2 and close(got[0], torch.cat([images, torch.rot90(images, 1, dims=(2, 3))]))


@catches("One of these copies is mirrored. A transpose, or a flip along one axis, turns nothing over to where a rotation "
         "would put it: an F comes out as its mirror image. A quarter turn is both together.")
def mirrored(got, images, angles):
    turned = [torch.rot90(images, k, dims=(2, 3)).flip(3) for k in range(4)]
    blocks = _blocks(got[0], images)
    return len(blocks) == angles and any(torch.equal(block, t) for block in blocks for t in turned)


@catches("These turn clockwise. Label 1 is a quarter turn anticlockwise, as `torch.rot90` turns for a positive k.")
def clockwise(got, images, angles):
    return angles == 4 and close(got[0], torch.cat([torch.rot90(images, -k, dims=(2, 3)) for k in range(4)]))


@catches("Here all copies of one image come next to each other. Wanted is one angle after the other: all N images at "
         "0°, then all N at the next angle. `torch.cat` along the images does that; `torch.stack` and a reshape don't.")
def copies_interleaved(got, images, angles):
    turned = [torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)]
    return len(images) > 1 and close(got[0], torch.stack(turned, dim=1).flatten(0, 1))


@catches("The labels do not stand beside their copies. The first N copies are all at 0°, so the labels begin with N "
         "zeros: `repeat_interleave` repeats each number, `repeat` the whole list.")
def labels_interleaved(got, images, angles):
    return len(images) > 1 and close(got[1], torch.arange(angles).repeat(len(images)))


@catches("A label is a class for the cross-entropy: 0, 1, 2, 3, and not the angle in degrees.")
def degrees_as_labels(got, images, angles):
    return any(close(got[1], torch.arange(angles).repeat_interleave(len(images)) * step)
               for step in (90, 180, 360 // angles))


@catches("The labels count quarter turns. They are classes, one after the other: with two angles 0 and 1, since a classifier "
         "of K angles has outputs 0 to K − 1.")
def quarter_turns_as_labels(got, images, angles):
    return angles == 2 and close(got[1], torch.tensor([0, 2]).repeat_interleave(len(images)))


@catches("Classes count from 0: the image as it is has label 0.")
def labels_from_one(got, images, angles):
    return close(got[1], torch.arange(1, angles + 1).repeat_interleave(len(images)))


@catches("The first N copies should be the images as they are, label 0. Here they have been turned already: k "
         "counts from 0.")
def begins_turned(got, images, angles):
    step, blocks = 4 // angles, _blocks(got[0], images)
    return len(blocks) == angles and all(
        close(b, torch.rot90(images, k * step, dims=(2, 3))) for k, b in enumerate(blocks, start=1))


@catches("The angles come in another order than their labels: 0° first, then one step after the other.")
def angles_in_another_order(got, images, angles):
    right = [torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)]
    return close(got[0], torch.cat(right[::-1]))


@catches("All copies are the images as they are: nothing has been turned. The second argument of `torch.rot90` is "
         "how many "
         "quarter turns.")
def nothing_turned(got, images, angles):
    return close(got[0], images.repeat(angles, 1, 1, 1))


@catches("With two angles both copies stand alike: `k * angles // 4` is 0 for both. One step is 4 // angles quarter turns.")
def step_upside_down(got, images, angles):
    return angles == 2 and close(got[0], images.repeat(2, 1, 1, 1))


@catches("These numbers say which image a copy was made from. The label is the angle: the same number for all N "
         "copies of it.")
def numbers_of_the_images(got, images, angles):
    N = len(images)
    own = torch.arange(N)
    return N > 1 and any(close(got[1], v) for v in (own.repeat(angles), own.repeat_interleave(angles)))


@catches("There is one label for every angle. Every *copy* needs its own: (angles · N,), each angle's number N times.")
def one_label_an_angle(got, images, angles):
    return len(images) > 1 and close(got[1], torch.arange(angles))


@catches("The labels form a table. `F.cross_entropy` wants one class number for each copy: (angles · N,).")
def labels_in_a_table(got, images, angles):
    return got[1].ndim == 2 and len(got[0]) == angles * len(images)


EXERCISE = Exercise(
    "rotate_all", "08_rotation", "Every image in all four rotations", minutes=10, difficulty=1, importance=5,
    reference=methods.rotate_all, returns=("copies", "labels"), cases=rotate_all_cases,
    used_in="in the training below",
    mistakes=(one_rotation_each, nothing_turned, turned_the_wrong_axes, angles_ignored, quarter_steps, step_upside_down,
              begins_turned,
              copies_interleaved, clockwise, angles_in_another_order, mirrored, degrees_as_labels, quarter_turns_as_labels,
              labels_from_one,
              labels_interleaved, one_label_an_angle, labels_in_a_table, numbers_of_the_images),
    hints=("Turn the whole batch at once, as often as there are angles, and put the turned batches one after another.",
           "Which two axes of (N, C, H, W) does a turn exchange? With two angles, go in steps of two quarter turns. Join "
           "the batches along their first axis, and give N times the label 0, then N times 1, and so on.",
           "`torch.cat([torch.rot90(images, k * 4 // angles, dims=(2, 3)) for k in range(angles)])`, and for the labels "
           "`torch.arange(angles).repeat_interleave(len(images))`."),
)
