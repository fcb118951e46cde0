"""Exercise `masked_mse`: the squared error on what the encoder never saw."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from ... import losses
from ..compare import close
from ..engine import Exercise, catches


def masked_mse_cases() -> dict[str, tuple]:
    def some(
        n: int, length: int, p: int, seed: int, masks: str, normalize: bool, dtype: torch.dtype = torch.float32
    ) -> tuple:
        generator = torch.Generator().manual_seed(seed)
        prediction, target = (
            torch.randn(n, length, p, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2)
        )
        mask = torch.rand(n, length, generator=generator) < 0.6
        mask[0, :2] = torch.tensor([True, False])
        target = target * 2 + torch.arange(length, dtype=dtype)[None, :, None] / 5  # patches differ in brightness
        return prediction, target, _as(mask, masks), normalize

    return {
        "three images, mask of 0 and 1": some(3, 8, 4, seed=0, masks="float", normalize=False),
        "normalised targets": some(3, 9, 6, seed=1, masks="float", normalize=True),
        "a mask of True and False": some(2, 9, 12, seed=2, masks="bool", normalize=False),
        "as many images as patches as pixels, normalised": some(4, 4, 4, seed=3, masks="long", normalize=True),
        "double precision": some(3, 10, 6, seed=4, masks="double", normalize=False, dtype=torch.float64),
        "one image, normalised, mask of True and False": some(1, 12, 5, seed=5, masks="bool", normalize=True),
        "patches that hardly vary, normalised": _flat(*some(2, 7, 6, seed=6, masks="float", normalize=True)),
    }


def _flat(prediction: Tensor, target: Tensor, mask: Tensor, normalize: bool) -> tuple:
    """The same, with patches as flat as a blue sky: what is added to the variance counts there."""
    mean = target.mean(dim=-1, keepdim=True)
    return prediction, mean + (target - mean) / 1000, mask, normalize


def _as(mask: Tensor, kind: str) -> Tensor:
    return mask if kind == "bool" else mask.to({"float": torch.float32, "long": torch.int64, "double": torch.float64}[kind])


def _over(target: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    variance, mean = torch.var_mean(target, dim=dim, keepdim=True)
    return (target - mean) / (variance + 1e-6).sqrt()


def _error(prediction: Tensor, target: Tensor, normalize_target: bool) -> Tensor:
    target = _over(target, -1) if normalize_target else target
    return (prediction - target).square().mean(dim=-1)  # (N, L)


@catches("The visible patches count as well. The decoder is told what is in them, so to copy them teaches nothing: only "
         "patches with mask 1 belong into the loss.")
def all_patches(got, prediction, target, mask, normalize_target):
    return close(got, _error(prediction, target, normalize_target).mean())


@catches("These are the errors on the *visible* patches. mask is 1 where a patch was removed.")
def visible_patches(got, prediction, target, mask, normalize_target):
    error, seen = _error(prediction, target, normalize_target), 1 - mask.to(prediction.dtype)
    return close(got, (error * seen).sum() / seen.sum())


@catches("You divide by all N · L patches, although only the masked ones were added up. The loss would shrink with the "
         "mask ratio. Divide by the number of masked patches, `mask.sum()`.")
def divided_by_all(got, prediction, target, mask, normalize_target):
    return close(got, (_error(prediction, target, normalize_target) * mask).mean())


@catches("The errors are added up, not averaged over the masked patches. The loss would grow with the batch.")
def summed(got, prediction, target, mask, normalize_target):
    total = (_error(prediction, target, normalize_target) * mask).sum()
    return close(got, total) or len(mask) > 1 and close(got, total / len(mask))


@catches("The mean over a patch is taken before the square, so that errors of both signs cancel. Square first.")
def squared_after_the_mean(got, prediction, target, mask, normalize_target):
    target = _over(target, -1) if normalize_target else target
    error = (prediction - target).mean(dim=-1).square()
    return close(got, (error * mask).sum() / mask.sum())


@catches("Within a patch the squared errors are added up, P times too much. Take their mean over the patch's pixels.")
def summed_over_pixels(got, prediction, target, mask, normalize_target):
    return close(got, losses.masked_mse(prediction, target, mask, normalize_target) * prediction.shape[2])


@catches("Each image has been averaged by itself, and then the images. A hidden patch would count for less where many are "
         "hidden: one sum over all masked patches, divided by one number of them.")
def image_by_image(got, prediction, target, mask, normalize_target):
    error = _error(prediction, target, normalize_target)
    return len(mask) > 1 and close(got, ((error * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)).mean())


@catches("`normalize_target=True` changes nothing here. Then each patch of the target is to have mean 0 and deviation 1 "
         "before it is compared.")
def not_normalised(got, prediction, target, mask, normalize_target):
    return normalize_target and close(got, losses.masked_mse(prediction, target, mask))


@catches("Targets are normalised although `normalize_target` is False. Do that only where it is asked for.")
def always_normalised(got, prediction, target, mask, normalize_target):
    return not normalize_target and close(got, losses.masked_mse(prediction, target, mask, True))


@catches("The mean is taken off, and the contrast is still in. Divide by the deviation too, the root of the variance.")
def only_the_mean_taken_off(got, prediction, target, mask, normalize_target):
    return normalize_target and close(got, losses.masked_mse(prediction, target - target.mean(dim=-1, keepdim=True), mask))


@catches("This divides by the variance. The deviation is its root: `(variance + 1e-6).sqrt()`.")
def divided_by_the_variance(got, prediction, target, mask, normalize_target):
    variance, mean = torch.var_mean(target, dim=-1, keepdim=True)
    scaled = ((target - mean) / (variance + epsilon) for epsilon in (1e-6, 0))
    return normalize_target and any(close(got, losses.masked_mse(prediction, each, mask)) for each in scaled)


@catches("The variance is taken over P here, `correction=0` (`F.layer_norm` and NumPy do so unless told otherwise). "
         "Wanted is torch's default, over P − 1, as in the authors' code.")
def variance_over_all(got, prediction, target, mask, normalize_target):
    variance, mean = torch.var_mean(target, dim=-1, keepdim=True, correction=0)
    scaled = ((target - mean) / (variance + epsilon).sqrt() for epsilon in (1e-6, 1e-5, 0))
    return normalize_target and any(close(got, losses.masked_mse(prediction, each, mask)) for each in scaled)


@catches("Each patch is scaled to length 1. Deviation 1 is something else: off with the mean, then over the root of "
         "the variance.")
def scaled_to_length_one(got, prediction, target, mask, normalize_target):
    centred = target - target.mean(dim=-1, keepdim=True)
    return normalize_target and any(
        close(got, losses.masked_mse(prediction, F.normalize(each, dim=-1), mask)) for each in (target, centred))


@catches("A mask of 0.0 and 1.0 cannot pick out entries, and one of whole numbers would be taken for *places*. Make it "
         "Boolean first, `mask.bool()`, or multiply by it.")
def mask_as_an_index(got, prediction, target, mask, normalize_target):
    return isinstance(got, IndexError) and "used as ind" in str(got)


@catches("The target is normalised by the mean and deviation of a whole image, or of a pixel over the patches. Each patch "
         "has its own: the statistics run over its P values alone, `dim=-1`, with `keepdim=True`.")
def other_statistics(got, prediction, target, mask, normalize_target):
    found = [(prediction - _over(target, dim)).square().mean(dim=-1)
             for dim in ((0,), (1,), (1, 2), (0, 1), (0, 1, 2)) if dim != (0,) or len(target) > 1]
    return normalize_target and any(close(got, (error * mask).sum() / mask.sum()) for error in found)


@catches("The prediction is normalised too. Then the network could say anything of brightness and contrast at no cost. "
         "Only the target is: the network has to meet it as it is.")
def prediction_normalised(got, prediction, target, mask, normalize_target):
    return normalize_target and close(got, losses.masked_mse(_over(prediction, -1), target, mask, True))


@catches("1e-6 is not where it belongs: it is added to the variance, under the root, `(variance + 1e-6).sqrt()`. Added to "
         "the deviation it does next to nothing, and a patch as flat as a blue sky becomes all noise.")
def added_to_the_deviation(got, prediction, target, mask, normalize_target):
    if not normalize_target or float(target.var(dim=-1).min()) > 1e-4:
        return False
    centred, deviation = target - target.mean(dim=-1, keepdim=True), target.std(dim=-1, keepdim=True)
    return any(close(got, losses.masked_mse(prediction, centred / (deviation + epsilon), mask)) for epsilon in (1e-6, 0))


@catches("The switch is turned round: the targets are normalised where they should not be, and left as they are where they "
         "should.")
def switch_turned_round(got, prediction, target, mask, normalize_target):
    return close(got, losses.masked_mse(prediction, target, mask, not normalize_target))


@catches("These are absolute errors. The loss is the mean of their squares.")
def absolute_errors(got, prediction, target, mask, normalize_target):
    target = _over(target, -1) if normalize_target else target
    error = (prediction - target).abs().mean(dim=-1)
    return close(got, (error * mask).sum() / mask.sum())


EXERCISE = Exercise(
    "masked_mse", "14_masked_autoencoders", "The loss on what was hidden", minutes=15, difficulty=2, importance=5,
    reference=losses.masked_mse, returns=("loss",), cases=masked_mse_cases,
    trains_on=("prediction",),
    used_in="in the training below",
    mistakes=(mask_as_an_index, all_patches, visible_patches, divided_by_all, summed, squared_after_the_mean,
              summed_over_pixels, image_by_image, not_normalised, always_normalised, only_the_mean_taken_off,
              divided_by_the_variance, variance_over_all, scaled_to_length_one, other_statistics, prediction_normalised,
              added_to_the_deviation, switch_turned_round, absolute_errors),
    hints=("First an error for every patch, then the mean over those that were hidden.",
           "The mean of (prediction − target)² over the last axis is (N, L). Multiply it by the mask, which drops the "
           "visible patches, add up, and divide by the number of hidden ones. If targets are to be normalised, do that "
           "first, each patch by its own statistics.",
           "`variance, mean = torch.var_mean(target, dim=-1, keepdim=True)` for the normalised target, "
           "`error = (prediction - target).square().mean(dim=-1)`, then `(error * mask).sum() / mask.sum()`."),
)
