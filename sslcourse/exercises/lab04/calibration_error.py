"""Exercise `expected_calibration_error`: how far confidence is from accuracy."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def guesses(n: int, classes: int, sharpness: float, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
    """Probabilities (n, classes), and labels drawn from them softened: an overconfident classifier's answers."""
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(n, classes, generator=generator, dtype=torch.float64) * 1.5
    y = torch.softmax(logits, dim=1).multinomial(1, generator=generator).flatten()
    return torch.softmax(logits * sharpness, dim=1).to(dtype), y


def sure(n: int, wrong: int) -> tuple[Tensor, Tensor]:
    """Always certain (confidence exactly 1), and wrong `wrong` times in n."""
    y = torch.arange(n) % 3
    answers = torch.where(torch.arange(n) < wrong, (y + 1) % 3, y)
    return torch.eye(3)[answers], y


def on_the_borders() -> tuple[Tensor, Tensor]:
    """Confidences that are bins' borders in binary too: 0.5, 0.625, 0.75 and 1."""
    confidence = torch.tensor([0.5, 0.5, 0.625, 0.625, 0.75, 0.75, 0.75, 1.0, 1.0, 0.55, 0.7, 0.8, 0.9])
    right = torch.tensor([1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 1, 0, 1])
    proba = torch.stack([confidence, 1 - confidence], dim=1)
    proba[0] = torch.tensor([0.5, 0.5])
    return proba, 1 - right


def error_cases() -> dict[str, tuple]:
    mixed = guesses(60, 4, 2.0, seed=5)
    certain = sure(20, 6)
    bold, timid = guesses(200, 5, 3.0, seed=6), guesses(200, 5, 0.3, seed=1)
    mixture = tuple(torch.cat(parts) for parts in zip(bold, timid))
    both = torch.cat([mixed[0], torch.nn.functional.pad(certain[0], (0, 1))]), torch.cat([mixed[1], certain[1]])
    return {
        "an overconfident classifier": (*guesses(400, 10, 2.5, seed=0), 15),
        "timid and overconfident answers": (*mixture, 10),
        "few answers, many bins": (*guesses(25, 3, 2.0, seed=2), 40),
        "double precision": (*guesses(150, 6, 2.0, seed=3, dtype=torch.float64), 15),
        "some answers with confidence exactly 1": (*both, 15),
        "confidences on the borders of bins": (*on_the_borders(), 8),
    }


def _error(proba: Tensor, y: Tensor, n_bins: int, *, edges: str = "right", confidence: Tensor | None = None,
           weigh: str = "count", gap=torch.abs, right: Tensor | None = None, centers: bool = False,
           summed: bool = False) -> float:
    """ECE and its wrong relatives, as a plain loop over bins."""
    proba = proba.double()
    confidence = proba.amax(dim=1) if confidence is None else confidence.double()
    right = (proba.argmax(dim=1) == y).double() if right is None else right.double()
    gaps, counts = [], []
    for m in range(n_bins):
        low, high = m / n_bins, (m + 1) / n_bins
        above = confidence > low if edges in ("right", "open") else confidence >= low
        last = edges == "left, 1 in" and m == n_bins - 1
        inside = above & (confidence <= high if last or edges in ("right", "closed") else confidence < high)
        if inside.any():
            center = (low + high) / 2 if centers else confidence[inside].mean()
            gaps.append(gap(right[inside].mean() - center) * (int(inside.sum()) if summed else 1))
            counts.append(int(inside.sum()))
    gaps, counts = torch.stack(gaps), torch.tensor(counts, dtype=torch.float64)
    one = torch.ones_like(gaps)
    by = {"count": counts / len(y), "bins": one / n_bins, "filled": one / len(gaps), "sum": one, "counted": counts,
          "largest": one * (gaps == gaps.max())}[weigh]
    return float((gaps * by).sum())


def _sure(proba: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """How sure each answer is, and whether it is right: (N,) each, in double precision."""
    confidence, answer = proba.double().max(dim=1)
    return confidence, (answer == y).double()


def _is(got: object, value: float) -> bool:
    return close(float(got), value)


@catches("An empty bin gives 0 / 0, and one NaN makes the whole sum NaN. Leave empty bins out: nobody's answer is in them.")
def empty_bins(got, proba, y, n_bins):
    return float(got) != float(got)


@catches("Every bin counts the same here. A bin counts by how many answers are in it: weigh its gap by its share of "
         "all answers.")
def every_bin_alike(got, proba, y, n_bins):
    return any(_is(got, _error(proba, y, n_bins, weigh=weigh)) for weigh in ("bins", "filled", "sum"))


@catches("The gaps are weighed by the number of answers in each bin, and not yet divided by the number of all answers.")
def not_divided(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, weigh="counted"))


@catches("Too sure in one bin and too timid in another cancel here. Take the absolute value of each bin's own gap, before "
         "anything is added up.")
def signs_cancel(got, proba, y, n_bins):
    signed = _error(proba, y, n_bins, gap=lambda g: g)
    if abs(abs(signed) - _error(proba, y, n_bins)) < 1e-4 and got >= 0:
        return False                        # nothing cancels here, and |Σ| is right by chance
    return _is(got, -abs(signed)) or _is(got, abs(signed))


@catches("The gaps are squared. The expected calibration error is a mean of distances, |accuracy − confidence|.")
def squared(got, proba, y, n_bins):
    mean = _error(proba, y, n_bins, gap=torch.square)
    return _is(got, mean) or _is(got, mean**0.5)


@catches("The confidence is not the probability of the *true* class: a classifier does not know that one. It is the "
         "largest probability of the row, whether right or wrong.")
def of_the_true_class(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, confidence=proba.gather(1, y[:, None]).flatten()))


@catches("All K probabilities of a row are binned here. An answer has one confidence, its largest probability.")
def every_class(got, proba, y, n_bins):
    is_class = torch.nn.functional.one_hot(y, proba.shape[1])
    confidence, right = proba.flatten(), is_class.flatten()
    return _is(got, _error(confidence[:, None], torch.zeros_like(right), n_bins, confidence=confidence, right=right))


@catches("A confidence of exactly 1 falls out of every bin. Bins are open below and closed above, (m/M, (m+1)/M], so that 1 "
         "lies in the last one.")
def one_falls_out(got, proba, y, n_bins):
    return bool((proba.amax(dim=1) == 1).any()) and any(
        _is(got, _error(proba, y, n_bins, edges=edges)) for edges in ("left", "open"))


@catches("A confidence that is a border lies in the bin *below* it: (m/M, (m+1)/M]. Yours puts it into the bin above.")
def borders_go_up(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, edges="left, 1 in"))


@catches("A confidence that is exactly a border is counted twice, in the bin below and in the one above. Of two "
         "neighbours one has to leave it out: (m/M, (m+1)/M].")
def closed_at_both_ends(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, edges="closed"))


@catches("The accuracy is compared with the middle of the bin. Compare it with the mean confidence of the answers that "
         "lie in it: they need not lie around the middle.")
def centers_of_bins(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, centers=True))


@catches("This is the largest gap of all bins, the *maximum* calibration error. Wanted is the mean over all answers: each "
         "bin's gap times its share of the answers.")
def the_largest_gap(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, weigh="largest"))


@catches("Each answer is compared with its own confidence. One answer is right or wrong, 1 or 0, and never 0.7: only the "
         "mean of many, all of one bin, can agree with a confidence.")
def no_bins(got, proba, y, n_bins):
    confidence, right = _sure(proba, y)
    return _is(got, float((right - confidence).abs().mean())) or _is(got, float((right - confidence).square().mean()))


@catches("In each bin sums are compared, not means, and so a bin counts by the square of how many answers are in it.")
def sums_inside(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins, summed=True))


@catches("That is one bin too few: M bins have M + 1 borders, and `linspace(0, 1, M)` makes only M of them.")
def one_bin_too_few(got, proba, y, n_bins):
    return _is(got, _error(proba, y, n_bins - 1))


@catches("These bins hold equally many answers each. Wanted are bins of equal *width*: (m/M, (m+1)/M] in confidence.")
def equal_counts(got, proba, y, n_bins):
    confidence, right = _sure(proba, y)
    order = confidence.argsort()
    splits = order.chunk(n_bins), [part for part in order.tensor_split(n_bins) if len(part)]
    return any(_is(got, sum(float((right - confidence)[part].sum().abs()) for part in split) / len(y)) for split in splits)


EXERCISE = Exercise(
    "expected_calibration_error", "04_evaluating_representations", "How far confidence is from accuracy", minutes=20,
    difficulty=3, importance=4, reference=evaluation.expected_calibration_error, returns=("error",), cases=error_cases,
    used_in="in the measurements below",
    mistakes=(empty_bins, every_bin_alike, not_divided, signs_cancel, squared, of_the_true_class, every_class,
              one_falls_out, borders_go_up, closed_at_both_ends, centers_of_bins, the_largest_gap, no_bins, sums_inside,
              one_bin_too_few, equal_counts),
    hints=("Sort the answers by how sure they are into a few bins. In each bin: how sure on average, how often right?",
           "The confidence is a row's largest probability, and the answer is where it stands. Bin m holds confidences "
           "in (m / n_bins, (m + 1) / n_bins]. For each bin that is not empty: |mean of right − mean confidence|, "
           "times the share of all answers that lie in it; sum these.",
           "`confidence, answer = proba.max(dim=1)` and `right = (answer == y).double()`. In a loop over bins, "
           "`inside = (confidence > m / n_bins) & (confidence <= (m + 1) / n_bins)`; where `inside.any()`, add "
           "`inside.double().mean() * (right[inside].mean() - confidence[inside].mean()).abs()`."),
)
