"""The room as a whole: bad input is refused by name, every example runs, and every part cites where it comes from."""

from __future__ import annotations

import doctest
import inspect
import sys

import pytest
import torch
from torch import nn

from sslcourse import models
from tests.models.bad_input import BAD_INPUT

PUBLIC = sorted(models.__all__)
ENCODERS = {
    "ResNet": {}, "PatchResNet": {"filters": torch.zeros(4, 3, 2, 2)}, "VisionTransformer": {},
    "ConvEncoder": {"latent_dim": 4}, "MLPEncoder": {"latent_dim": 4},
}


@pytest.mark.parametrize(
    ("name", "call", "argument"), BAD_INPUT, ids=[f"{n}-{a}-{i}" for i, (n, _, a) in enumerate(BAD_INPUT)]
)
def test_bad_input_is_refused(name, call, argument):
    with pytest.raises(ValueError) as refusal:
        call()
    message = str(refusal.value)
    subject, _, rest = message.partition(": got ")
    assert subject == argument, message
    assert rest and ", wanted " in rest, message
    assert len(message) < 300, message


def test_every_public_callable_has_a_row():
    assert {name for name, _, _ in BAD_INPUT} == set(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_runs(name):
    thing = getattr(models, name)
    module = sys.modules[thing.__module__]
    tests = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    assert tests, "no example"
    for test in tests:
        result = doctest.DocTestRunner().run(test)
        assert result.failed == 0, f"{result.failed} of {result.attempted} lines differ; run pytest --doctest-modules"


@pytest.mark.parametrize("name", PUBLIC)
def test_the_docstring_says_where_it_comes_from(name):
    """A paper in it or its module, the errors it raises, and a shape where tensors go in."""
    thing = getattr(models, name)
    text = inspect.getdoc(thing)
    assert "arXiv:" in text + sys.modules[thing.__module__].__doc__ and "ValueError:" in text
    assert "(N, " in text or "(1, " in text or thing.__module__.endswith((".momentum", ".schedules"))


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_keep_their_contract(name):
    """num_features, num_classes and forward_features, which the evaluation and the methods lean on."""
    encoder = getattr(models, name)(**ENCODERS[name])
    assert isinstance(encoder, nn.Module) and encoder.num_features >= 1 and encoder.num_classes == 0
    assert list(inspect.signature(encoder.forward_features).parameters)[0] == "images"


def test_fine_tuning_meets_the_blocks_in_order():
    """`trainable=n` counts an encoder's children from the back: they stand in the order of the forward pass."""
    from sslcourse.evaluation import fine_tuning

    net = models.VisionTransformer(8, 4, 8, 2, 2)
    assert list(fine_tuning._blocks(net)) == [net.patch_embed, *net.blocks, net.norm]
    net = models.ResNet(4, (1, 1))
    assert list(fine_tuning._blocks(net)) == [net.conv1, net.bn1, net.layer1[0], net.layer2[0]]
