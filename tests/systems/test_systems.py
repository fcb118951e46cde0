"""The lecture's two tables: every row has an arm, every arm trains, what is on file is not measured again."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, results, runtime, systems
from sslcourse.commands import results as command
from sslcourse.results import family, on_file
from sslcourse.systems import few_labels, frozen, grid

POOL = data.shapes(48, size=32, seed=0)


def tiny(folder=None, steps=4, labelled=True) -> systems.Task:
    few = (POOL.images[:20], torch.arange(20) % 10) if labelled else (None, None)
    return systems.Task(POOL.images, *few, steps, seed=0, batch_size=8, folder=folder)


@pytest.fixture
def few_words(monkeypatch):
    """Emoji that need no download."""
    words = 1 + torch.arange(12).view(12, 1) % 5
    pictures = POOL.images[:36].view(12, 3, 3, 32, 32)
    monkeypatch.setattr(frozen, "emoji", lambda: (pictures, words, 6))


@pytest.fixture
def few_images(monkeypatch, tmp_path):
    """CIFAR-10 of 48 images, 8 of them held out; a home and a results file of this test's own."""
    images = data.sets.ImageSet(POOL.images, torch.arange(48) % 10, tuple("abcdefghij"), "cifar10")
    monkeypatch.setattr(grid.data, "load", lambda name, split="train", size=None, seed=0: images)
    monkeypatch.setattr(grid, "HELD_OUT", 8)
    monkeypatch.setattr(runtime, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(on_file, "systems_file", lambda machine=None: tmp_path / "systems" / "cpu.json")
    monkeypatch.setattr(runtime, "machine", lambda: "cpu")
    return tmp_path


@pytest.mark.parametrize(("arms", "table"), [(systems.FEW_LABELS, "simclrv2-table3"), (systems.FROZEN, "dinov2-table4")])
def test_every_row_of_the_lecture_s_tables_has_an_arm(arms, table):
    here = {family.called(arm) for arm in arms}
    lost = [row["method"] for row in results.cited(table) if family.called(row["method"]) not in here]
    assert not lost, f"{lost}: no arm in sslcourse/systems"
    assert {arm for arm in arms if not family.called(arm)} <= {"untrained"}


@pytest.mark.slow
@pytest.mark.parametrize("arm", systems.FEW_LABELS)
def test_an_arm_of_table_3_gives_a_classifier_and_goes_on_from_its_checkpoints(arm, tmp_path):
    said = []
    for folder in (None, tmp_path, tmp_path):                       # the third time everything is there
        with runtime.seeded(0):
            classifier = systems.FEW_LABELS[arm](tiny(folder))
        with torch.no_grad():
            said.append(classifier.eval()(POOL.images[:5].to(next(classifier.parameters()).device) / 255).float())
    assert said[0].shape == (5, 10) and said[0].isfinite().all()
    assert torch.equal(said[0], said[1]) and torch.equal(said[1], said[2])
    assert list(tmp_path.glob("*.safetensors"))


@pytest.mark.slow
@pytest.mark.parametrize("arm", systems.FROZEN)
def test_an_arm_of_table_4_gives_features_and_sees_no_label(arm, few_words):
    with runtime.seeded(0):
        made = systems.FROZEN[arm](tiny(labelled=False))
    with torch.no_grad():
        assert made(POOL.images[:5] / 255).shape[0] == 5


@pytest.mark.slow
def test_all_arms_of_table_3_take_the_same_steps(monkeypatch):
    from sslcourse import evaluation, training

    taken: dict[str, int] = {}

    def count(method, *args, steps, **kwargs):
        taken[arm] = taken.get(arm, 0) + steps
        return training.History()

    monkeypatch.setattr(training, "train", count)
    monkeypatch.setattr(evaluation.fine_tuning, "train", count)
    for arm in systems.FEW_LABELS:
        systems.FEW_LABELS[arm](tiny(steps=400))
    assert set(taken.values()) == {400}, taken


@pytest.mark.parametrize(("curve", "wanted"), [
    ({100: 0.3, 200: 0.4, 400: 0.45, 800: 0.451}, 400), ({100: 0.3, 200: 0.305}, 100),
    ({100: 0.1, 200: 0.3, 400: 0.5, 800: 0.7}, 800),
])
def test_the_schedule_doubles_until_nothing_is_gained(curve, wanted):
    assert systems.schedule(curve.get, first=100, most=800) == wanted


def test_a_cell_is_measured_once_and_kept(few_images, monkeypatch):
    calls = []

    def arm(task):
        calls.append((len(task.pool), None if task.images is None else len(task.images), task.steps, task.seed))
        return nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))

    monkeypatch.setattr(grid, "TABLES", {"3": {"one": arm, "two": arm}, "4": {"one": lambda task: nn.Flatten()}})
    monkeypatch.setattr(grid, "PROTOCOLS", {20: "20 labels"})
    cells = grid.todo("3", (), range(2), [20], steps=7, batch_size=8)
    assert cells == [("one", 20, 0), ("two", 20, 0), ("one", 20, 1), ("two", 20, 1)]
    grid.measure("3", cells[:3], steps=7, batch_size=8)
    assert calls == [(40, 20, 7, 0), (40, 20, 7, 0), (40, 20, 7, 1)], "held-out images are in nobody's pool"
    rows = on_file.rows(on_file.read(on_file.systems_file()))
    assert sorted((row.method, row.protocol, row.seed, row.size) for row in rows) == [
        ("one", "20 labels", 0, 56), ("one", "20 labels", 1, 56), ("two", "20 labels", 0, 56)]
    monkeypatch.setattr(on_file, "systems", lambda machine=None: rows)
    assert grid.todo("3", (), range(2), [20], steps=7, batch_size=8) == [("two", 20, 1)]
    assert len(grid.todo("3", (), range(2), [20], steps=8, batch_size=8)) == 4, "another budget is another measurement"
    found = grid.measure("4", [("one", None, 0)], steps=7, batch_size=8, labelled=30)
    assert [row.protocol for row in found] == ["kNN", "linear probe"]


def test_choosing_the_steps_keeps_nothing(few_images, monkeypatch):
    monkeypatch.setattr(grid, "TABLES", {"4": {"one": lambda task: nn.Flatten()}})
    grid.measure("4", [("one", None, 0)], steps=7, batch_size=8, labelled=30, held_out=True)
    assert not on_file.systems_file().exists()


def test_what_is_asked_for_wrongly_is_named():
    for call, argument in [
        (lambda: systems.todo("5", steps=1), "table"), (lambda: systems.todo("3", ["SimCRL"], steps=1), "arms"),
        (lambda: systems.todo("3", counts=[50], steps=1), "counts"), (lambda: systems.measure("5", [], steps=1), "table"),
        (lambda: systems.schedule(float, first=0, most=1), "first"),
        (lambda: systems.schedule(float, first=2, most=1), "most"),
    ]:
        with pytest.raises(ValueError, match=f"^{argument}: got .*, wanted "):
            call()


def test_the_verb_lists_what_is_to_be_measured(capsys):
    assert command.main(["systems", "--table", "3", "--arm", "MPL", "--seeds", "2", "--steps", "123", "--list"]) == 0
    said = capsys.readouterr().out
    assert "4 cells" in said and "MPL, seed 1, 5,000 labels" in said
    assert command.main(["systems", "--arm", "SimCRL", "--list"]) == 2 and "did you mean SimCLR" in capsys.readouterr().err


def test_the_wide_networks_are_two_and_four_times_as_wide():
    assert [tiny().network(width).num_features for width in (32, 64, 128)] == [128, 256, 512]
    assert isinstance(few_labels.Encoding(nn.Identity()), nn.Module)
