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
from sslcourse.widgets.standalone import MOST_STATES, panel_html, script, small_png, style


def panel(controls=None, **arguments) -> widgets.Panel:
    def draw(data):
        figure, axis = plots.new_figure(width=2, height=1)
        axis.plot([data[0]] * 3)
        return figure

    return widgets.Panel(
        controls or {"k": [1, 2, 3], "colour": ["red", 'b"l"ue']}, compute=lambda **state: list(state.values()), draw=draw,
        alt=lambda data, **state: f"A flat line in the state {state}.", **arguments,
    )


def inside(text: str) -> dict:
    return json.loads(re.search(r"<script[^>]*>(.*?)</script>", text, re.S).group(1))


def test_every_state_has_its_figure_and_text():
    held = inside(panel_html(panel()))
    assert sorted(held["states"]) == ["0,0", "0,1", "1,0", "1,1", "2,0", "2,1"]
    assert len({alt for _, alt in held["states"].values()}) == 6
    for source in held["pictures"]:
        assert base64.b64decode(source.removeprefix("data:image/png;base64,")).startswith(b"\x89PNG")


def test_equal_figures_are_held_once():
    held = inside(panel_html(panel()))
    assert len(held["pictures"]) == 3, "the colour changes nothing in these figures"
    assert held["states"]["1,0"][0] == held["states"]["1,1"][0] != held["states"]["0,0"][0]


def test_the_present_state_is_shown_and_kept():
    p = panel(start={"k": 3, "colour": "red"})
    text = panel_html(p)
    held = inside(text)
    picture, alt = held["states"]["2,0"]
    image = re.search(r'<img alt="([^"]*)" src="([^"]*)"', text)
    assert (html.unescape(image.group(1)), image.group(2)) == (alt, held["pictures"][picture])
    assert p.state == {"k": 3, "colour": "red"}


def test_numbers_become_a_slider_and_words_buttons():
    text = panel_html(panel(labels={"k": "neighbours"}))
    assert text.count('type="range"') == 1 and 'max="2" value="1"' in text and "neighbours" in text
    assert text.count("<button") == 2 and text.count('aria-pressed="true"') == 1 and "b&quot;l&quot;ue" in text


def test_too_many_states_are_refused():
    with pytest.raises(ValueError, match=f"controls: got {MOST_STATES + 1} states"):
        panel_html(panel({"k": list(range(MOST_STATES + 1))}))


def test_in_an_export_a_panel_writes_itself(monkeypatch, capsys):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: shown.append(data))
    monkeypatch.setenv("SSLCOURSE_SLIDES", "1")
    panel()._ipython_display_()
    widgets.Prediction("Which?", ["this", "<that>"])._ipython_display_()
    assert "ssl-panel" in shown[0]["text/html"] and "A flat line" in shown[0]["text/plain"]
    assert "Which?" in shown[1]["text/html"] and "&lt;that&gt;" in shown[1]["text/html"]


def test_a_picture_is_never_made_larger():
    from PIL import Image

    noise = Image.fromarray(np.random.default_rng(0).integers(0, 256, (32, 32, 3), dtype=np.uint8))
    flat = Image.new("RGB", (64, 64), "#3f90da")
    for picture in (noise, flat):
        out = io.BytesIO()
        picture.save(out, format="PNG")
        small = small_png(out.getvalue())
        assert len(small) <= len(out.getvalue()) and Image.open(io.BytesIO(small)).size == picture.size
        assert np.array(Image.open(io.BytesIO(small)).convert("RGB")).shape == (*picture.size, 3)


def test_the_smaller_picture_is_the_one_that_is_kept():
    from PIL import Image

    plot = plots.to_png(panel().figure)
    assert len(small_png(plot)) < 0.8 * len(plot)
    out = io.BytesIO()
    Image.new("L", (8, 8), 128).save(out, format="PNG", optimize=True)  # a palette would only add to it
    assert small_png(out.getvalue()) == out.getvalue()


def test_a_text_can_t_end_the_script_that_it_stands_in():
    p = widgets.Panel({"k": [1, 2]}, compute=lambda k: k, draw=lambda data: plots.new_figure(width=2, height=1)[0],
                      alt=lambda data, k: f"State {k} of </script><b>a sly text</b> in a figure.")
    text = panel_html(p)
    assert text.count("</script") == 1
    assert [alt for _, alt in inside(text)["states"].values()] == [p._alt(k, k=k) for k in (1, 2)]


def test_script_and_style_ask_for_nothing():
    assert "http" not in script() + style() and "ssl-panel" in script() and "ssl-panel" in style()
