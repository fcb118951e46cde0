"""Lab 16's panels in each state, its drawings, its counts and its clinic, of small made-up networks."""

from __future__ import annotations

import math

import pytest
import torch

from sslcourse import models, plots, results
from sslcourse.figures import lab16 as figures
from sslcourse.figures.lab16_patches import cosines


def photographs(n=4, seed=0):
    return torch.randint(256, (n, 3, 32, 32), generator=torch.Generator().manual_seed(seed), dtype=torch.uint8)


def vit(registers=0):
    torch.manual_seed(0)
    return models.VisionTransformer(32, 8, 16, 1, 2, mask_token=True, stem="conv", registers=registers)


def drawn(panel, **state):
    panel.set(**state)
    assert len(plots.to_png(panel._draw(panel.data), dpi=20)) > 500
    return panel._alt(panel.data, **panel.state)


@pytest.fixture
def rows(monkeypatch):
    """What is put on file, instead of putting it there."""
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    monkeypatch.setattr(results, "select", lambda *where, **also: [])
    return kept


@pytest.mark.slow
def test_the_paper_s_table_has_every_row_in_each_order_and_color():
    cited = results.cited("dinov2-table4")
    panel = figures.table4()
    for colored in ("supervision", "data"):
        told = drawn(panel, colored=colored, sorted_by="as in the paper")
        assert told.count("linear ") == len(cited) and "MAE ViT-H/14, INet-1k, kNN 49.4, linear 76.6" in told
    assert drawn(panel, sorted_by="the gap between them").split(". ")[1].startswith("MAE")
    assert "SEERv2 RG10B, IG2B, kNN –" in drawn(panel, sorted_by="kNN").split("; ")[-1]


def test_parts_are_compared_with_the_one_before(shown, rows, capsys):
    found = {(name, seed): {"kNN": vote + seed / 100, "found again": 0.25} for seed in (0, 1, 2)
             for name, vote in (("DINO", 0.3), ("+ iBOT", 0.4))}
    figures.parts(found, "40 steps", "Parts")
    figures.parts_words(found, "40 steps")
    assert "DINO: kNN, class token 31.0%, patches found again 25.0%" in shown[0]
    said = capsys.readouterr().out
    assert "+ iBOT: +10.0 points (95%: +10.0 to +10.0, 3 seeds), a gain" in said and "no difference that this can see" in said
    figures.recorded("DINO", found["DINO", 0], 0, 100, "40 steps")
    assert [(row["protocol"], row["value"]) for row in rows] == [
        ("kNN, class token, 40 steps", 0.3), ("patches found again, 40 steps", 0.25)]
    figures.sizes({"kept": found["DINO", 0]}, "32 pixels")
    assert "kept, kNN 30.0%" in shown[1]


def test_patches_are_the_network_s_own_in_their_places():
    net, images = vit().eval(), photographs()
    found = figures.patches(net, images, grid=4)
    with torch.no_grad():
        own = net.tokens(images.float() / 255)[:, 1:]
    torch.testing.assert_close(found.flatten(1, 2), own)
    assert figures.patches(net, images, grid=8).shape == (4, 8, 8, 16)
    pixels = figures.patches(None, images, grid=8)
    square = images[0, :, 4:8, 8:12].float() / 255
    torch.testing.assert_close(pixels[0, 1, 2], square.flatten())


def test_cosines_are_of_each_patch_with_each():
    a, b = torch.rand(2, 3, 5), torch.rand(2, 2, 5)
    found = cosines(a, b)
    assert found.shape == (2, 3, 2, 2)
    assert float(found[1, 2, 0, 1]) == pytest.approx(float(torch.cosine_similarity(a[1, 2], b[0, 1], dim=0)), abs=1e-6)


def test_found_again_counts_patches_in_their_place_and_takes_off_what_a_place_has_anyway():
    generator = torch.Generator().manual_seed(0)
    patches = torch.randn(40, 3, 3, 8, generator=generator)
    assert figures.found_again(patches, patches).tolist() == [1.0] * 40
    swapped = patches.flip(1)                                   # the middle row alone stays
    assert torch.allclose(figures.found_again(patches, swapped), torch.full((40,), 1 / 3))
    place = 50 * torch.randn(3, 3, 8, generator=generator)
    noise = torch.randn(40, 3, 3, 8, generator=generator)
    assert figures.found_again(patches + place, noise + place).mean() < 0.3


def test_paired_words_are_chosen_by_the_interval(capsys):
    base = torch.rand(200, generator=torch.Generator().manual_seed(0))
    figures.paired_words({"a": base, "b": base + 0.1, "c": base - 0.1, "d": base.flip(0)}, against="a")
    said = capsys.readouterr().out
    assert "b against a: +10.0 ± 0.0 points, ahead." in said and "c against a: -10.0" in said and "behind." in said
    assert "d against a: " in said and "no difference that this can see." in said


def test_colors_and_matches_of_each_network():
    networks = {"ours": vit(), "pixels": None}
    panel = figures.colors(networks, photographs(), lambda patches: patches[..., :3].sigmoid(), photographs(6, seed=1))
    for network in networks:
        assert f"8 × 8 patches by {network}" in drawn(panel, network=network, grid=8)
    off = panel.data
    assert "has anyway left in" in drawn(panel, place="left in") and not torch.allclose(panel.data, off)
    matches = figures.correspondence(networks, {"two": list(photographs(2))}, photographs(6, seed=1))
    assert matches.cosines["ours"]["two"].shape == (8, 8, 8, 8) and "by ours" in matches.alt


def test_the_watch_shows_colors_and_the_vote():
    kept = (0.375, torch.rand(4, 4, 4, 6))
    watch = figures.watch(lambda method: kept, photographs(), lambda patches: patches[..., :3])
    watch.begin(None, type("History", (), {"loss": []})(), "on")
    assert drawn(watch.player("step")).startswith("After 0 more steps: a kNN vote by the class token gets 37.5%.")


def test_norms_are_those_before_the_last_norm(shown, rows, capsys):
    net, images = vit(registers=2), photographs()
    found = figures.norms({"two registers": net}, images, size=32)["two registers"]
    x = net.eval()._embed(images.float() / 255)
    with torch.no_grad():
        for block in net.blocks:
            x = block(x)
    torch.testing.assert_close(found, x[:, 1:17].norm(dim=2))
    assert "two registers, median" in shown[0]
    figures.norms_words({"calm": torch.ones(2, 50), "loud": torch.cat([torch.ones(99), torch.tensor([9.0])])[None]})
    said = capsys.readouterr().out
    assert "calm: no patch shouts" in said and "loud: 1.00% of the patches" in said and "9.0 times the median" in said
    assert rows[-1]["value"] == pytest.approx(9)


LN_K = math.log(16)
FACES = [
    ({"entropy": 0.0, "entropy of the mean": 0.1, "KL": 0.1, "RankMe": 9.0}, figures.SAYS[0]),
    ({"entropy": LN_K, "entropy of the mean": LN_K, "KL": 0.1, "RankMe": 9.0}, figures.SAYS[1]),
    ({"entropy": 0.4 * LN_K, "entropy of the mean": LN_K, "KL": 0.1, "RankMe": 2.0}, figures.SAYS[2]),
    ({"entropy": 0.4 * LN_K, "entropy of the mean": LN_K, "KL": 0.1, "RankMe": 9.0}, figures.SAYS[3]),
    ({"entropy": 0.4 * LN_K, "entropy of the mean": LN_K, "KL": 20.0, "RankMe": 9.0}, figures.SAYS[4]),
    ({"entropy": 0.4 * LN_K, "entropy of the mean": LN_K, "KL": math.nan, "RankMe": 9.0}, figures.SAYS[4]),
]


@pytest.mark.parametrize(("found", "said"), FACES)
def test_each_face_of_a_collapse_has_its_name(found, said):
    assert figures.diagnosis(found, K=16, width=32) == said


def test_the_clinic_draws_all_patients_and_tells_of_their_last_step(rows, capsys):
    looks = iter([FACES[3][0], FACES[3][0], FACES[2][0], FACES[0][0]])
    monitor = figures.clinic(lambda method: next(looks), K=16, width=32)
    for name in ("healthy", "broken"):
        monitor.begin(None, type("History", (), {"loss": []})(), name)
        monitor(None, 5)
    panel = monitor.player("step")
    assert drawn(panel, run="broken", step=5).startswith("broken, step 5: the entropy of each image's targets is 0.00")
    assert figures.SAYS[3].capitalize() in drawn(panel, run="healthy", step=0)
    said = figures.diagnosis_words(monitor, 16, 32, size=100)
    assert said == {"healthy": figures.SAYS[3], "broken": figures.SAYS[0]} and "broken: one output" in capsys.readouterr().out
    assert len(rows) == 8


def test_shares_found_again_are_drawn(shown, rows):
    figures.again({"ours": torch.tensor([0.25, 0.75]), "pixels": torch.tensor([0.5, 0.5])})
    assert "ours 50.0%, pixels 50.0%; guessing 1.6%" in shown[0] and len(rows) == 2
