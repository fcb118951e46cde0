"""Maps of images to point at: a dot shows its image, and where its nearest neighbours in the original space came to lie."""

from __future__ import annotations

import functools
import io
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from .. import expect, plots
from ..plots.images import to_pixels

PARTS = ("explorer_dots.js", "explorer_map.js", "explorer.js")  # of the browser's side, in the order in which they are read


class Explorer:
    """Several maps of the same images, one at a time, with the same dots moving from one to the next.

        explorer = Explorer(images, labels, classes, maps={"PCA": points, "t-SNE": points}, features=pixels)
        explorer                     # in a notebook: point at a dot, click to keep it, choose another map
        explorer.select(17)          # what a click on dot 17 does, from code
        explorer.neighbours(17)      # the indices of its nearest neighbours in `features`

    images     (N, C, H, W), uint8 or float in [0, 1]: what a dot stands for
    labels     (N,) class of each image; classes: the classes' names
    maps       {name: (N, 2)}: where each image lies on each map
    features   (N, D): the space in which neighbours are looked for (Euclidean distance)
    k          how many neighbours are shown

    Zoomed in four times or more, a dot is drawn as its image.
    """

    def __init__(
        self, images: torch.Tensor, labels: torch.Tensor, classes: Sequence[str], *, maps: dict[str, object],
        features: torch.Tensor, k: int = 8, start: int = 0,
    ):
        expect.images(images)
        n = len(images)
        expect.labels(labels, n=n, num_classes=len(classes))
        expect.tensor(features, "features", (n, "D"), finite=True)
        expect.integer(k, "k", at_least=1, at_most=n - 1)
        expect.that(bool(maps), "maps", maps, "one named map or more")
        self.maps = {name: np.ascontiguousarray(points, dtype=np.float32) for name, points in maps.items()}
        for name, points in self.maps.items():
            expect.that(points.shape == (n, 2) and np.isfinite(points).all(), f"maps[{name!r}]", points, f"finite, ({n}, 2)")
        self.images, self.labels, self.classes, self.k = images, labels, list(classes), k
        self._nearest = _nearest(features, k)  # (N, k)
        self._view = None
        self.map = next(iter(self.maps))
        self.selected = start

    def neighbours(self, index: int) -> list[int]:
        """The indices of the `k` nearest neighbours of image `index` in the features' space, the nearest first."""
        expect.integer(index, "index", at_least=0, at_most=len(self.images) - 1)
        return self._nearest[index].tolist()

    def agreement(self, index: int) -> float:
        """The share of those neighbours that have the same class as the image itself."""
        return float((self.labels[self._nearest[index]] == self.labels[index]).float().mean())

    def select(self, index: int) -> None:
        """Keep dot `index` in view, as a click on it does."""
        expect.integer(index, "index", at_least=0, at_most=len(self.images) - 1)
        self.selected = index
        if self._view is not None:
            self._view.selected = index

    def show_map(self, name: str) -> None:
        """Change to the map `name`, as its button does."""
        expect.one_of(name, "map", self.maps)
        self.map = name
        if self._view is not None:
            self._view.map = name

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self._view is None:  # one for all the cells that show this explorer: they then agree
            self._view = self._made()
        widget, _ = self._view._repr_mimebundle_()
        display({**widget, **self._still()}, raw=True)
        plots.say_if_stopped()

    def _still(self) -> dict[str, str]:
        """The maps as they are seen where no widget can be: in a copy that came by mail, or on a page."""
        alt = f"{' and '.join(self.maps)}: maps of {len(self.images):,} images, each a dot in the colour of its class."
        figure = plots.scatter_row(self.maps, self.labels.numpy(), self.classes, names="legend")
        return {"text/html": plots.to_html(figure, alt, colours=256), "text/plain": alt}

    def _made(self):
        view = _widget_class()(
            names=list(self.maps), points=b"".join(_unit_square(points).tobytes() for points in self.maps.values()),
            labels=self.labels.tolist(), classes=self.classes, colours=list(plots.COLOURS), k=self.k,
            nearest=self._nearest.to(torch.int32).numpy().tobytes(), sheet=_sheet(self.images),
            columns=_columns(len(self.images)), tile=list(self.images.shape[2:]), selected=self.selected, map=self.map,
        )
        view.observe(lambda change: setattr(self, "selected", change["new"]), names="selected")
        view.observe(lambda change: setattr(self, "map", change["new"]), names="map")
        return view


@functools.cache
def _widget_class() -> type:
    """The browser's side, made when it is first needed: importing this room must not load the widget libraries."""
    import anywidget
    import traitlets

    here = Path(__file__).parent

    class ExplorerView(anywidget.AnyWidget):
        _esm = "\n".join((here / name).read_text(encoding="utf-8") for name in PARTS)
        _css = here / "explorer.css"
        names = traitlets.List().tag(sync=True)
        points = traitlets.Bytes().tag(sync=True)  # float32, (maps, N, 2), each map in the unit square
        labels = traitlets.List().tag(sync=True)
        classes = traitlets.List().tag(sync=True)
        colours = traitlets.List().tag(sync=True)
        nearest = traitlets.Bytes().tag(sync=True)  # int32, (N, k)
        k = traitlets.Int().tag(sync=True)
        sheet = traitlets.Bytes().tag(sync=True)  # one PNG that holds all the images, `columns` to a row
        columns = traitlets.Int().tag(sync=True)
        tile = traitlets.List().tag(sync=True)  # height and width of one image
        selected = traitlets.Int().tag(sync=True)
        map = traitlets.Unicode().tag(sync=True)

    return ExplorerView


def _nearest(features: torch.Tensor, k: int, chunk: int = 1024) -> torch.Tensor:
    """The `k` nearest other rows of each row, by Euclidean distance: (N, k).

    By a matrix product, in double precision and from the middle of all rows: |x|² + |y|² - 2xy loses a small distance
    between two rows that are far from zero.
    """
    rows = features.double()
    rows = rows - rows.mean(dim=0)
    lengths = rows.square().sum(dim=1)
    found = []
    for first in range(0, len(rows), chunk):
        part = slice(first, first + chunk)
        squared = lengths[part, None] + lengths - 2 * rows[part] @ rows.T
        squared.diagonal(first).fill_(math.inf)  # not itself: of this block, the diagonal begins at column `first`
        found.append(squared.topk(k, largest=False).indices)
    return torch.cat(found)


def _unit_square(points: np.ndarray) -> np.ndarray:
    """The map moved and scaled into [0, 1]², its proportions kept."""
    low, high = points.min(0), points.max(0)
    return ((points - (low + high) / 2) / max(float((high - low).max()), 1e-9) + 0.5).astype(np.float32)


def _columns(n: int) -> int:
    return math.ceil(math.sqrt(n))


def _sheet(images: torch.Tensor) -> bytes:
    """All images as tiles of one PNG, row by row."""
    from PIL import Image

    columns = _columns(len(images))
    height, width = images.shape[2:]
    sheet = np.zeros((math.ceil(len(images) / columns) * height, columns * width, 3), dtype=np.uint8)
    for index, image in enumerate(images):
        row, column = divmod(index, columns)
        pixels = to_pixels(image)
        tile = pixels if pixels.ndim == 3 else pixels[..., None]  # grey goes into all three channels
        sheet[row * height : (row + 1) * height, column * width : (column + 1) * width] = tile
    out = io.BytesIO()
    Image.fromarray(sheet).save(out, format="png")
    return out.getvalue()
