"""Which browser tests stay together where several workers run them: those of one file, and of one lab in it."""

from __future__ import annotations

import pytest


def pytest_itemcollected(item: pytest.Item) -> None:
    """A lab is opened and run once for all of its tests, by one worker. (Later, when items are modified, is too late.)"""
    if item.get_closest_marker("browser"):
        name = item.path.stem
        opened = getattr(item, "callspec", None)
        if opened and "lab" in opened.params:
            name += f"-{opened.params['lab']}"
        item.add_marker(pytest.mark.xdist_group(name))
