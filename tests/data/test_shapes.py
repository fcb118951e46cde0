"""`data.shapes`: the factors are what they say, measured in the pixels."""

import colorsys
import hashlib
import math

import pytest
import torch

from sslcourse import data

# Area of each shape of circumscribed radius 1, from school geometry (a star is ten triangles, a cross five squares).
AREA = {
    "square": 2.0,
    "ellipse": math.pi * 0.55,
    "triangle": 3 * math.sqrt(3) / 4,
    "star": 5 * 0.45 * math.sin(math.pi / 5),
    "ring": math.pi * (1 - 0.55**2),
    "cross": 2.0,
}
FOLDS = {"square": 4, "ellipse": 2, "triangle": 3, "star": 5, "cross": 4}  # turned by 1/k of a turn, it looks the same


def coverage(images: torch.Tensor) -> torch.Tensor:
    """How much of each pixel the shape fills, (N, H, W), from the pixels alone: 0 in the corner, 1 where it is most."""
    offset = images.double() - images[:, :, :1, :1].double()
    distance = offset.abs().sum(1)
    return distance / distance.amax((1, 2), keepdim=True)


def centroid(filled: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    places = (torch.arange(filled.shape[-1], dtype=torch.float64) + 0.5) / filled.shape[-1]
    total = filled.sum((1, 2))
    return (filled * places).sum((1, 2)) / total, (filled * places[:, None]).sum((1, 2)) / total


@pytest.mark.parametrize("shape", AREA)
def test_the_centroid_is_at_x_from_the_left_and_y_from_the_top(shape):
    made = data.shapes(60, size=48, seed=1, classes=[shape])
    x, y = centroid(coverage(made.images))
    assert (x - made.factors["x"]).abs().max() * 48 < 0.1  # pixels
    assert (y - made.factors["y"]).abs().max() * 48 < 0.1


@pytest.mark.parametrize("shape", AREA)
def test_the_area_is_that_of_the_shape_times_scale_squared(shape):
    made = data.shapes(60, size=64, seed=2, classes=[shape])
    area = coverage(made.images).mean((1, 2))
    ratio = area / (AREA[shape] * made.factors["scale"].double() ** 2)
    assert (ratio - 1).abs().max() < 0.03


@pytest.mark.parametrize("shape", FOLDS)
def test_the_rotation_turns_the_shape_counter_clockwise_by_that_angle(shape):
    made = data.shapes(40, size=64, seed=3, classes=[shape], x=0.5, y=0.5, scale=0.4)
    still = data.shapes(1, size=64, classes=[shape], x=0.5, y=0.5, scale=0.4, rotation=0)
    axis = (torch.arange(64).double() - 31.5).expand(64, 64)
    plane = torch.complex(axis, -axis.T)  # the imaginary axis points up
    k = FOLDS[shape]
    turned = (coverage(made.images) * plane**k).sum((1, 2))
    unturned = (coverage(still.images) * plane**k).sum()
    wanted = torch.polar(torch.ones(40).double(), k * made.factors["rotation"].double())
    error = torch.angle(turned / unturned / wanted) / k
    assert error.abs().max() < math.radians(1)


@pytest.mark.parametrize("shape", sorted(set(AREA) - {"ring"}))
def test_the_pixel_at_the_exact_centre_is_filled(shape):
    image = data.shapes(1, size=33, classes=[shape], x=0.5, y=0.5).images[0]
    assert torch.equal(image[:, 16, 16], image[:, 16, 17]) and not torch.equal(image[:, 16, 16], image[:, 0, 0])


def test_a_ring_does_not_depend_on_its_rotation():
    one, other = (data.shapes(20, classes="ring", rotation=angle) for angle in (0.0, 1.0))
    assert (one.images.int() - other.images.int()).abs().max() <= 1


def test_the_hue_of_the_foreground_is_the_hue():
    made = data.shapes(200, seed=4)
    filled = coverage(made.images).flatten(1)
    colours = made.images.flatten(2)[torch.arange(200), :, filled.argmax(1)] / 255
    for colour, hue in zip(colours.tolist(), made.factors["hue"].tolist()):
        apart = abs(colorsys.rgb_to_hsv(*colour)[0] - hue)
        assert min(apart, 1 - apart) < 0.005


def test_the_background_is_a_line_from_dark_to_light():
    dark, light = (data.shapes(1, background=level).images[0, :, 0, 0].double() for level in (0, 1))
    corner = data.shapes(100, seed=5)
    level = ((corner.images[:, :, 0, 0] - dark) * (light - dark)).sum(1) / (light - dark).square().sum()
    assert (level - corner.factors["background"]).abs().max() < 0.006
    assert (light > dark + 50).all()


def test_labels_index_the_classes_in_the_order_given():
    made = data.shapes(200, classes=["ring", "square"], scale=0.3, background=0.5)
    alone = {name: data.shapes(200, classes=[name], scale=0.3, background=0.5).images for name in made.classes}
    for image, ring, square, label in zip(made.images, alone["ring"], alone["square"], made.labels.tolist()):
        assert torch.equal(image, (ring, square)[label])
    assert torch.equal(made.labels, made.factors["class"]) and set(made.labels.tolist()) == {0, 1}


def test_row_i_depends_on_the_seed_and_i_only():
    many, few = data.shapes(3000, seed=7), data.shapes(100, seed=7)
    assert torch.equal(many.images[:100], few.images) and torch.equal(many.factors["hue"][:100], few.factors["hue"])
    assert torch.equal(many.images, data.shapes(3000, seed=7).images)
    assert not torch.equal(few.images, data.shapes(100, seed=8).images)


def test_fixing_one_factor_leaves_the_others_as_they_were():
    free, fixed = data.shapes(50), data.shapes(50, hue=0.3, scale=(0.2, 0.25))
    assert fixed.factors["hue"].tolist() == pytest.approx([0.3] * 50)
    assert ((fixed.factors["scale"] >= 0.2) & (fixed.factors["scale"] <= 0.25)).all()
    for key in ("class", "x", "y", "rotation", "background"):
        assert torch.equal(free.factors[key], fixed.factors[key])


def test_factors_are_independent_and_fill_their_ranges():
    made = data.shapes(4000, size=8)
    table = torch.stack([made.factors[key].double() for key in made.factors])
    assert (torch.corrcoef(table) - torch.eye(len(table))).abs().max() < 0.06  # 1/√4000 is 0.016
    ranges = {"x": (0.35, 0.65), "y": (0.35, 0.65), "scale": (0.16, 0.3), "rotation": (0, 2 * math.pi), "hue": (0, 1)}
    for key, (low, high) in ranges.items():
        values = made.factors[key]
        assert low <= values.min() < low + 0.01 * (high - low) and high - 0.01 * (high - low) < values.max() <= high
    assert made.labels.bincount().min() > 500


def test_no_shape_touches_the_edge_of_the_image():
    images = data.shapes(500).images
    edge = torch.cat([images[:, :, 0], images[:, :, -1], images[:, :, :, 0], images[:, :, :, -1]], dim=2)
    assert (edge == images[:, :, :1, 0]).all()


def test_the_same_bytes_on_every_processor():
    free, tied = data.shapes(256), data.shapes(12, size=40, x=0.5, y=0.5, rotation=0)  # tied: symmetry makes ties
    found = hashlib.sha256(free.images.numpy().tobytes() + tied.images.numpy().tobytes()).hexdigest()
    assert found == "ad02a97a574daca1eaf467da0406d1b78c03e39ef53f2d0b70985c9278f1d9d5"


def test_indexing_keeps_the_factors_beside_the_images():
    made = data.shapes(100)
    stars = made[made.labels == made.classes.index("star")]
    assert type(stars) is data.ShapeSet and len(stars.factors["x"]) == len(stars) > 5
    again = data.shapes(100)
    row = int((again.labels == 3).nonzero()[2])
    assert torch.equal(stars.images[2], again.images[row]) and stars.factors["x"][2] == again.factors["x"][row]


@pytest.mark.parametrize("arguments, says", [
    ({"n": 0}, "n: got 0"),
    ({"size": 4}, "size: got 4"),
    ({"seed": -1}, "seed: got -1"),
    ({"hue": 1.5}, "hue: got 1.5"),
    ({"hue": float("nan")}, "hue: got nan"),
    ({"hue": "red"}, "hue: got 'red'"),
    ({"scale": (0.4, 0.2)}, "scale: got 0.2"),
    ({"x": (0.1, 0.2, 0.3)}, "pair"),
    ({"scale": 0}, "scale: got 0"),
    ({"classes": ["squire"]}, "did you mean square"),
    ({"classes": []}, "classes"),
    ({"classes": ["ring", "ring"]}, "classes"),
])
def test_bad_arguments_are_named(arguments, says):
    with pytest.raises(ValueError, match=says):
        data.shapes(**arguments)
