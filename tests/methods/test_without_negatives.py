"""BYOL, SimSiam, Barlow Twins, VICReg and MoCo: what their teachers and their representations have in common."""

from __future__ import annotations

import copy

import pytest
import torch

from sslcourse import data, methods, models, training
from tests.methods.small import TinyNorm as Tiny
from tests.methods.small import given_views


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


MAKE = {
    "SimSiam": methods.SimSiam, "BYOL": methods.BYOL, "BarlowTwins": methods.BarlowTwins, "VICReg": methods.VICReg,
    "MoCo": lambda encoder, **options: methods.MoCo(encoder, queue_size=128, **options),
}
every_method = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE.keys())
with_teacher = pytest.mark.parametrize("make", [MAKE["BYOL"], MAKE["MoCo"]], ids=["BYOL", "MoCo"])


@with_teacher
def test_no_gradient_reaches_the_teacher_and_no_optimiser_moves_it(make, shapes):
    method = make(Tiny(), views=given_views, momentum=1.0)
    born = copy.deepcopy(method.teacher_encoder.state_dict())
    method.loss(shapes.images).backward()
    teacher = [*method.teacher_encoder.parameters(), *method.teacher_head.parameters()]
    assert all(p.grad is None and not p.requires_grad for p in teacher)
    assert method.encoder.map.weight.grad.abs().max() > 0
    training.train(method, shapes, steps=3, batch_size=32, lr=0.1, weight_decay=0.1)
    assert torch.equal(method.teacher_encoder.map.weight, born["map.weight"])
    assert not torch.equal(method.encoder.map.weight, born["map.weight"])


@with_teacher
def test_a_step_moves_the_teacher_as_by_hand_and_copies_its_buffers(make):
    options = {"final_momentum": None} if make is MAKE["BYOL"] else {}
    method = make(Tiny(), views=given_views, momentum=0.75, **options)
    old = method.teacher_encoder.map.weight.clone()
    with torch.no_grad():
        method.encoder.map.weight.add_(1.0), method.head.layers[0].weight.mul_(3.0)
        method.encoder.norm.running_mean.add_(5.0)
    head = method.teacher_head.layers[0].weight.clone()
    method.after_step(0.5)
    torch.testing.assert_close(method.teacher_encoder.map.weight, 0.75 * old + 0.25 * (old + 1))
    torch.testing.assert_close(method.teacher_head.layers[0].weight, 0.75 * head + 0.25 * 3 * head)
    assert torch.equal(method.teacher_encoder.norm.running_mean, method.encoder.norm.running_mean)


@with_teacher
def test_a_checkpoint_holds_the_teacher(make, shapes, tmp_path):
    """Three steps, a stop, and three more are six: the teacher and the queue come back with the rest."""
    def new():
        torch.manual_seed(0)
        return make(Tiny(), views=given_views, momentum=0.5)

    whole, again = new(), new()
    settings = dict(steps=6, batch_size=32, lr=0.05, bfloat16=False)
    training.train(whole, shapes, **settings)

    path = tmp_path / "run.safetensors"
    half = new()
    with pytest.raises(training.Interrupted):
        training.train(half, shapes, checkpoint=path, every=3, evaluate=lambda m, s: _stop_at_six(s), **settings)
    training.train(again, shapes, checkpoint=path, every=3, **settings)
    assert all(torch.equal(a, b) for a, b in zip(whole.state_dict().values(), again.state_dict().values()))


def _stop_at_six(step):
    if step == 6:
        raise KeyboardInterrupt
    return {}


@every_method
def test_representation_and_labels(make, shapes):
    method = make(Tiny(), views=given_views).eval()
    images = shapes.images.float() / 255
    assert torch.equal(method.encode(images), method.encoder(images))
    assert method.loss((shapes.images, shapes.labels)) == method.loss(shapes.images)


@pytest.mark.slow
@every_method
def test_each_learns_to_agree(make, shapes):
    torch.manual_seed(0)
    method = make(Tiny())
    history = training.train(method, shapes, steps=60, batch_size=32, lr=0.02)
    first = 8 if make is MAKE["MoCo"] else 0          # a queue of random keys is told apart at once; it fills in 4 steps
    assert history.recent(10) < sum(history.loss[first:first + 5]) / 5


Q, K = torch.zeros(4, 2), torch.zeros(2, 2)


@pytest.mark.parametrize("call, message", [
    (lambda: methods.enqueue(Q[0], K, 0), "queue: got"),
    (lambda: methods.enqueue(Q, K[:, :1], 0), "keys: got"),
    (lambda: methods.enqueue(Q, torch.zeros(5, 2), 0), "keys: got .*no more keys than the queue has places, 4"),
    (lambda: methods.enqueue(Q, K, 4), "pointer: got 4"),
    (lambda: methods.enqueue(Q, K, -1), "pointer: got -1"),
    (lambda: methods.simsiam_loss(Q, Q, K, Q), "z0"),
    (lambda: methods.BYOL(Tiny(), momentum=1.1), "momentum: got 1.1"),
    (lambda: methods.BYOL(Tiny(), final_momentum=-0.1), "final_momentum: got -0.1"),
    (lambda: methods.MoCo(Tiny(), momentum=-1), "momentum: got -1"),
    (lambda: methods.MoCo(Tiny(), temperature=0), "temperature: got 0"),
    (lambda: methods.MoCo(Tiny(), queue_size=0), "queue_size: got 0"),
    (lambda: methods.BarlowTwins(Tiny(), lambda_param=-1), "lambda_param: got -1"),
    (lambda: methods.VICReg(Tiny(), mu_param=-1), "mu_param: got -1"),
    (lambda: methods.VICReg(Tiny(), nu_param="1"), "nu_param: got '1'"),
    (lambda: methods.SimSiam(Tiny(), predictor_dim=0), "hidden_dim: got 0"),
])
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_real_encoders_fit(shapes):
    for make in MAKE.values():
        assert make(models.small_resnet()).loss(shapes.images[:8]).isfinite()
