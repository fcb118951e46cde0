"""One file over HTTP from a local server: every way in which it may not arrive, and in which it may be resumed."""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import socket

import pytest

from sslcourse import runtime
from sslcourse.data import download
from sslcourse.data.errors import SourceFailed
from tests.data import server as data_server
from tests.data.server import BODY, HTML

SHA256 = hashlib.sha256(BODY).hexdigest()


@pytest.fixture
def server():
    with data_server.serving() as server:
        yield server


@pytest.fixture
def target(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    monkeypatch.setattr(download, "STALL_SECONDS", 0.3)
    return tmp_path / "file.bin"


def fetch(server, target, answer) -> None:
    server.answers["/file"] = answer
    download.to_file(server.url("/file"), target, sha256=SHA256, size=len(BODY))


def kept(target, content: bytes):
    """What an earlier, interrupted download left."""
    part = target.with_name("file.bin.part")
    part.write_bytes(content)
    return part


def in_turn(*answers):
    """One answer after the other, the last one for ever."""
    left = list(answers)
    return lambda request: (left.pop(0) if len(left) > 1 else left[0])(request)


def ranges(server) -> list[str | None]:
    return [asked for _, asked in server.requests]


def test_a_file_arrives_whole_and_leaves_no_part(server, target):
    fetch(server, target, data_server.whole())
    assert target.read_bytes() == BODY
    assert list(target.parent.iterdir()) == [target]


def test_the_bar_counts_to_the_size_of_the_file(server, target, monkeypatch):
    class Bar:
        n = 0

        def update(self, n: int) -> None:
            self.n += n

    bar = Bar()
    monkeypatch.setattr(download, "byte_bar", lambda total, desc: contextlib.nullcontext(bar))
    kept(target, BODY[:1000])  # what was there before counts, too
    fetch(server, target, data_server.ranged())
    assert bar.n == len(BODY)


def test_a_bar_for_bytes_shows_kilobytes_and_megabytes(monkeypatch):
    monkeypatch.setattr(runtime, "progress", lambda **words: argparse.Namespace(**words))
    bar = download.byte_bar(5_000_000, "file")
    assert (bar.total, bar.desc, bar.unit, bar.unit_scale) == (5_000_000, "file", "B", True)


@pytest.mark.parametrize(("answer", "words"), [
    (data_server.status(404), "404 Not Found"),
    (data_server.status(503), "503 Service Unavailable"),
    (data_server.whole(HTML, content_type="text/html; charset=utf-8"), "an HTML page arrived"),
    (data_server.whole(HTML.ljust(len(BODY))), "an HTML page arrived"),
    (data_server.whole(b"\n  <HTML>".ljust(len(BODY))), "an HTML page arrived"),
    (data_server.whole(BODY[:-1]), "offers 299,999 bytes, the file has 300,000"),
    (data_server.whole(BODY[:-1] + b"!"), "damaged or altered"),
    (data_server.truncated(after=100_000), "broke off after"),
    (data_server.hanging(after=100_000), "sent nothing for 0.3 s"),
    (data_server.silent, "no answer within 0.3 s"),
    (data_server.dripping(every=0.02), "bytes in 0 s"),
    (data_server.dripping(every=0.02, at_once=200_000, times=100), "bytes in 0 s"),  # each window is judged by itself
], ids=[
    "404", "503", "html", "html in disguise", "html in capitals", "short", "corrupted", "truncated", "hangs", "silent",
    "drips", "drips after a good start",
])
def test_what_is_not_the_file_is_refused_with_its_reason(server, target, answer, words):
    with pytest.raises(SourceFailed, match=words):
        fetch(server, target, answer)
    assert not target.exists()


def test_nothing_listens_there(target):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceFailed, match="refused"):
        download.to_file(f"http://127.0.0.1:{port}/file", target, sha256=SHA256, size=len(BODY))
    assert not target.exists()


def test_a_host_that_does_not_exist(target):
    with pytest.raises(SourceFailed):
        download.to_file("http://nowhere.invalid/file", target, sha256=SHA256, size=len(BODY))


def test_an_endless_body_is_cut_off_at_the_size_of_the_file(server, target):
    def endless(request) -> None:  # no Content-Length: it ends when the connection does
        request.send_response(200)
        request.end_headers()
        while not request.server.released.is_set():
            request.wfile.write(BODY)

    with pytest.raises(SourceFailed, match="more than the 300,000 bytes"):
        fetch(server, target, endless)
    assert target.with_name("file.bin.part").stat().st_size <= len(BODY)


def test_a_corrupted_body_is_not_kept_for_resuming(server, target):
    with pytest.raises(SourceFailed, match="damaged or altered"):
        fetch(server, target, data_server.whole(BODY[:-1] + b"!"))
    assert list(target.parent.iterdir()) == []


def test_a_connection_that_goes_down_is_resumed_at_once(server, target):
    fetch(server, target, in_turn(data_server.truncated(after=100_000), data_server.ranged()))
    assert target.read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-"]


def test_what_a_stalled_download_brought_is_resumed_by_the_next(server, target):
    with pytest.raises(SourceFailed, match="sent nothing"):
        fetch(server, target, data_server.hanging(after=100_000))
    fetch(server, target, data_server.ranged())
    assert target.read_bytes() == BODY
    assert ranges(server) == [None, "bytes=100000-"]


def test_a_server_that_knows_no_range_starts_over(server, target):
    kept(target, BODY[:1000])
    fetch(server, target, data_server.whole())
    assert target.read_bytes() == BODY
    assert ranges(server) == ["bytes=1000-"]


def test_a_server_that_refuses_the_range_is_asked_for_all(server, target):
    kept(target, BODY[:1000])
    fetch(server, target, in_turn(data_server.status(416), data_server.whole()))
    assert target.read_bytes() == BODY
    assert ranges(server) == ["bytes=1000-", None]


def test_a_range_that_starts_elsewhere_is_not_appended(server, target):
    def elsewhere(request) -> None:
        data_server.head(request, 206, len(BODY) - 500, range=f"bytes 500-{len(BODY) - 1}/{len(BODY)}")
        request.wfile.write(BODY[500:])

    kept(target, BODY[:1000])
    fetch(server, target, in_turn(elsewhere, data_server.whole()))
    assert target.read_bytes() == BODY
    assert ranges(server) == ["bytes=1000-", None]


@pytest.mark.parametrize("old", [b"another file", BODY[:999] + b"!", b"!" * len(BODY)], ids=["other", "bit", "full"])
def test_a_file_that_changed_since_is_fetched_anew(server, target, old):
    kept(target, old)
    fetch(server, target, data_server.ranged())
    assert target.read_bytes() == BODY
    assert ranges(server)[-1] is None  # the last request asked for all of it


def test_a_part_longer_than_the_file_is_thrown_away(server, target):
    kept(target, BODY + b"more")
    fetch(server, target, data_server.ranged())
    assert target.read_bytes() == BODY
    assert ranges(server) == [None]


def test_a_part_that_was_complete_needs_no_request(server, target):
    kept(target, BODY)  # killed between the last byte and the renaming
    fetch(server, target, data_server.status(500))
    assert target.read_bytes() == BODY
    assert ranges(server) == []


def test_a_server_that_breaks_off_again_and_again_is_given_up(server, target, monkeypatch):
    monkeypatch.setattr(download, "ATTEMPTS", 3)

    def a_little_more(request) -> None:
        start = int((request.headers["Range"] or "bytes=0-")[6:-1])
        here = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
        data_server.head(request, 206 if start else 200, len(BODY) - start, range=here)
        request.wfile.write(BODY[start:start + 1000])
        request.close_connection = True

    with pytest.raises(SourceFailed, match="after 3,000 of 300,000 bytes"):
        fetch(server, target, a_little_more)
    assert len(server.requests) == 3
