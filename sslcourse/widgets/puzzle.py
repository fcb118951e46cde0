"""A jigsaw puzzle to solve by clicking, and a network's answer to the same puzzle beside it."""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from pathlib import Path

import torch

from .. import expect, plots
from .explorer import _columns, _sheet


class Puzzle:
    """Shuffled tiles of several images, one image at a time: click two tiles and they change places.

        puzzle = Puzzle(tiles, orders, guesses=guesses, names=["cat", "ship"])
        puzzle                      # in a notebook: click, or Tab, arrow keys and Enter
        puzzle.swap(0, 4)           # what clicking on places 0 and 4 does, from code
        puzzle.solved, puzzle.moves

    tiles     (K, T, C, h, w), uint8 or float in [0, 1]: the tiles of K images, each in its place, T a square number
    orders    (K, T): at the start, tile orders[k, p] lies in place p
    guesses   (K, T), what a network takes those orders for; it is shown on a button. None for no network
    names     what is in each image, said once it is solved
    chance    in words, what the network had to choose from; said beside its answer
    """

    def __init__(
        self, tiles: torch.Tensor, orders: torch.Tensor, *, guesses: torch.Tensor | None = None,
        names: Sequence[str] | None = None, chance: str = "",
    ):
        expect.tensor(tiles, "tiles", ("K", "T", "C", "h", "w"))
        expect.images(tiles.flatten(0, 1), "tiles")
        k, t = tiles.shape[:2]
        self.grid = math.isqrt(t)
        expect.that(self.grid**2 == t > 1, "tiles", tiles, "(K, T, C, h, w) with T a square number, 4 or more")
        for table, argument in ((orders, "orders"), (guesses, "guesses")):
            if table is not None:
                expect.tensor(table, argument, (k, t))
                whole = bool((table.sort(dim=1).values == torch.arange(t)).all())
                expect.that(whole, argument, table, f"each row a permutation of 0 to {t - 1}")
        came = None if names is None else expect.Words(f"{len(names)} names")
        expect.that(names is None or len(names) == k, "names", came, f"one for each of {k} images")
        self.tiles, self.orders, self.guesses = tiles, orders.tolist(), None if guesses is None else guesses.tolist()
        self.names, self.chance = list(names or [""] * k), chance
        self._view = None
        self.start(0)

    def start(self, number: int) -> None:
        """Lay out puzzle `number` as it was shuffled, and count from zero, as "Next puzzle" and "Start again" do."""
        expect.integer(number, "number", at_least=0, at_most=len(self.orders) - 1)
        self.number, self.order, self.moves = number, list(self.orders[number]), 0
        self._show()

    def swap(self, i: int, j: int) -> None:
        """Let the tiles in places i and j change places, as two clicks do."""
        for place, argument in ((i, "i"), (j, "j")):
            expect.integer(place, argument, at_least=0, at_most=len(self.order) - 1)
        order = list(self.order)
        order[i], order[j] = order[j], order[i]
        self.order, self.moves = order, self.moves + (i != j)
        self._show()

    @property
    def solved(self) -> bool:
        """Whether every tile lies in its place."""
        return self.order == sorted(self.order)

    def network(self, number: int | None = None) -> list[int]:
        """Which tile lies in each place once the network's answer is followed; in order if the answer is right."""
        expect.that(self.guesses is not None, "guesses", None, "a network's answers, given when the puzzle is made")
        number = self.number if number is None else number
        expect.integer(number, "number", at_least=0, at_most=len(self.orders) - 1)
        laid = [0] * len(self.order)
        for tile, place in zip(self.orders[number], self.guesses[number]):
            laid[place] = tile  # the network takes it for the tile of that place, and puts it there
        return laid

    def _show(self) -> None:
        if self._view is not None:
            with self._view.hold_sync():
                self._view.number, self._view.order, self._view.moves = self.number, self.order, self.moves

    def _ipython_display_(self) -> None:
        from IPython.display import display

        if self._view is None:  # one for all the cells that show it: they then agree
            self._view = self._made()
        widget, _ = self._view._repr_mimebundle_()
        display({**widget, **self._still()}, raw=True)
        plots.say_if_stopped()

    def _still(self) -> dict[str, str]:
        """The tiles as they lie, where no widget can be: in a copy that came by mail."""
        alt = f"A jigsaw of {self.grid} times {self.grid} tiles after {self.moves} moves{', solved' if self.solved else ''}."
        figure = plots.image_grid(self.tiles[self.number][self.order], columns=self.grid, cell=0.7)
        return {"text/html": plots.to_html(figure, alt), "text/plain": alt}

    def _made(self):
        pictures = self.tiles.flatten(0, 1)
        answers = [] if self.guesses is None else [self.network(n) for n in range(len(self.orders))]
        view = _widget_class()(
            orders=self.orders, answers=answers, names=self.names, chance=self.chance, grid=self.grid,
            sheet=_sheet(pictures), columns=_columns(len(pictures)), tile=list(pictures.shape[2:]), number=self.number,
            order=self.order, moves=self.moves,
        )
        for name in ("number", "order", "moves"):
            view.observe(lambda change: setattr(self, change["name"], change["new"]), names=name)
        return view


@functools.cache
def _widget_class() -> type:
    """The browser's side, made when it is first needed: importing this room must not load the widget libraries."""
    import anywidget
    import traitlets

    here = Path(__file__).parent

    class PuzzleView(anywidget.AnyWidget):
        _esm = here / "puzzle.js"
        _css = here / "puzzle.css"
        orders = traitlets.List().tag(sync=True)
        answers = traitlets.List().tag(sync=True)  # the tiles as the network lays them, for each puzzle
        names = traitlets.List().tag(sync=True)
        chance = traitlets.Unicode().tag(sync=True)
        grid = traitlets.Int().tag(sync=True)
        sheet = traitlets.Bytes().tag(sync=True)  # one PNG that holds the tiles of all puzzles, `columns` to a row
        columns = traitlets.Int().tag(sync=True)
        tile = traitlets.List().tag(sync=True)  # height and width of one tile
        number = traitlets.Int().tag(sync=True)
        order = traitlets.List().tag(sync=True)
        moves = traitlets.Int().tag(sync=True)

    return PuzzleView
