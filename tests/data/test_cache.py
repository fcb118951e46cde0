"""The cache: what goes in comes out, whole or row by row, and a write that breaks off leaves the old state."""

from __future__ import annotations

import errno
import json

import pytest
import torch

from sslcourse.data import cache, columns
from tests.data import server as data_server

ROWS = 6


@pytest.fixture(autouse=True)
def toy(tmp_path, monkeypatch):
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path))
    data_server.furnish(monkeypatch.setattr, data_server.toy(rows=ROWS), "")
    return tmp_path / "toy"


def splits() -> dict[str, columns.Split]:
    generator = torch.Generator().manual_seed(0)
    train = {
        "images": torch.randint(0, 256, (ROWS, 3, 4, 4), dtype=torch.uint8, generator=generator),
        "labels": torch.arange(ROWS) % 3,
        "weights": torch.rand(ROWS, generator=generator),
        "seen": torch.arange(ROWS) % 2 == 0,
        "half": torch.rand(ROWS, 2, generator=generator).bfloat16(),
        "texts": ["plain", "ünï", "\U0001f600", "\ud83d", "", "two\nlines"],
        "classes": ["a", "b", "c"],
        "designer_names": [f"designer {k}" for k in range(ROWS)],  # as long as there are rows, and yet not per row
    }
    return {"train": train, "test": {"texts": ["only strings"], "classes": ["a"]}}


def same(one: columns.Split, other: columns.Split) -> bool:
    def equal(a, b) -> bool:
        return torch.equal(a, b) and a.dtype == b.dtype if isinstance(a, torch.Tensor) else a == b
    return one.keys() == other.keys() and all(equal(one[key], other[key]) for key in one)


def test_what_goes_in_comes_out(toy):
    assert cache.write(data_server.found(), splits(), {"source": "test"}) == toy
    assert cache.is_cached(data_server.found())
    assert cache.verify(data_server.found()) == []
    for split, values in splits().items():
        assert same(cache.read(data_server.found(), split), values)


def test_meta_says_what_is_there():
    cache.write(data_server.found(), splits(), {"source": "test"})
    meta = cache.meta(data_server.found())
    assert meta["source"] == "test"
    assert meta["splits"] == {"train": ROWS, "test": 1}
    assert set(meta["files"]) == {"train.safetensors", "train.json", "test.json"}


def test_what_is_read_may_be_changed_and_the_cache_stays():
    cache.write(data_server.found(), splits(), {})
    cache.read(data_server.found(), "train")["images"].zero_()
    assert same(cache.read(data_server.found(), "train"), splits()["train"])


@pytest.mark.parametrize("rows", [[0], [5, 0, 3], [2, 2], list(range(ROWS))])
def test_rows_are_picked_from_what_is_per_row_and_only_from_that(rows):
    cache.write(data_server.found(), splits(), {})
    wanted = splits()["train"]
    for key in ("images", "labels", "weights", "seen", "half"):
        wanted[key] = wanted[key][rows]
    wanted["texts"] = [wanted["texts"][i] for i in rows]
    assert same(cache.read(data_server.found(), "train", torch.tensor(rows)), wanted)


@pytest.mark.parametrize("rows", [
    torch.tensor([ROWS]), torch.tensor([-1]), torch.tensor([0.5]), torch.tensor([[0]]), [0],
])
def test_rows_that_are_not_there_are_refused(rows):
    cache.write(data_server.found(), splits(), {})
    with pytest.raises(ValueError, match="^rows: "):
        cache.read(data_server.found(), "train", rows)


def test_an_unknown_split_is_answered_with_the_near_one():
    cache.write(data_server.found(), splits(), {})
    with pytest.raises(ValueError, match="split: got 'trian', wanted one of train, test .did you mean train"):
        cache.read(data_server.found(), "trian")


def test_what_is_not_cached_says_how_to_get_it():
    assert not cache.is_cached(data_server.found())
    assert cache.verify(data_server.found()) != []
    with pytest.raises(FileNotFoundError, match="python -m sslcourse data toy"):
        cache.read(data_server.found(), "train")


@pytest.mark.parametrize("value", [[1, 2], ("a", "b"), None, torch.tensor(1), torch.zeros(2, dtype=torch.complex64)])
def test_a_value_that_cannot_be_stored_is_refused_and_nothing_written(toy, value):
    with pytest.raises(ValueError, match=r"train\['bad'\]: got .*, wanted a tensor with rows or a list of strings"):
        cache.write(data_server.found(), {"train": {"bad": value}}, {})
    assert not toy.exists()


def test_columns_of_different_lengths_are_refused(toy):
    with pytest.raises(ValueError, match="wanted columns of one length"):
        cache.write(data_server.found(), {"train": {"texts": ["a", "b"], "labels": torch.zeros(3)}}, {})
    assert list(toy.parent.iterdir()) == []


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), KeyboardInterrupt()])
def test_a_write_that_breaks_off_leaves_the_old_state(toy, monkeypatch, fault):
    cache.write(data_server.found(), splits(), {"source": "old"})

    def broken(*_):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(cache, "sha256_of", broken)
        with pytest.raises(type(fault)):
            cache.write(data_server.found(), {"train": {"texts": ["new"]}}, {"source": "new"})
    assert cache.meta(data_server.found())["source"] == "old"
    assert cache.verify(data_server.found()) == []
    assert [path.name for path in toy.parent.iterdir()] == ["toy"]


def test_a_new_write_replaces_the_old_one_whole(toy):
    cache.write(data_server.found(), splits(), {})
    cache.write(data_server.found(), {"train": {"texts": ["new"]}}, {})
    assert {path.name for path in toy.iterdir()} == {"meta.json", "train.json"}
    assert [path.name for path in toy.parent.iterdir()] == ["toy"]


def cut(file):
    file.write_bytes(file.read_bytes()[:-1])


def garbage(file):
    file.write_bytes(b"{" * 10)


@pytest.mark.parametrize(("name", "harm"), [
    ("train.safetensors", cut), ("train.json", cut), ("test.json", lambda file: file.unlink()),
    ("meta.json", cut), ("meta.json", garbage), ("meta.json", lambda file: file.write_bytes(b"[]")),
    ("meta.json", lambda file: file.write_bytes(b"\xff\xfe")), ("meta.json", lambda file: file.unlink()),
])
def test_a_cache_that_is_not_whole_is_no_cache(toy, name, harm):
    cache.write(data_server.found(), splits(), {})
    harm(toy / name)
    assert not cache.is_cached(data_server.found())
    with pytest.raises(FileNotFoundError):
        cache.read(data_server.found(), "train")


def test_verify_finds_a_byte_that_turned(toy):
    cache.write(data_server.found(), splits(), {})
    content = bytearray((toy / "train.safetensors").read_bytes())
    content[-1] ^= 1
    (toy / "train.safetensors").write_bytes(content)
    assert cache.is_cached(data_server.found())  # the sizes are right
    fault, = cache.verify(data_server.found())
    assert "train.safetensors is not what was stored" in fault


@pytest.mark.parametrize(("name", "place"), [("train.json", 0), ("train.safetensors", 9), ("test.json", -1)])
def test_a_byte_that_turned_where_it_is_noticed_is_told_with_what_to_do(toy, name, place):
    cache.write(data_server.found(), splits(), {})
    content = bytearray((toy / name).read_bytes())
    content[place] ^= 0x40
    (toy / name).write_bytes(content)
    with pytest.raises(OSError, match="toy is damaged.*data toy --again"):
        cache.read(data_server.found(), name.split(".")[0])


def test_files_that_may_not_be_read_are_told_with_what_to_do(toy, monkeypatch):
    cache.write(data_server.found(), splits(), {})

    def closed(*_):
        raise PermissionError(errno.EACCES, "Permission denied", str(toy / "train.safetensors"))

    monkeypatch.setattr(columns, "read", closed)
    with pytest.raises(PermissionError, match="may not be read by you.*SSLCOURSE_DATA.*train.safetensors"):
        cache.read(data_server.found(), "train")


def test_a_link_to_someone_else_s_copy_is_replaced_and_that_copy_stays(toy, tmp_path):
    cache.write(data_server.found(), splits(), {})
    theirs = toy.rename(tmp_path / "theirs")
    toy.symlink_to(theirs)
    assert cache.is_cached(data_server.found())
    (tmp_path / ".toy.0123.old").symlink_to(tmp_path / "gone")          # what an earlier version left
    cache.clear_leftovers(data_server.found())
    cache.write(data_server.found(), splits(), {})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["theirs", "toy"]
    assert not toy.is_symlink() and (theirs / "meta.json").exists() and cache.is_cached(data_server.found())


@pytest.mark.parametrize("key", ["format", "revision", "name"])
def test_a_cache_of_another_version_of_the_course_is_no_cache(toy, key):
    cache.write(data_server.found(), splits(), {})
    meta = json.loads((toy / "meta.json").read_text())
    (toy / "meta.json").write_text(json.dumps(meta | {key: "other"}))
    assert not cache.is_cached(data_server.found())


def test_others_on_this_machine_may_read_it(toy):
    cache.write(data_server.found(), splits(), {})
    assert {file.name: oct(file.stat().st_mode & 0o444) for file in toy.iterdir()} == dict.fromkeys(
        ["meta.json", "train.safetensors", "train.json", "test.json"], oct(0o444))
