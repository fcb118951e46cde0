"""Lab 15's drawings, driven without a browser, on small things: every text says what was measured."""

from __future__ import annotations

import math
import types

import pytest
import torch

from sslcourse import augment, data, models, results
from sslcourse.figures import lab15 as figures
from sslcourse.figures import lab15_watch

K = 4
PHOTOGRAPHS = torch.randint(256, (12, 3, 32, 32), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def recorded(monkeypatch):
    """What goes on file: (method, protocol, metric) -> value."""
    found = {}
    monkeypatch.setattr(results, "record", lambda **row: found.update(
        {(row["method"], row["protocol"], row["metric"]): row["value"]}))
    return found


def drawn(panel):
    return {tuple(state.values()): text for state, figure, text in panel.drawn()}


def room(p: torch.Tensor, kl: float, steps: int = 12) -> figures.Room:
    """A room in which the teacher says the rows of p at every step."""
    entropy = float(torch.special.entr(p).sum(dim=1).mean())
    numbers = {"entropy": entropy, "entropy of the mean": float(torch.special.entr(p.mean(dim=0)).sum()), "KL": kl}
    found = figures.Room(lambda method, step: numbers, K)
    for step in range(1, steps + 1):
        found(types.SimpleNamespace(P_t=p.expand(2, *p.shape)), step)
    return found


ONE, FLAT, OWN = torch.eye(K)[[1] * K], torch.full((K, K), 1 / K), torch.eye(K)


def test_views_are_named_and_counted(shown):
    figures.views(augment.dino_views(24, 16, n_local_views=2), PHOTOGRAPHS[:3])
    assert "3 photographs" in shown[0] and "24 pixels and 2 small ones of 16" in shown[0]


@pytest.mark.parametrize("p, wanted", [(ONE, 0), (FLAT, 1), (OWN, 2)])
def test_the_outcome_is_read_from_the_two_entropies(p, wanted):
    assert figures.outcome(room(p, 0.1)) == figures.SAYS[wanted]


def test_a_room_keeps_every_step_sorts_what_is_said_and_records_the_last_ten(recorded):
    found = room(torch.tensor([[0.1, 0.6, 0.1, 0.2]] * 3), kl=0.5)
    one, mean = found.answers[10]
    assert len(found.curves) == 12 and one.tolist() == pytest.approx([0.6, 0.2, 0.1, 0.1]) == mean.tolist()
    assert found.record("neither", 0, 100) is found
    assert recorded["neither", "last step", "KL"] == pytest.approx(0.5)
    share = recorded["neither", "last step", "entropy / ln K"]
    assert share == pytest.approx(found.curves[0]["entropy"] / math.log(K)) and 0 < share < 1


def test_the_mean_of_answers_is_no_image_s_own():
    one, mean = room(OWN, 0.1).answers[1]
    assert one.tolist() == [1, 0, 0, 0] and mean.tolist() == [0.25] * 4


def test_the_switches_lead_to_their_rooms(capsys):
    names = {"centring and sharpening": OWN, "centring alone": FLAT, "sharpening alone": ONE, "neither": FLAT}
    found = {name: room(p, 0.1) for name, p in names.items()}
    texts = drawn(figures.rooms(found))
    assert f"each image's answer is 0.00, that of the mean {math.log(K):.2f}" in texts["on", "on", 10]
    assert "each image's answer is 0.00, that of the mean 0.00" in texts["off", "on", 10]
    assert f"each image's answer is {math.log(K):.2f}" in texts["on", "off", 1] and len(texts) == 4 * 5
    figures.rooms_told(found)
    said = capsys.readouterr().out.splitlines()
    assert "tell images apart" in said[0] and all("say nothing about the image" in line for line in said[1:])


def test_one_room_is_shown_with_its_entropies(shown):
    figures.room("Algorithm 1", room(OWN, 0.25))
    said = "at the end the entropies are 0% of ln K for each image, 100% for the mean of all, and KL is 0.25 nats."
    assert shown == [f"Algorithm 1: {said}"]


@pytest.mark.parametrize("p, kl, said", [
    (FLAT, 14.0, "this run blew up"), (ONE, 0.01, "say nothing about the image"), (FLAT, 0.0, "neither a blow-up")])
def test_what_no_stop_gradient_came_to_is_said_by_its_loss(shown, capsys, p, kl, said):
    figures.blown_up(room(p, kl))
    assert said in capsys.readouterr().out and f"KL is {kl:.2f}" in shown[0]


def votes(lead: float, n: int = 2000):
    """The teacher is right where the student is, and on the share `lead` of the photographs besides."""
    student = torch.rand(n, generator=torch.Generator().manual_seed(0)) < 0.4
    other = torch.rand(n, generator=torch.Generator().manual_seed(1))
    teacher = torch.where(other < 0.05, ~student, student) | (other > 1 - lead)
    return {who: {0: student, 50: hit, 100: hit} for who, hit in (("teacher", teacher), ("student", student))}


def test_a_lead_has_an_interval_and_a_small_one_is_no_difference(shown, recorded, monkeypatch):
    figures.lead(votes(0.2))
    assert "Teacher minus student: +0.0 ± 0.0 points, +1" in shown[0] and "at 100" in shown[0]
    assert figures.lead_words(votes(0.2))[0] == "the teacher's"
    who, told = figures.lead_words(votes(0.0))
    assert who == "no difference that this can see" or abs(float(told.split()[6])) > float(told.split()[8])
    kept = {}
    monkeypatch.setattr(figures.results, "record_images_error", lambda lead, **where: kept.update({where["protocol"]: lead}))
    figures.record(votes(0.2), seed=0, size=10)
    early, late, together = kept.values()
    assert list(kept) == [*(f"kNN after {step} steps" for step in (50, 100)), "kNN, mean over the looks"]
    assert torch.equal(together, (early + late) / 2)
    assert set(recorded) == {(f"DINO, {who}", f"kNN after {step} steps", "accuracy")
                             for who in ("teacher", "student") for step in (50, 100)}


def test_nobody_leads_where_both_err_as_often():
    generator = torch.Generator().manual_seed(0)
    found = {who: {50: torch.rand(2000, generator=generator) < 0.4} for who in ("teacher", "student")}
    assert figures.lead_words(found)[0] == "no difference that this can see"


def test_the_memory_of_each_momentum_is_drawn():
    texts = drawn(figures.memory([0.0, 0.9, 1.0]))
    assert "0.1 times 0.9" in texts[0.9,] and len(texts) == 3


def attending(networks, n=2):
    return {name: figures.looks(net, PHOTOGRAPHS[:n]) for name, net in networks.items()}


def small_vits():
    return {name: models.VisionTransformer(32, 4, width=16, depth=1, heads=2) for name in ("DINO", "untrained")}


def test_attention_is_shown_for_each_network_and_size():
    panel = figures.attention(small_vits(), {"cat": PHOTOGRAPHS[0], "dog": PHOTOGRAPHS[1]})
    panel.set(pixels=32)
    assert panel.data[1].shape == (2, 8, 8) and "even share is 1.6%" in panel.alt
    panel.set(pixels=64, network="untrained")
    assert panel.data[1].shape == (2, 16, 16) and panel.figure.axes
    assert torch.allclose(panel.data[1].sum(dim=(1, 2)), torch.ones(2))


def test_the_figure_of_a_drawing_is_what_is_not_white():
    pictures = torch.full((3, 3, 32, 32), 255, dtype=torch.uint8)
    pictures[:, 1, :4, :4] = 0
    assert figures.drawings(pictures, 2)[1].sum(dim=(1, 2)).tolist() == [16, 16]


def test_focus_is_1_for_an_even_look_and_more_where_it_leans(shown, recorded, capsys):
    even, leaning = torch.full((2, 1, 65, 65), 1 / 65), torch.zeros(2, 1, 65, 65)
    leaning[:, :, 0, 1:33] = 1 / 32                                   # the upper half
    figure = torch.zeros(2, 32, 32, dtype=torch.bool)
    figure[:, :16] = True
    ratios = figures.focus({"DINO": leaning, "untrained": even, "MAE": even}, figure)
    assert ratios["DINO"][-1] == pytest.approx(2) and ratios["untrained"][-1] == pytest.approx(1, abs=1e-5)
    assert recorded["DINO, ViT", "class token's attention", "on the figure / area"] == pytest.approx(2)
    figures.focus_words(ratios)
    dino, mae = capsys.readouterr().out.splitlines()
    assert "lean towards" in dino and "blind" in mae and "DINO 2.00" in shown[0]


def test_overlap_says_who_is_ahead_of_an_untrained_network(shown, recorded, capsys):
    noise = torch.rand(400, 3, generator=torch.Generator().manual_seed(0)) / 10
    figures.covered({"DINO": noise, "untrained": noise.flip(0), "MAE": noise.flip(0) + torch.tensor([0.2, 0.1, 0.1])})
    dino, mae = capsys.readouterr().out.splitlines()
    assert "no difference" in dino and "ahead" in mae and "MAE 25." in shown[0]
    assert recorded["MAE, ViT", "class token's attention, best head", "Jaccard, 60%"] == pytest.approx(0.25, abs=0.01)


def pool():
    return data.ImageSet(PHOTOGRAPHS, torch.arange(12) % 10, [
        "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"], "cifar10")


def test_watching_draws_loss_map_and_neighbors():
    watched = figures.watch(lambda method: {"features": torch.randn(20, 5, generator=torch.Generator().manual_seed(method)),
                                            "teacher": method, "student": -method}, pool())
    watched.begin(0, types.SimpleNamespace(loss=[]), "DINO")
    watched._loss += [2.0, 1.0]
    watched(1, 2)
    texts = drawn(watched.player("after step"))
    assert "untrained" in texts[0,] and "loss is 1.50" in texts[2,] and "12 photographs" in texts[2,]
    voted = figures.votes(watched, lambda network: torch.tensor([network > 0]))
    assert {who: [bool(hit) for hit in found.values()] for who, found in voted.items()} == {
        "teacher": [False, True], "student": [False, False]} and list(voted["teacher"]) == [0, 2]


def test_a_photograph_is_not_its_own_neighbor_and_a_map_does_not_spin():
    Z = torch.randn(30, 6, generator=torch.Generator().manual_seed(0))
    nearest, _ = lab15_watch.neighbors(Z, torch.zeros(30), k=4)
    assert nearest.shape == (30, 4) and not (nearest == torch.arange(30)[:, None]).any()
    first = lab15_watch.map_of(Z)
    turned = lab15_watch.map_of(Z, first @ torch.tensor([[0.0, 1.0], [-1.0, 0.0]], dtype=torch.float64))
    assert (turned - first).norm() > 1 and torch.allclose(lab15_watch.map_of(Z, first), first, atol=1e-8)
