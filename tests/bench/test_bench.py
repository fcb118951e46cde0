"""The bench: operations counted, one protocol for all, cells kept one by one and in order."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from torch import nn

from sslcourse import bench, data, models, results, runtime, systems
from sslcourse.bench import entrants, grid, tasks
from sslcourse.bench.entrants import NO_ENCODER
from sslcourse.commands import bench as command
from sslcourse.results import cells as on_file
from sslcourse.results.cells import Cell
from sslcourse.systems.in_turn import in_turn

POOL = data.shapes(160, size=32, seed=0)
TRAINED = [(name, encoder) for name, entrant in bench.ENTRANTS.items() if entrant.make for encoder in entrant.encoders]


class Layer(nn.Module):
    """One product of matrices: 2 · N · 12 · 5 operations forward, and as many again for the weight's gradient."""

    def __init__(self):
        super().__init__()
        self.map = nn.Linear(12, 5, bias=False)

    def loss(self, batch):
        return self.map(batch).sum()


@pytest.fixture
def own_file(monkeypatch, tmp_path):
    """A results file and a home of this test's own."""
    monkeypatch.setattr(on_file, "path", lambda machine=None: tmp_path / "bench" / "cpu.json")
    monkeypatch.setattr(runtime, "home", lambda: tmp_path / "home")
    return tmp_path / "bench"


@pytest.fixture
def small_tasks(monkeypatch):
    """Shapes in place of every task, few of them."""
    labels = torch.stack([POOL.labels % 3, POOL.labels % 2], dim=1)
    asked = tasks.Task(POOL.images[:80], labels[:80], POOL.images[80:], labels[80:])
    monkeypatch.setattr("sslcourse.bench.scores.task", lambda name, share: asked)
    monkeypatch.setitem(grid.DATA, "cifar10", lambda: data.sets.ImageSet(
        POOL.images, torch.arange(160) % 10, tuple("abcdefghij"), "cifar10"))
    monkeypatch.setattr("sslcourse.bench.scores.FINE_TUNING", {"labels": 60, "steps": 1, "batch_size": 8, "lr": 1e-3})


def test_the_operations_of_a_layer_are_counted_and_it_stays_as_it_was():
    method, batch = Layer(), torch.ones(7, 12)
    before = method.map.weight.clone()
    assert bench.flops_per_step(method, batch) == 2 * (2 * 7 * 12 * 5)
    assert torch.equal(method.map.weight, before) and method.map.weight.grad is None


def test_attention_is_counted_on_a_cpu():
    class Looks(nn.Module):
        def __init__(self):
            super().__init__()
            self.q = nn.Parameter(torch.rand(2, 3, 5, 8))

        def loss(self, batch):
            return nn.functional.scaled_dot_product_attention(self.q, batch, batch).sum()

    if runtime.device().type == "cpu":
        product = 2 * 2 * 3 * 5 * 6 * 8                                # of Q Kᵀ: N · H · T · S · D, twice
        assert bench.flops_per_step(Looks(), torch.rand(2, 3, 6, 8)) == 7 * product


@pytest.mark.slow
@pytest.mark.parametrize(("name", "encoder"), TRAINED)
def test_a_method_can_be_trained_and_its_features_have_one_length(name, encoder):
    entrant = bench.ENTRANTS[name]
    images, labels = POOL.images[:16], torch.arange(16) % 10
    batch = {"images": images, "images, labels": (images, labels), "images, numbers": (images, torch.arange(16))}
    with runtime.seeded(0):
        method = entrant.make(bench.ENCODERS[encoder](**dict.fromkeys(entrant.settings, True)), bench.Given(600, 10, 50))
        method.loss(batch[entrant.data]).backward()
        network = bench.Backbone(method.eval())
        assert network(images.float() / 255).shape == (16, 128)
    assert all(weight.requires_grad for weight in network.parameters())


@pytest.mark.slow
def test_all_image_methods_that_lab_19_speaks_of_are_there():
    from sslcourse import methods

    made = {type(bench.ENTRANTS[name].make(bench.ENCODERS[encoder](**dict.fromkeys(bench.ENTRANTS[name].settings, True)),
                                           bench.Given(600, 10, 50))).__name__ for name, encoder in TRAINED}
    families = [getattr(methods, family) for family in ("agreement", "contrastive", "distillation", "masked", "pretext")]
    known = {name for name in methods.__all__ if any(
        getattr(methods, name).__module__.startswith(family.__name__) and isinstance(getattr(methods, name), type)
        and issubclass(getattr(methods, name), nn.Module) for family in families)}
    elsewhere = {"CLIP",                                             # learns from other pictures, and from words
                 "EsViT", "EVA",                                     # want a network or a teacher of their own
                 "ColorRegression"}                                  # colorization once more
    assert known - made == elsewhere


def test_the_network_that_the_paper_keeps_is_scored():
    method = bench.ENTRANTS["DINO"].make(bench.ENCODERS["ResNet"](), bench.Given(600, 10, 50))
    assert bench.Backbone(method).network is method.teacher_encoder
    method = bench.ENTRANTS["BYOL"].make(bench.ENCODERS["ResNet"](), bench.Given(600, 10, 50))
    assert bench.Backbone(method).network is method.encoder


def test_a_vit_is_scored_by_its_class_token_beside_its_patches():
    network = models.VisionTransformer(32, 4, 64, 1, 4).eval()
    images = POOL.images[:3].float() / 255
    with torch.no_grad():
        found, tokens = bench.Backbone(network)(images), network.tokens(images)
    assert torch.equal(found[:, :64], tokens[:, 0]) and torch.allclose(found[:, 64:], tokens[:, 1:].mean(dim=1))


def test_what_was_done_to_an_image_can_be_told():
    images, which = tasks._changed(POOL.images[:16])
    assert which.flatten().tolist() == [*range(8)] * 2
    assert torch.equal(images[0], POOL.images[0]) and torch.equal(images[2], POOL.images[2].flip(1, 2))
    means, before = images.float().mean(dim=(1, 2, 3)), POOL.images[:16].float().mean(dim=(1, 2, 3))
    assert means[3] < before[3] and means[4] > before[4]
    assert torch.equal(images[5, 0], images[5, 1]) and len({image.numpy().tobytes() for image in images}) == 16


def test_shapes_ask_for_every_factor_in_equal_bins():
    asked = tasks._shapes(600, 200)
    assert asked.labels.shape == (600, 6) and asked.test_labels.shape == (200, 6)
    for question in asked.labels.T[1:]:
        assert question.bincount().tolist() == pytest.approx([150] * 4, abs=30)


def test_the_order_is_by_rounds_and_both_networks_stand_side_by_side():
    everything = bench.cells()
    assert len({cell.key for cell in everything}) == len(everything)
    rounds = list(dict.fromkeys((cell.budget, cell.seed) for cell in everything))
    assert rounds == list(bench.ROUNDS) and {seed for budget, seed in rounds if budget == "short"} == set(range(5))
    first = [(cell.method, cell.encoder) for cell in everything if (cell.budget, cell.seed) == rounds[0]]
    assert first[2:4] == [("supervised", "ResNet"), ("supervised", "ViT")]
    assert {cell.method for cell in everything if cell.budget == "long"} == set(bench.MAIN)
    assert sum(cell.encoder == NO_ENCODER and cell.method == "raw pixels" for cell in everything) == 1
    assert [cell.method for cell in bench.cells([("short", 0)], ["BYOL"])] == ["BYOL", "BYOL"]
    for wrong, argument in ((lambda: bench.cells(chosen=["BYLO"]), "method"), (lambda: bench.cells(source="x"), "source"),
                            (lambda: bench.cells([("medium", 0)]), "budget")):
        with pytest.raises(ValueError, match=f"^{argument}: got "):
            wrong()


def test_ten_times_the_budget_is_ten_times_the_training():
    assert bench.BUDGETS["long"] == 10 * bench.BUDGETS["short"]
    short, long = (bench.cost(Cell("cifar10", budget, 0, "SimCLR", "ViT")) for budget in ("short", "long"))
    still = bench.cost(Cell("cifar10", "short", 0, "untrained", "ViT"))
    assert long - still == pytest.approx(10 * (short - still))


@pytest.mark.slow
def test_a_cell_is_measured_kept_and_not_measured_again(own_file, small_tasks):
    cell = Cell("cifar10", "short", 3, "SimCLR", "ResNet")
    done = bench.run(cell, flops=1e9)
    assert done.key == cell.key and done.steps == max(1, round(1e9 / done.flops)) and done.images == 128 * done.steps
    assert set(done.scores) == set(bench.TASKS)
    assert set(done.scores["emoji"]) == {"kNN", "linear probe", "few-shot", "calibration, linear probe"}
    assert {"fine-tuned", "calibration, fine-tuned", "RankMe"} < set(done.scores["cifar10"])
    on_file.keep(done)
    assert cell.key not in {one.key for one in bench.todo([("short", 3)])}
    assert grid._measured(cell) is None
    assert (own_file / "cpu" / f"{cell.name}.json").stat().st_size < 3000


@pytest.mark.slow
def test_a_method_and_a_network_of_ones_own_stand_beside_the_others(small_tasks):
    mine = bench.run(Cell("cifar10", "short", 0, "mine", "my network"), flops=1e9, encoder=lambda: models.ResNet(8, (1, 1)),
                     entrant=bench.Entrant(lambda e, given: entrants.methods.Rotation(e)))
    assert mine.steps >= 1 and 0 <= mine.scores["cifar10"]["kNN"] <= 1


@pytest.mark.slow
def test_without_a_network_raw_pixels_are_scored(small_tasks):
    done = bench.run(Cell("cifar10", "short", 0, "raw pixels", NO_ENCODER))
    assert done.steps == 0 and "fine-tuned" not in done.scores["cifar10"] and done.scores["shapes"]["kNN"] > 0.3


SCORED = Cell("cifar10", "short", 0, "SimCLR", "ViT", 10, 1280, 5, 1.5,
              {"emoji": {"kNN": 0.123456, "calibration, linear probe": -0.001}}, "a CPU", {"torch": "2"}, "abc")


def test_merging_keeps_every_number_and_leaves_one_file(own_file):
    on_file.keep(SCORED)
    on_file.keep(dataclasses.replace(SCORED, seed=1, device="another"))
    before = on_file.read()
    assert on_file.merge() == 2 and on_file.read() == before and not list((own_file / "cpu").glob("*"))
    on_file.keep(dataclasses.replace(SCORED, seed=1, seconds=9.0))        # measured again: the new one counts
    assert on_file.merge() == 2 and [cell.seconds for cell in on_file.read()] == [1.5, 9.0]
    assert len((own_file / "cpu.json").read_text(encoding="utf-8").splitlines()) < 12


def test_rows_say_how_in_which_network_and_at_which_budget(own_file):
    on_file.keep(SCORED)
    knn, calibration = on_file.rows("cpu")
    assert (knn.data, knn.protocol, knn.metric, knn.value) == ("emoji", "kNN, ViT, short", "accuracy", 0.1235)
    assert (calibration.protocol, calibration.metric) == ("calibration, linear probe, ViT, short", "calibration")
    assert knn.size == 1280 and knn.lab == on_file.LAB


def test_a_damaged_cell_is_named(own_file):
    (own_file / "cpu").mkdir(parents=True)
    (own_file / "cpu" / "x.json").write_text('{"data": "cifar10"}', encoding="utf-8")
    with pytest.raises(ValueError, match="x.json: not a cell of the bench"):
        on_file.read()


def test_the_estimate_follows_what_was_done_and_a_cell_of_another_run_counts_for_nothing(capsys):
    moments = iter([0, 10, 10, 10, 10, 30])
    in_turn("abc", lambda cell: None if cell == "b" else cell, {"a": 1, "b": 2, "c": 2}.get, clock=moments.__next__)
    assert capsys.readouterr().out.splitlines() == ["1 of 3, about 40 s left: a", "3 of 3: c"]


def test_the_verb_lists_and_refuses(own_file, capsys, monkeypatch):
    monkeypatch.setattr("sslcourse.results.render.rewrite", lambda: [own_file / "numbers.md"])
    assert command.main(["--list", "--method", "MAE", "--budget", "short", "--seeds", "2"]) == 0
    said = capsys.readouterr().out
    assert "2 cells to measure" in said and "short, seed 1: 1 cells" in said
    assert command.main(["--list", "--method", "MEA"]) == 2 and "did you mean MAE" in capsys.readouterr().err
    on_file.keep(SCORED)
    assert command.main(["--merge"]) == 0
    assert capsys.readouterr().out.splitlines() == ["1 cells in cpu.json", "numbers.md: numbers brought up to date"]


def test_what_is_on_file_is_of_this_bench():
    for cell in on_file.read("cpu"):
        assert cell.method in bench.ENTRANTS and cell.encoder in bench.ENTRANTS[cell.method].encoders
        assert (cell.budget, cell.seed) in bench.ROUNDS and set(cell.scores) == set(bench.TASKS)
    assert results.CLAIMS["it-depends"].labs == (on_file.LAB,) and systems.grid.fingerprint
