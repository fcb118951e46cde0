"""The exercises in a real Jupyter kernel: every cell is a file of its own, and a loop must not hang the notebook."""

import os
import subprocess
import sys

import pytest
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

pytestmark = pytest.mark.slow

CELLS = {
    "import": "import time, torch\nfrom sslcourse import exercises",
    "stub": "def pca(X, k):\n    '''The mean, the components and the variances.'''\n    ...  # your code here\n\n"
            "pca = exercises.pca.check(pca)",
    "again": "pca = exercises.pca.check(pca)",
    "helper": "def centre(X):\n    offset = X.mean(dim=1)\n    return X - offset",
    "error": "def pca(X, k):\n    centred = centre(X)\n    return centred\n\npca = exercises.pca.check(pca)",
    "loop": "exercises.reconstruct.limit = 0.5\ndef reconstruct(X, mean, components):\n    while True:\n        try:\n"
            "            print('again')\n        except:\n            pass\n\n"
            "reconstruct = exercises.reconstruct.check(reconstruct)",
    "hole": "def reconstruct(X, mean, components):\n    Z = (X - mean) @ components.T\n    back = ...\n"
            "    return back\n\nreconstruct = exercises.reconstruct.check(reconstruct)",
    "exit": "def perplexity(D, sigma):\n    raise SystemExit\n\nperplexity = exercises.perplexity.check(perplexity)",
    "passes": "def reconstruct(X, mean, components):\n    print('hello')\n    Z = (X - mean) @ components.T\n"
              "    return mean + Z @ components\n\nreconstruct = exercises.reconstruct.check(reconstruct)",
    "solution": "exercises.pca.solution()",
    "end": "print(tuple(pca(torch.rand(9, 4), 2)[1].shape), 'the end')",
    "value": "exercises.pca",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    """What each cell showed, run once from the first to the last by the kernel of this Python."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in CELLS.values()])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSLCOURSE_HOME", str(tmp_path_factory.mktemp("home")))
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    return {name: cell.outputs for name, cell in zip(CELLS, notebook.cells)}


def plain(shown):
    [output] = shown
    return " ".join((output.get("text") or output["data"]["text/plain"]).split())


def test_the_cells_end_whatever_is_in_them(outputs):
    assert plain(outputs["end"]) == "(2, 4) the end"


@pytest.mark.parametrize("cell, first", [
    ("stub", "pca: not attempted · this notebook uses the package's pca"),
    ("again", "pca: not attempted · this notebook uses the package's pca"),
    ("error", "pca: not yet · this notebook uses the package's pca"),
    ("loop", "reconstruct: not yet · this notebook uses the package's reconstruct"),
    ("passes", "reconstruct: passed · this notebook now uses your reconstruct"),
])
def test_a_check_shows_one_panel_as_html_and_as_text(cell, first, outputs):
    [output] = outputs[cell]
    assert output["output_type"] == "display_data" and set(output["data"]) == {"text/html", "text/plain"}
    assert output["data"]["text/plain"].splitlines()[0] == first


@pytest.mark.parametrize("cell, words", [
    ("error", "Line 3 of your cell: return X - offset RuntimeError: The size of tensor a (6) must match"),
    ("error", "At that moment: X (40, 6) float32, offset (40,) float32."),
    ("loop", "It was still running when its time was up, and was stopped."), ("loop", "What your code printed again"),
    ("hole", "Line 3 of your cell: back = ..."), ("exit", "Your code raises SystemExit"),
    ("solution", "U, S, Vh = torch.linalg.svd(X - mean, full_matrices=False)"),
    ("value", "pca: Principal components by SVD (about 15 min"),
])
def test_a_panel_tells_what_happened_in_the_students_own_cell(cell, words, outputs):
    assert words in plain(outputs[cell])


def test_the_ipython_prompt_shows_plain_text(tmp_path):
    """In a terminal there is no HTML: IPython prints the text, and no object's address."""
    code = ("from sslcourse import exercises\ndef pca(X, k): pass\n\n"
            "pca = exercises.pca.check(pca)\nexercises.reconstruct.hint()\n")
    command = [sys.executable, "-m", "IPython", "--simple-prompt", "--no-banner", "--colors=NoColor"]
    own = {"SSLCOURSE_HOME": str(tmp_path), "IPYTHONDIR": str(tmp_path), "PYTHONUTF8": "1"}
    done = subprocess.run(command, input=code, capture_output=True, timeout=120, encoding="utf-8", env={**os.environ, **own})
    assert "pca: not attempted · this notebook uses the package's pca\n" in done.stdout
    assert "reconstruct: hint 1 of 3\n" in done.stdout and "<" not in done.stdout.replace("<IPython", "")
