"""The family tree: every method is in it with all of its lines, and every row of the lecture's tables finds its method."""

from __future__ import annotations

import re

import pytest

from sslcourse import labs, results
from sslcourse.commands import family as command
from sslcourse.results import family, on_file, render, two_tables
from sslcourse.results.row import Row

BRANCHES = {branch.name: branch for branch in family.family()}


def measured(**changes) -> Row:
    fields = dict(lab="10_simclr", method="SimCLR", data="cifar10", protocol="kNN", metric="accuracy", value=0.5, seed=0,
                  size=100, seconds=1.0, machine="cpu", device="a processor", versions={})
    return Row(**fields | changes)


def test_the_page_names_every_method():
    text = (labs.root() / "FAMILY.md").read_text(encoding="utf-8")
    for name in family.trained():
        assert f"| {name} |" in text, f"FAMILY.md does not name {name}: run python -m sslcourse results --render"
    assert render.render(text) == text, "FAMILY.md is not what the docstrings say: run python -m sslcourse results --render"


@pytest.mark.parametrize("name", family.trained())
def test_a_method_says_what_it_predicts_from_what_and_why_it_does_not_collapse(name):
    branch = BRANCHES[name]
    missing = [line for line in family.LINES if branch.said[line] == "—"]
    where = f"below the loss in the docstring of sslcourse/methods/{branch.file}"
    assert not missing, (f"{name}: no line {missing} {where}:\n"
                         "        predicts   what it predicts\n        from       from what\n        …")
    assert re.fullmatch(r"(19|20)\d\d", branch.year), f"{name}: no year in its docstring, nor in its file's"


@pytest.mark.parametrize("table", ["simclrv2-table3", "dinov2-table4"])
def test_every_row_of_the_lecture_s_tables_is_a_method_here(table):
    lost = [row["method"] for row in results.cited(table) if family.called(row["method"]) not in BRANCHES]
    assert not lost, f"{lost}: no method of that name; give it one in ALIASES of sslcourse/results/family.py"


@pytest.mark.parametrize(("name", "numbers"), [
    ("MPL", "— / 73.8"), ("CPC", "52.7 / 73.1"), ("PIRL", "57.2 / 83.8 (top-5)"), ("CLIP", "83.2 / 86.2"),
    ("MSN", "79.2 / 80.7"), ("SwAV", "— / 79.8"), ("NNCLR", "—"), ("SimCLR", "63.0 / 74.4"),
])
def test_the_lecture_s_numbers_are_the_best_of_a_method_s_rows(name, numbers):
    assert BRANCHES[name].lecture == numbers


def test_our_numbers_are_means_over_seeds_of_the_largest_size_of_the_last_lab():
    rows = [measured(protocol=protocol, seed=seed, value=value, lab=lab, size=size)
            for lab, size, values in (("10_simclr", 100, (0.9,)), ("15_dino", 50, (0.8,)), ("15_dino", 100, (0.4, 0.6)))
            for protocol in ("kNN", "linear probe") for seed, value in enumerate(values)]
    assert family._ours("SimCLR", rows) == "50.0 / 50.0"
    of_systems = [measured(lab=on_file.SYSTEMS, protocol=protocol, value=0.3) for protocol in ("500 labels", "5,000 labels")]
    assert family._ours("SimCLR", rows + of_systems) == "30.0 / 30.0; 50.0 / 50.0"
    assert family._ours("MoCo", rows) == "—" and family._ours("SimCLR", rows[:1]) == "—"


@pytest.mark.slow
def test_the_command_says_one_line_or_all(capsys):
    assert command.main(["mean-teacher", "EVA-CLIP"]) == 0
    said = capsys.readouterr().out
    assert "MeanTeacher (2017, labels)" in said and "EVA (2023, masked)" in said and "SimCLR" not in said
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert all(f"\n{name} (" in f"\n{said}" for name in BRANCHES)
    assert command.main(["SimCRL"]) == 2


@pytest.mark.parametrize("number", ["3", "4"])
def test_every_row_of_the_two_tables_has_an_arm_that_measures_it(number):
    from sslcourse import systems

    table = {"3": "simclrv2-table3", "4": "dinov2-table4"}[number]
    arms = {two_tables.arm(row["method"], row["architecture"]) for row in results.cited(table)}
    assert arms <= set(systems.TABLES[number])
    if number == "4":
        assert set(systems.FROZEN) == arms | set(two_tables.SINCE)


def test_a_cell_is_the_mean_of_the_longest_training_and_a_number_that_is_missing_is_a_dash(monkeypatch):
    rows = [measured(lab=on_file.SYSTEMS, method="MAE", protocol="kNN", size=size, seed=seed, value=value)
            for size, seed, value in ((100, 0, 0.9), (200, 0, 0.3), (200, 1, 0.4), (200, 2, 0.5))]
    monkeypatch.setattr(on_file, "systems", lambda machine=None: rows)
    table = {row[0]: row[1:] for row in two_tables.two_tables("4").rows}
    assert table["MAE, ViT-H/14"][:2] == ["49.4", "76.6"] and table["MAE, ViT-H/14"][2] == "40.0 (30.0–50.0)"
    assert table["MAE, ViT-H/14"][3] == "—" and table["LeJEPA"] == ["—"] * 4
    assert {row[0]: row[1] for row in two_tables.two_tables("3").rows}["InstDisc, ResNet-50"] == "39.2 (top-5)"
