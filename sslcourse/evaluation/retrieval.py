"""Retrieval: is the picture that was looked for among the nearest?"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

from .. import expect
from .arrays import points, prepared


def _prepare(queries, query_labels, gallery, gallery_labels, k):
    queries = points(queries, "queries", ("Q", "D")).double()
    gallery = points(gallery, "gallery", ("M", queries.shape[1])).double()
    expect.labels(query_labels, "query_labels", n=len(queries))
    expect.labels(gallery_labels, "gallery_labels", n=len(gallery))
    expect.integer(k, "k", at_least=1, at_most=len(gallery))
    return {"queries": queries, "query_labels": query_labels.cpu(), "gallery": gallery,
            "gallery_labels": gallery_labels.cpu()}


@prepared(_prepare)
def recall_at_k(queries: Tensor, query_labels: Tensor, gallery: Tensor, gallery_labels: Tensor, k: int = 1) -> float:
    """The share of queries that find their own label among their `k` nearest in the gallery, by cosine similarity.

    queries, gallery               (Q, D) and (M, D): features, of any length
    query_labels, gallery_labels   (Q,) and (M,): integers
    k                              1 ≤ k ≤ M

    Recall@k as metric learning counts it (Jégou et al., "Product quantization for nearest neighbor search", IEEE TPAMI
    2011, section V; Oh Song et al., CVPR 2016, arXiv:1511.06452): a query scores 1 if one or more of its k neighbours
    are right, and 0 otherwise. So it never falls as k grows. The query itself should not be in the gallery. ValueError:
    sizes that do not fit, NaN, k > M.

    >>> import torch
    >>> gallery = torch.tensor([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]])
    >>> queries, labels = torch.tensor([[2.0, 0.1], [1.0, 0.8]]), torch.tensor([0, 1])
    >>> [recall_at_k(queries, labels, gallery, torch.tensor([0, 1, 2]), k) for k in (1, 2)]
    [0.5, 1.0]
    """
    similarity = F.normalize(queries, dim=1) @ F.normalize(gallery, dim=1).T        # (Q, M): cosines
    nearest = similarity.topk(k, dim=1).indices                                     # (Q, k)
    hit = gallery_labels[nearest] == query_labels[:, None]                          # (Q, k)
    return hit.any(dim=1).double().mean().item()
