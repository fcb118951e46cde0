"""Watching a network learn: what is kept, when it is drawn, what it costs, and the player over it."""

from __future__ import annotations

import time

import pytest
import torch
from torch import nn

from sslcourse import plots, training, widgets
from sslcourse.widgets import watch as watching


class Line(nn.Module):
    """One number that is drawn towards 1."""

    def __init__(self):
        super().__init__()
        self.at = nn.Parameter(torch.zeros(()))

    def loss(self, batch):
        return (self.at - 1).square() * (1 + torch.rand(())) + 0.0 * batch.sum()


class Place:
    """What stands in a cell: every version of it."""

    def __init__(self):
        self.pages = []

    def __call__(self, bundle, raw, display_id):
        self.pages.append(bundle)
        return self

    def update(self, bundle, raw):
        self.pages.append(bundle)


def draw(seen):
    figure, axis = plots.new_figure()
    axis.plot(seen.loss)
    return figure


def watched(**more):
    return widgets.Watch(lambda method: (torch.rand(()), float(method.at.detach()))[1], draw,
                         lambda seen: f"{seen.run}: {seen.kept:.3f} after {seen.step} steps", **more)


def train(watch, steps=6, desc="line", **more):
    return training.train(Line(), torch.zeros(8, 1), steps=steps, batch_size=4, lr=0.1, evaluate=watch, every=2, desc=desc,
                          bfloat16=False, **more)


@pytest.fixture
def cell(monkeypatch):
    place = Place()
    monkeypatch.delenv("SSLCOURSE_QUIET", raising=False)
    monkeypatch.setattr("IPython.display.display", place)
    return place


def test_the_first_look_is_before_the_first_step(cell):
    watch = watched()
    history = train(watch)
    seen = watch.runs["line"]
    assert list(seen) == [0, 2, 4, 6] and [len(look.loss) for look in seen.values()] == [0, 2, 4, 6]
    assert seen[0].kept == 0 and seen[0].kept < seen[2].kept < seen[6].kept and seen[6].loss == history.loss


def test_watching_does_not_change_the_run(cell):
    assert train(watched()).loss == train(None).loss


def test_drawing_costs_no_more_than_its_share(cell, monkeypatch):
    monkeypatch.setattr(watching, "SHARE", 10.0)
    train(watched())
    assert len(cell.pages) == 4, "each look"
    slow = watched()
    slow._draw = lambda seen: time.sleep(0.3) or draw(seen)
    cell.pages.clear()
    monkeypatch.setattr(watching, "SHARE", 0.05)
    train(slow)
    assert len(cell.pages) == 1 and len(slow.runs["line"]) == 4, "one drawing was dear enough, and all looks are kept"


def test_looks_count_as_much_as_drawings(cell, monkeypatch):
    monkeypatch.setattr(watching, "SHARE", 0.5)
    slow = watched()
    slow._look = lambda method: time.sleep(0.4) or 0.0
    train(slow)
    assert len(cell.pages) == 1 and len(slow.runs["line"]) == 4, "the looks alone cost more than half of the time"
    assert slow.spent >= 1.6


def test_nobody_watches(cell, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    watch = watched()
    train(watch)
    assert cell.pages == [] and len(watch.runs["line"]) == 4


def test_a_player_for_each_run_takes_the_figure_s_place(cell, monkeypatch):
    monkeypatch.setattr(watching, "SHARE", 10.0)
    watch = watched()
    train(watch, desc="short", steps=4)
    train(watch, desc="long")
    panel = watch.player("after step")
    assert cell.pages[-1] == {"text/html": "", "text/plain": ""}
    assert panel.controls == {"run": ["short", "long"], "step": [0, 2, 4, 6]} and panel.play == "step"
    assert panel.live is False, "drawn here, so that it plays without a kernel"
    panel.set(run="long", step=6)
    assert panel.alt.startswith("long") and "after 6 steps" in panel.alt
    panel.set(run="short")
    assert "after 4 steps" in panel.alt, "the last look of a run that was shorter"
    assert len(plots.to_png(panel.figure, dpi=20)) > 300


def test_one_run_needs_no_choice_of_runs(cell):
    watch = watched()
    train(watch)
    assert list(watch.player().controls) == ["step"] and "after 6" in watch.player().alt


def test_a_watch_that_was_given_to_no_training(cell):
    with pytest.raises(ValueError, match="watch"):
        watched().player()
    with pytest.raises(ValueError, match="watch"):
        watched()(Line(), 3)
