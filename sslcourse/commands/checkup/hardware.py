"""What a lab computes on: the device, its precision, its threads, its memory."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .finding import Finding, gb, judge

LAB_MEMORY = 3e9  # bytes: the most that a lab may use


def device() -> list[Finding]:
    """What the labs compute on, and whether a GPU goes unused."""
    import torch

    from ... import runtime

    try:
        where = runtime.device()
        torch.zeros(1, device=where)
    except Exception as error:  # torch has many words for "no such device"
        advice = "SSLCOURSE_DEVICE asks for a device that cannot be used here: unset it."
        return [Finding("device", str(error).splitlines()[0], "bad", advice)]
    if where.type == "cuda":
        room = torch.cuda.get_device_properties(0).total_memory
        return [Finding("device", f"cuda: {torch.cuda.get_device_name()}, {gb(room)}")]
    chosen, seen = os.environ.get("SSLCOURSE_DEVICE"), shutil.which("nvidia-smi") is not None
    built_for = torch.version.cuda
    why = f"its driver is too old for CUDA {built_for}" if built_for else "this torch is built without CUDA"
    advice = f"There seems to be an NVIDIA GPU, but {why}. The labs run on the CPU meanwhile."
    value = f"{where.type} ({torch.backends.cpu.get_cpu_capability()})"
    return [judge("device", value, where.type == "cpu" and seen and not chosen, "warn", advice)]


def bfloat16() -> list[Finding]:
    """Whether bfloat16 makes training faster here: measured on a CPU, known of a GPU."""
    from ... import runtime

    used, where = runtime.bfloat16_pays(), runtime.device().type
    if where != "cpu":
        return [Finding("bfloat16", f"{'used' if used else 'not used'} on this {where} device")]
    return [judge_bfloat16(runtime.bfloat16_ratio(rounds=15), used, runtime.home() / "bfloat16.json")]


def judge_bfloat16(ratio: float, used: bool, memory: Path) -> Finding:
    """What was measured just now, `ratio`, beside what was measured once, is remembered, and is acted upon: `used`."""
    value = f"{ratio:.2f} times as fast as float32 in a small training step; {'used' if used else 'not used'}"
    advice = "What was measured earlier says otherwise: the machine was busy one of the two times. "
    advice += f"To measure again when it is quiet, delete {memory}"
    return judge("bfloat16", value, used != (ratio > 1.1), "warn", advice)


def threads(threads: int | None = None, processors: int | None = None) -> list[Finding]:
    """torch's threads against the processors that this process may use (half as many will do)."""
    if threads is None:
        import torch

        threads = torch.get_num_threads()
    if processors is None:
        from ...threads import processors as count

        processors = count()
    many = threads > processors
    wrong = many or threads < processors // 2
    advice = "More threads than processors slow each other down" if many else "Most processors stay idle"
    value = f"{threads} on {processors} processors"
    return [judge("threads", value, wrong, "warn", f"{advice}: set OMP_NUM_THREADS={processors}")]


def busy(taken: float | None = None, processors: int | None = None) -> list[Finding]:
    """What other programs take of the processors now: the labs leave it to them, and take longer."""
    from ... import threads

    taken = threads.look(seconds=1.0) if taken is None else taken
    processors = threads.processors() if processors is None else processors
    left = threads.free(taken, processors)
    advice = f"A lab trains with {left} of {processors} threads until they are done, so a step takes longer, and a training "
    advice += "that is counted in seconds gets fewer steps: close what computes beside it."
    value = f"take {taken:.1f} of {processors} processors"
    return [judge("other programs", value, taken >= 0.5, "warn", advice)]


def memory(free: float | None = None) -> list[Finding]:
    """Free memory, in bytes, against what the largest lab takes."""
    if free is None:
        import psutil

        free = psutil.virtual_memory().available
        limit, used = (Path("/sys/fs/cgroup") / f"memory.{what}" for what in ("max", "current"))
        if limit.is_file() and limit.read_text().strip().isdecimal():  # a container may have less than its host
            free = min(free, int(limit.read_text()) - int(used.read_text()))
    advice = f"A lab may need {gb(LAB_MEMORY)}: close other programs, and the kernels of other notebooks."
    return [judge("free memory", gb(free), free < LAB_MEMORY, "warn", advice)]
