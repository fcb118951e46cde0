"""The loop: that it learns, stops when it should, can be looked at and interrupted, and refuses what it can't train."""

from __future__ import annotations

import math
import random
import time

import numpy as np
import pytest
import torch
from torch import nn

from sslcourse import data, losses, runtime, threads, training
from sslcourse.training import schedule
from sslcourse.training.batches import Batches


class Regression(nn.Module):
    """A linear map fitted by least squares: the smallest method there is."""

    def __init__(self):
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(0)
            self.map = nn.Linear(6, 1)
        self.seen: list = []
        self.progress: list[float] = []

    def loss(self, batch):
        x, y = batch
        self.seen.append((x, y))
        noise = 0.01 * torch.randn(len(x), 1)  # a method that draws at random, as views do
        return (self.map(x) + noise - y).square().mean()

    def after_step(self, progress):
        self.progress.append(progress)


@pytest.fixture
def problem():
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(128, 6, generator=generator)
    return x, x @ torch.arange(1.0, 7)[:, None]


SHORT = dict(batch_size=32, lr=0.05, weight_decay=0.0, bfloat16=False)


def test_it_learns_to_name_shapes():
    shapes = data.shapes(600, seed=0, x=0.5, y=0.5, rotation=0.0)
    net = nn.Sequential(
        nn.Conv2d(3, 16, 3, stride=2), nn.BatchNorm2d(16), nn.ReLU(), nn.Conv2d(16, 32, 3, stride=2), nn.BatchNorm2d(32),
        nn.ReLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(128, len(shapes.classes)),
    )

    class Classifier(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = net

        def loss(self, batch):
            images, labels = batch
            return nn.functional.cross_entropy(self.net(images.float() / 255), labels)

    history = training.train(Classifier(), shapes, epochs=8, batch_size=50, lr=1e-2)
    assert history.steps == 96 and history.images == 4800
    assert history.recent() < 0.8 * history.loss[0]


def test_every_row_comes_once_an_epoch_and_in_another_order_the_next(problem):
    method = Regression()
    training.train(method, problem, epochs=2, **SHORT)
    first, second = (torch.cat([x[:, 0] for x, _ in method.seen[i : i + 4]]) for i in (0, 4))
    assert torch.equal(first.sort().values, problem[0][:, 0].sort().values)
    assert torch.equal(first.sort().values, second.sort().values) and not torch.equal(first, second)


def test_the_same_seed_gives_the_same_run_and_another_seed_another(problem):
    runs = [training.train(Regression(), problem, steps=9, seed=seed, **SHORT).loss for seed in (3, 3, 4)]
    assert runs[0] == runs[1] != runs[2]


def test_the_run_leaves_everyone_elses_randomness_alone(problem):
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    wanted = random.random(), np.random.rand(), torch.rand(1).item()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)
    training.train(Regression(), problem, steps=3, **SHORT)
    assert (random.random(), np.random.rand(), torch.rand(1).item()) == wanted


def test_looking_at_a_run_does_not_change_it(problem):
    def look(method, step):
        return {"drawn": torch.rand(1).item() + random.random() + np.random.rand()}

    plain = training.train(Regression(), problem, steps=10, **SHORT)
    watched = training.train(Regression(), problem, steps=10, evaluate=look, every=4, **SHORT)
    assert plain.loss == watched.loss
    assert [found["step"] for found in watched.evaluations] == [4, 8, 10]


def test_an_evaluation_at_the_last_step_is_made_once(problem):
    history = training.train(Regression(), problem, steps=8, evaluate=lambda m, s: {}, every=4, **SHORT)
    assert [found["step"] for found in history.evaluations] == [4, 8]


def test_seconds_end_the_run_and_evaluations_do_not_count(problem, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(schedule.time, "perf_counter", lambda: now[0])

    class Slow(Regression):
        def loss(self, batch):
            now[0] += 1.0
            return super().loss(batch)

    def look(method, step):
        now[0] += 100.0
        return {}

    method = Slow()
    history = training.train(method, problem, seconds=10, evaluate=look, every=3, **SHORT)
    assert history.steps == 10 and history.seconds == 10
    assert method.progress == [step / 10 for step in range(1, 11)]


def test_getting_ready_costs_no_second_of_the_budget(problem, monkeypatch):
    """Finding out whether bfloat16 pays takes seconds, once: a short run must still have all of its own."""
    autocast = runtime.autocast

    def slow(enabled):
        time.sleep(0.5)
        return autocast(enabled)

    def look():
        time.sleep(pauses.pop() if pauses else 0)

    pauses = [0.5]  # of the first look; those that come later are short
    monkeypatch.setattr(runtime, "autocast", slow)
    monkeypatch.setattr(threads, "settle", look)
    history = training.train(Regression(), problem, seconds=0.4, **SHORT)
    assert history.steps > 1 and f"{history.steps} steps in" in repr(history)


def test_after_step_hears_what_is_done_this_step_included(problem):
    """Catches the share before the step: a teacher's momentum one step late would never reach its end."""
    method = Regression()
    training.train(method, problem, steps=8, **SHORT)
    assert method.progress == [step / 8 for step in range(1, 9)]


def test_numpy_s_numbers_are_numbers(problem, tmp_path):
    """Catches an int64 or a float32 that Python's json or random refuses, after the training or before it."""
    plain = training.train(Regression(), problem, steps=3, batch_size=32, lr=0.5, clip=2.0, seed=1, every=2)
    numpy = training.train(
        Regression(), problem, steps=np.int64(3), batch_size=np.int32(32), lr=np.float32(0.5), clip=np.float64(2),
        seed=np.int64(1), every=np.int16(2), checkpoint=tmp_path / "run.safetensors",
    )
    assert numpy.loss == plain.loss and (tmp_path / "run.safetensors").exists()


def test_the_learning_rate_rises_then_falls(problem):
    history = training.train(Regression(), problem, steps=100, warmup=0.1, **SHORT)
    assert history.lr[:3] == pytest.approx([0, 0.005, 0.01]) and history.lr[10] == 0.05 == max(history.lr)
    assert history.lr[55] == pytest.approx(0.025) and history.lr[99] < 0.0001
    assert history.lr[10:] == sorted(history.lr[10:], reverse=True)


def test_another_schedule_may_be_given(problem):
    asked = []

    def half(progress, warmup):
        asked.append((progress, warmup))
        return 0.5

    history = training.train(Regression(), problem, steps=4, warmup=0.1, schedule=half, **SHORT)
    assert history.lr == pytest.approx([0.5 * SHORT["lr"]] * 4) and asked == [(i / 4, 0.1) for i in range(4)]


def test_a_run_of_another_schedule_is_another_run(problem, tmp_path):
    def full(progress, warmup):
        return 1.0

    training.train(Regression(), problem, steps=2, checkpoint=tmp_path / "run.safetensors", **SHORT)
    with pytest.raises(ValueError, match="schedule"):
        training.train(Regression(), problem, steps=2, schedule=full, checkpoint=tmp_path / "run.safetensors", **SHORT)


def test_clipping_bounds_the_step(problem):
    def moved(clip):
        method = Regression()
        before = [p.clone() for p in method.parameters()]
        with torch.no_grad():
            big = (problem[0], 1e4 * problem[1])
        training.train(method, big, steps=1, warmup=0.0, optimizer="sgd", momentum=0.0, clip=clip, **SHORT)
        return torch.cat([(a - b).flatten() for a, b in zip(method.parameters(), before)]).norm().item()

    assert moved(2.0) == pytest.approx(2.0 * 0.05, rel=1e-3) and moved(None) > 100


def test_norms_and_biases_are_not_decayed():
    method = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.Linear(4, 2))
    groups = training.loop.optimizers.make(method, "adamw", 1e-3, 0.1, 0.9).param_groups
    decay = {id(p): group["weight_decay"] for group in groups for p in group["params"]}
    assert {name: decay[id(p)] for name, p in method.named_parameters()} == {
        "0.weight": 0.1, "0.bias": 0.0, "1.weight": 0.0, "1.bias": 0.0, "2.weight": 0.1, "2.bias": 0.0,
    }


def test_frozen_parameters_stay(problem):
    method = Regression()
    method.map.bias.requires_grad_(False)
    before = method.map.bias.clone()
    training.train(method, problem, steps=4, **SHORT)
    assert torch.equal(method.map.bias, before)


def test_modes_come_back_as_they_were(problem):
    method = Regression()
    method.train()
    method.dropout = nn.Dropout().eval()
    inside = []
    method.after_step = lambda progress: inside.append((method.training, method.dropout.training))
    training.train(method, problem, steps=1, **SHORT)
    assert inside == [(True, True)]
    assert method.training and not method.dropout.training


@pytest.mark.parametrize("place", ["after_step", "evaluate"])
def test_an_interrupt_leaves_a_usable_model_and_its_history(problem, place):
    def interrupt(*_):
        raise KeyboardInterrupt

    method, look = Regression().eval(), None
    if place == "after_step":
        method.after_step = lambda progress: interrupt() if progress > 0.29 else None
    else:
        look = interrupt
    with pytest.raises(training.Interrupted, match=r"stopped after [23] of 10 steps.* run the cell again") as stop:
        training.train(method, problem, steps=10, evaluate=look, every=3, **SHORT)
    assert stop.value.history.interrupted and 2 <= stop.value.history.steps <= 3
    assert not method.training and torch.isfinite(method.map(problem[0])).all()


@pytest.mark.parametrize("break_it, message", [
    (lambda m, x: setattr(m, "loss", lambda batch: m.map(batch[0]).mean() * float("nan")),
     "Step 0: the loss is nan.*inside the loss"),
    (lambda m, x: x.__setitem__((slice(None), 0), float("inf")), "Step 0: .*The batch itself holds NaN or infinity"),
    (lambda m, x: m.map.weight.data.fill_(float("nan")), "Step 0: .*map.weight.*learning rate"),
    (lambda m, x: setattr(m, "loss", lambda batch: (m.map(batch[0]) * 0).square().sum().sqrt()),
     "Step 0: .*gradient of map.weight.*norm of exactly 0"),
])
def test_numbers_that_are_none_stop_the_run_with_the_likely_cause(problem, break_it, message):
    method, (x, y) = Regression(), (problem[0].clone(), problem[1])
    break_it(method, x)
    with pytest.raises(training.Diverged, match=message):
        training.train(method, (x, y), steps=3, **SHORT)


def test_a_learning_rate_that_is_too_high_is_named(problem):
    with pytest.raises(training.Diverged, match=r"Step \d+: .*learning rate"):
        training.train(Regression(), problem, steps=500, optimizer="sgd", warmup=0.0, **{**SHORT, "lr": 1e20})


class Checking(Regression):
    """A method that looks at its numbers itself, as most losses do, and so is the first to see that they are none."""

    def loss(self, batch):
        losses.negative_cosine_similarity(1e30 * self.map(batch[0]), batch[1])
        return super().loss(batch)


def test_a_check_inside_the_loss_is_told_with_its_step_and_cause(problem):
    with pytest.raises(training.Diverged, match=r"^Step \d+: x0: got NaN or .*wanted finite numbers\. The weights map.weight "
                                                r"have grown .*learning rate \(1e\+20") as told:
        training.train(Checking(), problem, steps=500, optimizer="sgd", warmup=0.0, **{**SHORT, "lr": 1e20})
    assert isinstance(told.value.__cause__, ValueError)
    with pytest.raises(training.Diverged, match="Step 0: .*The batch itself"):
        training.train(Checking(), (problem[0] / 0, problem[1]), steps=2, **SHORT)


def test_an_error_that_is_not_about_numbers_stays_what_it_is(problem):
    with pytest.raises(ValueError, match="x0, x1: got shapes"):
        training.train(Checking(), (problem[0], problem[1].repeat(1, 2)), steps=2, **SHORT)


def test_a_broken_gradient_of_weights_that_blew_up_is_the_learning_rate_s_doing(problem):
    """Catches "add a small epsilon" where the weights were 10¹² a step before."""
    method = Regression()

    method.loss = lambda batch: (method.map.weight - 1).square().sum() + Late.apply(method.map.weight, len(method.progress))
    with pytest.raises(training.Diverged, match="Step 3: .*gradient of map.weight is not.*learning rate"):
        training.train(method, problem, steps=6, optimizer="sgd", warmup=0.0, **{**SHORT, "lr": 1e3})


class Late(torch.autograd.Function):
    """0, whose gradient is NaN from step 3 on."""

    @staticmethod
    def forward(ctx, x, step):
        ctx.step = step
        return x.sum() * 0

    @staticmethod
    def backward(ctx, gradient):
        return torch.full((1, 6), float("nan") if ctx.step >= 3 else 0.0), None


def test_batches_of_each_kind_of_data():
    shapes, x = data.shapes(10), torch.arange(10.0)
    images, labels = Batches(shapes, 4, seed=0).take(torch.tensor([2, 5]))
    assert torch.equal(images, shapes.images[[2, 5]]) and torch.equal(labels, shapes.labels[[2, 5]])
    assert torch.equal(Batches(x, 4, seed=0).take(torch.tensor([1, 3])), torch.tensor([1.0, 3.0]))
    a, b = Batches([x, x + 1], 4, seed=0).take(torch.tensor([1]))
    assert (a.item(), b.item()) == (1.0, 2.0)


@pytest.mark.parametrize("changed, message", [
    ({"steps": None}, "steps, epochs, seconds"), ({"epochs": 1}, "steps, epochs, seconds"), ({"steps": 0}, "steps: got 0"),
    ({"steps": None, "seconds": -1}, "seconds"), ({"steps": None, "epochs": 0}, "epochs"),
    ({"batch_size": 129}, "batch_size"), ({"batch_size": 0}, "batch_size"), ({"lr": 0}, "lr"),
    ({"weight_decay": -1}, "weight_decay"), ({"optimizer": "adam"}, "adamw"),
    ({"warmup": 1}, "warmup"), ({"clip": 0}, "clip"), ({"every": 0}, "every"), ({"momentum": 1}, "momentum"),
    ({"method": nn.Linear(2, 2)}, "method"), ({"data": []}, "data"), ({"data": "cifar10"}, "data"),
    ({"data": (torch.zeros(64, 6), torch.zeros(63, 1))}, "data"), ({"seed": "0"}, "seed"),
])
def test_bad_input(problem, changed, message):
    given = {"method": Regression(), "data": problem, "steps": 2, **SHORT, **changed}
    with pytest.raises(ValueError, match=message):
        training.train(given.pop("method"), given.pop("data"), **given)


@pytest.mark.parametrize("arguments, message", [((-0.1,), "progress"), ((0.5, 1.0), "warmup"), (("half",), "progress")])
def test_bad_schedule(arguments, message):
    with pytest.raises(ValueError, match=message):
        training.warmup_cosine(*arguments)


def interrupted(problem, desc):
    """A training of that name, stopped after its second step."""
    method = Regression()

    def after_step(progress):
        if progress > 0.15:
            raise KeyboardInterrupt

    method.after_step = after_step
    with pytest.raises(KeyboardInterrupt) as stop:
        training.train(method, problem, steps=10, desc=desc, **SHORT)
    return stop.value


def test_a_stop_is_told_until_a_training_of_that_name_came_to_its_end(problem):
    interrupted(problem, "jigsaw"), interrupted(problem, "rotation")
    assert training.stopped() == ["jigsaw: stopped after 1 of 10 steps", "rotation: stopped after 1 of 10 steps"]
    training.train(Regression(), problem, steps=2, desc="jigsaw", **SHORT)
    assert training.stopped() == ["rotation: stopped after 1 of 10 steps"]


def test_a_notebook_shows_one_sentence_for_a_stop_and_no_traceback(problem):
    from IPython.core.interactiveshell import InteractiveShell

    stop, shown = interrupted(problem, "jigsaw"), []
    shell = InteractiveShell.instance()
    shell._showtraceback = lambda kind, error, lines: shown.append(lines)
    shell.showtraceback((type(stop), stop, stop.__traceback__))
    InteractiveShell.clear_instance()
    assert shown == [[str(stop)]] and "\n" not in str(stop)


def test_momentum_is_nesterov_s(problem):
    """By hand, (Sutskever et al., 2013): v ← μ v + g, θ ← θ − lr (g + μ v)."""
    x, y = problem
    method = Regression()
    method.loss = lambda batch: (method.map(x) - y).square().mean()
    w, b = (p.detach().double() for p in method.parameters())
    history = training.train(method, problem, steps=4, optimizer="sgd", momentum=0.8, warmup=0.0, **SHORT)
    moving = [torch.zeros_like(w), torch.zeros_like(b)]
    for rate in history.lr:
        error = x.double() @ w.T + b - y.double()
        gradient = [2 * (error.T @ x.double()) / len(x), 2 * error.mean(0)]
        moving = [0.8 * v + g for v, g in zip(moving, gradient)]
        w, b = (p - rate * (g + 0.8 * v) for p, g, v in zip((w, b), gradient, moving))
    torch.testing.assert_close(method.map.weight.double(), w, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(method.map.bias.double(), b, rtol=1e-5, atol=1e-6)


def test_recent_is_the_end_of_the_curve():
    history = training.History(loss=[9.0, 5.0, 3.0, 1.0])
    assert history.recent(2) == 2.0 and history.recent() == 4.5 and math.isnan(training.History().recent())
    assert repr(training.History()) == "History(no step taken)" and "9.000" in repr(history)


def test_no_seed_s_second_epoch_is_the_next_seed_s_first():
    orders = {(seed, epoch): tuple(Batches(torch.arange(50.0), 50, seed).index(epoch).tolist())
              for seed in range(5) for epoch in range(5)}
    assert len(set(orders.values())) == 25


def test_a_run_in_seconds_that_is_resumed_goes_on_where_its_time_was(problem, monkeypatch, tmp_path):
    now = [0.0]
    monkeypatch.setattr(schedule.time, "perf_counter", lambda: now[0])

    class Slow(Regression):
        def loss(self, batch):
            now[0] += 1.0
            if now[0] == 7.0:
                raise KeyboardInterrupt
            return super().loss(batch)

    run = dict(seconds=10, every=2, checkpoint=tmp_path / "run.safetensors", **SHORT)
    with pytest.raises(training.Interrupted):
        training.train(Slow(), problem, **run)
    now[0] = 100.0
    history = training.train(Slow(), problem, **run)
    assert history.steps == 10 and history.seconds == 10


def test_weights_that_are_merely_large_are_not_blamed(problem):
    """Catches a bound so low that sound weights of 2 hide the true cause."""
    method = Regression()
    method.map.weight.data.fill_(2.0)
    method.loss = lambda batch: method.map(batch[0]).mean() * float("nan")
    with torch.no_grad():
        method.map.weight.mul_(1.5)
    with pytest.raises(training.Diverged, match="Batch and weights are finite, so it broke inside the loss"):
        training.train(method, problem, steps=2, **SHORT)
    grown = Regression()
    grown.loss = lambda batch: (grown.map(batch[0]) - 40).square().mean() * (1 if grown.map.bias < 20 else float("nan"))
    with pytest.raises(training.Diverged, match="broke inside the loss"):
        training.train(grown, problem, steps=200, optimizer="sgd", warmup=0.0, **SHORT)
