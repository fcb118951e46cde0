"""Two pictures side by side: click a patch in one, and see which patch of the other is most like it. No kernel is asked."""

from __future__ import annotations

import base64
import html
import io
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from .. import expect, plots
from ..plots.images import to_pixels

_HERE = Path(__file__).parent


class Matches:
    """A patch of the left picture, and how like it every patch of the right one is.

        matches = Matches({"horses": (image, other)}, {"DINOv2": {"horses": cosines}})
        matches                     # in a notebook or on a page: click a patch, or Tab and the arrow keys
        matches.select(2, 5)        # what a click on row 2, column 5 does, from code
        matches.match               # the row and the column of the most similar patch, and its cosine

    pairs     {name: (left, right)}, two images (3, H, W), uint8 or float in [0, 1]
    cosines   {network: {name of a pair: (h, w, h', w')}}: of each patch on the left with each on the right
    size      pixels on the screen of a picture's longer side

    All cosines travel with the cell's output, in steps of 1/127. Raises ValueError for a network without one of the pairs, or
    numbers of another shape or outside of [−1, 1].
    """

    def __init__(
        self, pairs: Mapping[str, tuple[Tensor, Tensor]], cosines: Mapping[str, Mapping[str, Tensor]], *, size: int = 224,
    ):
        expect.that(bool(pairs), "pairs", pairs, "one pair of images or more")
        expect.that(bool(cosines), "cosines", cosines, "one network or more")
        expect.integer(size, "size", at_least=32)
        for name, (left, right) in pairs.items():
            expect.images(left[None], f"pairs[{name!r}]")
            expect.images(right[None], f"pairs[{name!r}]")
        for network, of_pairs in cosines.items():
            for name in pairs:
                expect.one_of(name, f"a pair of cosines[{network!r}]", of_pairs)
                expect.tensor(of_pairs[name], f"cosines[{network!r}][{name!r}]", ("h", "w", "h'", "w'"), finite=True)
                far = float(of_pairs[name].abs().max())
                expect.that(far <= 1 + 1e-4, f"cosines[{network!r}][{name!r}]", far, "at most 1")
        self.pairs, self.cosines, self.size = dict(pairs), {name: dict(each) for name, each in cosines.items()}, size
        self.pair, self.network = next(iter(self.pairs)), next(iter(self.cosines))
        h, w = self._now.shape[:2]
        self.row, self.column = h // 2, w // 2

    @property
    def _now(self) -> Tensor:
        return self.cosines[self.network][self.pair]

    def select(self, row: int, column: int) -> None:
        """Choose the patch in this row and column of the left picture, counted from 0."""
        expect.integer(row, "row", at_least=0, at_most=self._now.shape[0] - 1)
        expect.integer(column, "column", at_least=0, at_most=self._now.shape[1] - 1)
        self.row, self.column = row, column

    def show(self, pair: str, network: str) -> None:
        """Choose another pair and another network, as the buttons do."""
        expect.one_of(pair, "pair", self.pairs)
        expect.one_of(network, "network", self.cosines)
        self.pair, self.network = pair, network
        h, w = self._now.shape[:2]
        self.row, self.column = min(self.row, h - 1), min(self.column, w - 1)

    @property
    def match(self) -> tuple[int, int, float]:
        """Row and column of the right picture's most similar patch, and its cosine."""
        here = self._now[self.row, self.column]
        row, column = divmod(int(here.argmax()), here.shape[1])
        return row, column, float(here.max())

    @property
    def alt(self) -> str:
        """What is seen, in words."""
        row, column, cosine = self.match
        return (f"Two pictures in patches: {self.pair}, by {self.network}. Most like the patch in row {self.row + 1}, column "
                f"{self.column + 1} of the left one is row {row + 1}, column {column + 1} of the right one, cosine "
                f"{cosine:.2f}.")

    def html(self) -> str:
        """The widget as HTML, with its script; where scripts are not allowed, the pictures and their text."""
        data = {
            "pairs": {name: [_image(side) for side in both] for name, both in self.pairs.items()},
            "cosines": {network: {name: _packed(of[name]) for name in self.pairs} for network, of in self.cosines.items()},
            "size": self.size, "pair": self.pair, "network": self.network, "at": [self.row, self.column],
        }
        still = "".join(f'<img src="{source}" alt="" width="{self.size}">' for source in data["pairs"][self.pair])
        held = json.dumps(data, ensure_ascii=False).replace("</", "<\\/")
        style, script = ((_HERE / f"matches.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
        return (f'<div class="ssl-matches"><style>{style}</style><div class="ssl-matches-still">{still}'
                f'<p>{html.escape(self.alt)}</p></div><script type="application/json">{held}</script>'
                f"<script>{script}</script></div>")

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display({"text/html": self.html(), "text/plain": self.alt}, raw=True)
        plots.say_if_stopped()


def _image(image: Tensor) -> str:
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(to_pixels(image)).save(out, format="png")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode("ascii")


def _packed(cosines: Tensor) -> list:
    """The shape, and every cosine as a signed byte, in base64."""
    whole = (cosines.clamp(-1, 1) * 127).round().to(torch.int8)
    return [list(cosines.shape), base64.b64encode(whole.contiguous().cpu().numpy().tobytes()).decode("ascii")]
