"""What website/start.md tells a reader of Colab and Binder: the links are right, and the lines do what they say."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from website import pages

ROOT = Path(__file__).resolve().parents[2]
LAB = "01_pca_tsne_umap"
ASKS = "import sslcourse; from sslcourse import labs; print(sslcourse.__file__, labs.root(), len(labs.names()), sep='\\n')"


def lines(address: str) -> list[str]:
    """The lines for Colab's first cell."""
    text = (ROOT / "website" / "start.md").read_text(encoding="utf-8")
    block, = re.findall(r"\*\*Colab\.\*\*.*?```sh\n(.*?)```", text, re.S)
    return block.replace("ADDRESS", address).splitlines()


def test_a_page_leads_to_colab_and_binder_where_the_address_is_known():
    told = pages.elsewhere(LAB, "https://github.com/someone/course")
    assert f"(https://colab.research.google.com/github/someone/course/blob/HEAD/labs/{LAB}.ipynb)" in told
    assert f"(https://mybinder.org/v2/gh/someone/course/HEAD?labpath=labs/{LAB}.ipynb)" in told
    assert pages.elsewhere(LAB, "") == pages.elsewhere(LAB, "https://git.example/someone/course") == ""


def test_the_address_is_filled_in_and_the_lines_are_three():
    clone, change, install = lines("https://github.com/someone/course")
    assert clone.startswith("!git clone --depth 1 https://github.com/someone/course ") and change == "%cd sslcourse"
    assert install.startswith("!pip install ") and install.endswith("--editable .")


@pytest.mark.install
def test_the_lines_for_colab_work_where_torch_is_there_already(tmp_path):
    """As on Colab: an environment that has the large packages, in which this course has never been."""
    folder = tmp_path / "env"
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    here = sysconfig.get_path("purelib", vars={"base": str(folder), "platbase": str(folder)})
    Path(here, "large.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    environment = {**os.environ, "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}", "VIRTUAL_ENV": str(folder)}
    environment.pop("PYTHONPATH", None)
    where = tmp_path
    for line in lines(ROOT.as_uri()):
        if line.startswith("%cd "):
            where = where / line.removeprefix("%cd ")
        else:
            done = subprocess.run(line.removeprefix("!"), shell=True, cwd=where, env=environment, capture_output=True,
                                  text=True)
            assert done.returncode == 0, f"{line}\n{done.stderr[-2000:]}"
    # from a folder that holds nothing: beside the clone, Python would take the folder sslcourse for a package without files
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    asked = subprocess.run([python, "-c", ASKS], cwd=elsewhere, env=environment, capture_output=True, text=True)
    assert asked.returncode == 0, asked.stderr[-2000:]
    package, root, count = asked.stdout.split("\n")[:3]
    assert Path(package).is_relative_to(where) and Path(root) == where, asked.stderr
    assert int(count) == len(list((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")))
