"""Lab 01's own t-SNE, as it stands in the notebook: it calls the student's functions in every step, and moves the points."""

from __future__ import annotations

import functools

import torch

from sslcourse import methods, runtime
from sslcourse.figures import lab01 as figures
from tests.labs.test_page import LABS, nbformat


def own_tsne(**functions):
    """The lab's cell up to the line that runs it, with `functions` as the student's."""
    cell = next(cell for cell in nbformat.read(LABS["01"], as_version=4).cells if cell.id == "own-tsne")
    space = {"torch": torch, "runtime": runtime, "figures": figures, **functions}
    exec(cell.source.split("\ncodes = ")[0], space)
    return space


def two_clouds():
    generator = torch.Generator().manual_seed(0)
    X = torch.randn(80, 6, generator=generator)
    X[40:] += 6
    mean, components, _ = methods.pca(X, 6)
    return (X - mean) @ components.T


def test_the_student_s_functions_move_the_points():
    calls = {}

    def counted(function):
        @functools.wraps(function)
        def call(*args):
            calls[function.__name__] = calls.get(function.__name__, 0) + 1
            return function(*args)
        return call

    ours = {name: counted(getattr(methods, name)) for name in ("joint_probabilities", "student_t", "tsne_gradient")}
    space = own_tsne(**ours)
    seen = space["my_tsne"](two_clouds(), target=15)
    assert calls == {"joint_probabilities": 1, "student_t": 251, "tsne_gradient": 251}
    assert list(seen) == sorted(space["KEPT"]) and seen[250][1] < 0.3 * seen[0][1]
    Y = seen[250][0]
    inside, across = torch.cdist(Y[:40], Y[:40]).mean(), torch.cdist(Y[:40], Y[40:]).mean()
    assert across > 2 * inside and Y.abs().median() > 3


def test_without_the_push_of_the_map_nothing_unfolds():
    def pull_alone(P, Q, Y):
        return methods.tsne_gradient(P, torch.zeros_like(Q), Y)

    space = own_tsne(joint_probabilities=methods.joint_probabilities, student_t=methods.student_t, tsne_gradient=pull_alone)
    Y = space["my_tsne"](two_clouds(), target=15)[250][0]
    assert Y.abs().median() < 0.5, "the clouds themselves lie several units apart"
