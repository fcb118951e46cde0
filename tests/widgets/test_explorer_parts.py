"""What the explorer draws with: classes that can be told apart, and a lens that never shows what is beyond the map."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch

from sslcourse import plots, widgets

FOLDER = Path(widgets.__file__).parent
DOTS = (FOLDER / "explorer_dots.js").read_text(encoding="utf-8")
NAMES = {"circle": "o", "square": "s", "triangle": "^", "diamond": "D"}
ALPHA, APART = 0.75, 40  # of a dot on white, and how far two of one shape must lie from each other in CIELAB (ΔE, 1976)


def lab(colour: str) -> np.ndarray:
    """CIELAB of a dot of this colour, as pale as it is drawn."""
    linear = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]) * ALPHA + (1 - ALPHA)
    linear = np.where(linear <= 0.04045, linear / 12.92, ((linear + 0.055) / 1.055) ** 2.4)
    xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]) @ linear
    x, y, z = np.cbrt(xyz / (0.9505, 1.0, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def test_ten_classes_differ_in_shape_or_far_in_colour():
    shapes = re.findall(r'"(\w+)"', re.search(r"SHAPES = \[(.*?)\]", DOTS)[1])
    assert [NAMES[shape] for shape in shapes] == list(plots.style.MARKERS), "a still map has the same"
    for one, other in itertools.combinations(range(10), 2):
        if shapes[one] == shapes[other]:
            assert np.linalg.norm(lab(plots.COLOURS[one]) - lab(plots.COLOURS[other])) >= APART, (one, other)


def test_among_images_that_are_all_the_same_nobody_is_their_own_neighbour():
    n = 40
    e = widgets.Explorer(torch.zeros(n, 1, 4, 4, dtype=torch.uint8), torch.zeros(n, dtype=torch.long), ["all"],
                         maps={"one": torch.rand(n, 2)}, features=torch.full((n, 5), 1e7), k=6)
    assert all(i not in e.neighbours(i) and len(set(e.neighbours(i))) == 6 for i in range(n))


ASKED = """
const lens = new Lens(), size = 520, told = [];
const tell = (kept) => told.push({ zoom: lens.zoom, corner: lens.show([0, 0]), end: lens.show([size, size]), kept });
for (const up of [true, true, true, true, true, false, false, false, false, false]) {
  const before = lens.zoom, point = [130, 390], where = [(130 - lens.x) / before, (390 - lens.y) / before];
  lens.step(up, point, size);
  tell(lens.show(where));
}
lens.to(3, [520, 0], size); tell(null);
lens.step(true, [260, 260], size); tell(null);
lens.move(1e4, -1e4, size); tell(null);
lens.follow([500, 20], size); tell(lens.show([500, 20]));
console.log(JSON.stringify(told));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine to run the browser's arithmetic with")
def test_the_lens_keeps_what_is_pointed_at_and_shows_nothing_beyond_the_map(tmp_path):
    (tmp_path / "lens.mjs").write_text(DOTS + ASKED, encoding="utf-8")
    done = subprocess.run(["node", tmp_path / "lens.mjs"], capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    assert [one["zoom"] for one in told] == [2, 4, 8, 16, 16, 8, 4, 2, 1, 1, 3, 4, 4, 4]
    for one in told:
        assert max(one["corner"]) <= 1e-9 and min(one["end"]) >= 520 - 1e-9, "the map fills the square"
    for one in told[:8]:
        assert one["kept"] == pytest.approx([130, 390])
    assert all(0 <= place <= 520 for place in told[-1]["kept"])
