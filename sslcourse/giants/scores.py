"""What the giants' frozen features are worth, by the protocol of every lab."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from torch import nn

from .. import evaluation, expect, runtime
from ..data import ImageSet
from .network import GIANTS, Unreachable, load


def measure(
    train: ImageSet, test: ImageSet, names: Iterable[str] = tuple(GIANTS), *, loader: Callable[[str], nn.Module] = load,
) -> tuple[dict[str, dict[str, float]], str]:
    """Each giant's kNN accuracy, linear probe's accuracy, and the probe's calibration error.

    train, test   images and labels; a few thousand take some minutes on two cores
    names         which giants
    loader        name -> network; `load`, unless you have them elsewhere
    returns       {name: {"kNN", "linear probe", "calibration error"}}, and why there are no more of them, or ""

    The first that can't be had ends it: off line, none of the others could be either. Raises ValueError for sets without
    images.
    """
    for part, name in ((train, "train"), (test, "test")):
        expect.that(len(part) > 0, name, expect.Words("no image"), "images with labels")
    found: dict[str, dict[str, float]] = {}
    for name in runtime.progress(list(names), desc="giants", unit="network"):
        try:
            network = loader(name)
        except Unreachable as why:
            return found, str(why)
        Z, Z_test = (evaluation.extract_features(network, part.images) for part in (train, test))
        vote = evaluation.KNNClassifier().fit(Z, train.labels)
        probe = evaluation.LinearProbe().fit(Z, train.labels)
        found[name] = {
            "kNN": vote.score(Z_test, test.labels), "linear probe": probe.score(Z_test, test.labels),
            "calibration error": evaluation.expected_calibration_error(probe.predict_proba(Z_test), test.labels),
        }
    return found, ""
