"""Bad input to every public callable of sslcourse.augment: a ValueError that says which, what came, what was wanted."""

import pytest
import torch

from sslcourse import augment, runtime

IMAGES = torch.rand(4, 3, 8, 8, generator=torch.Generator().manual_seed(0)).to(runtime.device())
BOXES = torch.tensor([[0.0, 0.0, 4.0, 4.0]]).T.repeat(1, 4)

READY = {
    "RandomResizedCrop": augment.RandomResizedCrop(4), "RandomHorizontalFlip": augment.RandomHorizontalFlip(),
    "ColorJitter": augment.ColorJitter(0.4, 0.4, 0.4, 0.1), "RandomGrayscale": augment.RandomGrayscale(),
    "GaussianBlur": augment.GaussianBlur(), "Solarize": augment.Solarize(),
    "Compose": augment.Compose([augment.Solarize()]), "MultiView": augment.MultiView([augment.Solarize()]),
    "simclr_views": augment.simclr_views(), "dino_views": augment.dino_views(),
    "weak_views": augment.weak_views(8), "strong_views": augment.strong_views(8),
    "resized_crop": lambda images: augment.resized_crop(images, BOXES, 4),
    "adjust_brightness": lambda images: augment.adjust_brightness(images, 0.5),
    "adjust_contrast": lambda images: augment.adjust_contrast(images, 0.5),
    "adjust_saturation": lambda images: augment.adjust_saturation(images, 0.5),
    "adjust_hue": lambda images: augment.adjust_hue(images, 0.1),
    "rgb_to_grayscale": augment.rgb_to_grayscale,
    "gaussian_blur": lambda images: augment.gaussian_blur(images, 3, 1.0),
    "solarize": augment.solarize,
}
BAD_IMAGES = {
    "one image": IMAGES[0], "two channels": IMAGES[:, :2], "four channels": IMAGES[:, [0, 1, 2, 2]],
    "no image": IMAGES[:0],
    "integers": IMAGES.long(), "an array": IMAGES.cpu().numpy(), "a list": [IMAGES], "booleans": IMAGES > 0.5,
    "0 to 255": IMAGES * 255, "normalised": IMAGES - 0.5, "NaN": torch.where(IMAGES == IMAGES.max(), torch.nan, IMAGES),
}


def test_every_public_callable_is_here():
    assert set(READY) == set(augment.__all__) - {"Transform"}


@pytest.mark.parametrize("kind", BAD_IMAGES)
@pytest.mark.parametrize("name", READY)
def test_what_is_no_batch_of_images_is_refused(name, kind):
    with pytest.raises(ValueError, match=r"(?s)^images: got .*, wanted "):
        READY[name](BAD_IMAGES[kind])


@pytest.mark.parametrize("name", [name for name in READY if name[0].isupper() or name.endswith("views")])
@pytest.mark.parametrize("generator", [0, "seed", torch.default_generator.get_state()])
def test_a_generator_that_is_none_is_refused(name, generator):
    with pytest.raises(ValueError, match=r"^generator: got .*, wanted a torch.Generator on the CPU"):
        READY[name](IMAGES, generator=generator)


PROBABILITY = [-0.1, 1.1, float("nan"), "half", None, True]
STRENGTH = [-0.1, float("nan"), (0.5,), (1.4, 0.6), (-0.1, 1.0), "0.4", None]
SIZE = [0, -3, 2.5, (4,), (4, 4, 4), (4, 0), "32", None, True]
SCALE = [(0.0, 1.0), (0.5, 1.5), (0.8, 0.2), (0.5,), 0.5, ("a", "b"), (float("nan"), 1.0)]
PER_IMAGE = [torch.ones(3), torch.ones(4, 1), torch.tensor([1.0, 1.0, 1.0, float("nan")]), float("inf"), "1", None]
A = augment
BAD_ARGUMENTS = [
    ("size", SIZE, lambda bad: A.RandomResizedCrop(bad)),
    ("size", SIZE, lambda bad: A.weak_views(bad)), ("size", SIZE, lambda bad: A.strong_views(bad)),
    ("scale", SCALE, lambda bad: A.RandomResizedCrop(4, scale=bad)),
    ("ratio", [(0.0, 1.0), (2.0, 1.0), 1.0, (1.0, float("inf"))], lambda bad: A.RandomResizedCrop(4, ratio=bad)),
    ("p", PROBABILITY, lambda bad: A.RandomHorizontalFlip(bad)),
    ("p", PROBABILITY, lambda bad: A.ColorJitter(p=bad)),
    ("brightness", STRENGTH, lambda bad: A.ColorJitter(brightness=bad)),
    ("contrast", STRENGTH, lambda bad: A.ColorJitter(contrast=bad)),
    ("saturation", STRENGTH, lambda bad: A.ColorJitter(saturation=bad)),
    ("hue", [0.6, -0.1, (-0.6, 0.1), (0.2, 0.1), (0.1,), "0.1", None], lambda bad: A.ColorJitter(hue=bad)),
    ("p", PROBABILITY, lambda bad: A.RandomGrayscale(bad)),
    ("p", PROBABILITY, lambda bad: A.GaussianBlur(p=bad)),
    ("sigma", [(0.0, 1.0), (2.0, 1.0), (-1.0, 1.0), 1.0, None], lambda bad: A.GaussianBlur(sigma=bad)),
    ("kernel_size", [0, -1, 2, 3.0, (3, 3), True], lambda bad: A.GaussianBlur(bad)),
    ("kernel_size", [17], lambda bad: A.GaussianBlur(bad)(IMAGES)),
    ("p", PROBABILITY, lambda bad: A.Solarize(p=bad)),
    ("threshold", [-0.1, 1.1, 128, None], lambda bad: A.Solarize(bad)),
    ("transforms", [[], None, A.Solarize(), [1], [A.Solarize(), None]], lambda bad: A.Compose(bad)),
    ("transforms", [[], None, A.Solarize(), [1], [(A.Solarize(), 0)], [(A.Solarize(), 1.5)], [(1, 1)]],
     lambda bad: A.MultiView(bad)),
    ("dtype", [torch.uint8, "float32", None], lambda bad: A.MultiView([A.Solarize()], dtype=bad)),
    ("size", SIZE, lambda bad: A.simclr_views(bad)),
    ("scale", SCALE, lambda bad: A.simclr_views(scale=bad)),
    ("n_views", [0, 1.5, None], lambda bad: A.simclr_views(n_views=bad)),
    ("jitter_strength", [-1, 3, None], lambda bad: A.simclr_views(jitter_strength=bad)),
    ("flip_p", PROBABILITY, lambda bad: A.simclr_views(flip_p=bad)),
    ("jitter_p", PROBABILITY, lambda bad: A.simclr_views(jitter_p=bad)),
    ("grayscale_p", PROBABILITY, lambda bad: A.simclr_views(grayscale_p=bad)),
    ("blur_p", PROBABILITY, lambda bad: A.simclr_views(blur_p=bad)),
    ("global_crop_size", SIZE, lambda bad: A.dino_views(bad)),
    ("local_crop_size", SIZE, lambda bad: A.dino_views(local_crop_size=bad)),
    ("global_crop_scale", SCALE, lambda bad: A.dino_views(global_crop_scale=bad)),
    ("local_crop_scale", SCALE, lambda bad: A.dino_views(local_crop_scale=bad)),
    ("n_local_views", [-1, 1.5, None], lambda bad: A.dino_views(n_local_views=bad)),
    ("jitter_strength", [-1, 6, None], lambda bad: A.dino_views(jitter_strength=bad)),
    ("blur_p", [0.5, (0.1, 0.5), (0.1, 0.5, 2.0)], lambda bad: A.dino_views(blur_p=bad)),
    ("solarize_p", PROBABILITY, lambda bad: A.dino_views(solarize_p=bad)),
    ("boxes", [BOXES[:3], BOXES[:, :3], BOXES * 3, BOXES - 1, BOXES * 0, BOXES + 0.5, BOXES * torch.nan, None],
     lambda bad: A.resized_crop(IMAGES, bad, 4)),
    ("size", SIZE, lambda bad: A.resized_crop(IMAGES, BOXES, bad)),
    ("brightness_factor", [*PER_IMAGE, -0.1, -torch.ones(4)], lambda bad: A.adjust_brightness(IMAGES, bad)),
    ("contrast_factor", [*PER_IMAGE, -0.1, -torch.ones(4)], lambda bad: A.adjust_contrast(IMAGES, bad)),
    ("saturation_factor", [*PER_IMAGE, -0.1, -torch.ones(4)], lambda bad: A.adjust_saturation(IMAGES, bad)),
    ("hue_factor", [*PER_IMAGE, 0.6, torch.ones(4)], lambda bad: A.adjust_hue(IMAGES, bad)),
    ("num_output_channels", [2, 0, None], lambda bad: A.rgb_to_grayscale(IMAGES, bad)),
    ("kernel_size", [0, 2, 3.0, 17, None], lambda bad: A.gaussian_blur(IMAGES, bad, 1.0)),
    ("sigma", [*PER_IMAGE, 0.0, torch.zeros(4)], lambda bad: A.gaussian_blur(IMAGES, 3, bad)),
    ("threshold", [-0.1, 1.1, 128, None], lambda bad: A.solarize(IMAGES, bad)),
]


@pytest.mark.parametrize("argument, bad, call", [
    pytest.param(argument, bad, call, id=f"{number}-{argument}-{str(bad)[:24]}")
    for number, (argument, values, call) in enumerate(BAD_ARGUMENTS) for bad in values
])
def test_a_bad_argument_is_named(argument, bad, call):
    with pytest.raises(ValueError, match=rf"(?s)^{argument}: got .*, wanted "):
        call(bad)
