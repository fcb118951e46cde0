"""Every widget driven from code, through the same state → data → figure that the browser drives."""

from __future__ import annotations

import pytest
import torch

from sslcourse import plots, widgets

CLASSES = ("left", "right")


def panel(computed: list | None = None, **arguments) -> widgets.Panel:
    def compute(k, colour):
        if computed is not None:
            computed.append((k, colour))
        return [k] * 3

    def draw(data):
        figure, axis = plots.new_figure(width=2, height=1)
        axis.plot(data)
        return figure

    return widgets.Panel(
        {"k": [1, 2, 3], "colour": ["red", "blue"]}, compute, draw,
        alt=lambda data, k, colour: f"A flat line at {k}, drawn as if it were {colour}.", **arguments,
    )


def explorer(**arguments) -> widgets.Explorer:
    features = torch.cat([torch.zeros(5, 3), torch.ones(5, 3)]) + 0.01 * torch.arange(10)[:, None]
    given = dict(
        images=torch.zeros(10, 1, 4, 4, dtype=torch.uint8), labels=torch.arange(10) // 5, classes=CLASSES,
        maps={"one": torch.rand(10, 2), "two": torch.rand(10, 2)}, features=features, k=4,
    )
    return widgets.Explorer(**{**given, **arguments})


def test_panel_starts_in_the_middle_or_where_told():
    assert panel().state == {"k": 2, "colour": "blue"}
    assert panel(start={"k": 3}).state == {"k": 3, "colour": "blue"}


def test_each_state_is_computed_once():
    computed = []
    p = panel(computed)
    p.set(k=1), p.data, p.data, p.set(k=3), p.data, p.set(k=1), p.data
    assert computed == [(1, "blue"), (3, "blue")]


def test_precompute_reaches_every_state_and_returns_to_the_present_one():
    computed = []
    p = panel(computed).precompute()
    assert len(computed) == len(set(computed)) == 6 == len(p.states())
    assert p.state == {"k": 2, "colour": "blue"}


@pytest.mark.slow
def test_every_state_draws_its_own_figure_and_text():
    p = panel()
    pages = set()
    for state in p.states():
        p.set(**state)
        pages.add(p.html())
        assert f"at {state['k']}" in p.html() and state["colour"] in p.html()
    assert len(pages) == 6


def test_a_hand_on_the_slider_changes_state_and_figure():
    p = panel()
    view = widgets.panel._View(p)
    before = view._figure.value
    view._controls["k"].value = 3
    assert p.state["k"] == 3 and view._figure.value != before


def test_long_words_on_a_button_are_shown_whole():
    from sslcourse.widgets.panel import _View

    assert _View(panel())._controls["colour"].style.button_width == "max-content"


def fails_at_three(k, colour):
    if k == 3:
        raise ZeroDivisionError("no such <figure>")
    return [k] * 3


def shown_twice(shown: list, monkeypatch, thing):
    """The two boxes of ipywidgets that two cells get."""
    from ipywidgets.widgets.widget import _instances

    view = "application/vnd.jupyter.widget-view+json"
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle[view]["model_id"]))
    thing._ipython_display_(), thing._ipython_display_()
    return [_instances[model] for model in shown]


def test_a_panel_in_two_cells_shows_one_state(monkeypatch):
    p = panel(live=True)
    first, second = shown_twice([], monkeypatch, p)
    first.children[0].value = 3
    second.children[1].value = "red"
    for box in (first, second):
        assert [control.value for control in box.children[:2]] == [3, "red"]
        assert "A flat line at 3" in box.children[2].value and "red" in box.children[2].value
    p.set(k=1)
    assert [box.children[0].value for box in (first, second)] == [1, 1]


def test_what_the_computation_raises_is_told_and_the_slider_goes_back(monkeypatch):
    p = panel(live=True)
    p._compute = fails_at_three
    box, _ = shown_twice([], monkeypatch, p)
    slider, _, figure, said, _ = box.children
    before = figure.value
    slider.value = 3
    assert (slider.value, p.state["k"], figure.value) == (2, 2, before)
    assert said.value == "<b>ZeroDivisionError: no such &lt;figure&gt;</b>" and said.layout.display != "none"
    slider.value = 1
    assert "A flat line at 1" in figure.value and said.value == "" and said.layout.display == "none"


def test_from_code_the_error_is_raised_and_nothing_moves(monkeypatch):
    p = panel(live=True)
    p._compute = fails_at_three
    box, _ = shown_twice([], monkeypatch, p)
    with pytest.raises(ZeroDivisionError):
        p.set(k=3, colour="red")
    assert p.state == {"k": 2, "colour": "blue"} and [c.value for c in box.children[:2]] == [2, "blue"]


def test_every_move_is_answered_also_one_that_fails(monkeypatch):
    p = panel(live=True)
    p._compute = fails_at_three
    box, _ = shown_twice([], monkeypatch, p)
    slider, colour, *_, waiting = box.children
    assert waiting.answered == ["1", "1"] and waiting.shows == "k 2, colour blue"
    slider.value = 1
    assert waiting.answered == ["0", "1"] == [str(slider.index), str(colour.index)] and waiting.shows == "k 1, colour blue"
    slider.value = 3  # it goes back, and nothing is left to wait for
    assert waiting.answered == ["0", "1"] == [str(slider.index), str(colour.index)]
    p.set(k=2, colour="red")
    assert waiting.answered == ["1", "0"] and waiting.shows == "k 2, colour red"


def test_several_controls_at_once_are_one_drawing(monkeypatch):
    p = panel(live=True)
    shown_twice([], monkeypatch, p)
    drawn, draw = [], p._draw
    p._draw = lambda data: drawn.append(data) or draw(data)
    p.set(k=1, colour="red")
    assert drawn == [[1, 1, 1]]


def test_set_from_code_moves_the_slider_too():
    p = panel(live=True)
    view = widgets.panel._View(p)
    p.set(k=1, colour="red")
    assert view._controls["k"].value == 1 and view._controls["colour"].value == "red"
    assert "A flat line at 1" in view._figure.value and "red" in view._figure.value


@pytest.mark.parametrize("state, message", [
    ({"kk": 1}, "control: got 'kk', wanted one of k, colour"),
    ({"k": 7}, "k: got 7, wanted one of 1, 2, 3"),
])
def test_panel_refuses_positions_that_it_does_not_have(state, message):
    with pytest.raises(ValueError, match=message):
        panel().set(**state)


def test_panel_without_controls_or_positions():
    for controls in ({}, {"k": []}):
        with pytest.raises(ValueError, match="controls"):
            widgets.Panel(controls, compute=None, draw=None, alt=None)


def test_neighbours_are_the_nearest_others():
    e = explorer()
    for index in range(10):
        assert index not in e.neighbours(index)
        assert {i // 5 for i in e.neighbours(index)} == {index // 5}
    assert e.neighbours(0) == [1, 2, 3, 4]
    assert e.agreement(0) == 1.0


def test_beyond_a_thousand_images_nobody_is_their_own_neighbour():
    n = 1_030  # more than one block of distances
    line = torch.stack([torch.arange(float(n)), torch.zeros(n)], dim=1)
    e = explorer(images=torch.zeros(n, 1, 1, 1, dtype=torch.uint8), labels=torch.zeros(n, dtype=torch.long),
                 maps={"line": line}, features=line, k=2)
    for index in (0, 1, 1_023, 1_024, 1_025, n - 1):
        near = {index - 1, index + 1} if 0 < index < n - 1 else {abs(index - 1), abs(index - 2)}
        assert set(e.neighbours(index)) == near


@pytest.mark.parametrize(("middle", "step"), [(0.0, 1.0), (1e3, 0.05), (1e5, 0.1), (-1e6, 1.0)])
def test_neighbours_far_from_zero_are_the_nearest_too(middle, step):
    places = middle + step * torch.arange(64.0)
    features = torch.stack([places, torch.full((64,), middle)], dim=1)
    e = explorer(images=torch.zeros(64, 1, 4, 4, dtype=torch.uint8), labels=torch.zeros(64, dtype=torch.long),
                 maps={"one": features}, features=features, k=2)
    assert all(set(e.neighbours(i)) == {i - 1, i + 1} for i in range(1, 63))


def test_an_explorer_in_two_cells_is_one(monkeypatch):
    e = explorer()
    shown = shown_twice([], monkeypatch, e)
    shown[0].selected = 7
    shown[1].map = "two"
    assert all((view.selected, view.map) == (7, "two") for view in shown) and (e.selected, e.map) == (7, "two")


def test_without_a_widget_the_maps_are_a_figure_with_its_text(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    explorer()._ipython_display_()
    (bundle,) = shown
    assert bundle["text/plain"] == "one and two: maps of 10 images, each a dot in the colour of its class."
    assert bundle["text/html"].startswith("<img") and bundle["text/plain"] in bundle["text/html"]


def test_a_map_keeps_its_proportions():
    wide = torch.rand(10, 2) * torch.tensor([40.0, 10.0])
    wide[0], wide[1] = torch.tensor([0.0, 0.0]), torch.tensor([40.0, 10.0])
    e = explorer(maps={"wide": wide})
    e._ipython_display_()
    points = torch.frombuffer(bytearray(e._view.points), dtype=torch.float32).reshape(10, 2)
    assert torch.allclose(points.max(0).values - points.min(0).values, torch.tensor([1.0, 0.25]))
    assert torch.allclose(points.mean(0), (wide.mean(0) - torch.tensor([20.0, 5.0])) / 40 + 0.5, atol=1e-6)


def test_agreement_counts_labels_not_positions():
    assert explorer(labels=torch.tensor([0, 0, 1, 1, 1, 1, 1, 1, 1, 1])).agreement(0) == 0.25


def test_explorer_follows_code_and_the_browser_alike():
    e = explorer()
    e._ipython_display_()
    e.select(7), e.show_map("two")
    assert (e._view.selected, e._view.map) == (7, "two")
    e._view.selected, e._view.map = 3, "one"  # what the browser sends after a click
    assert (e.selected, e.map) == (3, "one")


def test_explorer_sends_every_map_within_the_unit_square():
    e = explorer(maps={"far": torch.rand(10, 2) * 1e4 - 5e3})
    e._ipython_display_()
    points = torch.frombuffer(bytearray(e._view.points), dtype=torch.float32).reshape(10, 2)
    assert points.min() >= 0 and points.max() <= 1
    assert torch.isclose((points.max(0).values - points.min(0).values).max(), torch.tensor(1.0))


@pytest.mark.parametrize("wrong, message", [
    ({"labels": torch.arange(10)}, "labels: got labels from 0 to 9"),
    ({"labels": torch.zeros(9, dtype=torch.long)}, "labels"),
    ({"maps": {}}, "maps"),
    ({"maps": {"one": torch.rand(9, 2)}}, "maps"),
    ({"maps": {"one": torch.full((10, 2), float("nan"))}}, "maps"),
    ({"features": torch.rand(9, 3)}, "features"),
    ({"k": 10}, "k: got 10"),
    ({"images": torch.zeros(10, 4, 4)}, "images"),
])
def test_explorer_refuses_what_does_not_fit(wrong, message):
    with pytest.raises(ValueError, match=message):
        explorer(**wrong)


def test_prediction_is_kept_and_set_beside_the_outcome():
    guess = widgets.Prediction("Which?", ["this", "that"])
    assert guess.verdict("that") == "You made no guess. Measured: that."
    guess.commit("this")
    assert guess.verdict("this") == "You predicted “this”, and so it is."
    assert guess.verdict("that") == "You predicted “this”; measured: that."


def test_prediction_refuses_what_is_no_option():
    guess = widgets.Prediction("Which?", ["this", "that"])
    for misuse in (guess.commit, guess.verdict):
        with pytest.raises(ValueError, match="did you mean that"):
            misuse("thta")
    for options in (["one"], ["same", "same"]):
        with pytest.raises(ValueError, match="options"):
            widgets.Prediction("Which?", options)
