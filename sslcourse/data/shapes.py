"""Generated images whose factors of variation are known: for unit tests, and to ask what a representation keeps.

The idea is that of dSprites (Matthey et al., 2017) and 3D Shapes (Burgess & Kim, 2018): every image is a function of
a few numbers, so one can ask which of them a code has found. Here the factors are drawn independently and at random.
"""

from __future__ import annotations

import dataclasses
import math
import numbers
from collections.abc import Callable, Sequence

import torch

from .. import expect
from .rows import per_row
from .sets import ImageSet

Drawn = float | tuple[float, float] | None

#: Range each factor is drawn from, and range it may be set to.
FACTORS = {
    "x": ((0.35, 0.65), (0.0, 1.0)),
    "y": ((0.35, 0.65), (0.0, 1.0)),
    "scale": ((0.16, 0.3), (0.01, 1.0)),
    "rotation": ((0.0, 2 * math.pi), (-math.inf, math.inf)),
    "hue": ((0.0, 1.0), (0.0, 1.0)),
    "background": ((0.0, 1.0), (0.0, 1.0)),
}
DARK, LIGHT = (0.07, 0.08, 0.13), (0.44, 0.46, 0.52)  # the background at 0 and at 1
SATURATION, VALUE = 0.8, 1.0
ELLIPSE_MINOR, STAR_INNER, RING_INNER = 0.55, 0.45, 0.55  # lengths in units of the circumscribed radius
CROSS_LONG, CROSS_SHORT = 3 / math.sqrt(10), 1 / math.sqrt(10)  # half sides of one bar; its corner has distance 1
PIXELS_AT_ONCE = 2**16  # keeps one step of the drawing inside the processor's cache


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class ShapeSet(ImageSet):
    """An ImageSet that knows how each image was made: `factors[key]` has shape (N,) for each key

    class       long, equal to `labels`
    x, y        centre, as a fraction of the width from the left and of the height from the top
    scale       radius of the circumscribed circle, as a fraction of the width
    rotation    radians, counter-clockwise; a ring has none, and other shapes repeat (a square every π/2)
    hue         of the shape, 0 (red) to 1 (red again)
    background  grey level, 0 (dark) to 1 (light)
    """

    factors: dict[str, torch.Tensor] = per_row(default_factory=dict)


def shapes(
    n: int = 1000, size: int = 32, seed: int = 0, *, classes: Sequence[str] | None = None, x: Drawn = None,
    y: Drawn = None, scale: Drawn = None, rotation: Drawn = None, hue: Drawn = None, background: Drawn = None,
) -> ShapeSet:
    """`n` anti-aliased images, (n, 3, size, size) uint8, of one coloured shape each.

    Every factor is drawn uniformly and independently of the others from a range that keeps the shape inside the
    image. A number fixes a factor, a pair (low, high) draws it from there, `classes` restricts the shapes (and sets
    the order of the labels). Row i depends on `seed` and i only: the first 100 of 1000 images are the images of
    ``shapes(100)``, and fixing one factor leaves the others as they were. The same call gives the same bytes on every
    processor.

        >>> data = shapes(500, hue=0.3, classes=["square", "star"])
        >>> data
        ShapeSet shapes: 500 images, 3×32×32, 2 classes (square, star)
        >>> data.factors["scale"].shape, data.factors["hue"].unique().tolist() == [data.factors["hue"][0].item()]
        (torch.Size([500]), True)
    """
    expect.integer(n, "n", at_least=1)
    expect.integer(size, "size", at_least=8)
    expect.integer(seed, "seed", at_least=0)
    n, size, seed = int(n), int(size), int(seed)  # NumPy's integers overflow, and are no seed
    classes = tuple(SHAPES) if classes is None else _known(classes)
    given = {"x": x, "y": y, "scale": scale, "rotation": rotation, "hue": hue, "background": background}
    spans = {key: _span(value, key) for key, value in given.items()}

    uniform = torch.rand(n, 1 + len(FACTORS), dtype=torch.float64, generator=torch.Generator().manual_seed(int(seed)))
    labels = (uniform[:, 0] * len(classes)).long()
    factors = {key: low + (high - low) * uniform[:, 1 + k] for k, (key, (low, high)) in enumerate(spans.items())}

    images = torch.empty(n, 3, size, size, dtype=torch.uint8)
    step = max(1, PIXELS_AT_ONCE // size**2)
    for start in range(0, n, step):
        rows = slice(start, start + step)
        images[rows] = _draw(labels[rows], {key: value[rows] for key, value in factors.items()}, classes, size)
    known = {"class": labels} | {key: value.float() for key, value in factors.items()}
    return ShapeSet(images=images, labels=labels, classes=classes, name="shapes", factors=known)


def _draw(labels: torch.Tensor, factors: dict[str, torch.Tensor], classes: tuple[str, ...], size: int) -> torch.Tensor:
    """The images, (N, 3, size, size) uint8, in float64 until the last step."""
    x, y, scale, rotation = (factors[key].view(-1, 1, 1) for key in ("x", "y", "scale", "rotation"))
    centre = (torch.arange(size, dtype=torch.float64) + 0.5) / size  # of each pixel
    right, up = centre - x, y - centre.view(-1, 1)  # (N, 1, size) and (N, size, 1)
    u = (right * rotation.cos() + up * rotation.sin()) / scale  # (N, size, size), in units of the shape's radius
    v = (up * rotation.cos() - right * rotation.sin()) / scale

    distance = torch.empty_like(u)  # to the outline, negative inside
    for k, name in enumerate(classes):
        rows = labels == k
        distance[rows] = SHAPES[name](u[rows], v[rows])
    coverage = (0.5 - distance * scale * size).clamp(0, 1)[:, None]  # (N, 1, size, size): an edge is one pixel wide

    shade = factors["background"].view(-1, 1, 1, 1)
    dark, light = (torch.tensor(colour, dtype=torch.float64).view(1, 3, 1, 1) for colour in (DARK, LIGHT))
    background = dark + (light - dark) * shade
    shape = _rgb(factors["hue"])[:, :, None, None]
    # Not rounded at .5 exactly: fixed factors make exact ties, which the last bit of a cosine would decide.
    return (255 * (background + (shape - background) * coverage) + 0.49987).floor().to(torch.uint8)


def _rgb(hue: torch.Tensor) -> torch.Tensor:
    """The colours, (N, 3) in 0..1, of these hues at the course's saturation and value."""
    sector = (torch.tensor([5.0, 3.0, 1.0], dtype=torch.float64) + 6 * hue[:, None]) % 6
    return VALUE - VALUE * SATURATION * torch.minimum(sector, 4 - sector).clamp(0, 1)


# Signed distance to each outline of circumscribed radius 1, v upwards: exact, and for the ellipse exact on its outline.

def _square(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return _box(u, v, math.sqrt(0.5), math.sqrt(0.5))


def _ellipse(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    level = torch.hypot(u, v / ELLIPSE_MINOR)  # 1 on the outline
    slope = torch.hypot(u, v / ELLIPSE_MINOR**2)  # length of the gradient of `level`, times `level`
    return (level - 1) * (level + 1e-9) / (slope + 1e-9)  # the constant decides at the centre, where both are 0


def _triangle(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return _points(u, v, 3, 0.5)


def _star(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return _points(u, v, 5, STAR_INNER)


def _ring(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return (torch.hypot(u, v) - (1 + RING_INNER) / 2).abs() - (1 - RING_INNER) / 2


def _cross(u: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.minimum(_box(u, v, CROSS_LONG, CROSS_SHORT), _box(u, v, CROSS_SHORT, CROSS_LONG))


def _box(u: torch.Tensor, v: torch.Tensor, half_width: float, half_height: float) -> torch.Tensor:
    du, dv = u.abs() - half_width, v.abs() - half_height
    return torch.hypot(du.clamp(min=0), dv.clamp(min=0)) + torch.maximum(du, dv).clamp(max=0)


def _points(u: torch.Tensor, v: torch.Tensor, n: int, inner: float) -> torch.Tensor:
    """A star of `n` points, the first one upwards, whose notches have radius `inner`."""
    sector = 2 * math.pi / n
    turn = torch.atan2(u, v) % sector
    turn = torch.minimum(turn, sector - turn)  # all points, and both sides of each, are folded onto one edge
    radius = torch.hypot(u, v)
    along, across = radius * turn.cos() - 1, radius * turn.sin()  # from the tip, where the edge begins
    edge = (inner * math.cos(sector / 2) - 1, inner * math.sin(sector / 2))  # from there to the notch
    part = ((along * edge[0] + across * edge[1]) / (edge[0]**2 + edge[1]**2)).clamp(0, 1)
    outside = along * edge[1] - across * edge[0]
    return torch.hypot(along - part * edge[0], across - part * edge[1]) * outside.sign()


SHAPES: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "square": _square, "ellipse": _ellipse, "triangle": _triangle, "star": _star, "ring": _ring, "cross": _cross,
}


def _known(classes: Sequence[str]) -> tuple[str, ...]:
    classes = (classes,) if isinstance(classes, str) else tuple(classes)
    distinct = len(set(classes)) == len(classes) > 0
    expect.that(distinct, "classes", classes, "at least one shape, none twice")
    for name in classes:
        expect.one_of(name, "classes", SHAPES)
    return classes


def _span(value: Drawn, key: str) -> tuple[float, float]:
    """The range that factor `key` is drawn from: its own, one number, or the pair that was given."""
    default, (lowest, highest) = FACTORS[key]
    if value is None:
        return default
    low, high = (value, value) if isinstance(value, numbers.Real) else _pair(value, key)
    expect.number(low, key, at_least=lowest, at_most=highest)
    expect.number(high, key, at_least=low, at_most=highest)
    return float(low), float(high)


def _pair(value: object, key: str) -> tuple[float, float]:
    is_pair = isinstance(value, (tuple, list)) and len(value) == 2
    expect.that(is_pair, key, value, "a number, or a pair (low, high) to draw from")
    return tuple(value)
