"""Each operation of sslcourse.augment, given its strengths, against torchvision's, one image at a time."""

import pytest
import torch
import torchvision.transforms.v2.functional as peer

from sslcourse import augment, runtime

DEVICE = runtime.device()
N = 12
SHAPES = [(1, 32, 32), (3, 32, 32), (3, 28, 41), (1, 41, 28)]  # one and three channels, square and not
KINDS = ["noise", "flat", "extreme"]
TOLERANCE = 5e-6  # float32's rounding, over a few dozen operations; a wrong border pixel is a thousand times that


def batch(shape, kind="noise", seed=0):
    """Noise; images of few colours, where channels are equal; and images of black, white and pure colours only."""
    x = torch.rand(N, *shape, generator=torch.Generator().manual_seed(seed))
    return {"noise": x, "flat": (x * 4).round() / 4, "extreme": x.round()}[kind].to(DEVICE)


def factors(low, high, seed=1):
    return (low + (high - low) * torch.rand(N, generator=torch.Generator().manual_seed(seed))).to(DEVICE)


def each(function, images, *arguments):
    """`function` on one image after another, with each image's own arguments."""
    columns = [column.tolist() for column in arguments]
    return torch.stack([function(image, *own) for image, *own in zip(images.cpu(), *columns)])


def near(ours, theirs):
    assert ours.dtype == torch.float32 and ours.device.type == DEVICE.type and ours.shape == theirs.shape
    assert ours.min() >= 0 and ours.max() <= 1
    assert (ours.cpu() - theirs).abs().max().item() <= TOLERANCE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("name, low, high", [
    ("adjust_brightness", 0, 2), ("adjust_contrast", 0, 2), ("adjust_saturation", 0, 2), ("adjust_hue", -0.5, 0.5),
])
def test_colour_operations_equal_torchvisions(name, low, high, shape, kind):
    images, strength = batch(shape, kind), factors(low, high)
    near(getattr(augment, name)(images, strength), each(getattr(peer, name), images, strength))


@pytest.mark.parametrize("turn", [-0.5, -1 / 3, -1 / 6, 0.0, 1 / 6, 1 / 3, 0.5])
def test_hue_turned_by_whole_sixths_equals_torchvisions_on_pure_colours(turn):
    """The places where torchvision's HSV changes from one case to the next."""
    corners = torch.tensor([[r, g, b] for r in (0.0, 0.5, 1.0) for g in (0.0, 0.5, 1.0) for b in (0.0, 0.5, 1.0)])
    images = corners.T.reshape(1, 3, 3, 9).to(DEVICE)
    near(augment.adjust_hue(images, turn), peer.adjust_hue(images.cpu(), turn))


def test_hue_turned_forth_and_back_is_the_image():
    images, turn = batch((3, 32, 32)), factors(-0.5, 0.5)
    near(augment.adjust_hue(augment.adjust_hue(images, turn), -turn), images.cpu())


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", SHAPES)
def test_grayscale_equals_torchvisions(shape, channels):
    images = batch(shape)
    near(augment.rgb_to_grayscale(images, channels), peer.rgb_to_grayscale(images.cpu(), channels))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("threshold", [0.0, 0.25, 0.5, 1.0])
def test_solarize_equals_torchvisions(threshold, kind):
    """"flat" has pixels of exactly the threshold: they are inverted."""
    images = batch((3, 28, 41), kind)
    near(augment.solarize(images, threshold), peer.solarize(images.cpu(), threshold))


@pytest.mark.parametrize("kernel_size", [1, 3, 5, 55])  # 55: half of it reaches over 27 of 28 pixels
@pytest.mark.parametrize("shape", SHAPES[1:])
def test_blur_equals_torchvisions(shape, kernel_size):
    images, sigma = batch(shape), factors(0.1, 4)
    near(augment.gaussian_blur(images, kernel_size, sigma),
         each(lambda image, s: peer.gaussian_blur(image, [kernel_size] * 2, [s] * 2), images, sigma))


@pytest.mark.parametrize("size", [(32, 32), (24, 24), (16, 40), (64, 96), (5, 3), (1, 1)])
@pytest.mark.parametrize("shape", SHAPES)
def test_resized_crop_equals_torchvisions_antialiased_one(shape, size):
    """Larger, smaller, one axis each way; boxes from nearly nothing to the whole image."""
    images = batch(shape)
    boxes = augment.RandomResizedCrop(size, scale=(0.005, 1.0), ratio=(0.2, 5.0)).boxes(
        N, *shape[1:], generator=torch.Generator().manual_seed(2))
    boxes[:, 0] = torch.tensor([0, 0, shape[1], shape[2]])
    boxes[:, 1] = torch.tensor([shape[1] - 1, shape[2] - 1, 1, 1])  # the last pixel alone
    near(augment.resized_crop(images, boxes, size),
         each(lambda image, *box: peer.resized_crop(image, *map(int, box), size, antialias=True), images, *boxes))


@pytest.mark.parametrize("transform", [
    augment.RandomResizedCrop((24, 40)), augment.RandomResizedCrop((64, 50)), augment.GaussianBlur(9, p=1.0),
])
def test_weights_that_round_to_more_than_one_leave_white_at_one(transform):
    """A sum of weights may be an ulp above 1; a view may not."""
    white = torch.ones(64, 3, 33, 47, device=DEVICE)
    views = transform(white, generator=torch.Generator().manual_seed(0))
    assert views.max() == 1 and views.min() > 1 - TOLERANCE


def test_a_flip_is_torchvisions():
    images = batch((3, 28, 41))
    assert torch.equal(augment.RandomHorizontalFlip(p=1.0)(images).cpu(), peer.hflip(images.cpu()))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("strength", [(0.4, 0.4, 0.4, 0.1), (0.8, 0.8, 0.8, 0.5), (0, 0, 0, 0.3), (0.5, 0, 0.5, 0)])
def test_jitter_does_what_each_image_drew_in_the_order_it_drew(strength, shape):
    """Catches one order for all, a factor given to the wrong image or operation, and images left unsorted."""
    jitter = augment.ColorJitter(*strength, p=0.8)
    images = batch(shape)
    chosen, strengths, order = jitter.draw(N, torch.Generator().manual_seed(3))
    assert 0 < chosen.sum() < N and len({tuple(row) for row in order[chosen].tolist()}) > 5
    operations = [peer.adjust_brightness, peer.adjust_contrast, peer.adjust_saturation, peer.adjust_hue]

    def one(image, is_chosen, own, own_order):
        for k in own_order if is_chosen else []:
            image = operations[k](image, own[k])
        return image

    near(jitter(images, generator=torch.Generator().manual_seed(3)), each(one, images, chosen, strengths, order))


@pytest.mark.parametrize("shape", SHAPES)
def test_random_blur_does_what_each_image_drew(shape):
    """The kernel is the odd number nearest to a tenth of the shorter side: 3 for 28 and 32 pixels."""
    transform, images = augment.GaussianBlur(sigma=(0.1, 2.0), p=0.5), batch(shape)
    chosen, sigma = transform.draw(N, torch.Generator().manual_seed(4))
    assert 0 < chosen.sum() < N

    def one(image, is_chosen, s):
        return peer.gaussian_blur(image, [3, 3], [s, s]) if is_chosen else image

    near(transform(images, generator=torch.Generator().manual_seed(4)), each(one, images, chosen, sigma))


@pytest.mark.parametrize("side, kernel_size", [(1, 1), (2, 3), (16, 3), (32, 3), (48, 5), (96, 9), (224, 23)])
def test_the_blurs_kernel_grows_with_the_image(side, kernel_size):
    images = torch.rand(1, 1, side, side + 1, device=DEVICE)
    ours = augment.GaussianBlur(sigma=(3.0, 3.0), p=1.0)(images)
    near(ours, augment.gaussian_blur(images, kernel_size, 3.0).cpu())


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name, argument", [
    ("adjust_hue", 0.2), ("adjust_contrast", 0.5), ("solarize", 0.5), ("rgb_to_grayscale", 3),
])
def test_bytes_and_floats_agree_and_come_out_as_float32(name, argument, dtype):
    """uint8 / 255 in float32, to the bit; other floating types are taken at their value."""
    function = getattr(augment, name)
    pixels = (batch((3, 8, 8)) * 255).to(torch.uint8)
    assert torch.equal(function(pixels, argument), function(pixels.float() / 255, argument))
    assert torch.equal(function(pixels.to(dtype) / 255, argument), function((pixels.to(dtype) / 255).float(), argument))
