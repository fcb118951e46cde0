"""Gather the wheels that `make test-gpu` needs where Python has PyTorch, but no Jupyter, and perhaps no network.

    python -m tests.tools.wheels FOLDER 3.12          (or: make wheels WHEELS=FOLDER)

The GPU machine's Python is taken to have what THERE names, and all that this needs. What it lacks is the rest of what
LACKING needs, in the versions installed here, as wheels for Linux on x86-64 and that version of Python.
"""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

from tests.tools.lock import needed_on

THERE = ("torch", "torchvision", "numpy", "pillow", "scikit-learn", "matplotlib", "numba")
LACKING = ("nbval", "nbclient", "ipywidgets", "anywidget", "umap-learn", "tqdm", "safetensors", "filelock", "psutil",
           "jsonschema", "pytest-xdist", "hypothesis", "packaging")
PLATFORMS = ("manylinux_2_28_x86_64", "manylinux_2_27_x86_64", "manylinux_2_24_x86_64", "manylinux_2_17_x86_64",
             "manylinux2014_x86_64", "manylinux_2_12_x86_64", "manylinux2010_x86_64", "manylinux1_x86_64")


def closure(names: tuple[str, ...]) -> set[str]:
    """The canonical names of these packages and of all that they need, as installed in this environment."""
    installed = [{"name": d.name, "requires_dist": d.requires or []} for d in metadata.distributions()]
    return needed_on("linux", installed, [(name, "") for name in names])


def main(folder: str, python: str) -> None:
    """Download the wheels into `folder`, for CPython of version `python`."""
    wanted = sorted(f"{name}=={metadata.version(name)}" for name in closure(LACKING) - closure(THERE))
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder]
    command += ["--implementation", "cp", "--python-version", python]
    command += [word for platform in PLATFORMS for word in ("--platform", platform)]
    subprocess.run([*command, *wanted], check=True)
    wheels = list(Path(folder).glob("*.whl"))
    print(f"{len(wheels)} wheels, {sum(wheel.stat().st_size for wheel in wheels) / 1e6:.0f} MB, in {folder}")


if __name__ == "__main__":
    main(*sys.argv[1:])
