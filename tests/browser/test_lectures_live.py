"""Each lecture in JupyterLab, as an instructor who wants to compute before the class: it runs, and its controls move."""

from __future__ import annotations

import pytest

from tests.browser.jupyter import CHROMIUM, ROOT, Lab, browser_page, course_server
from tests.browser.panels import move_every_control

pytestmark = pytest.mark.browser

LECTURES = sorted((ROOT / "lectures").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (Debian: apt-get install chromium)")
@pytest.mark.parametrize("notebook", LECTURES, ids=lambda path: path.stem)
def test_it_runs_asks_nobody_and_its_controls_compute(notebook, tmp_path):
    # a server of its own for each: JupyterLab would open the lecture before it again, beside this one
    with course_server("01", tmp_path) as address, browser_page() as page:
        lecture = Lab(page, address.replace("my-labs/01_pca_tsne_umap.ipynb", f"lectures/{notebook.name}"))
        lecture.run_all(600)
        assert lecture.errors() == []
        move_every_control(lecture, notebook)
        lecture.screenshot(f"{notebook.stem}-live")
        assert lecture.strangers == []
