"""Every example of every public docstring once more, with all its tensors and networks on a second device.

What is public and has an example is found by looking; the rooms' own tests ask for an example of each name.
"""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect

import pytest
import torch
from torch import nn

from tests.tools.pretended_gpu import Mixed, Pretended, move, pretended_gpu

ROOMS = ("augment", "models", "losses", "methods", "evaluation")
OWN_GENERATOR = {"methods.reparametrize"}     # one line that a student writes: the draw is made where the generator is


class Placing(ast.NodeTransformer):
    """Whatever a call in an example gives back is put on the device: x = torch.ones(3) → x = placed(torch.ones(3))."""

    def visit_Call(self, node: ast.Call) -> ast.Call:
        return ast.Call(ast.Name("placed", ast.Load()), [self.generic_visit(node)], [])


def placed(value: object) -> object:
    if isinstance(value, torch.Tensor):
        there = isinstance(value.detach(), Pretended)
        return value if there else value.detach().to("cuda").requires_grad_(value.requires_grad and value.is_leaf)
    if isinstance(value, nn.Module):
        return move(value)
    return type(value)(map(placed, value)) if type(value) in (tuple, list) else value


class OnDevice(doctest.OutputChecker):
    """A tensor shows itself as ever, but for the name of its device."""

    def check_output(self, want: str, got: str, flags: int) -> bool:
        return super().check_output(want, got.replace(", device='cuda:0'", ""), flags)


def examples() -> dict[str, doctest.DocTest]:
    """{"losses.nt_xent": its examples, …}."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"sslcourse.{room}")
        for name in module.__all__:
            value = getattr(module, name)
            if not callable(value):
                continue
            own = inspect.getmodule(inspect.unwrap(value))
            for test in doctest.DocTestFinder().find(value, f"{room}.{name}", globs=vars(own)):
                if test.examples:
                    found[test.name] = test
    return found


EXAMPLES = examples()


@pytest.mark.slow
@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_the_same_on_a_second_device(name):
    test, said = EXAMPLES[name], []
    for example in test.examples:
        example.source = ast.unparse(ast.fix_missing_locations(Placing().visit(ast.parse(example.source)))) + "\n"
    test.globs = {**test.globs, "placed": placed}
    with pretended_gpu(), torch.random.fork_rng():
        failed, tried = doctest.DocTestRunner(OnDevice(), optionflags=doctest.ELLIPSIS).run(test, out=said.append)
    assert tried > 0 and bool(failed) == (name in OWN_GENERATOR), "".join(said)


def test_nearly_all_that_is_public_was_found():
    public = {f"{room}.{name}" for room in ROOMS for name in importlib.import_module(f"sslcourse.{room}").__all__
              if callable(getattr(importlib.import_module(f"sslcourse.{room}"), name))}
    assert len(public & set(EXAMPLES)) > 0.9 * len(public), sorted(public - set(EXAMPLES))


def forgetful(x):
    """Makes a tensor of its own, and forgets the device.

    >>> import torch
    >>> forgetful(torch.ones(2))
    tensor([2., 2.])
    """
    return x + torch.ones(len(x))


def test_a_function_that_forgets_the_device_would_be_seen(monkeypatch):
    (test,) = doctest.DocTestFinder().find(forgetful, "forgetful", globs=globals())
    monkeypatch.setitem(EXAMPLES, "forgetful", test)
    with pytest.raises(AssertionError, match=Mixed.__name__):
        test_the_example_is_the_same_on_a_second_device("forgetful")
