"""The puzzle without a browser: swaps, what is solved, what the network's answer looks like, and the browser's side."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from PIL import Image

from sslcourse import methods, widgets

ORDERS = torch.tensor([[2, 0, 1, 3], [0, 1, 3, 2]])


def puzzle(**changes):
    tiles = torch.arange(8, dtype=torch.uint8).view(2, 4, 1, 1, 1).expand(2, 4, 3, 5, 5) * 30
    return widgets.Puzzle(**{"tiles": tiles, "orders": ORDERS, **changes})


def test_swaps_solve_it_and_are_counted():
    p = puzzle()
    assert (p.order, p.moves, p.solved) == ([2, 0, 1, 3], 0, False)
    p.swap(0, 1)
    assert (p.order, p.moves, p.solved) == ([0, 2, 1, 3], 1, False)
    p.swap(2, 1)
    assert (p.order, p.moves, p.solved) == ([0, 1, 2, 3], 2, True)


def test_a_tile_with_itself_is_no_move():
    p = puzzle()
    p.swap(1, 1)
    assert (p.order, p.moves) == ([2, 0, 1, 3], 0)


def test_start_lays_it_out_again_and_leaves_the_orders_alone():
    p = puzzle()
    p.swap(0, 3)
    p.start(1)
    assert (p.number, p.order, p.moves) == (1, [0, 1, 3, 2], 0)
    p.start(0)
    assert p.order == [2, 0, 1, 3] and p.orders == ORDERS.tolist()


def test_a_right_answer_of_the_network_puts_every_tile_in_its_place():
    p = puzzle(guesses=ORDERS)
    assert p.network() == p.network(1) == [0, 1, 2, 3]


def test_a_wrong_answer_is_laid_as_the_package_would_unshuffle_it():
    guesses = torch.tensor([[1, 2, 0, 3], [0, 1, 2, 3]])
    p = puzzle(guesses=guesses)
    shuffled = methods.shuffle_tiles(p.tiles, ORDERS, torch.tensor([0, 1]))
    laid = methods.unshuffle_tiles(shuffled, guesses, torch.tensor([0, 1]))
    for number in (0, 1):
        assert torch.equal(laid[number], p.tiles[number][p.network(number)])


def test_shown_in_two_cells_it_is_one(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    thing = puzzle()
    thing._ipython_display_(), thing._ipython_display_()
    view = "application/vnd.jupyter.widget-view+json"
    assert [bundle[view]["model_id"] for bundle in shown] == [thing._view.model_id] * 2
    assert len(shown[0]["text/plain"]) > 20 and shown[0]["text/plain"] in shown[0]["text/html"]  # without a widget


def test_code_and_browser_see_the_same_state():
    p = puzzle(guesses=ORDERS, names=["cat", "ship"])
    p._ipython_display_()
    p.swap(0, 1)
    assert (p._view.order, p._view.moves) == ([0, 2, 1, 3], 1)
    p._view.order, p._view.moves = [0, 1, 2, 3], 2  # what the browser sends after two more clicks
    assert p.solved and p.moves == 2
    p._view.number = 1
    assert p.number == 1


def test_the_browser_gets_every_tile_and_every_answer():
    p = puzzle(guesses=ORDERS)
    p._ipython_display_()
    sheet = np.asarray(Image.open(io.BytesIO(p._view.sheet)))
    shown = [sheet[at // p._view.columns * 5, at % p._view.columns * 5, 0] for at in range(8)]
    assert shown == [30 * at for at in range(8)]
    assert p._view.answers == [[0, 1, 2, 3]] * 2 and p._view.grid == 2


@pytest.mark.parametrize("wrong, message", [
    ({"tiles": torch.zeros(2, 3, 3, 5, 5)}, "tiles: .*square"),
    ({"tiles": torch.zeros(2, 4, 5, 5)}, "tiles"),
    ({"tiles": torch.zeros(2, 4, 2, 5, 5)}, "tiles: .*channels"),
    ({"orders": ORDERS[:1]}, "orders"),
    ({"orders": torch.zeros(2, 4, dtype=torch.long)}, "orders: .*permutation"),
    ({"guesses": ORDERS + 1}, "guesses: .*permutation"),
    ({"names": ["one"]}, "names: got 1 names, wanted one for each of 2"),
])
def test_what_does_not_fit_is_refused(wrong, message):
    with pytest.raises(ValueError, match=message):
        puzzle(**wrong)


def test_places_and_numbers_out_of_range_are_refused():
    p = puzzle()
    for misuse, message in ((lambda: p.swap(0, 4), "j: got 4"), (lambda: p.start(2), "number: got 2"),
                            (lambda: p.network(), "guesses: got None")):
        with pytest.raises(ValueError, match=message):
            misuse()
