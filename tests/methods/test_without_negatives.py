"""BYOL, SimSiam, Barlow Twins, VICReg and MoCo: their losses, their teachers, their switches, and MoCo's queue."""

from __future__ import annotations

import copy
import math

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from sslcourse import data, losses, methods, models, training


class Tiny(nn.Module):
    """The smallest encoder with a BatchNorm, whose buffers a teacher has to copy."""

    num_features = 12

    def __init__(self):
        super().__init__()
        self.map, self.norm = nn.Linear(3 * 16, 12), nn.BatchNorm1d(12)

    def forward(self, images):
        return self.norm(self.map(F.adaptive_avg_pool2d(images, 4).flatten(1)))


def given_views(images):
    return [images.float() / 255, images.flip(3).float() / 255]


@pytest.fixture
def shapes():
    return data.shapes(64, seed=0)


MAKE = {
    "SimSiam": methods.SimSiam, "BYOL": methods.BYOL, "BarlowTwins": methods.BarlowTwins, "VICReg": methods.VICReg,
    "MoCo": lambda encoder, **options: methods.MoCo(encoder, queue_size=128, **options),
}
every_method = pytest.mark.parametrize("make", MAKE.values(), ids=MAKE.keys())
with_teacher = pytest.mark.parametrize("make", [MAKE["BYOL"], MAKE["MoCo"]], ids=["BYOL", "MoCo"])


def projected(method, images):
    return [method.head(method.encoder(view)) for view in given_views(images)]


def cosines(p, z):
    return torch.stack([a @ b / (a.norm() * b.norm()) for a, b in zip(p, z)]).mean()


def test_simsiam_loss_is_a_plain_loop():
    p0, p1, z0, z1 = torch.randn(4, 5, 6, generator=torch.Generator().manual_seed(0)).double()
    wanted = -(cosines(p0, z1) + cosines(p1, z0)) / 2
    torch.testing.assert_close(methods.simsiam_loss(p0, p1, z0, z1), wanted)


def test_simsiam_loss_teaches_p_and_not_z():
    p, z = (torch.randn(3, 4, generator=torch.Generator().manual_seed(s), requires_grad=True) for s in (0, 1))
    methods.simsiam_loss(p, p, z, z).backward()
    assert p.grad.abs().max() > 0 and z.grad is None


def test_simsiam_with_its_switches(shapes):
    for predictor in (True, False):
        for stop in (True, False):
            method = methods.SimSiam(Tiny(), views=given_views, predictor=predictor, stop_gradient=stop).eval()
            z0, z1 = projected(method, shapes.images)
            p0, p1 = method.predictor(z0), method.predictor(z1)
            torch.testing.assert_close(method.loss(shapes.images), -(cosines(p0, z1) + cosines(p1, z0)) / 2)
            assert isinstance(method.predictor, nn.Identity) is not predictor


@pytest.mark.parametrize("stop", [True, False])
def test_stopping_halves_the_gradient_of_a_simsiam_without_predictor(shapes, stop):
    """p = z, so each side of the cosine gives the same gradient: half of it is left where one side is stopped."""
    torch.manual_seed(0)
    method = methods.SimSiam(Tiny(), views=given_views, predictor=False, stop_gradient=stop).eval()
    z0, z1 = projected(method, shapes.images)
    both = torch.autograd.grad(-cosines(z0, z1), method.encoder.map.weight)[0]
    got = torch.autograd.grad(method.loss(shapes.images), method.encoder.map.weight)[0]
    torch.testing.assert_close(got, both / 2 if stop else both, rtol=1e-3, atol=1e-6)


def test_byol_s_loss_is_the_papers_up_to_a_constant(shapes):
    method = methods.BYOL(Tiny(), views=given_views).eval()
    with torch.no_grad():
        for parameter in method.teacher_encoder.parameters():
            parameter.add_(0.3)                                         # so that it matters whose projection is taken
    p = [method.predictor(z) for z in projected(method, shapes.images)]
    z = [method.teacher_head(method.teacher_encoder(view)) for view in given_views(shapes.images)]
    squares = [(F.normalize(a) - F.normalize(b)).square().sum(dim=1).mean() for a, b in ((p[0], z[1]), (p[1], z[0]))]
    torch.testing.assert_close(4 * method.loss(shapes.images) + 4, sum(squares))      # equation (2), both orders


def test_barlow_twins_and_vicreg_are_their_losses_of_the_projections(shapes):
    for weight in (0.0, 0.1):
        method = methods.BarlowTwins(Tiny(), views=given_views, lambda_param=weight).eval()
        wanted = losses.barlow_twins(*projected(method, shapes.images), weight)
        torch.testing.assert_close(method.loss(shapes.images), wanted)
    for weights in ((25.0, 25.0, 1.0), (25.0, 0.0, 1.0), (25.0, 25.0, 0.0), (0.0, 1.0, 0.0)):
        method = methods.VICReg(Tiny(), views=given_views, **dict(zip(("lambda_param", "mu_param", "nu_param"), weights)))
        method.eval()
        wanted = losses.vicreg(*projected(method, shapes.images), *weights)
        torch.testing.assert_close(method.loss(shapes.images), wanted)


def test_moco_s_loss_is_a_plain_loop(shapes):
    method = methods.MoCo(Tiny(), views=given_views, temperature=0.3, queue_size=10, output_dim=7).eval()
    v0, v1 = given_views(shapes.images)
    q, k = method.head(method.encoder(v0)), method.teacher_head(method.teacher_encoder(v1))
    wanted = []
    for query, key in zip(F.normalize(q).detach(), F.normalize(k)):
        own = math.exp(float(query @ key) / 0.3)
        others = sum(math.exp(float(query @ other) / 0.3) for other in method.queue)
        wanted.append(-math.log(own / (own + others)))
    assert method.loss(shapes.images).item() == pytest.approx(sum(wanted) / len(wanted), rel=1e-4)


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


def test_a_momentum_of_0_makes_the_teacher_the_student(shapes):
    method = methods.BYOL(Tiny(), views=given_views, momentum=0, final_momentum=None)
    training.train(method, shapes, steps=2, batch_size=32, lr=0.1)
    for one, other in ((method.encoder, method.teacher_encoder), (method.head, method.teacher_head)):
        assert all(torch.equal(a, b) for a, b in zip(one.state_dict().values(), other.state_dict().values()))


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


@every_method
def test_each_learns_to_agree(make, shapes):
    torch.manual_seed(0)
    method = make(Tiny())
    history = training.train(method, shapes, steps=60, batch_size=32, lr=0.02)
    first = 8 if make is MAKE["MoCo"] else 0          # a queue of random keys is told apart at once; it fills in 4 steps
    assert history.recent(10) < sum(history.loss[first:first + 5]) / 5


def test_the_queue_is_a_list_from_which_the_oldest_goes():
    """Batches that do not divide the queue, beside a plain list."""
    generator = torch.Generator().manual_seed(0)
    queue, pointer = torch.randn(11, 3, generator=generator), 0
    kept = list(queue)                                                  # oldest first
    for n in (4, 4, 4, 1, 11, 3, 7):
        before, keys = queue.clone(), torch.randn(n, 3, generator=generator)
        new, pointer = methods.enqueue(queue, keys, pointer)
        assert torch.equal(queue, before)
        queue, kept = new, [*kept, *keys][n:]
        assert torch.equal(queue.roll(-pointer, dims=0), torch.stack(kept))


def test_moco_fills_its_queue_in_training_alone(shapes):
    method = methods.MoCo(Tiny(), views=given_views, queue_size=100, output_dim=8)
    born = method.queue.clone()
    assert torch.allclose(born.norm(dim=1), torch.ones(100))
    method.eval().loss(shapes.images)
    assert torch.equal(method.queue, born) and method.pointer == 0
    method.train()
    keys = []
    for _ in range(2):                                                  # 128 keys into 100 places
        with torch.no_grad():
            teacher = copy.deepcopy(method.teacher_encoder), copy.deepcopy(method.teacher_head)
            keys.append(F.normalize(teacher[1](teacher[0](given_views(shapes.images)[1])), dim=1))
        method.loss(shapes.images)
    assert method.pointer == 28
    torch.testing.assert_close(method.queue[28:64], keys[0][28:])
    torch.testing.assert_close(method.queue[64:], keys[1][:36])
    torch.testing.assert_close(method.queue[:28], keys[1][36:])
    assert not method.queue.requires_grad


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


def test_a_batch_larger_than_the_queue_is_refused(shapes):
    method = methods.MoCo(Tiny(), views=given_views, queue_size=10)
    with pytest.raises(ValueError, match="no more keys"):
        method.loss(shapes.images)


def test_real_encoders_fit(shapes):
    for make in MAKE.values():
        assert make(models.small_resnet()).loss(shapes.images[:8]).isfinite()
