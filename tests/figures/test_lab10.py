"""Lab 10's panels in each state, and its drawings, of a handful of generated images."""

from __future__ import annotations

import pytest
import torch

from sslcourse import data, losses, plots, results
from sslcourse.figures import lab10 as figures


def rows(n, d=5, seed=0):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(seed))


def photographs(n=40):
    """Images with the ten classes that the lab speaks of, four of each."""
    names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"]
    images = torch.randint(0, 256, (n, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    return data.ImageSet(images=images, labels=torch.arange(n) % 10, classes=names, name="noise")


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel._draw(panel.data), dpi=20)) > 500
    return panel._alt(panel.data, **panel.state)


def test_views_are_two_of_each_image_by_each_recipe():
    recipes = {"crop and colour": lambda images: [images, images.flip(-1)], "neither": lambda images: [images, images]}
    panel = figures.views(recipes, photographs().images[:4])
    assert "neither" in drawn(panel, recipe="neither")
    assert torch.equal(panel.data[0], panel.data[1])


def test_a_low_temperature_pushes_the_nearest_stranger():
    panel = figures.temperature(losses.nt_xent)
    low, high = ((drawn(panel, tau=tau, gap=5), panel.data[2])[1] for tau in (0.05, 5.0))
    assert low.max() > 0.9 and high.max() < 0.2 and abs(low.sum() - 1) < 1e-5
    assert "45°" in drawn(panel, tau=0.5, gap=45)


def test_neighbours_find_themselves_first_and_name_the_step():
    pool = photographs()
    panel = figures.neighbours(pool, {0: rows(40), 8: rows(40, seed=1)}, {0: 0.1, 8: 0.25})
    assert "after 8 steps" in drawn(panel, step=8) and "25%" in drawn(panel, step=8)
    step, picks, _ = panel.data
    assert step == 8 and pool.labels[picks[:, 0]].tolist() == [0, 1, 3, 5, 7, 8]


def test_pushes_of_a_batch_count_the_asker_s_own_class():
    pool = photographs()
    panel = figures.real_push([rows(40), rows(40, seed=1)], [pool.images.float() / 255] * 2, pool.labels, pool.classes)
    drawn(panel, asker="dog", tau=5.0)
    index, tau, shares, own = panel.data
    assert pool.labels[index] == 5 and tau == 5.0 and float(shares.sum()) == pytest.approx(1, abs=1e-4)
    assert own == pytest.approx(6 / 78, abs=0.03), "all negatives get alike, and 6 of 78 are of the class"


def test_drawings_say_what_was_measured(shown):
    z0, z1 = rows(3), rows(3, seed=1)
    logits, positive = losses.nt_xent_logits(z0, z1, 1.0)
    pair = [photographs(3).images.float() / 255] * 2
    figures.table(pair, logits, positive)
    figures.table(pair, logits.masked_fill(logits.isinf(), -1e9), positive)  # a student's mask
    scores = {"random network": {"kNN": 0.3, "linear probe": 0.4}, "SimCLR": {"kNN": 0.5, "linear probe": 0.525}}
    figures.training([6.0 - i / 20 for i in range(30)], scores, guessing=6.2)
    figures.training([6.0], scores, guessing=6.2)
    figures.colours({"crop alone": (rows(20).abs(), rows(30).abs(), 0.75), "crop and colour": (rows(9), rows(9), 0.1)})
    measured = {"batch size": {ruler: {64: 0.4, 256: 0.5} for ruler in figures.RULERS},
                "temperature": {ruler: {0.05: 0.4, 1.0: 0.5} for ruler in figures.RULERS}}
    figures.settings(measured)
    path = [{"step": step, "alignment": 1 / (step + 1), "uniformity": -step, "same class": 0.1 * step} for step in range(4)]
    figures.path(path)
    assert len(shown) == 7 and "52.5%" in shown[2] and "75%" in shown[4] and "temperature 0.05, kNN 40.0%" in shown[5]
    assert "-3.00 at" not in shown[6] and "then -3.00" in shown[6] and "30% after" in shown[6]


@pytest.mark.slow
def test_maps_come_back_with_one_place_for_each_photograph(shown, capsys):
    found = figures.maps(photographs(), {"before training": rows(40), "after training": rows(40, seed=1)})
    assert [m.shape for m in found.values()] == [(40, 2)] * 2 and "52%" in capsys.readouterr().out and len(shown) == 1


def test_what_was_changed_can_be_told():
    pool = photographs()
    changed = figures.changed(pool, seed=0)
    assert {name: int(y.max()) + 1 for name, (_, y) in changed.items()} == {
        "class": 10, "which part": 4, "rotation": 4, "hue": 4, "grey or not": 2}
    images, y = changed["rotation"]
    assert torch.equal(torch.rot90(pool.images[0] / 255.0, int(y[0]), dims=(1, 2)), images[0])
    grey, y = changed["grey or not"]
    assert all(bool((image[0] == image[1]).all()) == (int(k) == 0) for image, k in zip(grey, y))


def test_settings_that_are_not_all_measured_are_none(monkeypatch, capsys):
    def nothing(**_):
        raise results.NotMeasured("nothing")

    monkeypatch.setattr(results, "value", nothing)
    assert figures.settings_on_file({"temperature": {0.5: "SimCLR"}}) is None and "make results" in capsys.readouterr().out
    monkeypatch.setattr(results, "value", lambda **_: 0.5)
    assert figures.settings_on_file({"temperature": {0.5: "SimCLR"}})["temperature"]["kNN"] == {0.5: 0.5}


def test_the_head_s_bars_and_what_is_recorded(shown, monkeypatch):
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    monkeypatch.setattr(results, "say", lambda text, **_: None)
    assert figures.recorded("z", "hue", 0.75) == 0.75 and kept[0]["method"] == "SimCLR, z"
    figures.head({"h": {"hue": 0.75}, "z": {"hue": 0.5}}, {"hue": 4})
    assert "h 75%, z 50%" in shown[0]
