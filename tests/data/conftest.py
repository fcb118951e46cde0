"""What the tests of fetching share: a local server, an empty data folder, and a data set that is found there."""

from __future__ import annotations

from pathlib import Path

import pytest

from sslcourse.data import download
from sslcourse.data.catalogue import Entry, Source
from tests.data import server as data_server
from tests.data.server import ARCHIVE


@pytest.fixture
def server():
    with data_server.serving() as server:
        server.answers["/Good"] = data_server.ranged(ARCHIVE)
        yield server


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    return tmp_path / "data"


@pytest.fixture
def offer(server, data, monkeypatch):
    """Make a data set of these sources the only one there is."""
    def furnish(*sources: Source, **other) -> Entry:
        entry = data_server.toy(*(sources or (data_server.official("Good"),)))
        data_server.furnish(monkeypatch.setattr, entry, server.url(""), **other)
        return entry
    return furnish
