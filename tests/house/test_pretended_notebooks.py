"""What `make test-pretended` does to a notebook: right answers in its stubs; a fault in a cell or a failed answer is told."""

from __future__ import annotations

import ast

import nbformat
import pytest

from tests.tools import pretended_notebooks as tool
from tests.tools.pretended_notebooks import ROOT

STUB = '''import torch
%matplotlib inline
def uniformity(z, t=2.0):
    """How evenly."""
    ...  # a comment


uniformity = exercises.uniformity.check(uniformity)
print("after")'''


def test_the_answer_stands_in_the_stub_s_place_and_the_rest_stays():
    source = tool.answered(STUB)
    assert source.startswith("import torch\n%matplotlib inline\n") and source.endswith(STUB[STUB.index("\n\n\nuniformity"):])
    assert "..." not in source and "def uniformity(z, t=2.0):" in source


@pytest.mark.parametrize("path", sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")), ids=lambda path: path.stem)
def test_every_lab_s_stubs_are_found(path):
    cells = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    asked = [source for source in cells if ".check(" in source and "exercises." in source]
    assert len(asked) >= 2
    for source in asked:
        answered = tool.answered(source)
        assert answered != source
        ast.parse("\n".join("" if line.startswith(("%", "!")) else line for line in answered.splitlines()))


@pytest.mark.slow
@pytest.mark.parametrize(("source", "told"), [
    ("x = torch.ones(3, device=runtime.device())\nassert x.is_cuda and (x[[0, 2]] * 2).sum().item() == 4", ""),
    ("torch.ones(3, device=runtime.device()) + torch.zeros(3)", "Expected all tensors to be on the same device"),
    ("assert data.shapes(8).images.to(runtime.device()).device.type == 'cuda'\n" + STUB, ""),
], ids=["a second device", "two devices meet", "an exercise"])
def test_what_goes_wrong_in_a_notebook_is_told(tmp_path, monkeypatch, source, told):
    for name in ("IPYTHONDIR", "SSLCOURSE_HOME", "SSLCOURSE_DEVICE", "SSLCOURSE_REHEARSAL", "PYTHONPATH"):
        monkeypatch.setenv(name, "")        # put back afterwards: the tool runs in a process of its own
    head = "import torch\nfrom sslcourse import data, exercises, runtime"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(head), nbformat.v4.new_code_cell(source)])
    nbformat.write(notebook, tmp_path / "01_small.ipynb")
    found = tool.faults(tmp_path / "01_small.ipynb")
    assert told in "".join(found) and bool(found) == bool(told), found
