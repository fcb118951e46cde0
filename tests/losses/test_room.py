"""What the room asks of every public loss. No list is kept here: whatever `losses.__all__` names is looked at.

A loss that lacks something fails under its own name, and the message says what is missing and where to write it.
"""

from __future__ import annotations

import doctest
import inspect
import re
import subprocess
import sys
from pathlib import Path

import lightly.loss
import pytest
import pytorch_metric_learning.losses
import torch

from sslcourse import losses
from tests.losses.bad_input import BAD_INPUT
from tests.losses.cases import CASES, draw

HERE = Path(__file__).parent
PUBLIC = [name for name in sorted(losses.__all__) if getattr(losses, name).__module__.startswith("sslcourse.losses.")]
MODULES = [name for name in PUBLIC if inspect.isclass(getattr(losses, name))]
PLACE = re.compile(r"equation|section|Algorithm|Figure|figure|Appendix|table", re.IGNORECASE)


def home(name: str) -> str:
    """The file that a loss is written in, as one would look for it."""
    return getattr(losses, name).__module__.replace(".", "/") + ".py"


def arguments(name: str) -> list[str]:
    """What the loss is called with, switches aside."""
    thing = getattr(losses, name)
    calls = [thing.__init__, thing.forward] if inspect.isclass(thing) else [thing]
    found = [p for call in calls for p in inspect.signature(call).parameters.values() if p.name != "self"]
    return list(dict.fromkeys(p.name for p in found if not isinstance(p.default, bool)))


def no_example(name: str) -> str | None:
    thing = getattr(losses, name)
    module = sys.modules[thing.__module__]
    tests = [test for test in doctest.DocTestFinder(recurse=False).find(thing, name, module=module) if test.examples]
    if not any(example.want.strip() for test in tests for example in test.examples):
        return f"no example that computes something. Write one (>>> and what comes out) into its docstring in {home(name)}"
    failed = sum(doctest.DocTestRunner(verbose=False).run(test, out=lambda text: None).failed for test in tests)
    return f"its example gives something else. Run pytest --doctest-modules {home(name)}" if failed else None


def no_paper(name: str) -> str | None:
    thing = getattr(losses, name)
    text = (inspect.getdoc(thing) or "") + (sys.modules[thing.__module__].__doc__ or "")
    if "arXiv:" in text and (inspect.isclass(thing) or PLACE.search(inspect.getdoc(thing) or "")):
        return None
    return f"no paper (arXiv: …) with its equation, section or algorithm. Write it into its docstring in {home(name)}"


def no_table(name: str) -> str | None:
    """Functions tell each argument in a table, or say where it is told, and name what they refuse."""
    thing, text = getattr(losses, name), inspect.getdoc(getattr(losses, name)) or ""
    if inspect.isclass(thing):
        return None
    lines = [line.split("   ")[0] for line in text.splitlines() if "   " in line.strip()]
    told = {word.strip() for line in lines for word in line.split(",")}
    lacking = [] if re.search(r"Arguments and \w+", text) else [a for a in arguments(name) if a not in told]
    if lacking:
        return f"{', '.join(lacking)}: not in the table of arguments. Write a line for it into its docstring in {home(name)}"
    if "ValueError" not in text and "errors as" not in text:
        return f"what it refuses is not said. Write “Raises ValueError for …” into its docstring in {home(name)}"
    return None


def no_oracle(name: str) -> str | None:
    if any(case.of == name for case in CASES):
        return None
    return ("no oracle. Write one as a plain loop, straight from the paper, in tests/losses/oracles.py and a Case "
            f"of={name!r} in tests/losses/cases.py")


def no_bad_input(name: str) -> str | None:
    asked = {word for row in BAD_INPUT if row[0] == name for word in re.split(r", |\[", row[2])}
    lacking = [argument for argument in arguments(name) if argument not in asked] if asked else arguments(name)
    if inspect.isclass(getattr(losses, name)) and not arguments(name):
        return None
    if lacking:
        return f"no row of bad input for {', '.join(lacking)}. Write one in tests/losses/bad_input.py"
    return None


def no_peer(name: str) -> str | None:
    """lightly and pytorch-metric-learning name their modules as this room does: the same name is the same loss."""
    plain = name.replace("_", "").lower().removesuffix("loss") + "loss"
    text = (HERE / "test_libraries.py").read_text(encoding="utf-8")
    for library, called in ((lightly.loss, "lightly.loss"), (pytorch_metric_learning.losses, "metric_learning")):
        theirs = {other.lower(): other for other in vars(library) if inspect.isclass(getattr(library, other))}
        if plain in theirs and f"{called}.{theirs[plain]}(" not in text:
            return (f"{called}.{theirs[plain]} is the same loss, and the two are not compared. Write a test with `agree` "
                    "in tests/losses/test_libraries.py")
    return None


@pytest.mark.parametrize("asks", (no_example, no_paper, no_table, no_oracle, no_bad_input, no_peer), ids=lambda f: f.__name__)
@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_loss_has_what_the_room_asks(name, asks):
    lacking = asks(name)
    assert lacking is None, f"{name}: {lacking}"


def test_every_file_of_the_room_is_public():
    """A loss that no import line names is found too."""
    public = {getattr(losses, name) for name in PUBLIC}
    for file in Path(losses.__file__).parent.glob("[!_]*.py"):
        module = sys.modules.get(f"sslcourse.losses.{file.stem}")
        assert module is not None, f"{file.stem}: no import line. Write one in sslcourse/losses/__init__.py"
        for name, thing in vars(module).items():
            written_here = getattr(thing, "__module__", "") == module.__name__ and not name.startswith("_")
            if written_here and (name.endswith("Loss") or hasattr(thing, "__wrapped__")):
                assert thing in public, f"{name}: not in __all__. Write its name in sslcourse/losses/__init__.py"


@pytest.mark.parametrize("dtype", (torch.float32, torch.bfloat16, torch.float16), ids=str)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_collapsed_batch_has_a_finite_loss_and_gradient(case, dtype):
    """All rows alike: the moment in which a student needs to see the loss."""
    tensors = [tensor.detach()[:1].expand(len(tensor), -1).clone().requires_grad_() for tensor in draw(case, 8, 8, dtype)]
    result = case.ours(*tensors)
    result = [part for part in (result if isinstance(result, tuple) else (result,)) if isinstance(part, torch.Tensor)]
    for part in result:
        assert not part.isnan().any() and not (part == torch.inf).any()
    learned = tensors[: len(tensors) - case.constants]
    if learned:
        result[0].masked_fill(result[0].isinf(), 0).sum().backward()
        assert all(tensor.grad.isfinite().all() for tensor in learned)


@pytest.mark.parametrize("name", MODULES)
def test_a_module_says_what_it_keeps(name):
    """Every argument of the constructor can be read from the module, under its name."""
    module = getattr(losses, name)
    wanted = [p for p in inspect.signature(module.__init__).parameters if p not in ("self", "output_dim")]
    made = module(output_dim=3) if "output_dim" in inspect.signature(module.__init__).parameters else module()
    assert [argument for argument in wanted if not hasattr(made, argument)] == []


@pytest.mark.slow
def test_the_import_is_cheap():
    """The room needs torch, and nothing that a student may not have installed."""
    heavy = "sklearn umap matplotlib scipy pandas torchvision ipywidgets lightly"
    code = f"import sys, sslcourse.losses; print(*[m for m in '{heavy}'.split() if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
