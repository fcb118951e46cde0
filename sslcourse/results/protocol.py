"""The course's protocol in one call: features of a frozen encoder, a kNN vote and a linear probe on them, both on file."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from torch import Tensor, nn

from .. import evaluation, expect
from . import journal

PROTOCOLS = ("kNN", "linear probe")
IMAGES_ERROR = "standard error over images"


def record_images_error(difference: Tensor, *, lab: str, method: str, protocol: str, data: str = "cifar10", seed: int = 0,
                        size: int | None = None) -> None:
    """Keep how far the choice of test images moves a difference of accuracies: its standard error, paired over images.

    difference   (N,) for each test image the difference of two arms' hits, or a difference of such differences
    method       both arms in words, such as "teacher minus student"; the rest is as in `record`

    What a claim is decided by (`deciding`) wants it: the images are the same for every seed, so seeds do not show it.
    """
    expect.that(difference.ndim == 1 and len(difference) > 1, "difference", tuple(difference.shape), "(N,) with N > 1")
    value = float(difference.double().std()) / len(difference) ** 0.5
    journal.record(lab=lab, method=method, data=data, protocol=protocol, metric=IMAGES_ERROR, value=value, seed=seed,
                   size=size)


def evaluate(
    encoder: nn.Module | Callable[[Tensor], Tensor], train, test, *, lab: str, method: str, seed: int = 0,
    protocols: Sequence[str] = PROTOCOLS, size: int | None = None,
) -> dict[str, float]:
    """Test accuracy of a kNN vote and of a linear probe on frozen features; {protocol: accuracy}, each one recorded.

    encoder      a module, a method with ``encode(images)``, or a callable from float images to (N, D); it is left as it was
    train, test  ImageSets: the classifiers learn from the labelled features of the first, and are scored on the second
    lab, method  where the numbers belong in the results file; `train.name` is the data set's name there
    seed, size   of the method's own training, as in `record`; `size` is len(train) where nothing else is said
    protocols    one of PROTOCOLS or both

    The classifiers are `evaluation.KNNClassifier()` (20 neighbours, temperature 0.07) and `evaluation.LinearProbe()`.

        results.evaluate(method, train, test, lab="10_simclr", method="SimCLR")      # {"kNN": 0.55, "linear probe": 0.56}
    """
    for protocol in protocols:
        expect.one_of(protocol, "protocols", PROTOCOLS)
    expect.that(train.labels is not None and test.labels is not None, "train, test", "no labels", "sets with labels")
    Z, Z_test = (evaluation.extract_features(encoder, part.images) for part in (train, test))
    classifiers = {"kNN": evaluation.KNNClassifier, "linear probe": evaluation.LinearProbe}
    found = {}
    for protocol in protocols:
        start = time.perf_counter()
        found[protocol] = classifiers[protocol]().fit(Z, train.labels).score(Z_test, test.labels)
        journal.record(
            lab=lab, method=method, data=train.name, protocol=protocol, metric="accuracy", value=found[protocol],
            seed=seed, seconds=time.perf_counter() - start, size=size or len(train),
        )
    return found
