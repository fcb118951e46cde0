"""A panel without a kernel: all its figures and texts are in the page, each under its position."""

from __future__ import annotations

import base64
import html
import io
import json
import re

import numpy as np
import pytest

from sslcourse import plots, widgets
from sslcourse.widgets.standalone import MOST_STATES, panel_html, script, style


def panel(controls=None, **arguments) -> widgets.Panel:
    def draw(data):
        figure, axis = plots.new_figure(width=2, height=1)
        axis.plot([data[0]] * 3)
        return figure

    return widgets.Panel(
        controls or {"k": [1, 2, 3], "colour": ["red", 'b"l"ue']}, compute=lambda **state: list(state.values()), draw=draw,
        alt=lambda data, **state: f"A flat line in the state {state}.", **arguments,
    )


def states(text: str) -> dict:
    return json.loads(re.search(r'<script type="application/json">(.*?)</script>', text, re.S).group(1))


def images(text: str) -> dict[int, tuple[str, bytes]]:
    """{number of the picture: its text and its bytes}, as they stand in the page."""
    found = re.findall(r'<img alt="([^"]*)" src="data:image/png;base64,([^"]*)" data-picture="(\d+)"', text)
    return {int(number): (html.unescape(alt), base64.b64decode(data)) for alt, data, number in found}


def test_every_state_has_its_figure_and_text():
    text = panel_html(panel())
    assert sorted(states(text)) == ["0,0", "0,1", "1,0", "1,1", "2,0", "2,1"]
    assert len({alt for _, alt in states(text).values()}) == 6
    assert {number for number, _ in states(text).values()} == set(images(text)) == {0, 1, 2}
    assert all(png.startswith(b"\x89PNG") for _, png in images(text).values())


def test_equal_figures_are_held_once():
    text = panel_html(panel())
    assert text.count("<img") == 3, "the colour changes nothing in these figures"
    held = states(text)
    assert held["1,0"][0] == held["1,1"][0] != held["0,0"][0]


def test_the_present_state_is_shown_and_kept():
    p = panel(start={"k": 3, "colour": "red"})
    text = panel_html(p)
    picture, alt = states(text)["2,0"]
    number, (said, _) = next(iter(images(text).items()))
    assert (number, said) == (picture, alt)
    assert p.state == {"k": 3, "colour": "red"}


def test_without_script_the_figure_stands_there_and_the_others_are_folded_with_their_texts():
    """What a notebook that is not trusted, or GitHub, leaves: no script, no style, no data-attributes."""
    text = panel_html(panel(start={"k": 3}))
    controls = re.search('<div class="ssl-controls"[^>]*>', text).group()
    assert 'style="display:none"' in controls, "no control that does nothing"
    first, folded = text.split("<details>")
    assert first.count("<img") == 1 and folded.count("<img") == 2
    assert "<figcaption>k 1, colour red; k 1, colour b&quot;l&quot;ue</figcaption>" in folded


@pytest.mark.slow
def test_a_cell_s_output_works_alone_and_a_page_holds_the_script_once():
    assert script() in panel_html(panel()) and style() in panel_html(panel())
    assert "<style" not in panel_html(panel(), alone=False) and script() not in panel_html(panel(), alone=False)


def test_numbers_become_a_slider_and_words_buttons():
    text = panel_html(panel(labels={"k": "neighbours"}), alone=False)
    assert text.count('type="range"') == 1 and 'max="2" value="1"' in text and "neighbours" in text
    assert text.count("<button") == 2 and text.count('aria-pressed="true"') == 1 and "b&quot;l&quot;ue" in text


def test_a_slider_that_plays_has_a_button_and_no_other_has():
    text = panel_html(panel(play="k"), alone=False)
    assert text.count("ssl-play") == 1 and 'aria-label="Play k"' in text
    assert "ssl-play" not in panel_html(panel(), alone=False)
    with pytest.raises(ValueError, match="play: got 'colour', wanted one of k"):
        panel(play="colour")


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match=f"controls: got {MOST_STATES + 1} states"):
        panel_html(panel({"k": list(range(MOST_STATES + 1))}))


def test_in_an_export_a_panel_writes_itself(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setenv("SSLCOURSE_SLIDES", "1")
    panel()._ipython_display_()
    widgets.Prediction("Which?", ["this", "<that>"])._ipython_display_()
    assert "ssl-panel" in shown[0]["text/html"] and "<style" not in shown[0]["text/html"]
    assert "A flat line" in shown[0]["text/plain"]
    assert "Which?" in shown[1]["text/html"] and "&lt;that&gt;" in shown[1]["text/html"]


def test_a_panel_s_picture_is_small_and_white_stays_white():
    from PIL import Image

    figure = panel().figure
    before, dpi = plots.to_png(panel().figure), figure.get_dpi()
    small = plots.to_png(figure, colours=256)
    assert len(small) < 0.6 * len(before) and figure.get_dpi() == dpi
    picture, whole = (np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int) for png in (small, before))
    assert picture.shape == whole.shape and (picture[0, 0] == 255).all() and abs(picture - whole).mean() < 1


def test_a_text_can_t_end_the_script_that_it_stands_in():
    p = widgets.Panel({"k": [1, 2]}, compute=lambda k: k, draw=lambda data: plots.new_figure(width=2, height=1)[0],
                      alt=lambda data, k: f"State {k} of </script><b>a sly text</b> in a figure.")
    text = panel_html(p, alone=False)
    assert text.count("</script") == 1
    assert [alt for _, alt in states(text).values()] == [p._alt(k, k=k) for k in (1, 2)]


def test_script_and_style_ask_for_nothing():
    assert "http" not in script() + style() and "ssl-panel" in script() and "ssl-panel" in style()


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as (bundle, display_id); an update is displayed too."""
    found = []

    class Handle:
        def __init__(self, display_id):
            self.display_id = display_id

        def update(self, bundle, raw):
            found.append((bundle, self.display_id))

    def display(bundle, raw=False, display_id=None):
        name = "one" if display_id is True else display_id
        found.append((bundle, name))
        return Handle(name)

    monkeypatch.setattr("IPython.display.display", display)
    monkeypatch.delenv("SSLCOURSE_QUIET", raising=False)
    monkeypatch.delenv("SSLCOURSE_SLIDES", raising=False)
    return found


def test_in_a_lab_all_states_travel_with_the_output(shown):
    p = panel()
    p._ipython_display_()
    (bundle, _), = shown
    assert sorted(bundle) == ["text/html", "text/plain"] and script() in bundle["text/html"]
    assert bundle["text/plain"] == p.alt and len(states(bundle["text/html"])) == 6


def test_a_panel_that_is_shown_twice_is_drawn_once_and_follows_code_in_both_cells(shown):
    drawn = []

    def draw(data):
        drawn.append(data)
        return plots.new_figure(width=2, height=1)[0]

    p = widgets.Panel({"k": [1, 2]}, compute=lambda k: k, draw=draw, alt=lambda data, k: f"Nothing to be seen at {k} here.")
    p._ipython_display_(), p._ipython_display_()
    p.set(k=1)
    assert drawn == [1, 2] and [name for _, name in shown] == ["one"] * 3
    assert "at 1 here" in shown[-1][0]["text/plain"] and "at 2 here" in shown[0][0]["text/plain"]


@pytest.mark.parametrize("why", ["states", "seconds", "asked"])
def test_too_many_states_or_too_much_work_are_left_to_the_kernel(shown, why, monkeypatch):
    monkeypatch.setattr("sslcourse.widgets.panel.BUDGET", 0.0 if why == "seconds" else 1e9)
    many = {"k": list(range(MOST_STATES + 1))}
    p = panel(many if why == "states" else None, live=True if why == "asked" else None)
    p._ipython_display_()
    (bundle, _), = shown
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == p.html() and bundle["text/plain"] == p.alt, "what a reader without a kernel sees"
    assert p._view is not None and len(p._pictures) <= 2


def test_a_panel_of_the_kernel_says_which_state_its_figure_has():
    p = panel(live=True)
    p._make_view()
    assert "The figure shows: k 2, colour b&quot;l&quot;ue" in p._view._figure.value
    p.set(k=3)
    assert "The figure shows: k 3" in p._view._figure.value


def test_where_nobody_watches_one_figure_is_drawn(shown, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    p = panel()
    p._ipython_display_()
    (bundle, _), = shown
    assert bundle["text/html"].startswith("<img") and p._pictures == {}
