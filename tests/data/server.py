"""A local HTTP server that misbehaves on request, and data sets small enough to be fetched from it in milliseconds.

No test that uses it leaves 127.0.0.1.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import http.server
import io
import os
import random
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest import mock

from sslcourse.data.catalogue import Entry, Part, Source

BODY = bytes(range(256)) + random.Random(0).randbytes(300_000 - 256)  # does not compress
HTML = b"<!DOCTYPE html><html><body>Please sign in to the library's network</body></html>"


class Server(http.server.ThreadingHTTPServer):
    """Serves `answers[path]`, a function of the request's handler; remembers (path, Range header) of each request."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, Callable[[http.server.BaseHTTPRequestHandler], None]] = {}
        self.requests: list[tuple[str, str | None]] = []
        self.released = threading.Event()  # what a hanging answer waits for, so that no thread outlives its test

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        self.server.requests.append((self.path, self.headers["Range"]))
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.server.answers[self.path](self)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    with mock.patch.dict(os.environ, no_proxy="127.0.0.1"), Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.released.set()
            server.shutdown()
            thread.join()


def whole(body: bytes = BODY, *, content_type: str = "application/octet-stream"):
    """The file as it is, always from its first byte: a server that knows no Range."""
    def answer(request) -> None:
        head(request, 200, len(body), content_type)
        request.wfile.write(body)
    return answer


def ranged(body: bytes = BODY):
    """The file, from the byte that is asked for."""
    def answer(request) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers["Range"] or "")
        if asked is None:
            return whole(body)(request)
        start = int(asked[1])
        if start >= len(body):
            return status(416)(request)
        head(request, 206, len(body) - start, range=f"bytes {start}-{len(body) - 1}/{len(body)}")
        request.wfile.write(body[start:])
    return answer


def truncated(body: bytes = BODY, *, after: int):
    """A connection that goes down after `after` bytes of those that were promised."""
    def answer(request) -> None:
        head(request, 200, len(body))
        request.wfile.write(body[:after])
        request.close_connection = True
    return answer


def hanging(body: bytes = BODY, *, after: int):
    """A server that falls silent after `after` bytes, with the connection open."""
    def answer(request) -> None:
        head(request, 200, len(body))
        request.wfile.write(body[:after])
        request.wfile.flush()
        request.server.released.wait()
    return answer


def silent(request) -> None:
    """A server that takes the request and never answers."""
    request.server.released.wait()


def dripping(body: bytes = BODY, *, every: float, at_once: int = 0, times: int | None = None):
    """A server that sends `at_once` bytes, then one after another, never quite stalling, and hangs up after `times`."""
    def answer(request) -> None:
        head(request, 200, len(body))
        request.wfile.write(body[:at_once])
        for byte in body[at_once:][:times]:
            request.wfile.write(bytes([byte]))
            if request.server.released.wait(every):
                return
        request.close_connection = True
    return answer


def status(code: int, body: bytes = HTML):
    """An error page."""
    def answer(request) -> None:
        head(request, code, len(body), "text/html")
        request.wfile.write(body)
    return answer


def head(request, code: int, length: int, content_type: str = "application/octet-stream", range: str = "") -> None:
    request.send_response(code)
    request.send_header("Content-Type", content_type)
    request.send_header("Content-Length", str(length))
    if range:
        request.send_header("Content-Range", range)
    request.end_headers()


def tarball(files: dict[str, bytes]) -> bytes:
    """A .tar.gz of these files, in memory: the same bytes in every process."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return gzip.compress(buffer.getvalue(), mtime=0)


ARCHIVE = tarball({"toy/numbers.bin": BODY})


def part(body: bytes = ARCHIVE, name: str = "toy.tar.gz", **other) -> Part:
    return Part(name=name, sha256=hashlib.sha256(body).hexdigest(), bytes=len(body), unpacked=1 << 20, **other)


def toy(*sources: Source, rows: int = 3) -> Entry:
    """A data set of three rows, from these sources, or from one that looks like torchvision's."""
    return Entry(
        name="toy", title="Toy", kind="images", what="numbers", licence="none", citation="none", card="cards/toy.md",
        splits={"train": rows}, cached_bytes=1000, revision=1, sources=sources or (official("Toy"),),
    )


def official(dataset: str, body: bytes = ARCHIVE) -> Source:
    return Source(kind="torchvision", reader="toy", dataset=dataset, parts=(part(body),))


def toy_reader(parts: dict) -> dict:
    """Three rows out of the toy archive."""
    import torch

    content = (parts["toy.tar.gz"] / "toy" / "numbers.bin").read_bytes()
    return {"train": {"numbers": torch.frombuffer(bytearray(content[:3]), dtype=torch.uint8), "texts": ["a", "b", "ü"]}}


def furnish(setattr, entry: Entry, server_url: str, reader: Callable = toy_reader) -> None:
    """Make `entry` the only data set, found at SERVER/DATASET and read by `reader`; `setattr` may be monkeypatch's."""
    from sslcourse.data import catalogue, fetch, official

    setattr(catalogue, "path", lambda: None)
    setattr(catalogue, "_read", lambda _: {entry.name: entry})
    setattr(official, "addresses", lambda dataset, file: [f"{server_url}/{dataset}"])
    setattr(fetch, "reader", lambda name: reader)


def found() -> Entry:
    """The toy as the catalogue has it now."""
    from sslcourse.data import catalogue

    return catalogue.entry("toy")


def assert_cached_well() -> None:
    import torch

    from sslcourse.data import cache

    assert cache.is_cached(found())
    assert cache.verify(found()) == []
    read = cache.read(found(), "train")
    assert torch.equal(read["numbers"], torch.tensor([0, 1, 2], dtype=torch.uint8))
    assert read["texts"] == ["a", "b", "ü"]


def assert_nothing_cached(data: Path) -> None:
    from sslcourse.data import cache

    assert not cache.is_cached(found())
    assert not (data / "toy").exists()
    assert list(data.glob("*.tmp")) == []


CHILD = """
import sys
from tests.data import server as data_server
from sslcourse import runtime
from sslcourse.data import fetch

class Bar:
    def __init__(self, desc): self.n = 0; print("bar", desc, flush=True)
    def __enter__(self): return self
    def __exit__(self, *_): pass
    def update(self, n): self.n += n; print("bytes", self.n, flush=True)

runtime.progress = lambda total=None, desc="", unit="": Bar(desc)
data_server.furnish(setattr, data_server.toy(), sys.argv[1])
print("cached in", fetch.ensure(data_server.found()), flush=True)
"""
