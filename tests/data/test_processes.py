"""Several processes at one data folder: one is killed midway, or two ask at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sslcourse.data import fetch
from tests.data import server as data_server
from tests.data.server import ARCHIVE, assert_cached_well, assert_nothing_cached

pytestmark = pytest.mark.slow  # each process imports torch


@pytest.fixture
def start(server, data):
    """Start a process that fetches the toy set, and prints its bars and bytes as they move."""
    children = []

    def run() -> subprocess.Popen:
        root = Path(__file__).parents[2]
        code = f"import sys; sys.path.insert(0, {str(root)!r})\n{data_server.CHILD}"
        child = subprocess.Popen([sys.executable, "-c", code, server.url("")], stdout=subprocess.PIPE, text=True)
        children.append(child)
        return child

    yield run
    server.released.set()
    for child in children:
        child.kill()
        child.communicate()


def read_until(child: subprocess.Popen, words: str) -> list[str]:
    lines = []
    for line in child.stdout:
        lines.append(line.strip())
        if words in line:
            return lines
    raise AssertionError(f"the child ended without saying {words!r}: {lines}")


def test_a_killed_fetch_is_resumed_where_it_broke_off(offer, server, data, start):
    offer(data_server.official("Toy"))
    sent = 1_000  # less than a file's buffer: it must be on the disk all the same
    server.answers["/Toy"] = data_server.hanging(ARCHIVE, after=sent)
    child = start()
    read_until(child, f"bytes {sent}")
    child.kill()
    child.wait()
    assert_nothing_cached(data)

    server.answers["/Toy"] = data_server.ranged(ARCHIVE)
    fetch.ensure(data_server.found())  # also shows that the dead process's lock is gone
    assert_cached_well()
    assert server.requests == [("/Toy", None), ("/Toy", f"bytes={sent}-")]


def test_two_processes_at_once_download_once(offer, server, start):
    asked = threading.Event()

    def slow(request) -> None:
        asked.set()
        request.server.released.wait()
        data_server.whole(ARCHIVE)(request)

    server.answers["/Toy"] = slow
    first = start()
    assert asked.wait(60), "the first process asked for nothing"
    second = start()
    read_until(second, "being fetched by another process")
    server.released.set()
    for child in (first, second):
        read_until(child, "cached in")
        assert child.wait(60) == 0
    assert len(server.requests) == 1
    offer(data_server.official("Toy"))
    assert_cached_well()
