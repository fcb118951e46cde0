"""Emoji drawn by three designers, aligned by their code points, with names and keywords."""

from __future__ import annotations

import collections
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from ... import runtime
from .files import Columns, Splits, layout

SIDE = 64
#: (designer, part, folder of its pictures inside the part, their ending)
DESIGNERS = (
    ("Noto", "emoji-datasource-google", "img/google/64", ".png"),
    ("Twemoji", "emoji-datasource-twitter", "img/twitter/64", ".png"),
    ("Fluent", "@lobehub/fluent-emoji-3d", "assets", ".webp"),
)
NO_CONTENT = {"fe0f", "200d"}  # "draw this as a picture", and the joiner
PEOPLE = {"1f468", "1f469", "1f9d1", "2640", "2642"}  # man, woman, person, and the signs for female and male


def emoji(parts: Mapping[str, Path]) -> Splits:
    """Pictures (64 × 64, on white) of the 1,852 emoji that all three designers drew, with name, keywords and category.

    The parts are emoji-datasource-google, emoji-datasource-twitter, @lobehub/fluent-emoji-3d and emojilib. Rows are
    sorted by concept (in Unicode's order) and then by designer: row 3c + d of a split is its c-th concept by designer
    d. About a fifth of the concepts, chosen by a hash of their code points, are "test"; a woman's, a man's and a
    person's version of one emoji fall on the same side, so that an unseen concept is not merely a seen one with other
    hair.

    Skin-tone variants are left out: five near-copies of a picture under one name are false negatives in any batch,
    and the Fluent package files most of its medium and medium-light pictures under each other's code.
    """
    records = json.loads(_inside(parts["emoji-datasource-google"], "emoji.json").read_text(encoding="utf-8"))
    words = json.loads(_inside(parts["emojilib"], "emoji-en-US.json").read_text(encoding="utf-8"))
    words = {_key("-".join(f"{ord(point):x}" for point in character)): found for character, found in words.items()}
    pictures = [_pictures(parts[part], folder, ending) for _, part, folder, ending in DESIGNERS]

    records = sorted(records, key=lambda record: record["sort_order"])
    records = [record for record in records if all(_key(record["unified"]) in drawn for drawn in pictures)]
    names, keywords = _names(records, words)
    categories = list(dict.fromkeys(record["category"] for record in records))
    rows: dict[str, list[tuple]] = {"train": [], "test": []}
    for concept, record in enumerate(records):
        code = record["unified"].lower()
        category = categories.index(record["category"])
        rows[_side(code)].append((code, names[concept], concept, category, keywords[concept]))

    shared = {"concept_names": names, "designer_names": [name for name, *_ in DESIGNERS], "category_names": categories}
    with runtime.progress(total=len(DESIGNERS) * len(records), desc="emoji", unit="image") as bar:
        return {split: {**_columns(found, pictures, bar), **shared} for split, found in rows.items()}


def _names(records: list[dict], words: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The name of each concept, no two alike, and its keywords, one to a line: emojilib's; the name comes first."""
    known = [words.get(_key(record["unified"]), [record["short_name"]]) for record in records]
    found = [[_plain(word) for word in of_one] for of_one in known]
    often = collections.Counter(name for name, *_ in found)
    names = [name if often[name] == 1 else _plain(record["short_name"]) for record, (name, *_) in zip(records, found)]
    return names, ["\n".join(dict.fromkeys(keywords)) for _, *keywords in found]


def _columns(rows: list[tuple], pictures: list[dict[str, Path]], bar) -> Columns:
    images = torch.empty(len(rows) * len(pictures), 3, SIDE, SIDE, dtype=torch.uint8)
    for c, (code, *_) in enumerate(rows):
        for d, drawn in enumerate(pictures):
            images[c * len(pictures) + d] = _picture(drawn[_key(code)])
            bar.update()
    codes, texts, concepts, categories, keywords = ([row[k] for row in rows for _ in pictures] for k in range(5))
    return {
        "images": images, "texts": texts, "concepts": torch.tensor(concepts, dtype=torch.long),
        "designers": torch.arange(len(pictures)).repeat(len(rows)),
        "categories": torch.tensor(categories, dtype=torch.long), "keywords": keywords, "codepoints": codes,
    }


def _picture(path: Path) -> torch.Tensor:
    """The picture on white, padded to a square, (3, 64, 64)."""
    from PIL import Image

    with Image.open(path) as image:
        image = image.convert("RGBA")
    side = max(image.size)
    canvas = Image.new("RGBA", (side, side), "white")
    canvas.alpha_composite(image, ((side - image.width) // 2, (side - image.height) // 2))
    canvas = canvas.convert("RGB")
    if side != SIDE:
        canvas = canvas.resize((SIDE, SIDE), Image.Resampling.BOX)  # a mean over whole pixels, so outlines do not ring
    return torch.from_numpy(np.array(canvas)).permute(2, 0, 1)


def _pictures(part: Path, folder: str, ending: str) -> dict[str, Path]:
    """Every picture of a designer, by its code points."""
    where = next((base / folder for base in (part, part / "package") if (base / folder).is_dir()), None)
    layout(where is not None, part, f"wanted a folder {folder}")
    return {_key(path.stem): path for path in sorted(where.iterdir()) if path.suffix == ending}


def _inside(part: Path, name: str) -> Path:
    found = sorted(part.rglob(name), key=lambda path: len(path.parts))
    layout(len(found) > 0, part, f"wanted a file {name}")
    return found[0]


def _key(code: str) -> str:
    """Code points as both sides of a match write them: lower case, no leading zeros, no presentation selector."""
    return "-".join(point.lstrip("0") for point in code.lower().split("-") if point != "fe0f")


def _side(code: str) -> str:
    """Which split: "test" for about a fifth of all concepts; what differs in the person only stays together."""
    points = [point for point in code.split("-") if point not in NO_CONTENT]
    content = [point for point in points if point not in PEOPLE] or points
    return "test" if hashlib.sha256("-".join(content).encode()).digest()[0] < 256 / 5 else "train"


def _plain(word: str) -> str:
    return " ".join(word.replace("_", " ").split())
