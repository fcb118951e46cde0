"""The software that a lab depends on: Python, the packages, the notebooks' kernel, the controls' extension."""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import metadata
from pathlib import Path

from .finding import Finding, judge

INSTALL = "In the course's folder: make setup, or pip install --constraint requirements.lock --editable ."


def python(
    version: Sequence[int] = sys.version_info, where: str = sys.executable, system: str = platform.system(),
    machine: str = platform.machine(),
) -> list[Finding]:
    """Python itself: 3.11 or newer, and on a system that there is a PyTorch for."""
    value = f"{'.'.join(map(str, version[:3]))} ({system} {machine}, {where})"
    if (system, machine) == ("Darwin", "x86_64"):
        advice = ("PyTorch has no files for Intel Macs (nor for a Python that was made for one and runs on Apple silicon: "
                  "install an arm64 one there). Use another computer, or a notebook service such as Colab.")
        return [Finding("python", value, "bad", advice)]
    old = tuple(version[:2]) < (3, 11)
    return [judge("python", value, old, "bad", "Make the environment again, with Python 3.11 or newer.")]


def course(root: Path | None = None) -> list[Finding]:
    """The course around the package: a wheel, installed alone, has neither labs nor the list of data sets."""
    from ... import runtime

    root = root or runtime.course_root()
    advice = "The labs are in the course's repository: clone it, and run make setup there, or pip install --editable ."
    return [judge("course", str(root or "not beside this package"), root is None, "bad", advice)]


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
    file = Path(__file__).resolve().parents[3] / "pyproject.toml"
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
    advice = "Another kernel called python3 is found before this one: jupyter kernelspec remove python3"
    return [judge("notebook kernel", "this Python" if here else command, not here, "bad", advice)]


def controls(folders: Sequence[str] | None = None) -> list[Finding]:
    """Whether JupyterLab can show the labs' sliders and buttons; `folders` are where it looks for its extensions."""
    if folders is None:
        from jupyter_core.paths import jupyter_path

        folders = jupyter_path("labextensions")
    shown = any((Path(folder) / "@jupyter-widgets" / "jupyterlab-manager").is_dir() for folder in folders)
    value = "ready" if shown else "missing: they would show as text"
    return [judge("notebook controls", value, not shown, "bad", "pip install --force-reinstall jupyterlab_widgets")]
