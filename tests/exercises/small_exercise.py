"""A small exercise for the tests of the engine: n times X, and the sum of X."""

import torch

from sslcourse.exercises import compare, messages
from sslcourse.exercises.engine import Exercise, catches


def scale(X, n):
    """The reference of these tests: n times X, and the sum of X."""
    return X * n, X.sum()


def cases():
    return {"three by two": (torch.arange(6.0).view(3, 2), 2), "one row": (torch.ones(1, 4), 3),
            "double precision": (torch.ones(2, 2, dtype=torch.float64) * 3, 5)}


@catches("It is the square that is missing.")
def squared(got, X, n):
    return compare.close(got[0], X**2)


@catches("Never told: it looks for what no answer has.")
def broken(got, X, n):
    return got[17] > 0


def exercise(**changes):
    about = dict(name="scale", lab="00_test", title="Scale and sum", minutes=5, difficulty=1, importance=2,
                 reference=scale, returns=("scaled", "total"), cases=cases, mistakes=(broken, squared),
                 hints=("Begin.", "Then `sum`.", "`X * n` and `X.sum()`."), limit=0.4, used_in="in the table below")
    return Exercise(**{**about, **changes})


def single(**changes):
    return exercise(**{"reference": lambda X, n: X * n, "returns": ("scaled",), "mistakes": (), **changes})


def text(answer, an_exercise=None):
    """The panel that `answer` raises, in one line."""
    an_exercise = an_exercise or exercise()
    return " ".join(repr(messages.of_verdict(an_exercise, an_exercise.judge(answer))).split())


def no_return(X, n):
    X * n, X.sum()


def with_dots(X, n):
    """n times X."""
    ...  # your code here


def half_filled(X, n):
    total = X.sum()
    scaled = ...
    return scaled, total
