"""What the doctor looks at: one function for each thing that a lab depends on.

Every check returns findings. What it judges by comes in as arguments, with this machine as the default.
"""

from __future__ import annotations

import dataclasses
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

INSTALL = "In the course's folder: make setup, or pip install --constraint requirements.lock --editable ."
LAB_MEMORY = 3e9  # bytes: the most that a lab may use
DATA_ROOM = 1e9  # bytes: the largest data set, while it is unpacked
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and what to do about it where it will not do.

    state   "ok"; "warn": the labs run, but slower, or without something; "bad": a lab cannot run
    """

    name: str
    value: str
    state: str = "ok"
    advice: str = ""


def judge(name: str, value: str, wrong: bool, state: str, advice: str) -> Finding:
    """A finding with `state` and `advice` if something is `wrong`, and without them if not."""
    return Finding(name, value, state, advice) if wrong else Finding(name, value)


# --- software ---


def python(version: Sequence[int] = sys.version_info, where: str = sys.executable) -> list[Finding]:
    """Python itself: 3.11 or newer."""
    value = f"{'.'.join(map(str, version[:3]))} ({platform.system()} {platform.machine()}, {where})"
    old = tuple(version[:2]) < (3, 11)
    return [judge("python", value, old, "bad", "Make the environment anew, with Python 3.11 or newer.")]


def packages(
    floors: Mapping[str, str] | None = None, version: Callable[[str], str] = metadata.version
) -> list[Finding]:
    """Each package that the course needs, installed against the floor that pyproject.toml sets."""
    found = []
    for name, floor in (required() if floors is None else floors).items():
        try:
            have = version(name)
        except metadata.PackageNotFoundError:
            found.append(Finding(name, f"missing (wanted {floor} or newer)", "bad", INSTALL))
            continue
        old = numbers(have) < numbers(floor)
        found.append(judge(name, f"{have} (wanted {floor} or newer)" if old else have, old, "bad", INSTALL))
    return found


def required() -> dict[str, str]:
    """{package: floor} from pyproject.toml beside the package, or from what was recorded when it was installed."""
    file = Path(__file__).resolve().parent.parent / "pyproject.toml"
    if file.is_file():
        import tomllib

        lines = tomllib.loads(file.read_text(encoding="utf-8"))["project"]["dependencies"]
    else:
        lines = [line for line in metadata.requires("sslcourse") or [] if "extra ==" not in line]
    return dict(re.match(r"([\w.-]+)\s*>=\s*([\d.]+)", line).groups() for line in lines)


def numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version, to compare it by.

    >>> numbers("2.14.1+cpu") > numbers("2.9")
    True
    """
    return tuple(int(number) for number in re.match(r"[\d.]*", version).group().split(".") if number)


def kernel(command: str | None = None) -> list[Finding]:
    """Whether notebooks run in this very Python; `command` is what Jupyter starts for the kernel named python3."""
    if command is None:
        from jupyter_client.kernelspec import KernelSpecManager

        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    here = command in ("python", "python3") or os.path.realpath(command) == os.path.realpath(sys.executable)
    advice = "Another kernel called python3 stands before this one: jupyter kernelspec remove python3"
    return [judge("notebook kernel", "this Python" if here else command, not here, "bad", advice)]


def controls(folders: Sequence[str] | None = None) -> list[Finding]:
    """Whether JupyterLab can show the labs' sliders and buttons; `folders` are where it looks for its extensions."""
    if folders is None:
        from jupyter_core.paths import jupyter_path

        folders = jupyter_path("labextensions")
    shown = any((Path(folder) / "@jupyter-widgets" / "jupyterlab-manager").is_dir() for folder in folders)
    value = "ready" if shown else "missing: they would show as text"
    return [judge("notebook controls", value, not shown, "bad", "pip install --force-reinstall jupyterlab_widgets")]


# --- hardware ---


def device() -> list[Finding]:
    """What the labs compute on, and whether a GPU goes unused."""
    import torch

    from . import runtime

    try:
        where = runtime.device()
        torch.zeros(1, device=where)
    except Exception as error:  # torch has many words for "no such device"
        advice = "SSLCOURSE_DEVICE asks for a device that cannot be used here: unset it."
        return [Finding("device", str(error).splitlines()[0], "bad", advice)]
    if where.type == "cuda":
        room = torch.cuda.get_device_properties(0).total_memory
        return [Finding("device", f"cuda: {torch.cuda.get_device_name()}, {_gb(room)}")]
    chosen, seen = os.environ.get("SSLCOURSE_DEVICE"), shutil.which("nvidia-smi") is not None
    built_for = torch.version.cuda
    why = f"its driver is too old for CUDA {built_for}" if built_for else "this torch is built without CUDA"
    advice = f"There seems to be an NVIDIA GPU, but {why}. The labs run on the CPU meanwhile."
    value = f"{where.type} ({torch.backends.cpu.get_cpu_capability()})"
    return [judge("device", value, where.type == "cpu" and seen and not chosen, "warn", advice)]


def bfloat16() -> list[Finding]:
    """Whether bfloat16 makes training faster here: measured on a CPU, known of a GPU."""
    from . import runtime

    used, where = runtime.bfloat16_pays(), runtime.device().type
    if where != "cpu":
        return [Finding("bfloat16", f"{'used' if used else 'not used'} on this {where} device")]
    return [judge_bfloat16(runtime.bfloat16_ratio(rounds=15), used, runtime.home() / "bfloat16.json")]


def judge_bfloat16(ratio: float, used: bool, memory: Path) -> Finding:
    """What was measured just now, `ratio`, beside what was measured once, is remembered, and is acted upon: `used`."""
    value = f"{ratio:.2f} times as fast as float32 in a small training step; {'used' if used else 'not used'}"
    advice = "What was measured earlier says otherwise: the machine was busy one of the two times. "
    advice += f"To measure afresh when it is quiet, delete {memory}"
    return judge("bfloat16", value, used != (ratio > 1.1), "warn", advice)


def threads(threads: int | None = None, processors: int | None = None) -> list[Finding]:
    """torch's threads against the processors that this process may use (half as many will do)."""
    if threads is None:
        import torch

        threads = torch.get_num_threads()
    if processors is None:
        processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    many = threads > processors
    wrong = many or threads < processors // 2
    advice = "More threads than processors slow each other down" if many else "Most processors stay idle"
    value = f"{threads} on {processors} processors"
    return [judge("threads", value, wrong, "warn", f"{advice}: set OMP_NUM_THREADS={processors}")]


def memory(free: float | None = None) -> list[Finding]:
    """Free memory, in bytes, against what the largest lab takes."""
    if free is None:
        import psutil

        free = psutil.virtual_memory().available
        limit, used = (Path("/sys/fs/cgroup") / f"memory.{what}" for what in ("max", "current"))
        if limit.is_file() and limit.read_text().strip().isdecimal():  # a container may have less than its host
            free = min(free, int(limit.read_text()) - int(used.read_text()))
    advice = f"A lab may need {_gb(LAB_MEMORY)}: close other programs, and the kernels of other notebooks."
    return [judge("free memory", _gb(free), free < LAB_MEMORY, "warn", advice)]


def folders() -> list[Finding]:
    """The two folders that the course writes to: for data, and for a student's progress."""
    from . import runtime

    return [
        folder("data folder", runtime.data_folder(), "SSLCOURSE_DATA", DATA_ROOM),
        folder("progress folder", runtime.home(), "SSLCOURSE_HOME", 1e7),
    ]


def folder(name: str, path: Path, variable: str, room: float) -> Finding:
    """Whether `path` (or the nearest place above it that exists) can be written to, and has `room` bytes free."""
    place = next(p for p in (path.absolute(), *path.absolute().parents) if p.exists())
    if not place.is_dir() or not os.access(place, os.W_OK):
        advice = f"Set {variable} to a folder where you may write."
        return Finding(name, f"{path} cannot be written to", "warn", advice)
    free = shutil.disk_usage(place).free
    advice = f"Make {_gb(room)} of room there, or set {variable} to a folder on another disk."
    return judge(name, f"{path} ({_gb(free)} free)", free < room, "warn", advice)


# --- data and its sources ---


def data() -> list[Finding]:
    """Each data set: fetched or not, and every file of it still as it was."""
    from .data import catalogue, store

    found = []
    for name in catalogue.names():
        if not store.is_cached(name):
            size = catalogue.entry(name).download_bytes / 1e6
            found.append(Finding(f"data: {name}", f"not fetched yet ({size:.0f} MB; a lab that needs it fetches it)"))
            continue
        faults = "; ".join(store.verify(name))
        advice = f"python -m sslcourse data {name} --again"
        found.append(judge(f"data: {name}", faults or "fetched, and whole", bool(faults), "bad", advice))
    return found


def npm() -> list[Finding]:
    """npm, which some data sets are fetched with."""
    from .data.npm import command

    try:
        return [Finding("npm", command()[-1])]
    except RuntimeError as error:
        return [Finding("npm", "not found", "warn", f"Some data sets cannot be fetched: {error}.")]


def chromium(which: Callable[[str], str | None] = shutil.which) -> list[Finding]:
    """A Chromium: nothing that a student needs, but the browser test does."""
    path = next(filter(None, map(which, BROWSERS)), None)
    return [Finding("chromium", path or "not found (only the course's own browser test needs it)")]


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 1e8 else f"{size / 1e9:.2f} GB"


CHECKS = (
    python, packages, kernel, controls, device, bfloat16, threads, memory, folders, data, npm, chromium,
)
