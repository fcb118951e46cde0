"""widgets.Matches: what is chosen, what is most like it, and everything that the page needs in the page."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
import torch

from sslcourse.widgets import Matches


def matches():
    """Two pairs, 2 × 3 patches beside 2 × 2; "mirror" finds the same place, "first" always the first patch."""
    generator = torch.Generator().manual_seed(0)
    pairs = {name: tuple(torch.rand(3, 8, 8, generator=generator) for _ in range(2)) for name in ("horses", "ships")}
    first = torch.zeros(2, 3, 2, 2)
    first[..., 0, 0] = 0.5
    mirror = torch.full((2, 3, 2, 2), -0.25)
    for row in range(2):
        for column in range(3):
            mirror[row, column, row, min(column, 1)] = 0.75
    return Matches(pairs, {"first": dict.fromkeys(pairs, first), "mirror": dict.fromkeys(pairs, mirror)})


def test_the_most_similar_patch_is_found():
    found = matches()
    found.select(1, 2)
    assert found.match == (0, 0, 0.5)
    found.show("ships", "mirror")
    assert found.match == (1, 1, 0.75)
    for said in ("ships, by mirror", "row 2, column 3 of the left", "row 2, column 2 of the right"):
        assert said in found.alt


def test_the_page_holds_every_cosine_in_steps_of_a_127th():
    data = json.loads(re.search(r'<script type="application/json">(.*?)</script>', matches().html(), re.S)[1])
    shape, packed = data["cosines"]["mirror"]["ships"]
    numbers = np.frombuffer(base64.b64decode(packed), dtype=np.int8).reshape(shape)
    assert shape == [2, 3, 2, 2] and numbers[1, 0].tolist() == [[-32, -32], [95, -32]]
    assert all(source.startswith("data:image/png;base64,") for both in data["pairs"].values() for source in both)


def test_a_page_without_scripts_shows_pictures_and_words():
    page = matches().html().split("<script")[0]
    assert page.count("<img") == 2 and "Most like the patch in row" in page


@pytest.mark.parametrize(("change", "argument"), [
    (lambda pairs, cosines: ({}, cosines), "pairs"),
    (lambda pairs, cosines: (pairs, {}), "cosines"),
    (lambda pairs, cosines: (pairs, {"a": {}}), "cosines"),
    (lambda pairs, cosines: (pairs, {"a": {"one": torch.zeros(2, 2, 2)}}), "cosines"),
    (lambda pairs, cosines: (pairs, {"a": {"one": torch.full((2, 2, 2, 2), 2.0)}}), "cosines"),
    (lambda pairs, cosines: ({"one": (torch.rand(8, 8), torch.rand(3, 8, 8))}, cosines), "pairs"),
])
def test_bad_input_is_refused(change, argument):
    pairs, cosines = {"one": (torch.rand(3, 8, 8),) * 2}, {"a": {"one": torch.zeros(2, 2, 2, 2)}}
    with pytest.raises(ValueError, match=argument):
        Matches(*change(pairs, cosines))
    with pytest.raises(ValueError, match="row"):
        Matches(pairs, cosines).select(2, 0)
