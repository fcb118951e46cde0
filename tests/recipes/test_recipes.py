"""sslcourse.recipes: each network's weights are there, small, and as good as it is said of them."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import recipes, runtime
from sslcourse.commands import weights as command
from sslcourse.recipes import RECIPES, Recipe, weights

EVERY = pytest.mark.parametrize("name", RECIPES)


@EVERY
def test_the_weights_are_there_small_and_say_how_they_were_made(name):
    said = weights.about(name)
    assert weights.path(name).stat().st_size <= weights.LIMIT
    assert said["about"] == RECIPES[name].about and said["seconds"] > 0 and said["scores"]


@EVERY
def test_they_fit_the_network_and_are_not_its_first_ones(name):
    trained, fresh = recipes.load(name).cpu().state_dict(), RECIPES[name].build().cpu().state_dict()
    assert all(value.isfinite().all() for value in trained.values())
    assert any(not torch.allclose(trained[key].float(), fresh[key].float(), atol=0.01) for key in fresh)


@pytest.mark.slow
@EVERY
def test_the_score_is_found_again(name):
    found, said = RECIPES[name].score(recipes.load(name)), recipes.scores(name)
    assert found.keys() == said.keys()
    for score, value in said.items():
        assert found[score] == pytest.approx(value, abs=0.01 * max(1, abs(value))), score


@EVERY
def test_a_recipe_builds_the_same_network_each_time(name):
    one, other = RECIPES[name].build().state_dict(), RECIPES[name].build().state_dict()
    assert all(torch.equal(one[key], other[key]) for key in one)


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    """A course of one recipe: a linear layer, "trained" by setting its weights."""
    def build():
        with runtime.seeded(0):
            return nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3))

    def train(method, checkpoint):
        assert checkpoint == tmp_path / "home" / "recipes" / "tiny.safetensors"
        checkpoint.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.write_bytes(b"half of a run")
        nn.init.constant_(method[0].weight, 0.1)

    monkeypatch.setattr(runtime, "course_root", lambda: tmp_path)
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path / "home"))
    recipe = Recipe("two numbers to three", build, train, lambda method: {"weight": method[0].weight.mean().item()})
    monkeypatch.setitem(RECIPES, "tiny", recipe)
    return tmp_path


def test_made_kept_and_loaded(tiny):
    with pytest.raises(FileNotFoundError, match="weights tiny` makes them"):
        recipes.load("tiny")
    scores = recipes.make("tiny")
    assert scores == recipes.scores("tiny")
    assert scores["weight"] == torch.tensor(0.1).half().item()          # of the weights as they are kept, not as trained
    method = recipes.load("tiny")
    assert method[0].weight.dtype == torch.float32 and method[1].num_batches_tracked.dtype == torch.int64
    assert [file.name for file in (tiny / "labs" / "weights").iterdir()] == ["tiny.safetensors"]
    assert not list((tiny / "home" / "recipes").iterdir()), "a checkpoint outlived its weights"


def test_nothing_that_cannot_be_loaded_again_is_kept(tiny, monkeypatch):
    infinite = RECIPES["tiny"].build()
    nn.init.constant_(infinite[0].weight, 1e6)
    with pytest.raises(ValueError, match="beyond half precision"):
        weights.write("tiny", infinite, {})
    with pytest.raises(ValueError, match="at most 3,000,000 bytes"):
        weights.write("tiny", nn.Linear(1_000, 1_600), {})
    monkeypatch.setenv("SSLCOURSE_REHEARSAL", "0.03")
    with pytest.raises(ValueError, match="rehearsal"):
        recipes.make("tiny")
    assert not weights.path("tiny").exists()


def test_another_network_s_weights_are_refused(tiny):
    recipes.make("tiny")
    with pytest.raises(ValueError, match="differs in .*the one that made tiny"):
        weights.read("tiny", nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4)))
    with pytest.raises(ValueError, match="differs in"):
        weights.read("tiny", nn.Linear(2, 3))
    with pytest.raises(ValueError, match="name: got 'tinny'"):
        recipes.load("tinny")


def test_the_command_lists_makes_and_refuses(tiny, capsys):
    assert command.main(["tinny"]) == 2 and "no such recipe" in capsys.readouterr().err
    assert command.main([]) == 0 and "not made yet" in capsys.readouterr().out
    assert command.main(["tiny"]) == 0 and "tiny: weight 0.100" in capsys.readouterr().out
    assert command.main([]) == 0 and "bytes; weight 0.100" in capsys.readouterr().out
