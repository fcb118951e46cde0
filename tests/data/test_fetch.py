"""From catalogue to cache: each fault of a source ends in the next source or in a clear error, never in a bad cache."""

from __future__ import annotations

import gzip
import io
import pickle
import socket
import tarfile
from pathlib import Path

import pytest
import torch

from sslcourse.data import NoSource, cache, fetch, official
from sslcourse.data.catalogue import Source
from tests.data import server as data_server
from tests.data.server import ARCHIVE, BODY, HTML, assert_cached_well, assert_nothing_cached


def with_member(type: bytes = tarfile.REGTYPE, name: str = "evil", link: str = "") -> bytes:
    """The toy archive with one member more, of the kind that has no business in it."""
    buffer = io.BytesIO(gzip.decompress(ARCHIVE))
    with tarfile.open(fileobj=buffer, mode="a") as tar:
        member = tarfile.TarInfo(name)
        member.type, member.linkname = type, link
        tar.addfile(member)
    return gzip.compress(buffer.getvalue())


# What the first source serves, the archive that the catalogue expects of it, and the word that must be said about it.
UP, ABSOLUTE = with_member(name="../evil"), with_member(name="/evil")
LINK, HARD = with_member(tarfile.SYMTYPE, link="/etc"), with_member(tarfile.LNKTYPE, link="toy/numbers.bin")
BOMB = gzip.compress(bytes(1 << 22))
FAULTS = {
    "truncated": (data_server.truncated(ARCHIVE, after=100_000), ARCHIVE, "broke off"),
    "corrupted": (data_server.whole(ARCHIVE[:-9] + b"corrupted"), ARCHIVE, "damaged or altered"),
    "html error page": (data_server.status(404), ARCHIVE, "404"),
    "html with status 200": (data_server.whole(HTML, content_type="text/html"), ARCHIVE, "HTML page"),
    "hangs": (data_server.silent, ARCHIVE, "no answer within"),
    "hangs midway": (data_server.hanging(ARCHIVE, after=100_000), ARCHIVE, "sent nothing"),
    "dot-dot": (data_server.whole(UP), UP, "outside its folder"),
    "absolute name": (data_server.whole(ABSOLUTE), ABSOLUTE, "outside its folder"),
    "symbolic link": (data_server.whole(LINK), LINK, "link"),
    "hard link": (data_server.whole(HARD), HARD, "link"),
    "bomb": (data_server.whole(BOMB), BOMB, "allows"),
    "no archive": (data_server.whole(BODY), BODY, "neither a tar"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_after_a_fault_the_next_source_serves(offer, server, fault):
    server.answers["/Bad"], expected, _ = FAULTS[fault]
    offer(data_server.official("Bad", expected), data_server.official("Good"))
    fetch.ensure(data_server.found())
    assert_cached_well()
    assert cache.meta(data_server.found())["source"] == "torchvision Good"


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_only_source_is_named(offer, server, data, fault):
    server.answers["/Bad"], expected, words = FAULTS[fault]
    offer(data_server.official("Bad", expected))
    with pytest.raises(NoSource, match="What to do") as caught:
        fetch.ensure(data_server.found())
    (source, reason), = caught.value.tried
    assert source == "torchvision Bad"
    assert words in reason
    assert_nothing_cached(data)


def test_no_network(offer, data, monkeypatch):
    offer()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/"
    monkeypatch.setattr(official, "addresses", lambda *_: [closed])
    with pytest.raises(NoSource, match=r"1\. torchvision Good: toy.tar.gz: Connection refused"):
        fetch.ensure(data_server.found())
    assert_nothing_cached(data)


def test_every_source_that_was_tried_is_named_in_order(offer, server):
    server.answers |= {"/A": data_server.status(404), "/B": data_server.status(503)}
    offer(data_server.official("A"), data_server.official("B"))
    listed = r"(?s)1\. torchvision A: .*404.*2\. torchvision B: .*503.*sslcourse data toy"
    with pytest.raises(NoSource, match=listed) as caught:
        fetch.ensure(data_server.found())
    assert isinstance(caught.value, RuntimeError)


def test_a_cached_set_asks_nobody_and_needs_no_lock(offer, server, data):
    offer()
    fetch.ensure(data_server.found())
    (data / ".toy.lock").unlink(missing_ok=True)
    requests = len(server.requests)
    assert fetch.ensure(data_server.found()) == data / "toy"
    assert len(server.requests) == requests
    assert not (data / ".toy.lock").exists()


def test_nothing_but_the_cache_and_its_lock_is_left(offer, data):
    offer()
    fetch.ensure(data_server.found())
    assert {path.name for path in data.iterdir()} == {"toy", ".toy.lock"}


def test_a_pickle_whose_checksum_fails_is_never_opened(offer, server, data, tmp_path):
    class Evil:
        def __reduce__(self):
            return Path.mkdir, (tmp_path / "unpickled",)

    def reader(parts):
        return pickle.loads((parts["toy.tar.gz"] / "toy" / "numbers.bin").read_bytes())

    server.answers["/Good"] = data_server.whole(data_server.tarball({"toy/numbers.bin": pickle.dumps(Evil())}))
    offer(reader=reader)
    with pytest.raises(NoSource):
        fetch.ensure(data_server.found())
    assert not (tmp_path / "unpickled").exists()
    assert_nothing_cached(data)


def test_a_source_that_hands_over_another_file_is_not_believed(offer, data, monkeypatch):
    """The last gate: whatever a kind of source puts in place is hashed before it is opened."""
    def swapped(source, parts, folder, name):
        (folder / parts[0].file).write_bytes(data_server.tarball({"toy/numbers.bin": b"\xff" * len(BODY)}))

    offer()
    monkeypatch.setitem(fetch.KINDS, "torchvision", swapped)
    monkeypatch.setattr(fetch.archive, "unpack", lambda *_, **__: pytest.fail("opened before its checksum passed"))
    with pytest.raises(NoSource, match="deleted unopened"):
        fetch.ensure(data_server.found())
    assert_nothing_cached(data)


def test_a_reader_that_finds_other_rows_than_the_catalogue_says_caches_nothing(offer, data):
    offer(reader=lambda parts: {"train": {"numbers": torch.zeros(2, dtype=torch.uint8)}})
    with pytest.raises(RuntimeError, match="found {'train': 2} rows, the catalogue says {'train': 3}"):
        fetch.ensure(data_server.found())
    assert_nothing_cached(data)


def test_the_next_source_finds_no_trace_of_parts_that_were_good(offer, server):
    parts = data_server.part(), data_server.part(BODY, name="no-archive.tar.gz")
    bodies = [ARCHIVE, BODY]
    server.answers["/Bad"] = lambda request: data_server.whole(bodies.pop(0))(request)
    offer(Source(kind="torchvision", reader="toy", dataset="Bad", parts=parts), data_server.official("Good"))
    fetch.ensure(data_server.found())
    assert_cached_well()


def test_a_part_that_has_arrived_is_not_fetched_again(offer, server, data):
    other = data_server.tarball({"b": b"2"})
    parts = data_server.part(name="one.tar.gz"), data_server.part(other, name="two.tar.gz")
    offer(Source(kind="torchvision", reader="toy", dataset="Mixed", parts=parts),
          reader=lambda parts: data_server.toy_reader({"toy.tar.gz": parts["one.tar.gz"]}))
    answers = [data_server.whole(ARCHIVE), data_server.status(503), data_server.whole(other)]
    server.answers["/Mixed"] = lambda request: answers.pop(0)(request)
    with pytest.raises(NoSource, match="two.tar.gz: the server answered 503"):
        fetch.ensure(data_server.found())
    fetch.ensure(data_server.found())
    assert_cached_well()
    assert len(server.requests) == 3
