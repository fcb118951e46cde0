"""Exercise `recall_at_k`: how often a query finds its own among the k nearest."""

from __future__ import annotations

import torch
from torch import Tensor

from ... import evaluation
from ..compare import close
from ..engine import Exercise, catches


def _search(q: int, m: int, classes: int, seed: int, *, noise: float = 0.9, dim: int = 4,
            dtype: torch.dtype = torch.float32) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Queries and a gallery that scatter around their classes, each row of a length of its own."""
    generator = torch.Generator().manual_seed(seed)
    centres = torch.randn(classes, dim, generator=generator, dtype=torch.float64)
    found = []
    for n in (q, m):
        y = torch.randint(classes, (n,), generator=generator)
        x = centres[y] + noise * torch.randn(n, dim, generator=generator, dtype=torch.float64)
        found += [(x * torch.rand(n, 1, generator=generator, dtype=torch.float64).mul(3).exp()).to(dtype), y]
    return tuple(found)


def recall_at_k_cases() -> dict[str, tuple]:
    return {
        "three nearest": (*_search(40, 30, 8, seed=0), 3),
        "the nearest alone": (*_search(40, 30, 6, seed=1), 1),
        "five nearest, double precision": (*_search(30, 50, 12, seed=2, dtype=torch.float64), 5),
        "one of each in the gallery": (*_one_of_each(20, seed=3), 4),
        "two nearest, more queries than gallery": (*_search(60, 12, 5, seed=4), 2),
        "the whole gallery": (*_search(30, 10, 9, seed=5), 10),
    }


def _one_of_each(n: int, seed: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """As in the lab: every concept once on either side, the gallery in another order."""
    generator = torch.Generator().manual_seed(seed)
    gallery, order = torch.randn(n, 5, generator=generator), torch.randperm(n, generator=generator)
    queries = gallery + 1.2 * torch.randn(n, 5, generator=generator)
    queries *= torch.rand(n, 1, generator=generator).mul(3).exp()
    return queries, torch.arange(n), gallery[order], order


def _hits(queries, query_labels, gallery, gallery_labels, k, *, likeness: Tensor | None = None, skip: int = 0) -> Tensor:
    """(Q, k): whether the k best by `likeness`, cosine similarity unless given, have the query's label."""
    if likeness is None:
        likeness = _cosine(queries, gallery)
    nearest = likeness.topk(k + skip, dim=1).indices[:, skip:]
    return gallery_labels[nearest] == query_labels[:, None]


def _cosine(queries: Tensor, gallery: Tensor) -> Tensor:
    return torch.nn.functional.normalize(queries, dim=1) @ torch.nn.functional.normalize(gallery, dim=1).T


@catches("That is the share of right ones among the k, called precision. For recall@k one right neighbour among the k is "
         "enough: the query then scores 1, and otherwise 0.")
def share_of_the_k(got, *args):
    return close(got, float(_hits(*args).double().mean()))


@catches("All k neighbours have to be right here. One among them is enough.")
def all_k(got, *args):
    return close(got, float(_hits(*args).all(dim=1).double().mean()))


@catches("Only the very nearest counts here, whatever k is. Look at the k nearest.")
def nearest_only(got, *args):
    return close(got, float(_hits(*args)[:, 0].double().mean()))


@catches("Only the k-th neighbour counts here. Any of the k may be the right one.")
def kth_only(got, *args):
    return close(got, float(_hits(*args)[:, -1].double().mean()))


@catches("These are the *least* similar rows. A cosine is large where vectors are alike; a distance is small there.")
def farthest(got, queries, query_labels, gallery, gallery_labels, k):
    likeness = -_cosine(queries, gallery)
    return close(got, float(_hits(queries, query_labels, gallery, gallery_labels, k, likeness=likeness)
                            .any(dim=1).double().mean()))


@catches("The lengths of the vectors take part, and only their directions should. Cosine similarity is the product of the "
         "two *unit* vectors, so divide each row by its length first.")
def lengths_take_part(got, queries, query_labels, gallery, gallery_labels, k):
    ways = queries @ gallery.T, -torch.cdist(queries, gallery)
    return any(close(got, float(_hits(queries, query_labels, gallery, gallery_labels, k, likeness=way)
                                .any(dim=1).double().mean())) for way in ways)


@catches("The nearest row is left out, as if it were the query itself. Queries and gallery are different pictures, "
         "so all k "
         "count.")
def nearest_left_out(got, *args):
    k = args[-1]
    if k + 1 <= len(args[2]) and close(got, float(_hits(*args, skip=1).any(dim=1).double().mean())):
        return True
    return k > 1 and close(got, float(_hits(*args)[:, 1:].any(dim=1).double().mean()))


@catches("The neighbours' row numbers are compared with labels or with the queries' row numbers. Look up the neighbours' "
         "labels first: `gallery_labels[nearest]`.")
def numbers_for_labels(got, queries, query_labels, gallery, gallery_labels, k):
    nearest = _cosine(queries, gallery).topk(k, dim=1).indices
    wrong = nearest == query_labels[:, None], nearest == torch.arange(len(queries))[:, None]
    return any(close(got, float(w.any(dim=1).double().mean())) for w in wrong)


@catches("That is a count. A share can be compared from one test set to the next: divide by the number of queries.")
def counted(got, *args):
    hits = _hits(*args)
    return close(got, float(hits.any(dim=1).sum())) or close(got, float(hits.sum()))


@catches("This is how many of the k are right, on average. For recall@k a query scores 1 as soon as one of them is: `any`.")
def number_right(got, *args):
    return args[-1] > 1 and close(got, float(_hits(*args).double().sum(dim=1).mean()))


@catches("This divides by how many right ones there are in the gallery, as recall does in document search. Recall@k in "
         "metric learning asks only whether one of them is among the k.")
def of_all_there_are(got, queries, query_labels, gallery, gallery_labels, k):
    there = (gallery_labels[None] == query_labels[:, None]).sum(dim=1)
    found = _hits(queries, query_labels, gallery, gallery_labels, k).sum(dim=1)
    return any(close(got, float(v)) for v in ((found / there.clamp_min(1)).double().mean(), found.sum() / there.sum()))


@catches("This lets the k neighbours vote, as a kNN classifier does. Here no majority is needed: one right one is enough.")
def by_vote(got, queries, query_labels, gallery, gallery_labels, k):
    nearest = _cosine(queries, gallery).topk(k, dim=1).indices
    return k > 1 and close(got, float((gallery_labels[nearest].mode(dim=1).values == query_labels).double().mean()))


@catches("Queries and gallery have changed places: this searches the queries for each row of the gallery. A table "
         "(Q, M) is "
         "ranked along `dim=1`.")
def roles_exchanged(got, queries, query_labels, gallery, gallery_labels, k):
    return k <= len(queries) and close(got, float(
        _hits(gallery, gallery_labels, queries, query_labels, k).any(dim=1).double().mean()))


@catches("The columns have been scaled to length 1. A cosine is between rows: `normalize(..., dim=1)`.")
def columns_scaled(got, queries, query_labels, gallery, gallery_labels, k):
    likeness = torch.nn.functional.normalize(queries, dim=0) @ torch.nn.functional.normalize(gallery, dim=0).T
    return close(got, float(_hits(queries, query_labels, gallery, gallery_labels, k, likeness=likeness)
                            .any(dim=1).double().mean()))


@catches("The right number of queries is found, and divided by the size of the gallery. It is a share of the queries: divide "
         "by Q, `len(queries)`.")
def another_divisor(got, *args):
    Q, M = len(args[0]), len(args[2])
    return Q != M and close(got, float(_hits(*args).any(dim=1).sum() / M))


@catches("That is a percentage. A share lies between 0 and 1.")
def percentage(got, *args):
    return close(got, 100 * float(_hits(*args).any(dim=1).double().mean()))


@catches("The rank of the first right neighbour takes part. Recall@k counts 1 wherever it stands among the k.")
def by_rank(got, *args):
    found = _hits(*args).double() / torch.arange(1, args[-1] + 1)
    return args[-1] > 1 and close(got, float(found.max(dim=1).values.mean()))


@catches("One neighbour too few: look at k of them, and not at k − 1.")
def one_too_few(got, *args):
    return args[-1] > 1 and close(got, float(_hits(*args[:-1], args[-1] - 1).any(dim=1).double().mean()))


@catches("One neighbour too many: look at k of them, and not at k + 1.")
def one_too_many(got, *args):
    return args[-1] < len(args[2]) and close(got, float(_hits(*args[:-1], args[-1] + 1).any(dim=1).double().mean()))


EXERCISE = Exercise(
    "recall_at_k", "09_triplet_loss", "How often a query finds its own among the k nearest", minutes=15, difficulty=2,
    importance=4, reference=evaluation.recall_at_k, returns=("recall",), cases=recall_at_k_cases,
    used_in="for the baselines below",
    mistakes=(share_of_the_k, all_k, nearest_only, kth_only, farthest, lengths_take_part, nearest_left_out,
              numbers_for_labels, counted, number_right, of_all_there_are, by_vote, roles_exchanged, columns_scaled,
              another_divisor, percentage, by_rank, one_too_few, one_too_many),
    hints=("Rank the gallery for each query. Is there one of its own label among the first k?",
           "Scale all rows to length 1; then one matrix product holds every cosine, (Q, M). Take the k largest of each "
           "row, look up their labels, compare them with the query's, and ask whether any of the k agrees.",
           "`nearest = (unit_queries @ unit_gallery.T).topk(k, dim=1).indices`, and then "
           "`(gallery_labels[nearest] == query_labels[:, None]).any(dim=1).float().mean().item()`."),
)
