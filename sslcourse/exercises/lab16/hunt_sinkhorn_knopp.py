"""Bug hunt `hunt_sinkhorn_knopp`: balanced columns, and targets that are no distributions."""

from __future__ import annotations

from ..engine import hunt
from . import sinkhorn_knopp


def hunt_sinkhorn_knopp(logits, epsilon, iterations):
    """Balanced targets as a colleague wrote them: (N, K) -> (N, K)."""
    log_q = logits / epsilon
    for _ in range(iterations):
        log_q = log_q.log_softmax(dim=1)
        log_q = log_q.log_softmax(dim=0)
    return log_q.exp()


EXERCISE = hunt(
    sinkhorn_knopp.EXERCISE, hunt_sinkhorn_knopp, title="Bug hunt: a loss that is too small by far",
    hints=("A target is a distribution over the outputs, one for each image. Are these?",
           "Print the sums of the rows, and those of the columns. Which of them are 1, and which have to be?",
           "What is divided last sums to 1 exactly. Exchange the two lines: `log_softmax(dim=0)` first, `log_softmax(dim=1)` "
           "last."),
)
