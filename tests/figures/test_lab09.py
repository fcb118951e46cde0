"""Lab 09's drawings and sentences, without a browser, on generated drawings."""

from __future__ import annotations

import types

import pytest
import torch
from torch.nn import functional as F

from sslcourse import plots, results, widgets
from sslcourse.figures import lab09 as figures
from sslcourse.figures import lab09_drawings

ALPHA = 0.2


def album(extra=("red face", "sad face", "flag chad")):
    """A test set with the concepts that the lab speaks of, three drawings each."""
    women = [f"{who} {what}" for who in ("woman", "man") for what in lab09_drawings.DOING]
    names = list(dict.fromkeys([*extra, *women, *lab09_drawings.SHOWN]))
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (3 * len(names), 3, 64, 64), dtype=torch.uint8, generator=generator)
    return types.SimpleNamespace(
        images=images, texts=[name for name in names for _ in range(3)], designer_names=("Noto", "Twemoji", "Fluent"),
        category_names=("people", "things", "none of these"), categories=(torch.arange(len(names)) % 2).repeat_interleave(3))


def cloud(n, d=6, near=0.3, seed=0):
    """Three drawings near each other for each of n concepts, on the sphere: (n, 3, d)."""
    generator = torch.Generator().manual_seed(seed)
    middle = torch.randn(n, 1, d, generator=generator)
    return F.normalize(middle + near * torch.randn(n, 3, d, generator=generator), dim=2)


def test_the_twelve_are_the_first_of_those_to_look_at():
    test = album()
    probe = figures.probe(test, 20)
    assert len(probe) == len(set(probe.tolist())) == 20
    assert [figures.names(test)[i] for i in probe[:12]] == lab09_drawings.SHOWN


def test_the_drawings_are_named(shown):
    figures.by_three_hands(album())
    figures.twins(album())
    assert "saxophone" in shown[0] and "red face, sad face" in shown[1] and "Noto" in shown[1]


def test_gaps_are_those_of_a_plain_loop():
    Z = cloud(4).flatten(0, 1)
    wanted = [float((Z[a] - Z[n]).square().sum() - (Z[a] - Z[p]).square().sum()) for a in range(12) for p in range(12)
              for n in range(12) if p != a and p // 3 == a // 3 and n // 3 != a // 3]
    gap = figures.gaps(Z)
    assert len(gap) == len(wanted) == 12 * 2 * 9
    assert torch.allclose(gap.sort().values, torch.tensor(wanted, dtype=torch.float64).sort().values, atol=1e-6)
    share = figures.shares(torch.tensor([-1.0, 0.0, 0.1, 0.2, 3.0]), ALPHA)
    assert share == pytest.approx({"hard": 0.4, "semi-hard": 0.2, "easy": 0.4})
    assert "5 triplets: 40.0% hard" in figures.kinds(torch.tensor([-1.0, 0.0, 0.1, 0.2, 3.0]), ALPHA)


def test_spread_is_the_mean_squared_distance():
    Z = cloud(5).flatten(0, 1)
    assert figures.spread(Z) == pytest.approx(float(torch.cdist(Z, Z).square().mean()), abs=1e-5)
    assert figures.spread(Z[:1].expand(9, -1)) == pytest.approx(0, abs=1e-6)


def test_a_map_keeps_its_turn():
    Z = cloud(12).flatten(0, 1).double()
    first = figures.flat(Z)
    turned = figures.flat(Z @ torch.diag(torch.tensor([-1.0, 1, -1, 1, -1, 1], dtype=torch.float64)), first)
    assert torch.allclose(turned, first, atol=1e-6), "a mirrored cloud is mapped as before"


def test_the_watch_sees_the_spread_grow(monkeypatch):
    test = album()
    probe, far = figures.probe(test, 20), {"near": 3.0}
    wide = cloud(len(figures.names(test)))
    watch = figures.watch(test, probe, lambda method, which: F.normalize(wide[which] + far["near"], dim=2), ALPHA, steps=8)
    history = types.SimpleNamespace(loss=[])
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    watch.begin(None, history, "semi-hard")
    history.loss += [0.4, 0.3, 0.2, 0.1]
    far["near"] = 0.0
    watch(None, 4)
    player = watch.player("after step")
    assert "after 4 steps: loss 0.100" in player.alt and len(plots.to_png(player.figure, dpi=30)) > 2000
    before, after = (figures.spread(seen.kept[0]) for seen in watch.runs["semi-hard"].values())
    assert before < 0.5 < after and f"spread {after:.2f}" in player.alt
    words = [text.get_text() for text in player.figure.axes[0].texts]
    assert words == ["α"]
    player.set(step=0)
    assert "after 0 steps: spread" in player.alt and len(plots.to_png(player.figure, dpi=30)) > 2000


def test_curves_say_loss_and_spread_at_the_end(shown):
    looks = {step: widgets.Seen("hard", step, [0.5] * step, (cloud(4, near=step).flatten(0, 1), None)) for step in (0, 12)}
    ends = figures.training(types.SimpleNamespace(runs={"hard": looks}), ALPHA)
    assert ends["hard"] == (pytest.approx(0.5), pytest.approx(figures.spread(looks[12].kept[0])))
    assert "hard, loss 0.500" in shown[0]


def test_margins_and_pulls_say_their_numbers(shown):
    assert figures.margins({0.2: [0.4] * 5 + [0.2] * 10, 1.0: [1.0] * 4}) == {0.2: pytest.approx(0.2), 1.0: 1.0}
    figures.pulls([1.0, 0.1], {"squared distance": [2.0, 0.2], "distance": [1.0, 1.0]})
    assert "0.200 for a margin of 0.2" in shown[0] and "squared distance, 2 to 0.2; distance, 1 to 1" in shown[1]


def test_whether_it_escaped_is_said_by_the_spread():
    wide, point = cloud(6), cloud(6, near=0)[:1].expand(6, 3, -1)
    assert "no single point" in figures.escape(point, wide)
    assert "lies near a single point as well" in figures.escape(point, point)
    assert "neither" in figures.escape(wide, wide)


def on_file(monkeypatch, numbers):
    rows = [types.SimpleNamespace(seed=seed, value=value, method=name) for (name, seed), value in numbers.items()]
    monkeypatch.setattr(results, "committed", lambda: rows)
    monkeypatch.setattr(results, "select", lambda rows, **where: [row for row in rows if row.method == where["method"]])


def test_seeds_on_file_choose_the_sentence(monkeypatch):
    on_file(monkeypatch, {("batch-all", 0): 0.5, ("semi-hard", 0): 0.48, ("batch-all", 1): 0.45, ("semi-hard", 1): 0.44})
    assert "batch-all is ahead in every one of them, by 1.0 to 2.0 points" in figures.seeds()
    on_file(monkeypatch, {("batch-all", 0): 0.5, ("semi-hard", 0): 0.48, ("batch-all", 1): 0.43, ("semi-hard", 1): 0.44})
    assert "depends on the seed" in figures.seeds()
    on_file(monkeypatch, {("batch-all", 0): 0.5})
    assert "not measured yet" in figures.seeds()


def test_the_hand_is_compared_on_one_gallery(monkeypatch):
    asked = {"semi-hard, without Twemoji": 0.4, "semi-hard, without Fluent": 0.325, "semi-hard": 0.5,
             "pixels, mean drawing off": 0.35}

    def value(**where):
        assert where["protocol"] == "Fluent asks Noto"
        return asked[where["method"]]

    monkeypatch.setattr(results, "value", value)
    assert "40.0% if Fluent is one of the two hands, 32.5% if not. So the hand makes +7.5 points" in figures.hand()

    def nothing(**_):
        raise results.NotMeasured("nothing")

    monkeypatch.setattr(results, "value", nothing)
    assert "not measured yet" in figures.hand()


def test_what_is_recorded(monkeypatch):
    kept = []
    monkeypatch.setattr(results, "record", lambda **row: kept.append(row))
    found = {("all pairs", 1): 0.5}
    assert figures.recorded("pixels", found, size=9) is found and kept[0]["metric"] == "recall@1" and kept[0]["size"] == 9
    assert figures.spread_of("hard", cloud(3), 9) == kept[1]["value"] == pytest.approx(figures.spread(cloud(3).flatten(0, 1)))


def test_a_search_finds_a_drawing_s_own_concept():
    test = album()
    Z = cloud(len(figures.names(test)), d=40, near=0.05)
    noise = F.normalize(torch.randn(Z.shape, generator=torch.Generator().manual_seed(5)), dim=2)
    panel = figures.search(test, {"pixels": noise, "semi-hard": Z})
    panel.set(drawing=4)
    assert "for deer" in panel.alt and "semi-hard, place 1" in panel.alt
    assert panel.data[3]["semi-hard"][0] == figures.names(test).index("deer")
    assert len(plots.to_png(panel.figure, dpi=30)) > 2000
    assert float(figures.right_at_1(Z).mean()) == 1 and float(figures.right_at_1(noise).mean()) < 0.3


def test_where_it_gains_and_what_it_confuses(shown, capsys):
    test = album()
    n = len(figures.names(test))
    noise = F.normalize(torch.randn(n, 3, 40, generator=torch.Generator().manual_seed(5)), dim=2)
    figures.categories(test, {"pixels": noise, "semi-hard": cloud(n, d=40, near=0.05)})
    assert "semi-hard against pixels: +" in capsys.readouterr().out and "none of these" not in shown[0]
    figures.confusions(test, noise)
    assert "wrong answers" in capsys.readouterr().out and "taken for" in shown[1]
    figures.confusions(test, cloud(n, d=40, near=0.05))
    assert "No answer is wrong." in capsys.readouterr().out


def test_the_explorer_starts_at_the_saxophone():
    test = album()
    Z = cloud(len(figures.names(test)), d=40)
    explorer = figures.explorer(test, Z, Z.flip(0))
    assert test.texts[explorer.selected] == "saxophone" and list(explorer.maps) == ["learned", "pixels"]
