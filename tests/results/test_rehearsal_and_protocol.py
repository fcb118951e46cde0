"""A rehearsal cuts every training and keeps no number; the common protocol scores and records as it says."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from sslcourse import data, evaluation, results, runtime, training
from sslcourse.results import journal

LAB = "98_test"


class Mean(nn.Module):
    """The least method there is: it learns the mean brightness."""

    def __init__(self):
        super().__init__()
        self.level = nn.Parameter(torch.zeros(()))

    def loss(self, batch):
        return (batch[0].float().mean() / 255 - self.level).square()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_HOME", str(tmp_path))
    monkeypatch.delenv(journal.RUN, raising=False)
    monkeypatch.delenv("SSLCOURSE_REHEARSAL", raising=False)


def record():
    results.record(lab=LAB, method="m", data="shapes", protocol="p", metric="accuracy", value=0.5)


def test_a_rehearsal_trains_a_share_of_the_steps_and_keeps_no_number(monkeypatch):
    shapes = data.shapes(64, seed=0)
    assert training.train(Mean(), shapes, steps=50, batch_size=32).steps == 50
    record()
    assert len(results.mine()) == 1
    journal.folder().joinpath(f"{LAB}.jsonl").unlink()
    monkeypatch.setenv("SSLCOURSE_REHEARSAL", "0.05")
    assert training.train(Mean(), shapes, steps=50, batch_size=32).steps == 3          # 2.5, rounded up
    assert training.train(Mean(), shapes, steps=1, batch_size=32).steps == 1
    assert training.train(Mean(), shapes, seconds=4, batch_size=32).seconds < 2        # 0.2 s and one step
    record()
    assert results.mine() == []


def test_after_a_stopped_training_no_number_is_kept_and_the_table_says_so():
    shapes = data.shapes(64, seed=0)

    def stop(*_):
        raise KeyboardInterrupt

    with pytest.raises(training.Interrupted):
        training.train(Mean(), shapes, steps=50, batch_size=32, evaluate=stop, every=3, desc="mean")
    record()
    assert results.mine() == []
    assert "No number of this notebook is kept now (mean: stopped after 3 of 50 steps)." in results.table(LAB).note
    training.train(Mean(), shapes, steps=5, batch_size=32, desc="mean")
    record()
    assert len(results.mine()) == 1 and "kept now" not in results.table(LAB).note


@pytest.mark.parametrize("said", ["0", "-0.1", "1.5", "much", "nan"])
def test_a_share_that_is_none_is_refused(monkeypatch, said):
    monkeypatch.setenv("SSLCOURSE_REHEARSAL", said)
    with pytest.raises(ValueError, match="SSLCOURSE_REHEARSAL"):
        runtime.rehearsal()


def pixels(images):
    return images.flatten(1)


def test_the_protocol_is_knn_and_probe_on_frozen_features_and_both_are_recorded():
    train, test = data.shapes(120, size=8, seed=0), data.shapes(60, size=8, seed=1)  # few pixels: a quick probe
    found = results.evaluate(pixels, train, test, lab=LAB, method="raw pixels", seed=3)
    Z, Z_test = (evaluation.extract_features(pixels, part.images) for part in (train, test))
    for protocol, classifier in {"kNN": evaluation.KNNClassifier(), "linear probe": evaluation.LinearProbe()}.items():
        assert found[protocol] == classifier.fit(Z, train.labels).score(Z_test, test.labels)
    rows = {row.protocol: row for row in results.mine()}
    assert {protocol: row.value for protocol, row in rows.items()} == found
    assert {(row.lab, row.method, row.data, row.metric, row.seed, row.size) for row in rows.values()} == {
        (LAB, "raw pixels", train.name, "accuracy", 3, 120)}


def test_one_protocol_alone_and_an_unknown_one():
    train = data.shapes(60, seed=0)
    assert list(results.evaluate(pixels, train, train, lab=LAB, method="m", protocols=["kNN"], size=7)) == ["kNN"]
    assert [row.size for row in results.mine()] == [7]
    with pytest.raises(ValueError, match="protocols: got 'kmeans'"):
        results.evaluate(pixels, train, train, lab=LAB, method="m", protocols=["kmeans"])
