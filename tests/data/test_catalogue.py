"""The catalogue is complete: every set can be named, fetched, checked, read, and has its card."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sslcourse import runtime
from sslcourse.data import catalogue, fetch, official, readers

ENTRIES = [catalogue.entry(name) for name in catalogue.names()]
SOURCES = [(entry.name, source) for entry in ENTRIES for source in entry.sources]
each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
IDS = [f"{name}-{source.kind}" for name, source in SOURCES]
each_source = pytest.mark.parametrize(("name", "source"), SOURCES, ids=IDS)


def test_the_sets_of_the_course_are_there():
    assert set(catalogue.names()) >= {"cifar10", "mnist", "fashion_mnist", "gutenberg", "imdb", "emoji"}


@each_entry
def test_an_entry_says_what_it_is(entry):
    assert entry.kind in ("images", "texts", "pairs")
    assert all([entry.title, entry.what, entry.licence, entry.citation])
    assert "train" in entry.splits
    assert all(rows > 0 for rows in entry.splits.values())
    assert entry.cached_bytes > 0
    assert entry.sources


@each_entry
def test_an_entry_has_its_card(entry):
    card = catalogue.path().parent / entry.card
    assert card.is_file(), f"{entry.name} has no card: write datasets/{entry.card}"
    text = card.read_text(encoding="utf-8")
    assert entry.title in text, f"datasets/{entry.card} does not say {entry.title!r}, the title in the catalogue"
    for part in ("**What.**", "icence.**", "**Cite.**", "**Here.**", "**Known faults.**"):
        assert part in text, f"datasets/{entry.card} has no paragraph {part}"


@each_entry
def test_an_entry_has_its_row_in_the_table(entry):
    table = (catalogue.path().parent / "README.md").read_text(encoding="utf-8")
    row = rf"^\| `{entry.name}` \| .+ \| \d+ MB \| \[.+\]\({re.escape(entry.card)}\) \|$"
    wanted = f"| `{entry.name}` | what | size in MB | [title]({entry.card}) |"
    assert re.search(row, table, re.M), f"datasets/README.md has no row {wanted}"


@each_entry
def test_what_labels_stand_for_is_said(entry):
    """By the catalogue, or by a reader that brings the names, which its own tests then show."""
    if entry.kind == "images":
        assert 1 < len(set(entry.classes)) == len(entry.classes), \
            f"write `classes = [...]`, no two alike, under [{entry.name}] in datasets/catalogue.toml"


@pytest.mark.parametrize("name", readers.__all__)
def test_every_reader_is_tested(name):
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_readers*.py"))
    assert f"readers.{name}(" in tests, \
        f"no test calls readers.{name}: write one in tests/data/test_readers.py, on small files laid out as the source's are"


@each_source
def test_a_source_can_be_fetched_and_read(name, source):
    assert source.kind in fetch.KINDS
    assert callable(getattr(readers, source.reader, None)), \
        f"no reader {source.reader}: write it in sslcourse/data/readers, and import it in its __init__.py"
    assert bool(source.dataset) == (source.kind == "torchvision")
    assert bool(source.package) == (source.kind == "debian")
    assert len({part.name for part in source.parts}) == len(source.parts) > 0


@each_source
def test_every_part_is_pinned(name, source):
    for part in source.parts:
        assert re.fullmatch(r"[0-9a-f]{64}", part.sha256), part.name
        assert 0 < part.bytes
        assert part.bytes < 4 * part.unpacked < 40 * part.bytes  # a bound that is neither too tight nor none at all
        assert (re.fullmatch(r"\d+\.\d+\.\d+", part.version) is not None) == (source.kind == "npm"), "an exact version"
        assert bool(part.path) == (source.kind == "debian")
        assert not part.path.startswith("/")


def test_no_two_parts_share_a_checksum():
    every = [part.sha256 for _, source in SOURCES for part in source.parts]
    assert len(set(every)) == len(every)


def test_no_address_is_written_down():
    assert "://" not in catalogue.path().read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [name for name, source in SOURCES if source.kind == "torchvision"])
def test_the_installed_torchvision_names_an_address_for_every_part(name):
    source = next(source for source in catalogue.entry(name).sources if source.kind == "torchvision")
    for part in source.parts:
        found = official.addresses(source.dataset, part.name)
        assert found
        assert all(re.fullmatch(rf"https?://\S+[^/]/{re.escape(part.name)}", address) for address in found)


@pytest.mark.parametrize("dataset", ["NoSuchClass", "MNIST", "CIFAR10", "STL10"])
def test_a_torchvision_that_has_moved_on_is_a_failed_source(dataset):
    with pytest.raises(fetch.SourceFailed, match="names no address for x.gz"):
        official.addresses(dataset, "x.gz")


@pytest.mark.parametrize(("name", "near"), [
    ("cifar", "cifar10"), ("CIFAR10", "cifar10"), ("FashionMNIST", "fashion_mnist"), ("emojis", "emoji"),
    ("gutenburg", "gutenberg"),
])
def test_an_unknown_name_is_answered_with_the_near_ones(name, near):
    with pytest.raises(ValueError, match=rf"name: got '{name}', wanted one of cifar10, .*did you mean .*{near}"):
        catalogue.entry(name)


def test_outside_the_course_the_error_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(runtime, "course_root", lambda: None)
    with pytest.raises(RuntimeError, match="pip install -e"):
        catalogue.names()


@pytest.mark.parametrize(("change", "words"), [
    (('kind = "texts"\n', ""), "kind"),
    (('sha256 = ', 'sha265 = '), "sha265"),
    (("reader = ", "raeder = "), "raeder"),
], ids=["missing", "part", "source"])
def test_a_misspelt_catalogue_is_named(tmp_path, monkeypatch, change, words):
    text = catalogue.path().read_text(encoding="utf-8")
    book = text[text.index("[gutenberg]"):text.index("[imdb]")]
    file = tmp_path / "catalogue.toml"
    file.write_text(book.replace(*change), encoding="utf-8")
    monkeypatch.setattr(catalogue, "path", lambda: file)
    with pytest.raises(RuntimeError, match=rf"\[gutenberg\]: .*{words}"):
        catalogue.names()
