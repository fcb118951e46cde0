"""sslcourse.giants, with a tiny network in timm's own format on this disk: nothing is fetched."""

from __future__ import annotations

import builtins

import pytest
import torch
from torch import nn

from sslcourse import data, giants

SMALL = {"embed_dim": 24, "depth": 2, "num_heads": 3}


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """A DINOv2 of width 24 with its four registers, as timm writes weights."""
    import timm
    from safetensors.torch import save_file

    torch.manual_seed(0)
    network = timm.create_model("vit_small_patch14_reg4_dinov2.lvd142m", num_classes=0, img_size=56, **SMALL)
    path = tmp_path_factory.mktemp("timm") / "model.safetensors"
    save_file({name: value.contiguous() for name, value in network.state_dict().items()}, path)
    return path


@pytest.fixture(scope="module")
def giant(file):
    return giants.load("DINOv2 ViT-S/14", file=file, img_size=56, **SMALL)


def test_it_is_the_network_of_the_file_and_stands_still(giant, file):
    from safetensors.torch import load_file

    stored = load_file(file)
    assert all(torch.equal(value, stored[name]) for name, value in giant.network.state_dict().items())
    assert not any(p.requires_grad for p in giant.parameters()) and not giant.network.training


def test_images_are_resized_and_normalized_as_it_was_trained(giant):
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    assert giant.size == 112 and giant.num_features == 24 and giant(images).shape == (2, 24)
    large = torch.nn.functional.interpolate(images, size=112, mode="bicubic", antialias=True).clamp(0, 1)
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    own = giant.network((large - mean[:, None, None]) / std[:, None, None])
    torch.testing.assert_close(giant(images), own)


def test_tokens_are_a_class_token_and_the_patches_without_registers(giant):
    images = torch.rand(2, 3, 56, 42, generator=torch.Generator().manual_seed(0))
    tokens = giant.tokens(images)
    assert tokens.shape == (2, 1 + 4 * 3, 24)
    every = giant.network.forward_features((images - giant.mean) / giant.std)
    assert torch.equal(tokens[:, 0], every[:, 0]) and torch.equal(tokens[:, 1:], every[:, 5:])


@pytest.mark.parametrize("name", giants.GIANTS)
def test_timm_knows_each_giant_and_its_head_can_be_left_out(name):
    import timm

    model = giants.GIANTS[name]
    assert model in timm.list_pretrained(model.split(".")[0] + ".*")
    small = {"embed_dim": 24, "depth": 1, "num_heads": 3}
    network = giants.Giant(timm.create_model(model, num_classes=0, dynamic_img_size=True, **small))
    assert network(torch.rand(1, 3, 32, 32)).shape == (1, 24) and network.size % network.patch_size == 0


def test_off_line_it_says_so(monkeypatch):
    import timm

    def refused(*args, **settings):
        raise OSError("no route to host")

    monkeypatch.setattr(timm, "create_model", refused)
    said = "vit_small_patch16_224.dino could not be fetched; are you on line.*no route"
    with pytest.raises(giants.Unreachable, match=said):
        giants.load("DINO ViT-S/16")


def test_without_timm_it_says_how_to_get_it(monkeypatch):
    real = builtins.__import__

    def no_timm(name, *args, **settings):
        if name == "timm":
            raise ImportError(name)
        return real(name, *args, **settings)

    monkeypatch.setattr(builtins, "__import__", no_timm)
    with pytest.raises(giants.Unreachable, match=r"sslcourse\[giants\]"):
        giants.load("DINO ViT-S/16")


def test_a_file_that_is_missing_or_of_another_network_is_named(tmp_path, file):
    with pytest.raises(giants.Unreachable, match="nothing.safetensors"):
        giants.load("DINO ViT-S/16", file=tmp_path / "nothing.safetensors")
    with pytest.raises(giants.Unreachable, match="could not be read from"):
        giants.load("DINO ViT-S/16", file=file, **SMALL)


def test_what_is_no_vit_or_no_image_is_refused(giant):
    with pytest.raises(ValueError, match="network"):
        giants.Giant(nn.Linear(2, 2))
    with pytest.raises(ValueError, match="size"):
        giants.Giant(giant.network, size=0)
    with pytest.raises(ValueError, match="images"):
        giant.tokens(torch.zeros(1, 3, 56, 56, dtype=torch.uint8))


class Mean(nn.Module):
    """Mean colors: enough for shapes to be told apart better than by chance."""

    def forward(self, images):
        return images.mean(dim=(2, 3))


def test_measured_by_vote_probe_and_calibration_until_one_is_out_of_reach():
    train, test = data.shapes(200, seed=0), data.shapes(100, seed=1)

    def loader(name):
        if name == "far":
            raise giants.Unreachable("far is far")
        return Mean()

    found, why = giants.measure(train, test, ["near", "far", "beyond"], loader=loader)
    assert list(found) == ["near"] and why == "far is far"
    assert set(found["near"]) == {"kNN", "linear probe", "calibration error"}
    assert all(0 <= value <= 1 for value in found["near"].values())
    assert giants.measure(train, test, [], loader=loader) == ({}, "")
    with pytest.raises(ValueError, match="train"):
        giants.measure(train[:0], test)
