"""Exercise `knn_predict_proba`: a vote of the nearest neighbours, the nearer ones counting more."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def clouds(n: int, m: int, d: int, classes: int, seed: int, dtype: torch.dtype = torch.float32) -> tuple:
    """n features with labels, every class among them, and m new ones; the rows differ much in length."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, d, generator=generator)
    y = torch.arange(n) % classes

    def around(labels: Tensor) -> Tensor:
        rows = centres[labels] + torch.randn(len(labels), d, generator=generator)
        return rows * (0.3 + 3 * torch.rand(len(labels), 1, generator=generator))

    Z_train = around(y)
    return Z_train.to(dtype), y, around(torch.randint(classes, (m,), generator=generator)).to(dtype)


def knn_cases() -> dict[str, tuple]:
    return {
        "a few features": (*clouds(40, 6, d=5, classes=3, seed=0), 7, 0.1, 3),
        "more classes than neighbours": (*clouds(30, 5, d=8, classes=10, seed=1), 4, 0.2, 10),
        "a class that no training feature has": (*clouds(25, 4, d=4, classes=2, seed=2), 6, 0.15, 5),
        "double precision": (*clouds(33, 8, d=6, classes=4, seed=3, dtype=torch.float64), 9, 0.3, 4),
        "a square table": (*clouds(6, 6, d=6, classes=3, seed=4), 4, 0.25, 3),
        "a very low temperature": (*clouds(40, 6, d=5, classes=3, seed=5), 7, 0.001, 3),
    }


def in_their_precision(got: object, want: Tensor) -> object:
    """The votes in the precision of the features: whether they are counted in 32 or 64 bits is not what is asked."""
    return got.to(want.dtype) if isinstance(got, Tensor) and got.is_floating_point() else got


def _cosines(Z_train: Tensor, Z: Tensor) -> Tensor:
    return torch.nn.functional.normalize(Z.double()) @ torch.nn.functional.normalize(Z_train.double()).T


def _votes(similarities: Tensor, labels: Tensor, weights: Tensor, num_classes: int, divide: bool = True) -> Tensor:
    """The shares when each row's neighbours `labels` (M, k) vote with `weights` (M, k)."""
    votes = torch.zeros(len(similarities), num_classes, dtype=torch.float64).scatter_add_(1, labels, weights)
    return votes / votes.sum(dim=1, keepdim=True) if divide else votes


def _by(similarities: Tensor, y: Tensor, k: int, temperature: float, num_classes: int, largest: bool = True) -> Tensor:
    """The weighted vote, for any table of similarities (M, N)."""
    top, indices = similarities.topk(k, dim=1, largest=largest)
    weights = torch.softmax(top / temperature, dim=1)
    return _votes(top, y[indices], weights, num_classes)


def _same(got: Tensor, want: Tensor) -> bool:
    return close(got.double(), want) or bool(torch.allclose(got.double(), want, atol=1e-4))


@catches("The features are not normalised. The similarity is a cosine: divide every row of `Z_train` and of `Z` by its "
         "length first, or long vectors win every vote.")
def not_normalized(got, Z_train, y, Z, k, t, c):
    a, b = Z_train.double(), Z.double()
    unit = torch.nn.functional.normalize
    tables = [b @ a.T, unit(b) @ a.T, b @ unit(a).T]
    clipped = [table / t for table in tables]
    return any(_same(got, _by(table, y, k, t, c)) for table in tables) or (
        bool(got.isnan().any()) and any(float(table.max()) > 88 for table in clipped) and t > 0.01)


@catches("Each feature is divided by the wrong thing: a row is one image, so its length is a norm along `dim=1`.")
def normalized_over_the_wrong_axis(got, Z_train, y, Z, k, t, c):
    a, b = (torch.nn.functional.normalize(x.double(), dim=0) for x in (Z_train, Z))
    return _same(got, _by(b @ a.T, y, k, t, c))


@catches("These are the votes of the *least* similar features. A cosine is large where two features are alike, so take "
         "the k largest.")
def the_farthest(got, Z_train, y, Z, k, t, c):
    cosines = _cosines(Z_train, Z)
    far, indices = cosines.topk(k, dim=1, largest=False)
    weights = [torch.softmax(far / t, dim=1), torch.softmax(-far / t, dim=1)]
    return any(_same(got, _votes(far, y[indices], w, c)) for w in weights)


@catches("Every training feature votes here. Only the `n_neighbors` most similar ones may: `topk` gives their "
         "similarities and their indices.")
def everybody_votes(got, Z_train, y, Z, k, t, c):
    return len(Z_train) > k and _same(got, _by(_cosines(Z_train, Z), y, len(Z_train), t, c))


@catches("All neighbours count the same here. The weight of a vote is exp(similarity / temperature).")
def not_weighted(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    return any(_same(got, _votes(top, y[indices], torch.ones_like(top), c, divide)) for divide in (True, False))


@catches("The weight is not exp(similarity / temperature) yet. Is the exponential there, and is the similarity divided "
         "by the temperature, not multiplied?")
def weight_without_temperature(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    weights = [torch.exp(top), torch.exp(top * t), top, top / t, torch.exp(-top / t), torch.exp(-(1 - top) * t)]
    return any(_same(got, _votes(top, y[indices], w, c)) for w in weights)


@catches("A low temperature makes exp(similarity / temperature) infinite, and infinity over infinity is NaN. Subtract "
         "each row's largest similarity first: the shares stay as they are. `softmax` does the same.")
def overflow(got, Z_train, y, Z, k, t, c):
    return bool(got.isnan().any()) and float(_cosines(Z_train, Z).max()) / t > 88


@catches("The votes are counted, but they do not sum to 1 yet. Divide each row by its sum.")
def not_divided(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    sums = got.double().sum(dim=1, keepdim=True)
    exact = _votes(top, y[indices], torch.softmax(top / t, dim=1), c)
    return not torch.allclose(sums, torch.ones_like(sums), atol=1e-3) and _same(got.double() / sums, exact)


@catches("Two neighbours of one class gave one vote. `votes[rows, labels] += weights` writes once where an index "
         "stands twice; `scatter_add_` adds them all.")
def last_vote_only(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    weights, rows = torch.softmax(top / t, dim=1), torch.arange(len(Z))[:, None]
    raw = torch.exp(top / t)
    for w in (weights, raw):
        votes = torch.zeros(len(Z), c, dtype=torch.float64)
        votes[rows, y[indices]] = w
        if _same(got, votes / votes.sum(dim=1, keepdim=True)) or _same(got, votes):
            return True
    return False


@catches("The votes fall with a *distance* here. Wanted is exp(cosine / temperature): the dot product of two rows of length "
         "1. (A squared distance of such rows is 2 − 2 · cosine, which is the same at another temperature.)")
def by_distance(got, Z_train, y, Z, k, t, c):
    unit = torch.nn.functional.normalize
    tables = [torch.cdist(Z.double(), Z_train.double()), torch.cdist(unit(Z.double()), unit(Z_train.double()))]
    return any(_same(got, _by(-table, y, k, t, c)) for d in tables for table in (d, d.square()))


@catches("The labels are those of the first k training features. `topk` says in its `indices` *which* features are nearest: "
         "look up `y_train[indices]`.")
def labels_of_the_first(got, Z_train, y, Z, k, t, c):
    top = _cosines(Z_train, Z).topk(k, dim=1).values
    return _same(got, _votes(top, y[:k].expand(len(Z), -1), torch.softmax(top / t, dim=1), c))


@catches("A softmax is taken of the votes, so that classes without a single neighbour get a share too. The exponential "
         "belongs to each neighbour's similarity; then add up by class, and divide by the sum.")
def softmax_of_the_classes(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    weights = [top / t, torch.softmax(top / t, dim=1), top, torch.exp(top / t)]
    return any(_same(got, _votes(top, y[indices], w, c, divide=False).softmax(dim=1)) for w in weights)


@catches("Only the single nearest neighbour votes here. Wanted are `n_neighbors` of them.")
def nearest_alone(got, Z_train, y, Z, k, t, c):
    return _same(got, _by(_cosines(Z_train, Z), y, 1, t, c))


@catches("The nearest neighbour is left out, as if it were the image itself. The new features are not among the stored "
         "ones: all k may vote.")
def nearest_left_out(got, Z_train, y, Z, k, t, c):
    cosines = _cosines(Z_train, Z)
    return any(_same(got, _votes(top, y[at], torch.softmax(top / t, dim=1), c)) for top, at in (
        (part.values[:, 1:], part.indices[:, 1:]) for part in (cosines.topk(k, dim=1), cosines.topk(k + 1, dim=1))))


@catches("The softmax runs over the M new features. The k neighbours of *one* new feature share its vote: `dim=1`.")
def softmax_over_the_wrong_axis(got, Z_train, y, Z, k, t, c):
    top, indices = _cosines(Z_train, Z).topk(k, dim=1)
    weights = torch.softmax(top / t, dim=0)
    return any(_same(got, _votes(top, y[indices], weights, c, divide)) for divide in (True, False))


EXERCISE = Exercise(
    "knn_predict_proba", "04_evaluating_representations", "A weighted vote of the nearest neighbours", minutes=20,
    difficulty=3, importance=5, reference=evaluation.knn_predict_proba, returns=("proba",), cases=knn_cases,
    align=in_their_precision,
    used_in="in the measurements below",
    mistakes=(not_normalized, normalized_over_the_wrong_axis, the_farthest, everybody_votes, not_weighted,
              weight_without_temperature, last_vote_only, overflow, not_divided, by_distance, labels_of_the_first,
              softmax_of_the_classes, nearest_alone, nearest_left_out, softmax_over_the_wrong_axis),
    hints=("Three steps: how similar is each new feature to each stored one, which few are most similar, and how much "
           "does each of those say for its own class?",
           "Divide rows by their lengths, so that one matrix product gives every cosine. `topk` finds the k largest of "
           "each row and where they stand, `y_train[indices]` their labels. A softmax of the k similarities over the "
           "temperature makes weights that sum to 1; `scatter_add_` adds each to its class.",
           "`top, indices = (Z @ Z_train.T).topk(n_neighbors, dim=1)` on rows of length 1, `weights = "
           "torch.softmax(top / temperature, dim=1)`, then "
           "`weights.new_zeros(len(Z), num_classes).scatter_add_(1, y_train[indices], weights)`."),
)
