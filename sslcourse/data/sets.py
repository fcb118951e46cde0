"""The three kinds of data set: images with labels, texts with labels, and images paired with texts."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import torch

from .. import expect
from .rows import Rows, check_ids, per_row


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ImageSet(Rows):
    """Images with one class each.

    images   (N, C, H, W), uint8 in 0..255, C = 1 (grey) or 3 (red, green, blue)
    labels   (N,), long: positions in `classes`
    classes  the names of the classes
    name     what the set is called

    ``data[i]`` is ``(image, label)``; a slice, row numbers or a boolean mask give an ImageSet:

        >>> from sslcourse.data import shapes
        >>> data = shapes(100)
        >>> rings = data[data.labels == data.classes.index("ring")]
        >>> rings.images.shape[1:], set(rings.labels.tolist())
        (torch.Size([3, 32, 32]), {4})
    """

    images: torch.Tensor = per_row()
    labels: torch.Tensor = per_row()
    classes: tuple[str, ...]
    name: str = "images"

    def __post_init__(self) -> None:
        _check_images(self.images)
        self._check_rows()
        check_ids(self.labels, self.classes, "labels")

    def row(self, i: int) -> tuple[torch.Tensor, int]:
        """Row `i`: its image, (C, H, W), and its label."""
        return self.images[i], int(self.labels[i])

    def __repr__(self) -> str:
        shape = "×".join(str(side) for side in self.images.shape[1:])
        kind, classes = type(self).__name__, _listed(self.classes, "class", "classes")
        return f"{kind} {self.name}: {len(self):,} images, {shape}, {classes}"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class TextSet(Rows):
    """Texts with one class each: books by author, film reviews by sentiment.

    texts    N strings
    labels   (N,), long: positions in `classes`
    titles   N strings: the book a text is from; empty where a text has no title
    classes  the names of the classes: authors, or ("negative", "positive")
    name     what the set is called

    ``data[i]`` is ``(text, label)``. For books see also `sslcourse.data.passages` and `sslcourse.data.hold_out_books`.
    """

    texts: list[str] = per_row()
    labels: torch.Tensor = per_row()
    titles: list[str] = per_row()
    classes: tuple[str, ...]
    name: str = "texts"

    def __post_init__(self) -> None:
        self._check_rows()
        check_ids(self.labels, self.classes, "labels")

    def row(self, i: int) -> tuple[str, int]:
        """Row `i`: its text and its label."""
        return self.texts[i], int(self.labels[i])

    def __repr__(self) -> str:
        size = sum(len(text) for text in self.texts)
        amount = f"{size / 1e6:.1f} million" if size >= 1e6 else f"{size:,}"
        classes = _listed(self.classes, "class", "classes")
        return f"TextSet {self.name}: {len(self):,} texts, {amount} characters, {classes}"


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class PairSet(Rows):
    """Images paired with texts: one concept, drawn by several designers (for emoji: one emoji, three vendors).

    images          (N, 3, H, W), uint8
    texts           N strings: what the image is called, the same for every designer
    concepts        (N,), long: which concept the image shows. Equal numbers are pictures of the same thing: identities
                    in lab 09, positives in lab 17. Positions in `concept_names`, in every split alike
    designers       (N,), long: who drew it; positions in `designer_names`
    categories      (N,), long: a coarse class of the concept; positions in `category_names`
    keywords        N tuples of further words for the concept, most of them useful for prompts, some of them slang
    codepoints      N strings: the concept in Unicode, as hexadecimal numbers joined by "-"

    ``data[i]`` is ``(image, text)``.
    """

    images: torch.Tensor = per_row()
    texts: list[str] = per_row()
    concepts: torch.Tensor = per_row()
    designers: torch.Tensor = per_row()
    categories: torch.Tensor = per_row()
    keywords: list[tuple[str, ...]] = per_row()
    codepoints: list[str] = per_row()
    concept_names: tuple[str, ...]
    designer_names: tuple[str, ...]
    category_names: tuple[str, ...]
    name: str = "pairs"

    def __post_init__(self) -> None:
        _check_images(self.images)
        self._check_rows()
        check_ids(self.concepts, self.concept_names, "concepts")
        check_ids(self.designers, self.designer_names, "designers")
        check_ids(self.categories, self.category_names, "categories")

    def row(self, i: int) -> tuple[torch.Tensor, str]:
        """Row `i`: its image, (3, H, W), and its text."""
        return self.images[i], self.texts[i]

    def where(
        self, *, designer: str | Sequence[str] | None = None, category: str | Sequence[str] | None = None
    ) -> PairSet:
        """The pairs by these designers and of these categories; ValueError for a name that is not there."""
        mask = torch.ones(len(self), dtype=torch.bool)
        if designer is not None:
            mask &= torch.isin(self.designers, _positions(designer, self.designer_names, "designer"))
        if category is not None:
            mask &= torch.isin(self.categories, _positions(category, self.category_names, "category"))
        return self[mask]

    def __repr__(self) -> str:
        shape = "×".join(str(side) for side in self.images.shape[1:])
        concepts = len(torch.unique(self.concepts))
        return (f"PairSet {self.name}: {len(self):,} images, {shape}, of {concepts:,} concepts, "
                f"{_listed(self.designer_names, 'designer', 'designers')}")


def _check_images(images: object) -> None:
    """(N, C, H, W), uint8, one or three channels; N may be 0, so that a mask which fits nothing gives an empty set."""
    wanted = "a tensor of shape (N, C, H, W), torch.uint8, with one or three channels"
    fits = isinstance(images, torch.Tensor) and images.dtype == torch.uint8 and images.ndim == 4
    expect.that(fits and images.shape[1] in (1, 3), "images", images, wanted)


def _positions(names: str | Sequence[str], known: tuple[str, ...], argument: str) -> torch.Tensor:
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        expect.one_of(name, argument, known)
    return torch.tensor([known.index(name) for name in names], dtype=torch.long)


def _listed(names: tuple[str, ...], one: str, many: str) -> str:
    shown = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"{len(names):,} {one if len(names) == 1 else many} ({shown})"
