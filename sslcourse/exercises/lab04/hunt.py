"""The lab's bug hunt: a vote in which two neighbors of one class count as one."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from ..engine import hunt
from . import knn


def hunt_votes(Z_train, y_train, Z, n_neighbors, temperature, num_classes):
    similarity = F.normalize(Z, dim=1) @ F.normalize(Z_train, dim=1).T
    similarity, nearest = similarity.topk(n_neighbors, dim=1)
    weights = torch.softmax(similarity / temperature, dim=1)
    votes = weights.new_zeros(len(Z), num_classes)
    votes[torch.arange(len(Z))[:, None], y_train[nearest]] += weights
    return votes / votes.sum(dim=1, keepdim=True)


EXERCISE = hunt(
    knn.EXERCISE, hunt_votes, title="Votes that get lost",
    hints=("Take an image with three neighbours, of the classes 2, 2 and 5, and go through the lines by hand. What stands "
           "in column 2 at the end?",
           "Similarities, neighbours and weights are right. Look at the line that adds the votes up: what does it do where "
           "the same place is named twice?",
           "Indexing with `+=` reads, adds and writes once per place. `votes.scatter_add_(1, y_train[nearest], weights)` "
           "adds every weight."),
)
