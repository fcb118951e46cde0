"""The loop: one for every method of the course."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from torch import nn

from .. import expect, runtime, threads
from ..processes import mean_over_processes, rank
from . import arguments, identity, interrupt, parallel, watch
from . import checkpoint as checkpoints
from . import optimizer as optimizers
from .batches import Batches
from .history import History
from .schedule import Budget, warmup_cosine
from .sync_batchnorm import shared_statistics


def train(
    method: nn.Module, data, *, steps: int | None = None, epochs: float | None = None, seconds: float | None = None,
    batch_size: int = 256, lr: float = 1e-3, weight_decay: float = 1e-4, optimizer: str = "adamw", momentum: float = 0.9,
    warmup: float = 0.05, schedule: Callable[[float, float], float] = warmup_cosine, clip: float | None = None, seed: int = 0,
    bfloat16: bool | None = None, evaluate: Callable[[nn.Module, int], dict[str, float]] | None = None, every: int = 100,
    checkpoint: str | Path | None = None, desc: str = "training",
) -> History:
    """Train `method` on `data` for a number of steps, epochs or seconds, and return what happened.

        history = train(SimCLR(encoder), images, seconds=90)

    A method is an nn.Module with ``loss(batch) -> scalar`` and, if it wants, ``after_step(progress)``, called after every
    step with the share of the run that is done: EMA teachers move there. `data` is an ImageSet, a tensor or a tuple of
    tensors (see Batches). Batches come on the device as they are stored: images as uint8, which views make float.

    steps, epochs, seconds   the length of the run; exactly one of them
    lr, warmup               the highest learning rate, reached after the share `warmup` of the run; then down a cosine, or
    schedule                 as ``schedule(progress, warmup)`` says: a share of `lr`, for a progress from 0 to 1
    weight_decay             of weights; biases and norms have none
    optimizer, momentum      "adamw"; "sgd" or "muon", which take the momentum
    clip                     the longest gradient allowed (L2 norm over all parameters); None for no bound
    seed                     orders the batches, and seeds Python, NumPy and torch inside the run; all are put back after
    bfloat16                 mixed precision; None: where it pays on this machine
    evaluate, every          ``evaluate(method, step)`` after each `every` steps and at the end; its numbers go into the
                             history, and whatever it draws at random does not change the run. If it has a method
                             ``begin(method, history, desc)``, that is called before the first step (widgets.Watch)
    checkpoint               a file to go on from, kept up to date each `every` steps and at the end. On a CPU a run of so
                             many steps that was resumed equals an unbroken one: bit for bit where OMP_NUM_THREADS is set,
                             since otherwise the number of threads, and so the order of sums, follows what is free. A file
                             of another run (another method, architecture, data or settings) is refused at once

    Interrupt ends the run early, leaves `method` usable and raises Interrupted, which stops the cell (interrupt.py). A loss
    or gradient that is not a number raises Diverged, with the step and the likely cause, also where a check of the method's
    own was the first to see it. Under torchrun each process takes its share of every batch (parallel.py). Raises ValueError
    for a missing or double length, fewer rows than a batch, or a checkpoint of another run.
    """
    trainable = isinstance(method, nn.Module) and hasattr(method, "loss")
    expect.that(trainable, "method", method, "an nn.Module with loss(batch)")
    # NumPy's numbers are numbers: as Python's own they go into a checkpoint's JSON, and into random.seed.
    steps, epochs, seconds, batch_size, lr, weight_decay, momentum, warmup, clip, seed, every = map(
        arguments.plain, (steps, epochs, seconds, batch_size, lr, weight_decay, momentum, warmup, clip, seed, every))
    expect.integer(seed, "seed", at_least=0, at_most=2**31)
    batches = Batches(data, batch_size, seed)
    steps, name = arguments.length(steps, epochs, seconds, batches.per_epoch), desc
    if (share := runtime.rehearsal()) < 1:
        steps, seconds = steps and math.ceil(steps * share), seconds and seconds * share
        desc = f"{desc}, rehearsal"
    arguments.check_numbers(lr=lr, weight_decay=weight_decay, momentum=momentum, warmup=warmup, clip=clip, every=every)
    processes = parallel.join()
    expect.that(batch_size % processes == 0, "batch_size", batch_size, f"a multiple of the {processes} processes")

    # Channels last: the same numbers in an order that convolutions read faster (1.4 times on a CPU with AVX-512).
    method.to(runtime.device(), memory_format=torch.channels_last)
    batches.to(runtime.device())
    parallel.same_weights(method)
    updater = optimizers.make(method, optimizer, lr, weight_decay, momentum)
    parameters = [p for group in updater.param_groups for p in group["params"]]
    settings = dict(
        steps=steps, seconds=seconds, batch_size=batch_size, lr=lr, weight_decay=weight_decay, optimizer=optimizer,
        momentum=momentum, warmup=warmup, clip=clip, seed=seed, rows=batches.rows, processes=processes,
    )
    if schedule is not warmup_cosine:
        settings["schedule"] = schedule.__qualname__
    if checkpoint is not None:
        settings |= {"data": identity.of_data(batches.columns), **identity.of_method(method)}
    saved = checkpoints.File(checkpoint, method, updater, settings)
    autocast = runtime.autocast(bfloat16)  # may measure for some seconds, and so does the look at other programs: before
    threads.settle()                       # the budget's clock runs
    budget, history, watched = Budget(steps, seconds), History(), watch.Watch(method, lr)

    with (
        _own_randomness(seed + rank()), shared_statistics(method), _training_mode(method), _bar(steps, seconds, desc) as bar,
    ):
        if saved.exists():
            history, finished = saved.load()
            bar.update(history.steps)
            if finished:
                interrupt.whole(desc)
                return history
            budget.resume(history.seconds)
        with budget.paused():
            _begin(evaluate, method, history, name)
        try:
            while (progress := budget.progress(history.steps)) < 1:
                threads.settle()
                batch = batches.take(parallel.my_share(batches.index(history.steps)))
                rate = lr * schedule(progress, warmup)
                for group in updater.param_groups:
                    group["lr"] = rate

                with watched.forward(batch, history.steps), autocast:
                    loss = method.loss(batch)
                value = watched.loss(mean_over_processes(loss), batch, history.steps)

                updater.zero_grad()
                loss.backward()
                parallel.average_gradients(parameters)
                length = nn.utils.clip_grad_norm_(parameters, float("inf") if clip is None else clip)
                watched.gradient(length, history.steps)
                updater.step()
                if hasattr(method, "after_step"):
                    method.after_step(min(1.0, budget.progress(history.steps + 1)))

                history.add(value, rate, batch_size, budget.elapsed())
                bar.update()
                bar.set_postfix(loss=f"{history.recent():.3f}", refresh=False)
                if history.steps % every == 0:
                    with budget.paused():
                        _evaluate(evaluate, method, history)
                        saved.save(history, finished=False)
        except KeyboardInterrupt:  # perhaps in the middle of a step: the file keeps the last whole one
            raise interrupt.stop(history, steps, desc) from None
        _evaluate(evaluate, method, history)
        saved.save(history, finished=True)
    interrupt.whole(desc)
    return history


def _begin(evaluate: Callable | None, method: nn.Module, history: History, desc: str) -> None:
    """Tell `evaluate`, if it wants to know, that a run begins; the run's randomness stays as it was."""
    if hasattr(evaluate, "begin"):
        with _own_randomness(0):
            evaluate.begin(method, history, desc)


def _evaluate(evaluate: Callable | None, method: nn.Module, history: History) -> None:
    """Ask `evaluate`, unless it has been asked after this very step, and leave the run's randomness as it was."""
    asked = [found["step"] for found in history.evaluations[-1:]]
    if evaluate is None or asked == [history.steps]:
        return
    with _own_randomness(0):
        found = evaluate(method, history.steps)
    history.evaluations.append({"step": history.steps, **{name: float(value) for name, value in found.items()}})


@contextlib.contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Seed Python, NumPy and torch inside the block, and put them back as they were after it."""
    python, numpy = random.getstate(), np.random.get_state()
    try:
        with runtime.seeded(seed):
            random.seed(seed)
            np.random.seed(seed)
            yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)


@contextlib.contextmanager
def _training_mode(method: nn.Module) -> Iterator[None]:
    """Training mode inside the block; after it each submodule is in the mode that it was in."""
    modes = {module: module.training for module in method.modules()}
    method.train()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def _bar(steps: int | None, seconds: float | None, desc: str):
    """A progress bar, on the first process alone."""
    return runtime.progress(total=steps, seconds=seconds, desc=desc, unit="step") if rank() == 0 else _NoBar()


class _NoBar(contextlib.nullcontext):
    def __enter__(self) -> _NoBar:
        return self

    def update(self, n: int = 1) -> None: ...

    def set_postfix(self, **numbers: object) -> None: ...
