"""A lab as it is handed out: every stub and check is there, and nothing that gives an answer away."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from sslcourse import exercises
from sslcourse.classroom.handing_out import handout
from sslcourse.commands import handout as command

LABS = sorted((Path(__file__).resolve().parents[2] / "labs").glob("[0-9][0-9]_*.ipynb"))


@pytest.mark.parametrize("path", LABS, ids=lambda path: path.stem)
def test_no_lab_gives_an_answer_away(path):
    lab = nbformat.read(path, as_version=4)
    made = handout(lab)
    nbformat.validate(made)
    text, before = ("\n".join(cell.source for cell in each.cells) for each in (made, lab))
    assert not re.search(r"\.hint\(\)|\.solution\(\)|<details|exercises\.recall\(|^ *\.\.\. *#", text, re.M)
    checks = r"exercises\.\w+\.check\(\w+\)"
    assert re.findall(checks, text) == re.findall(checks, before)
    assert text.count("exercises.close_hints()") == 1
    assert len(text) > 0.8 * len(before), "more than answers has gone"
    assert not any(cell.outputs for cell in made.cells if cell.cell_type == "code")
    for cell in made.cells:
        if cell.cell_type == "code":
            compile(cell.source, cell.id, "exec")


def test_closed_hints_say_so_and_open_again(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path))
    try:
        exercises.close_hints()
        exercises.nt_xent.hint(), exercises.nt_xent.solution()
        exercises.nt_xent.check(lambda z0, z1, temperature: z0.sum())
        said = capsys.readouterr().out
        assert said.count("handed out by your instructor") == 2 and "cross_entropy" not in said
        assert "Stuck?" not in said and "nt_xent: not yet" in said
    finally:
        exercises.close_hints(False)
    exercises.nt_xent.hint()
    assert "hint 1 of 3" in capsys.readouterr().out


def test_the_command(tmp_path, capsys):
    assert command.main(["10", "pca", "--out", str(tmp_path)]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["01_pca_tsne_umap.ipynb", "10_simclr.ipynb"]
    assert command.main(["no such lab"]) == 2
