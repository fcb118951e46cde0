"""`data.load` and the sets it returns: which rows come, what stays beside them, and what is refused."""

import dataclasses

import numpy as np
import pytest
import torch

from sslcourse import data
from sslcourse.data import cache, catalogue, fetch, loading


def images_of(labels, channels=3):
    """Images whose every pixel is their row number, so that a row can be told by its picture."""
    return torch.arange(len(labels), dtype=torch.uint8).view(-1, 1, 1, 1).expand(-1, channels, 4, 5).contiguous()


def image_set(n=20, **changes):
    labels = torch.arange(n) % 3
    fields = {"images": images_of(labels), "labels": labels, "classes": ("a", "b", "c"), "name": "toy"}
    return data.ImageSet(**fields | changes)


def pair_set():
    concepts = torch.arange(4).repeat_interleave(3)
    return data.PairSet(
        images=images_of(concepts), texts=[f"concept {c}" for c in concepts.tolist()], concepts=concepts,
        designers=torch.arange(3).repeat(4), categories=concepts // 2,
        keywords=[(f"word {c}", "x") for c in concepts.tolist()], codepoints=[f"1f60{c}" for c in concepts.tolist()],
        concept_names=tuple(f"concept {c}" for c in range(4)),
        designer_names=("Noto", "Twemoji", "Fluent"), category_names=("faces", "food"), name="toy",
    )


def rows_of(found) -> list[int]:
    return found.images[:, 0, 0, 0].tolist()


# Indexing

@pytest.mark.parametrize("index, rows", [
    (slice(2, 9, 3), [2, 5, 8]),
    ([4, 1, -1], [4, 1, 19]),
    (np.array([3, 3, 0]), [3, 3, 0]),
    (torch.tensor([7, 2], dtype=torch.int32), [7, 2]),
    (range(3), [0, 1, 2]),
    (torch.arange(20) % 7 == 0, [0, 7, 14]),
    (np.arange(20) > 17, [18, 19]),
    ([False] * 19 + [True], [19]),
    ([], []),
    (torch.zeros(20, dtype=torch.bool), []),
])
def test_every_kind_of_index_picks_images_and_labels_alike(index, rows):
    found = image_set()[index]
    assert type(found) is data.ImageSet and found.classes == ("a", "b", "c") and found.name == "toy"
    assert rows_of(found) == rows and found.labels.tolist() == [row % 3 for row in rows] and len(found) == len(rows)


def test_one_row_is_an_image_and_its_label_so_a_dataloader_works():
    toy = image_set()
    image, label = toy[-2]
    assert image.shape == (3, 4, 5) and image[0, 0, 0] == 18 and label == 0
    images, labels = next(iter(torch.utils.data.DataLoader(toy, batch_size=8)))
    assert images[:, 0, 0, 0].tolist() == list(range(8)) and labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
    assert len(list(toy)) == 20  # iteration ends


@pytest.mark.parametrize("index, says", [
    (torch.ones(19, dtype=torch.bool), "a mask of length 19"),
    ([20], "row numbers from 20 to 20"),
    ([-21], "row numbers from -21"),
    ([0.5], "index: got"),
    ("labels", "index: got 'labels'"),
    (["a"], "index: got"),
    (torch.zeros(2, 2, dtype=torch.long), "index: got"),
    (True, "index: got True"),
])
def test_an_index_that_fits_nothing_is_refused(index, says):
    with pytest.raises(ValueError, match=says):
        image_set()[index]


def test_texts_and_pairs_keep_their_lists_beside_their_tensors():
    titles = [f"t{i}" for i in range(6)]
    texts = data.TextSet(texts=list("abcdef"), labels=torch.arange(6) % 2, titles=titles, classes=("x", "y"))
    found = texts[texts.labels == 1]
    assert (found.texts, found.titles, found.labels.tolist()) == (["b", "d", "f"], ["t1", "t3", "t5"], [1, 1, 1])
    assert texts[2] == ("c", 0) and texts[1:3].texts == ["b", "c"]
    pairs = pair_set()[[10, 3]]
    assert pairs.texts == ["concept 3", "concept 1"] and pairs.keywords == [("word 3", "x"), ("word 1", "x")]
    assert pairs.concepts.tolist() == [3, 1] and pairs.designers.tolist() == [1, 0]
    assert pairs.codepoints == ["1f603", "1f601"]


def test_pairs_are_chosen_by_designer_and_category():
    assert rows_of(pair_set().where(designer="Fluent")) == [2, 5, 8, 11]
    assert rows_of(pair_set().where(designer=["Noto", "Fluent"], category="food")) == [6, 8, 9, 11]
    with pytest.raises(ValueError, match="designer: got 'Notto'.*did you mean Noto"):
        pair_set().where(designer="Notto")


# Subsets

def test_a_smaller_subset_is_a_prefix_of_a_larger_one():
    toy = image_set()
    all_rows = rows_of(toy.subset(20, seed=3))
    assert sorted(all_rows) == list(range(20)) and all_rows != list(range(20))
    assert rows_of(toy.subset(6, seed=3)) == all_rows[:6]
    assert rows_of(toy.subset(20, seed=4)) != all_rows


def test_a_subset_larger_than_the_set_is_refused_with_its_size():
    with pytest.raises(ValueError, match="size: got 21, wanted at most 20, which is all that toy has"):
        image_set().subset(21)
    with pytest.raises(ValueError, match="size: got 0"):
        image_set().subset(0)
    with pytest.raises(ValueError, match="seed: got -1"):
        image_set().subset(3, seed=-1)


# Construction and description

@pytest.mark.parametrize("changes, says", [
    ({"images": torch.zeros(20, 3, 4, 5)}, "images: got"),
    ({"images": torch.zeros(20, 4, 5, dtype=torch.uint8)}, "images: got"),
    ({"images": torch.zeros(20, 4, 5, 3, dtype=torch.uint8)}, "images: got"),
    ({"labels": torch.zeros(19, dtype=torch.long)}, "labels: got '?19 entries"),
    ({"labels": torch.full((20,), 3)}, "labels from 3 to 3"),
    ({"labels": torch.zeros(20)}, "labels: got"),
    ({"labels": [0] * 20}, "labels: got"),
])
def test_what_does_not_fit_together_is_refused(changes, says):
    with pytest.raises(ValueError, match=says):
        image_set(**changes)


def test_a_set_says_what_it_is():
    assert repr(image_set()) == "ImageSet toy: 20 images, 3×4×5, 3 classes (a, b, c)"
    assert repr(pair_set()) == "PairSet toy: 12 images, 3×4×5, of 4 concepts, 3 designers (Noto, Twemoji, Fluent)"
    texts = data.TextSet(texts=["ab", "c"], labels=torch.tensor([0, 0]), titles=["", ""], classes=("x",), name="toy")
    assert repr(texts) == "TextSet toy: 2 texts, 3 characters, 1 class (x)"


# load, from a cache that stands in for the real one

@pytest.fixture
def cached(tmp_path, monkeypatch):
    """A data folder with small stand-ins for cifar10, imdb and emoji, which `load` reads as it reads the real ones."""
    monkeypatch.setenv("SSLCOURSE_DATA", str(tmp_path))
    real, sizes = catalogue.entry, {"train": 40, "test": 12}
    monkeypatch.setattr(catalogue, "entry", lambda name: dataclasses.replace(real(name), splits=sizes))
    monkeypatch.setattr(fetch, "obtain", lambda *_: pytest.fail("a cached set was fetched"))
    labels = torch.arange(40) % 10
    images = {k: {"images": images_of(labels[:n]), "labels": labels[:n]} for k, n in sizes.items()}
    cache.write(catalogue.entry("cifar10"), images, {"source": "test"})
    texts = {k: {"texts": [f"{k} {i}" for i in range(n)], "labels": labels[:n] % 2, "titles": [""] * n,
                 "classes": ["negative", "positive"]} for k, n in sizes.items()}
    cache.write(catalogue.entry("imdb"), texts, {"source": "test"})
    toy = pair_set()
    columns = {field.name: getattr(toy, field.name) for field in dataclasses.fields(toy) if field.name != "name"}
    columns["keywords"] = ["\n".join(words) for words in toy.keywords[:-1]] + [""]
    columns |= {key: list(columns[key]) for key in columns if key.endswith("_names")}
    cache.write(catalogue.entry("emoji"), {"train": columns, "test": columns}, {"source": "test"})


def test_load_gives_the_kind_the_split_and_the_classes(cached):
    cifar = data.load("cifar10", split="test")
    assert type(cifar) is data.ImageSet and rows_of(cifar) == list(range(12)) and cifar.name == "cifar10"
    assert cifar.classes[:2] == ("airplane", "automobile") and len(cifar.classes) == 10
    imdb = data.load("imdb")
    assert type(imdb) is data.TextSet and imdb.texts[39] == "train 39" and imdb.classes == ("negative", "positive")
    emoji = data.load("emoji", "test")
    assert type(emoji) is data.PairSet and emoji.keywords[0] == ("word 0", "x") and emoji.keywords[-1] == ()
    assert emoji.designer_names == ("Noto", "Twemoji", "Fluent") and rows_of(emoji) == list(range(12))


def test_load_with_a_size_is_a_subset_of_the_whole(cached):
    whole = data.load("cifar10")
    for size in (1, 7, 40):
        assert rows_of(data.load("cifar10", size=size, seed=5)) == rows_of(whole.subset(size, seed=5))
    some = data.load("imdb", size=9, seed=2)
    assert some.texts == data.load("imdb").subset(9, seed=2).texts and len(some.titles) == 9
    assert some.labels.tolist() == [int(text.split()[1]) % 2 for text in some.texts]


def test_load_refuses_before_it_fetches(cached, monkeypatch):
    monkeypatch.setattr(fetch, "ensure", lambda *_: pytest.fail("fetched"))
    for arguments, says in [
        (("cifar",), "name: got 'cifar'.*did you mean cifar10"),
        (("cifar10", "validation"), "split: got 'validation', wanted one of train, test"),
        (("cifar10", "test", 13), "size: got 13, wanted at most 12, which is all that cifar10's test split has"),
        (("cifar10", "test", 0), "size: got 0"),
        (("cifar10", "test", 2.0), "size: got 2.0"),
        (("cifar10", "test", 2, -1), "seed: got -1"),
    ]:
        with pytest.raises(ValueError, match=says):
            data.load(*arguments)


def test_a_set_whose_classes_were_forgotten_says_where_to_write_them():
    columns = {"images": images_of([0, 1]), "labels": torch.tensor([0, 1])}
    for classes, named in (((), "no"), (("a",), "1")):
        forgotten = dataclasses.replace(catalogue.entry("mnist"), name="svhn", classes=classes)
        said = rf"svhn: .* 0 to 1, and {named} classes.*`classes = \[...\]` under \[svhn\] in datasets/catalogue.toml"
        with pytest.raises(RuntimeError, match=said):
            loading._assembled(forgotten, dict(columns))


def test_a_set_is_assembled_by_its_kind():
    columns = {"images": images_of([0, 1]), "labels": torch.tensor([0, 1]), "concepts": torch.tensor([0, 1])}
    with pytest.raises(TypeError, match="concepts"):  # images stay images, whatever else a reader brings
        loading._assembled(catalogue.entry("mnist"), columns)


def test_the_catalogue_is_asked_once(cached, monkeypatch):
    asked, real = [], catalogue.entry
    monkeypatch.setattr(catalogue, "entry", lambda name: asked.append(name) or real(name))
    data.load("cifar10", size=3)
    assert asked == ["cifar10"]


@pytest.mark.parametrize("integer", [np.int64, np.int32, np.uint8])
def test_numpy_s_integers_are_integers(cached, integer):
    assert rows_of(data.load("cifar10", size=integer(7), seed=integer(5))) == rows_of(data.load("cifar10", size=7, seed=5))
    assert rows_of(image_set().subset(integer(4), seed=integer(2))) == rows_of(image_set().subset(4, seed=2))
    assert torch.equal(data.shapes(integer(9), integer(16), integer(3)).images, data.shapes(9, 16, 3).images)
    ring = data.clouds("a ring", integer(12), integer(3), integer(4))
    assert torch.equal(ring.points, data.clouds("a ring", 12, 3, 4).points)
    some = data.passages(library(), words=integer(2), per_book=integer(1), seed=integer(3))
    assert some.texts == data.passages(library(), words=2, per_book=1, seed=3).texts


def test_changing_a_loaded_set_does_not_change_the_cache(cached):
    data.load("cifar10").images.zero_()
    assert rows_of(data.load("cifar10")) == list(range(40))


# Books

def library():
    texts = ["a1 a2 a3 a4 a5", "b1\n\n  b2 b3 b4", "c1 c2", "d1 d2 d3"]
    return data.TextSet(texts=texts, labels=torch.tensor([0, 0, 1, 2]), titles=list("ABCD"), classes=("X", "Y", "Z"))


def test_passages_are_whole_equally_long_and_know_their_book():
    found = data.passages(library(), words=2)
    assert found.texts == ["a1 a2", "a3 a4", "b1 b2", "b3 b4", "c1 c2", "d1 d2"]
    assert found.titles == ["A", "A", "B", "B", "C", "D"] and found.labels.tolist() == [0, 0, 0, 0, 1, 2]
    assert data.passages(library(), words=4).titles == ["A", "B"]


def test_passages_per_book_are_drawn_by_the_seed():
    long = data.TextSet(texts=[" ".join(map(str, range(400)))], labels=torch.tensor([0]), titles=["A"], classes=("X",))
    draws = [data.passages(long, words=4, per_book=10, seed=seed).texts for seed in (0, 0, 1)]
    assert len(set(draws[0])) == 10 and draws[0] == draws[1] != draws[2]
    with pytest.raises(ValueError, match="words: got 401"):
        data.passages(long, words=401)


def test_whole_books_are_held_out_of_authors_who_wrote_another():
    rest, held = data.hold_out_books(library())
    assert (rest.titles, held.titles) == (["A", "C", "D"], ["B"])
    assert data.hold_out_books(library(), ["A"])[0].titles == ["B", "C", "D"]
    with pytest.raises(ValueError, match="titles: .*another book left by Y"):
        data.hold_out_books(library(), ["C"])
    with pytest.raises(ValueError, match="titles: got 'E'"):
        data.hold_out_books(library(), ["E"])
