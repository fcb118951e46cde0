"""A fixture of several methods' tests."""

from __future__ import annotations

import pytest

from sslcourse import methods


@pytest.fixture
def drawn(monkeypatch):
    """The labelled images of every step: the first five."""
    monkeypatch.setattr(methods.Labelled, "draw", lambda self: (self.images[:5], self.labels[:5]))
