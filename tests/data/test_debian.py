"""A Debian package as a source, apt-get played by small scripts: read where it is installed, else unpacked uninstalled."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

import pytest

from sslcourse.data import NoSource, debian, fetch
from sslcourse.data.catalogue import Source
from sslcourse.data.errors import SourceFailed
from tests.data import server as data_server
from tests.data.server import ARCHIVE, BODY

FILE = data_server.part(ARCHIVE, name="toy.tar.gz", path="usr/share/datasets/toy/toy.tar.gz")
DEBIAN = Source(kind="debian", reader="toy", package="dataset-toy", parts=(FILE,))


def package(tmp_path: Path, files: dict[str, bytes]) -> Path:
    """A .deb as far as this test's dpkg-deb is concerned: a plain tar."""
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
    monkeypatch.setenv("SSLCOURSE_QUIET", "1")
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
    with pytest.raises(SourceFailed, match="dataset-toy is not installed, and there is no apt-get and no dpkg-deb"):
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


def test_a_file_of_the_package_that_was_altered_is_not_believed(play_apt, tmp_path, monkeypatch):
    package(tmp_path, {FILE.path: BODY})
    play_apt(DOWNLOAD)
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path / "data"))
    data_server.furnish(monkeypatch.setattr, data_server.toy(DEBIAN), "")
    with pytest.raises(NoSource, match="SHA-256 is not the catalogue's"):
        fetch.ensure(data_server.found())
