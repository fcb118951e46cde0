"""Results: a number is kept as it was measured, found again exactly, and quoted only from the file."""

import ast
import dataclasses
import importlib
import inspect
import json
import multiprocessing
import re
from pathlib import Path

import jsonschema
import numpy as np
import pytest
import torch

from sslcourse import labs, results, runtime
from sslcourse.results import journal, lookup, on_file, prose, render, tables
from sslcourse.results.row import Row

LAB = "01_pca_tsne_umap"
ONE = dict(lab=LAB, method="PCA", data="cifar10", protocol="kNN, 2-D", metric="accuracy")


@pytest.fixture
def course(tmp_path, monkeypatch):
    """An empty course in a temporary folder, and a student's home beside it."""
    (tmp_path / "course" / "labs").mkdir(parents=True)
    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path / "course")
    monkeypatch.setattr(runtime, "machine", lambda: "cpu")
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv(journal.RUN, raising=False)
    return tmp_path / "course"


@pytest.fixture
def this_course(monkeypatch):
    """The course that these tests belong to, wherever the package was imported from."""
    monkeypatch.setattr(runtime, "course_root", lambda: Path(__file__).parents[2])


def row(**changes) -> Row:
    rest = dict(value=0.3, seed=0, size=None, seconds=None, machine="cpu", device="a CPU",
                versions={"python": "3", "torch": "2", "numpy": "2"})
    return Row(**(ONE | rest | changes))


def commit(*rows: Row, lab: str = LAB) -> dict:
    document = on_file.merge(on_file.read(on_file.results_file()), lab, rows, "0" * 12, complete=True)
    on_file.write(on_file.results_file(), document)
    return document


# ---- recording

def test_a_student_s_number_stays_in_their_folder(course):
    results.record(**ONE, value=0.31, seed=0, seconds=2.1, size=5000)
    kept, = results.mine()
    assert (kept.value, kept.size, kept.seconds, kept.machine) == (0.31, 5000, 2.1, "cpu")
    assert kept.device and {"python", "torch", "numpy", "scikit-learn", "sslcourse"} <= set(kept.versions)
    assert (runtime.home() / "results" / f"{LAB}.jsonl").is_file()
    assert not (course / "labs" / "results").exists()


def test_what_is_measured_again_is_the_latest(course):
    for seed, value in ((0, 0.1), (1, 0.2), (0, 0.3)):
        results.record(**ONE, value=value, seed=seed)
    assert [(row.seed, row.value) for row in results.mine()] == [(1, 0.2), (0, 0.3)]


def test_measured_again_it_replaces_only_the_same_measurement(course):
    for value, changes in ((0.1, {}), (0.2, {"seed": 1}), (0.3, {"size": 10}), (0.4, {})):
        results.record(**ONE, value=value, **changes)
    assert sorted(r.value for r in results.mine()) == [0.2, 0.3, 0.4]


@pytest.mark.parametrize("name, wrong", [
    ("value", float("nan")), ("value", float("inf")), ("value", True), ("value", "0.3"), ("value", torch.ones(2)),
    ("seed", -1), ("seed", 0.5), ("size", 0), ("seconds", -1.0), ("seconds", float("nan")), ("lab", "pca"),
    ("lab", "../01_x"), ("method", ""), ("method", " PCA"), ("method", None), ("data", "a|b"), ("metric", "two\nlines"),
    ("protocol", "x" * 81), ("method", "[PCA](elsewhere)"), ("method", "<img src=x>"),
])
def test_a_misshapen_row_is_refused_and_named(course, name, wrong):
    with pytest.raises(ValueError, match=f"^{name}: got .*wanted"):
        results.record(**(ONE | {"value": 0.3} | {name: wrong}))
    assert results.mine() == []


def test_a_device_is_no_place_for_html(course, monkeypatch):
    """What a results file says of its machine goes into README."""
    results.record(**ONE, value=0.1)
    row = results.mine()[0]
    with pytest.raises(ValueError, match="^device: got '<img src=x onerror=y>', wanted a text without"):
        dataclasses.replace(row, device="<img src=x onerror=y>")
    path = Path(journal.__file__).with_name("schema.json")
    run = json.loads(path.read_text(encoding="utf-8"))["properties"]["runs"]["additionalProperties"]
    device = run["properties"]["device"]
    assert not re.search(device["pattern"], "<img src=x onerror=y>") and re.search(device["pattern"], row.device)


@pytest.mark.parametrize("value", [np.float32(0.25), torch.tensor(0.25), np.array(0.25), 0.25])
def test_any_library_s_number_is_taken(course, value):
    results.record(**ONE, value=value, seed=np.int64(3))
    assert results.mine()[0].value == 0.25 and type(results.mine()[0].seed) is int


def test_a_line_cut_short_costs_only_itself(course):
    results.record(**ONE, value=0.1, seed=0)
    path = journal.folder() / f"{LAB}.jsonl"
    path.write_bytes(path.read_bytes() + b'{"lab": "01_pca')
    results.record(**ONE, value=0.2, seed=1)
    assert [r.value for r in results.mine()] == [0.1, 0.2]


def _record_many(folder: Path, first: int) -> None:
    for seed in range(first, first + 50):
        journal.append(folder, row(seed=seed, method="m" * 70))


def test_two_notebooks_at_once_lose_no_line(course, tmp_path):
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=_record_many, args=(tmp_path / "j", first)) for first in (0, 100, 200)]
    [w.start() for w in writers], [w.join() for w in writers]
    assert len(journal.read(tmp_path / "j")) == 150


def test_a_full_disk_does_not_stop_a_student_but_stops_a_run(course, monkeypatch, tmp_path):
    def refuse(*_):
        raise OSError("No space left on device")

    monkeypatch.setattr(journal, "append", refuse)
    with pytest.warns(UserWarning, match="No space left"):
        results.record(**ONE, value=0.1)
    monkeypatch.setenv(journal.RUN, str(tmp_path / "run"))
    with pytest.raises(OSError):
        results.record(**ONE, value=0.1)


def test_sizes_and_skipping_belong_to_the_run_only(course, monkeypatch, tmp_path):
    results.record(**ONE, value=0.1)
    assert results.live([0], range(5)) == [0] and not results.recorded(lab=LAB, seed=0)
    monkeypatch.setenv(journal.RUN, str(tmp_path / "run"))
    assert results.live([0], range(5)) == range(5) and not results.recorded(lab=LAB, seed=0)
    results.record(**ONE, value=0.1)
    assert results.recorded(lab=LAB, seed=0) and not results.recorded(lab=LAB, seed=1)


# ---- the file

def test_the_file_keeps_its_schema_its_order_and_four_digits(course):
    rows = [row(seed=1, value=0.123456, seconds=12.3456), row(seed=0, value=1234567), row(method="AE", size=10)]
    commit(*rows)
    text = on_file.results_file().read_text()
    commit(*reversed(rows))
    assert on_file.results_file().read_text() == text, "the order of measuring must not show in a diff"
    document = json.loads(text)
    jsonschema.validate(document, json.loads((Path(on_file.__file__).parent / "schema.json").read_text()))
    assert [(r.method, r.seed, r.value, r.seconds) for r in results.committed()] == [
        ("AE", 0, 0.3, None), ("PCA", 0, 1234567, None), ("PCA", 1, 0.1235, 12.35)]
    assert all(text.count(f'"method": "{m}"') == n for m, n in (("AE", 1), ("PCA", 2))), "one row a line"
    assert results.committed()[0].versions == row().versions


def test_a_part_of_a_lab_is_added_and_a_whole_one_replaces(course):
    document = commit(row(seed=0), row(seed=1, method="gone"))
    part = on_file.merge(document, LAB, [row(seed=0, value=0.9)], "1" * 12, complete=False)
    assert [(r.method, r.value) for r in on_file.rows(part)] == [("PCA", 0.9), ("gone", 0.3)]
    assert len(part["runs"]) == 2 and [r.value for r in on_file.of_fingerprint(part, LAB, "1" * 12)] == [0.9]
    whole = on_file.merge(part, LAB, [row(seed=0, value=0.9)], "1" * 12, complete=True)
    assert [r.method for r in on_file.rows(whole)] == ["PCA"] and len(whole["runs"]) == 1
    with pytest.raises(ValueError, match="machine: got 'gpu', wanted cpu"):
        on_file.merge(whole, LAB, [row(machine="gpu")], "1" * 12, complete=True)
    assert on_file.merge(whole, "02_x", [row(lab="02_x")], "1" * 12, complete=True)["rows"][0] == whole["rows"][0]


def test_nothing_against_the_schema_is_written(course):
    document = commit(row())
    before = on_file.results_file().read_text()
    document["rows"][0]["note"] = "by hand"
    with pytest.raises(ValueError, match="note"):
        on_file.write(on_file.results_file(), document)
    assert on_file.results_file().read_text() == before


def test_a_damaged_file_is_named(course):
    commit(row())
    on_file.results_file().write_text("<<<<<<< HEAD")
    with pytest.raises(ValueError, match="cpu.json.*restore it from git"):
        results.committed()


@pytest.mark.parametrize("machine", ["cpu", "gpu"])
def test_the_committed_files_keep_the_schema_and_their_own_format(this_course, machine):
    path = on_file.results_file(machine)
    document = on_file.read(path)
    jsonschema.validate(document, json.loads((Path(on_file.__file__).parent / "schema.json").read_text()))
    assert document["machine"] == machine
    assert not path.exists() or path.read_text() == on_file.text(document), f"{path.name} was edited by hand"


# ---- finding a number again

def test_a_value_is_the_mean_over_seeds(course):
    commit(row(seed=0, value=0.1), row(seed=1, value=0.2), row(method="AE"))
    assert results.value(method="PCA", data="cifar10", metric="accuracy") == pytest.approx(0.15)


def test_no_match_names_the_near_ones_and_several_name_what_to_add(course):
    commit(row(), row(size=10), row(method="t-SNE"), row(method="something else", data="mnist"))
    near = "method='tsne'.*not measured yet.*Nearest: lab='01_pca_tsne_umap', method='t-SNE'"
    with pytest.raises(results.NotMeasured, match=near):
        results.value(method="tsne", data="cifar10")
    with pytest.raises(ValueError, match="add size=10 or size=None"):
        results.value(method="PCA")
    with pytest.raises(ValueError, match="field: got 'metod'.*did you mean method"):
        results.value(metod="PCA")


def test_the_interval_is_student_s():
    # scipy.stats.t.interval(0.95, 2, loc=2, scale=1/sqrt(3)) = (-0.4841, 4.4841)
    assert tables.mean_interval([1.0, 2.0, 3.0]) == pytest.approx((2.0, 2.484138))
    assert tables.mean_interval([0.4]) == (0.4, 0.0)


# ---- the table

def test_the_table_sets_this_run_beside_the_course(course):
    commit(*(row(seed=seed, value=value) for seed, value in enumerate((0.2, 0.24, 0.26, 0.3))), row(method="UMAP", value=0.4))
    results.record(**ONE, value=0.123)
    shown = results.table(LAB, format={"accuracy": ".1%"})
    assert shown.columns == ["method", "cifar10, accuracy (yours)", "cifar10, accuracy (course)"]
    assert shown.rows == [["PCA", "12.3%", "25.0% ± 6.6%"], ["UMAP", "—", "40.0%"]]
    assert "yours: seed 0, " in shown.note and "course: 4 seeds, a CPU." in shown.note and "Student" in shown.note
    for text in (repr(shown), shown._repr_html_(), shown.markdown()):
        assert "12.3%" in text and "25.0% ± 6.6%" in text


def test_two_seeds_are_both_shown_as_an_interval_from_two_says_nothing(course):
    commit(row(seed=1, value=0.261), row(seed=0, value=0.228))
    shown = results.table(LAB, format=".1%")
    assert shown.rows == [["PCA", "22.8%, 26.1%"]]
    assert "both numbers" in shown.note and "Student" not in shown.note


@pytest.mark.parametrize("values, said", [
    ((0.7, 0.61, 0.79), "70.0% (61.0–79.0%)"), ((-0.02, 0.0, 0.05), "1.0% (-2.0 to 5.0%)"),
    ((0.5, 0.5, 0.5), "50.0%"),
])
def test_of_three_seeds_the_lowest_and_the_highest_are_shown(course, values, said):
    commit(*(row(seed=seed, value=value) for seed, value in enumerate(values)))
    shown = results.table(LAB, format=".1%")
    assert shown.rows == [["PCA", said]]
    assert "Of three seeds" in shown.note and "Student" not in shown.note


def test_no_interval_is_wider_than_its_seeds_lie_apart():
    """For every way that four seeds and more can lie: the widest is where half of them are at either end."""
    for n in range(4, 40):
        for low in range(1, n):
            assert tables.mean_interval([0.0] * low + [1.0] * (n - low))[1] <= 1


def test_one_thread_is_one_thread(course):
    commit(row(device="a CPU, 1 threads"), row(seed=1, device="a CPU, 12 threads"))
    assert "a CPU, 1 thread and a CPU, 12 threads." in results.table(LAB).note


def test_columns_that_differ_in_a_number_stand_from_small_to_large(course):
    commit(*(row(protocol=f"probe, {labels} labels", value=0.5) for labels in ("500", "5,000", "50")), row(protocol="kNN"))
    shown = results.table(LAB, columns="protocol")
    assert shown.columns[1:] == ["kNN (course)", "probe, 50 labels (course)", "probe, 500 labels (course)",
                                 "probe, 5,000 labels (course)"]


def test_other_sizes_share_a_column_when_each_source_has_one(course):
    commit(row(size=20_000))
    results.record(**ONE, value=0.123, size=5000)
    shown = results.table(rows="method", columns="metric")
    assert shown.columns == ["method", "accuracy (yours)", "accuracy (course)"]
    assert shown.rows == [["PCA", "0.123", "0.3"]]
    assert "yours: size 5,000" in shown.note and "course: size 20,000" in shown.note


def test_sizes_that_meet_in_a_cell_get_columns_of_their_own(course):
    commit(row(size=20_000))
    results.record(**ONE, value=0.1, size=5000)
    results.record(**ONE, value=0.2, size=20_000)
    shown = results.table(LAB)
    assert shown.columns[1:] == ["cifar10, accuracy, size 5,000 (yours)", "cifar10, accuracy, size 20,000 (yours)",
                                 "cifar10, accuracy, size 20,000 (course)"]
    assert shown.rows == [["PCA", "0.1", "0.2", "0.3"]]


def test_different_measurements_never_share_a_cell(course):
    commit(row(value=0.2), row(value=0.4, protocol="kNN, original space"))
    assert results.table(LAB).rows == [["PCA", "0.2", "0.4"]]
    assert results.table(LAB, protocol="kNN, 2-D").rows == [["PCA", "0.2"]]
    with pytest.raises(ValueError, match="rows: got 'methods'"):
        results.table(rows="methods")


def test_an_empty_table_says_so(course):
    for text in (repr(results.table(LAB)), results.table(LAB)._repr_html_()):
        assert "Nothing measured yet" in text


def test_html_is_escaped():
    assert "<script>" not in tables.Table(["<script>"], [["<script>"]], "<script>")._repr_html_()


# ---- prose

def test_say_quotes_the_file(course, capsys):
    commit(row(value=0.414))
    results.say("Raw pixels give {raw:.0%}, chance {chance:.0%}.", raw=ONE, chance=0.1)
    assert capsys.readouterr().out == "Raw pixels give 41%, chance 10%.\n"


def test_say_shows_markdown_in_a_notebook(course):
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output

    shell = InteractiveShell.instance()
    try:
        with capture_output() as captured:
            shell.run_cell("from sslcourse import results\nresults.say('**half** {x:.0%}', x=0.5)")
    finally:
        InteractiveShell.clear_instance()
    assert [output.data.get("text/markdown") for output in captured.outputs] == ["**half** 50%"]


def test_say_is_plain_about_what_is_missing(course):
    assert prose.fill("It is {x:.0%}.", x=ONE) == "It is (not measured yet on this machine kind, cpu)."
    gpu = {"schema": 1, "machine": "gpu", "labs": {}, "runs": {}, "rows": []}
    merged = on_file.merge(gpu, LAB, [row(machine="gpu", value=0.5)], "0" * 12, complete=True)
    on_file.write(on_file.results_file("gpu"), merged)
    assert prose.fill("It is {x:.0%}.", x=ONE) == "It is 50% (on a gpu; not measured yet on a cpu)."
    with pytest.raises(ValueError, match="template: got 'y', wanted one of x"):
        prose.fill("{y}", x=0.5)


# ---- README

def notebook(course: Path, lab: str, *cells: tuple[str, str], **metadata) -> Path:
    path = course / "labs" / f"{lab}.ipynb"
    written = [{"cell_type": kind, "metadata": {}, "source": source.splitlines(True)} for kind, source in cells]
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": metadata, "cells": written}))
    return path


README = """# Course
<!-- results:course-map -->
old
<!-- /results -->
Raw pixels give <!-- results:value method="PCA" data="cifar10" format=".0%" -->99%<!-- /results -->.
<!-- results:measured lab="01_pca_tsne_umap" metric="accuracy" format=".1%" --><!-- /results -->
<!-- results:claims -->
<!-- /results -->
"""


def test_the_readme_is_rendered_from_the_file_and_then_left_alone(course):
    notebook(course, LAB, ("markdown", "# 01 · Maps\n\n**Question.** What does a map *not* say? More."), ("code", "1"))
    notebook(course, "02_next", ("code", "1"), sslcourse={"title": "Next", "question": "And | then?", "minutes": 60})
    on_file.write(on_file.results_file(), on_file.finished(commit(row(value=0.414)), LAB, "live", "0" * 12, 95.0))
    readme = course / "README.md"
    readme.write_text(README)
    assert list(render.stale()) == [readme] and render.rewrite() == [readme]
    text = readme.read_text()
    assert "| [01 · Maps](labs/01_pca_tsne_umap.ipynb) | What does a map not say? | — | 95 |" in text
    assert "| [Next](labs/02_next.ipynb) | And \\| then? | 60 | — |" in text
    assert '-->41%<!-- /results -->.' in text and "| PCA | 41.4% |" in text
    assert text.count("| not measured yet |") == 14
    assert render.stale() == {}, "rendering twice must change nothing"
    readme.write_text(text.replace("41%", "42%"))
    assert list(render.stale()) == [readme], "a number changed by hand must be seen"
    commit(row(value=0.5))
    assert list(render.stale()) == [readme], "a number measured anew must be seen"


@pytest.mark.parametrize("wrong, message", [
    ("<!-- results:mesured --><!-- /results -->", "did you mean measured"),
    ("<!-- results:claims -->", "markers"),
    ("<!-- results:claims --> <!-- results:claims --><!-- /results -->", "without an end"),
    ("<!-- results:value method=PCA -->1<!-- /results -->", "markers"),
    ('<!-- results:value metod="PCA" -->1<!-- /results -->', "did you mean method"),
    ('<!-- results:course-map data="x" --><!-- /results -->', "data"),
])
def test_a_wrong_marker_is_refused(course, wrong, message):
    with pytest.raises(ValueError, match=message):
        render.render(wrong)


def test_a_table_may_take_several_values_of_a_field(course):
    commit(row(protocol="kNN"), row(protocol="linear probe"), row(protocol="fine-tuned"))
    marker = '<!-- results:measured protocol="kNN;linear probe" columns="protocol" -->'
    assert "| method | kNN | linear probe |" in render.render(f"{marker}<!-- /results -->")


def test_what_is_not_measured_is_said_in_the_readme(course):
    marker = '<!-- results:value method="PCA" format=".0%" -->'
    right = f"{marker}(not measured yet on this machine kind, cpu)<!-- /results -->"
    assert render.render(f"{marker}41%<!-- /results -->") == right


def test_the_course_s_own_markdown_is_up_to_date(this_course):
    assert render.stale() == {}, "run: python -m sslcourse results --render"


# ---- fingerprints

def test_only_code_and_version_change_the_fingerprint(course, monkeypatch):
    first = labs.fingerprint(notebook(course, LAB, ("markdown", "a"), ("code", "x = 1")))
    assert labs.fingerprint(notebook(course, LAB, ("markdown", "b"), ("code", "x = 1\n"))) == first
    assert labs.fingerprint(notebook(course, LAB, ("markdown", "a"), ("code", "x = 2"))) != first
    monkeypatch.setattr(labs, "__version__", "99")
    assert labs.fingerprint(notebook(course, LAB, ("markdown", "a"), ("code", "x = 1"))) != first


@pytest.mark.parametrize("other, same", [
    ("x = 1  # why", True), ("# why\n\nx = 1", True), ("x = 1\nx", True), ("x = 1\nprint('ä#', x)  # said\n", True),
    ("x = 1\nresults.table(lab=LAB,\n    metric='a')\nresults.conclude('a')", True), ("x = 1\nguess.answer('#', x)", True),
    ("x = 1\nprint(x); x = 2", False), ("x = 1; print(x)", False), ("x = '1  # why'", False), ("x = 1\nfit(x)", False),
    ("x = 1\nresults.record(x)", False), ("x = 1\nif x:\n    print(x)", False), ("x = 1\n!ls", False),
])
def test_what_is_only_shown_does_not_change_the_fingerprint(course, other, same):
    first = labs.fingerprint(notebook(course, LAB, ("code", "x = 1")))
    assert (labs.fingerprint(notebook(course, LAB, ("code", other))) == first) is same


def test_a_cell_that_only_shows_does_not_change_the_fingerprint(course):
    first = labs.fingerprint(notebook(course, LAB, ("code", "x = 1"), ("code", "y = 1")))
    assert labs.fingerprint(notebook(course, LAB, ("code", "x = 1"), ("code", "print(x)"), ("code", "y = 1"))) == first
    assert labs.fingerprint(notebook(course, LAB, ("code", "x = 1\ny = 1"))) != first


@pytest.mark.parametrize("lab", labs.names())
def test_what_a_lab_only_shows_records_and_trains_nothing(lab):
    # else a change of it would leave the lab's numbers standing as if they were its own
    drawings = importlib.import_module(f"sslcourse.figures.lab{lab[:2]}")
    statements = (each for cell in labs.code(labs.notebook(lab)) for each in ast.parse(cell).body)
    for statement in filter(labs.only_shows, statements):
        for call in (node for node in ast.walk(statement) if isinstance(node, ast.Call)):
            name = ast.unparse(call.func)
            assert not name.startswith(("training.", "results.record", "runtime.seed")), name
            if drawn := re.match(r"figures\.(\w+)", name):
                assert "record(" not in inspect.getsource(getattr(drawings, drawn.group(1))), name


def test_a_file_that_has_changed_is_read_again(course):
    path = on_file.results_file()
    on_file.write(path, on_file.merge(on_file.read(path), LAB, [row(value=0.25)], "1" * 12, complete=True))
    first = results.committed()
    assert [r.value for r in first] == [0.25]
    first.clear()
    assert [r.value for r in results.committed()] == [0.25], "the list is the caller's own"
    on_file.write(path, on_file.merge(on_file.read(path), LAB, [row(value=0.75)], "1" * 12, complete=True))
    assert [r.value for r in results.committed()] == [0.75]
    path.unlink()
    assert results.committed() == []


def test_nearest_lists_each_setting_once():
    assert len(lookup.nearest([row(seed=s) for s in range(5)], {"method": "PCA"})) == 1
