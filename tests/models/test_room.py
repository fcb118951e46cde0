"""The room as a whole: bad input is refused by name, every example runs, and every part cites where it comes from."""

from __future__ import annotations

import doctest
import inspect
import re
import sys
from pathlib import Path

import pytest
import torch
from torch import nn

from sslcourse import models
from tests.models.bad_input import BAD_INPUT

PUBLIC = sorted(models.__all__)
ENCODERS = {
    "ResNet": {}, "PatchResNet": {"filters": torch.zeros(4, 3, 2, 2)}, "VisionTransformer": {}, "HierarchicalViT": {},
    "ConvEncoder": {"latent_dim": 4}, "MLPEncoder": {"latent_dim": 4},
}


def pairs() -> dict[tuple[str, str], list]:
    """All that is wrong in one way, under (callable, argument)."""
    found: dict[tuple[str, str], list] = {}
    for name, call, argument in BAD_INPUT:
        found.setdefault((name, argument), []).append(call)
    return found


def where(name: str) -> str:
    return f"{name} in {inspect.getmodule(getattr(models, name)).__name__.replace('.', '/')}.py"


@pytest.mark.parametrize(("pair", "calls"), pairs().items(), ids=map("-".join, pairs()))
def test_bad_input_is_refused(pair, calls):
    for number, call in enumerate(calls):
        try:
            result = call()
        except ValueError as refusal:
            message = str(refusal)
        else:
            pytest.fail(f"{pair[0]} took its bad value number {number} of {pair[1]} and gave {type(result).__name__}")
        subject, _, rest = message.partition(": got ")
        assert subject == pair[1], message
        assert rest and ", wanted " in rest, message
        assert len(message) < 300, message


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_callable_has_a_row(name):
    assert name in {row[0] for row in BAD_INPUT}, (
        f"{name} has no bad input: yield (\"{name}\", call, \"the argument that is wrong\") in tests/models/bad_input.py")


@pytest.mark.parametrize("name", PUBLIC)
def test_the_example_runs(name):
    thing = getattr(models, name)
    module = sys.modules[thing.__module__]
    tests = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    shown = [example for test in tests for example in test.examples if example.want.strip()]
    assert shown, f"no example that shows a result: write one, after >>>, at the end of the docstring of {where(name)}"
    for test in tests:
        result = doctest.DocTestRunner().run(test)
        assert result.failed == 0, f"{result.failed} of {result.attempted} lines differ; run pytest --doctest-modules"


@pytest.mark.parametrize("name", PUBLIC)
def test_the_docstring_says_what_it_is_and_where_it_comes_from(name):
    """A paper in it or its module, the errors it raises, a shape where tensors go in; a table of arguments, one style."""
    thing = getattr(models, name)
    text = inspect.getdoc(thing)
    cited = "arXiv:" in text + sys.modules[thing.__module__].__doc__
    assert cited, f"no paper (arXiv:…): cite it with its section, {where(name)}"
    assert "ValueError" in text, f"no word about what it refuses: end with \"Raises ValueError for …\", {where(name)}"
    shapes = "(N, " in text or "(1, " in text or thing.__module__.endswith((".momentum", ".schedules"))
    assert shapes, f"no shape of what goes in and comes out, such as (N, D): {where(name)}"
    google = re.search(r"^ *(Args|Arguments|Returns|Raises):", text, flags=re.M)
    said = f"{google and google[0].strip()} is another style: write \"name   what it is\" lines, aligned, {where(name)}"
    assert not google, said


@pytest.mark.parametrize("name", PUBLIC)
def test_a_test_calls_it(name):
    files = sorted(Path(__file__).parent.glob("test_*.py"))
    assert any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files), (
        f"nothing checks {name}: compare it with a plain loop or another library in tests/models/test_….py")


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
