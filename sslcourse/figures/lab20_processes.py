"""Lab 20: a step that several processes share, started as a cluster would start it, and held against one process's."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from .. import labs, plots

LIMIT = 300  # seconds
BEFORE = """\
import sys

import torch
from torch import nn

from sslcourse import losses, methods, models, processes
from sslcourse.training import parallel
from sslcourse.training.sync_batchnorm import shared_statistics


"""
AFTER = """

if __name__ == "__main__":
    torch.set_num_threads(1)
    parallel.join()
    found = [{function}(argument) for argument in {arguments!r}]
    if processes.rank() == 0:
        torch.save(found, sys.argv[1])
"""


def torchrun(function: Callable, arguments: Sequence, processes: int = 2) -> dict:
    """{argument: what `function` returned in the first of so many processes}, which `torchrun` starts on this machine's CPU.

    The function's own source is written to a file, under the imports that BEFORE lists, as one would write a script for a
    cluster. Raises RuntimeError, with the end of what they said, when a process fails.
    """
    with tempfile.TemporaryDirectory() as folder:
        script, kept = Path(folder) / "step.py", Path(folder) / "found.pt"
        source = inspect.getsource(inspect.unwrap(function))
        after = AFTER.format(function=function.__name__, arguments=list(arguments))
        script.write_text(BEFORE + source + after, encoding="utf-8")
        environment = {**os.environ, "SSLCOURSE_DEVICE": "cpu", "CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "1",
                       "PYTHONPATH": os.pathsep.join(filter(None, [str(_package()), os.environ.get("PYTHONPATH", "")]))}
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        command += [str(script), str(kept)]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LIMIT)
        if ended.returncode:
            raise RuntimeError("torchrun: " + ended.stderr[-2000:])
        return dict(zip(arguments, torch.load(kept, weights_only=True)))


def _package() -> Path:
    return Path(labs.__file__).resolve().parents[1]


Step = tuple[float, Tensor]  # loss, gradient


def same(one: Step, two: Step, within: float = 1e-4) -> bool:
    """Whether loss and gradient agree, to a ten-thousandth of the gradient's length."""
    return abs(one[0] - two[0]) < within * abs(one[0]) and bool(_apart(one, two) < within)


def _apart(one: Step, two: Step) -> float:
    """The length of the difference of two gradients, over that of the first."""
    return float((one[1] - two[1]).norm() / one[1].norm())


def gradients(one: dict[str, Step], two: dict[str, Step]) -> None:
    """For each step how far the gradient of two processes is from that of one, on a logarithmic axis."""
    apart = {name: max(_apart(one[name], two[name]), 1e-9) for name in one}
    figure, axis = plots.new_figure(width=8.6, height=0.5 * len(apart) + 1.4)
    for y, (name, value) in enumerate(apart.items()):
        axis.plot(value, y, "o", markersize=10, color=plots.COLOURS[0 if same(one[name], two[name]) else 1])
        axis.annotate(f"{value:.1g}", (value, y), xytext=(10, 0), textcoords="offset points", va="center")
    axis.set_yticks(range(len(apart)), apart)
    axis.set(xscale="log", xlim=(1e-9, 10), ylim=(len(apart) - 0.5, -0.5),
             xlabel="length of the difference / length of the gradient", title="Two processes against one")
    axis.tick_params(axis="y", length=0)
    axis.grid(True, axis="x")
    plots.show(figure, alt="How far the gradient of two processes is from that of one, relative to its length: " + "; ".join(
        f"{name} {value:.1g}, loss {two[name][0]:.4f} against {one[name][0]:.4f}" for name, value in apart.items()) + ".")


def digits(one_message: Callable, two_messages: Callable, means: Sequence[float] = (0, 1, 10, 100, 1000, 10_000)) -> None:
    """The deviation that each way finds of two shares of rows with deviation 0.1, around larger and larger means."""
    drawn = 0.1 * torch.randn(2, 32, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found: dict[str, list[float]] = {"one message": [], "two messages": []}
    for mean in means:
        shares = list((drawn + mean).float())
        for values, way in zip(found.values(), (one_message, two_messages)):
            values.append(float(way(shares)[1].clamp(min=0).sqrt()))
    figure, axis = plots.new_figure(width=7.6, height=3.2)
    for (name, values), color, marker in zip(found.items(), (plots.COLOURS[1], plots.COLOURS[0]), "so"):
        axis.plot(range(len(means)), values, marker + "-", color=color, label=name, markersize=8)
    axis.axhline(float(drawn.std(correction=0)), color=plots.MUTED, linestyle=":", label="true")
    axis.set_xticks(range(len(means)), [f"{mean:,}" for mean in means])
    axis.set(xlabel="mean of the rows", ylabel="deviation found", title="float32: what is left of a deviation of 0.1")
    axis.grid(True)
    axis.legend()
    plots.show(figure, alt="The deviation that was found, where about 0.1 is right. " + "; ".join(
        f"{name}: " + ", ".join(f"{value:.3g} around {mean:,}" for mean, value in zip(means, values))
        for name, values in found.items()) + ".")
