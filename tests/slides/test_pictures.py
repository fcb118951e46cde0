"""The photographs that a room can recognise: large enough, small as files, free, and credited on the last slide."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from sslcourse import slides
from sslcourse.slides import pictures

FOLDER = Path(pictures.__file__).parent / "photographs"


def test_a_dozen_and_each_has_its_credit_and_its_file():
    known = slides.photographs()
    assert len(known) >= 12 and {file.stem for file in FOLDER.glob("*.jpg")} == set(known)
    for name, entry in known.items():
        assert set(entry) == {"shows", "credit", "from"}, name
        assert any(word in entry["credit"] for word in ("CC0", "public domain", "no known restrictions")), name
        assert (FOLDER / f"{name}.jpg").stat().st_size <= 40_000, name


@pytest.mark.parametrize("name", sorted(slides.photographs()))
def test_it_is_large_enough_and_shows_something(name):
    picture = slides.photograph(name)
    assert picture.shape == (3, 256, 256) and picture.dtype == torch.uint8
    assert picture.float().std() > 20


def test_a_smaller_one():
    whole, small = slides.photograph("cat").float(), slides.photograph("cat", side=64).float()
    assert small.shape == (3, 64, 64)
    blocks = torch.nn.functional.avg_pool2d(whole, 4)
    assert (small - blocks).abs().mean() < 4


@pytest.mark.parametrize("wrong", [{"name": "dog"}, {"name": "cat", "side": 0}, {"name": "cat", "side": 257}])
def test_what_is_not_there_is_refused(wrong):
    with pytest.raises(ValueError, match="name|side"):
        slides.photograph(**wrong)


def test_the_last_slide_credits_those_that_it_is_given(monkeypatch):
    pages = []
    monkeypatch.setattr("IPython.display.display", lambda data, raw: pages.append(data["text/html"]))
    slides.closing("mnist", photographs=("cat", "coffee"))
    assert "Stéfan van der Walt" in pages[0] and "Rachel Michetti" in pages[0] and "Lav Varshney" not in pages[0]
    with pytest.raises(ValueError, match="photographs: got 'dog'"):
        slides.closing(photographs=("dog",))
