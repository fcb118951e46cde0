"""The race: one file is an entry, labels stay behind, the clock is kept, and the board ranks by kNN."""

from __future__ import annotations

import dataclasses
import time

import pytest
import torch
import torch.nn.functional as F

from sslcourse import data, evaluation, race, recipes
from sslcourse.commands import race as command
from sslcourse.race import beside
from sslcourse.race.run import Lap
from sslcourse.results import race_table


@pytest.fixture
def sets():
    shapes = data.shapes(120)
    return shapes[:80], shapes[80:]


@pytest.fixture
def larger():
    """Enough for a batch of 256."""
    shapes = data.shapes(400)
    return shapes[:300], shapes[300:]


def entry(learn, name="mine"):
    return race.Entry(name, "A test.", learn)


def test_the_entry_sees_images_and_no_labels_and_cannot_spoil_them(sets):
    train, test = sets
    seen, before = [], train.images.clone()

    def learn(*given):
        seen.append(given)
        given[0].zero_()
        return lambda batch: batch.flatten(1)

    laps = list(race.run(entry(learn), train, test, seconds=5, seeds=(0, 3)))
    assert [(images.shape, images.dtype, seconds, seed) for images, seconds, seed in seen] == [
        (train.images.shape, torch.uint8, 5, 0), (train.images.shape, torch.uint8, 5, 3)]
    assert torch.equal(train.images, before), "the protocol runs on what the entry did not touch"
    assert all(lap.in_time and 0 <= lap.kNN <= 1 and 0 <= lap.probe <= 1 for lap in laps)
    assert [lap.seed for lap in laps] == [0, 3]


def test_the_scores_are_the_course_s_protocol(sets):
    train, test = sets
    (lap,) = race.run(race.load("pixels"), train, test, seconds=5, seeds=(0,))
    Z, Z_test = (part.images.flatten(1).float() / 255 for part in (train, test))
    assert lap.kNN == evaluation.KNNClassifier().fit(Z, train.labels).score(Z_test, test.labels)
    assert lap.probe == evaluation.LinearProbe().fit(Z, train.labels).score(Z_test, test.labels)


def test_who_takes_too_long_is_shown_and_out_of_the_race(sets, tmp_path):
    def slow(images, seconds, seed):
        time.sleep(0.1)
        return lambda batch: batch.flatten(1)

    (lap,) = race.run(entry(slow), *sets, seconds=0.01, seeds=(0,))
    assert lap.trained >= 0.1 and not lap.in_time
    board, quick = race.Board(tmp_path / "race.json"), dataclasses.replace(lap, trained=0.005, kNN=0.0)
    board.keep(entry(slow, "slow"), [lap])
    board.keep(entry(slow, "quick"), [quick])
    first, second = board.lines()
    assert first.startswith(" 1  quick") and second.startswith(" –  slow") and second.endswith("out of time")


def test_the_board_ranks_by_the_mean_knn_and_keeps_the_latest(tmp_path):
    def laps(*kNN):
        return [Lap(seed, value, 0.5, 100.0, 3.0, 120.0) for seed, value in enumerate(kNN)]

    board, course = race.Board(tmp_path / "mine.json"), race.Board(tmp_path / "course.json")
    assert board.lines(course) == ["Nobody has raced yet."]
    course.keep(entry(None, "theirs"), laps(0.6, 0.6))
    board.keep(entry(None, "mine"), laps(0.9))
    board.keep(entry(None, "mine"), laps(0.5, 0.66))
    first, second = board.lines(course)
    assert "theirs" in first and "kNN  58.0%" in second and "2 seeds" in second and "100 s of 120" in second
    (tmp_path / "mine.json").write_text("{")
    with pytest.raises(ValueError, match=r"mine\.json is no board"):
        board.read()


@pytest.mark.parametrize("learn, words", [
    (lambda images, seconds, seed: None, "learn: got None, wanted an encoder"),
    (lambda images, seconds, seed: lambda batch: batch.flatten(1) * torch.nan, "NaN or infinity among its features"),
])
def test_what_gives_no_features_is_refused(learn, words, sets):
    with pytest.raises(ValueError, match=words):
        list(race.run(entry(learn), *sets, seconds=5, seeds=(0,)))


def test_a_file_without_learn_or_no_file_is_named(tmp_path, capsys):
    (tmp_path / "empty.py").write_text('"""Nothing."""\n')
    assert command.main([str(tmp_path / "empty.py")]) == 2 and "a function learn(images" in capsys.readouterr().err
    assert command.main([str(tmp_path / "gone.py")]) == 2 and "simclr" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("name", list(race.ENTRIES))
def test_every_entry_of_the_course_learns_from_a_few_images(name):
    small = data.shapes(600)
    small = data.ImageSet(F.interpolate(small.images.float(), 32).byte(), small.labels, small.classes, small.name)
    (lap,) = race.run(race.load(name), small[:400], small[400:], seconds=4, seeds=(0,))
    assert lap.kNN > 0.2


def test_the_command_races_and_shows_the_board(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path))
    monkeypatch.setattr(command.data, "load", lambda name, split: data.shapes(60, seed=len(split)))
    (tmp_path / "mine.py").write_text(
        '"""Mine."""\ndef learn(images, seconds, seed):\n    return lambda batch: batch.flatten(1)\n')
    assert command.main([str(tmp_path / "mine.py"), "--seeds", "1", "--seconds", "5"]) == 0
    assert "mine, seed 0: kNN" in capsys.readouterr().out
    assert command.main([]) == 0 and "mine" in capsys.readouterr().out


@pytest.mark.slow
def test_what_stands_beside_the_board_is_scored_as_those_who_race(larger, tmp_path, monkeypatch):
    monkeypatch.setattr(beside, "board", lambda: race.Board(tmp_path / "beside.json"))
    train, test = larger
    *laps, last = beside.measure(train, test, names=("supervised", "simclr_small"), seconds=1.0)
    assert [lap.seed for lap in laps] == [0, 1, 2]
    assert last.trained == recipes.weights.about("simclr_small")["seconds"] == last.seconds
    Z, Z_test = (evaluation.extract_features(recipes.load("simclr_small"), part.images) for part in larger)
    assert last.kNN == evaluation.KNNClassifier().fit(Z, train.labels).score(Z_test, test.labels)
    assert set(beside.board().read()) == {"supervised", "simclr_small"}


def test_the_supervised_network_beside_the_board_is_given_its_labels_and_the_time_that_the_filters_leave(sets, monkeypatch):
    train, given = sets[0], []
    monkeypatch.setattr(beside.training, "train", lambda method, rows, **how: given.append((method, rows, how)))
    encoder = beside.supervised(train).learn(train.images, 50.0, 0)
    ((method, (images, labels), how),) = given
    assert encoder is method.encoder and images is train.images and labels is train.labels and 10 < how["seconds"] < 50


def test_every_recipe_of_photographs_stands_beside_the_board():
    assert set(beside.WEIGHTS) == {name for name in recipes.RECIPES if not name.endswith("_books")}


def test_the_table_of_the_race_ranks_by_knn_and_says_what_has_labels(tmp_path, monkeypatch):
    board, other = race.Board(tmp_path / "race.json"), race.Board(tmp_path / "beside.json")
    board.keep(entry(None, "pixels"), [Lap(seed, 0.4, 0.3, 0.0, 1.0, 120.0) for seed in range(3)])
    other.keep(entry(None, "supervised"), [Lap(seed, 0.5 + 0.1 * seed, 0.7, 118.0, 1.0, 120.0) for seed in range(3)])
    other.keep(entry(None, "mae"), [Lap(0, 0.45, 0.5, 3600.0, 1.0, 3600.0)])
    monkeypatch.setattr(race_table.Board, "committed", classmethod(lambda cls: board))
    monkeypatch.setattr(race_table, "board", lambda: other)
    assert race_table.race_table().rows == [
        ["supervised: all labels", "118 s", "60.0% (50.0–70.0%)", "70.0%", "3"],
        ["MAE, ViT", "60 min", "45.0%", "50.0%", "1"], ["raw pixels", "—", "40.0%", "30.0%", "3"]]
