"""Every lab as a student meets it: all cells run, each control moved, an exercise answered wrongly and then rightly.

Training is cut to a rehearsal (SSLCOURSE_REHEARSAL): whether the numbers are right is for the notebooks' own test, which
runs them in full. A lab with a file of its own, test_labNN.py, is driven there. Screenshots land in tests/screenshots.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from sslcourse.exercises import catalogue
from tests.browser import counting
from tests.browser.jupyter import CHROMIUM, ROOT, Lab, browser_page, course_server
from tests.browser.panels import move_every_control
from tests.browser.typed import TYPED

pytestmark = pytest.mark.browser

RUN_ALL = 600  # seconds: a rehearsal takes less than a minute on a quiet machine
SHARE = "0.03"
OWN = {path.stem.removeprefix("test_lab") for path in Path(__file__).parent.glob("test_lab[0-9][0-9].py")}
LABS = [path.stem for path in sorted((ROOT / "labs").glob("[0-9][0-9]_*.ipynb")) if path.stem[:2] not in OWN]


@pytest.fixture(scope="module", params=LABS)
def lab(request, tmp_path_factory):
    if CHROMIUM is None:
        pytest.skip("no Chromium on this machine, so no lab was driven in a browser (Debian: apt-get install chromium)")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSLCOURSE_REHEARSAL", SHARE)
        counts = tmp_path_factory.mktemp("counts")
        for name, value in counting.install(counts).items():
            patch.setenv(name, value)
        server = course_server(request.param[:2], tmp_path_factory.mktemp("student"))
        with server as address, browser_page() as page:
            lab = Lab(page, address)
            lab.name = request.param
            lab.run_all(RUN_ALL)
            lab.calls = counting.read(counts)
            yield lab


def test_run_all_reaches_the_end_without_an_error(lab):
    assert lab.errors() == []
    lab.screenshot(f"{lab.name}-after-run-all")


def test_untouched_stubs_are_said_to_be_so(lab):
    ours = [exercise.name for exercise in catalogue.every() if exercise.lab == lab.name]
    assert len(ours) >= 2
    for name in ours:
        assert f"Not attempted · {name}" in lab.cell(f"exercises.{name}.check").inner_text()


def test_an_answer_takes_part_in_what_the_lab_shows(lab):
    """In a training; in labs 04 and 19, which train nothing of the student's, in the cells that measure."""
    if (ROOT / "sslcourse" / "figures" / f"lab{lab.name[:2]}.py").exists():
        if lab.name[:2] in ("04", "19"):
            assert any(len(found["cells"]) >= 2 for found in lab.calls.values()), lab.calls
        else:
            assert any(found["training"] >= 2 for found in lab.calls.values()), lab.calls


def test_every_figure_has_an_alternative_text(lab):
    texts = lab.page.locator(".jp-OutputArea-output img").evaluate_all("images => images.map(image => image.alt)")
    assert len(texts) >= 3 and all(len(text) >= 20 for text in texts), texts


def test_every_control_changes_its_figure(lab):
    move_every_control(lab, ROOT / "labs" / f"{lab.name}.ipynb")


def test_a_wrong_answer_gets_its_hint_and_a_right_one_passes(lab):
    typed = TYPED[lab.name[:2]]
    cell = lab.cell(f"exercises.{typed.exercise}.check")
    lab.write_and_run(cell, typed.wrong)
    cell.get_by_text(typed.hint).first.wait_for(timeout=30_000)
    assert f"Not yet · {typed.exercise}" in cell.inner_text()
    lab.screenshot(f"{lab.name}-not-yet", cell)
    lab.write_and_run(cell, typed.right)
    cell.get_by_text("Passed").first.wait_for(timeout=30_000)
    assert f"Passed · {typed.exercise}" in cell.inner_text()


def test_a_prediction_can_be_made(lab):
    cell = lab.cell("= widgets.Prediction(")
    cell.scroll_into_view_if_needed()
    cell.locator("input[type=radio], button").first.click()
    cell.get_by_text("Committed:").first.wait_for(timeout=20_000)


def test_no_request_left_this_machine(lab):
    assert lab.strangers == []
