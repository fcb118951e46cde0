"""Public networks beside our own: DINO, DINOv2, MAE, CLIP and a supervised ViT, through timm, for whoever is on line.

    GIANTS    what is on offer: a name to say, and timm's own
    load      one of them, frozen: images -> features, and its patches
    measure   kNN vote, linear probe and calibration of each, on a few thousand images

timm is no requirement of the course: ``pip install "sslcourse[giants]"``. Weights are fetched when they are first asked for,
some hundred megabytes in all, and kept where timm keeps them. Without timm, or off line, `load` raises Unreachable, and
`measure` returns what it has and why there is no more: a lab goes on. No number of theirs is on file here: what you measure
is yours.
"""

from .network import GIANTS, Giant, Unreachable, load
from .scores import measure

__all__ = ["GIANTS", "Giant", "Unreachable", "load", "measure"]
