"""The two tools that measure a lab on the screen: what they make of what they have seen."""

from __future__ import annotations

import json

import pytest

from tests.tools.watching import Cost

controls = pytest.importorskip("tests.tools.controls")


def test_watching_costs_what_its_looks_and_a_drawing_cost():
    cost = Cost("a", steps=100, every=30, step=0.1, look=0.05, drawing=0.25)
    assert cost.looks == 5, "before the first step, after 30, 60 and 90, and at the end"
    assert cost.share == pytest.approx(0.5 / 10.5)
    assert "4.8%" in str(cost) and "5 looks" in str(cost)
    assert Cost("a", steps=90, every=30, step=1.0, look=0.0, drawing=0.0).looks == 4


def test_outputs_and_widgets_are_weighed(tmp_path):
    output = [{"output_type": "display_data", "data": {"text/html": "x" * 2_000_000}, "metadata": {}}]
    book = {"cells": [{"id": "small", "cell_type": "code", "outputs": []}, {"id": "text", "cell_type": "markdown"},
                      {"id": "large", "cell_type": "code", "outputs": output}],
            "metadata": {"widgets": {"state": "y" * 500_000}}}
    (tmp_path / "a.ipynb").write_text(json.dumps(book), encoding="utf-8")
    megabytes, largest = controls.sizes(tmp_path / "a.ipynb")
    assert megabytes == pytest.approx(2.5, abs=0.01) and largest == ("large", pytest.approx(2.0, abs=0.01))


def test_a_lab_s_line_says_median_and_most():
    felt = controls.Felt("07_jigsaw", {"page": [10.0, 20.0, 90.0], "kernel": [], "map": []}, {"page": 3}, 1.25, ("x", 1.0), 2)
    assert "page: 3 panels, 3 moves, 20 ms (most 90); outputs 1.2 MB (most: x, 1.0); errors after F5: 2" in str(felt)
